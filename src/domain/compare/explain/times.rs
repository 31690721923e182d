//! Moments as replies write them: RFC 3339, ISO 8601 without a zone, dates, HTTP dates, and seconds or
//! milliseconds since 1970.
//!
//! Read strictly: what is no moment of the calendar is none. Leap seconds are not read.

use super::{cause::Notation, exact::Exact};

pub const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
pub const DAY: i128 = 1_440 * MINUTE;
/// Counts that are taken for moments: of the years 2001 to 2096. Others are numbers of something else.
const SECONDS: std::ops::Range<i128> = 1_000_000_000..4_000_000_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since 1970 in UTC; without a zone, as if it were UTC.
    pub nanos: i128,
    pub notation: Notation,
    /// Digits after the second.
    pub digits: u8,
}

impl Moment {
    pub fn of_text(text: &str) -> Option<Moment> {
        // The longest is RFC 3339 with nine digits and an offset; the shortest a date.
        if !text.is_ascii() || !(10..=35).contains(&text.len()) {
            return None;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Moment::of_number(text);
        }
        http_date(text).or_else(|| iso(text))
    }

    /// Of a count of seconds or milliseconds.
    pub fn of_number(spelling: &str) -> Option<Moment> {
        let number = Exact::read(spelling)?;
        let (nanos, rest, _) = number.divided(9)?;
        let digits = u8::try_from(number.decimals()).ok()?;
        if rest == 0 && SECONDS.contains(&(nanos / SECOND)) {
            return Some(Moment { nanos, notation: Notation::Seconds, digits });
        }
        let nanos = (digits == 0).then_some(nanos / 1_000)?;
        SECONDS.contains(&(nanos / SECOND)).then_some(Moment { nanos, notation: Notation::Millis, digits: 3 })
    }
}

/// So many digits at the start, as a number, and what follows.
fn digits(text: &str, count: usize) -> Option<(i128, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    head.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((head.parse().ok()?, rest))
}

fn iso(text: &str) -> Option<Moment> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let start = days(year, month, day)? * DAY;
    if rest.is_empty() {
        return Some(Moment { nanos: start, notation: Notation::Date, digits: 0 });
    }
    let (clock, rest) = clock(rest.strip_prefix(['T', 't', ' '])?)?;
    let (fraction, digits, rest) = fraction(rest)?;
    let (notation, offset) = zone(rest)?;
    Some(Moment { nanos: start + clock + fraction - offset, notation, digits })
}

/// `10:00:00`
fn clock(text: &str) -> Option<(i128, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * MINUTE + second * SECOND, rest))
}

/// `.250`, or nothing.
fn fraction(text: &str) -> Option<(i128, u8, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, 0, text)) };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let (number, rest) = digits(rest, count)?;
    let scale = 10i128.pow(9 - u32::try_from(count).ok()?);
    Some((number * scale, u8::try_from(count).ok()?, rest))
}

/// The zone, and how far its clocks are ahead of UTC.
fn zone(text: &str) -> Option<(Notation, i128)> {
    match text {
        "" => return Some((Notation::Local, 0)),
        "Z" | "z" => return Some((Notation::Utc, 0)),
        _ => {}
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
    let (minutes, rest) = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => (0, ""),
        rest => digits(rest, 2)?,
    };
    let ahead = sign * (hours * 60 + minutes);
    (rest.is_empty() && hours < 24 && minutes < 60)
        .then_some((Notation::Offset(i16::try_from(ahead).ok()?), ahead * MINUTE))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(text: &str) -> Option<Moment> {
    let (_, rest) = text.split_once(", ").filter(|(weekday, _)| weekday.len() == 3)?;
    let (day, rest) = digits(rest, 2)?;
    let (month, rest) = rest.strip_prefix(' ')?.split_at_checked(3)?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let (year, rest) = digits(rest.strip_prefix(' ')?, 4)?;
    let (clock, rest) = clock(rest.strip_prefix(' ')?)?;
    let start = days(year, month as i128 + 1, day)? * DAY;
    (rest == " GMT").then_some(Moment { nanos: start + clock, notation: Notation::HttpDate, digits: 0 })
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of a year.
fn days(year: i128, month: i128, day: i128) -> Option<i128> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<(i128, Notation)> {
        Moment::of_text(text).map(|moment| (moment.nanos / SECOND, moment.notation))
    }

    #[test]
    fn one_moment_is_read_in_each_of_its_notations() {
        for (text, notation) in [
            ("2025-06-30T17:03:59Z", Notation::Utc),
            ("2025-06-30t17:03:59.000z", Notation::Utc),
            ("2025-06-30T19:03:59+02:00", Notation::Offset(120)),
            ("2025-06-30T13:33:59-0330", Notation::Offset(-210)),
            ("2025-06-30T18:03:59+01", Notation::Offset(60)),
            ("2025-06-30 17:03:59", Notation::Local),
            ("Mon, 30 Jun 2025 17:03:59 GMT", Notation::HttpDate),
            ("1751303039", Notation::Seconds),
            ("1751303039000", Notation::Millis),
        ] {
            assert_eq!(seconds(text), Some((1_751_303_039, notation)), "{text}");
        }
        let fraction = Moment::of_text("2025-06-30T17:03:59.25Z").unwrap();
        assert_eq!((fraction.nanos % SECOND, fraction.digits), (250_000_000, 2));
        assert_eq!(Moment::of_number("1751303039.25").unwrap().nanos, fraction.nanos);
    }

    #[test]
    fn the_calendar_is_kept() {
        for (date, days) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("1969-12-31", -1), ("2100-03-01", 47_541)]
        {
            assert_eq!(seconds(date), Some((days * 86_400, Notation::Date)), "{date}");
        }
        for none in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-06-31",
            "2025-06-30T24:00:00Z",
            "2025-06-30T17:03:60Z",
            "2025-06-30T17:03:59.Z",
            "2025-06-30T17:03:59+2",
            "2025-06-30T17:03:59Zz",
            "Mon, 30 Juz 2025 17:03:59 GMT",
            "0123456789",
            "9999999999",
            "12345",
            "not a time",
            "+025-06-30",
        ] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }
}
