//! Sending the shadow copy of a read, and reading what comes back.
//!
//! It runs on the thread that serves the read, as a task of its own. Its reply is read under its own
//! deadline and goes nowhere but into the comparison.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use tokio_util::task::TaskTracker;

use super::{
    exchange::{self, Copy, Stopped},
    pair::Pair,
    permit::{Admission, Permit},
    read::Seen,
};
use crate::{
    clock,
    domain::{
        observation::{Failure, Observation, Reply},
        outcome::Outcome,
        percent::{Bucket, Share},
        side::Side,
        splitmix::SplitMix,
    },
    net::{
        alarm::{Alarm, Ticker},
        capture::{Capture, Holding},
        message::{ReplyFraming, ReplyHead},
        upstream::{Lease, Reuse, Upstream},
    },
};

/// A body of new that is longer than this, and than so many times all of old, is not read to its end: it may
/// have none, and reading it takes time from live requests. White space makes JSON a few times longer, and
/// compression makes it up to a thousand times shorter; nothing that could still be equal is cut off.
const SLACK: u64 = 64 << 10;
const PLAIN_TIMES: u64 = 16;
const CODED_TIMES: u64 = 1100;

/// What one thread needs to mirror to either side. What is shed towards one says nothing of the other.
pub struct Mirrors {
    pub old: Rc<Mirror>,
    pub new: Rc<Mirror>,
}

impl Mirrors {
    pub const fn to(&self, side: Side) -> &Rc<Mirror> {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }
}

/// What one thread needs to mirror to one side.
pub struct Mirror {
    pub side: Side,
    pub upstream: Rc<Upstream>,
    pub admission: Arc<Admission>,
    pub ticker: Rc<Ticker>,
    /// Shadows under way on this thread, waited for when it stops.
    pub tasks: TaskTracker,
    /// The whole reply has to be there within this time.
    pub timeout: Duration,
    /// Larger replies are compared by hash.
    pub max_body: usize,
}

impl Mirror {
    pub fn capture(&self) -> Capture {
        Capture::new(self.max_body, self.admission.budget().clone())
    }

    /// Sends the copy, and tells the pair and the breaker what came of it.
    pub async fn send(&self, copy: Copy, pair: Pair, permit: Permit) {
        let started = clock::now();
        let alarm = Alarm::new(&self.ticker);
        alarm.limit(Some(self.timeout));
        let goes_on = |head: &ReplyHead, length| self.goes_on(&pair, head, length);
        let read =
            exchange::ask(&self.upstream, &copy, Reuse::IfOpen, self.capture(), &alarm, &goes_on).await;
        self.ended(read, &pair, permit, started);
    }

    /// Reads the rest of a reply that nobody is served any more, and tells of it as of a shadow's.
    pub async fn finish(&self, begun: Begun, pair: Pair, permit: Permit) {
        let Begun { lease, head, framing, started } = begun;
        let alarm = Alarm::new(&self.ticker);
        alarm.limit(Some(self.timeout));
        let goes_on = |head: &ReplyHead, length| self.goes_on(&pair, head, length);
        let capture = self.capture();
        let read = exchange::read_body(&self.upstream, lease, head, framing, capture, &alarm, &goes_on).await;
        self.ended(read, &pair, permit, started);
    }

    fn ended(&self, read: Result<(Reply, Holding), Stopped>, pair: &Pair, permit: Permit, started: Instant) {
        let now = clock::now();
        let took = now.saturating_duration_since(started);
        let (result, holding) = match read {
            Ok((reply, holding)) => {
                permit.replied();
                (Ok(reply), Some(holding))
            }
            Err(Stopped::Failed(failure)) => {
                permit.failed(now);
                (Err(failure), None)
            }
            Err(Stopped::OutOfBudget) => return pair.give_up(Outcome::ShedMemory),
            Err(Stopped::Unwanted) => return,
        };
        pair.saw(self.side, Seen { observation: Observation { result, took }, holding });
    }

    /// Old's replies are read to their end: that new's is so much shorter is new's mistake, and must be seen.
    fn goes_on(&self, pair: &Pair, head: &ReplyHead, length: u64) -> Result<(), Stopped> {
        if pair.is_settled() {
            return Err(Stopped::Unwanted);
        }
        let is_suspect = self.side == Side::New && length > SLACK;
        match is_suspect.then(|| pair.extent(Side::Old)).flatten() {
            Some((old, coded)) if is_overlong(head, length, old, coded) => {
                Err(Stopped::Failed(Failure::Overlong))
            }
            _ => Ok(()),
        }
    }
}

/// A reply whose head was read by somebody else.
pub struct Begun {
    pub lease: Lease,
    pub head: ReplyHead,
    pub framing: ReplyFraming,
    /// When it was asked for.
    pub started: Instant,
}

/// Whether so much of new's body has come that it could not be equal to all of old's.
pub fn is_overlong(head: &ReplyHead, length: u64, old: u64, coded: bool) -> bool {
    let times = if coded || head.fields.has("content-encoding") { CODED_TIMES } else { PLAIN_TIMES };
    length > old.saturating_mul(times).saturating_add(SLACK)
}

/// The head of a mirrored request carries these in place of the client's.
pub fn own_fields(traceparent: Option<&[u8]>, dice: &Dice) -> Vec<(&'static str, Bytes)> {
    let mut own = vec![(MARKER, Bytes::from_static(b"1"))];
    if let Some(child) = traceparent.and_then(|parent| child_of(parent, dice)) {
        own.push(("traceparent", child));
    }
    own
}

/// Says that a request is a shadow.
pub const MARKER: &str = "x-readshift-shadow";

/// The same trace with a new parent (W3C Trace Context, 3.2); `None` if it cannot be read.
fn child_of(parent: &[u8], dice: &Dice) -> Option<Bytes> {
    let hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    let (start, rest) = parent.split_at_checked(36)?;
    let (old, end) = rest.split_at_checked(16)?;
    let parts: Vec<&[u8]> = start.split(|byte| *byte == b'-').collect();
    let [version, trace, b""] = parts.as_slice() else { return None };
    if version.len() != 2 || trace.len() != 32 || !hex(version) || !hex(trace) || !hex(old) || end.len() < 3 {
        return None;
    }
    let mut out = BytesMut::from(start);
    out.extend_from_slice(format!("{:016x}", dice.throw().max(1)).as_bytes());
    out.extend_from_slice(end);
    Some(out.freeze())
}

/// Numbers that need to be different, not secret.
pub struct Dice(std::cell::Cell<SplitMix>);

impl Dice {
    pub const fn new(seed: u64) -> Dice {
        Dice(std::cell::Cell::new(SplitMix::new(seed)))
    }

    /// Whether a lot falls within this share.
    pub fn draw(&self, share: Share) -> bool {
        !share.is_none() && share.contains(Bucket::thrown(self.throw()))
    }

    fn throw(&self) -> u64 {
        let mut next = self.0.get();
        let thrown = next.throw();
        self.0.set(next);
        thrown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_under_a_new_parent() {
        let parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let child = child_of(parent, &Dice::new(7)).unwrap();
        assert_eq!(child.len(), parent.len());
        assert_eq!((&child[..36], &child[52..]), (&parent[..36], &parent[52..]));
        assert_ne!(child[36..52], parent[36..52]);
        for odd in [&b"00-xyz"[..], b"", b"00-0af7651916cd43dd8448eb211c80319c-zzad6b7169203331-01"] {
            assert_eq!(child_of(odd, &Dice::new(7)), None);
        }
    }
}
