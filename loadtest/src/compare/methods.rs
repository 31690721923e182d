//! The two ways of comparing that are held against each other.

use readshift::domain::compare::bindings::Bindings;
use readshift::domain::compare::{Judgement, Limits, Terms, compare};
use readshift::domain::fields::Fields;
use readshift::domain::observation::Reply;
use readshift::domain::payload::{Chunks, Payload};

use super::documents::Pair;

#[derive(Clone, Copy, Debug)]
pub enum Method {
    /// serde_json twice, then json_patch::diff.
    Library,
    Ours,
}

impl Method {
    /// How many differences were found.
    pub fn judge(self, pair: &Pair) -> usize {
        match self {
            Method::Ours => judgement(pair).differences.len(),
            Method::Library => {
                let old: serde_json::Value = serde_json::from_slice(&pair.old).unwrap_or_default();
                let new: serde_json::Value = serde_json::from_slice(&pair.new).unwrap_or_default();
                json_patch::diff(&old, &new).0.len()
            }
        }
    }
}

/// As the shadow path judges: whole replies, headers and all.
pub fn judgement(pair: &Pair) -> Judgement {
    let limits = Limits::default();
    let terms = Terms::of(&pair.rules, &limits);
    let [old, new] = &pair.replies;
    compare(old, new, &terms, &mut Bindings::default())
}

pub fn reply(body: &[u8]) -> Reply {
    let body = Payload::Whole(Chunks::from(bytes::Bytes::copy_from_slice(body)));
    let fields = Fields::from_pairs([("content-type", "application/json")]);
    Reply { status: 200, fields, body, trailers: Fields::new() }
}
