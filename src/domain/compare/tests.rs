//! Whole replies judged: what a person would say of them.

mod formats;

use std::io::Write;

use bytes::Bytes;

use super::{
    super::{fields::Fields, outcome::Verdict, payload::Chunks},
    rules::{DEFAULT_HEADERS, Forgive, PointerPattern, Rule},
    signature::Signature,
    *,
};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");

fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = Payload::Whole(Chunks::from(Bytes::copy_from_slice(body.as_ref())));
    Reply { status, fields: Fields::from_pairs(headers.iter().copied()), body, trailers: Fields::new() }
}

fn json(body: &str) -> Reply {
    reply(200, &[JSON], body)
}

fn hashed(headers: &[(&str, &str)], length: u64, hash: u128) -> Reply {
    Reply { body: Payload::Hashed { length, hash }, ..reply(200, headers, "") }
}

fn gzip(text: impl AsRef<[u8]>, level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn rules() -> Rules {
    let id = Rule::at(PointerPattern::parse("/id").unwrap(), Forgive::Ignore);
    Rules::new(vec![id], DEFAULT_HEADERS.iter().map(|name| (*name).to_owned()).collect())
}

fn under(old: &Reply, new: &Reply, limits: &Limits) -> Judgement {
    let terms = Terms { rules: &rules(), limits, asked: Asked::default(), now_millis: 0 };
    compare(old, new, &terms, &mut Bindings::default())
}

fn judge(old: &Reply, new: &Reply) -> Judgement {
    let judgement = under(old, new, &Limits { decoded: 100_000, ..Limits::default() });
    let told = !judgement.differences.is_empty();
    assert_eq!(judgement.outcome.verdict() == Verdict::Mismatch, told, "{judgement:?}");
    if let Some(outcome) = same_bytes(old, new, &rules()) {
        assert_eq!(outcome, judgement.outcome);
    }
    judgement
}

#[track_caller]
fn comes_to(old: &Reply, new: &Reply, outcome: Outcome) {
    let judgement = judge(old, new);
    assert_eq!(judgement.outcome, outcome, "{judgement:?}");
}

fn places(judgement: &Judgement) -> Vec<String> {
    judgement.differences.iter().map(|d| format!("{} {}", d.place, d.kind.name())).collect()
}

#[test]
fn the_same_bytes_are_exact_wherever_they_were_cut() {
    comes_to(&json("[1]"), &json("[1]"), Outcome::Exact);
    let mut chunks = Chunks::default();
    chunks.push(Bytes::from_static(b"["));
    chunks.push(Bytes::from_static(b"1]"));
    comes_to(&json("[1]"), &Reply { body: Payload::Whole(chunks), ..json("") }, Outcome::Exact);
    let broken = json("{not json");
    comes_to(&broken, &broken, Outcome::Exact);
}

#[test]
fn the_same_content_is_equal_and_what_rules_forgive_is_forgiven() {
    comes_to(&json(r#"{"a":1,"b":2}"#), &json(r#"{"b":2.0,"a":1}"#), Outcome::Equal);
    comes_to(&json(r#"{"a":1,"id":2}"#), &json(r#"{"id":7,"a":1.0}"#), Outcome::Forgiven);
    comes_to(&json(r#"{"a":1}"#), &json(r#"{"a":2}"#), Outcome::Differs);
    assert_eq!(judge(&json(r#"{"a":1,"id":2}"#), &json(r#"{"id":7,"a":1}"#)).forgiven, [(0, 1)]);
}

#[test]
fn agreement_on_nothing_is_vacuous() {
    for body in ["", "{}", "[]", "null", " [] "] {
        comes_to(&json(body), &json(body), Outcome::ExactVacuous);
    }
    comes_to(&json("{}"), &json("{ }"), Outcome::EqualVacuous);
    for status in [304, 404, 410, 500] {
        let gone = reply(status, &[JSON], r#"{"why":"gone"}"#);
        comes_to(&gone, &gone, Outcome::ExactVacuous);
        let other = reply(status, &[JSON], r#"{"id":1,"why":"gone"}"#);
        comes_to(&gone, &other, Outcome::EqualVacuous);
        comes_to(&gone, &reply(status, &[JSON], r#"{"why":"other"}"#), Outcome::Differs);
    }
    let empty = reply(200, &[JSON, GZIP], gzip("[]", 6));
    assert_eq!(same_bytes(&empty, &empty, &rules()), None);
    comes_to(&empty, &empty, Outcome::ExactVacuous);
    comes_to(&json("{\"items\":[]}"), &json("{\"items\":[]}"), Outcome::Exact);
}

#[test]
fn different_statuses_are_a_mismatch_and_their_bodies_no_noise() {
    let judgement = judge(&json(r#"{"a":1}"#), &reply(503, &[("content-type", "text/html")], "<p>"));
    assert_eq!(places(&judgement), ["status changed"]);
    let judgement = judge(&json(r#"{"a":1}"#), &reply(201, &[JSON], r#"{"a":2}"#));
    assert_eq!(places(&judgement), ["status changed", "/a number"]);
    let moved = |status, to| reply(status, &[("location", to)], "");
    assert_eq!(
        places(&judge(&moved(301, "/a"), &moved(302, "/b"))),
        ["status changed", "header location changed"]
    );
}

#[test]
fn a_validator_that_only_one_side_knows_is_no_difference() {
    let (whole, current) = (json("[1]"), reply(304, &[], ""));
    comes_to(&current, &whole, Outcome::Conditional);
    comes_to(&whole, &current, Outcome::Conditional);
    comes_to(&current, &hashed(&[], 9, 1), Outcome::Conditional);
    for status in [301, 404, 500] {
        comes_to(&current, &reply(status, &[], ""), Outcome::Differs);
        comes_to(&reply(status, &[], ""), &current, Outcome::Differs);
    }
}

#[test]
fn listed_headers_are_compared_and_no_others() {
    let with = |headers: &[(&str, &str)]| reply(200, headers, "x");
    comes_to(&with(&[("Date", "1"), ("x-a", "a")]), &with(&[("Date", "2")]), Outcome::Exact);
    comes_to(&with(&[("content-type", "a/b;x=1")]), &with(&[("Content-Type", "A/B; x=1")]), Outcome::Equal);
    let judgement = judge(
        &with(&[("vary", "a"), ("vary", "b"), ("location", "/x")]),
        &with(&[("Vary", "b"), ("link", "y")]),
    );
    assert_eq!(places(&judgement), ["header location removed", "header vary changed", "header link added"]);
    let with = |status| Reply {
        trailers: Fields::from_pairs([("grpc-status", status), ("x", status)]),
        ..reply(200, &[], "x")
    };
    assert_eq!(places(&judge(&with("0"), &with("5"))), ["trailer grpc-status changed"]);
    comes_to(&with("5"), &with("5"), Outcome::ExactVacuous);
}

#[test]
fn what_lets_a_page_read_a_reply_is_compared_unless_told_otherwise() {
    let open = reply(200, &[("access-control-allow-origin", "*")], "x");
    let own = reply(
        200,
        &[("Access-Control-Allow-Origin", "http://a"), ("Access-Control-Allow-Credentials", "true")],
        "x",
    );
    assert_eq!(
        places(&judge(&own, &open)),
        ["header access-control-allow-origin changed", "header access-control-allow-credentials removed"]
    );
}

#[test]
fn utf_8_beside_json_is_another_spelling_and_noted() {
    let typed = |value, body: &str| reply(200, &[("content-type", value)], body);
    let (old, new) = (typed("application/json; charset=UTF-8", "[1]"), typed("application/json", "[1]"));
    let judgement = judge(&old, &new);
    assert_eq!(judgement.outcome, Outcome::Equal);
    assert_eq!(
        judgement.notes,
        ["content-type only spelled differently: application/json; charset=UTF-8 → application/json"]
    );
    comes_to(&typed("text/html; charset=utf-8", "a"), &typed("text/html", "a"), Outcome::Differs);
}

#[test]
fn the_blanks_of_a_list_are_another_spelling() {
    let with = |headers: &[(&str, &str)]| reply(200, headers, "x");
    let methods = |value| with(&[("access-control-allow-methods", value)]);
    comes_to(&methods("GET,HEAD"), &methods("GET, HEAD"), Outcome::Equal);
    comes_to(&methods("GET,HEAD"), &methods("GET"), Outcome::Differs);
    comes_to(&methods(""), &with(&[]), Outcome::Differs);
    comes_to(&with(&[("vary", "a"), ("vary", "b")]), &with(&[("Vary", "a, b")]), Outcome::Equal);
    comes_to(&with(&[("retry-after", "a,b")]), &with(&[("retry-after", "a, b")]), Outcome::Differs);
}

#[test]
fn headers_that_differ_and_are_not_compared_are_named() {
    let old = [JSON, ("Date", "1"), ("X-Total-Count", "40"), ("x-request-id", "a"), ("x-same", "1")];
    let new = [JSON, ("Date", "2"), ("x-same", "1"), ("X-Rate", "b"), ("x-rate", "c")];
    let judgement = judge(&reply(200, &old, "[1]"), &reply(200, &new, "[ 1 ]"));
    assert_eq!(judgement.outcome, Outcome::Equal);
    assert_eq!(judgement.uncompared, ["x-total-count", "x-rate"]);
    let error = reply(500, &new, "");
    assert!(judge(&reply(200, &old, "[1]"), &error).uncompared.is_empty());
    let many: Vec<_> = (0..100).map(|n| (format!("{}{n}", "x".repeat(n)), "1")).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let named = judge(&json("[1]"), &reply(200, &many, "[1]")).uncompared;
    assert!(named.len() == 32 && named.iter().all(|name| name.chars().count() <= 65), "{named:?}");
}

#[test]
fn another_coding_of_the_same_content_is_equal_and_noted() {
    let body = r#"{"a":[1,2,3]}"#;
    let coded = |level| reply(200, &[JSON, GZIP], gzip(body, level));
    comes_to(&coded(0), &coded(9), Outcome::Equal);
    let judgement = judge(&json(body), &coded(6));
    assert_eq!(judgement.outcome, Outcome::Equal);
    assert_eq!(judgement.notes, ["content coding: old none, new gzip"]);
    assert_eq!(places(&judge(&coded(6), &json(r#"{"a":[1,2,4]}"#))), ["/a/2 number"]);
    // The same bytes under two names are two contents.
    assert_ne!(judge(&coded(6), &reply(200, &[JSON], gzip(body, 6))).outcome.verdict(), Verdict::Match);
}

#[test]
fn an_unreadable_body_is_charged_to_the_side_that_sent_it() {
    let (good, bad) = (json("[1]"), json("[1,]"));
    comes_to(&good, &bad, Outcome::Differs);
    comes_to(&bad, &good, Outcome::Undecodable);
    comes_to(&bad, &json("[2,]"), Outcome::Undecodable);
    let (good, bad) = (reply(200, &[JSON, GZIP], gzip("[1]", 6)), reply(200, &[JSON, GZIP], "[1]"));
    comes_to(&good, &bad, Outcome::Differs);
    comes_to(&bad, &good, Outcome::Undecodable);
    let sdch = |body: &str| reply(200, &[JSON, ("content-encoding", "sdch")], body);
    comes_to(&sdch("a"), &sdch("a"), Outcome::Exact);
    comes_to(&sdch("a"), &sdch("b"), Outcome::Differs);
    comes_to(&sdch("b"), &json("[1]"), Outcome::Undecodable);
    comes_to(&sdch("b"), &bad, Outcome::Undecodable);
    for old in [json("[1]"), good, hashed(&[JSON], 9, 1)] {
        let judgement = judge(&old, &sdch("b"));
        assert_eq!((places(&judgement), judgement.outcome), (vec!["body bytes".into()], Outcome::Differs));
        assert_eq!(judgement.differences[0].new.as_deref(), Some("unknown content coding: sdch"));
    }
}

#[test]
fn an_empty_body_against_a_full_one_is_a_mismatch() {
    assert_eq!(places(&judge(&json(""), &json("[1]"))), ["body added"]);
    assert_eq!(places(&judge(&json("[1]"), &json(""))), ["body removed"]);
}

#[test]
fn bytes_are_shown_around_the_first_that_differs() {
    let text = |body: &str| reply(200, &[("content-type", "a/b")], body);
    let judgement = judge(&text("the quick brown\nfox"), &text("the quick brown\nbox"));
    assert_eq!(places(&judgement), ["body bytes"]);
    let hash = xxhash_rust::xxh3::xxh3_128(b"the quick brown\nbox");
    assert_eq!(
        judgement.differences[0].new,
        Some(format!(r"19 bytes, xxh3 {hash:032x}, at byte 16: the quick brown\nbox"))
    );
    let judgement = judge(&text("see the quick brown fox"), &text("see the quick brown box"));
    let told = judgement.differences[0].new.clone().unwrap();
    assert!(told.ends_with(", at byte 20: …the quick brown box"), "{told}");
    let told = judge(&text("the quick"), &text("the quick brown")).differences[0].old.clone().unwrap();
    assert!(told.starts_with("9 bytes, ") && told.ends_with(", at byte 9 (its end): the quick"), "{told}");
    let judgement = judge(&json("[1, 2]"), &json("[1, 2"));
    let told = judgement.differences[0].new.clone().unwrap();
    assert!(told.starts_with("no JSON: expected ") && told.ends_with(" at byte 5: [1, 2"), "{told}");
    let judgement = judge(&json("[\n  {\n    \"a\": \"b c\"\n  }, 1\n]"), &json("[1]"));
    assert_eq!(judgement.differences[0].old.as_deref(), Some(r#"{"a":"b c"}"#));
}

#[test]
fn other_types_are_compared_as_json_where_both_can_be_read() {
    let text = |body: &str| reply(200, &[("content-type", "text/plain")], body);
    assert_eq!(places(&judge(&json("[1]"), &text("[ 1 ]"))), ["header content-type changed"]);
    assert_eq!(places(&judge(&json("[1]"), &text("<p>"))), ["body bytes", "header content-type changed"]);
    comes_to(&text("[1]"), &text("[ 1 ]"), Outcome::Differs);
    let lines = |body: &str| reply(200, &[("content-type", "application/x-ndjson")], body);
    comes_to(&lines("{\"a\":1,\"b\":2}\n[1]"), &lines("{\"b\":2,\"a\":1}\n[1.0]\n"), Outcome::Equal);
    assert_eq!(places(&judge(&lines("1\n2\n"), &lines("1\n3\n"))), ["/1 number"]);
}

#[test]
fn what_is_too_large_is_known_by_its_hash() {
    comes_to(&hashed(&[], 9, 1), &hashed(&[], 9, 1), Outcome::Exact);
    comes_to(&hashed(&[], 9, 1), &hashed(&[], 9, 2), Outcome::TooLargeUndiffed);
    comes_to(&hashed(&[], 9, 1), &json("x"), Outcome::Differs);
    comes_to(&hashed(&[], 9, 1), &reply(200, &[], "x"), Outcome::TooLargeUndiffed);
    comes_to(&reply(200, &[], "x"), &hashed(&[], 9, 1), Outcome::TooLargeUndiffed);
    comes_to(&hashed(&[GZIP], 9, 1), &hashed(&[], 9, 1), Outcome::TooLargeEncoded);
    comes_to(&hashed(&[GZIP], 9, 1), &hashed(&[GZIP], 8, 1), Outcome::TooLargeEncoded);
    let hash = xxhash_rust::xxh3::xxh3_128(b"whole");
    comes_to(&reply(200, &[], "whole"), &hashed(&[], 5, hash), Outcome::Exact);
}

#[test]
fn bombs_and_depth_are_incomparable_and_never_a_match() {
    let bomb = |byte: u8| reply(200, &[JSON, GZIP], gzip(vec![byte; 1 << 20], 6));
    comes_to(&bomb(0), &bomb(1), Outcome::TooLargeEncoded);
    comes_to(&bomb(0), &bomb(0), Outcome::Exact);
    comes_to(&json("[1]"), &bomb(0), Outcome::TooLargeEncoded);
    let large = |byte: &str| reply(200, &[JSON], format!("\"{}\"", byte.repeat(200_000)));
    comes_to(&large("a"), &large("b"), Outcome::TooLargeUndiffed);
    let deep = |leaf: &str| json(&format!("{}{leaf}{}", "[".repeat(20_000), "]".repeat(20_000)));
    comes_to(&deep("1"), &deep("2"), Outcome::TooDeep);
    comes_to(&deep("1"), &json("[1]"), Outcome::TooDeep);
    let wide = |last: &str| json(&format!("[{}{last}]", "0,".repeat(1 << 20)));
    let limits = Limits::default();
    assert_eq!(under(&wide("1"), &wide("2"), &limits).outcome, Outcome::TooCostly);
    comes_to(&json(&"[".repeat(90_000)), &json(&"[".repeat(90_001)), Outcome::TooDeep);
}

#[test]
fn a_known_difference_is_not_hidden_by_what_cannot_be_told() {
    let bomb = |kind| reply(200, &[("content-type", kind), GZIP], gzip(kind.repeat(100_000), 6));
    let judgement = judge(&bomb("a/b"), &bomb("a/c"));
    assert_eq!(judgement.outcome, Outcome::Differs);
    assert_eq!(judgement.notes.len(), 1);
}

#[test]
fn repeated_keys_are_a_difference_unless_both_repeat_them() {
    assert_eq!(places(&judge(&json(r#"{"a":1,"a":2}"#), &json(r#"{"a":2}"#))), ["/a repeated_key"]);
    let judgement = judge(&json(r#"{"a":1,"a":2}"#), &json(r#"{"a":1, "a":2}"#));
    assert_eq!((judgement.outcome, judgement.notes.len()), (Outcome::Equal, 1));
}

#[test]
fn headers_never_hide_a_body_and_a_body_no_header() {
    let with = |value: &str, body: &str| Reply {
        trailers: Fields::from_pairs([("grpc-status", value)]),
        ..reply(200, &[JSON, ("vary", value), ("link", value)], body)
    };
    let (old, new) = (with("0", "[1,2,3]"), with("1", "[2,3,4]"));
    let told = |differences| {
        let judgement = under(&old, &new, &Limits { differences, ..Limits::default() });
        (places(&judgement).join(", "), judgement.more)
    };
    let heads = "header vary changed, header link changed, trailer grpc-status changed";
    assert_eq!(told(9), (format!("/0 removed, /2 added, {heads}"), 0));
    assert_eq!(told(4), (format!("/0 removed, {heads}"), 1));
    assert_eq!(told(2), ("/0 removed, header vary changed".into(), 3));
}

#[test]
fn differences_are_kept_up_to_the_limit_and_counted_beyond() {
    let list = |by: usize| json(&format!("{:?}", (0..50).map(|n| n * 2 + by).collect::<Vec<_>>()));
    let limits = Limits { differences: 3, ..Limits::default() };
    let judgement = under(&list(0), &list(1), &limits);
    assert_eq!((judgement.differences.len(), judgement.more), (3, 47));
    assert_eq!(Signature::of(200, 200, &judgement.differences).text(), "200/200 /* number");
    let judgement = under(&list(0), &list(1), &Limits { differences: 0, ..limits });
    assert_eq!(judgement.outcome, Outcome::Differs);
}

#[test]
fn binary_formats_are_compared_by_what_they_say() {
    let typed = |kind: &str, body: &'static [u8]| reply(200, &[("content-type", kind)], body);
    for kind in ["application/msgpack", "application/x-msgpack"] {
        // {"a": 1, "b": [2]} with a wider number and the keys turned round; then another number.
        let old = typed(kind, b"\x82\xA1a\x01\xA1b\x91\x02");
        comes_to(&old, &typed(kind, b"\x82\xA1b\xDC\x00\x01\xCC\x02\xA1a\x01"), Outcome::Equal);
        assert_eq!(places(&judge(&old, &typed(kind, b"\x82\xA1a\x01\xA1b\x91\x03"))), ["/b/0 number"]);
        comes_to(&old, &typed(kind, b"\x82\xA1a\x01\xA1b\x91"), Outcome::Differs);
        comes_to(&typed(kind, b"\x82"), &old, Outcome::Undecodable);
    }
    let old = typed("application/cbor", b"\xA1\x61a\x1A\x00\x00\x00\x01");
    comes_to(&old, &typed("application/cbor", b"\xBF\x61a\xC2\x41\x01\xFF"), Outcome::Equal);
    let text = typed("application/json", br#"{"a":1.0}"#);
    assert_eq!(places(&judge(&old, &text)), ["header content-type changed"]);
    let frames = typed("application/grpc", b"\0\0\0\0\x04\x08\x01\x10\x02");
    comes_to(&frames, &typed("application/grpc", b"\0\0\0\0\x04\x10\x02\x08\x01"), Outcome::Equal);
    let other = typed("application/grpc", b"\0\0\0\0\x04\x08\x01\x10\x03");
    assert_eq!(places(&judge(&frames, &other)), ["/0/2/0 number"]);
}

#[test]
fn only_a_pair_that_agrees_as_a_whole_teaches_what_identifiers_stand_for() {
    let by = Rule::at(PointerPattern::parse("/by").unwrap(), Forgive::Bind("user".to_owned()));
    let (rules, limits) = (Rules::new(vec![by], vec!["vary".to_owned()]), Limits::default());
    let terms = Terms::of(&rules, &limits);
    let mut bindings = Bindings::default();
    let mut judge = |old: &Reply, new: &Reply| compare(old, new, &terms, &mut bindings).outcome;
    let varying = reply(200, &[JSON, ("Vary", "*")], r#"{"by":7}"#);
    assert_eq!(judge(&json(r#"{"by":1}"#), &varying), Outcome::Differs);
    assert_eq!(judge(&json(r#"{"by":1,"x":1}"#), &json(r#"{"by":7}"#)), Outcome::Differs);
    assert_eq!(judge(&json(r#"{"by":1}"#), &json(r#"{"by":8}"#)), Outcome::Forgiven);
    assert_eq!(judge(&json(r#"{"by":1}"#), &json(r#"{"by":7}"#)), Outcome::Differs);
    assert_eq!(judge(&json(r#"{"by":1}"#), &json(r#"{"by":8}"#)), Outcome::Forgiven);
}
