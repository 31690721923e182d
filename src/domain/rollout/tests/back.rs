//! The ways back: revert, off, breach and drill; and moves that are void because of them.

use super::{super::*, *};

#[test]
fn a_revert_holds_at_once_from_every_state_and_is_recorded_after() {
    let rollout = users();
    let (drilling, _) = done(
        &rollout,
        &standing(live(50)),
        Event::Drill { by: ada(), why: "practice".to_owned(), version: None },
    );
    let (pending, _) = done(&rollout, &standing(live(1)), advance(&rollout, live(1), Call::Pass, false));
    for (state, from, to, version) in [
        (standing(live(100)), live(100), Stage::Shadow, 8),
        (standing(Stage::Shadow), Stage::Shadow, Stage::Shadow, 8),
        (standing(Stage::Off), Stage::Off, Stage::Off, 8),
        (pending, live(5), Stage::Shadow, 9),
        (drilling, live(50), Stage::Shadow, 9),
    ] {
        let (after, effects) = done(&rollout, &state, revert());
        let [Effect::Publish(published), Effect::Record { draft, state: recorded, expected: None }] =
            effects.as_slice()
        else {
            panic!("{effects:?}")
        };
        assert_eq!((*published, draft.to, **recorded == after), (to, to, true));
        let latch = after.latch.clone().unwrap();
        assert_eq!((latch.from, latch.why.as_str(), after.version), (from, "wrong balances", version));
        assert_eq!((after.pending, after.drilling, after.approval), (None, None, None));
    }
}

#[test]
fn a_revert_needs_no_reason_and_a_second_one_leaves_the_first() {
    let rollout = users();
    let silent = || Event::Revert { by: ada(), why: " ".to_owned() };
    let (once, _) = done(&rollout, &standing(live(5)), silent());
    assert_eq!(once.latch.as_ref().unwrap().why, "no reason given");
    assert_eq!(done(&rollout, &once, revert()), (once.clone(), vec![Effect::Publish(Stage::Shadow)]));
}

#[test]
fn an_advance_that_is_recorded_after_a_revert_is_void_and_the_revert_wins() {
    let rollout = users();
    let (waiting, _) = done(&rollout, &standing(live(1)), advance(&rollout, live(1), Call::Pass, false));
    let (reverted, effects) = done(&rollout, &waiting, revert());
    let recorded: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record { state, expected, .. } => Some((state.version, *expected)),
            _ => None,
        })
        .collect();
    assert_eq!(recorded, [(9, None)], "above the void advance's 8, whatever is recorded");
    for late in
        [Event::Recorded { version: 8 }, Event::NotRecorded { version: 8, why: "outdated".to_owned() }]
    {
        assert_eq!(done(&rollout, &reverted, late), (reverted.clone(), vec![]));
    }
}

#[test]
fn a_move_recorded_after_it_was_given_up_is_written_over() {
    let rollout = users();
    let (waiting, _) = done(&rollout, &standing(live(1)), advance(&rollout, live(1), Call::Pass, false));
    let late = step(&rollout, &waiting, Event::Recorded { version: 8 }, NOON + 31_000).unwrap();
    let no = Event::NotRecorded { version: 8, why: "no answer".to_owned() };
    let (gave_up, _) = done(&rollout, &waiting, no);
    let given_up = done(&rollout, &gave_up, Event::Recorded { version: 8 });
    for (after, effects) in [late, given_up] {
        let [Effect::Record { draft, state, expected: None }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!((after.stage, after.version, after.pending.clone()), (live(1), 9, None));
        assert_eq!((draft.what.as_str(), **state == after), ("void", true));
    }
}

#[test]
fn a_breach_brings_a_live_stage_back_as_the_settings_say_and_latches() {
    let to_shadow = users();
    let down = with(|rollout| rollout.policy.on_breach = OnBreach::Down);
    for (rollout, from, to) in [
        (&to_shadow, live(50), Stage::Shadow),
        (&to_shadow, live(1), Stage::Shadow),
        (&down, live(50), live(5)),
        (&down, live(1), Stage::Shadow),
    ] {
        let breach = judged(rollout, from, Call::Breach, NOON);
        let (after, effects) = done(rollout, &standing(from), Event::Judged(breach));
        assert!(matches!(effects.as_slice(), [Effect::Publish(stage), Effect::Record { expected: None, .. }]
            if *stage == to));
        let latch = after.latch.unwrap();
        assert_eq!((latch.from, latch.by, latch.why.as_str()), (from, Actor::gate(), "what the gate says"));
    }
}

#[test]
fn a_breach_at_shadow_moves_nothing_but_stops_an_advance_that_is_under_way() {
    let rollout = users();
    let shadow = standing(Stage::Shadow);
    let breach = || Event::Judged(judged(&rollout, Stage::Shadow, Call::Breach, NOON));
    assert_eq!(done(&rollout, &shadow, breach()), (shadow.clone(), vec![]));
    let (waiting, _) = done(&rollout, &shadow, advance(&rollout, Stage::Shadow, Call::Pass, false));
    let (after, effects) = done(&rollout, &waiting, breach());
    assert_eq!(stages_published(&effects), [Stage::Shadow]);
    assert!(after.latch.is_some() && after.pending.is_none());
}

#[test]
fn a_breach_of_a_stage_it_has_come_down_from_is_no_breach_of_this_one() {
    let rollout = with(|rollout| rollout.policy.on_breach = OnBreach::Down);
    let breach = judged(&rollout, live(50), Call::Breach, NOON);
    let (down, _) = done(&rollout, &standing(live(50)), Event::Judged(breach.clone()));
    assert_eq!(done(&rollout, &down, Event::Judged(breach)), (down.clone(), vec![]));
}

#[test]
fn off_stops_the_mirroring_at_once_and_only_resume_leads_out_of_it() {
    let rollout = users();
    let off = Event::Off { by: ada(), why: String::new() };
    let (after, effects) = done(&rollout, &standing(live(5)), off);
    assert_eq!(stages_published(&effects), [Stage::Off]);
    let wish = Event::Resume { by: ada(), why: "fixed".to_owned(), version: Some(8) };
    let (resumed, effects) = made(&rollout, &after, wish);
    assert_eq!((resumed.stage, effects), (Stage::Shadow, vec![Effect::Publish(Stage::Shadow)]));
}

#[test]
fn a_drill_comes_back_at_once_and_returns_to_where_it_was_on_record() {
    let rollout = users();
    let drill = || Event::Drill { by: ada(), why: "practice".to_owned(), version: None };
    let (away, effects) = done(&rollout, &standing(live(50)), drill());
    assert!(matches!(
        effects.as_slice(),
        [Effect::Publish(Stage::Shadow), Effect::Record { expected: None, .. }]
    ));
    assert_eq!((away.stage, away.drilling), (Stage::Shadow, Some(live(50))));
    let (back, effects) = made(&rollout, &away, Event::Drilled { took: seconds(1) });
    assert_eq!((back.stage, effects), (live(50), vec![Effect::Publish(live(50))]));
    assert_eq!(back.last_drill, Some(Drill { at_millis: NOON, took: seconds(1) }));
    assert_eq!(back.drilling, None);
    let frozen = with(|rollout| rollout.policy.freezes = vec![always_frozen()]);
    assert!(matches!(refused(&frozen, &standing(live(50)), drill()), Refusal::Frozen { .. }));
    assert!(matches!(refused(&rollout, &standing(Stage::Shadow), drill()), Refusal::Nothing { .. }));
}

#[test]
fn whatever_brings_it_back_during_a_drill_cancels_the_return() {
    let rollout = users();
    let drill = Event::Drill { by: ada(), why: "practice".to_owned(), version: None };
    let (away, _) = done(&rollout, &standing(live(50)), drill);
    let (returning, _) = done(&rollout, &away, Event::Drilled { took: seconds(1) });
    let breach = || Event::Judged(judged(&rollout, Stage::Shadow, Call::Breach, NOON));
    let off = || Event::Off { by: ada(), why: String::new() };
    for state in [&away, &returning] {
        for event in [revert(), breach(), off()] {
            let (after, effects) = done(&rollout, state, event);
            assert!(after.stage <= Stage::Shadow && stages_published(&effects) == [after.stage]);
            for late in [Event::Drilled { took: seconds(2) }, Event::Recorded { version: 9 }] {
                assert_eq!(done(&rollout, &after, late), (after.clone(), vec![]));
            }
        }
    }
}

#[test]
fn a_drill_whose_return_cannot_be_recorded_ends_at_shadow() {
    let rollout = users();
    let drill = Event::Drill { by: ada(), why: "practice".to_owned(), version: None };
    let (away, _) = done(&rollout, &standing(live(50)), drill);
    let (returning, _) = done(&rollout, &away, Event::Drilled { took: seconds(1) });
    let no = Event::NotRecorded { version: 9, why: "disk full".to_owned() };
    let (after, effects) = done(&rollout, &returning, no);
    assert_eq!((after.stage, after.drilling, after.pending), (Stage::Shadow, None, None));
    assert_eq!(stages_published(&effects), [Stage::Shadow]);
}
