//! Moments of the made-up past, as RFC 3339 text in UTC.
//!
//! Counted from fixed moments and never from the clock, so that the same seed gives the same shop
//! tomorrow.

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// The shop's newest moment: 2025-07-01T00:00:00Z, in seconds since 1970.
pub const END: i64 = 1_751_328_000;

/// `2025-06-30T17:03:59Z`.
pub fn rfc3339(seconds: i64) -> String {
    let rest = seconds.rem_euclid(DAY);
    format!("{}T{:02}:{:02}:{:02}Z", date(seconds), rest / HOUR, rest / 60 % 60, rest % 60)
}

/// `2025-06-30`.
pub fn date(seconds: i64) -> String {
    // Years here start in March, so that the day that not every year has is the last one.
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_a_calendar_says() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(rfc3339(END - 1), "2025-06-30T23:59:59Z");
    }
}
