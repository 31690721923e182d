//! How values were distributed lately: in the present hour, in the one before, and in the last day or two.

use serde::{Deserialize, Serialize};

use crate::domain::stats::sketch::Sketch;

const HOUR_MILLIS: u64 = 3_600_000;
const DAY_MILLIS: u64 = 24 * HOUR_MILLIS;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    hour: Sketch,
    last_hour: Sketch,
    /// Hours of this day that are over.
    day: Sketch,
    yesterday: Sketch,
    /// Since 1970.
    hour_number: u64,
    day_number: u64,
}

impl Recent {
    pub fn add(&mut self, value: f64) {
        self.hour.add(value);
    }

    /// Time goes on: whether another hour has begun.
    pub fn turn(&mut self, now_millis: u64) -> bool {
        let hour_number = now_millis / HOUR_MILLIS;
        if hour_number == self.hour_number {
            return false;
        }
        let next = self.hour_number.checked_add(1) == Some(hour_number);
        self.hour_number = hour_number;
        self.last_hour = std::mem::take(&mut self.hour);
        self.day.merge(&self.last_hour);
        if !next {
            // What lies further back was not the hour before.
            self.last_hour = Sketch::default();
        }
        let day_number = now_millis / DAY_MILLIS;
        if day_number != self.day_number {
            self.day_number = day_number;
            self.yesterday = std::mem::take(&mut self.day);
        }
        true
    }

    pub const fn hour(&self) -> &Sketch {
        &self.hour
    }

    pub const fn last_hour(&self) -> &Sketch {
        &self.last_hour
    }

    /// At least the last day where there was one, at most two.
    pub fn whole(&self) -> Sketch {
        let mut whole = self.yesterday.clone();
        whole.merge(&self.day);
        whole.merge(&self.hour);
        whole
    }

    pub const fn count(&self) -> u64 {
        self.yesterday.count() + self.day.count() + self.hour.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_becomes_the_one_before_and_then_a_part_of_the_day() {
        let mut recent = Recent::default();
        recent.turn(10 * HOUR_MILLIS);
        recent.add(5.0);
        assert!(recent.turn(11 * HOUR_MILLIS) && !recent.turn(11 * HOUR_MILLIS + 1));
        assert_eq!((recent.hour().count(), recent.last_hour().count(), recent.count()), (0, 1, 1));
        recent.turn(12 * HOUR_MILLIS);
        assert_eq!((recent.last_hour().count(), recent.count()), (0, 1));
        recent.turn(25 * HOUR_MILLIS);
        assert_eq!(recent.whole().count(), 1);
        recent.turn(50 * HOUR_MILLIS);
        assert_eq!(recent.count(), 0);
    }

    #[test]
    fn an_hour_without_traffic_lies_between_what_is_apart() {
        let mut recent = Recent::default();
        recent.turn(10 * HOUR_MILLIS);
        recent.add(5.0);
        recent.turn(12 * HOUR_MILLIS);
        assert_eq!((recent.last_hour().count(), recent.count()), (0, 1));
    }
}
