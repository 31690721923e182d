//! Streams of differences, with and without noise among them, and what is concluded.

use super::{
    super::{
        super::difference::{Difference, Kind, Place},
        suggestion::told,
        tests::causes_of,
    },
    *,
};

const NOW: u64 = 1_751_303_039_000;

fn difference(old: &str, new: &str) -> Difference {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Difference {
        shape: "/x".to_owned(),
        causes: causes_of(old, new),
        ..Difference::at(Place::Body("/x".to_owned()), Kind::Changed, some(old), some(new))
    }
}

fn tally<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tally {
    let mut tally = Tally::default();
    let sight = Sight { at_millis: NOW, target: "/things/7" };
    pairs.into_iter().for_each(|(old, new)| tally.see(&difference(old, new), sight));
    tally
}

fn owned(pairs: &[(String, String)]) -> Tally {
    tally(pairs.iter().map(|(old, new)| (old.as_str(), new.as_str())))
}

fn says(tally: &Tally) -> String {
    tally.best().map(|best| told(&best, Some("/x")).says).unwrap_or_default()
}

#[test]
fn the_simplest_cause_that_accounts_for_all_is_the_one() {
    let halves = [("12.34", "12"), ("12.75", "13"), ("7.5", "8"), ("8.5", "9")];
    assert_eq!(says(&tally(halves)), "rounded to 0 decimals (4 of 4)");
    let even = [("12.34", "12"), ("12.75", "13"), ("7.5", "8"), ("8.5", "8")];
    assert_eq!(says(&tally(even[..3].iter().copied())), "rounded to 0 decimals (3 of 3)");
    assert_eq!(says(&tally([even, even].concat())), "rounded to 0 decimals, halves to even (8 of 8)");
    let later = [
        (r#""2025-06-30T17:03:59Z""#, r#""2025-06-30T18:03:59Z""#),
        (r#""2024-02-29T23:30:00Z""#, r#""2024-03-01T00:30:00Z""#),
    ];
    assert_eq!(says(&tally(later)), "1 h later: a time zone (2 of 2)");
}

#[test]
fn one_difference_explains_nothing() {
    assert_eq!(tally([("12.34", "12")]).best(), None);
    assert_eq!(Tally::default().best(), None);
    assert_eq!(tally([("1", "2"), ("3", "9"), ("4", "1")]).best(), None);
}

#[test]
fn the_same_pair_again_and_again_is_told_as_such() {
    assert_eq!(
        says(&tally([("12.34", "12"); 41])),
        "rounded to 0 decimals (41 of 41, all of the same values)"
    );
    assert_eq!(says(&tally([("null", ""); 41])), "missing instead of null (41 of 41)");
}

#[test]
fn a_cause_is_found_among_noise_and_late() {
    let mut pairs: Vec<_> = (0..500u64)
        .map(|n| {
            let noise = n < 60 || n % 9 == 0;
            let old = format!("{}.37", n * 7);
            let new = if noise { format!("{}", n * n + 1_000_000) } else { format!("{}.4", n * 7) };
            (old, new)
        })
        .collect();
    assert!(owned(&pairs[..60]).best().is_none());
    let told = says(&owned(&pairs));
    assert_eq!(told, "rounded to 1 decimal (391 of 500)".replace("391", &rounded(&pairs)));
    pairs.rotate_left(60);
    assert_eq!(says(&owned(&pairs)), told);
}

/// How many of the pairs have new rounded to one digit.
fn rounded(pairs: &[(String, String)]) -> String {
    pairs.iter().filter(|(_, new)| new.ends_with(".4")).count().to_string()
}

#[test]
fn half_of_the_differences_are_told_without_a_verdict() {
    let best = tally([("1.25", "1.3"), ("2.75", "2.8"), ("3.35", "3.4"), ("3", "9"), ("4", "1")]).best();
    let said = told(&best.unwrap(), Some("/x"));
    assert_eq!((said.says.as_str(), said.rule, said.bug), ("rounded to 1 decimal (3 of 5)", None, None));
}

#[test]
fn an_enum_is_a_table_and_only_where_it_holds() {
    let pairs = [(r#""open""#, r#""O""#), (r#""paid""#, r#""P""#), (r#""sent""#, r#""SHIPPED""#)];
    let all = [pairs, pairs, pairs].concat();
    assert_eq!(
        says(&tally(all.clone())),
        r#"one fixed value for each of old's: "open" → "O", "paid" → "P", "sent" → "SHIPPED" (9 of 9)"#
    );
    assert_eq!(tally(pairs).best(), None);
    let torn = [(r#""open""#, r#""X""#), (r#""open""#, r#""Y""#), (r#""paid""#, r#""Q""#)];
    assert_eq!(tally([all, [torn, torn].concat()].concat()).best(), None);
    let ids: Vec<_> = (0..40).map(|n| (format!("\"a{n}\""), format!("\"{n}b{n}\""))).collect();
    assert_eq!(owned(&[ids.clone(), ids].concat()).best(), None);
}

#[test]
fn what_many_have_in_common_is_found() {
    let constant = [(r#""Ada""#, r#""unknown""#), (r#""Ida""#, r#""unknown""#), (r#""Eva""#, r#""unknown""#)];
    assert_eq!(says(&tally(constant)), r#"always "unknown" (3 of 3)"#);
    let offset = [("3", "4"), ("7", "8"), ("41", "42")];
    assert_eq!(says(&tally(offset)), "larger by 1 (3 of 3)");
    let offset = [("3.5", "1.25"), ("7", "4.75"), ("41", "38.75")];
    assert_eq!(says(&tally(offset)), "smaller by 2.25 (3 of 3)");
    let nulls = [(r#""Ada""#, "null"), ("7", "null"), ("[1]", "null")];
    assert_eq!(says(&tally(nulls)), "null (3 of 3)");
}

#[test]
fn what_is_minted_is_told_with_the_rule_for_its_class() {
    let uuid = |n: usize| format!("\"0f8fad5b-d9cb-469f-a165-{n:012x}\"");
    let pairs: Vec<_> = (0..9).map(|n| (uuid(n), uuid(n * 77 + 1000))).collect();
    let said = told(&owned(&pairs).best().unwrap(), Some("/meta/id"));
    assert_eq!(said.says, "another uuid, as old is: it looks minted for each request (9 of 9)");
    assert_eq!(said.rule.unwrap(), "format: { /meta/id: uuid }");
    let moment = |millis: u64| (NOW + millis).to_string();
    let pairs: Vec<_> = (0..9u64).map(|n| (moment(n * 10), moment(n * 10 + n * n + 1))).collect();
    let said = told(&owned(&pairs).best().unwrap(), Some("/took_at"));
    assert_eq!(said.rule.unwrap(), "time_within: { /took_at: 1s }");
}

#[test]
fn what_old_said_earlier_is_stale() {
    let pairs = [
        (r#""Ida""#, r#""Ada""#),
        (r#""Eva""#, r#""Ida""#),
        (r#""Mia""#, r#""Eva""#),
        (r#""Lea""#, r#""Eva""#),
        (r#""Kim""#, r#""Lea""#),
    ];
    assert_eq!(says(&tally(pairs)), "what old said earlier (4 of 5)");
    let mut apart = Tally::default();
    for (n, (old, new)) in pairs.into_iter().enumerate() {
        let target = format!("/users/{n}");
        apart.see(&difference(old, new), Sight { at_millis: NOW, target: &target });
    }
    assert_eq!(apart.best(), None);
}

#[test]
fn a_tally_is_bounded_whatever_it_sees() {
    let wide: Vec<_> = (0..3_000u64)
        .map(|n| (format!("\"{n}{}\"", "a".repeat(150)), format!("\"{}{n}\"", "b".repeat(150))))
        .collect();
    let tally = owned(&wide);
    assert_eq!((tally.seen(), tally.best()), (3_000, None));
    assert!(format!("{tally:?}").len() < 20_000);
}

#[test]
fn headers_are_explained_too() {
    let mut tally = Tally::default();
    for old in ["Text/Html", "Text/Plain"] {
        let place = Place::Header("content-type".to_owned());
        let new = Some(old.to_lowercase());
        let difference = Difference::at(place, Kind::Changed, Some(old.to_owned()), new);
        tally.see(&difference, Sight { at_millis: NOW, target: "/" });
    }
    assert_eq!(says(&tally), "the same in another case (2 of 2)");
}
