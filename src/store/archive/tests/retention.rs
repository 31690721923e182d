//! What is too old or too much goes. Moves never do.

use serde_json::json;

use super::{
    super::{
        Minute, Row, Settings,
        base::{Base, Durability},
        evidence::Continuity,
        pending::Pending,
        prune, rollouts, rows,
    },
    made::{batch, moved},
};

const DAY: u64 = 86_400_000;
const NOW: u64 = 1_790_000_000_000;

fn settings(max_bytes: u64) -> Settings {
    Settings { dir: None, keep_days: 30, max_bytes }
}

fn base() -> Base {
    Base::open(&settings(64 << 20), "a run").unwrap()
}

fn sample(at_millis: u64, bytes: usize) -> Row {
    let (route, signature) = ("get-user".to_owned(), "200/500".to_owned());
    Row::Sample { route, signature, at_millis, sample: json!("x".repeat(bytes)) }
}

fn count(base: &Base, table: &str) -> i64 {
    base.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn keep(base: &Base, continuity: &mut Continuity, route: &str, epoch: &str, at_millis: u64, units: &[u64]) {
    let mut batch = batch(route, epoch, 0, units);
    (batch.at_millis, batch.minute) = (at_millis, Minute { minute: at_millis / 60_000, ..Minute::default() });
    let mut pending = Pending::default();
    pending.keep(batch);
    continuity.write(base, &pending.next_route().unwrap(), "a run").unwrap();
}

#[test]
fn what_is_older_than_asked_for_goes_and_moves_stay() {
    let base = base();
    let (draft, state) = moved("users", 1);
    let old = crate::domain::journal::Draft { at_millis: NOW - 400 * DAY, ..draft };
    rollouts::set(&base, old, &state).unwrap();
    rows::write(&base, &[sample(NOW - 31 * DAY, 10), sample(NOW - 29 * DAY, 10)], "a run").unwrap();
    let mut continuity = Continuity::default();
    keep(&base, &mut continuity, "gone", "a", NOW - 31 * DAY, &[1, 2]);
    keep(&base, &mut continuity, "get-user", "a", NOW - DAY, &[1, 2]);

    assert_eq!(prune::pass(&base, &settings(64 << 20), NOW), Ok(false));
    let left = ["journal", "rollouts", "samples", "evidence", "evidence_state", "units"];
    assert_eq!(left.map(|table| count(&base, table)), [1, 1, 1, 1, 1, 1]);
}

#[test]
fn units_of_evidence_that_is_over_go_and_those_in_use_stay() {
    let base = base();
    let mut continuity = Continuity::default();
    keep(&base, &mut continuity, "get-user", "a", NOW, &[1; 5_000]);
    keep(&base, &mut continuity, "get-user", "b", NOW, &[2; 1_000]);
    assert_eq!(count(&base, "units"), 12);
    prune::pass(&base, &settings(64 << 20), NOW).unwrap();
    assert_eq!(count(&base, "units"), 2);
}

#[test]
fn of_too_much_the_oldest_go_a_little_at_a_time_and_the_room_is_given_back() {
    let base = base();
    let (draft, state) = moved("users", 1);
    rollouts::set(&base, draft, &state).unwrap();
    for n in 0..2_500 {
        rows::write(&base, &[sample(NOW - n, 2_000)], "a run").unwrap();
    }
    let pages =
        || base.connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0)).unwrap();
    let before = pages();
    assert_eq!(prune::pass(&base, &settings(1 << 20), NOW), Ok(true));
    assert_eq!(count(&base, "samples"), 1_500);
    while prune::pass(&base, &settings(1 << 20), NOW).unwrap() {}
    assert!(count(&base, "samples") <= 500 && count(&base, "journal") == 1);
    assert!(pages() < before / 4, "{} of {before} pages", pages());
    let newest: String =
        base.connection.query_row("SELECT coalesce(max(at), '') FROM samples", [], |row| row.get(0)).unwrap();
    assert!(newest.is_empty() || newest == super::super::text::at(NOW));
}

#[test]
fn a_bound_that_moves_alone_pass_does_no_harm() {
    let base = base();
    for version in 1..50 {
        let (draft, state) = moved("users", version);
        rollouts::set(&base, draft, &state).unwrap();
    }
    assert_eq!(prune::pass(&base, &settings(1), NOW), Ok(false));
    assert_eq!(count(&base, "journal"), 49);
    base.write(Durability::Full, |_| Ok(())).unwrap();
}
