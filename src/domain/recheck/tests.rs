//! What readings of both sides come to.

use proptest::prelude::*;

use super::*;

const DELAYS: [u64; 5] = [100, 500, 2_000, 10_000, 60_000];

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn recheck() -> Recheck {
    Recheck::new(&DELAYS.map(ms))
}

/// A reading by the letters of what old, new and old said; in the middle also what new said before.
fn read(first: char, (before, new): (char, char), second: char) -> Sandwich {
    Sandwich {
        first_old_new: first == new,
        new_second_old: new == second,
        olds: first == second,
        new_as_before: before == new,
    }
}

fn differs() -> Sandwich {
    read('a', ('b', 'b'), 'a')
}

fn due(recheck: &Recheck) -> Option<Duration> {
    match recheck.next() {
        Next::Read { after } => Some(after),
        Next::Done(_) => None,
    }
}

fn ruling(recheck: &Recheck) -> Ruling {
    match recheck.next() {
        Next::Done(ruling) => ruling,
        Next::Read { after } => panic!("still to be read after {after:?}"),
    }
}

/// Each reading is made exactly when it is due.
fn after(readings: &[Sandwich]) -> Recheck {
    let mut recheck = recheck();
    for reading in readings {
        let at = due(&recheck).unwrap();
        recheck.saw(at, *reading);
    }
    recheck
}

#[test]
fn what_differs_at_every_delay_is_persistent() {
    let mut recheck = recheck();
    for delay in DELAYS {
        assert_eq!(due(&recheck), Some(ms(delay)));
        recheck.saw(ms(delay), differs());
    }
    let told = ruling(&recheck);
    assert_eq!((told.class, told.unstable, told.interval), (Class::Persistent, false, 4));
}

#[test]
fn what_agrees_after_a_while_is_transient_with_the_interval_in_which_new_caught_up() {
    let told = ruling(&after(&[differs(), differs(), read('a', ('b', 'a'), 'a')]));
    assert_eq!(
        told,
        Ruling {
            class: Class::Transient,
            caught_up: Some((ms(500), ms(2_000))),
            interval: 2,
            ..Ruling::UNCHECKED
        }
    );
    let at_once = ruling(&after(&[read('a', ('b', 'a'), 'a')]));
    assert_eq!(at_once.caught_up, Some((ms(0), ms(100))));
}

#[test]
fn old_that_comes_to_what_new_said_from_the_first_was_racing() {
    for readings in [
        &[read('b', ('b', 'b'), 'b')][..],
        &[read('a', ('b', 'b'), 'b')],
        &[read('b', ('b', 'b'), 'c')],
        &[differs(), read('b', ('b', 'b'), 'b')],
    ] {
        let told = ruling(&after(readings));
        assert_eq!((told.class, told.indeterminate), (Class::Racing, false), "{readings:?}");
    }
}

#[test]
fn new_that_agrees_with_either_reading_of_old_has_caught_up() {
    for reading in [read('a', ('b', 'a'), 'c'), read('c', ('b', 'a'), 'a')] {
        assert_eq!(ruling(&after(&[differs(), reading])).class, Class::Transient);
    }
}

#[test]
fn old_that_moves_under_a_reading_is_read_afresh_three_times_and_then_nothing_is_known() {
    let mut recheck = recheck();
    for n in 0..=3 {
        assert!(due(&recheck).unwrap() <= ms(100 + n), "it waits for nothing");
        recheck.saw(ms(100 + n), read('a', ('b', 'b'), 'c'));
    }
    let told = ruling(&recheck);
    assert_eq!((told.class, told.indeterminate), (Class::Racing, true));
}

#[test]
fn a_race_that_settles_goes_on_with_the_next_delay() {
    let race = read('a', ('b', 'b'), 'c');
    let recheck = after(&[race, race, race, differs(), race]);
    assert_eq!(due(&recheck), Some(ms(500)), "each delay has fresh readings of its own");
    let moved_with_old = after(&[race, read('d', ('b', 'e'), 'd')]);
    assert_eq!(due(&moved_with_old), Some(ms(500)), "new may change where old did");
}

#[test]
fn new_with_a_third_value_is_unstable_and_counts_as_persistent() {
    for readings in [&[read('a', ('b', 'c'), 'a')][..], &[differs(), differs(), read('a', ('b', 'c'), 'a')]] {
        let told = ruling(&after(readings));
        assert_eq!((told.class, told.unstable), (Class::Persistent, true));
        assert_eq!(told.interval, readings.len() - 1);
    }
}

#[test]
fn a_lost_reading_is_made_up_for_by_the_next_delay() {
    let mut recheck = after(&[differs()]);
    recheck.failed();
    assert_eq!(due(&recheck), Some(ms(2_000)));
    recheck.saw(ms(2_003), read('a', ('b', 'a'), 'a'));
    assert_eq!(ruling(&recheck).caught_up, Some((ms(100), ms(2_003))));
}

#[test]
fn lost_readings_at_the_last_delay_are_repeated_a_few_times_and_prove_nothing() {
    let mut recheck = after(&[differs(); 4]);
    let mut waited = Vec::new();
    while let Some(after) = due(&recheck) {
        waited.push(after.as_secs());
        recheck.failed();
    }
    assert_eq!(waited, [60, 61, 63, 66]);
    assert_eq!(ruling(&recheck).class, Class::Unchecked);
}

#[test]
fn a_mismatch_of_which_every_reading_was_lost_is_as_good_as_not_read_again() {
    let mut recheck = recheck();
    while due(&recheck).is_some() {
        recheck.failed();
    }
    assert_eq!(ruling(&recheck), Ruling::UNCHECKED);
}

#[test]
fn without_delays_nothing_is_read_again() {
    assert_eq!(Recheck::new(&[]).next(), Next::Done(Ruling::UNCHECKED));
}

#[test]
fn every_class_has_a_name_of_its_own() {
    let names: std::collections::HashSet<_> = Class::ALL.map(Class::name).into();
    assert_eq!(names.len(), Class::ALL.len());
}

proptest! {
    #[test]
    fn any_readings_come_to_an_end_and_stay_there(
        delays in prop::collection::vec(0u64..100_000, 0..40),
        readings in prop::collection::vec(prop::option::of(any::<[bool; 4]>()), 80),
    ) {
        let delays: Vec<_> = delays.into_iter().map(ms).collect();
        let mut recheck = Recheck::new(&delays);
        let mut made = 0;
        for reading in readings {
            let Some(at) = due(&recheck) else { break };
            made += 1;
            match reading {
                None => recheck.failed(),
                Some([first_old_new, new_second_old, olds, new_as_before]) => {
                    recheck.saw(at, Sandwich { first_old_new, new_second_old, olds, new_as_before });
                }
            }
        }
        prop_assert!(made <= MOST_DELAYS * (RACES as usize + 1) + LOST as usize);
        let told = ruling(&recheck);
        prop_assert_eq!(told.caught_up.is_some(), told.class == Class::Transient);
        prop_assert!(told.caught_up.is_none_or(|(from, to)| from <= to));
        recheck.saw(ms(1), differs());
        recheck.failed();
        prop_assert_eq!(ruling(&recheck), told);
    }

    #[test]
    fn what_never_agrees_with_old_is_never_called_transient(
        readings in prop::collection::vec(any::<[bool; 2]>(), 40),
    ) {
        let mut recheck = recheck();
        for [olds, new_as_before] in readings {
            let Some(at) = due(&recheck) else { break };
            let reading = Sandwich { first_old_new: false, new_second_old: false, olds, new_as_before };
            recheck.saw(at, reading);
        }
        let told = ruling(&recheck);
        prop_assert!(told.class == Class::Persistent || told.indeterminate);
    }
}
