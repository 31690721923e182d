//! What reading again came to, as values and as sentences: the classes of mismatches, how long new lags, how
//! often old differs from itself.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    admin::words::{count, counted, share, short},
    domain::{
        lag::Survival,
        ration::OF_A_SHAPE,
        recheck::Class,
        rereads::{Control, Rereads},
    },
};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RereadsView {
    /// Those that are not empty.
    pub classes: Vec<ClassCount>,
    /// Mismatches whose class is still being found out.
    pub being_read: u64,
    /// Racing, and who was right was never seen.
    pub indeterminate: u64,
    /// Persistent, with another wrong answer each time.
    pub unstable: u64,
    /// By rising delay; empty where nothing was read again.
    pub lag: Vec<LagView>,
    pub control: ControlView,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCount {
    pub class: &'static str,
    pub meaning: &'static str,
    pub count: u64,
}

/// Reasons told of a route; the JSON has all of them.
const REASONS: usize = 3;

/// Mismatches that were not read again, for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnreadCount {
    pub reason: &'static str,
    pub meaning: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LagView {
    pub delay_ms: u64,
    pub at_risk: u64,
    pub resolved: u64,
    pub lost: u64,
    /// Of a million mismatches, those in which new has not caught up by then.
    pub behind_ppm: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlView {
    pub agreed: u64,
    pub disagreed: u64,
    pub lost: u64,
    pub skipped: u64,
}

impl RereadsView {
    pub fn of(rereads: &Rereads, mismatched: u64) -> RereadsView {
        let known: u64 = rereads.classes().map(|(_, count)| count).sum();
        let controls =
            |wanted| rereads.controls().find(|(control, _)| *control == wanted).map_or(0, |(_, count)| count);
        let lag = rereads.lag.survival();
        RereadsView {
            classes: class_counts(rereads.classes()),
            being_read: mismatched.saturating_sub(known),
            indeterminate: rereads.indeterminate,
            unstable: rereads.unstable,
            lag: if rereads.lag.count() > 0 {
                lag.into_iter().map(LagView::of).collect()
            } else {
                Vec::new()
            },
            control: ControlView {
                agreed: controls(Control::Agreed),
                disagreed: controls(Control::Disagreed),
                lost: controls(Control::Lost),
                skipped: controls(Control::Skipped),
            },
        }
    }

    fn count_of(&self, class: Class) -> u64 {
        self.classes.iter().find(|known| known.class == class.name()).map_or(0, |known| known.count)
    }

    /// One sentence each.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let unchecked = |known: &&ClassCount| known.class == Class::Unchecked.name();
        let known = self.classes.iter().filter(|known| !unchecked(known));
        let mut classes: Vec<_> =
            known.chain(self.classes.iter().filter(unchecked)).map(ClassCount::told).collect();
        if self.being_read > 0 {
            classes.push(format!("{} being read again", count(self.being_read)));
        }
        if !classes.is_empty() {
            told.push(format!("mismatches by class: {}", classes.join(", ")));
        }
        told.extend(self.lag_told());
        if self.indeterminate > 0 {
            told.push(format!(
                "old was written to under every reading of {}: neither for nor against new",
                counted(self.indeterminate, "mismatch")
            ));
        }
        if self.unstable > 0 {
            let times = counted(self.unstable, "mismatch");
            told.push(format!("new gave another wrong answer when it was asked again in {times}"));
        }
        let ControlView { agreed, disagreed, .. } = self.control;
        if agreed + disagreed > 0 {
            told.push(format!(
                "old, asked the same twice, differed from itself in {} of {} ({})",
                count(disagreed),
                counted(agreed + disagreed, "read"),
                share(disagreed, agreed + disagreed)
            ));
        }
        told
    }

    /// Only of mismatches that healed: an error that stays is no lag, and would drown it.
    fn lag_told(&self) -> Option<String> {
        let healed: u64 = self.lag.iter().map(|row| row.resolved).sum();
        let mut so_far = 0;
        let within = |row: &LagView| {
            so_far += row.resolved;
            (row.resolved > 0)
                .then(|| format!("within {} in {}", short(row.delay_ms.saturating_mul(1000)), count(so_far)))
        };
        let rows: Vec<_> = self.lag.iter().filter_map(within).collect();
        let stayed = self.count_of(Class::Persistent);
        (healed > 0).then(|| {
            format!(
                "new caught up {} of {}; {} stayed different",
                rows.join(", "),
                counted(healed, "late answer"),
                count(stayed)
            )
        })
    }
}

pub fn class_counts(classes: impl Iterator<Item = (Class, u64)>) -> Vec<ClassCount> {
    let known = classes.filter(|(_, count)| *count > 0);
    known.map(|(class, count)| ClassCount { class: class.name(), meaning: class.meaning(), count }).collect()
}

/// The heaviest first.
pub fn unread(reasons: &BTreeMap<&'static str, u64>) -> Vec<UnreadCount> {
    let told = |(reason, count): (&&'static str, &u64)| UnreadCount {
        reason,
        meaning: why_unread(reason),
        count: *count,
    };
    let mut unread: Vec<_> = reasons.iter().map(told).collect();
    unread.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    unread
}

/// Why a mismatch was not read again; follows "were not read again: ".
fn why_unread(reason: &str) -> String {
    match reason {
        "signature" => format!("of one shape at most {OF_A_SHAPE} a minute are"),
        "route" => "the route had its share of recheck.rate and recheck.max_waiting".to_owned(),
        "rate" => "recheck.rate was used up".to_owned(),
        "waiting" | "queue" => "as many were waiting as recheck.max_waiting lets".to_owned(),
        "memory" => "there was no room to keep their replies".to_owned(),
        "new_failed" => "new failed, and an error that goes away is no lag".to_owned(),
        "no_reply" => "new gave no whole reply".to_owned(),
        "not_plain" => "only a plain GET or HEAD is".to_owned(),
        "off" => "recheck.delays is empty".to_owned(),
        "draining" => "readshift was stopping".to_owned(),
        "in_vain" => "a side did not answer again, or not in time".to_owned(),
        other => other.to_owned(),
    }
}

/// All reasons of a route, in one sentence.
pub fn unread_told<'a>(reasons: impl Iterator<Item = &'a UnreadCount>) -> Option<String> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    reasons.for_each(|one| *sums.entry(&one.meaning).or_default() += one.count);
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut told: Vec<_> =
        sums.iter().take(REASONS).map(|(why, times)| format!("{} ({why})", count(*times))).collect();
    let others: u64 = sums.iter().skip(REASONS).map(|(_, times)| times).sum();
    if others > 0 {
        told.push(format!("{} for other reasons", count(others)));
    }
    (!told.is_empty()).then(|| format!("not read again: {}", told.join(", ")))
}

impl ClassCount {
    fn told(&self) -> String {
        format!("{} {}", count(self.count), self.class)
    }
}

impl LagView {
    fn of(row: Survival) -> LagView {
        LagView {
            delay_ms: u64::try_from(row.delay.as_millis()).unwrap_or(u64::MAX),
            at_risk: row.at_risk,
            resolved: row.resolved,
            lost: row.lost,
            behind_ppm: (row.remaining.clamp(0.0, 1.0) * 1e6).round() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::recheck::Ruling;

    #[test]
    fn what_reading_again_told_is_told_in_words() {
        let delays = [100, 500, 2000].map(Duration::from_millis);
        let mut rereads = Rereads::new(&delays);
        let healed = |interval| Ruling {
            class: Class::Transient,
            caught_up: Some((Duration::ZERO, Duration::from_secs(1))),
            interval,
            ..Ruling::UNCHECKED
        };
        (0..3).for_each(|_| rereads.ruled(&healed(0)));
        rereads.ruled(&healed(2));
        rereads.ruled(&Ruling { class: Class::Persistent, interval: 2, ..Ruling::UNCHECKED });
        rereads.ruled(&Ruling { class: Class::Racing, indeterminate: true, ..Ruling::UNCHECKED });
        rereads.control(Control::Agreed);
        rereads.control(Control::Disagreed);
        let view = RereadsView::of(&rereads, 10);
        assert_eq!(
            view.told(),
            [
                "mismatches by class: 1 persistent, 4 transient, 1 racing, 4 being read again",
                "new caught up within 100 ms in 3, within 2.00 s in 4 of 4 late answers; 1 stayed different",
                "old was written to under every reading of 1 mismatch: neither for nor against new",
                "old, asked the same twice, differed from itself in 1 of 2 reads (50 %)",
            ]
        );
        assert_eq!((view.lag[0].at_risk, view.lag[2].behind_ppm), (5, 200_000));
    }

    #[test]
    fn where_nothing_was_read_again_nothing_is_told() {
        let view = RereadsView::of(&Rereads::default(), 0);
        assert_eq!((view.told(), view.lag.len()), (Vec::<String>::new(), 0));
    }
}
