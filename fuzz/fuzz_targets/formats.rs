//! Any two bodies of any format end in a judgement within its limits, the same both ways; a body agrees
//! with itself, and as a part of another as it does on its own; and what other libraries read differently
//! never passes for equal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Judgement, rules::Rules},
    observation::Reply,
    outcome::{Outcome, Verdict},
};
use readshift_fuzz::{Choices, LIMITS, agrees, binary::Value, elements::Node, judge, readers, reply};

const KINDS: [&str; 16] = [
    "application/xml",
    "text/html",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=b",
    "application/msgpack",
    "application/cbor",
    "application/grpc",
    "application/grpc+json",
    "application/json",
    "application/jsonl",
    "text/plain; charset=iso-8859-1",
    "text/html; charset=utf-16",
    "application/xml; charset=shift_jis",
    "text/csv; charset=utf-32",
    "multipart/form-data; boundary=\"b\"",
];
const GRPC_CODINGS: [&str; 4] = ["", "", "gzip", "identity"];
/// What sets the parts of two bodies apart, and stands in neither.
const BOUNDARIES: [&str; 2] = ["boundary-of-old-7b21", "boundary-of-new-91c4"];

fn body(kind: &str, coding: &str, bytes: &[u8]) -> Reply {
    reply(&[("content-type", kind), ("grpc-encoding", coding)], bytes)
}

/// The body as the only part of another.
fn part(kind: &str, coding: &str, bytes: &[u8], boundary: &str) -> Reply {
    let coding = if coding.is_empty() { String::new() } else { format!("grpc-encoding: {coding}\r\n") };
    let head = format!("--{boundary}\r\ncontent-type: {kind}\r\n{coding}\r\n");
    let whole = [head.as_bytes(), bytes, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    reply(&[("content-type", &format!("multipart/mixed; boundary={boundary}"))], &whole)
}

fn judged(old: &Reply, new: &Reply) -> Judgement {
    judge(old, new, &Rules::default(), &LIMITS)
}

/// A few bytes changed, put in, taken out or said again.
fn mutated(body: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut new = body.to_vec();
    for _ in 0..1 + choices.below(3) {
        let at = (choices.below(256) * 256 + choices.below(256)) % (new.len() + 1);
        let length = choices.below(24).min(new.len() - at);
        match choices.below(5) {
            0 if at < new.len() => new[at] = choices.byte(),
            1 if at < new.len() => new[at] ^= 1 << choices.below(8),
            2 => new.insert(at, choices.byte()),
            3 => drop(new.drain(at..at + length)),
            4 => {
                let again = new[at..at + length].to_vec();
                new.splice(at..at, again);
            }
            _ => {}
        }
    }
    new
}

/// Whether it begins with the mark of a charset.
fn is_marked(body: &[u8]) -> bool {
    [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF", b"\0\0\xFE\xFF"]
        .iter()
        .any(|mark| body.starts_with(mark))
}

fn check_as_parts(kind: &str, coding: &str, (old, new): (&[u8], &[u8]), alone: &Judgement) {
    // Nothing beside something is told apart before either is read.
    if [old, new].iter().any(|body| body.is_empty() || memmem(body, b"boundary-of-")) {
        return;
    }
    let [ours, theirs] = BOUNDARIES;
    let itself = judged(&part(kind, coding, old, ours), &part(kind, coding, old, theirs));
    assert_ne!(itself.outcome.verdict(), Verdict::Mismatch, "{itself:?}");
    let parts = judged(&part(kind, coding, old, ours), &part(kind, coding, new, theirs));
    match alone.outcome.verdict() {
        Verdict::Mismatch => assert!(!agrees(parts.outcome.verdict()), "{alone:?}"),
        Verdict::Match if is_marked(old) == is_marked(new) => {
            assert_ne!(parts.outcome.verdict(), Verdict::Mismatch, "{parts:?}");
        }
        _ => {}
    }
}

fn memmem(body: &[u8], needle: &[u8]) -> bool {
    body.windows(needle.len()).any(|window| window == needle)
}

fn check_pair(kind: &str, coding: &str, old: &[u8], new: &[u8]) {
    let (ours, theirs) = (body(kind, coding, old), body(kind, coding, new));
    let (there, back) = (judged(&ours, &theirs), judged(&theirs, &ours));
    let agreed = agrees(there.outcome.verdict());
    if there.outcome != Outcome::TooCostly && back.outcome != Outcome::TooCostly {
        assert_eq!(agreed, agrees(back.outcome.verdict()), "{there:?} {back:?}");
    }
    check_as_parts(kind, coding, (old, new), &there);
    if is_marked(old) || is_marked(new) || old.is_empty() || new.is_empty() {
        return;
    }
    if let (Some(ours), Some(theirs)) = (readers::said(kind, old), readers::said(kind, new)) {
        assert!(!agreed || ours == theirs, "a false pass: {ours} and {theirs}");
        let readable =
            there.outcome.verdict() == Verdict::Mismatch && back.outcome.verdict() == Verdict::Mismatch;
        assert!(!readers::says_all(kind) || !readable || ours != theirs, "a false alarm: {ours}");
    }
}

/// Values and elements that are written in ways of their own: they agree where they are equal, and only there.
fn check_made(choices: &mut Choices<'_>) {
    let wheel: Vec<u8> = choices.0.iter().rev().take(64).copied().collect();
    let mut ways = Choices(&wheel);
    let changes = choices.below(4);
    let places: Vec<usize> = (0..changes).map(|_| choices.below(24)).collect();
    let way = choices.below(3);
    let (kind, bodies, same) = if way == 0 {
        let old = Node::of(choices, 0);
        let mut new = old.clone();
        places.into_iter().for_each(|mut at| _ = new.mutate(&mut at, choices));
        let (Some(ours), Some(theirs)) = (old.canonical(), new.canonical()) else { return };
        let bodies = [old, new].map(|node| node.xml(&mut ways).into_bytes());
        ("application/xml", bodies, ours == theirs)
    } else {
        let old = Value::of(choices, 0);
        let mut new = old.clone();
        places.into_iter().for_each(|mut at| _ = new.mutate(&mut at, choices));
        let (Some(ours), Some(theirs)) = (old.canonical(), new.canonical()) else { return };
        let bodies = [old, new].map(|value| {
            let mut out = Vec::new();
            match way {
                1 => value.cbor(&mut ways, &mut out),
                _ => value.msgpack(&mut ways, &mut out),
            }
            out
        });
        (if way == 1 { "application/cbor" } else { "application/msgpack" }, bodies, ours == theirs)
    };
    let [old, new] = bodies.each_ref().map(|bytes| body(kind, "", bytes));
    let expected = if same { Verdict::Match } else { Verdict::Mismatch };
    for (old, new) in [(&old, &new), (&new, &old)] {
        let judgement = judged(old, new);
        assert_eq!(judgement.outcome.verdict(), expected, "{kind} {judgement:?}");
    }
    check_pair(kind, "", &bodies[0], &bodies[1]);
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    if choices.below(3) == 0 {
        return check_made(&mut choices);
    }
    let (kind, coding) = (choices.of(&KINDS), choices.of(&GRPC_CODINGS));
    let how = choices.below(4);
    let (wheel, rest) = choices.0.split_at(choices.0.len().min(16));
    let (old, new) = if how == 0 {
        let (old, new) = rest.split_at(rest.len() / 2);
        (old.to_vec(), new.to_vec())
    } else {
        (rest.to_vec(), mutated(rest, &mut Choices(wheel)))
    };
    check_pair(kind, coding, &old, &new);
});
