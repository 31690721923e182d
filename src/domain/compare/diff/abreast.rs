//! What a walk need not look into: values that both sides hold in the same order, however they are spelled.
//!
//! Equal without any rule, and so equal under every rule with nothing forgiven.

use super::{super::tree::Id, budget::Stop, walk::Walk};

/// Nodes that are held against each other in the time of one step.
const NODES_A_STEP: usize = 4;

/// The nodes of old from one on that say the same as those at one distance from them in new, up to where
/// they part. Kept, so that a value is not read again with each value around it that turns out to differ.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    old: Id,
    new: Id,
    parts: Id,
}

impl Stretch {
    pub const NONE: Stretch = Stretch { old: Id::ROOT, new: Id::ROOT, parts: Id::ROOT };

    fn holds(&self, old: Id, new: Id) -> bool {
        let distance = |old: Id, new: Id| new.index().wrapping_sub(old.index());
        self.old <= old && old < self.parts && distance(self.old, self.new) == distance(old, new)
    }
}

impl Walk<'_, '_> {
    /// Whether two values say the same in the same order.
    pub fn abreast(&mut self, old: Id, new: Id) -> Result<bool, Stop> {
        let (docs, numbers) = (self.basis.docs, self.basis.rules.numbers);
        if let Some((same, bytes)) = docs.old.leaves(old, docs.new, new, numbers) {
            self.shared.budget.spend_bytes(bytes)?;
            return Ok(same);
        }
        if !self.stretch.holds(old, new) {
            let parts = docs.old.abreast(old, docs.new, new, numbers);
            self.stretch = Stretch { old, new, parts };
            self.shared.budget.spend((parts.index() - old.index()) / NODES_A_STEP)?;
            self.shared.budget.spend_bytes(docs.old.bytes_between(old, parts))?;
        }
        Ok(docs.old.after(old) <= self.stretch.parts)
    }
}
