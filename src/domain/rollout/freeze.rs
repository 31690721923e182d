//! Spans of the week in which nothing advances.

use std::time::Duration;

use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};

const DAY: u16 = 24 * 60;
const WEEK: u16 = 7 * DAY;
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A span of each week in a time zone, such as from Friday 16:00 to Monday 08:00.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Minutes since Monday 00:00, below 10,080.
    pub from: u16,
    /// The first minute that is free again; less than `from` where the span goes on past the end of a week. The same as
    /// `from`: always.
    pub to: u16,
    pub zone: TimeZone,
    pub why: String,
}

impl Freeze {
    /// A moment no calendar knows is frozen.
    pub fn covers(&self, now_millis: u64) -> bool {
        self.local(now_millis).is_none_or(|now| self.covers_minute(minute_of_week(&now)))
    }

    const fn covers_minute(&self, minute: u16) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }

    /// How long it goes on, by the clocks of its zone; `None` where it does not cover this moment or never ends.
    pub fn left(&self, now_millis: u64) -> Option<Duration> {
        let now = self.local(now_millis).filter(|now| self.covers_minute(minute_of_week(now)))?;
        if self.from == self.to {
            return None;
        }
        let minutes = (self.to + WEEK - minute_of_week(&now)) % WEEK;
        let minute = now.datetime().with().second(0).subsec_nanosecond(0).build().ok()?;
        let end = minute.checked_add(i64::from(minutes).minutes()).ok()?.to_zoned(self.zone.clone()).ok()?;
        Duration::try_from(now.duration_until(&end)).ok()
    }

    /// `no advance from Friday 16:00 to Monday 08:00, Europe/Berlin: nobody is there`
    pub fn words(&self) -> String {
        let zone = self.zone.iana_name().unwrap_or("local time");
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        if self.from == self.to {
            return format!("no advance at any time{why}");
        }
        format!("no advance from {} to {}, {zone}{why}", clock(self.from), clock(self.to))
    }

    /// Why there is no advance at this moment: the freeze that goes on longest.
    pub fn any(freezes: &[Freeze], now_millis: u64) -> Option<String> {
        Freeze::longest(freezes, now_millis).map(Freeze::words)
    }

    pub fn longest(freezes: &[Freeze], now_millis: u64) -> Option<&Freeze> {
        let covering = freezes.iter().filter(|freeze| freeze.covers(now_millis));
        covering.max_by_key(|freeze| freeze.left(now_millis).unwrap_or(Duration::MAX))
    }

    fn local(&self, now_millis: u64) -> Option<Zoned> {
        let now =
            i64::try_from(now_millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok())?;
        Some(now.to_zoned(self.zone.clone()))
    }
}

fn minute_of_week(now: &Zoned) -> u16 {
    let day = u16::from(now.weekday().to_monday_zero_offset().unsigned_abs());
    let minute = |number: i8| u16::from(number.unsigned_abs());
    day * DAY + minute(now.hour()) * 60 + minute(now.minute())
}

fn clock(minute: u16) -> String {
    let day = DAYS.get(usize::from(minute / DAY)).copied().unwrap_or("Sunday");
    format!("{day} {:02}:{:02}", minute % DAY / 60, minute % 60)
}
