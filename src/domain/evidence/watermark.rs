//! Counts that wait until every comparison begun before them is final (statistics 7): what a pass goes by.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use super::Confirmed;

/// Steps of time held apart. Where it takes long to settle, a step is longer than a second.
const MOST_STEPS: u64 = 600;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watermark {
    settled: Confirmed,
    /// By time.
    steps: VecDeque<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    at_millis: u64,
    counted: Confirmed,
    /// Comparisons of this time that are not final.
    open: u64,
}

impl Watermark {
    pub const fn settled(&self) -> Confirmed {
        self.settled
    }

    /// So many comparisons turn out not to be known any more: wherever they stand, they do not count as matches.
    pub fn lose(&mut self, comparisons: u64) {
        let mut left = comparisons;
        for counted in
            std::iter::once(&mut self.settled).chain(self.steps.iter_mut().map(|step| &mut step.counted))
        {
            let lost = left.min(counted.n.saturating_sub(counted.k));
            counted.n -= lost;
            left -= lost;
        }
    }

    /// Something became final that began then.
    pub fn add(&mut self, began_millis: u64, counted: Confirmed) {
        match self.step_of(began_millis) {
            Some(step) => step.counted.add(counted),
            None => self.settled.add(counted),
        }
    }

    /// Something has begun that is not final.
    pub fn open(&mut self, began_millis: u64) {
        if let Some(step) = self.step_of(began_millis) {
            step.open += 1;
        }
    }

    pub fn close(&mut self, began_millis: u64) {
        if let Some(step) = self.step_of(began_millis) {
            step.open = step.open.saturating_sub(1);
        }
    }

    fn step_of(&mut self, began_millis: u64) -> Option<&mut Step> {
        let after = self.steps.partition_point(|step| step.at_millis <= began_millis);
        self.steps.get_mut(after.checked_sub(1)?)
    }

    /// Time goes on: a new step begins when it is due, and what is final far enough back is settled.
    pub fn turn(&mut self, now_millis: u64, settles_after: Duration) {
        let settles_after = u64::try_from(settles_after.as_millis()).unwrap_or(u64::MAX);
        let width = (settles_after / MOST_STEPS).max(1_000);
        // A step ends where the next begins.
        while let Some(front) = self.steps.front() {
            let ends =
                self.steps.get(1).map_or(now_millis.max(front.at_millis + width), |next| next.at_millis);
            if front.open > 0 || ends.saturating_add(settles_after) > now_millis {
                break;
            }
            self.settled.add(front.counted);
            self.steps.pop_front();
        }
        let due = self.steps.back().is_none_or(|back| back.at_millis.saturating_add(width) <= now_millis);
        if due {
            self.steps.push_back(Step { at_millis: now_millis, counted: Confirmed::default(), open: 0 });
        }
    }
}

impl Confirmed {
    pub const ONE: Confirmed = Confirmed { n: 1, k: 0 };
    pub const ONE_MISMATCH: Confirmed = Confirmed { n: 1, k: 1 };

    pub const fn add(&mut self, other: Confirmed) {
        self.n = self.n.saturating_add(other.n);
        self.k = self.k.saturating_add(other.k);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_final_is_settled_once_all_that_began_with_it_had_time() {
        let mut mark = Watermark::default();
        mark.turn(0, MINUTE);
        mark.add(300, Confirmed::ONE);
        mark.turn(1_000, MINUTE);
        mark.add(1_500, Confirmed::ONE_MISMATCH);
        mark.turn(60_999, MINUTE);
        assert_eq!(mark.settled(), Confirmed::default());
        mark.turn(61_000, MINUTE);
        assert_eq!(mark.settled(), Confirmed::ONE);
        mark.turn(121_999, MINUTE);
        assert_eq!(mark.settled(), Confirmed { n: 2, k: 1 });
    }

    #[test]
    fn what_is_not_final_holds_everything_after_it_back() {
        let mut mark = Watermark::default();
        mark.turn(0, MINUTE);
        mark.open(500);
        mark.turn(1_000, MINUTE);
        mark.add(1_000, Confirmed::ONE);
        mark.turn(600_000, MINUTE);
        assert_eq!(mark.settled(), Confirmed::default());
        mark.close(500);
        mark.add(500, Confirmed::ONE_MISMATCH);
        mark.turn(700_000, MINUTE);
        assert_eq!(mark.settled(), Confirmed { n: 2, k: 1 });
    }

    #[test]
    fn the_steps_are_bounded_however_long_it_takes_to_settle() {
        let mut mark = Watermark::default();
        for second in 0..100_000 {
            mark.turn(second * 1_000, Duration::from_secs(86_400));
            mark.add(second * 1_000, Confirmed::ONE);
        }
        assert!(mark.steps.len() as u64 <= MOST_STEPS + 2, "{}", mark.steps.len());
    }
}
