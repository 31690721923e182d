//! How long new takes to catch up with old, from mismatches that were read again at fixed delays.
//!
//! That a reading agrees only says that new caught up since the one before. All are read at the same delays,
//! so the estimate for such intervals (Turnbull 1976) is the product-limit on the grid of delays (Kaplan and
//! Meier 1958).

use std::time::Duration;

use super::recheck::{Class, MOST_DELAYS, Ruling};

/// When mismatches were resolved. Of fixed size; can be added to another of the same delays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    intervals: Vec<Interval>,
    /// Still different after the last delay.
    persisted: u64,
}

/// From one delay to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Interval {
    /// Its end, since the first difference.
    delay: Duration,
    resolved: u64,
    lost: u64,
}

/// What is known at one delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survival {
    /// Since the first difference.
    pub delay: Duration,
    /// Mismatches that were there when the interval began.
    pub at_risk: u64,
    /// How many new had caught up with at its end.
    pub resolved: u64,
    /// How many were lost sight of in it; they count as there to its end.
    pub lost: u64,
    /// The share of mismatches in which new has not caught up at its end, from 0 to 1.
    pub remaining: f64,
}

impl Lag {
    /// `delays`: as given to the rechecks whose rulings it sees.
    pub fn new(delays: &[Duration]) -> Lag {
        let mut delays = delays.to_vec();
        delays.sort_unstable();
        delays.dedup();
        delays.truncate(MOST_DELAYS);
        let interval = |delay| Interval { delay, resolved: 0, lost: 0 };
        Lag { intervals: delays.into_iter().map(interval).collect(), persisted: 0 }
    }

    /// Books what a recheck came to. A race at the first reading was no lag, and what was never read says
    /// nothing of it.
    pub fn see(&mut self, ruling: &Ruling) {
        match ruling.class {
            Class::Transient => self.resolved(ruling.interval),
            // Wrong in another way each time: not caught up, and not followed to the end.
            Class::Persistent if ruling.unstable => self.lost(ruling.interval),
            Class::Persistent => self.persisted(),
            Class::Unchecked | Class::Racing if ruling.interval > 0 => self.lost(ruling.interval),
            Class::Unchecked | Class::Racing | Class::Noise => {}
        }
    }

    /// New had caught up at the end of this interval, and not at its beginning.
    pub fn resolved(&mut self, interval: usize) {
        if let Some(interval) = self.intervals.get_mut(interval) {
            interval.resolved = interval.resolved.saturating_add(1);
        }
    }

    /// It was not read to the end of this interval.
    pub fn lost(&mut self, interval: usize) {
        if let Some(interval) = self.intervals.get_mut(interval) {
            interval.lost = interval.lost.saturating_add(1);
        }
    }

    /// It still differed at the last delay.
    pub const fn persisted(&mut self) {
        self.persisted = self.persisted.saturating_add(1);
    }

    /// Whether it could be added: only what was read at the same delays can.
    #[must_use]
    pub fn add(&mut self, other: &Lag) -> bool {
        let same = self.intervals.iter().map(|own| own.delay).eq(other.intervals.iter().map(|its| its.delay));
        if same {
            for (own, its) in self.intervals.iter_mut().zip(&other.intervals) {
                own.resolved = own.resolved.saturating_add(its.resolved);
                own.lost = own.lost.saturating_add(its.lost);
            }
            self.persisted = self.persisted.saturating_add(other.persisted);
        }
        same
    }

    /// Mismatches seen.
    pub fn count(&self) -> u64 {
        let left = self.intervals.iter().map(|interval| interval.resolved.saturating_add(interval.lost));
        left.fold(self.persisted, u64::saturating_add)
    }

    /// By rising delay: `S(dᵢ) = Π(1 − resolved/at risk)`.
    pub fn survival(&self) -> Vec<Survival> {
        let (mut at_risk, mut remaining) = (self.count(), 1.0);
        let row = |interval: &Interval| {
            let Interval { delay, resolved, lost } = *interval;
            if at_risk > 0 {
                remaining *= 1.0 - resolved as f64 / at_risk as f64;
            }
            let row = Survival { delay, at_risk, resolved, lost, remaining };
            at_risk = at_risk.saturating_sub(resolved).saturating_sub(lost);
            row
        };
        self.intervals.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{super::stats::reference, *};

    const DELAYS: [f64; 5] = [0.1, 0.5, 2.0, 10.0, 60.0];

    fn lag(resolved: [u64; 5], lost: [u64; 5], persisted: u64) -> Lag {
        let mut lag = Lag::new(&DELAYS.map(Duration::from_secs_f64));
        for place in 0..5 {
            (0..resolved[place]).for_each(|_| lag.resolved(place));
            (0..lost[place]).for_each(|_| lag.lost(place));
        }
        (0..persisted).for_each(|_| lag.persisted());
        lag
    }

    #[test]
    fn the_survival_is_that_of_the_reference_values() {
        let table = reference::table("lag").remove(0);
        let resolved = [0, 1, 2, 3, 4].map(|n| table["resolved"][n].as_u64().unwrap());
        let told = lag(resolved, [0; 5], table["unresolved"].as_u64().unwrap()).survival();
        for (row, expected) in told.iter().zip(table["life_table"].as_array().unwrap()) {
            reference::close(row.remaining, &expected["S"], &expected.to_string());
            reference::close(row.delay.as_secs_f64(), &expected["delay"], &expected.to_string());
        }
    }

    #[test]
    fn what_was_lost_sight_of_leaves_after_its_interval_as_in_the_reference_values() {
        let table = reference::table("lag_km_dropout");
        let column = |name: &str| [0, 1, 2, 3, 4].map(|n: usize| table[n][name].as_u64().unwrap());
        let left = 1_000 - column("resolved").iter().sum::<u64>() - column("dropped").iter().sum::<u64>();
        let told = lag(column("resolved"), column("dropped"), left).survival();
        assert_eq!(told.len(), table.len());
        for (row, expected) in told.iter().zip(&table) {
            reference::close(row.remaining, &expected["S"], &expected.to_string());
            assert_eq!(Value::from(row.at_risk), expected["at_risk"]);
            assert_eq!(
                (Value::from(row.resolved), Value::from(row.lost)),
                (expected["resolved"].clone(), expected["dropped"].clone())
            );
        }
    }

    #[test]
    fn each_ruling_is_booked_in_the_interval_it_was_made_in() {
        let mut told = lag([0; 5], [0; 5], 0);
        let ruling = |class, interval| Ruling { class, interval, ..Ruling::UNCHECKED };
        told.see(&ruling(Class::Transient, 2));
        told.see(&ruling(Class::Persistent, 4));
        told.see(&Ruling { unstable: true, ..ruling(Class::Persistent, 1) });
        told.see(&ruling(Class::Racing, 0));
        told.see(&ruling(Class::Racing, 3));
        told.see(&ruling(Class::Unchecked, 4));
        told.see(&Ruling::UNCHECKED);
        assert_eq!(told, lag([0, 0, 1, 0, 0], [0, 1, 0, 1, 1], 1));
    }

    #[test]
    fn lags_of_other_delays_are_not_mixed() {
        let (mut one, other) = (lag([1; 5], [0; 5], 0), Lag::new(&[Duration::from_secs(1)]));
        assert!(!one.add(&other));
        assert_eq!(one, lag([1; 5], [0; 5], 0));
        assert!(one.add(&lag([2; 5], [1; 5], 3)));
        assert_eq!(one, lag([3; 5], [1; 5], 3));
    }

    proptest! {
        #[test]
        fn survival_falls_from_one_toward_zero(
            resolved: [u16; 5], lost: [u16; 5], persisted: u16,
        ) {
            let of = |counts: [u16; 5]| counts.map(|count| u64::from(count % 50));
            let lag = lag(of(resolved), of(lost), u64::from(persisted % 50));
            let mut before = 1.0;
            for row in lag.survival() {
                prop_assert!((0.0..=before).contains(&row.remaining));
                prop_assert!(row.resolved + row.lost <= row.at_risk);
                before = row.remaining;
            }
        }
    }
}
