//! What is known of one read by the time it is judged: what was asked, where, and what both sides did.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::{look::Look, watch::Watch};
use crate::{
    clock,
    domain::{
        account::Heading,
        compare::{self, Judgement, Limits, Terms, bindings::Bindings, rules::Rules},
        evidence::Note,
        observation::{Failure, Observation, Reply},
        outcome::{Outcome, Verdict},
        side::Side,
    },
    net::capture::Holding,
    store::ledger::Case,
};

/// What the shadow path knows of a route.
#[derive(Debug)]
pub struct Route {
    pub id: String,
    pub heading: Heading,
    pub rules: Rules,
    /// Whether its reads may be sent again.
    pub reread: bool,
    /// Of these settings: evidence of another epoch is about something else.
    pub epoch: u32,
    /// What is looked at in each pair besides.
    pub watch: Watch,
    /// To compare two replies of old, and two of new.
    within: [Rules; 2],
    /// Held while a pair is judged, so that one thread's first sight is another's second. `None` where no rule
    /// binds: then any number of pairs are judged at the same time.
    bindings: Option<Mutex<Bindings>>,
}

impl Route {
    pub fn new(id: String, heading: Heading, rules: Rules, reread: bool, epoch: u32) -> Route {
        let within = Side::BOTH.map(|side| rules.within(side));
        let binds = rules.binds();
        let (watch, bindings) = (Watch::default(), binds.then(Mutex::default));
        Route { id, heading, rules, reread, epoch, watch, within, bindings }
    }

    /// The same, with more to be looked at in each pair.
    pub fn watching(self, watch: Watch) -> Route {
        Route { watch, ..self }
    }

    /// Where it stands in the config.
    pub fn place(&self) -> u32 {
        u32::try_from(self.heading.index().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// What old and new said to one request.
    pub fn judge(&self, old: &Reply, new: &Reply, asked: compare::Asked<'_>, limits: &Limits) -> Judgement {
        let terms = Terms { rules: &self.rules, limits, asked, now_millis: clock::unix_millis() };
        let judgement = match &self.bindings {
            None => compare::compare(old, new, &terms, &mut Bindings::default()),
            Some(bindings) => {
                let mut bindings = bindings.lock().unwrap_or_else(PoisonError::into_inner);
                compare::compare(old, new, &terms, &mut bindings)
            }
        };
        self.watch.judge(judgement, (old, new), asked, &self.rules)
    }

    /// What one side said to the same request twice. Learns nothing: its identifiers stand for themselves.
    pub fn judge_twice(
        &self,
        side: Side,
        (one, other): (&Reply, &Reply),
        asked: compare::Asked<'_>,
        limits: &Limits,
    ) -> Judgement {
        let [old, new] = &self.within;
        let rules = match side {
            Side::Old => old,
            Side::New => new,
        };
        let terms = Terms { rules, limits, asked, now_millis: clock::unix_millis() };
        compare::compare(one, other, &terms, &mut Bindings::default())
    }
}

/// Larger heads are not kept to be sent again: with every pair that waits they would take more memory than they
/// are worth.
/// No budget counts them: with 1,024 pairs that wait for their comparison and 256 in flight, both heads of each, this is
/// at most 20 MiB.
pub const LONGEST_HEAD: usize = 8 << 10;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: Bytes,
    pub target: Bytes,
    /// `None` where it is not to be asked again.
    pub again: Option<Again>,
}

/// The heads of a plain safe read as both sides got them, to ask them again.
#[derive(Clone, Debug)]
pub struct Again {
    pub old: Bytes,
    pub new: Bytes,
    /// Drawn by lot, before anything was known of it, to be asked of old twice.
    pub drawn: bool,
}

impl Again {
    pub const fn of(&mut self, side: Side) -> &mut Bytes {
        match side {
            Side::Old => &mut self.old,
            Side::New => &mut self.new,
        }
    }
}

impl Asked {
    pub fn as_seen(&self) -> compare::Asked<'_> {
        compare::Asked { method: &self.method, target: &self.target }
    }
}

/// What one side did, and the budget its bytes are held against.
#[derive(Debug)]
pub struct Seen {
    pub observation: Observation,
    pub holding: Option<Holding>,
}

/// A read of which both sides have ended.
pub struct Both {
    pub case: Case,
    pub route: Arc<Route>,
    pub asked: Asked,
    pub look: Look,
    pub old: Seen,
    pub new: Seen,
    /// By what a difference is planted into a copy of it, where it was drawn for that.
    pub seed: Option<u64>,
}

impl Both {
    /// What the pair comes to. May take its time.
    pub fn judge(&self, limits: &Limits) -> Judgement {
        match (&self.old.observation.result, &self.new.observation.result) {
            (Ok(old), Ok(new)) => {
                let judge = || {
                    let judgement = self.route.judge(old, new, self.asked.as_seen(), limits);
                    self.route.watch.enter(&judgement, (old, new), &self.route.rules);
                    judgement
                };
                // A comparison that breaks off takes neither its pair nor its thread with it. What it may leave
                // half done are bindings, which any order of pairs leaves different.
                catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|_| {
                    tracing::error!(route = self.route.id, "a comparison broke off");
                    Judgement::of(Outcome::CompareFailed)
                })
            }
            (old, new) => Judgement::of(of_failures(old, new)),
        }
    }

    /// Plants a difference into a copy of it where it was drawn for that, and tells whether it was found.
    pub fn sow(&self, judgement: &Judgement, limits: &Limits) -> Option<Note> {
        let agrees = matches!(judgement.outcome.verdict(), Verdict::Match | Verdict::Forgiven);
        let thrown = self.seed.filter(|_| agrees)?;
        let (old, new) =
            (self.old.observation.result.as_ref().ok()?, self.new.observation.result.as_ref().ok()?);
        let (asked, now_millis) = (self.asked.as_seen(), clock::unix_millis());
        let terms = Terms { rules: &self.route.rules, limits, asked, now_millis };
        let sow = || self.route.watch.seed(thrown, (old, new), &terms);
        let found = catch_unwind(AssertUnwindSafe(sow)).unwrap_or_else(|_| {
            tracing::error!(route = self.route.id, "a comparison with a planted difference broke off");
            None
        })?;
        Some(self.look.tag(&self.route).seeded(found))
    }
}

/// The row of a pair of which a side failed.
pub fn of_failures(old: &Result<Reply, Failure>, new: &Result<Reply, Failure>) -> Outcome {
    let failure = |result: &Result<Reply, Failure>| result.as_ref().err().copied();
    Outcome::of_failures(failure(old), failure(new)).unwrap_or(Outcome::BothFailed)
}
