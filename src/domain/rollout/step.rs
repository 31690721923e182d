//! One step of a rollout: which event is whose business, and the two orders in which a move is made.
//!
//! Toward risk: recorded first, made when that is known. Toward safety: made at once, recorded as soon as it can be.
//! Nothing else here; each kind of move has a file of its own.

use super::{Actor, Effect, Event, Pending, Refusal, Rollout, State};
use crate::domain::{gate::Decision, journal::Draft};

/// The state afterwards and what has to be done, or why nothing happens.
pub type Outcome = Result<(State, Vec<Effect>), Refusal>;

/// What an event leads to. Pure: time is an argument.
pub fn step(rollout: &Rollout, state: &State, event: Event, now_millis: u64) -> Outcome {
    let now = Now { rollout, state, millis: now_millis };
    match event {
        Event::Advance { by, why, version, past_gate, decision } => {
            now.advance(by, &why, version, past_gate, &decision)
        }
        Event::Revert { by, why } => Ok(now.revert(by, &why)),
        Event::Off { by, why } => Ok(now.off(by, &why)),
        Event::Resume { by, why, version } => now.resume(by, &why, version),
        Event::Approve { by, why, version } => now.approve(by, &why, version),
        Event::Restart { by, why, version } => now.restart(by, &why, version),
        Event::Drill { by, why, version } => now.drill(by, &why, version),
        Event::Drilled { took } => Ok(now.drilled(took)),
        Event::Judged(decision) => Ok(now.judged(&decision)),
        Event::Recorded { version } => Ok(now.recorded(version)),
        Event::NotRecorded { version, why } => Ok(now.not_recorded(version, &why)),
    }
}

/// A rollout at the moment of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    pub rollout: &'a Rollout,
    pub state: &'a State,
    pub millis: u64,
}

/// What the journal is told of a move besides where it leads.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub what: &'static str,
    pub by: Actor,
    pub why: String,
    pub past_gate: bool,
    pub decision: Option<&'a Decision>,
}

impl Told<'_> {
    pub const fn plain(what: &'static str, by: Actor, why: String) -> Told<'static> {
        Told { what, by, why, past_gate: false, decision: None }
    }
}

impl Now<'_> {
    /// Toward risk: `next` is recorded, and nothing else happens until that is known.
    pub fn record_first(&self, told: Told<'_>, next: State) -> (State, Vec<Effect>) {
        let (next, draft) = self.written(told, next);
        let pending = Pending {
            to: next.stage,
            version: next.version,
            at_millis: self.millis,
            next: Box::new(next.clone()),
        };
        let waiting = State { pending: Some(pending), handed: next.version, ..self.state.clone() };
        let record = Effect::Record {
            draft: Box::new(draft),
            state: Box::new(next),
            expected: Some(self.state.version),
        };
        (waiting, vec![record])
    }

    /// Toward safety: `next` holds at once. What is pending is void: should it be written all the same, the record of
    /// this comes after it and has a higher version.
    pub fn publish_first(&self, told: Told<'_>, next: State) -> (State, Vec<Effect>) {
        let publish = Effect::Publish(next.stage);
        if next == *self.state {
            return (next, vec![publish]);
        }
        let (next, draft) = self.written(told, next);
        let record = Effect::Record { draft: Box::new(draft), state: Box::new(next.clone()), expected: None };
        (next, vec![publish, record])
    }

    /// The state as it stands, written down again over whatever is recorded.
    pub fn record_again(&self, why: &str) -> (State, Vec<Effect>) {
        let told = Told::plain("void", Actor::program(), why.to_owned());
        let (next, draft) = self.written(told, self.state.clone());
        let record = Effect::Record { draft: Box::new(draft), state: Box::new(next.clone()), expected: None };
        (next, vec![record])
    }

    pub fn unchanged(&self) -> (State, Vec<Effect>) {
        (self.state.clone(), Vec::new())
    }

    /// The state with its version, and the entry that leads to it.
    fn written(&self, told: Told<'_>, mut next: State) -> (State, Draft) {
        let version = self.state.version.max(self.state.handed).saturating_add(1);
        next.version = version;
        next.handed = version;
        next.pending = None;
        let draft = Draft {
            at_millis: self.millis,
            rollout: self.rollout.id.clone(),
            by: told.by,
            what: told.what.to_owned(),
            from: self.state.stage,
            to: next.stage,
            why: told.why,
            past_gate: told.past_gate,
            version,
            evidence: told
                .decision
                .and_then(|decision| serde_json::to_string(decision).ok())
                .unwrap_or_default(),
            // Known to whoever carries the effects out.
            config_digest: String::new(),
        };
        (next, draft)
    }
}
