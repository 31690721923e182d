//! The record of moves, as values.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::state::By;
use crate::{
    admin::words::plain,
    domain::{journal::Entry, moment},
    store::archive::Chain,
};

/// The newest entries of the journal, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Journal")]
pub struct JournalView {
    pub entries: Vec<EntryView>,
}

/// One move, sealed to the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub struct EntryView {
    /// From 1, without gaps.
    pub number: u64,
    pub at: String,
    pub rollout: String,
    pub by: By,
    /// `advance`, `revert`, `off`, `resume`, `approve`, `drill`, `restart`, `start` or `reload`.
    pub what: String,
    pub from: String,
    pub to: String,
    pub why: String,
    /// Although the gate did not pass.
    pub past_gate: bool,
    /// The version of the state it led to.
    pub version: u64,
    /// The decision it was made on; null where there was none.
    pub evidence: Value,
    pub config_digest: String,
    pub previous: String,
    /// SHA-256 over the number, everything above and `previous`.
    pub seal: String,
}

/// Whether every entry is what was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Chain")]
pub struct ChainView {
    pub intact: bool,
    /// Entries that were looked at and are what was sealed.
    pub entries: u64,
    /// The number of the first entry that is not, and why.
    pub broken_at: Option<u64>,
    pub why: Option<String>,
}

impl JournalView {
    pub fn of(entries: &[Entry]) -> JournalView {
        JournalView { entries: entries.iter().map(EntryView::of).collect() }
    }
}

impl JournalView {
    /// A move a line, newest first; whatever stands in it is foreign text.
    pub fn to_text(&self) -> String {
        if self.entries.is_empty() {
            return "no move was made yet\n".to_owned();
        }
        self.entries.iter().map(|entry| plain(&entry.told()) + "\n").collect()
    }
}

impl EntryView {
    pub fn of(entry: &Entry) -> EntryView {
        let draft = &entry.draft;
        EntryView {
            number: entry.number,
            at: moment::write(draft.at_millis),
            rollout: draft.rollout.clone(),
            by: By::of(&draft.by),
            what: draft.what.clone(),
            from: draft.from.to_string(),
            to: draft.to.to_string(),
            why: draft.why.clone(),
            past_gate: draft.past_gate,
            version: draft.version,
            evidence: serde_json::from_str(&draft.evidence).unwrap_or_default(),
            config_digest: draft.config_digest.clone(),
            previous: entry.previous.clone(),
            seal: entry.seal.clone(),
        }
    }

    /// `2026-11-21T08:00:00Z  users  revert 5% -> shadow  by ada (command line): new is down`.
    pub fn told(&self) -> String {
        let moved = if self.from == self.to {
            format!("{} at {}", self.what, self.to)
        } else {
            format!("{} {} -> {}", self.what, self.from, self.to)
        };
        let past = if self.past_gate { ", past an unmet gate" } else { "" };
        format!("{}  {}  {moved}{past}  by {}: {}", self.at, self.rollout, self.by.told(), self.why)
    }
}

impl ChainView {
    pub fn of(chain: &Chain) -> ChainView {
        match chain {
            Chain::Intact { entries } => {
                ChainView { intact: true, entries: *entries, broken_at: None, why: None }
            }
            Chain::Broken { number, why } => ChainView {
                intact: false,
                entries: number.saturating_sub(1),
                broken_at: Some(*number),
                why: Some(why.clone()),
            },
        }
    }
}
