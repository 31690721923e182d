//! How fast evidence comes in: for estimates of when there will be enough, and for nothing else.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

const MINUTE_MILLIS: u64 = 60_000;
/// Minutes looked back.
const MINUTES: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    began_millis: u64,
    /// Since 1970; requests and units in each.
    minutes: VecDeque<(u64, u64, u64)>,
}

impl Pace {
    pub fn new(now_millis: u64) -> Pace {
        Pace { began_millis: now_millis, minutes: VecDeque::new() }
    }

    pub fn request(&mut self, now_millis: u64) {
        if let Some((_, requests, _)) = self.minute(now_millis) {
            *requests += 1;
        }
    }

    pub fn units(&mut self, units: u64, now_millis: u64) {
        if let Some((.., sum)) = self.minute(now_millis) {
            *sum += units;
        }
    }

    fn minute(&mut self, now_millis: u64) -> Option<&mut (u64, u64, u64)> {
        let minute = now_millis / MINUTE_MILLIS;
        if self.minutes.back().is_none_or(|(at, ..)| *at != minute) {
            if self.minutes.len() > MINUTES {
                self.minutes.pop_front();
            }
            self.minutes.push_back((minute, 0, 0));
        }
        self.minutes.back_mut()
    }

    /// Requests and units a second.
    pub fn a_second(&self, now_millis: u64) -> (f64, f64) {
        let first = (now_millis / MINUTE_MILLIS).saturating_sub(MINUTES as u64);
        let began = self.began_millis.max(first * MINUTE_MILLIS);
        let seconds = now_millis.saturating_sub(began).max(1_000) as f64 / 1_000.0;
        let recent = self.minutes.iter().filter(|(minute, ..)| *minute >= first);
        let (requests, units) =
            recent.fold((0, 0), |(requests, units), minute| (requests + minute.1, units + minute.2));
        (requests as f64 / seconds, units as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_minutes() {
        let mut pace = Pace::new(0);
        for second in 0..3_600u64 {
            pace.request(second * 1_000);
            pace.request(second * 1_000);
            pace.units(1, second * 1_000);
        }
        let (requests, units) = pace.a_second(3_600_000);
        assert!((requests - 2.0).abs() < 0.01 && (units - 1.0).abs() < 0.01, "{requests} {units}");
        assert_eq!(pace.a_second(7_200_000), (0.0, 0.0));
        assert_eq!(Pace::new(5).a_second(5), (0.0, 0.0));
    }
}
