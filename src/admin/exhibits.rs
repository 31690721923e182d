//! Pairs with their bodies, one JSON object a line: what `readshift rules try` reads.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    domain::fields::Fields,
    store::exhibits::{Half, Shown},
};

/// One line for each pair, and one more where some kinds of pairs had to make room for others.
pub fn lines(all: &[Shown], forgotten: u64) -> String {
    let mut text = String::new();
    for Shown { exhibit, seen } in all {
        let line = json!({
            "route": exhibit.route,
            "kind": exhibit.kind,
            "seen": seen,
            "at_millis": exhibit.at_millis,
            "method": latin(&exhibit.method),
            "target": latin(&exhibit.target),
            "verdict": exhibit.outcome.verdict().name(),
            "reason": exhibit.outcome.reason(),
            "old": half(&exhibit.old),
            "new": half(&exhibit.new),
        });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    if forgotten > 0 {
        text.push_str(&format!("{}\n", json!({ "forgotten": forgotten })));
    }
    text
}

fn half(half: &Half) -> Value {
    json!({
        "status": half.status,
        "fields": fields(&half.fields),
        "trailers": fields(&half.trailers),
        "length": half.length,
        "body": half.body.as_ref().map(|body| BASE64_STANDARD.encode(body)),
    })
}

fn fields(fields: &Fields) -> Value {
    fields.iter().map(|(name, value)| json!([latin(name), latin(value)])).collect()
}

/// One letter a byte: fields and targets are bytes, and come back as the same ones.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
