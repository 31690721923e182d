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
    /// Whether new said what old said before it or after it.
    pub const fn agrees(self) -> bool {
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
mod tests;
