//! What a walk has open and what it has put off.

use std::vec;

use super::{
    super::{pattern::Place, tree::Id},
    arrays::Elements,
    budget::{Budget, Stop},
    members::{self, Few, Pair},
    path::{Docs, Step},
};

/// A container that is being walked.
pub struct Frame {
    pub depth: usize,
    pub from: usize,
    pub to: usize,
    pub rest: Rest,
}

/// Two arrays whose elements can be told apart better once the rest has been seen.
pub struct Later {
    pub path: Vec<Step>,
    pub places: Vec<Place>,
    pub old: Id,
    pub new: Id,
}

/// What is left of a container.
pub enum Rest {
    /// Members whose keys have stood in the same order so far.
    Members {
        old: Id,
        old_end: Id,
        new: Id,
        new_end: Id,
    },
    Few(Few),
    Elements(Elements),
    Pairs(vec::IntoIter<Pair>),
}

impl Rest {
    pub fn next(&mut self, docs: Docs<'_>, budget: &mut Budget) -> Result<Option<Pair>, Stop> {
        if let Rest::Members { old, old_end, new, new_end } = self {
            if old >= old_end && new >= new_end {
                return Ok(None);
            }
            let both = old < old_end && new < new_end;
            budget.spend_bytes(docs.old.length(*old))?;
            if both && docs.old.same_string(*old, docs.new, *new) {
                let (ours, theirs) = (old.following(), new.following());
                let pair = Pair::of(Step::OldKey(*old), Some(ours), Some(theirs));
                (*old, *new) = (docs.old.after(ours), docs.new.after(theirs));
                return Ok(Some(pair));
            }
            *self = match Few::of(docs, [*old, *old_end], [*new, *new_end]) {
                Some(few) => Rest::Few(few),
                None => {
                    let (old, new) = (docs.old.keys_from(*old, *old_end), docs.new.keys_from(*new, *new_end));
                    let pairs = members::pair(docs, old, new);
                    budget.spend(pairs.len())?;
                    Rest::Pairs(pairs.into_iter())
                }
            };
        }
        Ok(match self {
            Rest::Members { .. } => None,
            Rest::Few(few) => few.next(docs),
            Rest::Elements(elements) => elements.next(docs),
            Rest::Pairs(pairs) => pairs.next(),
        })
    }
}
