//! Any two replies of any types end in a judgement within its limits; a reply never differs from itself;
//! forgiving is symmetric.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::rules::{Forgive, Numbers, PointerPattern, Reading, Rule, Rules, Tolerance},
    outcome::{Outcome, Verdict},
};
use readshift_fuzz::{Choices, LIMITS, agrees, judge, reply};

const CODINGS: [&str; 8] = ["", "", "", "gzip", "deflate", "br", "zstd", "gzip, br"];
const KINDS: [&str; 20] = [
    "application/json",
    "application/json",
    "application/json",
    "application/problem+json; charset=utf-8",
    "application/json; charset=utf-16",
    "application/jsonl",
    "application/xml",
    "application/atom+xml; charset=latin1",
    "text/html",
    "text/html; charset=utf-8",
    "text/plain",
    "text/csv; charset=utf-16le",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=b",
    "multipart/mixed",
    "application/msgpack",
    "application/cbor",
    "application/grpc",
    "application/octet-stream",
    "",
];

fn rules(choice: u8, reading: u8) -> Rules {
    let at = ["/a", "/*/id", "/**/b", "/0", "/**/#"][usize::from(choice) % 5];
    let forgive = match choice % 9 {
        0 => Forgive::Ignore,
        1 => Forgive::Unordered,
        2 => Forgive::KeyBy("id".to_owned()),
        3 => Forgive::Tolerance(Tolerance::Absolute(0.5)),
        4 => Forgive::SameType,
        5 => Forgive::CaseInsensitive,
        6 => Forgive::NumberIsString,
        7 => Forgive::NullIsMissing,
        _ => return Rules::default(),
    };
    let at = PointerPattern::parse(at).expect("a pattern");
    let mut rules = Rules::new(vec![Rule::at(at, forgive)], vec!["content-type".to_owned()]);
    rules.read_as = Reading::ALL.get(usize::from(reading)).map(|(_, reading)| *reading);
    if choice > 128 {
        rules.numbers = Numbers::Spelled;
    }
    rules
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let rules = rules(choices.byte(), choices.byte());
    let (ours, coded) = (choices.of(&KINDS), choices.of(&CODINGS));
    let other = choices.byte();
    // Of one type, more often than not.
    let theirs = if other < 200 { ours } else { KINDS[usize::from(other) % KINDS.len()] };
    let as_coded = if other % 8 > 0 { coded } else { CODINGS[usize::from(other / 8) % CODINGS.len()] };
    let at = choices.0.len() * usize::from(choices.byte()) / 256;
    let (old, new) = choices.0.split_at(at.min(choices.0.len()));
    let old = reply(&[("content-type", ours), ("content-encoding", coded)], old);
    let new = reply(&[("content-type", theirs), ("content-encoding", as_coded)], new);
    let (there, back) = (judge(&old, &new, &rules, &LIMITS), judge(&new, &old, &rules, &LIMITS));
    if ![there.outcome, back.outcome].contains(&Outcome::TooCostly) {
        assert_eq!(agrees(there.outcome.verdict()), agrees(back.outcome.verdict()), "{there:?} {back:?}");
    }
    for reply in [&old, &new] {
        assert_ne!(judge(reply, reply, &rules, &LIMITS).outcome.verdict(), Verdict::Mismatch);
    }
});
