//! The dates of the file: days of the calendar, in UTC, as the moments at which they begin.

use super::problem::quoted;

const MILLIS_A_DAY: u64 = 86_400_000;
/// Four digits are all a date has for its year.
const LAST_YEAR: u64 = 9_999;

/// When a day such as `2026-12-31` begins, in milliseconds since 1970.
pub fn date(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected a date such as 2026-12-31, got {}", quoted(text));
    let mut parts = text.split('-');
    let mut part = |digits: usize| -> Option<u64> {
        let part = parts.next()?;
        let right = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = (part(4), part(2), part(2));
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
        return Err(wrong());
    };
    if year < 1970 {
        return Err(format!("{} lies before 1970", quoted(text)));
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return Err(format!("there is no day {}", quoted(text)));
    }
    let years: u64 = (1970..year).map(days_of_year).sum();
    let months: u64 = (1..month).map(|month| days_of(year, month)).sum();
    Ok((years + months + day - 1) * MILLIS_A_DAY)
}

/// The day of a moment.
pub fn write_date(millis: u64) -> String {
    let (mut year, mut month, mut days) = (1970, 1, millis / MILLIS_A_DAY);
    while days >= days_of_year(year) && year < LAST_YEAR {
        days -= days_of_year(year);
        year += 1;
    }
    while days >= days_of(year, month) && month < 12 {
        days -= days_of(year, month);
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(write_date(seconds * 1_000), text);
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
