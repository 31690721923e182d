//! Moments as texts and numbers spell them, exact to the nanosecond: RFC 3339, HTTP dates, and seconds or
//! milliseconds since 1970. What cannot be told exactly is no moment.

use std::time::{Duration, UNIX_EPOCH};

use super::decimal;

const SECOND: i128 = 1_000_000_000;
/// Numbers this large count milliseconds: as seconds they would lie past the year 5138, and as
/// milliseconds smaller ones before March 1973.
const FIRST_MILLIS: i128 = 100_000_000_000;
/// The end of the year 9999: what lies further away is no moment that anyone means.
const LAST: i128 = 253_402_300_800 * SECOND;
/// Longer texts are no moments.
const LONGEST: usize = 64;

/// A moment in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i128);

impl Moment {
    pub const fn is_within(self, most: Duration, other: Moment) -> bool {
        self.0.abs_diff(other.0) <= most.as_nanos()
    }

    /// Of a text in any of the spellings.
    pub fn of_text(text: &str) -> Option<Moment> {
        if text.len() > LONGEST {
            return None;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        match digits && decimal::is_number(text) {
            true => Moment::of_number(text),
            false => Moment::rfc3339(text).or_else(|| Moment::http_date(text)),
        }
    }

    /// Of a number, by its spelling: seconds, or milliseconds where it is large.
    pub fn of_number(spelling: &str) -> Option<Moment> {
        let nanos = decimal::times_power_of_ten(spelling, 9)?;
        let nanos = if nanos.abs() < FIRST_MILLIS * SECOND {
            nanos
        } else {
            decimal::times_power_of_ten(spelling, 6)?
        };
        (nanos.abs() < LAST).then_some(Moment(nanos))
    }

    /// `2024-02-29T12:00:00.5+02:00`; a blank may stand for the `T`, and small letters for large ones.
    pub fn rfc3339(text: &str) -> Option<Moment> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = days(date)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = parts(clock, b':')?;
        // 60: a leap second, which other clocks call the next minute.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let end = rest.find(['Z', 'z', '+', '-'])?;
        let (fraction, zone) = rest.split_at_checked(end)?;
        let minutes = days * 86_400 + hour * 3_600 + minute * 60 - offset(zone)?;
        // Only the last minute of a day of UTC may have one.
        if second == 60 && minutes.rem_euclid(86_400) != 86_340 {
            return None;
        }
        let seconds = minutes + second;
        Some(Moment(seconds * SECOND + nanos(fraction)?))
    }

    /// In any of the three spellings of RFC 9110, 5.6.7.
    pub fn http_date(text: &str) -> Option<Moment> {
        let moment = httpdate::parse_http_date(text).ok()?;
        let nanos = |duration: Duration| i128::try_from(duration.as_nanos()).ok();
        match moment.duration_since(UNIX_EPOCH) {
            Ok(after) => nanos(after).map(Moment),
            Err(before) => nanos(before.duration()).map(|nanos| Moment(-nanos)),
        }
    }
}

/// Whether a text is a date that exists, as `2024-02-29`.
pub fn is_date(text: &str) -> bool {
    days(text).is_some()
}

/// Days since 1970 of `2024-02-29`.
fn days(date: &str) -> Option<i128> {
    if date.len() != 10 {
        return None;
    }
    let (year, rest) = date.split_at_checked(4)?;
    let [month, day] = parts(rest.strip_prefix('-')?, b'-')?;
    let year = number(year)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that comes and goes is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i128> {
    let (sign, rest) = match zone.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => (1, zone.get(1..)?),
        [b'-', ..] => (-1, zone.get(1..)?),
        _ => return None,
    };
    let [hours, minutes] = parts(rest, b':')?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Of `.123`, or of nothing. Digits past the nanosecond are zeros, or the moment cannot be told.
fn nanos(fraction: &str) -> Option<i128> {
    let Some(digits) = fraction.strip_prefix('.') else { return fraction.is_empty().then_some(0) };
    let (kept, past) = digits.split_at_checked(9).unwrap_or((digits, ""));
    if digits.is_empty() || !past.bytes().all(|byte| byte == b'0') {
        return None;
    }
    Some(number(kept)? * 10i128.pow(9 - kept.len() as u32))
}

/// Numbers of two digits each.
fn parts<const N: usize>(text: &str, between: u8) -> Option<[i128; N]> {
    if text.len() != N * 3 - 1 {
        return None;
    }
    let mut all = [0; N];
    for (slot, part) in all.iter_mut().zip(text.as_bytes().chunks(3)) {
        *slot = number(str::from_utf8(part.get(..2)?).ok()?)?;
        if part.get(2).is_some_and(|sign| *sign != between) {
            return None;
        }
    }
    Some(all)
}

fn number(digits: &str) -> Option<i128> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_is_spelled_in_many_ways() {
        for same in [
            &[
                "2024-02-29T12:00:00Z",
                "2024-02-29t14:00:00.000+02:00",
                "2024-02-28 23:30:00-12:30",
                "Thu, 29 Feb 2024 12:00:00 GMT",
                "Thursday, 29-Feb-24 12:00:00 GMT",
                "Thu Feb 29 12:00:00 2024",
                "1709208000",
                "1709208000000",
                "1709208000.000000000000",
            ][..],
            &["1970-01-01T00:00:00Z", "0", "-0", "1969-12-31T23:59:60z", "1970-01-01T01:59:60+02:00"],
            &["1969-12-31T23:59:59.5Z", "-0.5", "-0.500"],
            &["0000-03-01T00:00:00Z", "-62162035200"],
            &["9999-12-31T23:59:59.999999999Z", "253402300799999.999999"],
        ] {
            let first = Moment::of_text(same[0]).unwrap();
            for spelling in same {
                assert_eq!(Moment::of_text(spelling), Some(first), "{spelling}");
            }
        }
        assert_eq!(Moment::of_number("1.709208e9"), Moment::of_text("1709208000"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "soon",
            "2023-02-29T12:00:00Z",
            "2024-00-01T12:00:00Z",
            "2024-13-01T12:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:60:00Z",
            "2024-02-29T12:30:60Z",
            "2024-02-29T23:59:60+01:00",
            "2024-02-29T12:00:00",
            "2024-02-29T12:00:00.Z",
            "2024-02-29T12:00:00+2:00",
            "2024-02-29T12:00:00+24:00",
            "2024-02-29T12:00:00.1234567891Z",
            "2024-2-29T12:00:00Z",
            "+024-02-29T12:00:00Z",
            "2024-02-29T1é:00:00Z",
            "2024-02-29",
            "1e9",
            "01",
            "1709208000000000000",
            "0.0000000001",
        ] {
            assert_eq!(Moment::of_text(text), None, "{text}");
        }
        assert_eq!(Moment::of_number("1e999999999999999999999"), None);
    }

    #[test]
    fn a_moment_is_within_to_the_nanosecond() {
        let at = |text| Moment::of_text(text).unwrap();
        let (one, other) = (at("2024-02-29T12:00:00Z"), at("2024-02-29T12:00:05.000000001Z"));
        assert!(one.is_within(Duration::new(5, 1), other) && other.is_within(Duration::new(5, 1), one));
        assert!(
            !one.is_within(Duration::from_secs(5), other) && !other.is_within(Duration::from_secs(5), one)
        );
    }
}
