//! Both sides of an aggregate, from bodies to words.

use bytes::Bytes;
use proptest::prelude::*;

use super::{distinct::Distinct, exact::Exact, *};
use crate::domain::{
    compare::content::{Content, Document, Most, content},
    fields::Fields,
    observation::Reply,
    payload::{Chunks, Payload},
};

fn document(body: &str) -> Document<'static> {
    let reply = Reply {
        status: 200,
        fields: Fields::from_pairs([("content-type", "application/json")]),
        body: Payload::Whole(Chunks::from(Bytes::copy_from_slice(body.as_bytes()))),
        trailers: Fields::new(),
    };
    match content(&reply, None, Most { bytes: 1 << 20, depth: 100, nodes: 1 << 20 }) {
        Ok(Content::Tree(document)) => document,
        other => panic!("{body}: {other:?}"),
    }
}

fn aggregate(of: Function, at: &str, by: Option<&str>) -> Aggregate {
    Aggregate { name: "it".to_owned(), of, at: at.to_owned(), by: by.map(str::to_owned), max: 0.0 }
}

/// Of these pairs: each group with what old and new came to, and whether they are too far apart.
fn tallied(aggregate: &Aggregate, pairs: &[(&str, &str)]) -> Vec<(String, String, String, bool)> {
    aggregate.check().unwrap();
    let mut tally = Tally::new(aggregate.clone());
    for (old, new) in pairs {
        tally.add(aggregate.found(&document(old)), aggregate.found(&document(new)));
    }
    tally.view().groups.into_iter().map(|group| (group.name, group.old, group.new, group.beyond)).collect()
}

fn told(group: &str, old: &str, new: &str, beyond: bool) -> (String, String, String, bool) {
    (group.to_owned(), old.to_owned(), new.to_owned(), beyond)
}

#[test]
fn sums_are_exact_to_the_last_digit_and_by_group() {
    let sum = aggregate(Function::Sum, "/orders/*/total", Some("/orders/*/currency"));
    let old = r#"{"orders":[{"total":0.1,"currency":"EUR"},{"total":"0.20","currency":"EUR"},{"total":7}]}"#;
    let new = r#"{"orders":[{"total":0.3,"currency":"EUR"},{"total":null,"currency":"EUR"},{"total":7.01}]}"#;
    assert_eq!(
        tallied(&sum, &[(old, new)]),
        [told("(none)", "7", "7.01", true), told("EUR", "0.3", "0.3", false)]
    );
    let large = r#"{"total":18446744073709551617}"#;
    let small = r#"{"total":0.000000001}"#;
    let sum = aggregate(Function::Sum, "/total", None);
    assert_eq!(
        tallied(&sum, &[(large, large), (small, "{}")]),
        [told("", "18446744073709551617.000000001", "18446744073709551617", true)]
    );
}

#[test]
fn what_cannot_be_added_never_passes() {
    let sum = aggregate(Function::Sum, "/total", None);
    for value in ["\"many\"", "true", "[1]", "1e99999999999999999999999999999999999999999"] {
        let body = format!("{{\"total\":{value}}}");
        assert!(tallied(&sum, &[(&body, &body)])[0].3, "{value}");
    }
    let (large, small) = (r#"{"total":1e38}"#, r#"{"total":0.1}"#);
    assert!(tallied(&sum, &[(large, large), (small, small)])[0].3);
}

#[test]
fn counts_and_distinct_values_are_told_apart() {
    let bodies =
        [(r#"{"a":[1,1.0,2,"1",null]}"#, r#"{"a":[1,1,3,"1",null]}"#), (r#"{"a":[2]}"#, r#"{"a":[]}"#)];
    assert_eq!(tallied(&aggregate(Function::Count, "/a/*", None), &bodies), [told("", "6", "5", true)]);
    assert_eq!(tallied(&aggregate(Function::Distinct, "/a/*", None), &bodies), [told("", "4", "4", false)]);
}

#[test]
fn a_small_share_may_be_allowed() {
    let mut sum = aggregate(Function::Sum, "/total", None);
    sum.max = 0.001;
    let pair = |new: &str| tallied(&sum, &[(r#"{"total":-1000}"#, &format!("{{\"total\":{new}}}"))])[0].3;
    assert_eq!([pair("-1001"), pair("-999"), pair("-1001.1"), pair("-998.9")], [false, false, true, true]);
    assert!(tallied(&sum, &[(r#"{"total":0}"#, r#"{"total":0.01}"#)])[0].3);
}

#[test]
fn a_group_too_many_goes_into_the_rest() {
    let count = aggregate(Function::Count, "/*/id", Some("/*/id"));
    let body: Vec<String> = (0..1_005).map(|n| format!("{{\"id\":{n}}}")).collect();
    let body = format!("[{}]", body.join(","));
    let groups = tallied(&count, &[(&body, &body)]);
    assert_eq!(groups.len(), 1_001);
    assert!(groups.contains(&told("(other)", "5", "5", false)));
}

#[test]
fn an_aggregate_that_makes_no_sense_is_refused() {
    for (at, by, why) in [
        ("total", None, "begins with /"),
        ("/total", Some("currency"), "begins with /"),
        ("/total", Some("/items/*/currency"), "many values"),
        ("/items/*/total", Some("/items/*/tags/*"), "many values"),
        ("/**/total", None, "more than once"),
    ] {
        assert!(aggregate(Function::Sum, at, by).check().unwrap_err().contains(why), "{at} {by:?}");
    }
    assert!(Aggregate { max: f64::NAN, ..aggregate(Function::Sum, "/a", None) }.check().is_err());
    assert_eq!(aggregate(Function::Sum, "/a", Some("/b")).told(), "sum of /a by /b");
}

#[test]
fn where_nothing_is_found_nothing_was_checked() {
    let sum = aggregate(Function::Sum, "/totl", None);
    let mut tally = Tally::new(sum.clone());
    tally.add(sum.found(&document(r#"{"total":1}"#)), sum.found(&document(r#"{"total":2}"#)));
    assert_eq!((tally.pairs(), tally.view().groups), (0, Vec::new()));
    let star = aggregate(Function::Count, "/~2/a~1b", None);
    assert_eq!(tallied(&star, &[(r#"{"*":{"a/b":1},"c":{"a/b":1}}"#, "{}")]), [told("", "1", "0", true)]);
}

#[test]
fn where_new_is_too_far_off_is_told_in_words() {
    let sum = aggregate(Function::Sum, "/t", Some("/c"));
    let mut tally = Tally::new(sum.clone());
    let found = |body| sum.found(&document(body));
    tally.add(found(r#"{"t":100.00,"c":"EUR"}"#), found(r#"{"t":99.98,"c":"EUR"}"#));
    let says = "it (sum of /t by /c): EUR: old 100, new 99.98, apart by 0.02 % (at most 0 %)";
    assert_eq!(tally.beyond().as_deref(), Some(says));
}

#[test]
fn the_same_values_are_as_many_however_few_are_kept() {
    let mut kept = Distinct::keeping(100);
    let hashes: Vec<u64> = (0..10_000u64).map(|n| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes())).collect();
    kept.see(0, &hashes);
    kept.see(1, &hashes.iter().rev().copied().collect::<Vec<_>>());
    let [old, new] = kept.counts();
    assert_eq!(old, new);
    assert!((5_000..20_000).contains(&old) && !kept.is_exact(), "{old}");
}

proptest! {
    #[test]
    fn a_sum_is_that_of_the_cents(amounts in prop::collection::vec(-1_000_000i64..1_000_000, 0..50)) {
        let mut sum = Exact::default();
        for cents in &amounts {
            let sign = if *cents < 0 { "-" } else { "" };
            sum.add(&Exact::read(&format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)).unwrap());
        }
        let cents: i64 = amounts.iter().sum();
        let mut whole = Exact::read(&format!("{cents}e-2")).unwrap();
        prop_assert!(sum.less(&whole).is_zero());
        whole.add(&Exact::read("0.001").unwrap());
        prop_assert!(!sum.less(&whole).is_zero());
    }

    #[test]
    fn the_order_of_values_says_nothing(mut hashes in prop::collection::vec(any::<u64>(), 0..300)) {
        let mut one = Distinct::keeping(20);
        one.see(0, &hashes);
        hashes.reverse();
        one.see(1, &hashes);
        let [old, new] = one.counts();
        prop_assert_eq!(old, new);
    }
}
