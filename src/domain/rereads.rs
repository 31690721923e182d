//! What reading again came to, in numbers: the classes of mismatches, the lag of new, the control pairs.

use std::time::Duration;

use super::{
    lag::Lag,
    recheck::{Class, Ruling},
};

const CLASSES: usize = Class::ALL.len();
/// How much later than old new may have replied for old to be asked once more. What is written meanwhile makes old
/// differ from itself, and a slow new must not make old look noisy.
const MOST_LATE: Duration = Duration::from_secs(1);

/// Whether old can be asked once more so soon that both of its replies are of one time. Both sides were asked at
/// once, and took so long.
pub fn is_in_time(old_took: Duration, new_took: Duration) -> bool {
    new_took.saturating_sub(old_took) <= MOST_LATE
}

/// What became of a read that was chosen to be asked of old twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Old said the same again.
    Agreed,
    /// Old differs from itself.
    Disagreed,
    /// Old gave no second reply, or not one that can be compared.
    Lost,
    /// A bound was reached, or the program was stopping: old was not asked again.
    Skipped,
}

impl Control {
    pub const ALL: [Control; 4] = [Control::Agreed, Control::Disagreed, Control::Lost, Control::Skipped];

    pub const fn name(self) -> &'static str {
        match self {
            Control::Agreed => "agreed",
            Control::Disagreed => "disagreed",
            Control::Lost => "lost",
            Control::Skipped => "skipped",
        }
    }
}

/// The counts of one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rereads {
    classes: [u64; CLASSES],
    /// Racing, and who was right was never seen.
    pub indeterminate: u64,
    /// Persistent, with another wrong answer each time.
    pub unstable: u64,
    /// When new caught up.
    pub lag: Lag,
    /// Of those it caught up with, until that was first seen.
    pub lagged: Duration,
    controls: [u64; Control::ALL.len()],
}

impl Default for Rereads {
    fn default() -> Rereads {
        Rereads::new(&[])
    }
}

impl Rereads {
    /// `delays`: as given to the rechecks.
    pub fn new(delays: &[Duration]) -> Rereads {
        Rereads {
            classes: [0; CLASSES],
            indeterminate: 0,
            unstable: 0,
            lag: Lag::new(delays),
            lagged: Duration::ZERO,
            controls: [0; Control::ALL.len()],
        }
    }

    /// The class of one mismatch is known, or known to stay unknown.
    pub fn classed(&mut self, class: Class) {
        if let Some(count) = self.classes.get_mut(class as usize) {
            *count += 1;
        }
    }

    /// A recheck has come to its end.
    pub fn ruled(&mut self, ruling: &Ruling) {
        self.classed(ruling.class);
        self.lag.see(ruling);
        self.indeterminate += u64::from(ruling.indeterminate);
        self.unstable += u64::from(ruling.unstable);
        let (_, seen) = ruling.caught_up.unwrap_or_default();
        self.lagged = self.lagged.saturating_add(seen);
    }

    pub fn control(&mut self, control: Control) {
        if let Some(count) = self.controls.get_mut(control as usize) {
            *count += 1;
        }
    }

    /// Mismatches of this class. Together no more than there are mismatches: of the others the class is still
    /// being found out.
    pub fn of(&self, class: Class) -> u64 {
        self.classes.get(class as usize).copied().unwrap_or(0)
    }

    pub fn classes(&self) -> impl Iterator<Item = (Class, u64)> + '_ {
        Class::ALL.into_iter().zip(self.classes)
    }

    pub fn controls(&self) -> impl Iterator<Item = (Control, u64)> + '_ {
        Control::ALL.into_iter().zip(self.controls)
    }

    pub fn add(&mut self, other: &Rereads) {
        let sum = |ours: &mut [u64], theirs: &[u64]| {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        };
        sum(&mut self.classes, &other.classes);
        sum(&mut self.controls, &other.controls);
        self.indeterminate += other.indeterminate;
        self.unstable += other.unstable;
        self.lagged = self.lagged.saturating_add(other.lagged);
        // A sum that begins with nothing takes over the delays.
        if !self.lag.add(&other.lag) && self.lag.count() == 0 {
            self.lag = other.lag.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_and_every_control_has_a_place_of_its_own() {
        assert!(Class::ALL.iter().enumerate().all(|(place, class)| *class as usize == place));
        assert!(Control::ALL.iter().enumerate().all(|(place, control)| *control as usize == place));
    }

    #[test]
    fn a_new_that_is_slow_does_not_make_old_look_noisy() {
        let at = Duration::from_millis;
        assert!(
            is_in_time(at(5), at(900)) && is_in_time(at(5_000), at(10)) && is_in_time(at(3_000), at(3_900))
        );
        assert!(!is_in_time(at(5), at(1_100)) && !is_in_time(at(0), Duration::MAX));
    }

    #[test]
    fn a_ruling_is_counted_once_under_its_class_and_sums_keep_the_delays() {
        let delays = [100, 500].map(Duration::from_millis);
        let mut rereads = Rereads::new(&delays);
        let caught_up = Some((delays[0], delays[1]));
        rereads.ruled(&Ruling { class: Class::Transient, caught_up, interval: 1, ..Ruling::UNCHECKED });
        rereads.ruled(&Ruling { class: Class::Persistent, interval: 1, ..Ruling::UNCHECKED });
        rereads.control(Control::Disagreed);
        let mut sum = Rereads::default();
        (0..2).for_each(|_| sum.add(&rereads));
        assert_eq!(Class::ALL.map(|class| sum.of(class)), [0, 2, 2, 0, 0]);
        assert_eq!((sum.lag.survival()[1].resolved, sum.lag.count()), (2, 4));
        assert_eq!(sum.lagged, Duration::from_secs(1));
        assert_eq!(sum.controls().map(|(_, count)| count).collect::<Vec<_>>(), [0, 2, 0, 0]);
    }
}
