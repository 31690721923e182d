//! What holds whatever comes.

use proptest::prelude::*;

use super::*;
use crate::domain::evidence::{Summary, UnitCounts};

/// One thing that happens to a book.
#[derive(Clone, Debug)]
enum Happens {
    Enters(Fact, bool),
    Passes(u64),
    StageBegins,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        12 => Just(Outcome::Exact),
        2 => Just(Outcome::Forgiven),
        3 => Just(Outcome::Differs),
        1 => proptest::sample::select(Outcome::ALL),
    ]
}

fn class() -> impl Strategy<Value = Class> {
    proptest::sample::select(&Class::ALL[..])
}

fn looks() -> impl Strategy<Value = Looked> {
    let unit = (0u64..40, 0u64..3);
    let numbers = (0u64..6, 1u64..3_000, 0u64..5_000, any::<[bool; 3]>(), 0u64..3);
    (unit, outcome(), numbers).prop_map(
        |((key, payload), outcome, (cell, took, size, [new, failed, asked], build))| {
            let answered = |asked: bool, failed: bool| asked.then_some(if failed { 502 } else { 200 });
            let planned_new = new && asked;
            Looked {
                unit: Unit { key, payload },
                cell: Cell { hash: cell, text: None },
                outcome,
                served: Served { by: Side::Old, planned_new, rescued: planned_new && failed, failed },
                statuses: [answered(true, false), answered(asked, failed)],
                took: [
                    Some(Duration::from_micros(took * 10)),
                    asked.then_some(Duration::from_micros(took * 11)),
                ],
                size,
                builds: [1, 1 + u64::from(build == 0 && key == 0)],
                ..looked(key)
            }
        },
    )
}

fn happens() -> impl Strategy<Value = Happens> {
    let later = prop_oneof![
        Just(Later::StillDiffers),
        (class(), proptest::bool::weighted(0.1))
            .prop_map(|(class, indeterminate)| Later::Ended { class, indeterminate }),
    ];
    let facts = prop_oneof![
        20 => looks().prop_map(|looked| Fact::Looked(Box::new(looked))),
        5 => ((0u64..40, 0u64..3), later)
            .prop_map(|((key, payload), later)| Fact::Later { unit: Unit { key, payload }, later }),
        1 => any::<bool>().prop_map(|found| Fact::Seeded { found }),
        1 => any::<bool>().prop_map(|ok| Fact::Probed { failed: (!ok).then(|| "x".to_owned()) }),
    ];
    prop_oneof![
        30 => (facts, any::<bool>()).prop_map(|(fact, in_stage)| Happens::Enters(fact, in_stage)),
        8 => (0u64..20_000).prop_map(Happens::Passes),
        1 => (60_000u64..4_000_000).prop_map(Happens::Passes),
        1 => Just(Happens::StageBegins),
    ]
}

fn quick() -> Settings {
    let mut settings = settings();
    settings.criteria.latency.samples = 20;
    settings
}

fn apply(book: &mut Book, now: &mut u64, happens: &Happens) -> Entered {
    match happens {
        Happens::Enters(fact, true) => return book.enter(fact, *now),
        Happens::Enters(fact, false) => return book.enter_from_before(fact, *now),
        Happens::Passes(millis) => {
            *now += millis;
            book.tick(*now);
        }
        Happens::StageBegins => book.stage_began(quick(), *now),
    }
    Entered::Counted
}

fn rises(before: &UnitCounts, after: &UnitCounts) -> bool {
    let pairs =
        [(before.known, after.known), (before.settled, after.settled), (before.requests, after.requests)];
    pairs.iter().all(|(before, after)| before.n <= after.n && before.k <= after.k)
        && before.flaky <= after.flaky
        && before.indeterminate <= after.indeterminate
}

fn holds_together(summary: &Summary) -> bool {
    let units = &summary.units;
    units.known.k <= units.known.n
        && units.stage.n <= units.known.n
        && units.settled.n <= units.known.n
        && units.requests.k <= units.requests.n
        && units.known.n <= units.requests.n
        && summary.staleness.finals <= summary.looked + units.requests.n
        && summary.cells.iter().map(|cell| cell.units).sum::<u64>() <= units.known.n
        && summary.drops.dropped <= summary.drops.intended
}

/// Through text, as it is written.
fn read_again(book: &mut Book, words: &mut Vec<u64>, now: u64) -> Book {
    let kept = book.keep();
    words.extend(kept.new_units);
    let state = serde_json::from_str(&kept.state.to_string()).unwrap();
    let mut read = Book::restored(quick(), &state, words.clone(), now).unwrap();
    read.share_measured(book.route_share);
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn counts_only_rise_and_hold_together(all in proptest::collection::vec(happens(), 1..400)) {
        let (mut book, mut now) = (Book::new(quick(), 0), 0);
        let mut before = book.counts();
        for happens in &all {
            let entered = apply(&mut book, &mut now, happens);
            let summary = book.summary(now);
            if entered == Entered::Counted {
                prop_assert!(rises(&before, &summary.units), "{happens:?}: {before:?} to {:?}", summary.units);
            }
            prop_assert!(holds_together(&summary), "{happens:?}: {summary:#?}");
            before = summary.units;
        }
    }

    #[test]
    fn a_book_that_is_written_and_read_at_any_moment_says_the_same(
        all in proptest::collection::vec((happens(), proptest::bool::weighted(0.05)), 1..300),
    ) {
        let (mut straight, mut broken) = (Book::new(quick(), 0), Book::new(quick(), 0));
        let (mut now, mut words) = (0, Vec::new());
        for (happens, breaks) in &all {
            let mut same_time = now;
            apply(&mut straight, &mut same_time, happens);
            if apply(&mut broken, &mut now, happens) == Entered::EpochBegan {
                words.clear();
            }
            // What is being read again is not known to be so after a restart; that is another test.
            if *breaks && straight.state.comparisons.awaits_nothing() {
                broken = read_again(&mut broken, &mut words, now);
            }
            let (expected, mut told) = (straight.summary(now), broken.summary(now));
            // Which units were looked at in this stage is not written down: after a restart one may count once more.
            prop_assert!(told.units.stage.n >= expected.units.stage.n);
            told.units.stage.n = expected.units.stage.n;
            prop_assert_eq!(expected, told);
        }
    }

    #[test]
    fn one_key_with_a_thousand_payloads_is_no_more_units_than_a_key_may_have(
        payloads in proptest::collection::vec((0u64..1_000, proptest::bool::weighted(0.1)), 1..300),
    ) {
        let mut book = Book::new(quick(), 0);
        for (payload, differs) in payloads {
            let outcome = if differs { Outcome::NewTimeout } else { Outcome::Exact };
            book.see(Looked { unit: Unit { key: 1, payload }, ..with(1, outcome) }, 0);
        }
        prop_assert!(book.counts().known.n <= 21);
    }
}

#[test]
fn what_was_being_read_again_when_the_program_stopped_is_neither_for_nor_against() {
    let mut before = Book::new(quick(), 0);
    before.see(with(1, Outcome::Differs), 0);
    before.see(with(2, Outcome::Differs), 0);
    let mut told = read_again(&mut before, &mut Vec::new(), SECOND);
    told.enter(&ended(2, Class::Persistent), 2 * SECOND);
    (2..200).for_each(|second| told.tick(second * SECOND));
    assert_eq!(
        (told.counts().known, told.counts().settled),
        (Confirmed::ONE_MISMATCH, Confirmed::ONE_MISMATCH)
    );
    assert_eq!(told.counts().indeterminate, 1);
}

#[test]
fn units_that_were_not_written_down_do_not_count_after_a_restart() {
    let mut before = Book::new(quick(), 0);
    (0..10).for_each(|key| before.see(looked(key), 0));
    let first = before.keep();
    (10..25).for_each(|key| before.see(looked(key), 0));
    let second = before.keep();
    let mut told = Book::restored(quick(), &second.state, first.new_units, SECOND).unwrap();
    assert_eq!(told.counts().known.n, 10);
    (0..25).for_each(|key| told.see(looked(key), 2 * SECOND));
    (3..100).for_each(|second| told.tick(second * SECOND));
    assert_eq!((told.counts().known.n, told.counts().settled.n), (25, 25));
}

#[test]
fn what_is_no_state_is_not_read() {
    assert!(Book::restored(quick(), &serde_json::Value::Null, Vec::new(), 0).is_none());
    let mut kept = book().keep().state;
    kept["version"] = 0.into();
    assert!(Book::restored(quick(), &kept, Vec::new(), 0).is_none());
}

#[test]
fn what_is_written_of_a_usual_route_is_small() {
    let mut told = book();
    let mut dice = crate::domain::splitmix::SplitMix::new(9);
    for n in 0..20_000u64 {
        let took = |dice: &mut crate::domain::splitmix::SplitMix| {
            Some(Duration::from_micros((1e3 * (dice.fraction() * 7.0).exp()) as u64))
        };
        let text = Some(format!("GET /orders/{{id}} page={} accept=application/json", n % 60).into());
        let read = Looked {
            cell: Cell { hash: n % 60, text },
            took: [took(&mut dice), took(&mut dice)],
            size: dice.throw() % 100_000,
            ..looked(n)
        };
        told.see(read, n * 4_000);
    }
    let bytes = told.keep().state.to_string().len();
    assert!(bytes < 64 * 1024, "{bytes}");
}
