//! Each condition on kinds of requests, slowness and failures by itself: everything else is met, this one thing is not, and it is told in these words.

use Standing::{Breached, Met, Unmet};

use super::{super::super::Quantile, *};

#[test]
fn kinds_of_requests_that_were_not_compared_often_enough() {
    use Measure::Coverage as C;
    let good = "of the traffic is of kinds that were compared often enough";
    route(
        |s| s.cells[1].units = 120,
        C,
        Unmet,
        &format!(
            "70% of 99.5% {good}; too few of 1 kind: GET /users/{{id}}?expand (30% of the traffic) 120 of 352; about 6 min more"
        ),
    );
    let small = |units| {
        move |s: &mut Summary| {
            s.cells[1].share = 0.2991;
            s.cells.push(CellSummary { text: "GET /rare".to_owned(), share: 0.0009, units, mismatches: 0 });
        }
    };
    route(small(36), C, Met, &format!("100% of 99.5% {good}"));
    route(small(0), C, Met, &format!("99.91% of 99.5% {good}"));
    route(
        |s| {
            s.cells[1].share = 0.29;
            s.cells_lost = 900;
            s.novelty.requests = 10_000_000;
        },
        C,
        Unmet,
        &format!("99% of 99.5% {good}; 900 reads were of kinds beyond count"),
    );
    route(|s| s.cells.clear(), C, Unmet, "no read has been compared yet");
    let waived = Scene::but(|scene| {
        scene.routes[0].cells[1].units = 0;
        scene.criteria.coverage.waived =
            vec![("GET /users/{id}?expand".to_owned(), "nobody uses it".to_owned())];
    });
    told(&waived, C, Met, &format!("get-user: 100% of 99.5% {good}, 1 kind waived"));
}

#[test]
fn kinds_of_requests_that_nobody_has_seen_yet() {
    let seen = |requests, new_cells| move |s: &mut Summary| s.novelty = Novelty { requests, new_cells };
    let less = "less than 0.1% is of kinds never seen";
    route(seen(3_514, 0), Measure::Unseen, Met, &format!("0 new kinds in 3,514 reads: {less}"));
    route(
        seen(3_514, 1),
        Measure::Unseen,
        Unmet,
        "3,514 of 7,079 reads seen at this stage, 1 new kind; about 9 min more",
    );
    route(seen(0, 0), Measure::Unseen, Unmet, "no read was seen at this stage yet; about 9 min more");
}

#[test]
fn slowness() {
    use Measure::Latency as L;
    let p99 = |change: fn(&mut LatencySummary)| move |s: &mut Summary| change(&mut s.latency[2]);
    route(
        p99(|p99| p99.abort = odds(40, 2)),
        L,
        Breached,
        "p99: new is proven to be more than 50% slower (old 20 ms, new 18 ms)",
    );
    route(
        p99(|p99| (p99.threshold, p99.samples) = (None, 4_000)),
        L,
        Unmet,
        "p99: 4,000 of 10,000 answers of old timed; about 16 min more",
    );
    route(
        p99(|p99| p99.pass = odds(5, 10)),
        L,
        Unmet,
        "p99: new within 20% of old is not proven: of reads only one side was slow in, old was in 10 and new in 5, \
         19 against 5 would do (old 20 ms, new 18 ms); about 7 d 12 h more",
    );
    route(p99(|p99| p99.q = 0.95), L, Unmet, "p99 is not known yet: no read was timed");
    let none = Scene::but(|scene| {
        scene.criteria.latency.quantiles.clear();
        scene.routes[0].latency.clear();
    });
    assert_eq!(none.judged().call, Call::Pass);
    let more = Scene::but(|scene| {
        scene.criteria.latency.quantiles.push(Quantile { q: 0.999, pass: 0.2, abort: 0.5 });
    });
    told(&more, L, Unmet, "get-user: p99.9 is not known yet: no read was timed");
}

#[test]
fn failures_of_live_reads() {
    use Measure::Errors as E;
    let served = |new_served, new_failed| {
        move |s: &mut Summary| (s.errors.new_served, s.errors.new_failed) = (new_served, new_failed)
    };
    route(served(1_757, 0), E, Met, "new failed 0 of 1,757 live reads: proven to be less than 0.2%");
    route(served(1_756, 0), E, Unmet, "new failed 0 of 1,756 live reads, 1,757 are needed; about 17 s more");
    route(served(0, 0), E, Unmet, "new has served no live read at this stage yet");
    let failing = |s: &mut Summary| {
        s.errors = ErrorSummary {
            new_served: 4,
            new_failed: 4,
            rescued: 4,
            old_served: 396,
            old_failed: 0,
            p0: 0.002,
        }
    };
    let says = "new failed 4 of 4 live reads, old answered 4 of them, and old 0 of 396";
    route(
        |s| {
            failing(s);
            s.levels.errors = 18.37;
        },
        E,
        Breached,
        &format!("{says}: too many of late"),
    );
    route(
        |s| {
            failing(s);
            s.levels.errors_relative = 9.3;
        },
        E,
        Breached,
        &format!("{says}: far more than its share of late"),
    );
    let shadow = Scene::but(|scene| {
        scene.state.stage = Stage::Shadow;
        scene.routes[0].errors = ErrorSummary::default();
    });
    assert_eq!(shadow.judged().call, Call::Pass, "nothing is live that could fail");
}
