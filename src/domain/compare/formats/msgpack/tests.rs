//! MessagePack at its edges, broken, and against the reference.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{super::tree::Id, laws},
    *,
};

const BOUNDS: Bounds = Bounds { depth: 10_000, nodes: 1 << 20, text: 1 << 20 };

fn shown(bytes: &[u8]) -> String {
    let document = read(bytes, BOUNDS).unwrap_or_else(|error| panic!("{bytes:02x?}: {error:?}"));
    document.raw(Id::ROOT).to_owned()
}

#[track_caller]
fn refuses(bytes: &[u8], at: usize, expected: &str) {
    match read(bytes, BOUNDS) {
        Err(Unreadable::Malformed { at: found, expected: why }) => {
            assert_eq!((found, &*why), (at, expected), "{bytes:02x?}");
        }
        other => panic!("{bytes:02x?}: {other:?}"),
    }
}

const CASES: &[(&[u8], &str)] = &[
    (b"\xC0", "null"),
    (b"\xC2", "false"),
    (b"\xC3", "true"),
    (b"\x00", "0"),
    (b"\x7F", "127"),
    (b"\xFF", "-1"),
    (b"\xE0", "-32"),
    (b"\xCC\x00", "0"),
    (b"\xCC\xFF", "255"),
    (b"\xCD\xFF\xFF", "65535"),
    (b"\xCE\xFF\xFF\xFF\xFF", "4294967295"),
    (b"\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "18446744073709551615"),
    (b"\xCF\x00\x20\x00\x00\x00\x00\x00\x01", "9007199254740993"),
    (b"\xD0\x80", "-128"),
    (b"\xD0\x7F", "127"),
    (b"\xD1\x80\x00", "-32768"),
    (b"\xD2\x80\x00\x00\x00", "-2147483648"),
    (b"\xD3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808"),
    (b"\xD3\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "9223372036854775807"),
    (b"\xCA\x3D\xCC\xCC\xCD", "0.10000000149011612"),
    (b"\xCA\x3F\x80\x00\x00", "1.0"),
    (b"\xCB\x3F\xB9\x99\x99\x99\x99\x99\x9A", "0.1"),
    (b"\xCB\x80\x00\x00\x00\x00\x00\x00\x00", "-0.0"),
    (b"\xCB\x00\x00\x00\x00\x00\x00\x00\x01", "5e-324"),
    (b"\xCB\x43\xE0\x00\x00\x00\x00\x00\x00", "9223372036854775808.0"),
    (b"\xCA\x7F\xC0\x00\x00", "NaN"),
    (b"\xCB\xFF\xF8\x00\x00\x00\x00\x00\x07", "NaN"),
    (b"\xCB\x7F\xF0\x00\x00\x00\x00\x00\x00", "Infinity"),
    (b"\xCA\xFF\x80\x00\x00", "-Infinity"),
    (b"\xA0", "\"\""),
    (b"\xA2\xC3\xA9", "\"é\""),
    (b"\xD9\x01a", "\"a\""),
    (b"\xDA\x00\x01\"", r#""\"""#),
    (b"\xDB\x00\x00\x00\x01\x00", r#""\u0000""#),
    (b"\xC4\x00", "h''"),
    (b"\xC4\x02\x00\xFF", "h'00ff'"),
    (b"\xC5\x00\x01a", "h'61'"),
    (b"\xC6\x00\x00\x00\x01a", "h'61'"),
    (b"\x90", "[]"),
    (b"\x93\x01\x91\x02\x03", "[1,[2],3]"),
    (b"\xDC\x00\x01\xC0", "[null]"),
    (b"\xDD\x00\x00\x00\x02\x01\x02", "[1,2]"),
    (b"\x80", "{}"),
    (b"\x82\xA1a\x01\xA1b\x80", r#"{"a":1,"b":{}}"#),
    (b"\xDE\x00\x01\xA1a\x90", r#"{"a":[]}"#),
    (b"\xDF\x00\x00\x00\x01\xA1a\xA1b", r#"{"a":"b"}"#),
    (b"\x81\x01\xC0", r#"{"⟨1⟩":null}"#),
    (b"\x81\xC4\x01\x00\xC0", r#"{"⟨h'00'⟩":null}"#),
    (b"\x81\xC0\xC0", r#"{"⟨null⟩":null}"#),
    (b"\x81\xCB\x3F\xF0\x00\x00\x00\x00\x00\x00\xC0", r#"{"⟨1.0⟩":null}"#),
    (b"\x81\xA4@ext\xC0", r#"{"⟨@ext":null}"#),
    (b"\x81\xD4\x05\x07\xC0", r#"{"⟨ext(5, h'07')⟩":null}"#),
    (b"\xD4\x05\x07", r#"{"@ext":5,"@data":h'07'}"#),
    (b"\xD5\x80\x01\x02", r#"{"@ext":-128,"@data":h'0102'}"#),
    (b"\xD8\x01abcdefghijklmnop", r#"{"@ext":1,"@data":h'6162636465666768696a6b6c6d6e6f70'}"#),
    (b"\xC7\x00\x05", r#"{"@ext":5,"@data":h''}"#),
    (b"\xC7\x03\x05abc", r#"{"@ext":5,"@data":h'616263'}"#),
    (b"\xC8\x00\x01\x05a", r#"{"@ext":5,"@data":h'61'}"#),
    (b"\xC9\x00\x00\x00\x01\x05a", r#"{"@ext":5,"@data":h'61'}"#),
    // The three widths of a timestamp, and what only looks like one.
    (b"\xD6\xFF\x00\x00\x00\x01", r#"{"@ext":-1,"@data":1}"#),
    (b"\xD6\xFF\xFF\xFF\xFF\xFF", r#"{"@ext":-1,"@data":4294967295}"#),
    (b"\xD7\xFF\x00\x00\x00\x00\x00\x00\x00\x01", r#"{"@ext":-1,"@data":1}"#),
    (b"\xD7\xFF\x00\x00\x00\x04\x00\x00\x00\x01", r#"{"@ext":-1,"@data":1.000000001}"#),
    (b"\xC7\x0C\xFF\x00\x00\x00\x00\0\0\0\0\0\0\0\x01", r#"{"@ext":-1,"@data":1}"#),
    (b"\xC7\x0C\xFF\x1D\xCD\x65\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", r#"{"@ext":-1,"@data":-0.500000000}"#),
    (b"\xD7\xFF\xFF\xFF\xFF\xFC\x00\x00\x00\x01", r#"{"@ext":-1,"@data":h'fffffffc00000001'}"#),
    (b"\xD4\xFF\x00", r#"{"@ext":-1,"@data":h'00'}"#),
];

#[test]
fn every_family_is_read_at_its_edges() {
    for (bytes, text) in CASES {
        assert_eq!(shown(bytes), *text, "{bytes:02x?}");
    }
}

#[test]
fn whatever_is_cut_off_or_goes_on_is_refused() {
    for (bytes, _) in CASES {
        for cut in 0..bytes.len() {
            let found = read(&bytes[..cut], BOUNDS);
            assert!(
                matches!(&found, Err(Unreadable::Malformed { at, .. }) if *at <= cut),
                "{bytes:02x?} cut at {cut}: {found:?}"
            );
        }
        refuses(&[bytes, &b"\xC0"[..]].concat(), bytes.len(), "the end");
    }
}

#[test]
fn what_is_no_message_pack_is_refused_with_its_place() {
    refuses(b"", 0, "a value");
    refuses(b"\xC1", 0, "a value");
    refuses(b"\x92\x01\xC1", 2, "a value");
    refuses(b"\xA3ab\xFF", 3, "UTF-8");
    refuses(b"\x91\xD9\x02\xC3\x28", 3, "UTF-8");
    refuses(b"\x81\x90\x01", 1, "a key that is no array and no map");
    refuses(b"\x81\x80\x01", 1, "a key that is no array and no map");
    refuses(b"\x82\xA1a\x01", 4, "a key");
    refuses(b"\xDD\xFF\xFF\xFF\xFF\x01", 6, "a value");
    refuses(b"\xDF\xFF\xFF\xFF\xFF", 5, "a key");
    refuses(b"\xDB\xFF\xFF\xFF\xFFa", 5, "the rest of the text");
    refuses(b"\xC6\xFF\xFF\xFF\xFFa", 5, "the rest of the bytes");
}

#[test]
fn a_key_said_twice_is_known() {
    assert!(read(b"\x82\xA1a\x01\xA1a\x01", BOUNDS).unwrap().repeats_a_key());
    assert!(read(b"\x82\x01\x01\xCC\x01\x01", BOUNDS).unwrap().repeats_a_key());
    assert!(!read(b"\x82\x01\x01\xA1\x31\x01", BOUNDS).unwrap().repeats_a_key());
}

#[test]
fn depth_and_size_are_bounded_and_take_no_stack() {
    let deep = |depth: usize| [vec![0x91; depth], vec![0xC0]].concat();
    assert!(read(&deep(10_000), BOUNDS).is_ok());
    assert_eq!(read(&deep(10_001), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    assert_eq!(read(&vec![0x91; 5_000_000], BOUNDS).unwrap_err(), Unreadable::TooDeep);
    let maps = [b"\x81\xA0".repeat(10_000), vec![0xC0]].concat();
    assert!(read(&maps, BOUNDS).is_ok());
    let wide = [&[0xDD, 0x00, 0x20, 0x00, 0x00][..], &vec![0xC0; 1 << 21]].concat();
    assert_eq!(read(&wide, BOUNDS).unwrap_err(), Unreadable::TooLarge);
    let long = [&[0xC6, 0x00, 0x10, 0x00, 0x00][..], &vec![0; 1 << 20]].concat();
    assert_eq!(read(&long, BOUNDS).unwrap_err(), Unreadable::TooLarge);
}

fn packed(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

#[test]
fn the_reference_encoder_is_understood() {
    let value = json!({"a": [1, -1, 1.5, u64::MAX, i64::MIN, true, null, "é".repeat(300)], "b": {"c": {}}});
    laws::same_as_json(&value, &read(&packed(&value), BOUNDS).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_document_says_the_same_as_in_json(value in laws::documents()) {
        laws::same_as_json(&value, &read(&packed(&value), BOUNDS).unwrap());
    }

    #[test]
    fn any_one_change_is_found((old, new) in laws::one_change()) {
        laws::differ(&read(&packed(&old), BOUNDS).unwrap(), &read(&packed(&new), BOUNDS).unwrap());
    }

    #[test]
    fn arbitrary_bytes_end_within_the_bounds(bytes in laws::bytes()) {
        let bounds = Bounds { depth: 20, nodes: 100, text: 1_000 };
        if let Ok(document) = read(&bytes, bounds) {
            prop_assert!(document.size() <= 100 && document.raw(Id::ROOT).len() <= 1_100);
        }
    }
}
