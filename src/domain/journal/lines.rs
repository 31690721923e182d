//! Entries as lines of text, for other programs: JSON, one object a line, and CSV.

use serde_json::json;

use super::{Entry, via};
use crate::domain::moment;

/// The columns of `csv`, named as in the table of the store.
pub const CSV_HEAD: &str = "number,at,rollout,actor,via,what,from_stage,to_stage,why,past_gate,version,evidence,config_digest,previous,seal";

/// One JSON object without a line break in it.
pub fn line(entry: &Entry) -> String {
    let draft = &entry.draft;
    // Evidence is JSON in a text, and stays the text that was sealed.
    let object = json!({
        "number": entry.number,
        "at": moment::write(draft.at_millis),
        "rollout": draft.rollout,
        "actor": draft.by.name,
        "via": via(draft),
        "what": draft.what,
        "from_stage": draft.from,
        "to_stage": draft.to,
        "why": draft.why,
        "past_gate": draft.past_gate,
        "version": draft.version,
        "evidence": draft.evidence,
        "config_digest": draft.config_digest,
        "previous": entry.previous,
        "seal": entry.seal,
    });
    object.to_string()
}

/// One record of a CSV file (RFC 4180), without the line break behind it.
pub fn csv(entry: &Entry) -> String {
    let draft = &entry.draft;
    let fields = [
        entry.number.to_string(),
        moment::write(draft.at_millis),
        draft.rollout.clone(),
        draft.by.name.clone(),
        via(draft),
        draft.what.clone(),
        draft.from.to_string(),
        draft.to.to_string(),
        draft.why.clone(),
        draft.past_gate.to_string(),
        draft.version.to_string(),
        draft.evidence.clone(),
        draft.config_digest.clone(),
        entry.previous.clone(),
        entry.seal.clone(),
    ];
    fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",")
}

/// In quotes where it has to be. A spreadsheet takes a field that begins like a formula for one, so that a reason
/// given by a caller is told from a formula by an apostrophe.
fn quoted(field: &str) -> String {
    let field = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains([',', '"', '\n', '\r', '\'']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
