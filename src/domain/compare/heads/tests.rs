//! Heads of replies judged, and that the cheap look at a pair never says more than the full one.

use bytes::Bytes;
use proptest::prelude::*;

use super::{
    super::{
        super::{
            outcome::Outcome,
            payload::{Chunks, Payload},
        },
        Asked, Judgement,
        bindings::Bindings,
        compare as judge_all,
        rules::DEFAULT_HEADERS,
        same_bytes,
    },
    *,
};

type Pairs<'a> = [(&'a str, &'a str)];

fn reply(status: u16, headers: &Pairs<'_>, body: &str) -> Reply {
    let body = Payload::Whole(Chunks::from(Bytes::copy_from_slice(body.as_bytes())));
    Reply { status, fields: Fields::from_pairs(headers.iter().copied()), body, trailers: Fields::new() }
}

fn rules(cookies: &[&str]) -> Rules {
    let headers = DEFAULT_HEADERS.iter().map(|name| (*name).to_owned());
    let mut rules = Rules::new(Vec::new(), headers.collect());
    rules.cookies.extend(cookies.iter().map(|name| (*name).to_owned()));
    rules
}

fn under(old: &Reply, new: &Reply, rules: &Rules) -> Judgement {
    let asked = Asked { method: b"GET", target: b"/" };
    let terms = Terms { rules, limits: &Limits::default(), asked, now_millis: 0 };
    judge_all(old, new, &terms, &mut Bindings::default())
}

#[track_caller]
fn comes_to(old: &Pairs<'_>, new: &Pairs<'_>, outcome: Outcome) -> Judgement {
    let (old, new) = (reply(200, old, "x"), reply(200, new, "x"));
    let judgement = under(&old, &new, &rules(&[]));
    assert_eq!(judgement.outcome, outcome, "{judgement:?}");
    judgement
}

#[test]
fn of_an_etag_only_that_it_is_there_is_compared() {
    assert_eq!(comes_to(&[("etag", "1")], &[("ETag", "2")], Outcome::Exact).notes, [""; 0]);
    assert!(
        same_bytes(
            &reply(200, &[("etag", "1")], "x"),
            &reply(200, &[("a", "b"), ("etag", "2")], "x"),
            &rules(&[])
        )
        .is_some()
    );
    let judgement = comes_to(&[("etag", "1")], &[], Outcome::Differs);
    assert_eq!(judgement.differences[0].place.to_string(), "header etag");
    comes_to(&[], &[("etag", "1")], Outcome::Differs);
}

#[test]
fn an_order_that_means_nothing_is_another_spelling_and_noted() {
    for (name, old, new) in [
        ("vary", "accept, origin", "Origin,Accept"),
        ("cache-control", "private, max-age=5", "Max-Age=5,private"),
        ("link", "<a>; rel=next, <b>; rel=last", "<b>;rel=last,<a>;rel=\"next\""),
        ("access-control-allow-methods", "GET,HEAD", "HEAD, GET"),
    ] {
        let judgement = comes_to(&[(name, old)], &[(name, new)], Outcome::Equal);
        assert_eq!(judgement.notes, [format!("{name} only spelled differently: {old} → {new}")]);
    }
    comes_to(&[("cache-control", "max-age=5")], &[("cache-control", "max-age=50")], Outcome::Differs);
    comes_to(&[("access-control-max-age", "5")], &[("access-control-max-age", "6")], Outcome::Differs);
}

#[test]
fn cookies_are_compared_by_default_and_their_values_where_they_are_named() {
    let date = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");
    let with = |cookie| [date, ("set-cookie", cookie)];
    comes_to(&with("a=1; Path=/"), &with("a=2; Path=/"), Outcome::Exact);
    comes_to(&with("a=1; Path=/"), &with("a=2; path=/"), Outcome::Exact);
    comes_to(
        &with("a=1; Max-Age=86400"),
        &with("a=1; Expires=Wed, 15 Nov 2023 22:13:20 GMT"),
        Outcome::Exact,
    );
    let judgement = comes_to(&with("a=1; Secure"), &with("a=1"), Outcome::Differs);
    assert_eq!(judgement.differences[0].place.to_string(), "cookie a");
    let (old, new) = (reply(200, &with("a=1"), "x"), reply(200, &with("a=2"), "x"));
    assert_eq!(under(&old, &new, &rules(&["a"])).outcome, Outcome::Differs);
    assert_eq!(same_bytes(&old, &new, &rules(&["a"])), None);
    assert_eq!(same_bytes(&old, &new, &rules(&[])), Some(Outcome::Exact));
    let without = Rules::new(Vec::new(), vec!["vary".to_owned()]);
    let judgement = under(&reply(200, &with("a=1; Secure"), "x"), &reply(200, &with("a=1"), "x"), &without);
    assert_eq!(judgement.outcome, Outcome::Exact);
}

#[test]
fn a_listed_field_is_compared_in_the_trailers_too() {
    let with = |name: &str, value: &str| Reply {
        trailers: Fields::from_pairs([(name, value)]),
        ..reply(200, &[], "x")
    };
    let told = |old: &Reply, new: &Reply| under(old, new, &rules(&[]));
    let judgement = told(&with("cache-control", "a"), &with("cache-control", "b"));
    assert_eq!(judgement.differences[0].place.to_string(), "trailer cache-control");
    let judgement = told(&with("grpc-message", "a"), &with("grpc-message", "b"));
    assert_eq!(judgement.differences[0].place.to_string(), "trailer grpc-message");
    let other = Reply { fields: Fields::from_pairs([("vary", "a")]), ..with("x-a", "b") };
    assert_eq!(told(&with("x-a", "a"), &other).uncompared, ["x-a"]);
}

#[test]
fn a_redirect_to_the_same_place_says_something_without_a_body() {
    let to = |status, place| reply(status, &[("location", place)], "");
    let outcome = |old: &Reply, new: &Reply| {
        let judged = under(old, new, &rules(&[])).outcome;
        if let Some(cheap) = same_bytes(old, new, &rules(&[])) {
            assert_eq!(cheap, judged);
        }
        judged
    };
    for status in [301, 302, 307, 308, 201] {
        assert_eq!(outcome(&to(status, "/a"), &to(status, "/a")), Outcome::Exact);
        assert_eq!(outcome(&to(status, "/a"), &to(status, "/b")), Outcome::Differs);
    }
    assert_eq!(outcome(&to(404, "/a"), &to(404, "/a")), Outcome::ExactVacuous);
    assert_eq!(outcome(&reply(302, &[], ""), &reply(302, &[], "")), Outcome::ExactVacuous);
}

fn heads() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let header = prop::sample::select(vec![
        ("content-type", "application/json"),
        ("Content-Type", "application/JSON"),
        ("vary", "a, b"),
        ("Vary", "b,A"),
        ("etag", "1"),
        ("ETag", "2"),
        ("cache-control", "private,max-age=1"),
        ("cache-control", "max-age=1, private"),
        ("location", "/a"),
        ("location", "/b"),
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "a=2; Path=/"),
        ("set-cookie", "b=2"),
        ("set-cookie", "b=3; Max-Age=9"),
        ("set-cookie", "c"),
        ("content-encoding", "gzip"),
        ("content-encoding", "identity"),
        ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("x-other", "1"),
        ("x-other", "2"),
    ]);
    prop::collection::vec(header, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_cheap_look_never_says_more_than_the_full_one(
        (old, new) in (heads(), heads(), any::<bool>()).prop_map(|(old, new, same)| {
            let new = if same { old.iter().map(|(name, _)| *name).zip(new.iter().map(|(_, value)| *value)).collect() } else { new };
            (old, new)
        }),
        statuses in prop::sample::select(vec![(200, 200), (302, 302), (404, 404), (304, 304), (200, 201)]),
        bodies in prop::sample::select(vec![("x", "x"), ("", ""), ("{}", "{}"), ("[1]", "[ 1]")]),
        trailers in (0..3usize, 0..3usize),
    ) {
        let all: [&[(&str, &str)]; 3] = [&[], &[("grpc-status", "0")], &[("grpc-status", "5")]];
        let side = |status, headers: &Pairs<'_>, body, trailers: usize| Reply {
            trailers: Fields::from_pairs(all[trailers].iter().copied()),
            ..reply(status, headers, body)
        };
        let (old, new) = (
            side(statuses.0, &old, bodies.0, trailers.0),
            side(statuses.1, &new, bodies.1, trailers.1),
        );
        for rules in [rules(&[]), rules(&["a"])] {
            if let Some(cheap) = same_bytes(&old, &new, &rules) {
                prop_assert_eq!(cheap, under(&old, &new, &rules).outcome);
            }
        }
    }
}
