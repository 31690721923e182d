//! What was recorded and then damaged is refused, or read and gone on with; it never ends the program.

use proptest::{prelude::*, sample::Index};

use super::*;

/// One in which every field holds something.
fn lived() -> State {
    but(live(5), |state| {
        state.latch = Some(latch());
        state.drilling = Some(live(50));
        let next = Box::new(standing(live(50)));
        state.pending = Some(super::super::Pending { to: live(50), version: 8, at_millis: NOON, next });
        let overridden = super::super::Override {
            to: live(5),
            by: ada(),
            why: "it is time".to_owned(),
            at_millis: NOON,
            unmet: vec!["too few".to_owned()],
        };
        state.overrides.push(overridden);
    })
}

fn goes_on(state: &State) {
    let rollout = users();
    let decision = judged(&rollout, state.stage, Call::Pass, NOON);
    for event in [
        advance(&rollout, state.stage, Call::Hold, true),
        advance(&rollout, state.stage, Call::Pass, false),
        Event::Judged(decision),
        revert(),
        Event::Recorded { version: state.version },
    ] {
        let _ = step(&rollout, state, event, NOON);
    }
}

proptest! {
    #[test]
    fn a_state_that_was_cut_or_changed_is_refused_or_gone_on_with(
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..4), cut in any::<Option<Index>>(),
    ) {
        let mut text = serde_json::to_vec(&lived()).unwrap();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len()));
            prop_assert!(serde_json::from_slice::<State>(&text).is_err(), "a part is taken for the whole");
        }
        if let Ok(state) = serde_json::from_slice::<State>(&text) {
            goes_on(&state);
        }
    }

    #[test]
    fn a_state_with_any_number_in_any_place_is_refused_or_gone_on_with(
        at in any::<Index>(), number in prop_oneof![Just(u64::MAX), Just(0), any::<u64>()],
    ) {
        let text = serde_json::to_string(&lived()).unwrap();
        let digits: Vec<usize> =
            text.match_indices(':').map(|(at, _)| at + 1).filter(|at| text.as_bytes()[*at].is_ascii_digit()).collect();
        let start = digits[at.index(digits.len())];
        let end = start + text[start..].find([',', '}']).unwrap();
        let text = format!("{}{number}{}", &text[..start], &text[end..]);
        if let Ok(state) = serde_json::from_str::<State>(&text) {
            goes_on(&state);
        }
    }
}
