//! The tallies of one shape of mismatch: one for each place and kind of difference, up to a bound.

use std::collections::BTreeMap;

use super::{
    super::difference::{Difference, Place, cut},
    suggestion::{self, Told},
    tally::{Explanation, Sight, Tally},
};

/// Places of one shape that are explained; a shape with more of them differs in everything.
const MOST: usize = 16;
/// Characters of the name of one.
const LONGEST_PLACE: usize = 160;

/// What is known of all differences of one shape of mismatch.
#[derive(Clone, Debug, Default)]
pub struct Tallies {
    all: BTreeMap<(Spot, &'static str), Tally>,
}

/// Where differences of one cause are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    /// In the body, by the shape of the pointer.
    Body(String),
    Elsewhere(String),
}

/// The explanation of what differs at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub place: String,
    pub explanation: Explanation,
    pub told: Told,
}

impl Tallies {
    /// All differences of one mismatch.
    pub fn see(&mut self, differences: &[Difference], sight: Sight<'_>) {
        // What is said of a status or a cookie is words about it, and no value to be transformed.
        let says_a_value = |difference: &&Difference| {
            !matches!(difference.place, Place::Status | Place::Cookie(_) | Place::Invariant(_))
        };
        for difference in differences.iter().filter(says_a_value) {
            let key = (Spot::of(difference), difference.kind.name());
            if self.all.len() >= MOST && !self.all.contains_key(&key) {
                continue;
            }
            self.all.entry(key).or_default().see(difference, sight);
        }
    }

    /// Place by place, of those that can be explained.
    pub fn explained(&self) -> Vec<Explained> {
        let mut found: Vec<(&Spot, Explanation)> = Vec::new();
        for ((spot, _), tally) in &self.all {
            let Some(best) = tally.best() else { continue };
            match found.last_mut() {
                // What is less at one end of a page and more at the other has one cause.
                Some((at, last)) if *at == spot && last.cause == best.cause => last.join(best),
                _ => found.push((spot, best)),
            }
        }
        found.into_iter().map(|(spot, explanation)| spot.explained(explanation)).collect()
    }
}

impl Spot {
    fn of(difference: &Difference) -> Spot {
        match &difference.place {
            // Where no shape was made, the pointer is all there is.
            Place::Body(pointer) if difference.shape.is_empty() => Spot::Body(cut(pointer, LONGEST_PLACE)),
            Place::Body(_) => Spot::Body(cut(&difference.shape, LONGEST_PLACE)),
            elsewhere => Spot::Elsewhere(cut(&elsewhere.to_string(), LONGEST_PLACE)),
        }
    }

    fn explained(&self, explanation: Explanation) -> Explained {
        let (place, shape) = match self {
            Spot::Body(shape) if shape.is_empty() => ("body".to_owned(), Some(shape.as_str())),
            Spot::Body(shape) => (shape.clone(), Some(shape.as_str())),
            Spot::Elsewhere(place) => (place.clone(), None),
        };
        let told = suggestion::told(&explanation, shape);
        Explained { place, explanation, told }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{super::difference::Kind, Cause, cause::Way};
    use super::*;

    const SIGHT: Sight<'static> = Sight { at_millis: 0, target: "/" };

    fn at(shape: &str, kind: Kind, causes: &[Cause]) -> Difference {
        let (old, new) = match kind {
            Kind::Added => (None, Some("1")),
            Kind::Removed => (Some("2"), None),
            _ => (Some("\"x\""), Some("\"X\"")),
        };
        Difference {
            shape: shape.to_owned(),
            causes: causes.to_vec(),
            ..Difference::at(
                Place::Body(shape.replace('*', "0")),
                kind,
                old.map(str::to_owned),
                new.map(str::to_owned),
            )
        }
    }

    #[test]
    fn each_place_is_explained_on_its_own() {
        let mut tallies = Tallies::default();
        for _ in 0..3 {
            let shifted = [Cause::Shifted(Way::Forth)];
            let all = [
                at("/items/*", Kind::Removed, &shifted),
                at("/items/*", Kind::Added, &shifted),
                at("/name", Kind::Text, &[Cause::Case]),
                at("/other", Kind::Text, &[]),
            ];
            tallies.see(&all, SIGHT);
        }
        let says: Vec<_> =
            tallies.explained().into_iter().map(|one| format!("{} {}", one.place, one.told.says)).collect();
        assert_eq!(
            says,
            [
                "/items/* one element ahead: it begins with old's second (6 of 6, all of the same values)",
                "/name the same in another case (3 of 3, all of the same values)",
            ]
        );
    }

    #[test]
    fn places_are_bounded_and_the_first_ones_stay() {
        let mut tallies = Tallies::default();
        for _ in 0..2 {
            let all: Vec<_> = (0..100).map(|n| at(&format!("/{n:02}"), Kind::Text, &[Cause::Case])).collect();
            tallies.see(&all, SIGHT);
        }
        let places: Vec<_> = tallies.explained().into_iter().map(|one| one.place).collect();
        assert_eq!((places.len(), places[0].as_str(), places[15].as_str()), (16, "/00", "/15"));
    }
}
