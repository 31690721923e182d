//! Pairs of values and what accounts for their difference, and what must not be said of others.

use super::*;
use crate::domain::compare::{formats::json, tree::Bounds};

pub const BOUNDS: Bounds = Bounds { depth: 100, nodes: 1 << 20, text: 0 };

pub fn document(text: &str) -> Document<'_> {
    json::read(text.as_bytes(), BOUNDS).unwrap()
}

/// Of two JSON texts; nothing where there is no value.
pub fn causes_of(old: &str, new: &str) -> Vec<Cause> {
    let read = |text| Some(text).filter(|text: &&str| !text.is_empty()).map(document);
    let (old, new) = (read(old), read(new));
    let root = |document| Value { document, id: Id::ROOT };
    let (old, new) = (old.as_ref().map(root), new.as_ref().map(root));
    let found = causes(old, new);
    for cause in &found {
        assert!(cause.accounts_for(old, new), "{cause:?}");
    }
    found
}

fn says(old: &str, new: &str) -> Vec<String> {
    causes_of(old, new).iter().map(Cause::to_string).collect()
}

#[track_caller]
fn first(cases: &[(&str, &str, &str)]) {
    for (old, new, expected) in cases {
        assert_eq!(says(old, new).first().map(String::as_str), Some(*expected), "{old} → {new}");
    }
}

#[test]
fn nothing_is_told_from_something_and_from_another_nothing() {
    first(&[
        ("null", "", "missing instead of null"),
        ("", "null", "null instead of missing"),
        (r#""""#, "null", "null instead of an empty text"),
        ("null", r#""""#, "an empty text instead of null"),
        ("[]", "", "missing instead of an empty array"),
        ("{}", "null", "null instead of an empty object"),
        (r#""ada@example.com""#, "", "missing"),
        (r#"{"a":1}"#, "null", "null"),
        ("[1]", "[]", "an empty array"),
        ("", "7", "there where old has nothing"),
        ("null", "7", "a value where old is null"),
    ]);
}

#[test]
fn the_same_in_another_type_is_known() {
    first(&[
        ("12", r#""12""#, "the same number as a text"),
        (r#""12.50""#, "12.5", "the number that old sends as a text"),
        (r#""1e3""#, "1000", "the number that old sends as a text"),
        ("1", r#""1""#, "the same number as a text"),
        ("true", "1", "the same, as 1 and 0 instead of true and false"),
        ("false", r#""N""#, "the same, as Y and N instead of true and false"),
        (r#""yes""#, "true", "the same, as true and false instead of yes and no"),
        ("1", r#""true""#, "the same, as the texts true and false instead of 1 and 0"),
        (r#""on""#, r#""Y""#, "the same, as Y and N instead of on and off"),
        ("true", "false", "the opposite"),
    ]);
}

#[test]
fn what_was_done_to_a_text_is_known() {
    let long = format!(r#""{}""#, "long text ".repeat(30));
    let cut = format!(r#""{}""#, &long[1..41]);
    first(&[
        (r#""Ada""#, r#""ADA""#, "the same in another case"),
        (r#""Ärger""#, r#""ärger""#, "the same in another case"),
        (r#"" Ada\n""#, r#""Ada""#, "the same with other white space around it"),
        (r#""a\r\nb""#, r#""a\nb""#, "the same with other line ends"),
        (r#""Zo\u00eb""#, r#""Zoe\u0308""#, "the same text in Unicode form NFD"),
        (r#""Zoe\u0308""#, r#""Zo\u00eb""#, "the same text in Unicode form NFC"),
        (r#""\ufb01n""#, r#""fin""#, "the same text in Unicode form NFKC"),
        (r#""Tom & Jo""#, r#""Tom &amp; Jo""#, "escaped for HTML"),
        (r#""it&#39;s""#, r#""it's""#, "not escaped for HTML any more"),
        (r#""a b/c""#, r#""a%20b%2Fc""#, "escaped for a URL"),
        (r#""a+b%3D""#, r#""a b=""#, "not escaped for a URL any more"),
        (r#""Zoë""#, r#""ZoÃ«""#, "garbled: UTF-8 read as Windows-1252"),
        (r#""it’s""#, r#""itâ€™s""#, "garbled: UTF-8 read as Windows-1252"),
        (r#""GrÃ¼n""#, r#""Grün""#, "readable where old is garbled: UTF-8 read as Windows-1252"),
        (r#""Zoë""#, r#""Zoe""#, "without the accents"),
        (r#""Zoë!""#, r#""Zo?!""#, "with '?' for every letter outside of ASCII"),
        (r#""€5""#, r#""???5""#, "with '?' for every letter outside of ASCII"),
        (&long, &cut, "cut to 40 characters"),
        (r#""abcdefghij""#, r#""abcde…""#, "cut to 5 characters and …"),
        (r#""abcdefghij""#, r#""abc...""#, "cut to 3 characters and ..."),
        (r#""abcde""#, r#""abcdefghij""#, "whole where old is cut to 5 characters"),
        (
            r#""http://old.example/a/7""#,
            r#""https://new.example/a/7""#,
            r#"the same, but begins with "https://new" instead of "http://old""#,
        ),
        (r#""user:12345""#, r#""12345""#, r#"the same without the "user:" with which old begins"#),
        (r#""photo.jpg""#, r#""photo.webp""#, r#"the same, but ends with "webp" instead of "jpg""#),
    ]);
}

#[test]
fn what_was_done_to_a_number_is_known() {
    first(&[
        ("12.34", "12", "rounded to 0 decimals"),
        ("12.75", "13", "rounded to 0 decimals"),
        ("12.5", "13", "rounded to 0 decimals"),
        ("12.5", "12", "rounded to 0 decimals, halves to even"),
        ("12.99", "12", "cut to 0 decimals"),
        ("12.01", "13", "rounded up to 0 decimals"),
        ("-0.126", "-0.13", "rounded to 2 decimals"),
        ("12.35", "12.3456", "more exact where old is rounded to 2 decimals"),
        ("12.34", "1234", "multiplied by 100: cents, or percent?"),
        ("1500", "1.5", "divided by 1000: seconds for milliseconds?"),
        ("2", "120", "multiplied by 60: seconds for minutes?"),
        ("3", "3072", "multiplied by 1024"),
        ("100", "6000", "multiplied by 60: seconds for minutes?"),
        ("7", "-7", "the negative of old"),
        ("0.1", "0.10000000149011612", "rounded to a 32-bit float"),
        ("16777217", "16777216", "rounded to a 32-bit float"),
        ("9007199254740993", "9007199254740992", "rounded to a 64-bit float"),
        ("0.10000000149011612", "0.1", "rounded to 1 decimal"),
        (
            "18446744073709551616",
            "184467440737095516.16",
            "divided by 100: units for cents, or a share for percent?",
        ),
    ]);
    assert!(
        says("0.10000000149011612", "0.1").contains(&"exact where old is rounded to a 32-bit float".into())
    );
}

#[test]
fn what_was_done_to_a_moment_is_known() {
    first(&[
        (r#""2025-06-30T17:03:59Z""#, r#""2025-06-30T18:03:59Z""#, "1 h later: a time zone"),
        (r#""2025-06-30T17:03:59Z""#, r#""2025-06-30T17:03:59+02:00""#, "2 h earlier: a time zone"),
        (r#""2025-06-30T17:03:59Z""#, "1751306639", "1 h later: a time zone"),
        (
            r#""2025-06-30T17:03:59Z""#,
            "1751303039",
            "the same moment, in seconds since 1970 instead of in UTC",
        ),
        (
            r#""2025-06-30T17:03:59Z""#,
            r#""2025-06-30T19:03:59+02:00""#,
            "the same moment, at UTC+02:00 instead of in UTC",
        ),
        (
            r#""2025-06-30T17:03:59Z""#,
            r#""2025-06-30 17:03:59""#,
            "the same moment, without a zone instead of in UTC",
        ),
        (
            r#""2025-06-30T17:03:59Z""#,
            r#""2025-06-30T17:03:59.000Z""#,
            "the same moment with other digits after the second",
        ),
        (r#""2025-06-30T17:03:59.123Z""#, r#""2025-06-30T17:03:59Z""#, "a moment cut to the second"),
        (
            r#""2025-06-30T17:03:59.123456Z""#,
            r#""2025-06-30T17:03:59.123Z""#,
            "a moment cut to the millisecond",
        ),
        (r#""2025-06-30T23:03:59-05:00""#, r#""2025-06-30""#, "a moment cut to the day"),
        (r#""2025-06-30""#, r#""2025-07-01""#, "1 d later: a time zone"),
        ("1751303039", "1751310239", "2 h later: a time zone"),
        ("1751303039000", "1751303039", "divided by 1000: seconds for milliseconds?"),
    ]);
}

#[test]
fn what_was_done_to_an_array_is_known() {
    first(&[
        ("[1,2,3]", "[3,2,1]", "in reverse order"),
        ("[2,3,1]", "[1,2,3]", "sorted, ascending"),
        ("[2,3,1,9,8]", "[2,1,3,9,8]", "in another order"),
        (
            r#"[{"n":"b","k":1},{"n":"c","k":5},{"n":"a","k":3}]"#,
            r#"[{"k":5,"n":"c"},{"k":1.0,"n":"b"},{"k":3,"n":"a"}]"#,
            "sorted by n, descending",
        ),
        ("[1,2,3,4]", "[2,3,4,5]", "one element ahead: it begins with old's second"),
        ("[1,2,3,4]", "[2,3,4]", "one element ahead: it begins with old's second"),
        ("[1,2,3,4]", "[0,1,2,3]", "one element behind: its second is old's first"),
        ("[1,2,3,4]", "[1,2,3]", "without the last element"),
        ("[1,2,3,4]", "[1,2]", "only the first 2 elements"),
        ("[1,2]", "[1,2,3,4]", "more where old stops after 2 elements"),
        ("[1,2,3]", "[1,2,2,3]", "repeating some elements"),
        ("[1,2,2,3,3]", "[1,2,3]", "without the elements that old repeats"),
        ("[1,2,3,4]", "[1,3,4]", "without some of the elements"),
    ]);
}

#[test]
fn what_is_not_so_is_not_said() {
    for (old, new, never) in [
        ("100", "100.5", "round"),
        ("100", "101", ""),
        ("19", "20", ""),
        ("12.34", "11", ""),
        ("12.5", "1234", ""),
        ("0", "5", ""),
        ("1.5", "0", "multipl"),
        ("1", "0", ""),
        (r#""1""#, r#""0""#, ""),
        ("1751303039", "1751309999", ""),
        ("1751303039", "1751303050", ""),
        (r#""1751303039""#, r#""1751303041""#, "later"),
        (r#""2024-01-05T09:12:13Z""#, r#""2025-06-30T17:03:59Z""#, "zone"),
        (r#""2025-06-30T17:03:59.500Z""#, r#""2025-06-30T17:04:00Z""#, "zone"),
        (r#""2025-06-30T17:03:59Z""#, r#""2025-07-02""#, ""),
        ("4000000001", "4000003601", ""),
        (r#""Ada""#, r#""Ida""#, ""),
        (r#""0012""#, "12", ""),
        (r#""12 ""#, "12", ""),
        (r#""+12""#, "12", ""),
        (r#""a & b""#, r#""a &lt; b""#, ""),
        (r#""Zoë""#, r#""Zoé""#, ""),
        (r#""abcdef""#, r#""abx…""#, ""),
        (r#""\ud800""#, r#""x""#, ""),
        ("[1,2,3]", "[4,5,6]", ""),
        ("[1,2,3]", "[3,1,4]", ""),
        ("[1]", "[2]", ""),
        (r#"{"a":1}"#, r#"{"a":2}"#, ""),
    ] {
        let found = says(old, new);
        assert!(found.iter().all(|says| !says.contains(never)), "{old} → {new}: {found:?}");
    }
}

#[test]
fn what_is_too_large_is_left_alone() {
    let text = |letter: &str| format!("\"{}\"", letter.repeat(100_000));
    assert_eq!(says(&text("a"), &text("A")), [""; 0]);
    assert_eq!(says(&text("a"), "null"), ["null"]);
    let array = |first| format!("[{first}{}]", ",0".repeat(5_000));
    assert_eq!(says(&array(1), &array(2)), [""; 0]);
    let digits = "9".repeat(3_000);
    assert_eq!(says(&digits, &format!("{digits}0")), [""; 0]);
}
