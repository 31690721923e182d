//! What holds of the set of evidence units.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::domain::splitmix::SplitMix;

const MATCHED: Held = Held::Matched { late: false };

fn id(key: u64, payload: u64) -> Id {
    Id::of(Unit { key, payload })
}

#[test]
fn a_unit_is_new_once() {
    let mut units = Units::new(100, 20);
    assert_eq!(units.enter(id(1, 1), MATCHED), Entry::First);
    assert_eq!(units.enter(id(1, 1), Held::Differed), Entry::Seen(MATCHED));
    assert_eq!(units.enter(id(1, 2), Held::Differed), Entry::First);
    assert_eq!(units.enter(id(1, 2), MATCHED), Entry::Seen(Held::Differed));
    assert_eq!((units.len(), units.get(id(9, 9))), (2, None));
}

#[test]
fn what_could_not_be_told_can_be_told_later() {
    let mut units = Units::new(100, 20);
    assert_eq!(units.enter(id(1, 1), Held::Unjudged), Entry::First);
    assert_eq!(units.enter(id(1, 1), Held::Unjudged), Entry::Seen(Held::Unjudged));
    assert_eq!(units.enter(id(1, 1), MATCHED), Entry::First);
    assert_eq!((units.len(), units.get(id(1, 1))), (1, Some(MATCHED)));
}

#[test]
fn a_key_has_so_many_units_and_one_more_that_differed() {
    let mut units = Units::new(1_000, 20);
    let entered = (0..50).filter(|payload| units.enter(id(7, *payload), MATCHED) == Entry::First).count();
    assert_eq!(entered, 20);
    assert_eq!(units.enter(id(7, 50), MATCHED), Entry::KeyFull);
    assert_eq!(units.enter(id(7, 51), Held::Differed), Entry::First);
    assert_eq!(units.enter(id(7, 52), Held::Differed), Entry::KeyFull);
    assert_eq!(units.enter(id(8, 1), MATCHED), Entry::First);
}

#[test]
fn a_full_set_has_room_for_mismatches_alone() {
    let mut units = Units::new(3, 20);
    (0..5).for_each(|key| {
        let _ = units.enter(id(key, 0), MATCHED);
    });
    assert_eq!((units.len(), units.enter(id(9, 0), MATCHED)), (3, Entry::Full));
    assert_eq!(units.enter(id(10, 0), Held::Differed), Entry::First);
    assert_eq!(units.enter(id(10, 0), Held::Differed), Entry::Seen(Held::Differed));
    (100..100 + RESERVE as u64 - 1).for_each(|key| {
        let _ = units.enter(id(key, 0), Held::Differed);
    });
    assert_eq!(units.enter(id(1 << 40, 0), Held::Differed), Entry::Full);
}

#[test]
fn five_million_units_take_less_than_eighty_mebibytes() {
    const UNITS: u64 = 5_000_000;
    let mut units = Units::new(UNITS as usize, 20);
    let mut most = 0;
    for key in 0..UNITS {
        assert_eq!(units.enter(id(key, key), MATCHED), Entry::First, "{key}");
        if key % 4_096 == 0 {
            units.take_fresh();
            most = most.max(units.bytes());
        }
    }
    let growing = units.parts.iter().map(|part| part.slots.len() * size_of::<u64>()).max().unwrap() / 2;
    let bytes = most.max(units.bytes()) + MOST_FRESH * size_of::<u64>() + growing;
    assert!(bytes <= 80 << 20, "{bytes}");
    assert_eq!(units.enter(id(0, 0), MATCHED), Entry::Seen(MATCHED));
}

#[test]
fn keys_that_change_all_the_time_do_not_make_looks_long() {
    let mut units = Units::new(100_000, 20);
    let mut dice = SplitMix::new(3);
    for key in 0..5_000 {
        (0..25).for_each(|_| {
            let _ = units.enter(id(key, dice.throw()), MATCHED);
        });
    }
    // Two keys in five thousand may agree in the bits that are kept, and then share their allowance.
    assert!((99_900..=100_000).contains(&units.len()), "{}", units.len());
    let none_crowded = (0..5_000u64).all(|key| {
        let id = id(key, u64::MAX);
        !matches!(units.parts[part_of(id)].find(id), Found::Crowded)
    });
    assert!(none_crowded);
}

#[test]
fn words_written_late_or_twice_are_read_as_the_worst_of_them() {
    let mut units = Units::new(100, 20);
    units.enter(id(1, 1), MATCHED);
    units.mark(id(1, 1), Held::Differed);
    units.enter(id(2, 2), Held::Unjudged);
    units.enter(id(2, 2), MATCHED);
    units.enter(id(3, 3), MATCHED);
    units.mark(id(3, 3), Held::Matched { late: true });
    let mut words = units.take_fresh();
    words.reverse();
    words.extend(words.clone());
    let mut again = Units::new(100, 20);
    again.restore(&words);
    assert_eq!(again.len(), 3);
    for (id, expected) in
        [(id(1, 1), Held::Differed), (id(2, 2), MATCHED), (id(3, 3), Held::Matched { late: true })]
    {
        assert_eq!(again.get(id), Some(expected));
    }
    assert!(again.take_fresh().is_empty());
    again.restore(&[0, 5]);
    assert_eq!(again.len(), 3);
}

proptest! {
    #[test]
    fn the_set_holds_what_was_entered_and_nothing_else(
        looks in proptest::collection::vec((0u64..60, 0u64..40, any::<bool>()), 0..3_000),
    ) {
        let mut units = Units::new(500, 20);
        let mut model: HashMap<(u64, u64), Held> = HashMap::new();
        let mut keys: HashMap<u64, HashSet<u64>> = HashMap::new();
        for (key, payload, differs) in looks {
            let what = if differs { Held::Differed } else { MATCHED };
            let told = units.enter(id(key, payload), what);
            let room = if differs { 21 } else { 20 };
            let expected = match model.get(&(key, payload)) {
                Some(held) => Entry::Seen(*held),
                None if keys.entry(key).or_default().len() >= room => Entry::KeyFull,
                None if model.len() >= 500 && !differs => Entry::Full,
                None => Entry::First,
            };
            prop_assert_eq!(told, expected);
            if told == Entry::First {
                model.insert((key, payload), what);
                keys.entry(key).or_default().insert(payload);
            }
        }
        prop_assert_eq!(units.len(), model.len());
        let mut again = Units::new(500, 20);
        again.restore(&units.take_fresh());
        for ((key, payload), held) in model {
            prop_assert_eq!(again.get(id(key, payload)), Some(held));
        }
    }
}
