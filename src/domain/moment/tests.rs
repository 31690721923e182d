//! Texts that are moments, and those that are nearly ones.

use proptest::prelude::*;

use super::*;

const NOON: i128 = 1_709_208_000 * SECOND;

#[test]
fn a_moment_is_read_with_how_it_is_written() {
    for (text, after_noon, between, zone, spelling) in [
        ("2024-02-29T12:00:00Z", 0, b'T', Zone::Zulu, Spelling::Full),
        ("2024-02-29t14:00:00.000+02:00", 0, b't', Zone::Offset(120), Spelling::Full),
        ("2024-02-28 23:30:00-1230", 0, b' ', Zone::Offset(-750), Spelling::Plain),
        ("2024-02-29T13:00:00.25+01", 250_000_000, b'T', Zone::Offset(60), Spelling::Hours),
        ("2024-02-29T12:00:00.000000001", 1, b'T', Zone::None, Spelling::Missing),
        ("2024-02-29T11:59:60z", 0, b'T', Zone::Zulu, Spelling::Full),
    ] {
        let stamp = rfc3339(text).unwrap();
        assert_eq!(stamp.nanos - NOON, after_noon, "{text}");
        assert_eq!((stamp.form, stamp.is_exact), (Form::Rfc3339(between, zone, spelling), true), "{text}");
        assert_eq!(stamp.is_leap, text.contains(":60"), "{text}");
    }
    let cut = rfc3339("2024-02-29T12:00:00.0000000019Z").unwrap();
    assert_eq!((cut.nanos - NOON, cut.digits, cut.is_exact), (1, 10, false));
}

#[test]
fn an_http_date_has_three_forms() {
    for (text, form) in [
        ("Thu, 29 Feb 2024 12:00:00 GMT", Form::HttpDate),
        ("Thursday, 29-Feb-24 12:00:00 GMT", Form::Rfc850),
        ("Thu Feb 29 12:00:00 2024", Form::Asctime),
    ] {
        assert_eq!(http_date(text).map(|stamp| (stamp.nanos, stamp.form)), Some((NOON, form)), "{text}");
    }
    assert_eq!(http_date("Sun Nov  6 08:49:37 1994").unwrap().nanos, 784_111_777 * SECOND);
    assert_eq!(http_date("Wednesday, 31-Dec-69 00:00:00 GMT"), None);
    assert!(http_date("Tuesday, 31-Dec-69 00:00:00 GMT").is_some());
}

#[test]
fn what_is_nearly_a_moment_is_none() {
    for text in [
        "",
        "2024-02-29",
        "2023-02-29T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:60:00Z",
        "2024-02-29T12:00:61Z",
        "2024-02-29T12:00Z",
        "2024-02-29T12:00:00.Z",
        "2024-02-29T12:00:00+2:00",
        "2024-02-29T12:00:00+24:00",
        "2024-02-29T12:00:00+00:60",
        "2024-02-29T12:00:00Zz",
        "2024-2-29T12:00:00Z",
        "+024-02-29T12:00:00Z",
        "2024-02-29T1é:00:00Z",
        "２０２４-02-29T12:00:00Z",
        "Fri, 29 Feb 2024 12:00:00 GMT",
        "Fri, 30 Feb 2024 12:00:00 GMT",
        "Thu, 29 feb 2024 12:00:00 GMT",
        "Thu, 29 Feb 2024 12:00:00 CET",
        " Thu, 29 Feb 2024 12:00:00 GMT",
        "Thu, 29-Feb-24 12:00:00 GMT",
        "Thu Feb 29 12:00:00 24",
    ] {
        assert_eq!((rfc3339(text), http_date(text)), (None, None), "{text}");
    }
}

#[test]
fn a_moment_is_written_as_a_date_of_the_calendar() {
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(write(millis), text);
    }
    write(u64::MAX);
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,40}|[0-9TZ:.+ -]{0,40}|[A-Z][a-z]{2}, [0-9]{2}[ -]\\PC{0,20}") {
        rfc3339(&text);
        http_date(&text);
        day(&text);
    }

    #[test]
    fn what_is_written_is_read_back(millis in 0u64..253_402_300_800_000) {
        let nanos = rfc3339(&write(millis)).map(|stamp| stamp.nanos);
        prop_assert_eq!(nanos, Some(i128::from(millis) * MILLI));
        prop_assert_eq!(day(&write_day(millis)).map(|day| day as u64), Some(millis / 86_400_000));
    }
}
