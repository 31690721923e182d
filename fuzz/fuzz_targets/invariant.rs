//! Any text is an invariant or is none, and any bodies are judged by one: to the end, the same each time, and never
//! as equal where the comparison finds them to differ.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Asked, rules::Rules},
    invariant::{Finding, Invariant, Pair},
    observation::Reply,
    outcome::Verdict,
};
use readshift_fuzz::{Choices, LIMITS, agrees, typed, verdict};

const JSON: &str = "application/json";
const TYPES: [&str; 8] = [
    JSON,
    JSON,
    "application/jsonl",
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/cbor",
    "application/msgpack",
];
const EXPRESSIONS: [&str; 10] = [
    "old.body == new.body",
    "size(new.body) == size(old.body)",
    "new.body.total >= 0 || new.body.a != old.body.a",
    "new.body.items.all(i, i.id > 0)",
    "new.body.all(n, old.body.exists(o, o == n))",
    "new.body.exists(i, i in old.body)",
    "has(new.body.a) && new.body.a.matches('^[a-z]+$')",
    "timestamp(new.body.at) > timestamp('2026-11-21T00:00:00Z')",
    "int(new.body.a) + int(old.body.a) * 2 == -1 || double(new.body.b) / 0.0 > 1.0",
    "string(new.body) == '' || new.headers['content-type'].startsWith('a')",
];
static FIXED: LazyLock<Vec<Invariant>> =
    LazyLock::new(|| EXPRESSIONS.iter().map(|text| Invariant::parse("it", text).unwrap()).collect());
const SAMPLE: &[u8] = br#"{"a":"x","b":[1,2.5,-3,null,true],"total":18446744073709551616,"items":[{"id":1},{"id":"2"}],"at":"2026-11-21T10:00:00Z"}"#;

fn pair(old: &Reply, new: &Reply) -> Pair {
    let asked = Asked { method: b"GET", target: b"/users/1?full=yes" };
    Pair::new(old, new, asked, &Rules::default())
}

fn judge(invariant: &Invariant, pair: &Pair) -> Finding {
    let finding = invariant.judge(pair);
    if let Finding::NotJudged(why) = &finding {
        assert!(!why.is_empty() && why.chars().count() <= 310, "{why}");
    }
    finding
}

fn check_expression(text: &str) {
    match Invariant::parse("it", text) {
        Ok(invariant) => {
            let (old, new) = (typed(JSON, SAMPLE), typed(JSON, br#"{"a":1,"b":[],"items":[]}"#));
            judge(&invariant, &pair(&old, &new));
            judge(&invariant, &pair(&old, &old));
        }
        Err(why) => assert!(!why.is_empty()),
    }
}

fn check_bodies(kind: &str, old: &[u8], new: &[u8]) {
    let (old, new) = (typed(kind, old), typed(kind, new));
    let pair = pair(&old, &new);
    let findings: Vec<_> = FIXED.iter().map(|invariant| judge(invariant, &pair)).collect();
    // Not so of every expression: the members of a map have no order, and one may ask for the first.
    for (invariant, finding) in
        FIXED.iter().zip(&findings).filter(|(_, finding)| !matches!(finding, Finding::NotJudged(_)))
    {
        assert_eq!(*finding, invariant.judge(&pair), "{invariant:?}: another answer the second time");
    }
    let compared = verdict(&old, &new, &Rules::default(), &LIMITS);
    match findings[0] {
        Finding::Holds => assert!(
            compared != Verdict::Mismatch || pair.unread().is_some(),
            "equal to the expression, and not to the comparison"
        ),
        Finding::Broken if kind == JSON => {
            assert!(!agrees(compared), "equal to the comparison, and not to the expression")
        }
        Finding::Broken | Finding::NotJudged(_) => {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let how = choices.byte();
    if how % 2 == 0 {
        if let Ok(text) = str::from_utf8(choices.0) {
            check_expression(text);
        }
        return;
    }
    // Two bodies with a zero between them, or one twice.
    let kind = TYPES[usize::from(how / 2) % TYPES.len()];
    let mut bodies = choices.0.splitn(2, |byte| *byte == 0);
    let old = bodies.next().unwrap_or_default();
    check_bodies(kind, old, bodies.next().unwrap_or(old));
});
