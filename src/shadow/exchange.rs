//! One request of our own to one side, and its whole reply.
//!
//! Everything is read under the alarm and the byte budget of whoever asks, and goes nowhere but to them.
//! Nothing here knows why it is asked, and no reply is ever asked for twice.

use std::rc::Rc;

use bytes::Bytes;
use tokio::task::yield_now;

use crate::{
    clock,
    domain::{
        fields::Fields,
        observation::{Failure, Reply},
        payload::Chunks,
    },
    net::{
        alarm::{Alarm, Elapsed},
        capture::{Capture, Holding, OutOfBudget},
        h1::reply,
        message::{Frame, ReplyFraming, ReplyHead},
        upstream::{self, Answer, InterimCount, Lease, Reuse, Upstream},
    },
};

/// A request as it is sent, and what its reply has to be read with.
pub struct Copy {
    pub method: Bytes,
    pub head: Bytes,
    pub body: Chunks,
    /// Holds the body's bytes against the budget.
    pub holding: Option<Rc<Holding>>,
}

/// Why there is no whole reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    Failed(Failure),
    /// Nobody waits for it any more; says nothing about the side.
    Unwanted,
    OutOfBudget,
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        Stopped::Failed(failure)
    }
}

impl From<Elapsed> for Stopped {
    fn from(_: Elapsed) -> Stopped {
        Stopped::Failed(Failure::Timeout)
    }
}

/// Whether a reply with this head is read on, so much of its body being there. Not generic: two kinds of futures would
/// each be built of more pieces than one.
pub type GoesOn<'a> = &'a dyn Fn(&ReplyHead, u64) -> Result<(), Stopped>;

/// Sends the copy and reads its reply into `capture`. With each piece of the body `goes_on` is told the head
/// of the reply and how long the body is so far, and may end it.
pub async fn ask(
    upstream: &Upstream,
    copy: &Copy,
    mut reuse: Reuse,
    capture: Capture,
    alarm: &Alarm,
    goes_on: GoesOn<'_>,
) -> Result<(Reply, Holding), Stopped> {
    loop {
        let mut lease = upstream.lease(alarm, reuse).await?;
        match send(upstream, &mut lease, copy, alarm).await {
            Ok((head, framing)) => {
                return read_body(upstream, lease, head, framing, capture, alarm, goes_on).await;
            }
            // It had been closed before: the side never saw this request, and a second look tells whether
            // it is alive. A reply is never asked for again.
            Err(failure) if reuse == Reuse::IfOpen && lease.is_stale(failure) => {
                upstream.settings.retried.inc();
                reuse = Reuse::Never;
            }
            Err(failure) => return Err(Stopped::Failed(failure)),
        }
    }
}

async fn send(
    upstream: &Upstream,
    lease: &mut Lease,
    copy: &Copy,
    alarm: &Alarm,
) -> Result<(ReplyHead, ReplyFraming), Failure> {
    let settings = &upstream.settings;
    let (reader, writer) = (&mut lease.conn.reader, &mut lease.conn.writer);
    writer.push(copy.head.clone());
    copy.body.pieces().iter().for_each(|piece| writer.push(piece.clone()));
    alarm.set(settings.first_byte_timeout);
    let written = alarm.guard(writer.flush(|| ())).await.map_err(|Elapsed| Failure::Timeout)?;
    written.map_err(|_| Failure::Reset)?;
    let mut interim = InterimCount::default();
    loop {
        let answer = upstream::answer(reader, &copy.method, &settings.limits, false);
        match alarm.guard(answer).await.map_err(|Elapsed| Failure::Timeout)?? {
            Answer::Interim(_) => interim.one_more()?,
            Answer::Final(head, framing) => return Ok((head, framing)),
            Answer::Switched(_) => return Err(Failure::Malformed),
        }
    }
}

/// Reads the body of a reply whose head is there, as `ask` does.
pub async fn read_body(
    upstream: &Upstream,
    mut lease: Lease,
    head: ReplyHead,
    framing: ReplyFraming,
    mut capture: Capture,
    alarm: &Alarm,
    goes_on: GoesOn<'_>,
) -> Result<(Reply, Holding), Stopped> {
    let mut body = upstream::body_of(framing);
    let mut trailers = Fields::new();
    loop {
        alarm.set(upstream.settings.stall_timeout);
        let frame = alarm.guard(lease.conn.reader.frame(&mut body)).await?;
        match frame.map_err(upstream::failure_of)? {
            Some(Frame::Data(data)) => capture.push(&data).map_err(|OutOfBudget| Stopped::OutOfBudget)?,
            Some(Frame::Trailers(found)) => trailers = found,
            None => break,
        }
        goes_on(&head, capture.length())?;
        if capture.is_hashed() {
            // A large reply takes turns with whatever else this thread does.
            yield_now().await;
        }
    }
    if reply::keeps_alive(&head) && framing != ReplyFraming::UntilClose {
        upstream.give_back(lease.conn, clock::now());
    }
    let (body, holding) = capture.finish();
    Ok((Reply { status: head.status, fields: head.fields, body, trailers }, holding))
}
