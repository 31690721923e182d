//! Which units were looked at in the present stage, whatever was seen of them before: a site with so many records and
//! no more has looked at all of them once, and still has to look at some at each stage.
//!
//! Bounded, and not written down: after a restart a unit may count once more for the stage.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

use super::units::Id;

/// More than any default asks for at a stage: a tenth of 523,558.
const MOST: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub struct Seen(HashSet<Id, BuildHasherDefault<AsItIs>>);

impl Seen {
    /// Whether this is the first look at it in the stage. Past the bound nothing is a first look any more.
    pub fn first(&mut self, id: Id) -> bool {
        self.0.len() < MOST && self.0.insert(id)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// What is remembered of the stage says nothing about what the evidence is.
impl PartialEq for Seen {
    fn eq(&self, _: &Seen) -> bool {
        true
    }
}

/// An id is mixed already.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        // Units of one key agree in their first bits, and the table goes by the first and by the last.
        self.0 = number.rotate_left(29) ^ number;
    }
}
