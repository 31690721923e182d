//! Where each rollout stands when the program starts: on the stage that was recorded, or lower, never higher.

use crate::{
    clock,
    domain::{
        journal::Draft,
        plan::Stage,
        rollout::{Actor, Effect, Rollout, State, Via, admit},
    },
    store::archive::{Archive, Found, KeptEvidence},
};

/// What the control path goes on from.
pub struct Begun {
    /// In the order of the config.
    pub states: Vec<State>,
    /// What was kept of the evidence, for whoever opens the books.
    pub evidence: Vec<KeptEvidence>,
    /// To be written down, in this order.
    pub(super) entries: Vec<(Draft, State)>,
}

impl Begun {
    /// What requests are planned by from the first one on.
    pub fn stages(&self) -> impl Iterator<Item = Stage> + '_ {
        self.states.iter().map(|state| state.stage)
    }
}

/// Reads what was found. A store that could not be read tells of no rollout, and then nothing is live.
pub fn begin(rollouts: &[Rollout], found: Found, archive: &Archive) -> Begun {
    let now_millis = clock::unix_millis();
    if let Some(trouble) = archive.health().trouble {
        tracing::error!(trouble, "what is recorded of the rollouts cannot be read: old serves every read");
    }
    if let Some(unreadable) = &found.unreadable {
        tracing::error!(
            unreadable,
            "some of what is recorded is not gone on with: who is missing begins at shadow"
        );
    }
    let mut begun = Begun { states: Vec::new(), evidence: found.evidence, entries: Vec::new() };
    for rollout in rollouts {
        let recorded = found.rollouts.iter().find(|(id, _)| *id == rollout.id).map(|(_, state)| state);
        let state = match recorded {
            Some(recorded) => begun.go_on(rollout, recorded, now_millis),
            None => begun.begin_new(rollout, found.unreadable.as_deref(), now_millis),
        };
        let (recorded, latched) = (recorded.is_some(), state.latch.is_some());
        tracing::info!(rollout = rollout.id, stage = %state.stage, recorded, latched, "begins");
        begun.states.push(state);
    }
    begun
}

impl Begun {
    /// As it was recorded, as far as the settings still admit that.
    fn go_on(&mut self, rollout: &Rollout, recorded: &State, now_millis: u64) -> State {
        let (state, effects) = admit(rollout, recorded, Via::Start, now_millis);
        let mut told = false;
        for effect in effects {
            if let Effect::Record { draft, state, .. } = effect {
                tracing::warn!(rollout = rollout.id, why = draft.why, "does not go on as it was recorded");
                self.entries.push((*draft, *state));
                told = true;
            }
        }
        if !told {
            self.entries.push((started(rollout, &state, "the program started", now_millis), state.clone()));
        }
        state
    }

    fn begin_new(&mut self, rollout: &Rollout, unreadable: Option<&str>, now_millis: u64) -> State {
        let state = State::begun(&rollout.ladder, now_millis);
        let why = match unreadable {
            None => "the program started, and nothing was recorded of the rollout".to_owned(),
            Some(why) => {
                format!("the program started, and nothing of the rollout could be gone on with: {why}")
            }
        };
        self.entries.push((started(rollout, &state, &why, now_millis), state.clone()));
        state
    }
}

fn started(rollout: &Rollout, state: &State, why: &str, now_millis: u64) -> Draft {
    Draft {
        at_millis: now_millis,
        rollout: rollout.id.clone(),
        by: Actor { name: "readshift".to_owned(), via: Via::Start },
        what: "start".to_owned(),
        from: state.stage,
        to: state.stage,
        why: why.to_owned(),
        past_gate: false,
        version: state.version,
        evidence: String::new(),
        config_digest: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        controller::tests::{ALL, HALF, in_memory, rollout},
        domain::rollout::{Advance, Ladder},
    };

    fn begun(ladder: Ladder, recorded: &[(&str, State)]) -> Begun {
        let rollout = Rollout { ladder, ..rollout("a", Advance::Manual) };
        let rollouts = recorded.iter().map(|(id, state)| ((*id).to_owned(), state.clone())).collect();
        begin(&[rollout], Found { rollouts, ..Found::default() }, &in_memory())
    }

    #[test]
    fn a_rollout_goes_on_where_it_was_recorded_or_lower_and_the_journal_says_so() {
        let ladder = || Ladder::new(Stage::Shadow, vec![HALF, ALL]);
        let low = || Ladder::new(Stage::Shadow, vec![HALF]);
        let at = |stage| vec![("a", State { version: 7, ..State::new(stage, 5) })];
        for (ladder, recorded, stage) in [
            (ladder(), at(HALF), HALF),
            (ladder(), at(Stage::Off), Stage::Off),
            (low(), at(ALL), HALF),
            (Ladder::new(Stage::Shadow, Vec::new()), at(ALL), Stage::Shadow),
            (ladder(), Vec::new(), Stage::Shadow),
            (ladder(), vec![("b", State::new(ALL, 5))], Stage::Shadow),
            // Nothing is known of it: never live.
            (Ladder::new(HALF, vec![ALL]), Vec::new(), Stage::Shadow),
        ] {
            let begun = begun(ladder, &recorded);
            assert_eq!(begun.stages().collect::<Vec<_>>(), [stage], "{recorded:?}");
            let entries: Vec<_> =
                begun.entries.iter().map(|(draft, state)| (&*draft.what, state.stage)).collect();
            assert_eq!(entries, [("start", stage)]);
        }
    }

    #[test]
    fn why_a_rollout_is_not_gone_on_with_stands_in_the_journal() {
        let unreadable = Some("what is recorded of a was changed".to_owned());
        let found = Found { unreadable, ..Found::default() };
        let begun = begin(&[rollout("a", Advance::Manual)], found, &in_memory());
        assert_eq!(begun.states[0].stage, Stage::Shadow);
        let why = &begun.entries[0].0.why;
        assert!(why.ends_with("could be gone on with: what is recorded of a was changed"), "{why}");
    }

    #[test]
    fn what_was_under_way_when_the_program_ended_is_over() {
        let drilling = State { drilling: Some(HALF), ..State::new(Stage::Shadow, 5) };
        let ladder = Ladder::new(Stage::Shadow, vec![HALF]);
        let begun = begun(ladder, &[("a", drilling)]);
        assert_eq!((begun.states[0].stage, begun.states[0].drilling), (Stage::Shadow, None));
    }
}
