//! Who fails live reads, at the present stage (statistics 5). New is charged also where old answered in its place.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{ErrorSummary, Served};
use crate::domain::{
    gate::Errors,
    stats::{exact, watch::Watch},
};

/// How long requests are counted to tell what share new serves in fact.
const SHARE_MILLIS: u64 = 60_000;
/// How long old is remembered, in hours: what it fails on a bad day it may fail on any.
const HOURS: u64 = 24;
const HOUR_MILLIS: u64 = 3_600_000;
/// Answers of old before its rate is more than an accident.
const LEAST_ANSWERS: u64 = 1_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failures {
    new_served: u64,
    new_failed: u64,
    rescued: u64,
    old_served: u64,
    old_failed: u64,
    /// Whether new serves everyone by the stage: then who fails is told by pairs.
    new_serves_all: bool,
    /// New against a rate.
    pub absolute: Watch,
    /// New against old.
    pub relative: Watch,
    lately: Lately,
    old: Hours,
    /// How high a failure has brought `absolute` since that was last asked.
    #[serde(with = "exact")]
    reached: f64,
}

/// Requests of the last minute by whom they were planned for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Lately {
    seconds: VecDeque<(u64, u32, u32)>,
    new: u64,
    old: u64,
}

/// Answers of old and its failures, by hours since 1970.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hours {
    hours: VecDeque<(u64, u64, u64)>,
}

/// Whether each side of a pair answered, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    pub old: Option<bool>,
    pub new: Option<bool>,
}

impl Failures {
    /// A stage begins: the rate new is held to follows from how old did until now.
    pub fn new(criteria: &Errors, share: f64, old: Hours, now_millis: u64) -> Failures {
        let bound = criteria.floor.max(criteria.old_factor * old.rate(now_millis).unwrap_or(0.0));
        Failures {
            new_served: 0,
            new_failed: 0,
            rescued: 0,
            old_served: 0,
            old_failed: 0,
            new_serves_all: share >= 1.0,
            absolute: Watch::new(bound),
            relative: Watch::new(criteria.ratio),
            lately: Lately::default(),
            old,
            reached: 0.0,
        }
    }

    /// What is known of old beyond stages.
    pub fn into_hours(self) -> Hours {
        self.old
    }

    /// A read that came to its end, under the present stage.
    pub fn see(&mut self, served: Served, pair: Answered, ratio: f64, now_millis: u64) {
        let Served { planned_new, rescued, failed, .. } = served;
        self.lately.see(planned_new, now_millis);
        self.rescued += u64::from(rescued);
        if planned_new {
            self.new_served += 1;
            self.new_failed += u64::from(failed);
            if failed {
                self.reached = self.reached.max(self.absolute.event());
            } else {
                self.absolute.good();
            }
        } else {
            self.old_served += 1;
            self.old_failed += u64::from(failed);
        }
        if let Some((against, odds)) = self.charge(planned_new, failed, pair, ratio) {
            self.relative.odds(against, odds);
        }
    }

    /// Whom an error speaks against, and the odds that are tolerated.
    fn charge(&self, planned_new: bool, failed: bool, pair: Answered, ratio: f64) -> Option<(bool, f64)> {
        let by_pairs = self.new_serves_all || self.lately.old == 0;
        if !by_pairs {
            let odds = ratio * self.lately.new as f64 / self.lately.old as f64;
            return (failed && odds > 0.0).then_some((planned_new, odds));
        }
        // While new serves nobody, a pair is no live read.
        match (self.lately.new > 0, pair.old?, pair.new?) {
            (true, true, false) => Some((true, ratio)),
            (true, false, true) => Some((false, ratio)),
            _ => None,
        }
    }

    /// What old did in any pair.
    pub fn see_old(&mut self, answered: bool, now_millis: u64) {
        self.old.see(answered, now_millis);
    }

    /// How high a failure has brought the detector since the last time.
    pub const fn take_reached(&mut self) -> f64 {
        std::mem::replace(&mut self.reached, 0.0)
    }

    pub fn turn_minute(&mut self) {
        self.absolute.turn();
        self.relative.turn();
    }

    pub fn summary(&self) -> ErrorSummary {
        ErrorSummary {
            new_served: self.new_served,
            new_failed: self.new_failed,
            rescued: self.rescued,
            old_served: self.old_served,
            old_failed: self.old_failed,
            p0: self.absolute.bound(),
        }
    }
}

impl Lately {
    fn see(&mut self, planned_new: bool, now_millis: u64) {
        let second = now_millis / 1_000;
        if self.seconds.back().is_none_or(|(at, ..)| *at != second) {
            self.turn(now_millis);
            self.seconds.push_back((second, 0, 0));
        }
        let Some((_, new, old)) = self.seconds.back_mut() else { return };
        if planned_new {
            *new = new.saturating_add(1);
            self.new += 1;
        } else {
            *old = old.saturating_add(1);
            self.old += 1;
        }
    }

    fn turn(&mut self, now_millis: u64) {
        let since = now_millis.saturating_sub(SHARE_MILLIS) / 1_000;
        while let Some((_, new, old)) = self.seconds.pop_front_if(|(at, ..)| *at <= since) {
            self.new = self.new.saturating_sub(u64::from(new));
            self.old = self.old.saturating_sub(u64::from(old));
        }
    }
}

impl Hours {
    fn see(&mut self, answered: bool, now_millis: u64) {
        let hour = now_millis / HOUR_MILLIS;
        if self.hours.back().is_none_or(|(at, ..)| *at != hour) {
            while self.hours.pop_front_if(|(at, ..)| at.saturating_add(HOURS) <= hour).is_some() {}
            self.hours.push_back((hour, 0, 0));
        }
        if let Some((_, asked, failed)) = self.hours.back_mut() {
            *asked += 1;
            *failed += u64::from(!answered);
        }
    }

    /// `None` before there are enough answers.
    fn rate(&self, now_millis: u64) -> Option<f64> {
        let since = (now_millis / HOUR_MILLIS).saturating_sub(HOURS);
        let recent = self.hours.iter().filter(|(hour, ..)| *hour > since || since == 0);
        let (asked, failed) = recent.fold((0, 0), |(asked, failed), hour| (asked + hour.1, failed + hour.2));
        (asked >= LEAST_ANSWERS).then(|| failed as f64 / asked as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::side::Side;

    fn served(planned_new: bool, failed: bool) -> Served {
        let by = if planned_new && !failed { Side::New } else { Side::Old };
        Served { by, planned_new, rescued: planned_new && failed, failed }
    }

    fn failures(share: f64) -> Failures {
        Failures::new(&Errors::default(), share, Hours::default(), 0)
    }

    const UNKNOWN: Answered = Answered { old: None, new: None };

    #[test]
    fn of_new_that_always_fails_the_fourth_read_raises_the_alarm_although_old_rescues_it() {
        let mut told = failures(0.01);
        (0..3).for_each(|_| told.see(served(true, true), UNKNOWN, 1.5, 0));
        assert!(told.absolute.highest() < 1e6f64.ln());
        told.see(served(true, true), UNKNOWN, 1.5, 0);
        assert!(told.absolute.highest() >= 1e6f64.ln());
        assert_eq!((told.summary().new_failed, told.summary().rescued), (4, 4));
    }

    #[test]
    fn when_both_fail_alike_new_is_not_charged() {
        let mut told = failures(0.5);
        for n in 0..20_000u64 {
            let outage = n > 10_000;
            told.see(served(n % 2 == 0, outage && n % 10 < 4), UNKNOWN, 1.5, n);
        }
        assert!(told.relative.highest() < 1e4f64.ln(), "{}", told.relative.highest());
    }

    #[test]
    fn an_error_of_a_small_share_weighs_more_than_one_of_a_large_share() {
        let level = |one_in: u64| {
            let mut told = failures(0.01);
            (0..1_000).for_each(|n| told.see(served(n % one_in == 0, false), UNKNOWN, 1.5, 0));
            (0..3).for_each(|_| told.see(served(true, true), UNKNOWN, 1.5, 0));
            told.relative.level()
        };
        assert!(level(100) > level(2));
    }

    #[test]
    fn when_new_serves_everyone_pairs_tell_who_fails() {
        let mut told = failures(1.0);
        let pair = Answered { old: Some(true), new: Some(false) };
        (0..20).for_each(|_| told.see(served(true, true), pair, 1.5, 0));
        assert!(told.relative.level() > 1e4f64.ln());
        let both = Answered { old: Some(false), new: Some(false) };
        let before = told.relative.level();
        told.see(served(true, true), both, 1.5, 0);
        assert_eq!(told.relative.level(), before);
    }

    #[test]
    fn new_may_fail_twice_as_often_as_old_did_in_the_last_day() {
        let mut told = failures(0.0);
        (0..10_000).for_each(|n| told.see_old(n % 100 != 0, HOUR_MILLIS));
        let next = |now| Failures::new(&Errors::default(), 0.01, told.clone().into_hours(), now).summary().p0;
        assert!((next(2 * HOUR_MILLIS) - 0.02).abs() < 1e-12);
        assert_eq!(next(30 * HOUR_MILLIS), 0.002);
    }
}
