//! Days of the Gregorian calendar, counted from 1970-01-01, in both directions.
//!
//! Years are counted from March here, so that the day that not every year has is the last one.

/// From 0000-03-01 to 1970-01-01.
const TO_1970: i64 = 719_468;
const DAYS_OF_ERA: i64 = 146_097;
const YEARS_OF_ERA: i64 = 400;

/// As dates in English name them.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Years past these are none that anybody writes, and the numbers below stay small.
const YEARS: std::ops::RangeInclusive<i64> = 0..=9_999;

/// Days since 1970, if there is such a day.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !YEARS.contains(&year) || !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - TO_1970)
}

/// Year, month and day of a day.
pub const fn date(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(TO_1970);
    let (era, of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * YEARS_OF_ERA + year + later, month, day)
}

/// The name of its day of the week, in full.
pub fn weekday(days: i64) -> &'static str {
    // 1970 began on a Thursday.
    let place = days.saturating_add(4).rem_euclid(7);
    usize::try_from(place).ok().and_then(|place| WEEKDAYS.get(place)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_counts_them() {
        for ((year, month, day), count, name) in [
            ((1970, 1, 1), 0, "Thursday"),
            ((1969, 12, 31), -1, "Wednesday"),
            ((2000, 2, 29), 11_016, "Tuesday"),
            ((2024, 2, 29), 19_782, "Thursday"),
            ((2100, 3, 1), 47_541, "Monday"),
            ((0, 3, 1), -719_468, "Wednesday"),
            ((9_999, 12, 31), 2_932_896, "Friday"),
        ] {
            assert_eq!(days(year, month, day), Some(count));
            assert_eq!((date(count), weekday(count)), ((year, month, day), name));
        }
    }

    #[test]
    fn what_the_calendar_does_not_have_is_no_day() {
        for (year, month, day) in [
            (2023, 2, 29),
            (2100, 2, 29),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 13, 1),
            (2024, 1, 0),
            (10_000, 1, 1),
            (-1, 1, 1),
        ] {
            assert_eq!(days(year, month, day), None, "{year}-{month}-{day}");
        }
        date(i64::MAX);
        date(i64::MIN);
        weekday(i64::MAX);
    }

    proptest! {
        #[test]
        fn the_days_of_the_calendar_follow_one_another(year in 0i64..9_999, month in 1i64..=12, day in 1i64..=31) {
            if let Some(at) = days(year, month, day) {
                let next = days(year, month, day + 1)
                    .or_else(|| days(year, month + 1, 1))
                    .or_else(|| days(year + 1, 1, 1));
                prop_assert_eq!(next, Some(at + 1));
                prop_assert_eq!(date(at), (year, month, day));
            }
        }
    }
}
