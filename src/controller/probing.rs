//! Probes right before an advance: run, and then the gate is judged anew.
//!
//! The loop never waits for them: what a run comes to is one of its messages. That they match is never concluded from
//! here; whoever judges sees what each came to. Only that nobody ran them is said here.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::{sync::oneshot, time::timeout};

use super::{
    Asked,
    run::{Loop, Waiting, tell},
};
use crate::{
    clock,
    domain::{
        evidence::Watched,
        gate::{Call, Condition, Decision, Measure, Standing},
        rollout::{Advance, Event, Refusal, step},
    },
};

/// The longest a person waits for them: an answer that took ten seconds in all would reach nobody.
const PERSON_WAITS: Duration = Duration::from_secs(7);
/// The longest the gate does: those who run them count what is not run within a minute as not matching.
const GATE_WAITS: Duration = Duration::from_secs(90);
/// Between two runs for the gate; as long what one came to is of its moment.
const EVERY: Duration = Duration::from_secs(10);
/// Advances of one rollout that wait for probes: all but one are refused anyway.
const MOST_WAITING: usize = 8;

/// A run has ended, or nobody waits for it any more.
pub struct Probed {
    place: usize,
    /// Whose advance it is for; `None`: the gate's own.
    person: Option<Asked>,
    ran: bool,
}

/// What the loop knows of the probes of one rollout.
#[derive(Default)]
pub struct Probing {
    /// People who wait.
    people: usize,
    /// For the gate: when it was last begun, and since when what it came to is known.
    begun: Option<Instant>,
    known: Option<Instant>,
    running: bool,
}

impl Probing {
    /// The stage is another one: an advance from here has probes of its own.
    pub const fn moved(&mut self) {
        self.known = None;
        self.begun = None;
    }
}

impl Loop {
    /// Whether the next stage is live and probes have to match before it.
    fn has_probes(&self, place: usize) -> bool {
        let (Some(rollout), Some(desk)) = (self.setup.rollouts.get(place), self.desks.get(place)) else {
            return false;
        };
        let next = rollout.ladder.above(desk.state.stage);
        !rollout.probes.is_empty() && next.is_some_and(|next| next.is_live())
    }

    /// Gives the wish back where it need not wait for probes.
    pub(super) fn probe_first(&mut self, place: usize, asked: Asked) -> Option<Asked> {
        // What would be refused whatever they came to is refused at once.
        if !self.has_probes(place) || !self.is_open(place, &asked.event) {
            return Some(asked);
        }
        let desk = self.desks.get_mut(place)?;
        if desk.probing.people >= MOST_WAITING {
            tell(asked.answer, Err(Refusal::Busy));
            return None;
        }
        desk.probing.people += 1;
        self.run_probes(place, Some(asked), PERSON_WAITS);
        None
    }

    /// Whether a gate that passes is all that an advance needs.
    fn is_open(&self, place: usize, wish: &Event) -> bool {
        let (Some(rollout), Some(desk)) = (self.setup.rollouts.get(place), self.desks.get(place)) else {
            return false;
        };
        let (from, at_millis) = (desk.state.stage, clock::unix_millis());
        let to = rollout.ladder.above(from);
        let mut wish = wish.clone();
        if let Event::Advance { decision, .. } = &mut wish {
            *decision = Decision { call: Call::Pass, from, to, at_millis, conditions: Vec::new() };
        }
        step(rollout, &desk.state, wish, at_millis).is_ok()
    }

    /// Whether a decision has to wait for probes: the rollout would advance by itself on it.
    pub(super) fn must_probe(&mut self, place: usize, decision: &Decision) -> bool {
        let by_itself =
            self.setup.rollouts.get(place).is_some_and(|rollout| rollout.policy.advance == Advance::Auto);
        if decision.call != Call::Pass || !by_itself || !self.has_probes(place) {
            return false;
        }
        let now = clock::now();
        let lately = |at: Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < EVERY);
        let Some(desk) = self.desks.get_mut(place) else { return true };
        if lately(desk.probing.known) {
            return false;
        }
        if desk.state.pending.is_none() && !desk.probing.running && !lately(desk.probing.begun) {
            desk.probing.running = true;
            desk.probing.begun = Some(now);
            self.run_probes(place, None, GATE_WAITS);
        }
        true
    }

    fn run_probes(&mut self, place: usize, person: Option<Asked>, patience: Duration) {
        let answer = self.watches.run_probes(place);
        self.probing.push(ended(place, person, answer, patience).boxed_local());
    }

    pub(super) fn probed(&mut self, probed: Probed) {
        let Probed { place, person, ran } = probed;
        // What was judged before the run knows nothing of it.
        self.judge_anew(place);
        let Some(desk) = self.desks.get_mut(place) else { return };
        match person {
            Some(asked) => {
                desk.probing.people = desk.probing.people.saturating_sub(1);
                self.decide(place, Waiting { asked, unprobed: !ran });
            }
            None => {
                desk.probing.running = false;
                desk.probing.known = ran.then(clock::now);
                if !ran {
                    let rollout = self.board.id(place);
                    tracing::warn!(rollout, "does not advance: its probes could not be run");
                }
            }
        }
    }
}

async fn ended(
    place: usize,
    person: Option<Asked>,
    answer: oneshot::Receiver<Watched>,
    patience: Duration,
) -> Probed {
    let ran = matches!(timeout(patience, answer).await, Ok(Ok(_)));
    Probed { place, person, ran }
}

/// The decision does not know that probes were to be run for it, and were not.
pub fn held(event: &mut Event) {
    let Event::Advance { decision, .. } = event else { return };
    if decision.call == Call::Pass {
        decision.call = Call::Hold;
    }
    let says = format!("the probes could not be run within {} s", PERSON_WAITS.as_secs());
    let (standing, measure) = (Standing::Unmet, Measure::Probes);
    let told = Condition { measure, route: None, standing, have: 0.0, need: 0.0, eta: None, says };
    decision.conditions.insert(0, told);
}
