//! Moments as replies write them: RFC 3339, ISO 8601 without a zone, dates, HTTP dates, and seconds or
//! milliseconds since 1970.
//!
//! Read strictly: what is no moment of the calendar is none. Leap seconds are not read.

use super::{
    super::super::moment::{self, DAY, Form, SECOND, Zone},
    cause::Notation,
    exact::Exact,
};

/// Counts that are taken for moments: of the years 2001 to 2096. Others are numbers of something else.
const SECONDS: std::ops::Range<i128> = 1_000_000_000..4_000_000_000;
/// Digits of a second that a difference is told of.
const MOST_DIGITS: u8 = 9;

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
        written(text).or_else(|| date(text))
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

fn written(text: &str) -> Option<Moment> {
    let stamp = moment::rfc3339(text).or_else(|| moment::http_date(text))?;
    let notation = match stamp.form {
        Form::Rfc3339(_, Zone::Zulu, _) => Notation::Utc,
        Form::Rfc3339(_, Zone::Offset(minutes), _) => Notation::Offset(minutes),
        Form::Rfc3339(_, Zone::None, _) => Notation::Local,
        Form::HttpDate => Notation::HttpDate,
        Form::Rfc850 | Form::Asctime => return None,
    };
    let told = !stamp.is_leap && stamp.digits <= MOST_DIGITS;
    told.then_some(Moment { nanos: stamp.nanos, notation, digits: stamp.digits })
}

fn date(text: &str) -> Option<Moment> {
    let nanos = i128::from(moment::day(text)?) * DAY;
    Some(Moment { nanos, notation: Notation::Date, digits: 0 })
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
