//! Numbers as people read them.

use std::time::Duration;

/// `3,514`
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// `1 mismatch`, `3,514 mismatches`
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A count that was computed. What is beyond counting is the largest there is.
pub fn whole(number: f64) -> String {
    count(number.max(0.0).ceil() as u64)
}

/// `99.49%`, `0.1%`, `0.0035%`: never more than it is.
pub fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if !percent.is_finite() || percent <= 0.0 {
        return "0%".to_owned();
    }
    let places = if percent >= 1.0 { 2 } else { (1.0 - percent.log10().floor()).min(12.0) as usize };
    let scale = 10f64.powi(i32::try_from(places).unwrap_or(2));
    // What is a whole number but for rounding stays one.
    let cut = (percent * scale * (1.0 + 1e-9)).floor() / scale;
    let told = format!("{cut:.places$}");
    let told = if told.contains('.') { told.trim_end_matches('0').trim_end_matches('.') } else { &told };
    format!("{told}%")
}

/// `45 s`, `12 min`, `2 h 10 min`, `3 d 4 h`
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: u64, unit: &str, small: u64, of: &str| match small {
        0 => format!("{} {unit}", count(large)),
        _ => format!("{} {unit} {small} {of}", count(large)),
    };
    match () {
        () if days > 0 => two(days, "d", hours % 24, "h"),
        () if hours > 0 => two(hours, "h", minutes % 60, "min"),
        () if minutes > 0 => format!("{minutes} min"),
        () => format!("{seconds} s"),
    }
}

/// To the second below an hour, for what does not change by itself: `29 min 58 s`, `2 h 10 min`
pub fn exact_span(left: Duration) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    match (seconds / 60, seconds % 60) {
        (minutes @ 1..60, seconds @ 1..) => format!("{minutes} min {seconds} s"),
        _ => span(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        for (number, told) in [(0, "0"), (999, "999"), (3_514, "3,514"), (5_235_572, "5,235,572")] {
            assert_eq!(count(number), told);
        }
        assert_eq!(counted(1, "mismatch", "mismatches"), "1 mismatch");
        assert_eq!(whole(f64::INFINITY), count(u64::MAX));
    }

    #[test]
    fn a_part_is_told_in_percent_and_never_rounded_up() {
        for (part, told) in [
            (0.0, "0%"),
            (1.0, "100%"),
            (0.995, "99.5%"),
            (0.999_99, "99.99%"),
            (0.001, "0.1%"),
            (2e-5, "0.002%"),
            (3.5e-5, "0.0035%"),
            (1.0 / 3.0, "33.33%"),
            (f64::NAN, "0%"),
            (1e-300, "0%"),
        ] {
            assert_eq!(percent(part), told, "{part}");
        }
    }

    #[test]
    fn what_is_left_is_told_to_the_second() {
        for (millis, told) in [
            (1_797_991, "29 min 58 s"),
            (1_800_000, "30 min"),
            (60_000, "1 min"),
            (59_001, "1 min"),
            (12, "1 s"),
            (0, "0 s"),
            (3_599_500, "1 h"),
            (7_805_000, "2 h 10 min"),
        ] {
            assert_eq!(exact_span(Duration::from_millis(millis)), told, "{millis}");
        }
    }

    #[test]
    fn a_span_has_the_two_units_that_matter() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (7_800, "2 h 10 min"),
            (7_200, "2 h"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), told);
        }
    }
}
