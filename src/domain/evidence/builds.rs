//! Which builds answer. Evidence is about one build of each side: another one begins an epoch.
//!
//! While builds take turns, as in a rolling update, the newest counts, and that it is not alone is told. A build that
//! was there a moment ago begins nothing when it turns up again.

use serde::{Deserialize, Serialize};

use crate::domain::side::Side;

/// A build that has not answered for so long is gone.
const GONE_MILLIS: u64 = 60_000;
/// Builds of one side remembered at a time.
const MOST: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Builds {
    old: Answering,
    new: Answering,
}

/// The builds of one side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Answering {
    /// 0 while none is known.
    current: u64,
    /// When each answered last, the current one included.
    seen: Vec<(u64, u64)>,
}

/// What a reply says about the builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Those the evidence is about, or none that are told.
    Same,
    /// Of a build that the evidence is not about.
    Other,
    /// Another build has come: the evidence is over.
    Changed,
}

impl Builds {
    pub const fn current(&self) -> [u64; 2] {
        [self.old.current, self.new.current]
    }

    pub fn see(&mut self, [old, new]: [u64; 2], now_millis: u64) -> Build {
        if old == 0 && new == 0 {
            return Build::Same;
        }
        match [self.old.see(old, now_millis), self.new.see(new, now_millis)] {
            [Build::Changed, _] | [_, Build::Changed] => Build::Changed,
            [Build::Other, _] | [_, Build::Other] => Build::Other,
            [Build::Same, Build::Same] => Build::Same,
        }
    }

    /// In words, where more than one build of a side answers.
    pub fn mixed(&self, now_millis: u64) -> Option<String> {
        let sides = [(Side::Old, &self.old), (Side::New, &self.new)];
        let told = sides.into_iter().filter_map(|(side, builds)| {
            let answering = builds.answering(now_millis);
            (answering > 1).then(|| format!("{answering} builds of {side} answer at the same time"))
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

impl Answering {
    fn see(&mut self, build: u64, now_millis: u64) -> Build {
        if build == 0 {
            return Build::Same;
        }
        let gone = |at: u64| now_millis.saturating_sub(at) >= GONE_MILLIS;
        let place = self.seen.iter().position(|(seen, _)| *seen == build);
        let before =
            place.and_then(|place| self.seen.get_mut(place)).map(|(_, at)| std::mem::replace(at, now_millis));
        if build == self.current {
            return Build::Same;
        }
        if place.is_none() {
            self.seen.retain(|(_, at)| !gone(*at));
            if self.seen.len() >= MOST {
                self.seen.remove(0);
            }
            self.seen.push((build, now_millis));
        }
        let current_gone = !self.seen.iter().any(|(seen, at)| *seen == self.current && !gone(*at));
        if before.is_none_or(gone) || current_gone {
            self.current = build;
            return Build::Changed;
        }
        Build::Other
    }

    fn answering(&self, now_millis: u64) -> usize {
        self.seen.iter().filter(|(_, at)| now_millis.saturating_sub(*at) < GONE_MILLIS).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_build_changes_and_the_one_before_it_is_another_for_a_while() {
        let mut builds = Builds::default();
        assert_eq!(builds.see([0, 0], 0), Build::Same);
        assert_eq!(builds.see([1, 10], 0), Build::Changed);
        assert_eq!(builds.see([1, 10], 5), Build::Same);
        assert_eq!(builds.see([1, 11], 10), Build::Changed);
        assert_eq!(builds.see([1, 10], 20), Build::Other);
        assert_eq!(builds.see([0, 11], 30), Build::Same);
        assert_eq!(builds.current(), [1, 11]);
    }

    #[test]
    fn builds_that_take_turns_change_nothing_and_are_told() {
        let mut builds = Builds::default();
        let changes = (0..300u64).filter(|n| builds.see([0, 1 + n % 3], n * 10) == Build::Changed).count();
        assert_eq!(changes, 3);
        assert!(builds.mixed(3_000).unwrap().starts_with("3 builds of new"));
        assert_eq!(builds.mixed(3_000 + 2 * GONE_MILLIS), None);
    }

    #[test]
    fn a_build_that_is_rolled_back_to_changes_once_the_other_is_gone() {
        let mut builds = Builds::default();
        builds.see([0, 1], 0);
        builds.see([0, 2], 1_000);
        let told: Vec<Build> = (2..100).map(|second| builds.see([0, 1], second * 1_000)).collect();
        assert_eq!(told.iter().filter(|build| **build == Build::Changed).count(), 1);
        assert_eq!((told[0], *told.last().unwrap(), builds.current()), (Build::Other, Build::Same, [0, 1]));
    }

    #[test]
    fn builds_remembered_are_bounded() {
        let mut builds = Builds::default();
        (1..1_000).for_each(|build| assert_eq!(builds.see([build, 0], 0), Build::Changed));
        assert_eq!(builds.old.seen.len(), MOST);
    }
}
