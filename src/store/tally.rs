//! Counts of a few different things, with a bound on how many things are told apart.

use std::borrow::Borrow;

/// How often each key was counted. Past the bound, keys not seen before are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<K, const BOUND: usize> {
    counts: Vec<(K, u64)>,
    other: u64,
}

impl<K, const BOUND: usize> Default for Tally<K, BOUND> {
    fn default() -> Tally<K, BOUND> {
        Tally { counts: Vec::new(), other: 0 }
    }
}

impl<K: Clone + Ord, const BOUND: usize> Tally<K, BOUND> {
    /// Copies the key only at its first sight.
    pub fn count<Q>(&mut self, key: &Q, times: u64)
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Eq + ?Sized,
    {
        if let Some((_, count)) = self.counts.iter_mut().find(|(known, _)| known.borrow() == key) {
            *count += times;
        } else if self.counts.len() < BOUND {
            self.counts.push((key.to_owned(), times));
        } else {
            self.other += times;
        }
    }

    pub fn add(&mut self, more: &Tally<K, BOUND>) {
        more.counts.iter().for_each(|(key, times)| self.count::<K>(key, *times));
        self.other += more.other;
    }

    /// How often this key was counted under its own name.
    pub fn of(&self, key: &K) -> u64 {
        self.counts.iter().find(|(known, _)| known == key).map_or(0, |(_, count)| *count)
    }

    /// The heaviest first, and of equals the smaller key.
    pub fn by_weight(&self) -> Vec<(K, u64)> {
        let mut sorted = self.counts.clone();
        sorted.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        sorted
    }

    /// How much was counted under no key of its own.
    pub const fn other(&self) -> u64 {
        self.other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_bound_new_keys_are_counted_together_and_nothing_is_lost() {
        let mut tally: Tally<u16, 2> = Tally::default();
        for key in [1, 2, 3, 2, 4] {
            tally.count(&key, 1);
        }
        assert_eq!(tally.by_weight(), [(2, 2), (1, 1)]);
        assert_eq!((tally.of(&2), tally.of(&4), tally.other()), (2, 0, 2));
    }
}
