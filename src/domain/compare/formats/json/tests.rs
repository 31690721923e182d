//! What is read as JSON, what is not, and within which bounds.

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds { depth: 10_000, nodes: 1 << 22, text: 0 };

fn reads(bytes: &[u8]) -> bool {
    read(bytes, BOUNDS).is_ok()
}

#[test]
fn what_the_rfc_allows_is_read() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "1",
        "1.5",
        "1e5",
        "1E+5",
        "1e-5",
        "0e0",
        "0.10e01",
        "123456789012345678901234567890",
        "1e999999999999",
        r#""""#,
        r#""a""#,
        r#""\u0000""#,
        r#""\/""#,
        r#""\ud83d\ude00""#,
        r#""\ud800""#,
        r#""\udead\ud800""#,
        "\"\u{7f}\"",
        "\"€\"",
        "[]",
        "[ ]",
        "{}",
        "[[]]",
        r#"{"a":1,"b":[2,{"c":null}]}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"":0}"#,
        " \t\r\n[ 1 , 2 ] \n",
        "\"\u{2028}\"",
        "\"\u{feff}\"",
        "[[[[[[[[[]]]]]]]]]",
        r#"[{"a":{}},{"b":[]}]"#,
    ] {
        assert!(reads(text.as_bytes()), "{text}");
    }
}

#[test]
fn what_the_rfc_does_not_allow_is_refused() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "0x1",
        "1_000",
        "1 2",
        "1,",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "}",
        "{]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        "{a:1}",
        "{1:1}",
        "{'a':1}",
        r#"{"a":1 "b":2}"#,
        r#"{"a":1]"#,
        "\"",
        "\"a",
        "\"\\",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12G4""#,
        "\"\n\"",
        "\"\0\"",
        "\"\u{1f}\"",
        "'a'",
        "[1]x",
        "{}{}",
        "// c\n1",
        "/**/1",
        "\u{feff}1",
        "\u{a0}1",
        "1\u{c}",
        "[1]\0",
        "\"a\"b",
        "[\"a\",\n",
        "[-]",
        "[1e]",
        "[\"\\u\"]",
        "{\"a\":true,\"b\"",
        "undefined",
        "tru",
        "[fals]",
    ] {
        assert!(!reads(text.as_bytes()), "{text}");
    }
    for bytes in
        [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\xc0\xaf\"", b"\xff\xfe1\0", b"[1]\xff", b"\"\xe2\x82\""]
    {
        assert!(!reads(bytes), "{bytes:?}");
    }
}

#[test]
fn a_refusal_says_where_and_what_was_expected() {
    for (text, at, expected) in [
        ("[1,]", 3, "a value"),
        ("{\"a\":1,}", 7, "a key in quotes"),
        ("[1 2]", 3, "`,` or `]`"),
        ("01", 1, "the end"),
        ("[1e]", 3, "a digit"),
    ] {
        assert_eq!(
            read(text.as_bytes(), BOUNDS).unwrap_err(),
            Unreadable::Malformed { at, expected: expected.into() }
        );
    }
}

#[test]
fn nesting_is_bounded_by_the_limit_and_not_by_the_stack() {
    let nested = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
    assert!(reads(&nested(10_000)));
    assert_eq!(read(&nested(10_001), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    assert_eq!(read(&vec![b'['; 100_000], BOUNDS).unwrap_err(), Unreadable::TooDeep);
    let bounds = Bounds { depth: 5, nodes: 10, text: 0 };
    assert_eq!(read(b"[1,2,3,4,5,6,7,8,9,0]", bounds).unwrap_err(), Unreadable::TooLarge);
}

#[test]
fn a_repeated_key_is_kept_and_noticed_however_it_is_spelled() {
    let many: String = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
    for (text, repeats) in [
        (r#"{"a":1,"b":2}"#.to_owned(), false),
        (r#"{"a":{"a":1}}"#.to_owned(), false),
        (r#"{"a":1,"b":2,"a":3}"#.to_owned(), true),
        (r#"{"a":1,"\u0061":3}"#.to_owned(), true),
        (format!("{{{many}\"x\":1}}"), false),
        (format!("{{{many}\"k7\":1}}"), true),
    ] {
        let document = read(text.as_bytes(), BOUNDS).unwrap();
        assert_eq!((document.repeats_a_key(), document.is_repeating(Id::ROOT)), (repeats, repeats), "{text}");
    }
    let text = br#"{"a":1,"a":2}"#;
    let document = read(text, BOUNDS).unwrap();
    let values: Vec<_> = document.keys(Id::ROOT).map(|key| document.raw(key.following())).collect();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn values_keep_their_spelling_and_their_place() {
    let text = br#" {"a" : [1.00, {"x":"\n"}], "b":-0} "#;
    let document = read(text, BOUNDS).unwrap();
    let keys: Vec<_> = document.keys(Id::ROOT).map(|key| document.raw(key)).collect();
    assert_eq!(keys, ["\"a\"", "\"b\""]);
    let array = document.keys(Id::ROOT).next().unwrap().following();
    let elements: Vec<_> = document.elements(array).map(|id| document.raw(id)).collect();
    assert_eq!(elements, ["1.00", r#"{"x":"\n"}"#]);
}

#[test]
fn lines_are_read_as_one_array() {
    let texts = |bytes: &[u8]| {
        let document = read_lines(bytes, BOUNDS).ok()?;
        Some(document.elements(Id::ROOT).map(|id| document.raw(id).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(texts(b"{\"a\":1}\n\n[2]\r\n3 ").unwrap(), ["{\"a\":1}", "[2]", "3"]);
    assert_eq!(texts(b"\n").unwrap(), Vec::<String>::new());
    for wrong in [&b"1 2"[..], b"[1\n", b"{}{}", b"1,\n2"] {
        assert_eq!(texts(wrong), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// serde_json's skipping reader is lax about UTF-8, and strict about lone surrogates.
    #[test]
    fn serde_json_reads_and_refuses_the_same(
        seed in prop::sample::select(vec![
            r#"{"a":[1,-2.5e+3,true],"b\n":{"c":null,"":"\u00e9 x"},"d":"€"}"#,
            r#"[0,-0,1E5,"",[],{},[{"k":false}],"\\\"/"]"#,
            r#""just a longer string with 1 \t escape""#,
        ]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<u8>(), any::<bool>()), 0..4),
    ) {
        let mut bytes = seed.as_bytes().to_vec();
        for (place, what, byte, structural) in edits {
            let byte = if structural { b"{}[],:\"\\0123456789-+.eEutrfn \n"[byte as usize % 30] } else { byte };
            let at = place.index(bytes.len().max(1));
            match what {
                0 => bytes.insert(at.min(bytes.len()), byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => {}
            }
        }
        let theirs = std::str::from_utf8(&bytes).is_ok()
            && serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok();
        prop_assert_eq!(reads(&bytes), theirs, "{}", String::from_utf8_lossy(&bytes));
    }
}
