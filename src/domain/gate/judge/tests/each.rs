//! Each condition on comparisons and time by itself: everything else is met, this one thing is not, and it is told in these words.

use Standing::{Blocked, Breached, Met, Unmet};

use super::*;

#[test]
fn everything_met_is_a_pass_at_every_stage() {
    for stage in [Stage::Shadow, live(1), live(5), live(25), live(50), live(100)] {
        let mut scene = Scene::at(stage);
        let share = f64::from(stage.share().ppm()) / 1e6;
        scene.routes[0].assigned = odds((share * 1_000.0) as u64, ((1.0 - share) * 1_000.0) as u64);
        let decision = scene.judged();
        assert_eq!((decision.call, decision.unmet_words()), (Call::Pass, Vec::<String>::new()), "{stage}");
    }
}

#[test]
fn mismatches_of_distinct_reads() {
    use Measure::Mismatch as M;
    let settled = |n, k| move |summary: &mut Summary| summary.units.settled = counted(n, k);
    route(
        settled(20_000, 0),
        M,
        Met,
        "20,000 distinct reads compared, 0 mismatches: proven to be less than 0.02%",
    );
    route(
        settled(17_570, 0),
        M,
        Met,
        "17,570 distinct reads compared, 0 mismatches: proven to be less than 0.02%",
    );
    route(
        settled(17_569, 0),
        M,
        Unmet,
        "17,569 of 17,570 distinct reads compared without a mismatch; about 1 s more",
    );
    route(
        settled(1_730, 0),
        M,
        Unmet,
        "1,730 of 17,570 distinct reads compared without a mismatch; about 2 h 12 min more",
    );
    route(
        settled(20_000, 1),
        M,
        Unmet,
        "20,000 of 35,392 distinct reads compared with 1 mismatch; about 2 h 8 min more",
    );
    route(
        |summary| {
            summary.units.settled = counted(300, 0);
            summary.units_per_second = 0.0;
        },
        M,
        Unmet,
        "300 of 17,570 distinct reads compared without a mismatch; no read brings anything new",
    );
    route(
        |summary| summary.units.known = counted(600_000, 200),
        M,
        Blocked,
        "200 of 600,000 distinct reads differ: proven to be more than 0.02% (waiting does not help)",
    );
    route(
        |summary| summary.units.stage = counted(60_000, 30),
        M,
        Blocked,
        "30 of 60,000 distinct reads differ: proven to be more than 0.02% (waiting does not help)",
    );
    route(
        |summary| summary.units.known = counted(600_000, 2_000),
        M,
        Breached,
        "2,000 of 600,000 distinct reads differ: proven to be more than 0.1%",
    );
}

#[test]
fn mismatches_of_late_by_each_detector() {
    let (quiet, loud) = (1e6f64.ln() - 0.01, 1e6f64.ln() + 0.01);
    let why = "too often of late (0 of 600,000 distinct reads differ)";
    let late = format!("reads still differ after the time new may lag, {why}");
    let raw = "reads differ at first sight far too often of late (0 of 600,000 distinct reads differ)";
    route(
        |s| s.levels.units = loud,
        Measure::Mismatch,
        Breached,
        &format!("reads differ, and stay so, {why}"),
    );
    route(|s| s.levels.early = loud, Measure::Mismatch, Breached, &late);
    route(|s| s.levels.raw = loud, Measure::Mismatch, Breached, raw);
    let requests = "0 of 900,000 reads differ, repeats included";
    route(
        |s| s.levels.requests = loud,
        Measure::Requests,
        Breached,
        &format!("{requests}: too many of late"),
    );
    let near = |s: &mut Summary| {
        let all = [&mut s.levels.units, &mut s.levels.early, &mut s.levels.raw, &mut s.levels.requests];
        all.into_iter().for_each(|level| *level = quiet);
    };
    route(near, Measure::Requests, Met, requests);
}

#[test]
fn nothing_to_go_by() {
    let nothing = |summary: &mut Summary| {
        *summary = Summary { route: "get-user".to_owned(), share: 1.0, ..Summary::default() };
    };
    let none = "get-user: no read has been compared yet";
    for (change, says) in [
        (&nothing as &dyn Fn(&mut Summary), format!("{none}: there is no traffic")),
        (
            &|s: &mut Summary| {
                nothing(s);
                s.requests_per_second = 3.0;
            },
            none.to_owned(),
        ),
        (
            &|s: &mut Summary| {
                nothing(s);
                s.vacuous = 1_204;
            },
            "get-user: 1,204 matches prove nothing: both sides were empty, found nothing or failed"
                .to_owned(),
        ),
    ] {
        let decision = Scene::where_route(change).judged();
        let mismatch = of(&decision, Measure::Mismatch);
        assert_eq!((mismatch.standing, &mismatch.says), (Unmet, &says));
        assert_eq!(decision.call, Call::Hold);
        assert_eq!(decision.conditions[0].measure, Measure::Mismatch, "what matters most comes first");
    }
}

#[test]
fn one_hot_key_is_one_read_however_often_it_is_asked_for() {
    let scene = Scene::where_route(|summary| {
        let one = counted(1, 0);
        let units = &mut summary.units;
        (units.settled, units.known, units.stage, units.requests) = (one, one, one, counted(10_000, 0));
        summary.units_per_second = 0.0;
    });
    let decision = scene.judged();
    assert_eq!(
        of(&decision, Measure::Mismatch).told(),
        "get-user: 1 of 17,570 distinct reads compared without a mismatch, as 10,000 comparisons were of the same 1; \
         no read brings anything new"
    );
    assert_eq!(decision.call, Call::Hold);
}

#[test]
fn what_this_stage_brings_itself() {
    let stage = |n| move |summary: &mut Summary| summary.units.stage = counted(n, 0);
    let need = "distinct reads compared at this stage";
    route(stage(1_757), Measure::StageUnits, Met, &format!("1,757 of 1,757 {need}"));
    route(stage(1_397), Measure::StageUnits, Unmet, &format!("1,397 of 1,757 {need}; about 3 min more"));
}

#[test]
fn evidence_that_was_begun_anew() {
    let says = "of the evidence without a change: a pass may be wrong with a chance of";
    for restarts in [0u32, 1] {
        let scene = Scene::but(|scene| scene.state.restarts = restarts);
        assert_eq!(scene.judged().call, Call::Pass);
    }
    let words = format!("2 restarts {says} 15%, more than 10%; only a change helps (waiting does not help)");
    told(&Scene::but(|scene| scene.state.restarts = 2), Measure::Restarts, Blocked, &words);
    told(&Scene::where_route(|summary| summary.restarts = 2), Measure::Restarts, Blocked, &words);
}

#[test]
fn time_without_incidents() {
    let soaked = |hours: u64, incidents| {
        move |summary: &mut Summary| {
            summary.soak.active = Duration::from_secs(hours * HOUR);
            summary.soak.incidents = incidents;
        }
    };
    route(soaked(4, 0), Measure::Soak, Met, "4 h of 3 h 30 min at this stage without an incident");
    route(
        soaked(3, 0),
        Measure::Soak,
        Unmet,
        "3 h of 3 h 30 min at this stage without an incident; about 30 min more",
    );
    route(
        soaked(4, 1),
        Measure::Soak,
        Unmet,
        "4 h of 7 h 4 min at this stage with 1 incident; about 3 h 4 min more",
    );
    route(
        |summary| summary.soak.idle = Duration::from_secs(720),
        Measure::Soak,
        Unmet,
        "the evidence is stale: nothing was compared for 12 min",
    );
}

#[test]
fn hours_of_the_day_before_a_quarter_of_the_reads() {
    let scene = |empty: usize, stage| {
        let mut scene = Scene::at(stage);
        scene.routes[0].soak.hours[..empty].fill(3);
        scene.routes[0].assigned = odds(50, 950);
        scene
    };
    let says = "hours of the day have distinct reads enough, 250 each";
    told(&scene(4, live(5)), Measure::HoursOfDay, Met, &format!("get-user: 20 of 20 {says}"));
    let unmet = format!("get-user: 19 of 20 {says}; about 1 h more");
    told(&scene(5, live(5)), Measure::HoursOfDay, Unmet, &unmet);
    let mut early = scene(24, live(1));
    early.routes[0].assigned = odds(10, 990);
    assert_eq!(early.judged().call, Call::Pass);
}
