//! What a profile asks of new, class by class.

use proptest::prelude::*;

use super::*;

/// 2025-07-01T00:00:00Z
const NOW: u64 = 1_751_328_000_000;

fn value(excerpt: &str) -> Value {
    Value::of_json((excerpt != "-").then_some(excerpt))
}

/// A profile of these values of old, of which each is asked for twice.
fn of(values: &[&str]) -> Profile {
    let mut profile = Profile::default();
    for excerpt in values {
        profile.learn(&value(excerpt), NOW);
    }
    for pair in values.windows(2) {
        profile.learn_pair(&value(pair[0]), &value(pair[1]), NOW);
    }
    profile
}

#[test]
fn new_has_to_keep_what_all_values_of_old_have_in_common() {
    let uuid4 = r#""0f8fad5b-d9cb-469f-a165-70867728950e""#;
    let uuid4_too = r#""7c9e6679-7425-40de-944b-e07fc1f90ae7""#;
    for (old, new, breach) in [
        // Type and presence.
        (&[r#""a""#, r#""b""#][..], "null", Some("type")),
        (&["1", "2"], r#""3""#, Some("type")),
        (&["1", "-"], "-", None),
        (&["1", "null"], "-", Some("type")),
        (&["true", "false"], "false", None),
        (&["{}", "-"], "{}", Some("more than can be checked")),
        // UUID.
        (&[uuid4, uuid4_too], r#""f47ac10b-58cc-4372-a567-0e02b2c3d479""#, None),
        (&[uuid4, uuid4_too], r#""f47ac10b-58cc-1372-a567-0e02b2c3d479""#, Some("version")),
        (&[uuid4, uuid4_too], r#""f47ac10b-58cc-4372-0567-0e02b2c3d479""#, Some("variant")),
        (&[uuid4, uuid4_too], r#""f47ac10b58cc4372a5670e02b2c3d479""#, Some("no UUID")),
        (&[uuid4, uuid4_too], r#""F47AC10B-58CC-4372-A567-0E02B2C3D479""#, Some("characters")),
        // Shape of a text.
        (&[r#""a1b2c3""#, r#""99ffe0""#], r#""0c0ffe""#, None),
        (&[r#""a1b2c3""#, r#""99ffe0""#], r#""0c0ffee""#, Some("length")),
        (&[r#""a1b2c3""#, r#""99ffe0""#], r#""zzzzzz""#, Some("characters")),
        (&[r#""abc""#, r#""abcdef""#], r#""abca""#, None),
        (&[r#""abc""#, r#""abcdef""#], r#""""#, Some("length")),
        (&[r#""abc""#, r#""abcdef""#], r#""abcdefabcdefabcdef""#, Some("length")),
        (&[r#""abc""#, r#""""#], r#""""#, None),
        (&[r#""abc""#, r#""abd""#], r#""abc…"#, Some("longer")),
        (&[r#""abc…"#, r#""abd…"#], r#""cba…"#, None),
        (&[r#""abc…"#, r#""abd…"#], r#""xyz…"#, Some("characters")),
        // Numbers.
        (&["12", "47"], "30", None),
        (&["12", "47"], "101", None),
        (&["12", "47"], "3000", Some("magnitude")),
        (&["12", "47"], "-30", Some("sign")),
        (&["12", "47"], "0", Some("zero")),
        (&["12", "0"], "0", None),
        (&["12", "47"], "30.5", Some("fraction")),
        (&["12", "47"], "30.0", None),
        (&["12", "47"], "1e999", Some("bounds")),
        (&["1.5", "47"], "30.5", None),
        (&["10.0001", "10.0002"], "10.0005", None),
        (&["10.0001", "10.0002"], "10.1", Some("further off")),
    ] {
        let told = of(old).breach(&value(old[0]), &value(new), NOW);
        match breach {
            None => assert_eq!(told, None, "{old:?} {new}"),
            Some(words) => assert!(told.is_some_and(|told| told.contains(words)), "{old:?} {new}: {told:?}"),
        }
    }
}

#[test]
fn a_moment_has_to_be_written_as_old_writes_it_and_to_be_as_fresh() {
    // Seconds from the first moment of July, up to a day in either direction.
    let at = |seconds: i64| {
        let (day, rest) = if seconds < 0 { ("06-30", seconds + 86_400) } else { ("07-01", seconds) };
        format!(r#""2025-{day}T{:02}:{:02}:{:02}Z""#, rest / 3_600, rest / 60 % 60, rest % 60)
    };
    let (first, second) = (at(-1), at(2));
    for (new, breach) in [
        (at(3), None),
        (at(-8), None),
        (at(-40), Some("further from now")),
        (at(3_599), Some("quarters")),
        (at(-3_601), Some("quarters")),
        (at(2 * 3_600 + 45 * 60), Some("quarters")),
        (r#""2025-07-01T00:00:03.120Z""#.into(), Some("precision")),
        (r#""2025-07-01T02:00:03+02:00""#.into(), Some("written")),
        (r#""2025-07-01 00:00:03Z""#.into(), Some("written")),
        ("1751328003".into(), Some("type")),
        (r#""yesterday, late""#.into(), Some("no moment")),
        ("null".into(), Some("type")),
    ] {
        let told = of(&[&first, &second]).breach(&value(&first), &value(&new), NOW);
        match breach {
            None => assert_eq!(told, None, "{new}"),
            Some(words) => assert!(told.is_some_and(|told| told.contains(words)), "{new}: {told:?}"),
        }
    }
}

#[test]
fn an_hours_error_is_known_at_once_by_the_zone_rule() {
    // Far from now on both sides, so that nothing else can tell.
    let (first, second) = (r#""2020-01-01T10:17:23Z""#, r#""2020-01-02T23:01:54Z""#);
    let told = of(&[first, second]).breach(&value(first), &value(r#""2020-01-01T11:17:24Z""#), NOW);
    assert_eq!(told, Some("whole quarters of an hour apart, as time zones are"));
}

#[test]
fn where_old_itself_moves_by_whole_hours_the_zone_rule_says_nothing() {
    let hours = [r#""2020-01-01T10:00:00Z""#, r#""2020-01-01T12:00:00Z""#];
    assert_eq!(of(&hours).breach(&value(hours[0]), &value(r#""2020-01-01T11:00:00Z""#), NOW), None);
}

#[test]
fn epoch_numbers_are_moments_too() {
    let old = ["1751328000", "1751328001"];
    let told = |new: &str| of(&old).breach(&value(old[0]), &value(new), NOW);
    assert_eq!(told("1751328002"), None);
    assert!(told("1751331601").is_some_and(|words| words.contains("quarters")));
    assert!(told("1751328002000").is_some_and(|words| words.contains("written")));
    assert!(told("0").is_some_and(|words| words.contains("no moment")));
}

#[test]
fn a_set_of_values_is_complete_only_after_many_of_them() {
    let mut profile = Profile::default();
    for n in 0..1_500 {
        let old = value([r#""ann""#, r#""bob""#, r#""eva""#][n % 3]);
        let breach = profile.breach(&old, &value(r#""ban""#), NOW);
        assert_eq!(breach.is_some_and(|words| words.contains("among")), n > 1_330, "after {n}");
        profile.learn(&old, NOW);
    }
    assert_eq!(profile.breach(&value(r#""ann""#), &value(r#""eva""#), NOW), None);
}

#[test]
fn the_spread_of_old_is_known_to_a_power_of_two() {
    let profile = of(&["100.0", "101.0", "100.0", "101.0"]);
    assert_eq!(profile.widest(), Some(2f64.powi(-6)));
    assert_eq!(of(&["0.0", "0.0"]).widest(), None);
}

proptest! {
    #[test]
    fn a_value_that_old_gave_is_never_a_breach(
        values in prop::collection::vec("(null|true|-?[0-9]{1,12}(\\.[0-9]{1,3})?|\"[a-zA-Z0-9:. -]{0,40}\")", 2..20),
        which: prop::sample::Index,
    ) {
        // Asked for as whole values: leading zeros and the like are no matter here.
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let profile = of(&values);
        let new = value(values[which.index(values.len())]);
        prop_assert_eq!(profile.breach(&new, &new, NOW), None);
    }

    #[test]
    fn any_values_are_judged_without_harm(old in prop::collection::vec("\\PC{0,20}", 0..6), new in "\\PC{0,20}") {
        let values: Vec<&str> = old.iter().map(String::as_str).collect();
        of(&values).breach(&value(&new), &value(&new), NOW);
    }
}
