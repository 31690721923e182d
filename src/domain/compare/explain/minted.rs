//! Values that are made anew for each request: of one class on both sides, and never the same.

use super::{
    cause::{Class, Notation},
    times::Moment,
};

/// How far from the request a moment may lie to be called its own.
const NEAR_MILLIS: i128 = 600_000;
/// Hexadecimal digits of an identifier: of fewer, a word like `face` is one.
const HEX: std::ops::RangeInclusive<usize> = 8..=128;

/// What both are, and how far apart in milliseconds where they are moments.
pub fn class(old: &str, new: &str, at_millis: u64) -> Option<(Class, u64)> {
    if old == new {
        return None;
    }
    let (ours, theirs) = (of_one(old), of_one(new));
    if ours.is_some() && ours == theirs {
        return ours.map(|class| (class, 0));
    }
    let (ours, theirs) = (near(old, at_millis)?, near(new, at_millis)?);
    let gap = u64::try_from((ours - theirs).abs()).ok()?;
    (gap > 0).then_some((Class::Now, gap))
}

fn of_one(text: &str) -> Option<Class> {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<_> = text.split('-').map(str::len).take(6).collect();
    if parts == [8, 4, 4, 4, 12] && text.split('-').all(hex) {
        return Some(Class::Uuid);
    }
    let mixed =
        text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    if HEX.contains(&text.len()) && hex(text) && mixed {
        return Some(Class::Hex(text.len()));
    }
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let token = text.starts_with("eyJ") && text.split('.').take(4).count() == 3 && text.split('.').all(part);
    token.then_some(Class::Jwt)
}

/// In milliseconds since 1970, where it is close to the request.
fn near(text: &str, at_millis: u64) -> Option<i128> {
    let moment = Moment::of_text(text).or_else(|| Moment::of_number(text))?;
    let millis = moment.nanos.div_euclid(1_000_000);
    let close = (millis - i128::from(at_millis)).abs() <= NEAR_MILLIS;
    (close && moment.notation != Notation::Date).then_some(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_minted_has_one_class_on_both_sides() {
        let now = 1_751_303_039_000;
        for (old, new, expected) in [
            (
                "0f8fad5b-d9cb-469f-a165-70867728950e",
                "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                Some((Class::Uuid, 0)),
            ),
            ("507f1f77bcf86cd799439011", "507f191e810c19729de860ea", Some((Class::Hex(24), 0))),
            ("eyJh.eyJz.abc", "eyJi.eyJt.abd", Some((Class::Jwt, 0))),
            ("2025-06-30T17:03:59Z", "2025-06-30T17:04:00.250Z", Some((Class::Now, 1_250))),
            ("1751303039", "2025-06-30T17:04:01Z", Some((Class::Now, 2_000))),
            ("507f1f77", "507f1f77bc", None),
            ("deadbeef", "facefeed", None),
            ("12345678", "12345679", None),
            ("2024-06-30T17:03:59Z", "2024-06-30T17:04:00Z", None),
            ("2025-06-30T17:03:59Z", "2025-06-30T17:33:59Z", None),
            ("Ada", "Ida", None),
        ] {
            assert_eq!(class(old, new, now), expected, "{old} {new}");
        }
    }
}
