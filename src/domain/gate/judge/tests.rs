//! What gates are judged on in these tests: a rollout that has stood at 1% long enough and may go to 5%.

mod always;
mod bars;
mod each;
mod kinds;
mod lines;
mod persons;
mod trust;

use std::time::Duration;

use super::*;
use crate::domain::{
    evidence::{
        CellSummary, Confirmed, DropSummary, ErrorSummary, LatencySummary, Novelty, Odds, Seeded,
        SoakSummary, StalenessSummary, UnitCounts,
    },
    percent::Share,
    plan::Stage,
    rollout::Ladder,
};

/// A Saturday noon in UTC.
const NOON: u64 = 1_763_812_800_000;
const HOUR: u64 = 3_600;

fn live(percent: u32) -> Stage {
    Stage::Live(Share::from_ppm(percent * 10_000).unwrap())
}

#[derive(Clone)]
struct Scene {
    ladder: Ladder,
    policy: Policy,
    criteria: Criteria,
    state: State,
    routes: Vec<Summary>,
    store_trouble: Option<&'static str>,
}

impl Scene {
    /// Everything is met.
    fn at(stage: Stage) -> Scene {
        Scene {
            ladder: Ladder::new(Stage::Shadow, vec![live(1), live(5), live(25), live(50), live(100)]),
            policy: Policy::default(),
            criteria: Criteria::default(),
            state: State::new(stage, NOON - 24 * HOUR * 1_000),
            routes: vec![passing("get-user")],
            store_trouble: None,
        }
    }

    fn but(change: impl FnOnce(&mut Scene)) -> Scene {
        let mut scene = Scene::at(live(1));
        change(&mut scene);
        scene
    }

    /// With one thing of its only route changed.
    fn where_route(change: impl FnOnce(&mut Summary)) -> Scene {
        Scene::but(|scene| change(&mut scene.routes[0]))
    }

    fn judged(&self) -> Decision {
        judge(&Case {
            ladder: &self.ladder,
            policy: &self.policy,
            criteria: &self.criteria,
            state: &self.state,
            routes: &self.routes,
            store_trouble: self.store_trouble,
            now_millis: NOON,
        })
    }
}

/// Evidence enough for every advance there is.
fn passing(route: &str) -> Summary {
    let units = Confirmed { n: 600_000, k: 0 };
    let quantile = |q| LatencySummary {
        q,
        threshold: Some(Duration::from_millis(20)),
        samples: 10_000,
        pass: Odds { b: 0, c: 20 },
        abort: Odds { b: 0, c: 20 },
        old: Some(Duration::from_millis(20)),
        new: Some(Duration::from_millis(18)),
        ..LatencySummary::default()
    };
    let cell = |text: &str, share| CellSummary { text: text.to_owned(), share, units: 10_000, mismatches: 0 };
    Summary {
        route: route.to_owned(),
        share: 1.0,
        since_millis: NOON - 72 * HOUR * 1_000,
        units: UnitCounts {
            settled: units,
            known: units,
            stage: Confirmed { n: 60_000, k: 0 },
            requests: Confirmed { n: 900_000, k: 0 },
            ..UnitCounts::default()
        },
        units_per_second: 2.0,
        requests_per_second: 6.0,
        cells: vec![cell("GET /users/{id}", 0.7), cell("GET /users/{id}?expand", 0.3)],
        novelty: Novelty { requests: 10_000, new_cells: 0 },
        latency: vec![quantile(0.5), quantile(0.9), quantile(0.99)],
        errors: ErrorSummary { new_served: 3_000, old_served: 297_000, p0: 0.002, ..ErrorSummary::default() },
        staleness: StalenessSummary { finals: 900_000, ..StalenessSummary::default() },
        drops: DropSummary { intended: 900_000, ..DropSummary::default() },
        soak: SoakSummary {
            active: Duration::from_secs(200 * HOUR),
            hours: [25_000; 24],
            ..SoakSummary::default()
        },
        seeded: Seeded { planted: 90, missed: 0 },
        masked: Some(0.0),
        assigned: Odds { b: 10, c: 990 },
        configured: 0.01,
        ..Summary::default()
    }
}

/// The condition of this measure, the worst where there are several.
#[track_caller]
fn of(decision: &Decision, measure: Measure) -> &Condition {
    let found = decision.conditions.iter().find(|condition| condition.measure == measure);
    found.unwrap_or_else(|| panic!("no {measure:?} among {:#?}", decision.conditions))
}

#[track_caller]
fn told(scene: &Scene, measure: Measure, standing: Standing, says: &str) {
    let decision = scene.judged();
    let condition = of(&decision, measure);
    assert_eq!((condition.standing, condition.told().as_str()), (standing, says));
    let call = match standing {
        Standing::Met => Call::Pass,
        Standing::Unmet | Standing::Blocked => Call::Hold,
        Standing::Breached => Call::Breach,
    };
    assert_eq!(decision.call, call, "{:#?}", decision.unmet_words());
    if standing != Standing::Met {
        assert_eq!(decision.unmet().map(|condition| condition.measure).collect::<Vec<_>>(), [measure]);
    }
}

/// The one route is changed.
#[track_caller]
fn route(change: impl FnOnce(&mut Summary), measure: Measure, standing: Standing, says: &str) {
    told(&Scene::where_route(change), measure, standing, &format!("get-user: {says}"));
}

const fn counted(n: u64, k: u64) -> Confirmed {
    Confirmed { n, k }
}

const fn odds(b: u64, c: u64) -> Odds {
    Odds { b, c }
}
