//! Moments as services write them, and how they are written: RFC 3339 (with or without a zone), HTTP dates,
//! and seconds or milliseconds since 1970 as a number or its text.

use super::{
    super::moment::{DAY, Form, MILLI, SECOND, Spelling, fraction, http_date, rfc3339},
    value::Value,
};

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
    Written(Form),
    EpochSeconds,
    EpochMillis,
}

impl Moment {
    /// Of a value, if it is one. `now_millis`: since 1970.
    pub fn of(value: &Value, now_millis: u64) -> Option<Moment> {
        match value {
            Value::Text(text) => dated(text).or_else(|| epoch(text, now_millis)),
            Value::Number(text) => epoch(text, now_millis),
            _ => None,
        }
    }
}

impl Style {
    /// Whether rules take what is written so for a moment.
    pub const fn is_for_rules(self) -> bool {
        !matches!(
            self,
            Style::Written(Form::Rfc3339(_, _, Spelling::Plain | Spelling::Hours | Spelling::Missing))
        )
    }
}

fn dated(text: &str) -> Option<Moment> {
    let stamp = rfc3339(text).or_else(|| http_date(text))?;
    Some(Moment { nanos: stamp.nanos, style: Style::Written(stamp.form), digits: stamp.digits })
}

fn epoch(text: &str, now_millis: u64) -> Option<Moment> {
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(whole)?;
    let (fraction, rest) = fraction(rest)?;
    let (style, unit) = match whole {
        9 | 10 => (Style::EpochSeconds, SECOND),
        12 | 13 => (Style::EpochMillis, MILLI),
        _ => return None,
    };
    let nanos = number.parse::<i128>().ok()? * unit + fraction.nanos * unit / SECOND;
    let now = i128::from(now_millis) * MILLI;
    let near = rest.is_empty() && (nanos - now).abs() <= NEAR;
    near.then_some(Moment { nanos, style, digits: fraction.digits })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::moment::Zone, *};

    /// 2025-07-01T00:00:00Z
    const NOW: u64 = 1_751_328_000_000;

    fn seconds(text: &str) -> Option<f64> {
        let moment = Moment::of(&Value::Text(text.to_owned()), NOW)?;
        Some((moment.nanos / MILLI) as f64 / 1_000.0)
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
        let style = |zone, spelling| Style::Written(Form::Rfc3339(b'T', zone, spelling));
        for (text, zone, spelling, digits) in [
            ("2025-07-01T00:00:00.120Z", Zone::Zulu, Spelling::Full, 3),
            ("2025-07-01T00:00:00+00:00", Zone::Offset(0), Spelling::Full, 0),
            ("2025-07-01T00:00:00+0000", Zone::Offset(0), Spelling::Plain, 0),
            ("2025-07-01T00:00:00", Zone::None, Spelling::Missing, 0),
        ] {
            assert_eq!(of(text), Some((style(zone, spelling), digits)), "{text}");
            assert_eq!(style(zone, spelling).is_for_rules(), spelling == Spelling::Full, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,40}|[0-9TZ:.+ -]{0,40}") {
            Moment::of(&Value::Text(text.clone()), NOW);
            Moment::of(&Value::Number(text), NOW);
        }
    }
}
