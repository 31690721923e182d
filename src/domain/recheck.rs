//! What becomes of one mismatch when both sides are read again: lag, a race, or an error that stays.
//!
//! A state machine over readings, after the reading protocol of a sandwich (old, new, old). It sends nothing
//! and compares nothing: what agreed comes in as booleans, when to read next comes out. The times are
//! arguments, all counted since the first difference was seen.

use std::time::Duration;

/// What is known of the cause of a mismatch after reading both sides again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing: it was not read again, or what was read says nothing.
    #[default]
    Unchecked,
    /// New still differs after the last delay, or never gave the same answer twice.
    Persistent,
    /// New caught up: lag.
    Transient,
    /// Old itself moved.
    Racing,
    /// Old differs from itself at each of these places too. A mismatch all the same, shown apart.
    Noise,
}

impl Class {
    pub const ALL: [Class; 5] =
        [Class::Unchecked, Class::Persistent, Class::Transient, Class::Racing, Class::Noise];

    pub const fn name(self) -> &'static str {
        match self {
            Class::Unchecked => "unchecked",
            Class::Persistent => "persistent",
            Class::Transient => "transient",
            Class::Racing => "racing",
            Class::Noise => "noise",
        }
    }

    /// One sentence for a person who asks what the class means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Class::Unchecked => "not read again, or in vain: lag and error cannot be told apart",
            Class::Persistent => "still different when both sides were read again, after every delay",
            Class::Transient => "new gave the right answer a little later: lag",
            Class::Racing => "old itself gave another answer when it was asked again: written to meanwhile",
            Class::Noise => "old differs from itself at each of these places, and new keeps to their kind",
        }
    }
}

/// One reading again: old, new, old, and which of the three agree under the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandwich {
    /// The first reply of old and that of new.
    pub first_old_new: bool,
    /// The reply of new and the second one of old.
    pub new_second_old: bool,
    /// Both replies of old.
    pub olds: bool,
    /// The reply of new and the one of the reading before; of the first difference, at the first reading.
    pub new_as_before: bool,
}

impl Sandwich {
    const fn agrees(self) -> bool {
        self.first_old_new || self.new_second_old
    }
}

/// What is to be done about one mismatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Both sides are to be read again, so long after the first difference; at once where that has passed.
    Read {
        after: Duration,
    },
    Done(Ruling),
}

/// What the readings came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    pub class: Class,
    /// Transient only: when new was last seen to differ, and when it was first seen to agree.
    pub caught_up: Option<(Duration, Duration)>,
    /// Persistent, and new changed its answer to one that is not old's either.
    pub unstable: bool,
    /// Racing, and who was right was never seen: old moved under every reading. Neither for nor against new.
    pub indeterminate: bool,
    /// The delay at which it was ruled, as a place in the list of them; zero where nothing is known but the
    /// first difference.
    pub interval: usize,
}

impl Ruling {
    /// Of a mismatch that is not read again at all.
    pub const UNCHECKED: Ruling = Ruling {
        class: Class::Unchecked,
        caught_up: None,
        unstable: false,
        indeterminate: false,
        interval: 0,
    };
}

/// Delays used; further ones are left out. Beyond a dozen a person means something else.
pub const MOST_DELAYS: usize = 16;
/// Fresh readings after one under which old moved, at one delay.
const RACES: u32 = 3;
/// Fresh readings after one that was lost, past the last delay: before that, the next delay stands in.
const LOST: u32 = 3;
/// Between those, longer by as much each time: a side that just failed is not asked at once.
const AFTER_LOSS: Duration = Duration::from_secs(1);

/// One mismatch under recheck. Ends within `MOST_DELAYS * (RACES + 1) + LOST` readings, whatever they show.
#[derive(Clone, Debug)]
pub struct Recheck {
    /// Rising.
    delays: Vec<Duration>,
    /// The delay that is waited for, as a place in the list.
    place: usize,
    next: Next,
    /// When new was last seen to differ from an old that stood still.
    differed: Duration,
    /// Whether new ever changed its answer.
    new_moved: bool,
    /// Readings in a row under which old moved.
    races: u32,
    /// Readings lost at the last delay.
    lost: u32,
}

impl Recheck {
    /// `delays`: since the first difference. Without any, nothing is read again.
    pub fn new(delays: &[Duration]) -> Recheck {
        let mut delays = delays.to_vec();
        delays.sort_unstable();
        delays.dedup();
        delays.truncate(MOST_DELAYS);
        let next = delays.first().map_or(Next::Done(Ruling::UNCHECKED), |after| Next::Read { after: *after });
        let differed = Duration::ZERO;
        Recheck { delays, place: 0, next, differed, new_moved: false, races: 0, lost: 0 }
    }

    pub const fn next(&self) -> Next {
        self.next
    }

    /// Takes in a reading that was made so long after the first difference.
    pub fn saw(&mut self, at: Duration, sandwich: Sandwich) {
        if matches!(self.next, Next::Done(_)) {
            return;
        }
        let raced = self.races > 0;
        self.new_moved |= !sandwich.new_as_before;
        match sandwich {
            // New says what it said from the first: old has come to it, not the other way round.
            _ if sandwich.agrees() && !self.new_moved => self.rule(Class::Racing),
            _ if sandwich.agrees() => {
                let caught_up = Some((self.differed.min(at), at));
                self.end(Ruling { class: Class::Transient, caught_up, ..self.ruling() });
            }
            Sandwich { olds: false, .. } if self.races < RACES => {
                self.races += 1;
                self.next = Next::Read { after: at };
            }
            Sandwich { olds: false, .. } => {
                self.end(Ruling { class: Class::Racing, indeterminate: true, ..self.ruling() });
            }
            // After a reading under which old moved, new has a reason to say something else.
            Sandwich { new_as_before: false, .. } if !raced => {
                self.end(Ruling { class: Class::Persistent, unstable: true, ..self.ruling() });
            }
            _ => self.differs(at),
        }
    }

    /// A reading came to nothing: a side gave no reply, or not one that can be compared. The next delay stands
    /// in for it; past the last one it is made again a few times.
    pub fn failed(&mut self) {
        let Next::Read { after } = self.next else { return };
        if let Some(later) = self.delays.get(self.place + 1) {
            self.next = Next::Read { after: *later };
            self.place += 1;
            self.races = 0;
        } else if self.lost < LOST {
            self.lost += 1;
            self.next = Next::Read { after: after.saturating_add(AFTER_LOSS.saturating_mul(self.lost)) };
        } else {
            self.rule(Class::Unchecked);
        }
    }

    /// Old stands still, new differs from it and has not changed.
    fn differs(&mut self, at: Duration) {
        self.differed = at;
        self.races = 0;
        match self.delays.get(self.place + 1) {
            Some(later) => {
                self.place += 1;
                self.next = Next::Read { after: *later };
            }
            None => self.rule(Class::Persistent),
        }
    }

    const fn ruling(&self) -> Ruling {
        Ruling { interval: self.place, ..Ruling::UNCHECKED }
    }

    fn rule(&mut self, class: Class) {
        self.end(Ruling { class, ..self.ruling() });
    }

    const fn end(&mut self, mut ruling: Ruling) {
        // Delays that were only waited for, because readings were lost, tell nothing of how long new took.
        if self.differed.is_zero() && matches!(ruling.class, Class::Unchecked | Class::Racing) {
            ruling.interval = 0;
        }
        self.next = Next::Done(ruling);
    }
}

#[cfg(test)]
mod tests {
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
        for readings in
            [&[read('a', ('b', 'c'), 'a')][..], &[differs(), differs(), read('a', ('b', 'c'), 'a')]]
        {
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
}
