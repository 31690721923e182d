//! Every read ends in one row and one fact, whoever ends it last.

use std::time::Duration;

use super::*;
use crate::{
    domain::{
        account::Heading,
        compare::{Limits, rules::Rules},
        evidence::{Fact, Later, Looked, Note, cell::Kind},
        observation::{Failure, Observation, Reply},
        payload::Payload,
        recheck::Class,
    },
    metrics::{Metrics, Sources},
    net::capture::Budget,
    shadow::{
        look::{Names, Notary},
        reread::{Books, Rereads, Settings},
    },
    store::{
        facts::Facts,
        ledger::Ledger,
        noise::Noises,
        samples::{self, Samples},
    },
};

/// One serving thread and one that compares.
struct Desk {
    facts: Arc<Facts>,
    ledger: Ledger,
    route: Arc<Route>,
    bench: Option<Rc<Bench>>,
    comparing: Vec<std::thread::JoinHandle<()>>,
}

impl Desk {
    fn new() -> Desk {
        let facts = Arc::new(Facts::new(2));
        let notary =
            Arc::new(Notary::new(facts.clone(), [Some("x-build".to_owned()), Some("x-build".to_owned())]));
        let samples = Arc::new(Samples::new(samples::Limits::default()));
        let noises = Arc::new(Noises::new(1));
        let settings = Settings { delays: Vec::new(), max_waiting: 1, rate: 1, bytes: 1, routes: 1 };
        let books = Books { samples: samples.clone(), notary: notary.clone() };
        let skipped = metrics().rereads_skipped;
        let (rereads, _inbox) = Rereads::new(&settings, Budget::new(1 << 20), books, skipped);
        let recorder = Arc::new(Recorder::new(samples, rereads, noises, notary));
        let waiting = metrics().compare_queue_length;
        let (pool, comparing) = Pool::start(1, 8, Limits::default(), &recorder, waiting).unwrap();
        let route = Route::new("all".to_owned(), Heading::route(0), Rules::default(), false, 7);
        Desk {
            facts,
            ledger: Ledger::new(&["all".to_owned()], 1),
            route: Arc::new(route),
            bench: Some(Rc::new(Bench { pool, recorder })),
            comparing,
        }
    }

    fn pair(&self) -> Pair {
        let asked =
            Asked { method: Bytes::from_static(b"GET"), target: Bytes::from_static(b"/a"), again: None };
        let names = Names::of(b"GET", b"/a", Some(b"ada"), true);
        let look = Look::new(names, Kind::of(b"GET", b"/a", &Fields::new()), 3, 0);
        let case = self.ledger.open(0, Heading::route(0));
        Pair::new(case, self.route.clone(), asked, look, self.bench.clone().unwrap())
    }

    /// Everything that was told, once all has been compared; each under the names it belongs to.
    fn told(mut self) -> Vec<Fact> {
        self.bench = None;
        self.comparing.drain(..).for_each(|thread| thread.join().unwrap());
        assert!(self.ledger.account().total().in_flight == 0);
        let mut notes = Vec::new();
        self.facts.take(&mut notes);
        let fact = |Note { route, generation, epoch, fact }| {
            assert_eq!((route, generation, epoch), (0, 3, 7));
            fact
        };
        notes.into_iter().map(fact).collect()
    }

    fn looked(self) -> Looked {
        match self.told().as_slice() {
            [Fact::Looked(looked)] => Looked::clone(looked),
            other => panic!("{other:?}"),
        }
    }
}

fn metrics() -> Metrics {
    let sources = Sources {
        account: Box::new(Default::default),
        durations: Box::new(Vec::new),
        rereads: Box::new(Vec::new),
        samples_evicted: Box::new(|| 0),
        moves: Box::new(Default::default),
        log_lines_lost: Box::new(|| 0),
    };
    Metrics::new("0", sources).unwrap()
}

const TOOK: Duration = Duration::from_millis(20);

fn replied(status: u16, body: &'static str) -> Seen {
    let fields = Fields::from_pairs([("X-Build", "b1")]);
    let reply = Reply { status, fields, body: Payload::from(body), trailers: Fields::new() };
    Seen { observation: Observation { result: Ok(reply), took: TOOK }, holding: None }
}

fn failed(failure: Failure) -> Seen {
    Seen { observation: Observation { result: Err(failure), took: TOOK }, holding: None }
}

fn ends(side: Side, seen: Option<Seen>, served: Served) -> LiveEnd {
    LiveEnd { alone: Alone { side, status: Some(200), took: Some(TOOK), size: 5, build: 9 }, served, seen }
}

const OLD: Served = Served { by: Side::Old, planned_new: false, rescued: false, failed: false };
const NEW: Served = Served { by: Side::New, planned_new: true, rescued: false, failed: false };
const RESCUED: Served = Served { by: Side::Old, planned_new: true, rescued: true, failed: true };

#[test]
fn a_pair_is_told_with_both_halves_whoever_ends_last() {
    for live_first in [true, false] {
        let desk = Desk::new();
        let pair = desk.pair();
        let live = || pair.live_ended(ends(Side::New, Some(replied(200, "hello")), NEW));
        let shadow = || pair.saw(Side::Old, replied(200, "hello"));
        if live_first {
            live();
            shadow();
        } else {
            shadow();
            live();
        }
        drop(pair);
        let looked = desk.looked();
        assert_eq!((looked.outcome, looked.served), (Outcome::Exact, NEW));
        assert_eq!((looked.statuses, looked.took, looked.size), ([Some(200); 2], [Some(TOOK); 2], 5));
        assert!(looked.unit.payload != 0 && looked.caller != 0 && looked.builds[0] != 0);
        assert_eq!(looked.builds[0], looked.builds[1]);
        // This thread tells it once.
        let text = live_first.then_some("GET, accepts any, anonymous, 2xx");
        assert_eq!(looked.cell.text.as_deref(), text);
    }
}

#[test]
fn what_is_given_up_is_settled_at_once_and_told_when_the_client_has_its_reply() {
    let desk = Desk::new();
    let pair = desk.pair();
    pair.give_up(Outcome::ShedRate);
    assert_eq!(desk.ledger.account().total().of(Outcome::ShedRate), 1);
    let mut notes = Vec::new();
    desk.facts.take(&mut notes);
    assert!(notes.is_empty());
    pair.live_ended(ends(Side::Old, None, OLD));
    drop(pair);
    let looked = desk.looked();
    assert_eq!((looked.outcome, looked.size, looked.unit.payload), (Outcome::ShedRate, 5, 0));
    assert_eq!((looked.took, looked.statuses), ([Some(TOOK), None], [Some(200), None]));
    assert_eq!(looked.builds, [9, 0]);
}

#[test]
fn what_is_given_up_after_the_client_has_its_reply_keeps_what_was_seen_of_it() {
    let desk = Desk::new();
    let pair = desk.pair();
    pair.live_ended(ends(Side::New, Some(replied(201, "hello")), NEW));
    pair.give_up(Outcome::ShedMemory);
    pair.saw(Side::Old, replied(200, "hello"));
    drop(pair);
    let looked = desk.looked();
    assert_eq!((looked.outcome, looked.served, looked.size), (Outcome::ShedMemory, NEW, 5));
    assert_eq!((looked.took, looked.statuses), ([None, Some(TOOK)], [None, Some(201)]));
}

#[test]
fn a_rescue_is_told_once_with_old_as_it_was_first_heard() {
    for shadow_first in [true, false] {
        let desk = Desk::new();
        let pair = desk.pair();
        pair.saw(Side::New, failed(Failure::Timeout));
        let live = || pair.live_ended(ends(Side::Old, Some(replied(200, "hello")), RESCUED));
        let shadow = || pair.saw(Side::Old, replied(200, "hello"));
        if shadow_first {
            shadow();
            assert!(!pair.is_settled(), "who served is not known yet");
            live();
        } else {
            live();
            shadow();
        }
        drop(pair);
        let told = desk.told();
        let [Fact::Looked(looked), Fact::Later { unit, later }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((looked.outcome, looked.served), (Outcome::NewTimeout, RESCUED));
        // A failure is not read again: that is all there will be of it.
        assert_eq!(*later, Later::Ended { class: Class::Unchecked, indeterminate: false });
        assert_eq!(*unit, looked.unit);
    }
}

#[test]
fn a_side_that_the_client_left_tells_no_time() {
    let desk = Desk::new();
    let pair = desk.pair();
    pair.saw(Side::Old, replied(200, "hello"));
    pair.live_ended(ends(Side::New, Some(failed(Failure::Cancelled)), NEW));
    drop(pair);
    let looked = desk.looked();
    assert_eq!((looked.outcome, looked.took), (Outcome::ClientCancelled, [Some(TOOK), None]));
}

#[test]
fn what_is_stopped_with_the_program_is_told_as_that() {
    let desk = Desk::new();
    drop(desk.pair());
    assert_eq!(desk.looked().outcome, Outcome::Draining);
}

#[test]
fn a_mismatch_is_told_by_the_thread_that_found_it() {
    let desk = Desk::new();
    let pair = desk.pair();
    pair.live_ended(ends(Side::Old, Some(replied(200, "hello")), OLD));
    pair.saw(Side::New, replied(200, "hullo"));
    drop(pair);
    let told = desk.told();
    let [Fact::Looked(looked), Fact::Later { unit, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((looked.outcome, looked.unit), (Outcome::Differs, *unit));
}
