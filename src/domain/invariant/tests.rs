//! Expressions over two replies: what they see, what they come to, and which are refused.

use super::{
    super::{
        compare::{Asked, rules::Rules},
        fields::Fields,
        observation::Reply,
        payload::{Chunks, Payload},
    },
    *,
};

fn reply(status: u16, kind: &str, body: &str) -> Reply {
    Reply {
        status,
        fields: Fields::from_pairs([("Content-Type", kind), ("X-A", "1"), ("x-a", "2")]),
        body: Payload::Whole(Chunks::from(bytes::Bytes::copy_from_slice(body.as_bytes()))),
        trailers: Fields::new(),
    }
}

fn json(body: &str) -> Reply {
    reply(200, "application/json", body)
}

fn judged(expression: &str, old: &Reply, new: &Reply) -> Finding {
    let asked = Asked { method: b"GET", target: b"/users/1?full=yes" };
    let invariant = Invariant::parse("it", expression).unwrap_or_else(|why| panic!("{expression}: {why}"));
    invariant.judge(&Pair::new(old, new, asked, &Rules::default()))
}

/// Of two replies with these bodies.
fn of(expression: &str, old: &str, new: &str) -> Finding {
    judged(expression, &json(old), &json(new))
}

const BROKEN: Finding = Finding::Broken;
const HOLDS: Finding = Finding::Holds;

#[test]
fn an_invariant_sees_both_replies_and_what_was_asked() {
    let (old, new) = (r#"{"items":[1,2],"total":3}"#, r#"{"items":[1,2,3],"total":-1,"note":null}"#);
    for (expression, finding) in [
        ("new.body.total >= 0", BROKEN),
        ("old.body.total >= 0", HOLDS),
        ("size(new.body.items) == size(old.body.items)", BROKEN),
        ("new.body.items.all(i, i > 0)", HOLDS),
        ("new.body.items.exists(i, !(i in old.body.items))", HOLDS),
        ("has(new.body.note) && !has(old.body.note)", HOLDS),
        ("new.body.note == null", HOLDS),
        ("old.status == 200 && new.status == old.status", HOLDS),
        ("new.headers['x-a'] == '1, 2'", HOLDS),
        ("request.method == 'GET' && request.path == '/users/1' && request.query == 'full=yes'", HOLDS),
        ("new.body.items.map(i, i * 2) == [2, 4, 6]", HOLDS),
        ("[1, 2] == old.body.items && [] != new.body.items", HOLDS),
        ("new.body.items.filter(i, i > 1).size() == 2", HOLDS),
        ("string(new.body.total).matches('^-[0-9]+$')", HOLDS),
    ] {
        assert_eq!(of(expression, old, new), finding, "{expression}");
    }
}

#[test]
fn what_cannot_be_judged_says_why_and_does_not_hold() {
    for (expression, body, why) in [
        ("new.body.missing > 0", r#"{"a":1}"#, "No such key: missing"),
        ("new.body.a > 'x'", r#"{"a":1}"#, "no matching overload"),
        ("new.body.a + 1.5 > 0.0", r#"{"a":1}"#, "add"),
        ("new.body.a", r#"{"a":1}"#, "neither true nor false but a int"),
        ("new.body.a > 0", r#"{"a":1"#, "old: the body is no JSON: expected"),
        ("!has(new.body) || new.body.a > 0", r#"{"a":"#, "old: the body is no JSON: expected"),
        ("old.body == new.body", r#"{"a":1,"a":1}"#, "repeats a key"),
        ("new.body.a > 18446744073709551615u", r#"{"a":18446744073709551616}"#, "no matching overload"),
        ("new.body.a == 1", "", "No such key: body"),
    ] {
        let found = of(expression, body, body);
        assert!(matches!(&found, Finding::NotJudged(told) if told.contains(why)), "{expression}: {found:?}");
    }
    let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
    assert!(matches!(of("old.body == new.body", &deep, &deep), Finding::NotJudged(_)));
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(of("old.body == new.body", &deep, &deep), HOLDS);
    let large = format!("[\"{}\"]", "a".repeat(1 << 20));
    assert!(
        matches!(of("size(new.body) == 1", &large, &large), Finding::NotJudged(why) if why.contains("larger"))
    );
    assert_eq!(of("new.status == 200", &large, &large), HOLDS);
    let hashed = Reply { body: Payload::Hashed { length: 9, hash: 9 }, ..json("") };
    assert!(matches!(judged("!has(new.body)", &hashed, &hashed), Finding::NotJudged(_)));
}

#[test]
fn no_two_large_numbers_are_taken_for_one() {
    let (one, other) = (r#"{"id":18446744073709551617}"#, r#"{"id":18446744073709551616}"#);
    assert_eq!(of("old.body.id == new.body.id", one, other), BROKEN);
    assert_eq!(of("old.body.id == new.body.id", one, one), HOLDS);
    assert_eq!(
        of("old.body.id == new.body.id", r#"{"id":9007199254740993}"#, r#"{"id":9007199254740992.0}"#),
        BROKEN
    );
    assert_eq!(of("old.body.p == new.body.p", r#"{"p":0.1}"#, r#"{"p":0.10}"#), HOLDS);
    assert_eq!(of("old.body.p == new.body.p", r#"{"p":0.1}"#, r#"{"p":0.10000000000000001}"#), BROKEN);
}

#[test]
fn a_body_is_what_its_type_says() {
    let text = reply(200, "text/plain", "hello");
    assert_eq!(judged("new.body == 'hello' && size(new.body) == 5", &text, &text), HOLDS);
    let bytes = reply(200, "image/png", "\0\u{1}");
    assert_eq!(judged("size(new.body) == 2 && new.body == old.body", &bytes, &bytes), HOLDS);
    let none = reply(204, "text/plain", "");
    assert_eq!(judged("!has(new.body) && new.status == 204", &none, &none), HOLDS);
    let lines = reply(200, "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(judged("new.body.all(line, line.a > 0)", &lines, &lines), HOLDS);
}

#[test]
fn an_expression_that_can_never_be_judged_is_refused_with_its_place() {
    let long = "1 + ".repeat(600);
    let chain = format!("{}1 == 1", "1 + ".repeat(490));
    let nested = format!("{}true{}", "(".repeat(600), ")".repeat(600));
    for (expression, why) in [
        ("new.body.total >=", "line 1, column 18"),
        ("true &&\n new.body..a", "line 2, column"),
        ("", "no expression"),
        ("newer.body.a > 0", "there is no newer; there are old, new, request"),
        ("new.boddy.a > 0", "there is no new.boddy; new has status, headers, body"),
        ("fibonacci(3) == 2", "there is no function fibonacci"),
        ("1 + 1", "neither true nor false"),
        (&long, "at most 2000 bytes"),
        (&chain, "deep"),
        (&nested, "more than 8 deep"),
        ("[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))", "more than 3 loops"),
        ("Message{a: 1} == null", "no types"),
        ("new.body.?a.orValue(1) == 1", "line 1"),
    ] {
        let told = Invariant::parse("it", expression).map(drop).unwrap_err();
        assert!(told.contains(why), "{expression}: {told}");
    }
}

#[test]
fn a_join_of_long_lists_is_not_begun() {
    let list: Vec<String> = (0..9_000).map(|n| format!("{{\"id\":{n}}}")).collect();
    let body = format!("{{\"items\":[{}]}}", list.join(","));
    let join = "new.body.items.all(n, old.body.items.exists(o, o.id == n.id))";
    assert!(matches!(of(join, &body, &body), Finding::NotJudged(why) if why.contains("work")));
    assert_eq!(of("new.body.items.all(n, n.id >= 0)", &body, &body), HOLDS);
}

#[test]
fn the_most_involved_expression_that_is_taken_fits_the_stack() {
    for (open, inside, close) in [
        ("(", "true", ")"),
        ("!(true && ", "true", ")"),
        ("[1 + 2 * ", "1", "][0]"),
        ("size([", "1", "])"),
        ("(true ? true && ", "true", " : false)"),
        ("{'a': ", "1", "}.a"),
        ("(1 - -(1 + ", "1", "))"),
    ] {
        for times in 1..=9 {
            let nested = [&open.repeat(times), inside, &close.repeat(times)].concat();
            for text in [format!("{nested} == 1"), format!("{nested} == {nested}"), nested] {
                let _ = Invariant::parse("it", &text);
            }
        }
    }
    for part in ["1 + ", "true && ", "true || ", "!", "-", "true ? true : ", "1 - ", "[1][0] + "] {
        for times in [1, 10, 20, 25, 28, 29, 30, 31, 40, 200] {
            let _ = Invariant::parse("it", &format!("{}1 == 1", part.repeat(times)));
            let _ = Invariant::parse("it", &format!("{}true", part.repeat(times)));
        }
    }
}
