//! What our reader takes for JSON another one does, and the other way round; spelled anew it is the same,
//! and with one value changed it is not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Limits, rules::Rules},
    outcome::{Outcome, Verdict},
};
use readshift_fuzz::{Choices, LIMITS, agrees, judge, rules, tokens, typed, verdict};
use serde::de::IgnoredAny;

const JSON: &str = "application/json";
const LINES: &str = "application/jsonl";
/// What a text in another charset begins with, and in UTF-8 one that begins with a mark.
const MARKS: [&[u8]; 4] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b"\0\0\xFE\xFF"];

fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

fuzz_target!(|bytes: &[u8]| {
    let (head, text) = bytes.split_at(bytes.len().min(4));
    if text.is_empty() || MARKS.iter().any(|mark| text.starts_with(mark)) {
        return;
    }
    let limits = Limits { depth: usize::from(head.first().copied().unwrap_or(255)), ..LIMITS };
    let (old, blank) = (typed(JSON, text), typed(JSON, &[text, b" "].concat()));
    let (plain, trees) = (Rules::default(), rules::by_trees(&Rules::default()));
    let accepted = is_json(text);
    for way in [&plain, &trees] {
        let outcome = judge(&old, &blank, way, &limits).outcome;
        match outcome {
            Outcome::TooDeep => {
                assert!(!accepted || tokens::depth(&tokens::of(str::from_utf8(text).unwrap())) > limits.depth)
            }
            Outcome::Undecodable => assert!(!accepted),
            outcome => assert!(accepted && outcome.verdict() == Verdict::Match, "{outcome:?}"),
        }
        let good = typed(JSON, b"[\"good\"]");
        let outcome = judge(&good, &blank, way, &limits).outcome;
        assert!(accepted || matches!(outcome, Outcome::Differs | Outcome::TooDeep), "{outcome:?}");
    }
    // What is one JSON text is one line of them, but for line ends inside, which our reader puts up with.
    let outcome = judge(&typed(LINES, text), &typed(LINES, &[text, b"\n"].concat()), &plain, &limits).outcome;
    if outcome.verdict() == Verdict::Match {
        let mut texts = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
        assert!(texts.all(|text| text.is_ok()) && std::str::from_utf8(text).is_ok());
    } else {
        assert!(!accepted || outcome == Outcome::TooDeep, "{outcome:?}");
    }
    let Ok(text) = str::from_utf8(text) else { return };
    if !accepted {
        return;
    }
    let tokens = tokens::of(text);
    if tokens::depth(&tokens) > limits.depth {
        return;
    }
    // The choices are as many as there are letters, and change with every letter.
    let turned: Vec<u8> =
        head.iter().chain(text.as_bytes()).rev().map(|byte| byte.wrapping_mul(31)).collect();
    let mut choices = Choices(&turned);
    let respelled = typed(JSON, tokens::respelled(&tokens, &mut choices).as_bytes());
    for way in [&plain, &trees] {
        for (one, other) in [(&old, &respelled), (&respelled, &old)] {
            assert_eq!(verdict(one, other, way, &limits), Verdict::Match);
        }
    }
    let mut choices = Choices(head);
    if let Some(changed) = tokens::changed(&tokens, &mut choices) {
        let changed = typed(JSON, tokens::respelled(&changed, &mut Choices(&turned)).as_bytes());
        for way in [&plain, &trees] {
            for (one, other) in [(&old, &changed), (&changed, &old)] {
                let verdict = verdict(one, other, way, &limits);
                assert!(!agrees(verdict), "a change is missed");
                assert_eq!(verdict, Verdict::Mismatch);
            }
        }
    }
});
