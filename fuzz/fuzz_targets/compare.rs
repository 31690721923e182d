//! Any two bodies end in a judgement within the limits, and a body never differs from itself.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{
        Asked, Judgement, Limits, Terms,
        bindings::Bindings,
        compare,
        rules::{Forgive, PointerPattern, Rule, Rules, Tolerance},
    },
    fields::Fields,
    observation::Reply,
    outcome::Verdict,
    payload::{Chunks, Payload},
};

const CODINGS: [&str; 6] = ["", "gzip", "deflate", "br", "zstd", "gzip, br"];

fn reply(body: &[u8], coding: &str) -> Reply {
    let fields = [("content-type", "application/json"), ("content-encoding", coding)];
    Reply {
        status: 200,
        fields: Fields::from_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty())),
        body: Payload::Whole(Chunks::from(Bytes::copy_from_slice(body))),
        trailers: Fields::new(),
    }
}

fn rules(choice: u8) -> Rules {
    let at = ["/a", "/*/id", "/**/b", "/0"][usize::from(choice) % 4];
    let forgive = match choice % 5 {
        0 => Forgive::Ignore,
        1 => Forgive::Unordered,
        2 => Forgive::KeyBy("id".to_owned()),
        3 => Forgive::Tolerance(Tolerance::Absolute(0.5)),
        _ => return Rules::default(),
    };
    let at = PointerPattern::parse(at).expect("a pattern");
    Rules::new(vec![Rule::at(at, forgive)], vec!["content-type".to_owned()])
}

fn judge(old: &Reply, new: &Reply, rules: &Rules, limits: &Limits) -> Judgement {
    let terms = Terms { rules, limits, asked: Asked::default(), now_millis: 0 };
    compare(old, new, &terms, &mut Bindings::default())
}

fuzz_target!(|input: (u8, u8, &[u8], &[u8])| {
    let (choice, coding, old, new) = input;
    let (rules, coding) = (rules(choice), CODINGS[usize::from(coding) % CODINGS.len()]);
    let limits = Limits { decoded: 64 << 10, depth: 200, ..Limits::default() };
    let (old, new) = (reply(old, coding), reply(new, coding));
    let judged = judge(&old, &new, &rules, &limits);
    assert!(judged.differences.len() <= limits.differences);
    let verdict = judge(&new, &old, &rules, &limits).outcome.verdict();
    if [Verdict::Match, Verdict::Forgiven].contains(&judged.outcome.verdict()) {
        assert!([Verdict::Match, Verdict::Forgiven].contains(&verdict), "forgiving is not symmetric");
    }
    assert_ne!(judge(&old, &old, &rules, &limits).outcome.verdict(), Verdict::Mismatch);
});
