//! Time under traffic, and what went wrong in it (statistics 2.5): what comes in bursts is rare in time, and no count
//! of comparisons finds it.

use std::{collections::VecDeque, num::NonZeroU64, time::Duration};

use serde::{Deserialize, Serialize};

use super::SoakSummary;

/// The clock goes on in steps of this, or of a part of a block where blocks are short: `minute` in what follows.
const MINUTE_MILLIS: u64 = 60_000;
const STEPS_OF_A_BLOCK: u64 = 5;
const HOUR_MILLIS: u64 = 3_600_000;
const HOURS: u64 = 24;
/// Minutes with traffic of which the median is taken: a day of them.
const MOST_MINUTES: usize = 1_440;
/// A minute with less than this part of the median is no time under traffic.
const LEAST_PART: u64 = 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Soak {
    /// How long a minute is.
    step_millis: NonZeroU64,
    began_millis: u64,
    active_millis: u64,
    incidents: u64,
    /// The block in which something went wrong last.
    last_incident: Option<u64>,
    hours: [u64; HOURS as usize],
    /// When something was compared last.
    compared_millis: u64,
    /// Since 1970, and comparisons in it.
    minute: (u64, u32),
    /// Comparisons in each minute that had any.
    minutes: VecDeque<u32>,
}

impl Soak {
    pub fn new(block: Duration, now_millis: u64) -> Soak {
        let part = u64::try_from(block.as_millis()).unwrap_or(u64::MAX) / STEPS_OF_A_BLOCK;
        let step_millis = NonZeroU64::new(part.min(MINUTE_MILLIS)).unwrap_or(NonZeroU64::MIN);
        Soak {
            step_millis,
            began_millis: now_millis,
            active_millis: 0,
            incidents: 0,
            last_incident: None,
            hours: [0; HOURS as usize],
            compared_millis: now_millis,
            minute: (now_millis / step_millis, 0),
            minutes: VecDeque::new(),
        }
    }

    /// The clock of the stage begins at nought; hours of the day and what is usual stay.
    pub const fn stage_began(&mut self, now_millis: u64) {
        (self.began_millis, self.active_millis) = (now_millis, 0);
        (self.incidents, self.last_incident) = (0, None);
    }

    /// Something was compared that counts.
    pub fn compared(&mut self, now_millis: u64) {
        self.turn(now_millis);
        self.compared_millis = now_millis;
        self.minute.1 = self.minute.1.saturating_add(1);
    }

    /// Distinct data was.
    pub fn units(&mut self, units: u64, now_millis: u64) {
        let hour = now_millis / HOUR_MILLIS % HOURS;
        if let Some(sum) = self.hours.get_mut(hour as usize) {
            *sum = sum.saturating_add(units);
        }
    }

    pub fn turn(&mut self, now_millis: u64) {
        let minute = now_millis / self.step_millis;
        if minute == self.minute.0 {
            return;
        }
        let (ended, comparisons) = std::mem::replace(&mut self.minute, (minute, 0));
        if comparisons == 0 {
            return;
        }
        if self.minutes.len() >= MOST_MINUTES {
            self.minutes.pop_front();
        }
        self.minutes.push_back(comparisons);
        if u64::from(comparisons) * LEAST_PART >= u64::from(self.median()) {
            // Of the minute in which the stage began only what was left of it.
            let step_millis = self.step_millis.get();
            let ended_millis = ended.saturating_add(1).saturating_mul(step_millis);
            self.active_millis += step_millis.min(ended_millis.saturating_sub(self.began_millis));
        }
    }

    fn median(&self) -> u32 {
        let mut minutes: Vec<u32> = self.minutes.iter().copied().collect();
        let middle = minutes.len() / 2;
        if minutes.is_empty() { 0 } else { *minutes.select_nth_unstable(middle).1 }
    }

    /// Something goes wrong now. What went wrong in the block before, too, is the same incident.
    pub fn incident(&mut self, block: Duration, now_millis: u64) {
        let length = u64::try_from(block.as_millis()).unwrap_or(u64::MAX).max(1);
        let block = now_millis / length;
        let goes_on = self.last_incident.is_some_and(|last| last == block || last + 1 == block);
        self.incidents += u64::from(!goes_on);
        self.last_incident = Some(block);
    }

    pub const fn summary(&self, now_millis: u64) -> SoakSummary {
        SoakSummary {
            active: Duration::from_millis(self.active_millis),
            incidents: self.incidents,
            hours: self.hours,
            idle: Duration::from_millis(now_millis.saturating_sub(self.compared_millis)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Duration = Duration::from_secs(300);

    #[test]
    fn the_clock_runs_only_while_comparisons_arrive() {
        let mut soak = Soak::new(BLOCK, 0);
        for second in 0..600 {
            soak.compared(second * 1_000);
        }
        soak.turn(10_000_000);
        assert_eq!(soak.summary(10_000_000).active, Duration::from_secs(600));
        assert_eq!(soak.summary(10_000_000).idle, Duration::from_millis(10_000_000 - 599_000));
        // Five in a minute are less than a tenth of the sixty that are usual.
        for n in 0..5 {
            soak.compared(10_020_000 + n * 100);
        }
        soak.turn(20_000_000);
        assert_eq!(soak.summary(20_000_000).active, Duration::from_secs(600));
    }

    #[test]
    fn a_stage_that_begins_within_a_minute_gets_no_more_than_the_rest_of_it() {
        let mut soak = Soak::new(BLOCK, 0);
        soak.compared(10_000);
        soak.stage_began(50_000);
        soak.compared(55_000);
        soak.turn(60_000);
        assert_eq!(soak.summary(60_000).active, Duration::from_secs(10));
    }

    #[test]
    fn blocks_in_a_row_are_one_incident_and_with_a_good_one_between_two() {
        let mut soak = Soak::new(BLOCK, 0);
        [0, 1_000, 300_000, 599_000, 1_200_000].into_iter().for_each(|now| soak.incident(BLOCK, now));
        assert_eq!(soak.summary(0).incidents, 2);
        soak.stage_began(1_200_000);
        soak.incident(BLOCK, 1_200_500);
        assert_eq!(soak.summary(0).incidents, 1);
    }

    #[test]
    fn units_are_booked_by_the_hour_of_the_day() {
        let mut soak = Soak::new(BLOCK, 0);
        [0, HOUR_MILLIS, 25 * HOUR_MILLIS].into_iter().for_each(|now| soak.units(2, now));
        let hours = soak.summary(0).hours;
        assert_eq!((hours[0], hours[1], hours.iter().sum::<u64>()), (2, 4, 6));
    }
}
