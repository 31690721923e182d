//! What holds of causes for any values.

use proptest::prelude::*;

use super::{
    cause::{Mark, Rounding, Way, Width},
    tests::causes_of,
    *,
};

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn values() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(String::new()),
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,25})?([eE][-+]?[0-9]{1,12})?",
        "(0|1|1751303039|17513030390{3})",
        any::<String>().prop_map(|text| quoted(&text)),
        "[ -~äß€%&;#…]{0,40}".prop_map(|text| quoted(&text)),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])?)?"
            .prop_map(|text| quoted(&text)),
    ];
    let element = leaf.clone().prop_map(|leaf| if leaf.is_empty() { "{}".to_owned() } else { leaf });
    let array = prop::collection::vec(element, 0..6).prop_map(|all| format!("[{}]", all.join(",")));
    prop_oneof![3 => leaf, 1 => array]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_cause_that_is_named_accounts_for_the_difference(old in values(), new in values()) {
        let found = causes_of(&old, &new);
        prop_assert!(found.is_sorted());
    }

    #[test]
    fn a_value_that_stayed_the_same_has_no_cause(value in values()) {
        let found = causes_of(&value, &value);
        // A moment beside itself is the same moment: nobody asks of what does not differ.
        prop_assert!(found.iter().all(|cause| matches!(cause, Cause::Notation { .. })), "{found:?}");
    }

    #[test]
    fn a_rounded_number_is_found_rounded(cents in 1i64..1_000_000_000, digits in 0u8..2) {
        let by = 10i64.pow(2 - u32::from(digits));
        prop_assume!(cents % by != 0);
        let told = |number: i64, digits: usize| format!("{}.{:0digits$}", number / 10i64.pow(digits as u32), number % 10i64.pow(digits as u32));
        let rounded = (cents + by / 2) / by;
        let new = if digits == 0 { rounded.to_string() } else { told(rounded, usize::from(digits)) };
        let found = causes_of(&told(cents, 2), &new);
        prop_assert!(found.contains(&Cause::Rounded { digits, rounding: Rounding::HalfUp }), "{found:?}");
    }

    #[test]
    fn a_scaled_number_is_found_scaled(number in 1i64..1_000_000_000, factor in prop::sample::select(vec![8u64, 60, 100, 1000, 1024, 86_400])) {
        let old = format!("{number}e-3");
        let new = format!("{}e-3", number * factor as i64);
        let found = causes_of(&old, &new);
        prop_assert!(found.contains(&Cause::Scale { factor, way: Way::Forth }), "{found:?}");
        let found = causes_of(&new, &old);
        prop_assert!(found.contains(&Cause::Scale { factor, way: Way::Back }), "{found:?}");
    }

    #[test]
    fn a_number_through_a_small_float_is_found(number in -1e9f64..1e9) {
        let small = f64::from(number as f32);
        prop_assume!(small != number);
        let found = causes_of(&format!("{number:?}"), &format!("{small:?}"));
        prop_assert!(found.contains(&Cause::Float { width: Width::Single, way: Way::Forth }), "{found:?}");
    }

    #[test]
    fn a_shifted_moment_is_found_shifted(at in 1_000_000_000i64..1_100_000_000, by in 1i64..10_000_000) {
        let moment = |seconds: i64| quoted(&crate::domain::compare::explain::laws::rfc3339(seconds));
        let found = causes_of(&moment(at), &moment(at + by));
        prop_assert!(found.contains(&Cause::TimeShift(by * 1000)), "{found:?}");
        let found = causes_of(&moment(at + by), &moment(at));
        prop_assert!(found.contains(&Cause::TimeShift(by * -1000)), "{found:?}");
    }

    #[test]
    fn a_cut_text_is_found_cut(text in "[a-zäß€ ]{2,60}", at in 1usize..60, mark in prop::sample::select(vec![Mark::None, Mark::Ellipsis, Mark::Dots])) {
        let characters = at.min(text.chars().count() - 1);
        let piece: String = text.chars().take(characters).collect();
        let found = causes_of(&quoted(&text), &quoted(&(piece + mark.text())));
        prop_assert!(found.contains(&Cause::Cut { characters, mark, way: Way::Forth }), "{found:?}");
    }

    #[test]
    fn a_garbled_text_is_found_garbled(text in "[a-z]{0,9}[äßé€’]{1,9}[a-z]{0,9}") {
        let garbled = escapes::garbled(&text, false);
        let found = causes_of(&quoted(&text), &quoted(&garbled));
        prop_assert!(found.contains(&Cause::Mojibake(Way::Forth)), "{found:?}");
        let found = causes_of(&quoted(&garbled), &quoted(&text));
        prop_assert!(found.contains(&Cause::Mojibake(Way::Back)), "{found:?}");
    }

    #[test]
    fn an_array_in_another_order_is_found_so(mut all in prop::collection::btree_set(0i64..1000, 2..12).prop_map(|all| all.into_iter().collect::<Vec<_>>()), turn in 0usize..12) {
        let sorted = format!("{all:?}");
        let by = 1 + turn % (all.len() - 1);
        all.rotate_left(by);
        let found = causes_of(&format!("{all:?}"), &sorted);
        prop_assert!(found.contains(&Cause::Reordered), "{found:?}");
        prop_assert!(found.contains(&Cause::Sorted { by: None, descending: false }), "{found:?}");
    }
}

fn rfc3339(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    // 2001 to 2004, day by day: slow, and nothing of the reading that is tested.
    let (mut year, mut month, mut left) = (1970, 1, days);
    loop {
        let leap = year % 4 == 0;
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if left < length {
            break;
        }
        left -= length;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    format!("{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z", left + 1, rest / 3600, rest / 60 % 60, rest % 60)
}
