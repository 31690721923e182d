//! Named reads of our own, asked of both sides on a schedule and on demand: the known tricky accounts.
//!
//! They go by connections of the thread that reads again, are marked as ours, are never counted in the account and
//! never sent while the program drains or the rollout is off. What cannot be found out counts as not matching.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
    time::sleep_until,
};

use super::{
    exchange::{self, Copy, Stopped},
    mirror::{Dice, own_fields},
    permit::Admission,
};
use crate::{
    clock,
    domain::{
        compare::{self, Asked, Limits, Terms, bindings::Bindings, signature::Signature},
        fields::Fields,
        observation::Reply,
        outcome::{Outcome, Verdict},
        payload::Chunks,
        plan::Stage,
        probe::Probe,
        side::Side,
    },
    net::{
        alarm::{Alarm, Ticker},
        capture::Capture,
        headers::{Edits, Forwarding, Outgoing},
        message::{RequestFraming, RequestHead, Version},
        server::Phase,
        upstream::{Reuse, Upstream},
    },
    store::{
        archive::{Archive, Row},
        flags::Flags,
        watched::{Demand, Watches},
    },
};

/// Says that a request is a probe.
pub const MARKER: &str = "x-readshift-probe";

/// What did not match is asked again after this at the latest: it may have been put right.
const AGAIN: Duration = Duration::from_secs(30);
/// Between two looks at the settings.
const LOOK: Duration = Duration::from_secs(1);
/// All probes of a rollout that somebody waits for are run within this time, or count as not matching.
const ON_DEMAND: Duration = Duration::from_secs(60);

/// One rollout, as much as probes need of it.
#[derive(Clone, Debug)]
pub struct Of {
    pub rollout: String,
    pub probes: Vec<Probe>,
    /// Why two empty answers, or two errors, are an answer here; `None`: they prove nothing.
    pub empty_is_evidence: bool,
}

/// Everything the probes work with.
pub struct Prober {
    /// In the order of the config. Replaced as a whole by other settings.
    pub rollouts: Arc<ArcSwap<Vec<Of>>>,
    pub old: Rc<Upstream>,
    pub new: Rc<Upstream>,
    pub edits: [Edits; 2],
    pub ticker: Rc<Ticker>,
    /// Whose budget replies are held against.
    pub admission: Arc<Admission>,
    /// Whether old may be asked more than clients ask it.
    pub leave: Arc<Admission>,
    pub dice: Dice,
    pub limits: Limits,
    pub timeout: Duration,
    pub max_body: usize,
    pub flags: Arc<Flags>,
    pub watches: Arc<Watches>,
    pub archive: Archive,
    pub phase: watch::Receiver<Phase>,
}

/// What is known of one probe.
#[derive(Clone, Debug)]
struct Known {
    due: Instant,
    /// When it was last run, and what did not match.
    last: Option<(u64, Option<String>)>,
}

impl Prober {
    /// Works until the program drains.
    pub async fn run(self) {
        let Some(mut demands) = self.watches.demands() else { return };
        let mut draining = self.phase.clone();
        tokio::select! {
            biased;
            _ = draining.wait_for(|phase| *phase >= Phase::Draining) => {}
            () = self.work(&mut demands) => {}
        }
    }

    async fn work(&self, demands: &mut mpsc::Receiver<Demand>) {
        let mut now = self.rollouts.load_full();
        let mut all = unknown(&now);
        loop {
            let settings = self.rollouts.load_full();
            if !Arc::ptr_eq(&now, &settings) {
                all = unknown(&settings);
                now = settings;
            }
            let next = all.iter().flatten().map(|known| known.due).min();
            tokio::select! {
                biased;
                demand = demands.recv() => {
                    let Some(Demand { rollout, answer }) = demand else { return };
                    if let (Some(of), Some(known)) = (now.get(rollout), all.get_mut(rollout)) {
                        self.run_all(rollout, of, known).await;
                    }
                    // Whoever asked may be gone.
                    let _ = answer.send(self.watches.probes_of(rollout));
                }
                () = wait(next) => {
                    for (rollout, (of, known)) in now.iter().zip(&mut all).enumerate() {
                        self.run_due(rollout, of, known).await;
                    }
                }
            }
        }
    }

    async fn run_due(&self, rollout: usize, of: &Of, known: &mut [Known]) {
        let is_off = self.flags.stage(rollout) == Stage::Off;
        for (place, probe) in of.probes.iter().enumerate() {
            let now = clock::now();
            let Some(one) = known.get_mut(place).filter(|one| one.due <= now) else { continue };
            if is_off {
                one.due = now + probe.every;
                continue;
            }
            self.run_one(of, probe, one).await;
            self.tell(rollout, known);
        }
    }

    async fn run_all(&self, rollout: usize, of: &Of, known: &mut [Known]) {
        let until = clock::now() + ON_DEMAND;
        for (place, probe) in of.probes.iter().enumerate() {
            let Some(one) = known.get_mut(place) else { continue };
            if self.flags.stage(rollout) == Stage::Off {
                self.entered(of, probe, one, Some("the rollout is off".to_owned()));
            } else if clock::now() >= until {
                self.entered(of, probe, one, Some("there was no time to run it".to_owned()));
            } else {
                self.run_one(of, probe, one).await;
            }
        }
        self.tell(rollout, known);
    }

    async fn run_one(&self, of: &Of, probe: &Probe, known: &mut Known) {
        let failed = self.compare(probe, of.empty_is_evidence).await.err();
        self.entered(of, probe, known, failed);
    }

    fn entered(&self, of: &Of, probe: &Probe, known: &mut Known, failed: Option<String>) {
        let at_millis = clock::unix_millis();
        let before = known.last.as_ref().is_some_and(|(_, failed)| failed.is_some());
        match &failed {
            Some(why) if !before => {
                tracing::warn!(rollout = of.rollout, probe = probe.name, why, "a probe does not match");
            }
            None if before => {
                tracing::info!(rollout = of.rollout, probe = probe.name, "a probe matches again")
            }
            _ => {}
        }
        let every = if failed.is_some() { probe.every.min(AGAIN) } else { probe.every };
        known.due = clock::now() + every;
        self.archive.note(Row::Probe {
            rollout: of.rollout.clone(),
            name: probe.name.clone(),
            at_millis,
            matched: failed.is_none(),
            says: failed.clone().unwrap_or_default(),
        });
        known.last = Some((at_millis, failed.map(|why| format!("{}: {why}", probe.name))));
    }

    /// What is known of all probes of a rollout, as old as the oldest of them.
    fn tell(&self, rollout: usize, known: &[Known]) {
        let ran: Vec<_> = known.iter().filter_map(|known| known.last.as_ref()).collect();
        let Some(oldest) = ran.iter().map(|(at, _)| *at).min() else { return };
        let failed: Vec<String> = ran.iter().filter_map(|(_, failed)| failed.clone()).collect();
        self.watches.probed(rollout, ran.len() as u64, &failed, oldest);
    }

    /// Asks both sides at once; why they do not match, in words, where they do not.
    async fn compare(&self, probe: &Probe, empty_is_evidence: bool) -> Result<(), String> {
        let permit = self
            .leave
            .ask(clock::now())
            .map_err(|_| "old is left alone: it keeps failing or is busy".to_owned())?;
        let (old, new) = tokio::join!(self.ask(Side::Old, probe), self.ask(Side::New, probe));
        match &old {
            Ok(_) => permit.replied(),
            Err(Stopped::Failed(_)) => permit.failed(clock::now()),
            Err(Stopped::Unwanted | Stopped::OutOfBudget) => {}
        }
        let (old, _held) = old.map_err(|why| unanswered("old", why))?;
        let (new, _held_too) = new.map_err(|why| unanswered("new", why))?;
        let (probe, limits) = (probe.clone(), self.limits);
        let judged = spawn_blocking(move || judge(&probe, &old, &new, &limits, empty_is_evidence));
        judged.await.unwrap_or_else(|_| Err("the comparison broke off".to_owned()))
    }

    async fn ask(&self, side: Side, probe: &Probe) -> Result<(Reply, crate::net::capture::Holding), Stopped> {
        let [to_old, to_new] = &self.edits;
        let (upstream, edits) = match side {
            Side::Old => (&self.old, to_old),
            Side::New => (&self.new, to_new),
        };
        let copy = copy(probe, edits, &self.dice);
        let alarm = Alarm::new(&self.ticker);
        alarm.limit(Some(self.timeout));
        let capture = Capture::new(self.max_body, self.admission.budget().clone());
        exchange::ask(upstream, &copy, Reuse::IfSurelyOpen, capture, &alarm, &|_, _| Ok(())).await
    }
}

/// Nothing is known of them, and all are due.
fn unknown(rollouts: &[Of]) -> Vec<Vec<Known>> {
    let known = |of: &Of| vec![Known { due: clock::now(), last: None }; of.probes.len()];
    rollouts.iter().map(known).collect()
}

/// Until then, or until it is time to see whether the settings are other ones.
async fn wait(until: Option<Instant>) {
    let look = clock::now() + LOOK;
    sleep_until(until.map_or(look, |until| until.min(look)).into()).await;
}

fn unanswered(side: &str, why: Stopped) -> String {
    match why {
        Stopped::Failed(failure) => format!("{side} did not answer: {}", failure.name()),
        Stopped::Unwanted | Stopped::OutOfBudget => format!("there was no memory for what {side} answers"),
    }
}

/// The request as one side gets it.
fn copy(probe: &Probe, edits: &Edits, dice: &Dice) -> Copy {
    let host = probe.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let body = probe.body.as_ref().map(|body| Bytes::copy_from_slice(body.as_bytes()));
    let head = RequestHead {
        method: Bytes::copy_from_slice(probe.method.as_bytes()),
        target: Bytes::copy_from_slice(probe.target.as_bytes()),
        version: Version::Http11,
        host: host.map(|(_, host)| Bytes::copy_from_slice(host.as_bytes())).unwrap_or_default(),
        fields: Fields::from_pairs(probe.headers.iter().map(|(name, value)| (name, value))),
        framing: body.as_ref().map_or(RequestFraming::None, |body| RequestFraming::Length(body.len() as u64)),
        upgrade: false,
    };
    let mut own = own_fields(None, dice);
    own.push((MARKER, Bytes::from_static(b"1")));
    let mut out = BytesMut::new();
    let (forwarding, framing) = (&Forwarding::default(), head.framing);
    Outgoing { head: &head, edits, forwarding, peer: "", framing, own: &own, stripped: &[], upgrade: false }
        .write(&mut out);
    Copy {
        method: head.method,
        head: out.freeze(),
        body: body.map(Chunks::from).unwrap_or_default(),
        holding: None,
    }
}

fn judge(
    probe: &Probe,
    old: &Reply,
    new: &Reply,
    limits: &Limits,
    empty_is_evidence: bool,
) -> Result<(), String> {
    let asked = Asked { method: probe.method.as_bytes(), target: probe.target.as_bytes() };
    let terms = Terms { rules: &probe.rules, limits, asked, now_millis: clock::unix_millis() };
    let judgement = compare::compare(old, new, &terms, &mut Bindings::default());
    match judgement.outcome {
        Outcome::ExactVacuous | Outcome::EqualVacuous if !empty_is_evidence => {
            Err(format!("both answer {} and nothing that could be compared", old.status))
        }
        outcome => match outcome.verdict() {
            Verdict::Match | Verdict::Forgiven => Ok(()),
            Verdict::Mismatch => {
                Err(format!("they differ: {}", Signature::of(old.status, new.status, &judgement.differences)))
            }
            Verdict::Incomparable | Verdict::Unpaired => Err(outcome.meaning().to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe() -> Probe {
        Probe {
            name: "tricky".to_owned(),
            method: "POST".to_owned(),
            target: "/search?q=1".to_owned(),
            headers: vec![("Host".to_owned(), "shop".to_owned()), ("Accept".to_owned(), "*/*".to_owned())],
            body: Some("{}".to_owned()),
            rules: Default::default(),
            every: Duration::from_secs(60),
        }
    }

    fn reply(status: u16, body: &'static str) -> Reply {
        let fields = Fields::from_pairs([("content-type", "application/json")]);
        Reply { status, fields, body: body.into(), trailers: Fields::new() }
    }

    #[test]
    fn a_probe_is_sent_as_it_is_written_and_marked() {
        let edits = Edits { set: vec![("x-a".to_owned(), "1".to_owned())], ..Edits::default() };
        let copy = copy(&probe(), &edits, &Dice::new(1));
        let head = str::from_utf8(&copy.head).unwrap();
        let expected = "POST /search?q=1 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\ncontent-length: 2\r\nx-a: 1\r\n\
                        x-readshift-shadow: 1\r\nx-readshift-probe: 1\r\n\r\n";
        assert_eq!(head, expected);
        assert_eq!(copy.body.joined(), "{}");
    }

    #[test]
    fn only_answers_that_agree_match() {
        let limits = Limits::default();
        let told = |old: &Reply, new: &Reply, empty| judge(&probe(), old, new, &limits, empty);
        assert_eq!(told(&reply(200, "{\"a\":1}"), &reply(200, "{ \"a\":1.0}"), false), Ok(()));
        for (old, new, why) in [
            (reply(200, "{\"a\":1}"), reply(200, "{\"a\":2}"), "they differ: 200/200 /a number"),
            (reply(404, "{\"a\":1}"), reply(404, "{\"a\":1}"), "both answer 404"),
            (reply(200, "[]"), reply(200, "[ ]"), "nothing that could be compared"),
            (reply(200, "{"), reply(200, "["), "a body cannot be read"),
        ] {
            let told = told(&old, &new, false).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(told(&reply(404, "{\"a\":1}"), &reply(404, "{\"a\":1}"), true), Ok(()));
    }
}
