//! Each condition beside evidence by itself: everything else is met, this one thing is not, and it is told in these words.

use Standing::{Blocked, Met, Unmet};

use super::*;
use crate::domain::rollout::{Actor, Approval, Drill, Freeze, Latch, Via};

fn ada() -> Actor {
    Actor { name: "ada".to_owned(), via: Via::Api }
}

#[test]
fn what_an_advance_takes_besides_evidence() {
    use Measure::{Approval as A, Drill as D, Freeze as F, HoldTime, Latch as L, Store};
    let hold = Scene::but(|scene| scene.state.since_millis = NOON - 18 * 60_000);
    told(&hold, HoldTime, Unmet, "it stays at 1% for 30 min at least; about 12 min more");
    let latched = Scene::but(|scene| {
        let why = "wrong balances".to_owned();
        scene.state.latch = Some(Latch { by: ada(), why, at_millis: NOON, from: live(5) });
    });
    let says = "latched at 5%: wrong balances; it waits for a person to resume it (waiting does not help)";
    told(&latched, L, Blocked, says);
    let store = Scene::but(|scene| scene.store_trouble = Some("the disk is full"));
    told(&store, Store, Blocked, "moves cannot be recorded: the disk is full (waiting does not help)");
    let zone = jiff::tz::TimeZone::UTC;
    let freeze = |from, to| Freeze { from, to, zone: zone.clone(), why: "weekend".to_owned() };
    let frozen = Scene::but(|scene| scene.policy.freezes = vec![freeze(4 * 1440, 0)]);
    told(
        &frozen,
        F,
        Unmet,
        "no advance from Friday 00:00 to Monday 00:00, UTC: weekend; about 1 d 12 h more",
    );
    let ever = Scene::but(|scene| scene.policy.freezes = vec![freeze(0, 0)]);
    told(&ever, F, Blocked, "no advance at any time: weekend (waiting does not help)");
    let free = Scene::but(|scene| scene.policy.freezes = vec![freeze(0, 60)]);
    told(&free, F, Met, "no freeze at this time");
    let approval = |to: Option<Stage>| {
        Scene::but(|scene| {
            scene.policy.approval = true;
            let why = "seen the report".to_owned();
            scene.state.approval = to.map(|to| Approval { to, by: ada(), why, at_millis: NOON });
        })
    };
    told(&approval(None), A, Unmet, "it waits for a person to approve 5%");
    told(&approval(Some(live(25))), A, Unmet, "it waits for a person to approve 5%");
    told(&approval(Some(live(5))), A, Met, "approved for 5% by ada: seen the report");
    let drilled = |days: Option<u64>| {
        Scene::but(|scene| {
            scene.policy.drill_within = Some(Duration::from_secs(7 * 24 * HOUR));
            scene.state.last_drill = days.map(|days| Drill {
                at_millis: NOON - days * 24 * HOUR * 1_000,
                took: Duration::from_millis(3),
            });
        })
    };
    told(&drilled(None), D, Unmet, "it has never been drilled");
    told(&drilled(Some(8)), D, Unmet, "the last drill was 8 d ago, 7 d is the most");
    told(&drilled(Some(3)), D, Met, "drilled 3 d ago, every read was back in 3ms");
    let mut shadow = drilled(None);
    shadow.state.stage = Stage::Shadow;
    assert_eq!(shadow.judged().call, Call::Pass, "before anything is live nothing can be drilled");
}
