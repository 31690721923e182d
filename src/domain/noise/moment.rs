//! Moments as services write them, and how they are written.
//!
//! RFC 3339 (with or without a zone), the fixed form of an HTTP date (RFC 9110), and seconds or milliseconds
//! since 1970 as a number or its text.

use super::value::Value;

/// Nanoseconds.
pub const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const DAY: i128 = 24 * 60 * MINUTE;
/// A bare number is a moment only if it is this close to now: numbers are many things.
const NEAR: i128 = 2 * 365 * DAY;

/// A moment and the way it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970, in nanoseconds.
    pub nanos: i128,
    pub style: Style,
    /// Digits after the point of the seconds.
    pub digits: u8,
}

/// How a moment is written, but for its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What stands between day and hour, and the zone.
    Rfc3339(u8, Zone),
    HttpDate,
    EpochSeconds,
    EpochMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    None,
    /// `Z`
    Zulu,
    /// Minutes east.
    Offset(i16),
}

impl Moment {
    /// Of a value, if it is one. `now_millis`: since 1970.
    pub fn of(value: &Value, now_millis: u64) -> Option<Moment> {
        match value {
            Value::Text(text) => {
                rfc3339(text.as_bytes()).or_else(|| http_date(text)).or_else(|| epoch(text, now_millis))
            }
            Value::Number(text) => epoch(text, now_millis),
            _ => None,
        }
    }
}

/// A number of so many digits at the front, and what follows it.
fn digits(text: &[u8], count: usize) -> Option<(i128, &[u8])> {
    let (number, rest) = text.split_at_checked(count)?;
    number.iter().all(u8::is_ascii_digit).then(|| (value_of(number), rest))
}

fn value_of(digits: &[u8]) -> i128 {
    digits.iter().fold(0, |sum: i128, digit| sum.saturating_mul(10).saturating_add(i128::from(digit & 15)))
}

fn mark(text: &[u8], byte: u8) -> Option<&[u8]> {
    text.strip_prefix(&[byte])
}

/// The digits after a point as nanoseconds, how many there are, and what follows them.
fn fraction(text: &[u8]) -> Option<(i128, u8, &[u8])> {
    let Some(rest) = mark(text, b'.') else { return Some((0, 0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at_checked(count).filter(|_| count > 0)?;
    let mut nanos = [b'0'; 9];
    nanos.iter_mut().zip(digits).for_each(|(to, from)| *to = *from);
    Some((value_of(&nanos), u8::try_from(count).unwrap_or(u8::MAX), after))
}

fn rfc3339(text: &[u8]) -> Option<Moment> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(mark(rest, b'-')?, 2)?;
    let (day, rest) = digits(mark(rest, b'-')?, 2)?;
    let (between, rest) = rest.split_first().filter(|(byte, _)| matches!(byte, b'T' | b't' | b' '))?;
    let (seconds, rest) = clock(rest)?;
    let (fraction, digits, rest) = fraction(rest)?;
    let zone = zone(rest)?;
    let east = if let Zone::Offset(minutes) = zone { i128::from(minutes) * MINUTE } else { 0 };
    let nanos = days(year, month, day)? * DAY + seconds + fraction - east;
    Some(Moment { nanos, style: Style::Rfc3339(*between, zone), digits })
}

/// `hh:mm:ss` in nanoseconds since midnight.
fn clock(text: &[u8]) -> Option<(i128, &[u8])> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(mark(rest, b':')?, 2)?;
    let (second, rest) = digits(mark(rest, b':')?, 2)?;
    // A leap second is written as the sixtieth.
    (hour < 24 && minute < 60 && second <= 60)
        .then_some(((hour * 60 + minute) * MINUTE + second * SECOND, rest))
}

fn zone(text: &[u8]) -> Option<Zone> {
    let (sign, rest) = match text.split_first() {
        None => return Some(Zone::None),
        Some((b'Z' | b'z', [])) => return Some(Zone::Zulu),
        Some((b'+', rest)) => (1, rest),
        Some((b'-', rest)) => (-1, rest),
        Some(_) => return None,
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(mark(rest, b':').unwrap_or(rest), 2)?;
    let whole = rest.is_empty() && hours < 24 && minutes < 60;
    whole.then(|| i16::try_from(sign * (hours * 60 + minutes)).ok()).flatten().map(Zone::Offset)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(text: &str) -> Option<Moment> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = text.split_once(", ").filter(|(weekday, _)| weekday.len() == 3)?.1.strip_suffix(" GMT")?;
    let mut parts = rest.splitn(4, ' ');
    let (day, _) = parts.next().filter(|part| part.len() == 2).and_then(|part| digits(part.as_bytes(), 2))?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as i128 + 1;
    let (year, _) =
        parts.next().filter(|part| part.len() == 4).and_then(|part| digits(part.as_bytes(), 4))?;
    let (seconds, rest) = clock(parts.next()?.as_bytes())?;
    let nanos = rest.is_empty().then_some(days(year, month, day)? * DAY + seconds)?;
    Some(Moment { nanos, style: Style::HttpDate, digits: 0 })
}

fn epoch(text: &str, now_millis: u64) -> Option<Moment> {
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.as_bytes().split_at_checked(whole)?;
    let (fraction, digits, rest) = fraction(rest)?;
    let (style, unit) = match whole {
        9 | 10 => (Style::EpochSeconds, SECOND),
        12 | 13 => (Style::EpochMillis, SECOND / 1_000),
        _ => return None,
    };
    let nanos = value_of(number) * unit + fraction * unit / SECOND;
    let now = i128::from(now_millis) * (SECOND / 1_000);
    (rest.is_empty() && (nanos - now).abs() <= NEAR).then_some(Moment { nanos, style, digits })
}

/// Days since 1970 of a day of the Gregorian calendar, if there is such a day.
fn days(year: i128, month: i128, day: i128) -> Option<i128> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i128::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    // Years that begin in March end with the day that not every year has.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let centuries = year.div_euclid(100);
    Some(365 * year + year.div_euclid(4) - centuries + centuries.div_euclid(4) + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2025-07-01T00:00:00Z
    const NOW: u64 = 1_751_328_000_000;

    fn seconds(text: &str) -> Option<f64> {
        let moment = Moment::of(&Value::Text(text.to_owned()), NOW)?;
        Some((moment.nanos / (SECOND / 1_000)) as f64 / 1_000.0)
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2025-07-01T00:00:00Z", 1_751_328_000.0),
            ("2025-07-01T02:00:00.250+02:00", 1_751_328_000.25),
            ("2025-06-30 19:00:00-0500", 1_751_328_000.0),
            ("2024-02-29t23:59:60z", 1_709_251_200.0),
            ("2000-03-01T00:00:00", 951_868_800.0),
            ("1969-12-31T23:59:59Z", -1.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0),
            ("1751328000", 1_751_328_000.0),
            ("1751328000.5", 1_751_328_000.5),
            ("1751328000250", 1_751_328_000.25),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_moment_is_none() {
        for text in [
            "",
            "2025-07-01",
            "2025-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2025-07-01T24:00:00Z",
            "2025-07-01T00:00:00.Z",
            "2025-07-01T00:00:00Zz",
            "2025-07-01T00:00:00+2",
            "2025-07-01T00:00",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "1234567890",
            "17513280000",
            "-1751328000",
            "１７５１３２８０００",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn precision_and_zone_belong_to_the_style() {
        let of = |text: &str| Moment::of(&Value::Text(text.to_owned()), NOW).map(|m| (m.style, m.digits));
        assert_eq!(of("2025-07-01T00:00:00.120Z"), Some((Style::Rfc3339(b'T', Zone::Zulu), 3)));
        assert_eq!(of("2025-07-01T00:00:00+00:00"), Some((Style::Rfc3339(b'T', Zone::Offset(0)), 0)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,40}|[0-9TZ:.+ -]{0,40}") {
            Moment::of(&Value::Text(text.clone()), NOW);
            Moment::of(&Value::Number(text), NOW);
        }

        #[test]
        fn the_days_of_the_calendar_follow_one_another(year in 0i128..9_999, month in 1i128..=12, day in 1i128..=31) {
            if let Some(at) = days(year, month, day) {
                let next = days(year, month, day + 1)
                    .or_else(|| days(year, month + 1, 1))
                    .or_else(|| days(year + 1, 1, 1));
                prop_assert_eq!(next, Some(at + 1));
            }
        }
    }
}
