//! The dates of the file, as the moments at which their days begin in UTC, and what to say of what is none.

use super::problem::quoted;
use crate::domain::moment::{calendar, date_parts};

const MILLIS_A_DAY: u64 = 86_400_000;

/// When a day such as `2026-12-31` begins, in milliseconds since 1970.
pub fn date(text: &str) -> Result<u64, String> {
    let Some((year, month, day)) = date_parts(text) else {
        return Err(format!("expected a date such as 2026-12-31, got {}", quoted(text)));
    };
    let days = calendar::days(year, month, day).ok_or_else(|| format!("there is no day {}", quoted(text)))?;
    let days = u64::try_from(days).map_err(|_| format!("{} lies before 1970", quoted(text)))?;
    Ok(days * MILLIS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::write_day;

    #[test]
    fn a_date_is_the_moment_at_which_its_day_begins() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1970-12-31", 31_449_600),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2026-12-31", 1_798_675_200),
            ("9999-12-31", 253_402_214_400),
        ] {
            assert_eq!(date(text), Ok(seconds * 1_000), "{text}");
            assert_eq!(write_day(seconds * 1_000), text);
        }
    }

    #[test]
    fn a_day_that_is_none_is_refused() {
        for text in [
            "",
            "2026",
            "2026-1-1",
            "26-01-01",
            "2026-00-01",
            "2026-13-01",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-01-00",
            "2026-01-01-01",
            "2026/01/01",
            "+026-01-01",
            "1969-12-31",
            "tomorrow",
        ] {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
