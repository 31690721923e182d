//! Which identifier of old stands for which of new, learnt from pairs that agree otherwise.
//!
//! One to one: the first sight binds, and whatever contradicts it later is a difference. Bounded: past
//! the bound nothing new is bound, and identifiers that are not bound differ.

use std::collections::HashMap;

/// Pairs of identifiers kept over all sets.
pub const MOST: usize = 100_000;
/// Bytes that they may take in all: enough for as many UUIDs, and a bound where identifiers are long.
pub const MOST_BYTES: usize = 32 << 20;
/// Bytes that a pair takes besides its identifiers, each of which is kept twice.
const OVERHEAD: usize = 192;
/// Bytes of one identifier.
pub const LONGEST: usize = 256;

/// The bound identifiers of one route, by the name of their set.
#[derive(Debug, Default)]
pub struct Bindings {
    sets: HashMap<String, Set>,
    bound: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Set {
    new_of: HashMap<Vec<u8>, Vec<u8>>,
    old_of: HashMap<Vec<u8>, Vec<u8>>,
}

/// What is known of two identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// They stand for each other.
    Bound,
    /// Neither is bound yet.
    Free,
    /// One of them stands for something else.
    Contradicted,
}

impl Bindings {
    pub fn bond(&self, set: &str, old: &[u8], new: &[u8]) -> Bond {
        let Some(set) = self.sets.get(set) else { return Bond::Free };
        match (set.new_of.get(old), set.old_of.get(new)) {
            (None, None) => Bond::Free,
            (Some(known), _) if known == new => Bond::Bound,
            _ => Bond::Contradicted,
        }
    }

    /// Whether they stand for each other from now on.
    pub fn bind(&mut self, set: &str, old: &[u8], new: &[u8]) -> bool {
        match self.bond(set, old, new) {
            Bond::Bound => true,
            Bond::Contradicted => false,
            Bond::Free if self.is_full() || old.len().max(new.len()) > LONGEST => false,
            Bond::Free => {
                let set = self.sets.entry(set.to_owned()).or_default();
                set.new_of.insert(old.to_vec(), new.to_vec());
                set.old_of.insert(new.to_vec(), old.to_vec());
                self.bound += 1;
                self.bytes += OVERHEAD + 2 * (old.len() + new.len());
                true
            }
        }
    }

    pub const fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many pairs may still be bound.
    pub const fn room(&self) -> usize {
        let fit = MOST_BYTES.saturating_sub(self.bytes) / (OVERHEAD + 4 * LONGEST);
        if fit == 0 { 0 } else { MOST.saturating_sub(self.bound) }
    }

    pub const fn bound(&self) -> usize {
        self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sight_binds_and_a_contradiction_does_not() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.bond("user", b"1", b"101"), Bond::Free);
        assert!(bindings.bind("user", b"1", b"101") && bindings.bind("user", b"1", b"101"));
        assert_eq!(bindings.bond("user", b"1", b"101"), Bond::Bound);
        for (old, new) in [(b"1", b"102"), (b"2", b"101")] {
            assert_eq!(bindings.bond("user", old, new), Bond::Contradicted);
            assert!(!bindings.bind("user", old, new));
        }
        assert!(bindings.bind("order", b"1", b"102"));
        assert_eq!(bindings.bound(), 2);
    }

    #[test]
    fn bindings_are_bounded() {
        let mut bindings = Bindings::default();
        for n in 0..MOST {
            assert!(bindings.bind("user", n.to_string().as_bytes(), n.to_string().as_bytes()));
        }
        assert!(bindings.is_full() && !bindings.bind("user", b"x", b"y"));
        assert!(bindings.bind("user", b"7", b"7"));
        assert!(!Bindings::default().bind("user", &[0; LONGEST + 1], b"y"));
        let mut long = Bindings::default();
        let id = |n: usize| format!("{n:0>LONGEST$}");
        let bound = (0..MOST).filter(|n| long.bind("user", id(*n).as_bytes(), id(*n).as_bytes())).count();
        assert_eq!(bound, MOST_BYTES / (OVERHEAD + 4 * LONGEST));
    }
}
