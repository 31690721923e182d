//! A route's noise, from triples to what it accounts for and what it suggests.

use proptest::prelude::*;

use super::{
    super::compare::{
        difference::Place,
        rules::{Forgive, Format},
    },
    *,
};

/// 2025-07-01T00:00:00Z
const NOW: u64 = 1_751_328_000_000;

fn at(pointer: &str, old: &str, new: &str) -> Difference {
    let place = Place::Body(pointer.to_owned());
    Difference::at(place, Kind::Changed, Some(old.to_owned()), Some(new.to_owned()))
}

/// What differs at a place of three values.
fn triple(pointer: &str, [old, again, new]: [&str; 3]) -> Triple {
    let differs = |other: &str| (old != other).then(|| at(pointer, old, other));
    let (test, control) = (differs(new), differs(again));
    Triple::of(test.as_slice(), control.as_slice(), false, NOW)
}

fn uuid(n: u32) -> String {
    format!(r#""0f8fad5b-d9cb-469f-a165-70867728{n:04x}""#)
}

fn token(noise: &mut Noise, n: u32) {
    noise.see(&triple("/id", [&uuid(3 * n), &uuid(3 * n + 1), &uuid(3 * n + 2)]));
}

fn noisy() -> Noise {
    let mut noise = Noise::default();
    (0..20).for_each(|n| token(&mut noise, n));
    noise
}

#[test]
fn a_path_is_strict_until_old_is_proven_to_differ_from_itself() {
    let mut noise = Noise::default();
    for n in 0..5 {
        assert_eq!(noise.state("/id"), State::Strict, "after {n}");
        token(&mut noise, n);
    }
    assert_eq!(noise.state("/id"), State::Noisy);
    assert_eq!(noise.state("/other"), State::Strict);
    // Five in a million are no noise to speak of.
    (0..1_000_000).for_each(|_| noise.see(&Triple::default()));
    assert_eq!(noise.state("/id"), State::Strict);
}

#[test]
fn a_difference_at_a_noisy_path_is_noise_where_new_keeps_to_the_class() {
    let noise = noisy();
    assert!(noise.excuses(&at("/id", &uuid(7_000), &uuid(7_001)), NOW));
    for (difference, words) in [
        (at("/id", &uuid(7_000), r#""7001""#), "no UUID"),
        (at("/id", &uuid(7_000), "null"), "type"),
        (at("/name", r#""a""#, r#""b""#), "never seen"),
    ] {
        let told = noise.check(&difference, NOW).unwrap();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_mismatch_is_noise_only_if_all_its_differences_are() {
    let (noise, id) = (noisy(), at("/id", &uuid(7_000), &uuid(7_001)));
    assert!(noise.accounts_for(std::slice::from_ref(&id), 0, NOW));
    assert!(!noise.accounts_for(std::slice::from_ref(&id), 1, NOW), "one was not looked at");
    assert!(!noise.accounts_for(&[id.clone(), at("/name", "1", "2")], 0, NOW));
    let status = Difference::at(Place::Status, Kind::Changed, Some("200".into()), Some("500".into()));
    assert!(!noise.accounts_for(&[id, status], 0, NOW));
    assert!(!noise.accounts_for(&[], 0, NOW), "nothing explains a mismatch without differences");
}

#[test]
fn new_that_differs_where_old_agrees_with_itself_is_more_than_noise() {
    let mut noise = noisy();
    (0..30).for_each(|n| noise.see(&triple("/id", [&uuid(n), &uuid(n), &uuid(n + 1)])));
    let row = noise.rows().next().unwrap();
    assert_eq!((row.state, row.excess), (State::NoisyExcess, Some(Excess::Oftener)));
    assert_eq!((row.triples, row.noisy, row.only_new, row.only_old), (50, 20, 30, 0));
    assert!(!noise.excuses(&at("/id", &uuid(1), &uuid(2)), NOW));
    assert_eq!(noise.suggestions(), []);
}

fn moment(seconds: u32) -> String {
    format!(r#""2020-01-01T{:02}:{:02}:{:02}Z""#, seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Moments that old never tells alike, all within an hour of each other.
fn clock(n: u32, ahead: u32) -> [String; 3] {
    [1, 2, 3].map(|of| moment((n * 677 + of * of * 911) % 3_600 + if of == 3 { ahead } else { 0 }))
}

#[test]
fn an_hours_error_on_an_always_noisy_time_stamp_is_more_than_noise_after_a_few_triples() {
    let mut noise = Noise::default();
    let found = (1..200).find(|n| {
        let [old, again, new] = clock(*n, 3_600);
        noise.see(&triple("/at", [&old, &again, &new]));
        noise.state("/at") == State::NoisyExcess
    });
    assert_eq!(found, Some(7), "as many as the rank test needs at a third of the level");
    let [old, _, new] = clock(500, 3_600);
    assert!(!noise.excuses(&at("/at", &old, &new), NOW));
}

#[test]
fn an_always_noisy_time_stamp_without_an_error_stays_noise() {
    let mut noise = Noise::default();
    for n in 0..200 {
        let [old, again, new] = clock(n, 0);
        noise.see(&triple("/at", [&old, &again, &new]));
    }
    assert_eq!(noise.state("/at"), State::Noisy);
    let zone = noise.check(&at("/at", &moment(677), &moment(677 + 3_600)), NOW);
    assert!(zone.unwrap().contains("quarters"));
}

#[test]
fn cut_lists_tell_that_old_differs_and_not_who_differs_alone() {
    let mut noise = Noise::default();
    for n in 0..100 {
        noise.see(&Triple { is_cut: true, ..triple("/id", [&uuid(n), &uuid(n), &uuid(n + 1)]) });
        noise.see(&Triple { is_cut: true, ..triple("/id", [&uuid(n), &uuid(n + 1), &uuid(n)]) });
    }
    let row = noise.rows().next().unwrap();
    assert_eq!((row.state, row.noisy, row.only_new, row.only_old), (State::Noisy, 100, 0, 0));
}

#[test]
fn paths_are_bounded_and_those_on_which_old_differs_go_first() {
    let mut noise = Noise::default();
    for n in 0..MOST_PATHS + 10 {
        noise.see(&triple(&format!("/new{n}"), ["1", "1", "2"]));
    }
    assert_eq!((noise.rows().count(), noise.unfollowed()), (MOST_PATHS, 10));
    (0..20).for_each(|n| token(&mut noise, n));
    assert_eq!((noise.rows().count(), noise.state("/id")), (MOST_PATHS, State::Noisy));
    for n in 0..MOST_PATHS {
        noise.see(&triple(&format!("/old{n}"), ["1", "2", "2"]));
    }
    assert_eq!(noise.state("/id"), State::Noisy);
    assert_eq!((noise.rows().count(), noise.unfollowed()), (MOST_PATHS, 11));
}

#[test]
fn an_array_in_another_order_is_noise_where_old_changes_its_order() {
    let order = |old: &str, new: &str| Difference { kind: Kind::Order, ..at("/roles", old, new) };
    let mut noise = Noise::default();
    for _ in 0..10 {
        noise.see(&Triple::of(&[], &[order("[1,2]", "[2,1]")], false, NOW));
    }
    assert!(noise.excuses(&order("[1,2]", "[2,1]"), NOW));
    assert!(!noise.excuses(&at("/roles", "[1,2]", "[1,3]"), NOW), "not the same elements");
    assert_eq!(noise.suggestions()[0].rule, Forgive::Unordered);
}

#[test]
fn of_a_header_that_lets_somebody_in_no_example_is_kept() {
    let mut noise = Noise::default();
    for n in 0..10 {
        let place = Place::Header("x-auth-token".to_owned());
        let said = |n: u32| Some(format!("secret{n}"));
        noise.see(&Triple::of(
            &[],
            &[Difference::at(place, Kind::Changed, said(n), said(n + 1))],
            false,
            NOW,
        ));
    }
    let told = noise.suggestions();
    assert_eq!((told[0].path.as_str(), told[0].examples.len()), ("header x-auth-token", 0));
}

#[test]
fn a_suggestion_is_the_narrowest_rule_with_its_evidence() {
    let told = noisy().suggestions().remove(0);
    assert_eq!((told.path.as_str(), &told.rule), ("/id", &Forgive::Format(Format::Uuid)));
    assert_eq!((told.triples, told.noisy, told.only_new, told.only_old), (20, 20, 0, 0));
    assert_eq!(told.examples.len(), 3);
    assert!(told.bounds.0 > 0.3 && told.bounds.1 == 1.0, "{:?}", told.bounds);
    for (old, again, rule) in [
        (r#""2025-07-01T00:00:01Z""#, r#""2025-06-30T23:59:58Z""#, "a time within 10s"),
        (r#""2020-01-01T10:17:23Z""#, r#""2020-01-02T23:01:54Z""#, "any rfc3339"),
        (r#""a1b2""#, r#""c3d4""#, "any hex"),
        ("100.25", "100.5", "within 0.390625%"),
        ("1", "20", "of the same type"),
    ] {
        let mut noise = Noise::default();
        (0..10).for_each(|_| noise.see(&triple("/x", [old, again, old])));
        assert_eq!(noise.suggestions()[0].rule.to_string(), rule);
    }
}

proptest! {
    #[test]
    fn a_path_on_which_old_never_differs_excuses_nothing(
        news in prop::collection::vec("[0-9]{1,4}", 1..40), old in "[0-9]{1,4}",
    ) {
        let mut noise = Noise::default();
        for new in &news {
            noise.see(&triple("/x", [&old, &old, new]));
            prop_assert!(!noise.excuses(&at("/x", &old, new), NOW));
        }
    }
}
