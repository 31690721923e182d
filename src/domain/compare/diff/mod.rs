//! Where two JSON documents disagree, under the rules.
//!
//! Decided first, explained second. To decide, both documents are walked in step until the first
//! difference that no rule forgives: most pairs have none. Only where there is one are they walked
//! again, arrays aligned, to say in the fewest words what differs.

mod arrays;
mod budget;
mod digest;
mod edits;
pub mod enclosing;
mod matching;
mod members;
pub mod path;
mod walk;

use super::{
    Limits,
    difference::{Difference, Kind, Place},
    explain,
    rules::Rules,
    tree::Id,
};
use path::{Docs, Step};
use walk::{Mode, Shared, Walk};

/// One place where two documents disagree.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: Kind,
    /// How it is reached from the root.
    pub path: Vec<Step>,
    pub old: Option<Id>,
    pub new: Option<Id>,
}

/// What two walks of a pair of documents came to.
#[derive(Debug, Default)]
pub struct Findings {
    pub found: Vec<Found>,
    pub more: usize,
    /// How many places each rule forgave, beside the rules.
    pub forgiven: Vec<usize>,
    pub notes: Vec<String>,
    /// The work ran out before all had been seen.
    pub costly: bool,
}

/// Compares two documents.
pub fn diff<'a>(docs: Docs<'a>, rules: &'a Rules, limits: &Limits) -> Findings {
    let decided = Walk::all(&mut Shared::new(docs, rules, limits), Mode::Decide);
    if decided.found.is_empty() {
        return decided;
    }
    let explained = Walk::all(&mut Shared::new(docs, rules, limits), Mode::Explain);
    // An explanation may run out of work before it finds anything. That there is something is decided.
    if explained.found.is_empty() { decided } else { explained }
}

/// What was found, in words and cut to the limits.
pub fn told(docs: Docs<'_>, found: &Found, limits: &Limits) -> Difference {
    let Docs { old, new } = docs;
    let (ours, theirs) = (found.old, found.new);
    Difference {
        place: Place::Body(docs.pointer(&found.path)),
        kind: found.kind,
        old: ours.map(|id| old.shown(id, limits.excerpt)),
        new: theirs.map(|id| new.shown(id, limits.excerpt)),
        shape: docs.shape(&found.path),
        types: types(docs, found),
        causes: explain::causes(
            ours.map(|id| explain::Value { document: old, id }),
            theirs.map(|id| explain::Value { document: new, id }),
        ),
    }
}

/// The types of both values by name, where it is the types that differ.
fn types(docs: Docs<'_>, found: &Found) -> Option<(&'static str, &'static str)> {
    let (old, new) = (docs.old.kind(found.old?), docs.new.kind(found.new?));
    (found.kind == Kind::Type).then(|| (old.name(), new.name()))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
