//! Each condition on what the evidence is worth by itself: everything else is met, this one thing is not, and it is told in these words.

use Standing::{Blocked, Met, Unmet};

use super::*;
use crate::domain::evidence::Watched;

#[test]
fn lag_and_what_could_not_be_decided() {
    use Measure::{Indeterminate, Staleness};
    let stale = |finals, late, transient, indeterminate| {
        move |s: &mut Summary| s.staleness = StalenessSummary { finals, late, transient, indeterminate }
    };
    route(
        stale(35_139, 0, 0, 0),
        Staleness,
        Met,
        "in 35,139 comparisons new 0 lagged for more than 2 s, 0 at all",
    );
    route(
        stale(35_138, 0, 2, 0),
        Staleness,
        Unmet,
        "35,138 of 35,139 comparisons are final: 0 lagged for more than 2 s, 2 at all; about 1 s more",
    );
    route(
        stale(40_000, 40, 40, 0),
        Staleness,
        Blocked,
        "new lagged for more than 2 s in 40 of 40,000 reads: proven to be more than 0.01% (waiting does not help)",
    );
    route(
        stale(40_000, 0, 800, 0),
        Staleness,
        Blocked,
        "new lagged in 800 of 40,000 reads: proven to be more than 1% (waiting does not help)",
    );
    route(
        stale(40_000, 0, 0, 380),
        Indeterminate,
        Unmet,
        &of(&Scene::where_route(stale(40_000, 0, 0, 380)).judged(), Indeterminate).told()
            ["get-user: ".len()..],
    );
}

#[test]
fn what_was_not_compared() {
    use Measure::{DropBias, Drops, Shed};
    let dropped =
        |intended, dropped| move |s: &mut Summary| (s.drops.intended, s.drops.dropped) = (intended, dropped);
    route(
        dropped(352, 0),
        Drops,
        Met,
        "0 of 352 reads were not compared for want of room or time: proven to be less than 1%",
    );
    route(
        dropped(351, 0),
        Drops,
        Unmet,
        "0 of 351 reads were not compared for want of room or time, 352 are needed to tell that it is seldom; about 1 s more",
    );
    route(
        dropped(1_000, 90),
        Drops,
        Blocked,
        "90 of 1,000 reads were not compared for want of room or time: proven to be more than 5% (waiting does not help)",
    );
    let slow = "what was not compared is slow more often than the rest: 30 of 130";
    route(
        |s| {
            dropped(900_000, 130)(s);
            s.drops.slow = odds(30, 100);
        },
        DropBias,
        Unmet,
        slow,
    );
    let large = "what was not compared is large more often than the rest: 30 of 130";
    route(
        |s| {
            dropped(900_000, 130)(s);
            s.drops.large = odds(30, 100);
        },
        DropBias,
        Unmet,
        large,
    );
    let thin = "of the traffic is of sizes and speeds of which too little was compared, 0.5% may be";
    route(|s| s.drops.thin_ppm = 12_000, Shed, Unmet, &format!("1.2% {thin}"));
    route(|s| s.drops.thin_ppm = 5_000, Shed, Met, &format!("0.5% {thin}"));
}

#[test]
fn only_shed_shadows_are_no_evidence() {
    let scene = Scene::where_route(|s| {
        *s = Summary {
            route: "get-user".to_owned(),
            share: 1.0,
            requests_per_second: 6.0,
            ..Summary::default()
        };
        s.drops = DropSummary { intended: 10_000, dropped: 10_000, ..DropSummary::default() };
    });
    let decision = scene.judged();
    assert_eq!(decision.call, Call::Hold);
    assert_eq!(of(&decision, Measure::Shed).says, "get-user: none of 10,000 reads was compared");
    assert_eq!(of(&decision, Measure::Drops).standing, Blocked);
}

#[test]
fn what_is_not_measured_is_never_told_to_be_met() {
    let decision = Scene::where_route(|summary| summary.masked = None).judged();
    assert!(decision.conditions.iter().all(|condition| condition.measure != Measure::Masked));
}

#[test]
fn whether_the_evidence_can_be_trusted() {
    use Measure::{Build, Masked, Noise, SampleRatio, Seeded as S};
    route(
        |s| s.excess = ["/at", "/tags", "/score", "/seen"].map(str::to_owned).to_vec(),
        Noise,
        Blocked,
        "new differs from old more than old from itself: /at, /tags, /score and 1 more (waiting does not help)",
    );
    let rules = "of what is compared out, 5% may be";
    route(
        |s| s.masked = Some(0.07),
        Masked,
        Blocked,
        &format!("rules leave 7% {rules} (waiting does not help)"),
    );
    route(|s| s.masked = Some(0.05), Masked, Met, &format!("rules leave 5% {rules}"));
    route(
        |s| s.builds_mixed = Some("new answers with 2 builds".to_owned()),
        Build,
        Unmet,
        "new answers with 2 builds",
    );
    route(|s| s.assigned = odds(0, 0), SampleRatio, Unmet, "no caller was seen at this stage yet");
    let wrong = "callers are not assigned as they should be (waiting does not help)";
    route(
        |s| s.assigned = odds(60, 940),
        SampleRatio,
        Blocked,
        &format!("60 of 1,000 callers are on new, at 1%: {wrong}"),
    );
    route(
        |s| s.assigned = odds(0, 2_000),
        SampleRatio,
        Blocked,
        &format!("0 of 2,000 callers are on new, at 1%: {wrong}"),
    );
    route(
        |s| s.seeded = Seeded { planted: 6, missed: 1 },
        S,
        Blocked,
        "blind: 1 of 6 planted differences not found (waiting does not help)",
    );
    route(
        |s| s.seeded = Seeded::default(),
        S,
        Unmet,
        "no difference was planted and found yet, as one in 10,000 comparisons has; about 27 min more",
    );
    let off = Scene::but(|scene| {
        scene.criteria.seeding.one_in = 0;
        scene.routes[0].seeded = Seeded::default();
    });
    assert_eq!(off.judged().call, Call::Pass);
}

#[test]
fn what_is_watched_beside_the_comparison() {
    use Measure::{Aggregates, Invariants, Probes};
    let run = |checked, failed, ago: u64| Watched {
        configured: 2,
        checked,
        failed,
        at_millis: Some(NOON - ago * 1_000),
        says: (failed > 0).then(|| "acme: /balance differs".to_owned()),
    };
    let never = || Watched { configured: 2, ..Watched::default() };
    route(|s| s.probes = run(2, 0, 60), Probes, Met, "2 probes matched");
    route(|s| s.probes = never(), Probes, Unmet, "2 probes not run yet");
    route(|s| s.probes = run(2, 0, 2 * HOUR), Probes, Unmet, "2 probes last run 2 h ago");
    let differs = "1 of 2 probes did not match: acme: /balance differs (waiting does not help)";
    route(|s| s.probes = run(2, 1, 60), Probes, Blocked, differs);
    route(|s| s.invariants = run(20_000, 0, 1), Invariants, Met, "2 invariants broken in 0 of 20,000 checks");
    route(|s| s.invariants = never(), Invariants, Unmet, "no invariant was checked yet; about 48 min more");
    route(
        |s| s.invariants = run(10_000, 60, 1),
        Invariants,
        Blocked,
        "2 invariants broken in 60 of 10,000 checks: acme: /balance differs: proven to be more than 0.02% (waiting does not help)",
    );
    route(|s| s.aggregates = run(5, 0, 1), Aggregates, Met, "2 aggregates agree");
    route(|s| s.aggregates = never(), Aggregates, Unmet, "2 aggregates not summed up yet");
    let much = "1 of 2 aggregates differ too much: acme: /balance differs";
    route(|s| s.aggregates = run(5, 1, 1), Aggregates, Unmet, much);
}
