//! What the rooms beside the book make of reads.

use super::*;
use crate::domain::stats::odds::{EVEN, ln_o_hi, ln_o_lo};

fn timed(key: u64, old: u64, new: u64) -> Looked {
    Looked { took: [Some(Duration::from_millis(old)), Some(Duration::from_millis(new))], ..looked(key) }
}

fn patient() -> Settings {
    let mut settings = settings();
    settings.criteria.latency.samples = 100;
    settings
}

#[test]
fn without_enough_samples_of_old_there_is_no_threshold() {
    let mut told = book();
    (0..9_999).for_each(|key| told.see(timed(key, 20, 20), 0));
    told.tick(SECOND);
    assert!(
        told.summary(SECOND).latency.iter().all(|row| row.threshold.is_none() && row.pass == Odds::default())
    );
    told.see(timed(0, 20, 20), SECOND);
    told.tick(2 * SECOND);
    assert!(told.summary(SECOND).latency.iter().all(|row| row.threshold.is_some()));
}

#[test]
fn a_threshold_stands_still_for_the_stage_and_is_taken_anew_by_the_next() {
    let mut told = Book::new(patient(), 0);
    (0..100).for_each(|key| told.see(timed(key, 20, 20), 0));
    told.tick(SECOND);
    let first = told.summary(SECOND).latency[0].threshold.unwrap();
    (0..900).for_each(|key| told.see(timed(key, 80, 80), SECOND));
    told.tick(2 * SECOND);
    assert_eq!(told.summary(SECOND).latency[0].threshold, Some(first));
    told.stage_began(patient(), 3 * SECOND);
    assert!(told.summary(SECOND).latency[0].threshold.unwrap() > 3 * first);
}

#[test]
fn new_that_takes_twice_as_long_fails_and_new_that_is_as_fast_does_not() {
    for (factor, fails) in [(2, true), (1, false)] {
        let mut told = Book::new(patient(), 0);
        (0..2_000).for_each(|key| told.see(timed(key, 10 + key % 50, (10 + key % 50) * factor), key * 10));
        let row = told.summary(0).latency[0].clone();
        assert_eq!(ln_o_hi(row.abort.b, row.abort.c, EVEN) >= ln_threshold(0.01), fails, "{row:?}");
        assert_eq!(ln_o_lo(row.pass.b, row.pass.c, EVEN) >= ln_threshold(0.05), !fails, "{row:?}");
        assert_eq!(told.summary(0).soak.incidents, u64::from(fails));
        let [low, high] = row.old_range.unwrap();
        assert!(low <= row.old.unwrap() && row.old.unwrap() <= high);
    }
}

#[test]
fn new_that_does_not_answer_takes_too_long() {
    let mut told = Book::new(patient(), 0);
    (0..200).for_each(|key| told.see(timed(key, 20, 20), 0));
    told.tick(SECOND);
    (0..10).for_each(|key| told.see(failed(key), SECOND));
    assert_eq!(told.summary(0).latency[2].abort.b, 10);
}

#[test]
fn a_pair_of_which_old_failed_says_nothing_of_how_long_new_takes() {
    let mut told = Book::new(patient(), 0);
    let failed = Looked { statuses: [None, Some(200)], ..with(1, Outcome::OldFailed) };
    (0..200).for_each(|_| told.see(failed.clone(), 0));
    assert_eq!(told.summary(0).latency[0].samples, 0);
}

#[test]
fn quantiles_that_change_within_a_stage_are_counted_from_the_beginning() {
    let mut told = Book::new(patient(), 0);
    (0..2_000).for_each(|key| told.see(timed(key, 10 + key % 50, 100), key * 10));
    let mut changed = patient();
    changed.criteria.latency.quantiles.truncate(1);
    changed.criteria.latency.quantiles[0].pass = 0.2;
    told.reconfigured(changed);
    told.tick(30 * SECOND);
    let rows = told.summary(0).latency;
    assert_eq!((rows.len(), rows[0].pass), (1, Odds::default()));
    assert!(rows[0].threshold.is_some());
}

#[test]
fn what_was_shed_is_counted_by_how_slow_and_how_large_it_was() {
    let mut told = book();
    let read = |key: u64, outcome| Looked {
        took: [Some(Duration::from_millis(1 + key % 100)), None],
        size: 100 + key % 1_000,
        ..with(key, outcome)
    };
    (0..2_000).for_each(|key| told.see(read(key, Outcome::Exact), 0));
    told.tick(SECOND);
    for key in 0..2_000 {
        let outcome = if key % 100 > 93 { Outcome::ShedInFlight } else { Outcome::Exact };
        told.see(read(key, outcome), SECOND);
    }
    let drops = told.summary(0).drops;
    assert_eq!((drops.intended, drops.dropped), (4_000, 120));
    assert_eq!((drops.slow.b, drops.slow.c), (120, 0));
    assert!(ln_o_hi(drops.slow.b, drops.slow.c, 1.0 / 9.0) >= ln_threshold(0.01));
    assert!(ln_o_hi(drops.large.b, drops.large.c, 1.0 / 9.0) < ln_threshold(0.01), "{:?}", drops.large);
    // Of the slowest tenth, give or take the error of a sketch, less than half was compared.
    assert_eq!((drops.thin_ppm, drops.post_stratified), (90_000, Some(0.0)));
}

#[test]
fn reads_that_are_all_alike_are_never_slow_or_large() {
    let mut told = book();
    (0..2_000).for_each(|key| told.see(looked(key), 0));
    told.tick(SECOND);
    (0..100).for_each(|key| told.see(with(key, Outcome::ShedRate), SECOND));
    let drops = told.summary(0).drops;
    assert_eq!((drops.slow, drops.large), (Odds { b: 0, c: 100 }, Odds { b: 0, c: 100 }));
}

#[test]
fn what_was_not_to_be_mirrored_was_not_dropped() {
    let mut told = book();
    for outcome in [Outcome::Unsampled, Outcome::OptedOut, Outcome::ClientCancelled, Outcome::OldFailed] {
        told.see(with(1, outcome), 0);
    }
    assert_eq!(told.summary(0).drops.intended, 0);
    told.see(failed(1), 0);
    assert_eq!((told.summary(0).drops.intended, told.summary(0).drops.dropped), (1, 0));
}

#[test]
fn a_kind_that_is_never_mirrored_has_a_share_and_no_units() {
    let mut told = book();
    let other =
        |outcome| Looked { cell: Cell { hash: 2, text: Some("GET /export".into()) }, ..with(1, outcome) };
    (0..3).for_each(|_| told.see(other(Outcome::Unsampled), 0));
    told.see(looked(1), 0);
    let cells = told.summary(0).cells;
    assert_eq!((cells[0].text.as_str(), cells[0].share, cells[0].units), ("GET /export", 0.75, 0));
    assert_eq!((cells[1].share, cells[1].units), (0.25, 1));
}

#[test]
fn mismatches_within_one_block_are_one_incident_and_quiet_hours_are_no_soak() {
    let mut told = book();
    (0..3_600).for_each(|second| told.see(looked(second), second * SECOND));
    (0..5).for_each(|key| told.see(failed(key), 3_600 * SECOND + key));
    (3_601..7_200).for_each(|second| told.see(looked(second), second * SECOND));
    told.tick(86_400 * SECOND);
    let soak = told.summary(86_400 * SECOND).soak;
    assert_eq!((soak.incidents, soak.active), (1, Duration::from_secs(7_200)));
    assert_eq!((soak.hours[0], soak.hours[1]), (3_600, 3_599 + 5));
    assert_eq!(soak.idle, Duration::from_secs(86_400 - 7_199));
}

#[test]
fn callers_are_counted_by_the_side_they_were_planned_for() {
    let mut told = book();
    let new = Served { by: Side::New, planned_new: true, ..looked(1).served };
    (1..=99).for_each(|caller| told.see(Looked { caller, ..looked(caller) }, 0));
    (0..5).for_each(|_| told.see(Looked { caller: 100, served: new, ..looked(1) }, 0));
    assert_eq!(told.summary(0).assigned, Odds { b: 1, c: 99 });
}

#[test]
fn estimates_are_made_from_the_pace_of_the_last_minutes() {
    let mut told = book();
    (0..600).for_each(|second| told.see(looked(second / 2), second * SECOND));
    let summary = told.summary(600 * SECOND);
    assert!(
        (summary.requests_per_second - 1.0).abs() < 0.01 && (summary.units_per_second - 0.5).abs() < 0.01
    );
}
