//! The thread that judges, pass by pass.

use super::*;
use crate::{
    controller::{
        RouteSetup,
        tests::{ALL, HALF, in_memory, rollout},
    },
    domain::{
        evidence::{Cell, Looked, Served, Unit},
        outcome::Outcome,
        side::Side,
    },
    store::archive,
};

struct Desk {
    watch: Watch,
    judged: mpsc::Receiver<Judged>,
    seen: watch::Receiver<Arc<View>>,
}

fn route(id: &str, epoch: u32) -> RouteSetup {
    RouteSetup { id: id.to_owned(), rollout: 0, epoch, digest: format!("{id}{epoch}") }
}

fn setup(epoch: u32) -> Setup {
    Setup {
        rollouts: vec![rollout("a", Advance::Manual)],
        routes: vec![route("list", 0), route("get", epoch)],
        ..Setup::default()
    }
}

/// One rollout of two routes.
fn desk(stage: Stage) -> Desk {
    let states = [State::new(stage, 0)];
    let (judged, received) = mpsc::channel(1);
    let (view, seen) = watch::channel(Arc::new(unjudged(&setup(0), &states)));
    let parts = Evidence {
        board: Arc::new(Board::new(setup(0), &states)),
        facts: Arc::new(Facts::new(1)),
        watches: Arc::default(),
        noises: Arc::new(Noises::new(2)),
        flags: Arc::new(Flags::new([stage])),
        archive: in_memory(),
        judged,
        view,
    };
    let mut watch = Watch::new(parts);
    watch.open(Vec::new());
    Desk { watch, judged: received, seen }
}

fn failed(epoch: u32, generation: u32) -> Note {
    let served = Served { by: Side::Old, planned_new: true, rescued: true, failed: true };
    let looked = Looked {
        unit: Unit { key: 1, payload: 0 },
        cell: Cell { hash: 1, text: None },
        caller: 0,
        outcome: Outcome::NewReset,
        served,
        statuses: [Some(200), None],
        took: [None; 2],
        size: 2,
        builds: [0; 2],
    };
    Note { route: 1, generation, epoch, fact: Fact::Looked(Box::new(looked)) }
}

fn breach(watch: &mut Watch, taken: bool, now: Instant) -> Stage {
    let decision =
        Decision { call: Call::Breach, from: HALF, to: Some(ALL), at_millis: 0, conditions: Vec::new() };
    watch.mind_breach(0, &decision, taken, now);
    watch.parts.flags.stage(0)
}

#[test]
fn a_breach_that_nobody_takes_is_followed_at_once() {
    let mut desk = desk(HALF);
    assert_eq!(breach(&mut desk.watch, false, clock::now()), Stage::Shadow);
}

#[test]
fn a_breach_that_is_taken_and_not_followed_is_followed_after_a_second() {
    let mut desk = desk(HALF);
    let now = clock::now();
    assert_eq!(breach(&mut desk.watch, true, now), HALF);
    assert_eq!(breach(&mut desk.watch, true, now + FOLLOWED_WITHIN / 2), HALF);
    // One stage down is an answer too, and has a second of its own.
    desk.watch.parts.flags.publish(0, HALF);
    assert_eq!(breach(&mut desk.watch, true, now + FOLLOWED_WITHIN), HALF);
    assert_eq!(breach(&mut desk.watch, true, now + FOLLOWED_WITHIN * 2), Stage::Shadow);
}

#[test]
fn a_failure_of_new_is_judged_in_the_pass_that_hears_of_it() {
    let mut desk = desk(HALF);
    desk.watch.pass();
    assert_eq!(desk.judged.try_recv().unwrap().place, 0);
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_err(), "a second has not passed");
    desk.watch.parts.facts.put(0, failed(0, 0));
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_ok());
}

#[test]
fn notes_of_settings_that_are_over_are_evidence_of_nothing() {
    let mut desk = desk(HALF);
    desk.watch.pass();
    let _ = desk.judged.try_recv();
    desk.watch.parts.board.setup.store(Arc::new(setup(1)));
    desk.watch.parts.facts.put(0, failed(0, 0));
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_err());
    desk.watch.parts.facts.put(0, failed(1, 0));
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_ok());
}

#[test]
fn a_decision_carries_the_turn_it_was_made_in() {
    let mut desk = desk(HALF);
    desk.watch.parts.board.next_turn(0);
    desk.watch.pass();
    let judged = desk.judged.try_recv().unwrap();
    assert_eq!((judged.turn, judged.decision.from), (1, HALF));
}

#[test]
fn who_wants_a_decision_gets_one_and_everybody_sees_it() {
    let mut desk = desk(HALF);
    desk.watch.pass();
    let _ = desk.judged.try_recv();
    desk.watch.parts.board.want();
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_ok());
    let routes: Vec<_> = desk.seen.borrow().rollouts[0].routes.iter().map(|of| of.route.clone()).collect();
    assert_eq!(routes, ["list", "get"]);
}

#[test]
fn what_fails_costs_the_evidence_and_not_the_thread() {
    let mut desk = desk(HALF);
    desk.watch.safely("test", |_| panic!("on purpose"));
    desk.watch.pass();
    assert!(desk.judged.try_recv().is_ok());
}

#[test]
fn the_share_of_a_route_is_of_the_requests_of_its_rollout() {
    let of = |looked| Summary { looked, ..Summary::default() };
    let mut routes = [of(30), of(10)];
    share_out(&mut routes);
    assert_eq!(routes.map(|summary| summary.share), [0.75, 0.25]);
    let mut none = [of(0)];
    share_out(&mut none);
    assert_eq!(none[0].share, 0.0);
}

#[test]
fn evidence_that_cannot_be_read_is_forgotten_before_it_begins_anew() {
    let folder = std::env::temp_dir().join(format!("readshift-unread-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let settings = archive::Settings { dir: Some(folder.clone()), keep_days: 1, max_bytes: 1 << 20 };
    let end = |archive: Archive| archive.close(Duration::from_secs(10));
    let (archive, _) = Archive::open(&settings);
    archive.keep(archive::EvidenceBatch {
        route: "list".to_owned(),
        epoch: "list0:0:0".to_owned(),
        stage: HALF,
        at_millis: clock::unix_millis(),
        state: serde_json::json!("no book"),
        new_units: vec![1, 2, 3],
        minute: archive::Minute::default(),
    });
    end(archive);
    let (archive, mut found) = Archive::open(&settings);
    let (kept, route, state) = (found.evidence.pop().unwrap(), route("list", 0), State::new(HALF, 0));
    assert_eq!(kept.units, [1, 2, 3]);
    let track = Track::open(&setup(0), &route, Stay::of(&state), Some(kept), &archive, moment());
    assert!(track.is_some());
    end(archive);
    let (archive, found) = Archive::open(&settings);
    assert_eq!(found.evidence, []);
    end(archive);
    std::fs::remove_dir_all(folder).unwrap();
}
