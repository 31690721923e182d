//! What the targets share: replies out of bytes, judging them, and bytes taken for choices.

pub mod binary;
pub mod documents;
pub mod elements;
mod patched;
pub mod readers;
pub mod reference;
pub mod rules;
pub mod tokens;

use bytes::Bytes;
use readshift::domain::{
    compare::{Asked, Judgement, Limits, Terms, bindings::Bindings, compare, rules::Rules},
    fields::Fields,
    observation::Reply,
    outcome::Verdict,
    payload::{Chunks, Payload},
};

/// Small enough for a fuzzer to run into each of them.
pub const LIMITS: Limits = Limits { decoded: 64 << 10, depth: 200, differences: 20, excerpt: 50 };

/// A reply with these headers; those without a value are left out.
pub fn reply(headers: &[(&str, &str)], body: &[u8]) -> Reply {
    Reply {
        status: 200,
        fields: Fields::from_pairs(
            headers.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, *value)),
        ),
        body: Payload::Whole(Chunks::from(Bytes::copy_from_slice(body))),
        trailers: Fields::new(),
    }
}

/// A body of a type.
pub fn typed(kind: &str, body: &[u8]) -> Reply {
    reply(&[("content-type", kind)], body)
}

pub fn judge(old: &Reply, new: &Reply, rules: &Rules, limits: &Limits) -> Judgement {
    let terms = Terms { rules, limits, asked: Asked::default(), now_millis: 1_000 };
    let judgement = compare(old, new, &terms, &mut Bindings::default());
    assert!(judgement.differences.len() <= limits.differences);
    let differs = judgement.outcome.verdict() == Verdict::Mismatch;
    assert_eq!(differs, !judgement.differences.is_empty(), "{judgement:?}");
    judgement
}

pub fn verdict(old: &Reply, new: &Reply, rules: &Rules, limits: &Limits) -> Verdict {
    judge(old, new, rules, limits).outcome.verdict()
}

/// A match, or one that rules made of a mismatch.
pub fn agrees(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Match | Verdict::Forgiven)
}

/// Bytes taken for one choice after the other; zeros once they run out.
pub struct Choices<'t>(pub &'t [u8]);

impl Choices<'_> {
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    pub fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}
