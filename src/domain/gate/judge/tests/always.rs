//! What holds of any evidence.

use proptest::prelude::*;

use super::*;

fn confirmed() -> impl Strategy<Value = Confirmed> {
    prop_oneof![Just(0u64), 1u64..100, 1_000u64..2_000_000]
        .prop_flat_map(|n| (Just(n), prop_oneof![Just(0), 0..=n.min(30), 0..=n]))
        .prop_map(|(n, k)| Confirmed { n, k })
}

fn odds() -> impl Strategy<Value = Odds> {
    (0u64..60, 0u64..60).prop_map(|(b, c)| Odds { b, c })
}

prop_compose! {
    /// Good evidence with some of it replaced by any.
    fn evidence()(
        settled in confirmed(), known in confirmed(), stage in confirmed(), requests in confirmed(),
        finals in confirmed(), drops in confirmed(), errors in confirmed(), novelty in confirmed(),
        levels in prop::array::uniform6(0.0..30.0f64), pass in odds(), abort in odds(), hours in 0u64..300,
        which in 0u16..1_024, share in 0.0..1.0f64,
    ) -> Summary {
        let mut summary = passing("get-user");
        let any = |bit: u16| which & (1 << bit) != 0;
        if any(0) { summary.units.settled = settled }
        if any(1) { summary.units.known = known }
        if any(2) { summary.units.stage = stage }
        if any(3) { summary.units.requests = requests }
        if any(4) { (summary.staleness.finals, summary.staleness.late) = (finals.n, finals.k) }
        if any(5) { (summary.drops.intended, summary.drops.dropped) = (drops.n, drops.k) }
        if any(6) { (summary.errors.new_served, summary.errors.new_failed) = (errors.n, errors.k) }
        if any(7) { summary.novelty = Novelty { requests: novelty.n, new_cells: novelty.k } }
        if any(8) {
            let [units, requests, early, raw, errors, errors_relative] = levels;
            let levels = &mut summary.levels;
            (levels.units, levels.requests, levels.early) = (units, requests, early);
            (levels.raw, levels.errors, levels.errors_relative) = (raw, errors, errors_relative);
        }
        if any(9) {
            (summary.latency[1].pass, summary.latency[2].abort) = (pass, abort);
            summary.soak.active = Duration::from_secs(hours * HOUR);
            summary.share = share;
        }
        summary
    }
}

fn call(summary: &Summary) -> Call {
    Scene::where_route(|route| *route = summary.clone()).judged().call
}

/// Each makes the evidence worse.
const WORSE: [fn(&mut Summary, u64); 10] = [
    |summary, much| summary.units.settled.k += much,
    |summary, much| summary.units.known.k += much,
    |summary, much| summary.units.stage.k += much,
    |summary, much| summary.staleness.late += much,
    |summary, much| summary.errors.new_failed += much,
    |summary, much| summary.novelty.new_cells += much,
    |summary, much| summary.drops.dropped += much,
    |summary, much| summary.soak.incidents += much,
    |summary, much| summary.latency[0].pass.b += much,
    |summary, much| summary.seeded.missed += much,
];

/// Each takes evidence away.
const LESS: [fn(&mut Summary); 9] = [
    |summary| (summary.units.settled.n, summary.units.known.n) = (0, 0),
    |summary| summary.units.stage = Confirmed::default(),
    |summary| summary.staleness = StalenessSummary::default(),
    |summary| summary.errors.new_served = 0,
    |summary| summary.novelty = Novelty::default(),
    |summary| summary.drops = DropSummary::default(),
    |summary| summary.latency.clear(),
    |summary| summary.cells.clear(),
    |summary| summary.soak = SoakSummary { idle: Duration::from_secs(HOUR), ..SoakSummary::default() },
];

proptest! {
    #[test]
    fn a_decision_agrees_with_its_conditions(summary in evidence()) {
        let decision = Scene::where_route(|route| *route = summary).judged();
        let worst = decision.conditions.iter().map(|condition| condition.standing).max().unwrap();
        prop_assert_eq!(decision.call == Call::Pass, worst == Standing::Met);
        prop_assert_eq!(decision.call == Call::Breach, worst == Standing::Breached);
        prop_assert!(decision.conditions.is_sorted_by(|a, b| a.standing >= b.standing));
        for condition in &decision.conditions {
            prop_assert!(condition.have.is_finite() && condition.need.is_finite() && !condition.says.is_empty());
            prop_assert!(condition.eta.is_none() || condition.standing == Standing::Unmet);
        }
    }

    #[test]
    fn worse_evidence_never_makes_a_pass_of_a_hold(
        summary in evidence(), which in 0usize..WORSE.len(), much in 1u64..10_000,
    ) {
        let mut worse = summary.clone();
        WORSE[which](&mut worse, much);
        prop_assert!(call(&summary) == Call::Pass || call(&worse) != Call::Pass);
    }

    #[test]
    fn worse_evidence_never_takes_a_breach_back(
        summary in evidence(), which in 0usize..WORSE.len(), much in 1u64..10_000,
    ) {
        let mut worse = summary.clone();
        WORSE[which](&mut worse, much);
        prop_assert!(call(&summary) != Call::Breach || call(&worse) == Call::Breach);
    }

    #[test]
    fn evidence_that_is_taken_away_is_never_a_pass(summary in evidence(), which in 0usize..LESS.len()) {
        let mut less = summary;
        LESS[which](&mut less);
        prop_assert_ne!(call(&less), Call::Pass);
    }

    #[test]
    fn the_same_evidence_gives_the_same_decision(summary in evidence()) {
        let scene = Scene::where_route(|route| *route = summary);
        prop_assert_eq!(scene.judged(), scene.judged());
    }
}

#[test]
fn no_evidence_at_all_is_a_hold_at_every_stage_with_or_without_routes() {
    for stage in [Stage::Off, Stage::Shadow, live(1), live(50), live(100)] {
        for routes in [vec![], vec![Summary::default()], vec![Summary::default(), Summary::default()]] {
            let mut scene = Scene::at(stage);
            scene.routes = routes;
            // Even where nothing is asked for that can be left out.
            scene.criteria.latency.quantiles.clear();
            scene.criteria.seeding.one_in = 0;
            scene.criteria.mismatch.stage_units = 0;
            scene.criteria.soak.incident_interval = Some(Duration::ZERO);
            assert_eq!(scene.judged().call, Call::Hold, "{stage}");
        }
    }
}
