//! Moments as rules take them: RFC 3339 to the letter, HTTP dates, and seconds or milliseconds since 1970.
//! What cannot be told exactly is no moment.

use std::time::Duration;

use super::super::{
    super::moment::{self, Form, SECOND, Spelling},
    decimal,
};

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
        let stamp = moment::rfc3339(text).filter(|stamp| stamp.is_exact)?;
        // A leap second, which other clocks call the next minute: only the last minute of a day of UTC may have one.
        let leaps = text.get(17..19) == Some("60");
        if leaps && stamp.nanos.div_euclid(SECOND).rem_euclid(86_400) != 0 {
            return None;
        }
        matches!(stamp.form, Form::Rfc3339(_, _, Spelling::Full)).then_some(Moment(stamp.nanos))
    }

    /// In any of the three forms of RFC 9110, 5.6.7.
    pub fn http_date(text: &str) -> Option<Moment> {
        moment::http_date(text).map(|stamp| Moment(stamp.nanos))
    }
}

/// Whether a text is a date that exists, as `2024-02-29`.
pub fn is_date(text: &str) -> bool {
    moment::day(text).is_some()
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
