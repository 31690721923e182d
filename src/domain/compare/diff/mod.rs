//! Where two JSON documents disagree, under the rules.
//!
//! Decided first, explained second. To decide, both documents are walked in step until the first
//! difference that no rule forgives: most pairs have none. Only where there is one are they walked
//! again, arrays aligned, to say in the fewest words what differs.

mod arrays;
mod budget;
mod digest;
mod edits;
mod matching;
mod members;
mod path;
mod walk;

use super::{Limits, difference::Difference, json::Document, rules::Rules};
use path::Docs;
use walk::{Mode, Shared, Walk};

/// What two walks of a pair of documents came to.
#[derive(Debug, Default)]
pub struct Findings {
    pub differences: Vec<Difference>,
    pub more: usize,
    /// How many places each rule forgave, beside the rules.
    pub forgiven: Vec<usize>,
    pub notes: Vec<String>,
    /// The work ran out before all had been seen.
    pub costly: bool,
}

/// Compares two documents.
pub fn diff<'a>(old: &'a Document<'a>, new: &'a Document<'a>, rules: &'a Rules, limits: &Limits) -> Findings {
    let docs = Docs { old, new };
    let decided = Walk::all(&mut Shared::new(docs, rules, limits), Mode::Decide);
    if decided.differences.is_empty() {
        return decided;
    }
    let explained = Walk::all(&mut Shared::new(docs, rules, limits), Mode::Explain);
    // An explanation may run out of work before it finds anything. That there is something is decided.
    if explained.differences.is_empty() { decided } else { explained }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
