//! What is planted, where, and that it is found.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::compare::{
    Asked, Limits,
    rules::{DEFAULT_HEADERS, Forgive, PointerPattern, Rule, Rules},
};

fn reply(status: u16, kind: &str, body: &[u8]) -> Reply {
    Reply {
        status,
        fields: Fields::from_pairs([("Content-Type", kind)]),
        body: Payload::Whole(Chunks::from(Bytes::copy_from_slice(body))),
        trailers: Fields::new(),
    }
}

fn json(body: &str) -> Reply {
    reply(200, "application/json", body.as_bytes())
}

fn ignoring(pointers: &[&str]) -> Rules {
    let rule = |pointer: &&str| Rule::at(PointerPattern::parse(pointer).unwrap(), Forgive::Ignore);
    let headers = DEFAULT_HEADERS.iter().map(|name| (*name).to_owned()).collect();
    Rules::new(pointers.iter().map(rule).collect(), headers)
}

fn sown(old: &Reply, new: &Reply, rules: &Rules, thrown: u64) -> Sowing {
    let limits = Limits::default();
    sow(old, new, &Terms { rules, limits: &limits, asked: Asked::default(), now_millis: 0 }, thrown)
}

#[test]
fn a_planted_difference_is_found_in_every_kind_of_body() {
    let strict = ignoring(&[]);
    for (kind, body) in [
        ("application/json", &b"{\"a\":[1,\"b\",null,true,{},[]],\"n\":-0.0e5}"[..]),
        ("application/json", b"0"),
        ("application/json", b"[ ]"),
        ("application/json", b"[1 , 2]"),
        ("application/x-ndjson", b"{\"a\":1}\n{\"a\":2}\n"),
        ("application/msgpack", b"\x82\xa1a\x01\xa1b\xa2cd"),
        ("text/plain", b"hello world"),
        ("text/plain", b"--"),
        ("application/xml", b"<a b=\"c\"><!-- no --><d>text</d></a>"),
        ("text/html", b"<!doctype html><p>One <b>two</b></p>"),
        ("application/x-www-form-urlencoded", b"a=1&b=2"),
        ("image/png", b"\x89PNG\0\x01"),
        ("application/json", b""),
    ] {
        let reply = reply(200, kind, body);
        for thrown in 0..50 {
            assert_eq!(
                sown(&reply, &reply, &strict, thrown),
                Sowing::Found,
                "{kind} {}",
                body.escape_ascii()
            );
        }
    }
}

#[test]
fn a_place_that_rules_forgive_is_no_miss_while_another_is_left() {
    let body = r#"{"ids":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20],"total":7}"#;
    let body = json(body);
    for thrown in 0..50 {
        assert_eq!(sown(&body, &body, &ignoring(&["/ids"]), thrown), Sowing::Found);
    }
    for rules in [ignoring(&[""]), ignoring(&["/**"])] {
        let Sowing::Missed(why) = sown(&body, &body, &rules, 1) else { panic!("not missed") };
        assert!(why.contains("nothing to be compared"), "{why}");
    }
}

#[test]
fn what_does_not_agree_or_cannot_be_changed_is_left_alone() {
    let strict = ignoring(&[]);
    assert_eq!(sown(&json("1"), &json("2"), &strict, 1), Sowing::Nothing);
    let broken = reply(200, "application/json", b"\x1f\x8b no gzip");
    let broken = Reply { fields: Fields::from_pairs([("content-encoding", "gzip")]), ..broken };
    let spelled = Reply { body: "other".into(), ..broken.clone() };
    assert_eq!(sown(&broken, &spelled, &strict, 1), Sowing::Nothing);
}

#[test]
fn a_body_without_places_has_a_difference_planted_all_the_same() {
    let strict = ignoring(&[]);
    let hashed = Reply { body: Payload::Hashed { length: 9, hash: 9 }, ..json("") };
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let large = format!("[\"{}\"]", "a".repeat(2 << 20));
    for body in [hashed, json(r#"{"a":1,"a":1}"#), json(&deep), json(&large)] {
        assert_eq!(sown(&body, &body, &strict, 7), Sowing::Found, "{:.60}", format!("{body:?}"));
    }
}

#[test]
fn a_pair_that_rules_forgive_shows_what_they_do_not() {
    let (old, new) = (json(r#"{"id":1,"total":7}"#), json(r#"{"id":2,"total":7}"#));
    for thrown in 0..50 {
        assert_eq!(sown(&old, &new, &ignoring(&["/id"]), thrown), Sowing::Found);
    }
}

#[test]
fn a_coded_body_is_changed_before_it_is_coded() {
    let gzip = |level| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        std::io::Write::write_all(&mut encoder, br#"{"name":"Ada","total":12.50}"#).unwrap();
        let fields = Fields::from_pairs([("content-type", "application/json"), ("Content-Encoding", "gzip")]);
        Reply { fields, ..reply(200, "", &encoder.finish().unwrap()) }
    };
    for thrown in 0..20 {
        assert_eq!(sown(&gzip(1), &gzip(9), &ignoring(&[]), thrown), Sowing::Found);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop_oneof![Just("2024-01-01T00:00:00Z"), Just("1.0"), Just("x"), Just("")].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-c]{0,2}x{0,2}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_planted_difference_is_always_found_where_nothing_is_forgiven(
        value in values(),
        thrown in any::<u64>(),
        pretty in any::<bool>(),
    ) {
        let new = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let old = json(&serde_json::to_string(&value).unwrap());
        prop_assert_eq!(sown(&old, &json(&new), &ignoring(&[]), thrown), Sowing::Found);
    }

    #[test]
    fn each_single_change_is_one(value in values(), place in any::<u64>(), how in any::<u64>()) {
        let old = json(&serde_json::to_string(&value).unwrap());
        let content = content::content(&old, None, MOST).unwrap();
        let planted = plant(&old, Some(&content), place, how).unwrap();
        let whole = whole(&planted.reply).unwrap();
        prop_assert!(serde_json::from_slice::<Value>(&whole).is_ok(), "{}", whole.escape_ascii());
        let limits = Limits::default();
        let rules = ignoring(&[]);
        let terms = Terms { rules: &rules, limits: &limits, asked: Asked::default(), now_millis: 0 };
        let judgement = compare::compare(&old, &planted.reply, &terms, &mut Bindings::default());
        prop_assert_eq!(judgement.outcome, Outcome::Differs);
    }
}
