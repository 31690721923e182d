//! Numbers at every boundary.

use super::*;

#[test]
fn the_same_number_may_be_spelled_in_many_ways() {
    for same in [
        &["1", "1.0", "1.00", "1e0", "10e-1", "0.1e1", "1E+0", "1000e-3", "0.001e3", "1e-0"][..],
        &["0", "-0", "0.0", "-0.0", "0e5", "0e-5", "0e99999999999999999999999999999999999999999999"],
        &["1e400", "10e399", "0.1e401", "1e+0400"],
        &["-120", "-12e1", "-1.2e2", "-120.000", "-0.00120e5"],
        &["1e999999999999", "10e999999999998"],
        &["18446744073709551616", "1.8446744073709551616e19"],
        &["0.5", "5e-1", "0.50", "0.05e1"],
    ] {
        for (one, other) in same.iter().flat_map(|one| same.iter().map(move |other| (one, other))) {
            assert!(same_number(one, other), "{one} {other}");
        }
    }
}

#[test]
fn different_numbers_are_different_however_close() {
    for (one, other) in [
        ("18446744073709551616", "18446744073709551617"),
        ("9007199254740992", "9007199254740993"),
        ("0.1", "0.1000000000000000055"),
        ("1", "-1"),
        ("1", "10"),
        ("1", "0.1"),
        ("0", "1"),
        ("0", "1e-999"),
        ("101", "110"),
        ("1e400", "1e401"),
        ("1e999999999999", "1e999999999998"),
        ("0.01", "0.001"),
        ("12", "1.2"),
        ("100", "1"),
        ("1e99999999999999999999999999999999999999999", "1e99999999999999999999999999999999999999998"),
    ] {
        assert!(!same_number(one, other) && !same_number(other, one), "{one} {other}");
    }
}

#[test]
fn a_tolerance_is_a_decimal_too() {
    for (old, new, tolerance, forgiven) in [
        ("10.005", "10.00", "0.005", true),
        ("10.00", "10.005", "0.005", true),
        ("10.0050000000000000000001", "10", "0.005", false),
        ("0.3", "0.30000000000000004", "1e-16", true),
        ("0.3", "0.30000000000000004", "1e-17", false),
        ("-0.0025", "0.0025", "0.005", true),
        ("-0.0025", "0.0026", "0.005", false),
        ("1e400", "1e400", "0", true),
        ("1e400", "2e400", "1e400", true),
        ("1e999999999", "1", "5", false),
        ("1e-999999999", "0", "5", false),
        ("99.5", "100.5", "1", true),
        ("99.4", "100.5", "1", false),
        ("1", "2", "0", false),
    ] {
        assert_eq!(within(old, new, tolerance), forgiven, "{old} {new} {tolerance}");
        assert_eq!(within(new, old, tolerance), forgiven, "{new} {old} {tolerance}");
    }
}

#[test]
fn a_share_of_the_larger_is_a_decimal_too() {
    for (old, new, share, forgiven) in [
        ("100", "99", "0.01", true),
        ("100", "98.9999999999999999999", "0.01", false),
        ("-100", "-101", "1e-2", true),
        ("99", "100.0000000000000000001", "1e-2", false),
        ("0", "1e-99", "0.99", false),
        ("0", "7", "1e0", true),
        ("-1", "1", "1.99", false),
        ("-1", "1", "2", true),
        ("1e400", "1.01e400", "0.01", true),
        ("1e400", "1e399", "0.9", true),
        ("1e400", "1e399", "0.8999999999", false),
        ("1e999999999", "1", "0.5", false),
        ("1", "2", "0", false),
        ("2", "2.0", "0", true),
    ] {
        assert_eq!(within_share(old, new, share), forgiven, "{old} {new} {share}");
        assert_eq!(within_share(new, old, share), forgiven, "{new} {old} {share}");
    }
}

#[test]
fn numbers_have_an_order() {
    let ascending = ["-1e400", "-10", "-9.5", "-0.1", "0", "1e-400", "0.1", "0.25", "2", "10", "1e400"];
    for (n, one) in ascending.iter().enumerate() {
        for (m, other) in ascending.iter().enumerate() {
            assert_eq!(order(one, other), Some(n.cmp(&m)), "{one} {other}");
        }
    }
    assert_eq!(order("1.0", "10e-1"), Some(Ordering::Equal));
}

#[test]
fn a_text_is_a_number_where_json_says_so() {
    for text in ["0", "-0", "12", "1.50", "1e5", "1E+5", "-1.0e-5"] {
        assert!(is_number(text), "{text}");
    }
    for text in ["", "-", "01", "+1", "1.", ".5", "1e", "1e+", "0x1", "1 ", "1.2.3", "NaN", "-01", "1e5.5"] {
        assert!(!is_number(text), "{text}");
    }
}

#[test]
fn powers_of_ten_keep_numbers_whole_or_refuse() {
    for (text, power, whole) in [
        ("1.5", 1, Some(15)),
        ("1.5", 0, None),
        ("-1e3", 9, Some(-1_000_000_000_000)),
        ("0.000", 9, Some(0)),
        ("1e-9", 9, Some(1)),
        ("1e-10", 9, None),
        ("1e40", 0, None),
    ] {
        assert_eq!(times_power_of_ten(text, power), whole, "{text}");
    }
}

#[test]
fn equal_numbers_have_one_canonical_form() {
    assert_eq!(canonical("1.0"), canonical("10e-1"));
    assert_eq!(canonical("12.5"), canonical("1250e-2"));
    assert_ne!(canonical("1"), canonical("-1"));
    assert_ne!(canonical("1"), canonical("10"));
}
