//! A book from outside: facts in, a summary out.

use std::time::Duration;

use super::*;
use crate::domain::{
    evidence::{Cell, Confirmed, Later, Odds, Served},
    outcome::Outcome,
    recheck::Class,
    side::Side,
    stats::{ln_threshold, rare::ln_e_lo},
};

mod laws;
mod rooms;
mod torn;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn settings() -> Settings {
    Settings {
        route: "get-user".to_owned(),
        criteria: Criteria::default(),
        routes: 1,
        share: 0.0,
        next_share: 0.01,
        settles_after: Duration::from_secs(60),
    }
}

fn book() -> Book {
    Book::new(settings(), 0)
}

/// A read that old served and that matched.
fn looked(key: u64) -> Looked {
    Looked {
        unit: Unit { key, payload: 1 },
        cell: Cell { hash: 1, text: None },
        caller: key,
        outcome: Outcome::Exact,
        served: Served { by: Side::Old, planned_new: false, rescued: false, failed: false },
        statuses: [Some(200), Some(200)],
        took: [Some(Duration::from_millis(20)), Some(Duration::from_millis(20))],
        size: 1_000,
        builds: [0, 0],
    }
}

fn with(key: u64, outcome: Outcome) -> Looked {
    Looked { outcome, ..looked(key) }
}

/// New took too long.
fn failed(key: u64) -> Looked {
    let unit = Unit { key, payload: 0 };
    Looked {
        unit,
        statuses: [Some(200), None],
        took: [looked(key).took[0], None],
        ..with(key, Outcome::NewTimeout)
    }
}

fn ended(key: u64, class: Class) -> Fact {
    let later = Later::Ended { class, indeterminate: false };
    Fact::Later { unit: looked(key).unit, later }
}

impl Book {
    fn see(&mut self, looked: Looked, now_millis: u64) {
        self.enter(&Fact::Looked(Box::new(looked)), now_millis);
    }

    fn counts(&self) -> crate::domain::evidence::UnitCounts {
        self.summary(0).units
    }
}

#[test]
fn a_match_is_known_at_once_and_settled_once_what_began_with_it_is_final() {
    let mut book = book();
    book.see(looked(1), 500);
    assert_eq!((book.counts().known, book.counts().settled), (Confirmed::ONE, Confirmed::default()));
    (1..=61).for_each(|second| book.tick(second * SECOND));
    assert_eq!(book.counts().settled, Confirmed::ONE);
}

#[test]
fn a_match_passes_for_nothing_the_second_time() {
    let mut book = book();
    (0..100).for_each(|_| book.see(looked(1), 0));
    assert_eq!((book.counts().known, book.counts().requests), (Confirmed::ONE, Confirmed { n: 100, k: 0 }));
    assert_eq!(book.summary(0).cells[0].units, 1);
}

#[test]
fn what_proves_nothing_counts_as_nothing_unless_a_reason_is_given() {
    let vacuous = [with(1, Outcome::ExactVacuous), with(2, Outcome::EqualVacuous)];
    let mut told = book();
    vacuous.clone().into_iter().for_each(|looked| told.see(looked, 0));
    assert_eq!((told.counts().known.n, told.counts().requests.n, told.summary(0).vacuous), (0, 0, 2));
    assert_eq!(told.summary(0).looked, 2);
    let empty_is_evidence = Some("carts are empty most of the time".to_owned());
    let criteria = Criteria { empty_is_evidence, ..Criteria::default() };
    let mut told = Book::new(Settings { criteria, ..settings() }, 0);
    vacuous.into_iter().for_each(|looked| told.see(looked, 0));
    assert_eq!((told.counts().known.n, told.summary(0).vacuous), (2, 2));
}

#[test]
fn what_rules_forgive_is_a_match() {
    let mut book = book();
    book.see(with(1, Outcome::Forgiven), 0);
    assert_eq!(book.counts().known, Confirmed::ONE);
}

/// Section 10.1, 4.
#[test]
fn one_broken_record_asked_for_ten_thousand_times_is_one_mismatch_and_ten_thousand_harmed_requests() {
    let mut book = book();
    (0..10_000).for_each(|n| book.see(with(1, Outcome::Differs), n));
    assert_eq!(book.counts().known, Confirmed::default());
    book.enter(&ended(1, Class::Persistent), 60 * SECOND);
    (0..100).for_each(|n| book.see(with(1, Outcome::Differs), 60 * SECOND + n));
    let (units, levels) = (book.counts(), book.summary(0).levels);
    assert_eq!(units.known, Confirmed::ONE_MISMATCH);
    assert_eq!(units.requests, Confirmed { n: 10_100, k: 10_100 });
    assert!(levels.units < 1e6f64.ln() && levels.requests >= 1e6f64.ln(), "{levels:?}");
}

#[test]
fn what_came_of_a_mismatch_decides_whether_it_is_one() {
    for (class, expected, transient) in [
        (Class::Persistent, Confirmed::ONE_MISMATCH, 0),
        (Class::Unchecked, Confirmed::ONE_MISMATCH, 0),
        (Class::Noise, Confirmed::ONE_MISMATCH, 0),
        (Class::Transient, Confirmed::ONE, 1),
        (Class::Racing, Confirmed::ONE, 0),
    ] {
        let mut book = book();
        book.see(with(1, Outcome::Differs), 0);
        book.enter(&ended(1, class), 10 * SECOND);
        assert_eq!((book.counts().known, book.counts().requests), (expected, expected), "{class:?}");
        let staleness = book.summary(0).staleness;
        assert_eq!((staleness.finals, staleness.transient, staleness.late), (1, transient, 0), "{class:?}");
        (10..=200).for_each(|second| book.tick(second * SECOND));
        assert_eq!(book.counts().settled, expected, "{class:?}");
    }
}

#[test]
fn a_race_without_an_end_is_neither_for_nor_against_and_may_be_told_another_time() {
    let mut book = book();
    book.see(with(1, Outcome::Differs), 0);
    let later = Later::Ended { class: Class::Racing, indeterminate: true };
    book.enter(&Fact::Later { unit: looked(1).unit, later }, SECOND);
    assert_eq!((book.counts().known, book.counts().indeterminate), (Confirmed::default(), 1));
    book.see(looked(1), 2 * SECOND);
    assert_eq!((book.counts().known, book.counts().indeterminate), (Confirmed::ONE, 1));
}

#[test]
fn what_cannot_be_read_is_neither_for_nor_against_once_a_unit() {
    let mut book = book();
    (0..10).for_each(|_| book.see(with(1, Outcome::Undecodable), 0));
    assert_eq!((book.counts().known.n, book.counts().indeterminate), (0, 1));
    assert_eq!(book.summary(0).staleness.finals, 1);
}

#[test]
fn while_a_mismatch_is_read_again_nothing_that_began_after_it_passes() {
    let mut book = book();
    book.see(with(1, Outcome::Differs), 0);
    (1..80).for_each(|second| book.see(looked(100 + second), second * SECOND));
    assert_eq!(book.counts().settled, Confirmed::default());
    book.enter(&ended(1, Class::Persistent), 80 * SECOND);
    book.tick(85 * SECOND);
    assert_eq!(book.counts().settled.k, 1);
    assert!(book.counts().settled.n >= 20);
}

#[test]
fn a_mismatch_of_which_nothing_is_heard_stays_one() {
    let mut book = book();
    book.see(with(1, Outcome::Differs), 0);
    (1..=91).for_each(|second| book.tick(second * SECOND));
    assert_eq!(book.counts().known, Confirmed::ONE_MISMATCH);
    book.enter(&ended(1, Class::Transient), 92 * SECOND);
    assert_eq!(book.counts().known, Confirmed::ONE_MISMATCH);
    (92..=160).for_each(|second| book.tick(second * SECOND));
    assert_eq!(book.counts().settled, Confirmed::ONE_MISMATCH);
}

#[test]
fn that_new_did_not_answer_is_a_mismatch_at_once() {
    let mut book = book();
    (0..3).for_each(|_| book.see(failed(1), 0));
    let error = Looked { statuses: [Some(200), Some(503)], ..with(2, Outcome::Differs) };
    book.see(error, 0);
    assert_eq!((book.counts().known, book.counts().requests.k), (Confirmed { n: 2, k: 2 }, 4));
}

#[test]
fn that_old_failed_says_nothing_about_new() {
    let mut book = book();
    for outcome in [Outcome::OldFailed, Outcome::BothFailed, Outcome::ClientCancelled, Outcome::Unsampled] {
        book.see(with(1, outcome), 0);
    }
    let summary = book.summary(0);
    assert_eq!((summary.units.requests.n, summary.staleness.finals, summary.looked), (0, 0, 4));
}

#[test]
fn a_unit_that_matched_and_differs_for_good_later_counts_against_a_pass_and_not_for_a_breach() {
    let mut book = book();
    book.see(looked(1), 0);
    book.see(with(1, Outcome::Differs), SECOND);
    book.enter(&ended(1, Class::Persistent), 30 * SECOND);
    (30..=120).for_each(|second| book.tick(second * SECOND));
    let counts = book.counts();
    assert_eq!((counts.known, counts.settled, counts.flaky), (Confirmed::ONE, Confirmed { n: 1, k: 1 }, 1));
    (0..5).for_each(|_| book.see(with(1, Outcome::Differs), 121 * SECOND));
    assert_eq!((book.counts().flaky, book.counts().requests.k), (1, 6));
}

#[test]
fn what_had_not_healed_in_time_is_stale_once_it_heals_and_not_if_it_never_does() {
    let mut told = book();
    for key in [1, 2, 3] {
        told.see(with(key, Outcome::Differs), 0);
        told.enter(&Fact::Later { unit: looked(key).unit, later: Later::StillDiffers }, 2 * SECOND);
    }
    assert_eq!(told.summary(0).staleness.late, 3);
    told.enter(&ended(1, Class::Transient), 10 * SECOND);
    told.enter(&ended(2, Class::Persistent), 60 * SECOND);
    let staleness = told.summary(0).staleness;
    assert_eq!((staleness.late, staleness.transient, staleness.finals), (2, 1, 2));
}

#[test]
fn many_reads_that_differ_raise_an_alarm_before_any_is_final() {
    let mut told = book();
    (0..50).for_each(|key| told.see(with(key, Outcome::Differs), 0));
    assert!(told.summary(0).levels.raw >= 1e6f64.ln());
    assert_eq!((told.counts().known.n, told.summary(0).levels.units), (0, 0.0));
    (0..50).for_each(|key| {
        told.enter(&Fact::Later { unit: looked(key).unit, later: Later::StillDiffers }, 2 * SECOND);
    });
    assert!(told.summary(0).levels.early >= 1e6f64.ln());
}

#[test]
fn a_mismatch_whose_first_look_was_lost_counts_all_the_same_but_not_one_of_an_epoch_before() {
    let mut told = book();
    told.enter(&ended(1, Class::Persistent), SECOND);
    assert_eq!(told.counts().known.n, 0);
    told.enter(&ended(1, Class::Persistent), 10 * MINUTE);
    assert_eq!(told.counts().known, Confirmed::ONE_MISMATCH);
}

#[test]
fn of_a_key_that_changes_all_the_time_so_many_count() {
    let mut told = book();
    for payload in 0..500 {
        let unit = Unit { key: 1, payload };
        told.see(Looked { unit, ..looked(1) }, payload);
    }
    assert_eq!((told.counts().known.n, told.counts().beyond_key), (20, 480));
}

#[test]
fn beyond_the_bound_of_the_set_nothing_counts_for_new() {
    let mut criteria = Criteria::default();
    criteria.units.per_route = 10;
    let mut told = Book::new(Settings { criteria, ..settings() }, 0);
    (0..50).for_each(|key| told.see(looked(key), 0));
    (100..103).for_each(|key| (0..3).for_each(|_| told.see(failed(key), 0)));
    assert_eq!((told.counts().known, told.counts().unheld), (Confirmed { n: 13, k: 3 }, 40));
}

#[test]
fn a_route_of_the_first_step_passes_with_as_many_units_as_the_statistics_say() {
    let mut told = book();
    (0..3_514).for_each(|key| told.see(looked(key), key));
    (4..=70).for_each(|second| told.tick(second * SECOND));
    let (settled, bound) = (told.counts().settled, told.summary(0).bounds.max);
    let proven = |n: u64| ln_e_lo(settled.k as f64, n as f64 * bound) >= ln_threshold(0.05);
    assert!(proven(settled.n) && !proven(settled.n - 1));
}

#[test]
fn a_stage_begins_with_counts_of_its_own_and_what_was_planned_before_does_not_enter_them() {
    let mut told = book();
    told.see(looked(1), 0);
    told.stage_began(Settings { share: 0.01, next_share: 0.05, ..settings() }, SECOND);
    let before = Looked { served: Served { planned_new: true, ..looked(2).served }, ..looked(2) };
    told.enter_from_before(&Fact::Looked(Box::new(before)), SECOND);
    told.see(looked(3), SECOND);
    let summary = told.summary(SECOND);
    assert_eq!((summary.units.known.n, summary.units.stage.n), (3, 1));
    assert_eq!((summary.errors.new_served, summary.errors.old_served), (0, 1));
    assert_eq!((summary.novelty.requests, summary.novelty.new_cells), (1, 0));
    assert_eq!((summary.assigned, summary.bounds.max, summary.configured), (Odds { b: 0, c: 1 }, 2e-4, 0.01));
}

#[test]
fn evidence_that_begins_anew_without_a_change_is_counted() {
    let mut told = book();
    told.see(looked(1), 0);
    told.begin_anew(true, SECOND);
    told.begin_anew(true, 2 * SECOND);
    let summary = told.summary(2 * SECOND);
    assert_eq!((summary.restarts, summary.units.known.n, summary.since_millis), (2, 0, 2 * SECOND));
    told.see(looked(1), 3 * SECOND);
    assert_eq!(told.counts().known.n, 1);
    told.begin_anew(false, 4 * SECOND);
    assert_eq!(told.summary(0).restarts, 0);
}

#[test]
fn another_build_ends_the_evidence_and_matches_of_the_one_before_are_none() {
    let mut told = book();
    let of = |key, new| Looked { builds: [7, new], ..looked(key) };
    (0..10).for_each(|key| told.see(of(key, 1), 0));
    assert_eq!((told.counts().known.n, told.epoch_builds()), (10, [7, 1]));
    let changed = told.enter(&Fact::Looked(Box::new(of(1, 2))), SECOND);
    assert_eq!((changed, told.counts().known.n, told.epoch_builds()), (Entered::EpochBegan, 1, [7, 2]));
    told.see(of(2, 1), 2 * SECOND);
    assert_eq!(told.counts().known.n, 1);
    assert!(told.summary(2 * SECOND).builds_mixed.is_some());
    told.see(of(3, 2), 100 * SECOND);
    assert_eq!((told.counts().known.n, told.summary(100 * SECOND).builds_mixed), (2, None));
}

#[test]
fn planted_differences_are_counted_apart() {
    let mut told = book();
    told.enter(&Fact::Seeded { found: true }, 0);
    told.enter(&Fact::Seeded { found: false }, 0);
    let summary = told.summary(0);
    assert_eq!((summary.seeded.planted, summary.seeded.missed, summary.looked), (2, 1, 0));
}

#[test]
fn the_last_run_of_the_probes_is_what_counts() {
    let mut told = book();
    told.enter(&Fact::Probed { failed: Some("account 7: /balance".to_owned()) }, 5);
    assert_eq!((told.summary(0).probes.failed, told.summary(0).probes.at_millis), (1, Some(5)));
    told.enter(&Fact::Probed { failed: None }, 6);
    let probes = told.summary(0).probes;
    assert_eq!((probes.failed, probes.checked, probes.says), (0, 2, None));
}

#[test]
fn records_that_are_all_known_are_looked_at_again_at_each_stage() {
    let mut book = book();
    (0..100).for_each(|key| book.see(looked(key), 0));
    book.stage_began(Settings { share: 0.01, next_share: 0.05, ..settings() }, MINUTE);
    (0..100).chain(0..50).for_each(|key| book.see(looked(key), MINUTE));
    let counts = book.counts();
    assert_eq!((counts.known.n, counts.stage.n), (100, 100));
}
