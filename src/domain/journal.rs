//! The record of every move: who, what, when, why, on what evidence; each entry sealed to the one before.
//!
//! Pure: entries and hashes. Where they are kept is the store's business. The chain has no key: it shows a change by
//! somebody who does not recompute every seal after it, and not by somebody who does.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{moment, plan::Stage, rollout::Actor};

mod lines;

pub use lines::{CSV_HEAD, csv, line};

/// What the first entry is sealed to.
pub const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is hashed begins with this, so that no other use of the hash can be taken for a seal. A change of what is
/// hashed needs another one.
const TAG: &str = "readshift journal 1";

/// An entry before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub at_millis: u64,
    pub rollout: String,
    pub by: Actor,
    /// What happened: `advance`, `revert`, `off`, `resume`, `approve`, `drill`, `restart`, `start`, `reload`.
    pub what: String,
    pub from: Stage,
    pub to: Stage,
    pub why: String,
    /// Although the gate did not pass.
    pub past_gate: bool,
    /// The version of the rollout's state it leads to.
    pub version: u64,
    /// The decision it was made on, in JSON; empty where there was none.
    pub evidence: String,
    /// Of the settings in force.
    pub config_digest: String,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub number: u64,
    pub draft: Draft,
    /// In hex; of the first entry 64 zeros.
    pub previous: String,
    /// SHA-256 over the number, the draft and `previous`, in hex.
    pub seal: String,
}

/// Where the chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// 0 where there is no entry yet.
    pub number: u64,
    pub seal: String,
}

/// What the chain was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    Intact {
        entries: u64,
    },
    /// The first entry that is not what was sealed, and why.
    Broken {
        number: u64,
        why: String,
    },
}

/// For people.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Chain::Intact { entries } => write!(f, "the journal is intact: {entries} entries"),
            Chain::Broken { number, why } => write!(f, "the journal is broken at entry {number}: {why}"),
        }
    }
}

impl Default for Head {
    fn default() -> Head {
        Head { number: 0, seal: NOTHING_BEFORE.to_owned() }
    }
}

impl Draft {
    /// Its place is after `head`.
    pub fn sealed(self, head: &Head) -> Entry {
        let number = head.number.saturating_add(1);
        let seal = seal(number, &self, &head.seal);
        Entry { number, draft: self, previous: head.seal.clone(), seal }
    }
}

impl Entry {
    pub fn head(&self) -> Head {
        Head { number: self.number, seal: self.seal.clone() }
    }
}

/// SHA-256 over everything that is written down of an entry, in hex.
pub fn seal(number: u64, draft: &Draft, previous: &str) -> String {
    digest(&canonical(number, draft, previous))
}

/// Seals something that goes with an entry, such as the state it leads to, to that entry.
pub fn seal_beside(entry_seal: &str, text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len() + 128);
    for field in [TAG, "beside", entry_seal, text] {
        put(&mut bytes, field);
    }
    digest(&bytes)
}

/// Every field in the order of the tables, each behind its length in eight bytes, the first the highest: two
/// different entries never give the same bytes, whatever their texts hold.
fn canonical(number: u64, draft: &Draft, previous: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512 + draft.evidence.len() + draft.why.len());
    let via = via(draft);
    let fields: [&str; 15] = [
        TAG,
        &number.to_string(),
        &draft.at_millis.to_string(),
        &draft.rollout,
        &draft.by.name,
        &via,
        &draft.what,
        &draft.from.to_string(),
        &draft.to.to_string(),
        &draft.why,
        if draft.past_gate { "1" } else { "0" },
        &draft.version.to_string(),
        &draft.evidence,
        &draft.config_digest,
        previous,
    ];
    for field in fields {
        put(&mut bytes, field);
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, field: &str) {
    let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field.as_bytes());
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By which way, in the word it is written down with.
pub fn via(draft: &Draft) -> String {
    match serde_json::to_value(draft.by.via) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Walks along a chain, entry by entry.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    at: Head,
}

impl Walk {
    /// What is wrong with the next entry, if anything is.
    pub fn step(&mut self, entry: &Entry) -> Result<(), Chain> {
        let number = self.at.number.saturating_add(1);
        let broken = |why: String| Err(Chain::Broken { number, why });
        if entry.number > number {
            return broken(format!("it is missing: the entry after {} is {}", self.at.number, entry.number));
        }
        if entry.number < number {
            return broken(format!("in its place stands an entry numbered {}", entry.number));
        }
        if seal(entry.number, &entry.draft, &entry.previous) != entry.seal {
            return broken(format!(
                "what it says of {} ({}) is not what was sealed",
                entry.draft.rollout,
                moment::write(entry.draft.at_millis)
            ));
        }
        if entry.previous != self.at.seal {
            return broken(format!("it is not sealed to entry {}", self.at.number));
        }
        self.at = entry.head();
        Ok(())
    }

    /// The end of the chain, held against where it is said to end.
    pub fn end(self, said: Option<&Head>) -> Chain {
        match said {
            Some(said) if said.number > self.at.number => Chain::Broken {
                number: self.at.number.saturating_add(1),
                why: format!("it is missing: the journal is said to end with entry {}", said.number),
            },
            Some(said) if *said != self.at => Chain::Broken {
                number: self.at.number,
                why: format!("the journal is said to end with entry {} and another seal", said.number),
            },
            _ => Chain::Intact { entries: self.at.number },
        }
    }
}

/// Every entry from the first on. Without `said`, entries cut off at the end are not missed.
pub fn verify(entries: impl IntoIterator<Item = Entry>, said: Option<&Head>) -> Chain {
    let mut walk = Walk::default();
    for entry in entries {
        if let Err(broken) = walk.step(&entry) {
            return broken;
        }
    }
    walk.end(said)
}

#[cfg(test)]
mod tests;
