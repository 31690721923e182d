//! Three replies to one request: old, old again and new, by the places where they are not all the same.

use std::collections::BTreeMap;

use super::{
    super::compare::difference::{Difference, Kind, Place},
    value::Value,
};

/// Three replies to one request, compared by twos: old with new, and old with old again.
///
/// Must not be taken because new was seen to differ: after a mismatch a fresh one is asked for. Otherwise new
/// looks worse than it is.
#[derive(Clone, Debug, Default)]
pub struct Triple {
    /// By their path; the places of one path from the first to the last.
    pub paths: BTreeMap<String, Vec<Spot>>,
    /// Not all differences are known: who differs alone cannot be told.
    pub is_cut: bool,
    /// When it was read, in milliseconds since 1970.
    pub now_millis: u64,
    /// Values compared in old's reply; zero where nobody counted.
    pub leaves: u64,
}

/// One place at which not all three are the same.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Old and new differ.
    pub new_differs: bool,
    /// Old and old again differ.
    pub old_differs: bool,
    /// Old and old again have the same elements in another order.
    pub reorders: bool,
    pub old: Value,
    pub again: Value,
    pub new: Value,
}

impl Triple {
    /// From the differences of new against old and of old's second reply against its first. `is_cut`: there
    /// are more than these.
    pub fn of(test: &[Difference], control: &[Difference], is_cut: bool, now_millis: u64) -> Triple {
        let mut spots: BTreeMap<(String, String), Spot> = BTreeMap::new();
        for difference in control {
            let Some(path) = path(difference) else { continue };
            let (old, again) = Value::pair(difference);
            let reorders = difference.kind == Kind::Order;
            let spot = Spot { new_differs: false, old_differs: true, reorders, new: old.clone(), old, again };
            spots.insert((path, difference.place.to_string()), spot);
        }
        for difference in test {
            let Some(path) = path(difference) else { continue };
            let (old, new) = Value::pair(difference);
            let alone = Spot {
                new_differs: true,
                old_differs: false,
                reorders: false,
                again: old.clone(),
                new: new.clone(),
                old,
            };
            let spot = spots.entry((path, difference.place.to_string())).or_insert(alone);
            (spot.new_differs, spot.new) = (true, new);
        }
        let mut paths: BTreeMap<String, Vec<Spot>> = BTreeMap::new();
        for ((path, _), spot) in spots {
            paths.entry(path).or_default().push(spot);
        }
        Triple { paths, is_cut, now_millis, leaves: 0 }
    }
}

/// Where a difference belongs, by its place with positions and minted keys left out; `None` where nothing may
/// ever pass for noise: the status, the whole body, and what is no value.
pub fn path(difference: &Difference) -> Option<String> {
    let opaque = matches!(difference.kind, Kind::Bytes | Kind::Encoding | Kind::RepeatedKey);
    match &difference.place {
        _ if opaque => None,
        Place::Status | Place::Invariant(_) => None,
        Place::Body(pointer) if pointer.is_empty() => None,
        // Made by hand, with no shape of its own.
        Place::Body(pointer) if difference.shape.is_empty() => Some(pointer.clone()),
        Place::Body(_) => Some(difference.shape.clone()),
        elsewhere => Some(elsewhere.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str, shape: &str, old: &str, new: &str) -> Difference {
        let place = Place::Body(pointer.to_owned());
        let difference = Difference::at(place, Kind::Number, Some(old.to_owned()), Some(new.to_owned()));
        Difference { shape: shape.to_owned(), ..difference }
    }

    #[test]
    fn the_places_of_both_comparisons_are_lined_up() {
        let triple = Triple::of(
            &[at("/a/0", "/a/*", "1", "2"), at("/a/1", "/a/*", "5", "6")],
            &[at("/a/1", "/a/*", "5", "7"), at("/b", "/b", "8", "9")],
            false,
            0,
        );
        let told = |path: &str| -> Vec<_> {
            let spelled = |value: &Value| value.spelled().unwrap().to_owned();
            let spots = triple.paths[path].iter();
            let values = |spot: &Spot| [&spot.old, &spot.again, &spot.new].map(spelled).join(" ");
            spots.map(|spot| (spot.new_differs, spot.old_differs, values(spot))).collect()
        };
        assert_eq!(told("/a/*"), [(true, false, "1 1 2".into()), (true, true, "5 7 6".into())]);
        assert_eq!(told("/b"), [(false, true, "8 9 8".into())]);
    }

    #[test]
    fn what_may_never_pass_for_noise_has_no_path() {
        let body = |kind| Difference::at(Place::Body("/a".into()), kind, None, None);
        for kind in [Kind::Bytes, Kind::Encoding, Kind::RepeatedKey] {
            assert_eq!(path(&body(kind)), None);
        }
        let status = Difference::at(Place::Status, Kind::Changed, None, None);
        let whole = Difference::at(Place::Body(String::new()), Kind::Text, None, None);
        assert_eq!((path(&status), path(&whole)), (None, None));
        let header = Difference::at(Place::Header("etag".into()), Kind::Changed, None, None);
        assert_eq!(path(&header).as_deref(), Some("header etag"));
    }
}
