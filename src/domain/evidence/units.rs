//! The set of evidence units: which distinct data was looked at already, and what came of it (statistics 2.1).
//!
//! One word of 64 bits a unit, and nothing else: 24 bits of the key, 37 of key and payload together, and three that
//! tell what came of it. The place of a unit follows from its key alone, so that all units of one key lie beside each
//! other, and how many a key has is counted where it is looked up: nothing beside the set has to be kept for that.
//!
//! Keys that agree in 24 bits share their allowance, and two units in ten million that agree in 61 bits are taken for
//! one, with a chance of one in fifty thousand: both count less, never more. Beyond its bound the set is approximate,
//! on the side of not passing: a match it has no room for counts nothing, a mismatch has places of its own, and when
//! these are taken too each look at it counts.

use serde::{Deserialize, Serialize};

use super::Unit;

/// Parts that grow by themselves, so that growing never holds much twice.
const PARTS: usize = 64;
const PART_BITS: u32 = PARTS.trailing_zeros();
/// Of the key in a word.
const KEY_BITS: u32 = 24;
/// Of the key, those that say where in its part a unit lies.
const PLACE_BITS: u32 = KEY_BITS - PART_BITS;
/// Slots of a part that holds anything.
const SMALLEST: usize = 16;
/// Slots looked at for one unit: past that, keys have been chosen to lie beside each other.
const MOST_PROBES: usize = 1_024;
/// Places that only mismatches take.
const RESERVE: usize = 65_536;
/// Places of one key that only mismatches take.
const KEY_RESERVE: usize = 1;
/// Words that wait to be written down. Those that find no room are not: evidence that is read again counts that many
/// units less.
const MOST_FRESH: usize = 262_144;

const DIFFERED: u64 = 1;
const LATE: u64 = 2;
const UNJUDGED: u64 = 4;
const FLAGS: u64 = DIFFERED | LATE | UNJUDGED;

/// A unit as the set knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(u64);

/// What is known of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Matched {
        /// It differed for longer than is allowed at a later look, and new caught up.
        late: bool,
    },
    Differed,
    /// It could not be told.
    Unjudged,
}

/// What came of entering a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    First,
    /// It was there, and stays as it was.
    Seen(Held),
    /// Its key has as many units as count.
    KeyFull,
    Full,
}

#[derive(Debug)]
pub struct Units {
    parts: Vec<Part>,
    held: usize,
    most: usize,
    per_key: usize,
    fresh: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    slots: Box<[u64]>,
    taken: usize,
}

/// Where a look ended.
enum Found {
    At(usize),
    /// An empty slot, and how many units of the key were passed.
    Empty {
        at: usize,
        of_key: usize,
    },
    Crowded,
}

impl Id {
    pub fn of(unit: Unit) -> Id {
        let key = mixed(unit.key);
        let both = mixed(key ^ unit.payload.rotate_left(32));
        let id = (key & !(u64::MAX >> KEY_BITS)) | (both >> KEY_BITS);
        // No id is the empty slot.
        Id((id & !FLAGS).max(FLAGS + 1))
    }

    const fn key(self) -> u64 {
        self.0 >> (64 - KEY_BITS)
    }
}

/// The finish of SplitMix64: every bit of the number reaches every bit of what comes of it.
const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

const fn held(word: u64) -> Held {
    if word & UNJUDGED != 0 {
        Held::Unjudged
    } else if word & DIFFERED != 0 {
        Held::Differed
    } else {
        Held::Matched { late: word & LATE != 0 }
    }
}

const fn flags(held: Held) -> u64 {
    match held {
        Held::Matched { late: false } => 0,
        Held::Matched { late: true } => LATE,
        Held::Differed => DIFFERED,
        Held::Unjudged => UNJUDGED,
    }
}

impl Units {
    pub fn new(most: usize, per_key: u8) -> Units {
        let parts = vec![Part::default(); PARTS];
        Units { parts, held: 0, most, per_key: usize::from(per_key), fresh: Vec::new() }
    }

    pub const fn len(&self) -> usize {
        self.held
    }

    pub fn get(&self, id: Id) -> Option<Held> {
        let part = self.parts.get(part_of(id))?;
        match part.find(id) {
            Found::At(at) => part.slots.get(at).map(|word| held(*word)),
            Found::Empty { .. } | Found::Crowded => None,
        }
    }

    /// Takes a unit in, unless it is there. What could not be told before can be told now.
    pub fn enter(&mut self, id: Id, what: Held) -> Entry {
        let (reserve, key_reserve) = if what == Held::Differed { (RESERVE, KEY_RESERVE) } else { (0, 0) };
        let full = self.held >= self.most.saturating_add(reserve);
        let Some(part) = self.parts.get_mut(part_of(id)) else { return Entry::Full };
        let word = id.0 | flags(what);
        match part.find(id) {
            Found::At(at) => {
                let Some(slot) = part.slots.get_mut(at) else { return Entry::Full };
                let before = held(*slot);
                if before != Held::Unjudged || what == Held::Unjudged {
                    return Entry::Seen(before);
                }
                *slot = word;
            }
            Found::Empty { of_key, .. } if of_key >= self.per_key + key_reserve => return Entry::KeyFull,
            Found::Empty { .. } | Found::Crowded if full => return Entry::Full,
            Found::Crowded => return Entry::Full,
            Found::Empty { at, .. } => {
                part.put(at, word);
                self.held += 1;
            }
        }
        self.note(word);
        Entry::First
    }

    /// What is known of a unit that is there has changed.
    pub fn mark(&mut self, id: Id, what: Held) {
        let word = id.0 | flags(what);
        let Some(part) = self.parts.get_mut(part_of(id)) else { return };
        if let Found::At(at) = part.find(id)
            && let Some(slot) = part.slots.get_mut(at)
        {
            *slot = word;
            self.note(word);
        }
    }

    fn note(&mut self, word: u64) {
        if self.fresh.len() < MOST_FRESH {
            self.fresh.push(word);
        }
    }

    /// The words that came or changed since the last time.
    pub fn take_fresh(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.fresh)
    }

    /// Takes in what was written down. Of several words of one unit the worst holds.
    pub fn restore(&mut self, words: &[u64]) {
        for word in words {
            let id = Id(word & !FLAGS);
            let Some(part) = self.parts.get_mut(part_of(id)) else { continue };
            match part.find(id) {
                Found::At(at) => {
                    if let Some(slot) = part.slots.get_mut(at) {
                        *slot = id.0 | worse(*slot, *word);
                    }
                }
                Found::Empty { at, .. } if id.0 != 0 && self.held < self.most.saturating_add(RESERVE) => {
                    part.put(at, *word);
                    self.held += 1;
                }
                Found::Empty { .. } | Found::Crowded => {}
            }
        }
    }

    /// What all of it takes.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let slots: usize = self.parts.iter().map(|part| part.slots.len()).sum();
        (slots + self.fresh.capacity()) * size_of::<u64>() + self.parts.capacity() * size_of::<Part>()
    }
}

/// Words are written in the order of what happened to a unit, and read in any.
const fn worse(one: u64, other: u64) -> u64 {
    let both = one | other;
    if both & DIFFERED != 0 {
        DIFFERED
    } else if one & UNJUDGED != 0 && other & UNJUDGED != 0 {
        UNJUDGED
    } else {
        both & LATE
    }
}

const fn part_of(id: Id) -> usize {
    (id.0 >> (64 - PART_BITS)) as usize
}

impl Part {
    /// Where units of this key begin.
    const fn home(&self, id: Id) -> usize {
        let place = id.key() as usize & ((1 << PLACE_BITS) - 1);
        let bits = self.slots.len().trailing_zeros();
        if bits > PLACE_BITS { place << (bits - PLACE_BITS) } else { place >> (PLACE_BITS - bits) }
    }

    fn find(&self, id: Id) -> Found {
        if self.slots.is_empty() {
            return Found::Empty { at: 0, of_key: 0 };
        }
        let (home, round) = (self.home(id), self.slots.len() - 1);
        let mut of_key = 0;
        for step in 0..MOST_PROBES {
            let at = (home + step) & round;
            let Some(word) = self.slots.get(at).copied() else { break };
            if word == 0 {
                return Found::Empty { at, of_key };
            }
            if word & !FLAGS == id.0 {
                return Found::At(at);
            }
            of_key += usize::from(Id(word).key() == id.key());
        }
        Found::Crowded
    }

    /// Into a slot that is empty, or into the place it has once there is room.
    fn put(&mut self, at: usize, word: u64) {
        if (self.taken + 1) * 4 > self.slots.len() * 3 {
            self.grow();
            self.place(word);
        } else if let Some(slot) = self.slots.get_mut(at) {
            *slot = word;
        }
        self.taken += 1;
    }

    fn grow(&mut self) {
        let twice = vec![0; (self.slots.len() * 2).max(SMALLEST)].into_boxed_slice();
        let before = std::mem::replace(&mut self.slots, twice);
        before.into_iter().filter(|word| *word != 0).for_each(|word| self.place(word));
    }

    /// A part is never full, so there is a place.
    fn place(&mut self, word: u64) {
        let (home, round) = (self.home(Id(word & !FLAGS)), self.slots.len() - 1);
        for step in 0..=round {
            if let Some(slot) = self.slots.get_mut((home + step) & round)
                && *slot == 0
            {
                *slot = word;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
