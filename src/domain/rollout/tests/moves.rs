//! Each move by itself: when it is made, in which order, and why it is refused.

use super::{super::*, *};

#[test]
fn an_advance_is_recorded_and_only_then_published() {
    let rollout = users();
    let before = standing(live(1));
    let (waiting, effects) = done(&rollout, &before, advance(&rollout, live(1), Call::Pass, false));
    let [Effect::Record { draft, state, expected: Some(7) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((waiting.stage, waiting.version), (live(1), 7));
    assert_eq!((state.stage, state.version, state.since_millis), (live(5), 8, NOON));
    assert_eq!((draft.from, draft.to, draft.version, draft.past_gate), (live(1), live(5), 8, false));
    assert_eq!((draft.what.as_str(), draft.why.as_str()), ("advance", "it is time"));
    assert!(draft.evidence.contains("what the gate says"));
    let (after, effects) = done(&rollout, &waiting, Event::Recorded { version: 8 });
    assert_eq!(effects, [Effect::Publish(live(5))]);
    assert_eq!(after, **state);
}

#[test]
fn what_could_not_be_recorded_does_not_happen() {
    let rollout = users();
    let before = standing(live(1));
    let (waiting, _) = done(&rollout, &before, advance(&rollout, live(1), Call::Pass, false));
    let no = Event::NotRecorded { version: 8, why: "disk full".to_owned() };
    let (after, effects) = done(&rollout, &waiting, no);
    assert_eq!(effects, []);
    assert_eq!(after, State { handed: 8, ..before });
    let (again, _) = done(&rollout, &after, advance(&rollout, live(1), Call::Pass, false));
    assert_eq!(again.pending.unwrap().version, 9, "no version is used twice");
}

#[test]
fn an_advance_is_refused_for_each_reason_there_is() {
    let plain = users();
    let needs_approval = with(|rollout| rollout.policy.approval = true);
    let frozen = with(|rollout| rollout.policy.freezes = vec![always_frozen()]);
    let day = standing(live(1));
    let pending = done(&plain, &day, advance(&plain, live(1), Call::Pass, false)).0;
    let held = |unmet: &str| Refusal::Held { unmet: vec![unmet.to_owned()] };
    let pass = |stage| advance(&plain, stage, Call::Pass, false);
    let event = |change: fn(&mut Option<u64>, &mut String, &mut Decision)| {
        let Event::Advance { by, mut why, mut version, past_gate, mut decision } = pass(live(1)) else {
            unreachable!()
        };
        change(&mut version, &mut why, &mut decision);
        Event::Advance { by, why, version, past_gate, decision }
    };
    let soon = but(live(1), |state| state.since_millis = NOON - 60_000);
    let later = but(live(1), |state| state.since_millis = NOON + HOUR);
    let stale = event(|_, _, decision| decision.at_millis = NOON - 11_000);
    let other = event(|_, _, decision| decision.to = Some(live(100)));
    let not_judged = held("the gate has not been judged for this advance");
    for (rollout, state, event, refusal) in [
        (&plain, &day, event(|_, why, _| *why = "  ".to_owned()), Refusal::NoReason),
        (&plain, &day, event(|seen, _, _| *seen = Some(6)), Refusal::Outdated { seen: 6, current: 7 }),
        (
            &plain,
            &but(live(1), |state| state.latch = Some(latch())),
            pass(live(1)),
            Refusal::Latched { why: "it was wrong".to_owned() },
        ),
        (&plain, &pending, pass(live(1)), Refusal::Busy),
        (&plain, &but(Stage::Shadow, |state| state.drilling = Some(live(1))), pass(live(1)), Refusal::Busy),
        (
            &plain,
            &standing(Stage::Off),
            pass(Stage::Off),
            Refusal::Nothing { why: "it is off; resume it first".to_owned() },
        ),
        (&plain, &standing(live(100)), pass(live(100)), Refusal::AtTop),
        (&needs_approval, &day, pass(live(1)), Refusal::NotApproved),
        (
            &frozen,
            &day,
            pass(live(1)),
            Refusal::Frozen { why: "no advance at any time: year's end".to_owned() },
        ),
        (&plain, &soon, pass(live(1)), Refusal::TooSoon { left: seconds(29 * 60) }),
        (&plain, &later, pass(live(1)), Refusal::TooSoon { left: seconds(30 * 60) }),
        (&plain, &day, advance(&plain, live(1), Call::Hold, false), held("what the gate says")),
        (&plain, &day, stale, not_judged.clone()),
        (&plain, &day, other, not_judged),
    ] {
        assert_eq!(refused(rollout, state, event), refusal);
    }
}

#[test]
fn an_override_passes_by_gate_hold_time_and_freeze_and_is_kept_for_ever() {
    let rollout = with(|rollout| rollout.policy.freezes = vec![always_frozen()]);
    let state = but(live(1), |state| state.since_millis = NOON);
    let (waiting, effects) = done(&rollout, &state, advance(&rollout, live(1), Call::Hold, true));
    let [Effect::Record { draft, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(draft.past_gate);
    let (after, _) = done(&rollout, &waiting, Event::Recorded { version: 8 });
    let [made] = after.overrides.as_slice() else { panic!("{:?}", after.overrides) };
    assert_eq!((made.to, made.why.as_str(), &made.by), (live(5), "it is time", &ada()));
    assert_eq!(made.unmet, ["what the gate says"]);
    let (reverted, _) = done(&rollout, &after, revert());
    assert_eq!(reverted.overrides.len(), 1);
}

#[test]
fn an_override_of_nothing_is_none() {
    let rollout = users();
    let (after, _) = made(&rollout, &standing(live(1)), advance(&rollout, live(1), Call::Pass, true));
    assert_eq!(after.overrides, []);
}

#[test]
fn no_override_passes_by_a_latch_an_approval_or_a_breach() {
    let plain = users();
    let needs_approval = with(|rollout| rollout.policy.approval = true);
    let day = standing(live(1));
    let latched = but(live(1), |state| state.latch = Some(latch()));
    let wish = |call| advance(&plain, live(1), call, true);
    assert!(matches!(refused(&plain, &latched, wish(Call::Hold)), Refusal::Latched { .. }));
    assert_eq!(refused(&needs_approval, &day, wish(Call::Hold)), Refusal::NotApproved);
    assert!(matches!(refused(&plain, &day, wish(Call::Breach)), Refusal::Held { .. }));
}

#[test]
fn a_pass_advances_by_itself_only_where_the_settings_say_so() {
    let manual = users();
    let auto = with(|rollout| rollout.policy.advance = Advance::Auto);
    let day = standing(live(1));
    let pass = || Event::Judged(judged(&manual, live(1), Call::Pass, NOON));
    assert_eq!(done(&manual, &day, pass()), (day.clone(), vec![]));
    let (_, effects) = done(&auto, &day, pass());
    let [Effect::Record { draft, expected: Some(7), .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((&draft.by, draft.to), (&Actor::gate(), live(5)));
    let approval = Rollout { policy: Policy { approval: true, ..auto.policy.clone() }, ..auto.clone() };
    let freeze =
        Rollout { policy: Policy { freezes: vec![always_frozen()], ..auto.policy.clone() }, ..auto.clone() };
    let latched = but(live(1), |state| state.latch = Some(latch()));
    let soon = but(live(1), |state| state.since_millis = NOON);
    for (rollout, state) in [(&approval, &day), (&freeze, &day), (&auto, &latched), (&auto, &soon)] {
        assert_eq!(done(rollout, state, pass()), (state.clone(), vec![]));
    }
}

#[test]
fn resume_lifts_the_latch_and_moves_nothing() {
    let rollout = users();
    let resume = |version| Event::Resume { by: ada(), why: "fixed".to_owned(), version };
    let (reverted, _) = done(&rollout, &standing(live(50)), revert());
    let (resumed, effects) = made(&rollout, &reverted, resume(Some(8)));
    assert_eq!((resumed.stage, resumed.latch.clone(), effects), (Stage::Shadow, None, vec![]));
    assert!(matches!(refused(&rollout, &resumed, resume(None)), Refusal::Nothing { .. }));
    assert!(matches!(refused(&rollout, &reverted, resume(Some(7))), Refusal::Outdated { .. }));
    let later = NOON + HOUR;
    let decision = judged(&rollout, Stage::Shadow, Call::Pass, later);
    let again =
        Event::Advance { by: ada(), why: "again".to_owned(), version: None, past_gate: false, decision };
    let (up, _) = step(&rollout, &resumed, again, later).unwrap();
    assert_eq!(up.pending.unwrap().to, live(1), "it climbs from the first live stage again");
}

#[test]
fn an_approval_is_for_the_next_stage_and_for_that_alone() {
    let rollout = with(|rollout| rollout.policy.approval = true);
    let approve = || Event::Approve { by: ada(), why: "seen the report".to_owned(), version: None };
    let (approved, effects) = made(&rollout, &standing(live(1)), approve());
    assert_eq!((approved.approval.as_ref().unwrap().to, effects), (live(5), vec![]));
    let (up, _) = made(&rollout, &approved, advance(&rollout, live(1), Call::Pass, false));
    assert_eq!((up.stage, up.approval), (live(5), None));
    let (reverted, _) = done(&rollout, &approved, revert());
    assert_eq!(reverted.approval, None);
    assert!(matches!(refused(&rollout, &reverted, approve()), Refusal::Latched { .. }));
    assert_eq!(refused(&rollout, &standing(live(100)), approve()), Refusal::AtTop);
    assert!(matches!(refused(&users(), &standing(live(1)), approve()), Refusal::Nothing { .. }));
}

#[test]
fn a_restart_is_counted_before_anything_is_forgotten() {
    let rollout = users();
    let restart = Event::Restart { by: ada(), why: "bad luck".to_owned(), version: None };
    let (after, effects) = made(&rollout, &standing(live(1)), restart);
    assert_eq!((after.restarts, effects), (1, vec![Effect::Forget]));
}

#[test]
fn a_rollout_about_which_nothing_is_known_is_never_live() {
    for (first, begun) in [(Stage::Off, Stage::Off), (Stage::Shadow, Stage::Shadow), (live(5), Stage::Shadow)]
    {
        assert_eq!(State::begun(&Ladder::new(first, vec![live(100)]), NOON).stage, begun);
    }
}

#[test]
fn a_stage_that_is_no_rung_any_more_gives_way_to_the_next_lower_one() {
    let rollout = users();
    for (recorded, admitted) in [
        (live(100), live(100)),
        (live(99), live(50)),
        (Stage::Live(Share::from_ppm(5_000).unwrap()), Stage::Shadow),
        (Stage::Off, Stage::Off),
    ] {
        let state = standing(recorded);
        let (after, effects) = admit(&rollout, &state, Via::Start, NOON);
        assert_eq!(after.stage, admitted);
        if recorded == admitted {
            assert_eq!((after, effects), (state, vec![]));
        } else {
            let [Effect::Publish(stage), Effect::Record { draft, expected: None, .. }] = effects.as_slice()
            else {
                panic!("{effects:?}")
            };
            assert_eq!((*stage, draft.what.as_str(), after.version), (admitted, "start", 8));
            assert!(draft.why.contains("is no stage of its ladder any more"), "{}", draft.why);
        }
    }
}

#[test]
fn a_state_reads_as_it_was_written() {
    let rollout = users();
    let (waiting, effects) = done(&rollout, &standing(live(1)), advance(&rollout, live(1), Call::Hold, true));
    for state in [standing(Stage::Off), waiting] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
    let [Effect::Record { state, .. }] = effects.as_slice() else { panic!() };
    assert!(!serde_json::to_string(state).unwrap().contains("pending"));
}
