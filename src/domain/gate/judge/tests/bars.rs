//! How high the bar is, against the reference values.

use super::{super::bar::inflation, *};
use crate::domain::stats::reference::{close, table};

fn need(decision: &Decision, measure: Measure) -> f64 {
    of(decision, measure).need
}

#[test]
fn each_advance_asks_for_as_much_as_the_reference_values_say() {
    let from = [Stage::Shadow, live(1), live(5), live(25), live(50)];
    for (row, from) in table("stage_defaults").iter().zip(from) {
        let mut scene = Scene::at(from);
        scene.routes[0].soak.hours = [0; 24];
        let decision = scene.judged();
        close(need(&decision, Measure::Mismatch), &row["n_zero"], "reads without a mismatch");
        let soak = need(&decision, Measure::Soak);
        assert!((soak - row["soak_h"].as_f64().unwrap()).abs() < 0.05, "{soak} h for {row}");
        scene.routes[0].units.settled.k = 1;
        close(need(&scene.judged(), Measure::Mismatch), &row["n_one"], "reads with one");
        let of_stage = (row["n_zero"].as_f64().unwrap() / 10.0).max(1_000.0);
        assert!((need(&decision, Measure::StageUnits) - of_stage).abs() <= 1.0, "{row}");
        let last = row["alpha_pass"].as_f64().unwrap() < 0.05;
        assert_eq!(of(&decision, Measure::Restarts).have, if last { 0.01 } else { 0.05 });
    }
}

#[test]
fn the_gate_passes_at_as_many_reads_as_the_reference_values_say_and_not_at_one_less() {
    for row in table("n_required") {
        let number = |name: &str| row[name].as_f64().unwrap();
        for (k, name) in [(0, "n_zero"), (1, "n_one"), (3, "n_three"), (10, "n_ten")] {
            let passes = |n: f64| {
                let mut scene = Scene::at(live(1));
                scene.criteria.mismatch.max = Some(number("p_max"));
                scene.criteria.mismatch.alpha_pass = number("alpha");
                scene.routes[0].units.settled = Confirmed { n: n as u64, k };
                of(&scene.judged(), Measure::Mismatch).standing == Standing::Met
            };
            assert!(passes(number(name)) && !passes(number(name) - 1.0), "{name} of {row}");
        }
    }
}

#[test]
fn before_old_may_go_a_week_is_asked_for() {
    let row = table("soak").into_iter().find(|row| row["claim_incident_interval_h"] == 48).unwrap();
    let mut scene = Scene::at(live(100));
    close(need(&scene.judged(), Measure::Soak), &row["soak95_h"], "hours");
    scene.routes[0].soak.incidents = 1;
    close(need(&scene.judged(), Measure::Soak), &row["soak95_one_incident_h"], "hours");
}

#[test]
fn a_first_live_stage_is_waited_for_however_large_it_is() {
    for (first, hours) in [(5, 7.0), (25, 7.0), (100, 14.0)] {
        let mut scene = Scene::at(Stage::Shadow);
        scene.ladder = Ladder::new(Stage::Shadow, vec![live(first)]);
        let expected = 3.513_864_334_298_244_5 * hours;
        assert!((need(&scene.judged(), Measure::Soak) - expected).abs() < 1e-6, "{first}%");
    }
}

#[test]
fn the_last_two_advances_may_err_less() {
    for (rungs, from, alpha) in [
        (vec![live(100)], Stage::Shadow, 0.01),
        (vec![live(5), live(100)], Stage::Shadow, 0.01),
        (vec![live(5), live(50), live(100)], Stage::Shadow, 0.05),
        (vec![live(5), live(50), live(100)], live(5), 0.01),
    ] {
        let mut scene = Scene::at(from);
        scene.ladder = Ladder::new(Stage::Shadow, rungs);
        assert_eq!(of(&scene.judged(), Measure::Restarts).have, alpha);
    }
}

#[test]
fn what_was_dropped_raises_the_bar_as_the_reference_values_say() {
    for row in table("gamma_bound") {
        let number = |name: &str| row[name].as_f64().unwrap();
        close(inflation(number("drop"), number("Gamma")), &row["factor"], &row.to_string());
    }
    let scene = Scene::where_route(|summary| {
        summary.drops.intended = 1_000_000;
        summary.drops.dropped = 1_000;
    });
    assert_eq!(need(&scene.judged(), Measure::Mismatch), (17_569.321_671_491_223f64 * 1.009).ceil());
}

#[test]
fn each_route_has_its_own_bar_and_all_together_have_one_more() {
    let mut scene = Scene::at(live(1));
    let (mut busy, mut quiet) = (passing("list-users"), passing("get-avatar"));
    (busy.share, quiet.share) = (0.9, 0.1);
    let few = Confirmed { n: 10_000, k: 0 };
    (busy.units.settled, quiet.units.settled) = (few, few);
    scene.routes = vec![busy, quiet];
    let decision = scene.judged();
    let told: Vec<_> = decision
        .conditions
        .iter()
        .filter(|condition| condition.measure == Measure::Mismatch)
        .map(|condition| (condition.route.as_deref(), condition.standing, condition.need))
        .collect();
    assert_eq!(
        told,
        [
            (Some("list-users"), Standing::Unmet, 17_570.0),
            (None, Standing::Met, 17_570.0),
            (Some("get-avatar"), Standing::Met, 3_514.0),
        ]
        .map(|told| told)
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn a_route_that_breaches_breaches_for_all() {
    let mut scene = Scene::at(live(1));
    let mut wrong = passing("list-users");
    wrong.levels.errors = 14.0;
    scene.routes.push(wrong);
    let decision = scene.judged();
    assert_eq!(decision.call, Call::Breach);
    assert!(decision.breach_words().starts_with("list-users: new failed"), "{}", decision.breach_words());
}

#[test]
fn the_more_routes_there_are_the_surer_each_alarm_has_to_be() {
    let mut scene = Scene::at(live(1));
    scene.routes[0].levels.units = 1e6f64.ln() + 0.1;
    assert_eq!(scene.judged().call, Call::Breach);
    scene.routes[0].share = 0.5;
    scene.routes.push(Summary { share: 0.5, ..passing("list-users") });
    assert_eq!(of(&scene.judged(), Measure::Mismatch).standing, Standing::Met);
}
