//! What comes of what was handed to the store: the answer, in time, late, or of a move that is void by now.

use super::{Effect, State, step::Now};

/// A move is made on the evidence of the moment it was decided in. Recorded later than this it is not made.
const MOST_WAIT_MILLIS: u64 = 30_000;

impl Now<'_> {
    pub fn recorded(&self, version: u64) -> (State, Vec<Effect>) {
        let Some(pending) = self.state.pending.as_ref().filter(|pending| pending.version == version) else {
            return self.recorded_in_vain(version);
        };
        let next = State::clone(&pending.next);
        let late = self.millis.saturating_sub(pending.at_millis) > MOST_WAIT_MILLIS;
        let no_rung = self.rollout.ladder.at_or_below(next.stage) != next.stage;
        if next.stage > self.state.stage && (late || no_rung) {
            return self.overtaken(version);
        }
        let mut effects = Vec::new();
        if next.stage != self.state.stage {
            effects.push(Effect::Publish(next.stage));
        }
        if next.restarts != self.state.restarts {
            effects.push(Effect::Forget);
        }
        (next, effects)
    }

    /// Nothing moves.
    pub fn not_recorded(&self, version: u64, why: &str) -> (State, Vec<Effect>) {
        if self.state.pending.as_ref().is_none_or(|pending| pending.version != version) {
            return self.unchanged();
        }
        if self.state.drilling.is_some() {
            return self.drill_ends_here(why);
        }
        (State { pending: None, ..self.state.clone() }, Vec::new())
    }

    /// Void by now. Where a record of a higher version went after it, that one wins. Otherwise the store holds what does
    /// not hold here, and is set right; a newer move that waits for an answer then gets a no, for the store is not where
    /// it expects it to be.
    fn recorded_in_vain(&self, version: u64) -> (State, Vec<Effect>) {
        if version <= self.state.version {
            return self.unchanged();
        }
        self.record_again("a move was recorded after it had been given up")
    }

    /// By time, or by settings that know the stage no more.
    fn overtaken(&self, version: u64) -> (State, Vec<Effect>) {
        if self.state.drilling.is_some() {
            self.drill_ends_here("it came too late")
        } else {
            self.recorded_in_vain(version)
        }
    }
}
