//! Where two JSON documents disagree, under the rules.
//!
//! Decided first, explained second. To decide, both documents are walked in step until the first
//! difference that no rule forgives: most pairs have none. Only where there is one are they walked
//! again, arrays aligned, to say in the fewest words what differs.

mod abreast;
mod align;
mod arrays;
mod basis;
mod budget;
mod digest;
mod edits;
pub mod enclosing;
mod forgive;
mod forms;
mod frames;
mod journal;
mod likeness;
mod matching;
mod members;
mod partners;
pub mod path;
mod selected;
mod shared;
mod ties;
mod walk;

use super::{
    Limits, Terms,
    bindings::Bindings,
    difference::{Difference, Kind, Place},
    explain,
    tree::Id,
};
use basis::Basis;
pub use journal::Learnt;
use path::{Docs, Step};
use walk::{Mode, Walk};

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
    /// Which identifiers stand for each other, if the replies agree in everything else as well.
    pub learnt: Vec<Learnt>,
    pub notes: Vec<String>,
    /// The work ran out before all had been seen.
    pub costly: bool,
}

/// Compares two documents, by what earlier pairs have bound.
pub fn diff<'a>(docs: Docs<'a>, terms: &Terms<'a>, bindings: &'a Bindings) -> Findings {
    let basis = Basis::new(docs, terms, bindings);
    let decided = Walk::all(&basis, Mode::Decide);
    if decided.found.is_empty() {
        return decided;
    }
    let explained = Walk::all(&basis, Mode::Explain);
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
mod generated;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests;
