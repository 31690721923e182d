//! What a walk and those inside it share and use up.

use std::collections::HashMap;

use super::{
    super::{super::side::Side, tree::Id},
    basis::Basis,
    budget::Budget,
    digest::Digests,
    journal::Journal,
};

/// Pairs of containers whose equality is remembered.
const MOST_KNOWN: usize = 1 << 18;

pub struct Shared {
    pub budget: Budget,
    pub old_digests: Digests,
    pub new_digests: Digests,
    pub journal: Journal,
    /// Whether two values are equal, which the pair alone tells where no rule names a position and none
    /// binds.
    known: Option<HashMap<(Id, Id), bool>>,
}

impl Shared {
    pub fn new(basis: &Basis<'_>) -> Shared {
        Shared {
            budget: Budget::full(),
            old_digests: Digests::new(Side::Old, !basis.pins),
            new_digests: Digests::new(Side::New, !basis.pins),
            journal: Journal::default(),
            known: (!basis.pins && !basis.binds).then(HashMap::new),
        }
    }

    /// Whether two values were found equal, or not, before.
    pub fn known(&self, old: Id, new: Id) -> Option<bool> {
        self.known.as_ref()?.get(&(old, new)).copied()
    }

    pub fn remember(&mut self, old: Id, new: Id, equal: bool) {
        if let Some(known) = self.known.as_mut().filter(|known| known.len() < MOST_KNOWN) {
            known.insert((old, new), equal);
        }
    }
}
