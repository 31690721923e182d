//! The decision in one line, and what comes first in it.

use super::*;

#[test]
fn a_hold_says_how_much_is_missing_and_what_comes_next() {
    let scene = Scene::where_route(|summary| {
        summary.units.settled.n = 1_730;
        summary.soak.active = Duration::from_secs(3 * HOUR);
    });
    let decision = scene.judged();
    assert_eq!(
        decision.headline(),
        "hold: 2 of 24 conditions are not met; next: get-user: 1,730 of 17,570 distinct reads compared without a \
         mismatch; about 2 h 12 min more"
    );
    assert_eq!(decision.eta(), Some(Duration::from_secs(7_920)));
    assert_eq!(decision.summary(), "hold: 2 of 24 conditions are not met; about 2 h 12 min until all are");
    assert_eq!(decision.unmet_words().len(), 2);
}

#[test]
fn what_waiting_does_not_help_comes_before_what_it_does() {
    let scene = Scene::where_route(|summary| {
        summary.units.settled.n = 1_730;
        summary.masked = Some(0.2);
    });
    let decision = scene.judged();
    assert_eq!(decision.conditions[0].measure, Measure::Masked);
    assert_eq!(decision.eta(), None);
    assert_eq!(decision.summary(), "hold: 2 of 24 conditions are not met");
}

#[test]
fn a_pass_and_a_breach_say_so() {
    assert_eq!(Scene::at(live(1)).judged().headline(), "pass: 24 conditions for 5%, all met");
    let scene = Scene::where_route(|summary| summary.levels.requests = 14.0);
    assert_eq!(
        scene.judged().headline(),
        "breach: get-user: 0 of 900,000 reads differ, repeats included: too many of late"
    );
    assert_eq!(scene.judged().summary(), "breach: 1 of 24 conditions is not met");
}

#[test]
fn on_the_last_stage_it_says_whether_all_is_done() {
    let mut scene = Scene::at(live(100));
    assert!(scene.judged().headline().starts_with("pass: the last stage, "), "{}", scene.judged().headline());
    scene.routes[0].soak.active = Duration::from_secs(100 * HOUR);
    let told = scene.judged().headline();
    assert!(told.starts_with("hold: the last stage, 1 of "), "{told}");
    assert!(told.contains("100 h of 7 d") || told.contains("4 d 4 h of 7 d"), "{told}");
    assert_eq!(scene.judged().to, None);
}

#[test]
fn every_number_can_be_written_down_and_read_again() {
    let mut scene = Scene::at(live(1));
    scene.criteria.mismatch.alpha_pass = 0.0;
    scene.criteria.coverage.unseen = 0.0;
    scene.criteria.staleness.rate = f64::NAN;
    let decision = scene.judged();
    assert_eq!(decision.call, Call::Hold);
    let text = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
}
