//! CBOR at its edges, broken, and against the reference.

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
    (b"\x00", "0"),
    (b"\x17", "23"),
    (b"\x18\x18", "24"),
    (b"\x18\x01", "1"),
    (b"\x18\xFF", "255"),
    (b"\x19\xFF\xFF", "65535"),
    (b"\x1A\xFF\xFF\xFF\xFF", "4294967295"),
    (b"\x1B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "18446744073709551615"),
    (b"\x1B\x00\x20\x00\x00\x00\x00\x00\x01", "9007199254740993"),
    (b"\x20", "-1"),
    (b"\x38\x63", "-100"),
    (b"\x3B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "-9223372036854775808"),
    (b"\x3B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "-18446744073709551616"),
    (b"\xC2\x40", "0"),
    (b"\xC2\x42\x00\x01", "1"),
    (b"\xC2\x49\x01\0\0\0\0\0\0\0\0", "18446744073709551616"),
    (b"\xC2\x5F\x41\x01\x48\0\0\0\0\0\0\0\0\xFF", "18446744073709551616"),
    (b"\xC3\x40", "-1"),
    (b"\xC3\x41\xFF", "-256"),
    (b"\xC3\x48\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "-18446744073709551616"),
    (b"\xC3\x49\x01\0\0\0\0\0\0\0\0", "-18446744073709551617"),
    (b"\xF9\x00\x01", "5.960464477539063e-8"),
    (b"\xF9\x3C\x00", "1.0"),
    (b"\xF9\x80\x00", "-0.0"),
    (b"\xF9\x7B\xFF", "65504.0"),
    (b"\xFA\x3D\xCC\xCC\xCD", "0.10000000149011612"),
    (b"\xFA\x3F\x80\x00\x00", "1.0"),
    (b"\xFB\x3F\xB9\x99\x99\x99\x99\x99\x9A", "0.1"),
    (b"\xFB\x43\xF0\x00\x00\x00\x00\x00\x00", "18446744073709551616.0"),
    (b"\xF9\x7E\x00", "NaN"),
    (b"\xF9\x7E\x01", "NaN"),
    (b"\xFB\x7F\xF8\x00\x00\x00\x00\x00\x01", "NaN"),
    (b"\xF9\x7C\x00", "Infinity"),
    (b"\xFA\xFF\x80\x00\x00", "-Infinity"),
    (b"\xF4", "false"),
    (b"\xF5", "true"),
    (b"\xF6", "null"),
    (b"\xF7", "undefined"),
    (b"\xF0", "simple(16)"),
    (b"\xE0", "simple(0)"),
    (b"\xF8\x20", "simple(32)"),
    (b"\xF8\xFF", "simple(255)"),
    (b"\x40", "h''"),
    (b"\x42\x00\xFF", "h'00ff'"),
    (b"\x5F\xFF", "h''"),
    (b"\x5F\x41\x01\x40\x42\x02\x03\xFF", "h'010203'"),
    (b"\x60", "\"\""),
    (b"\x62\xC3\xA9", "\"é\""),
    (b"\x7F\x61a\x78\x01b\xFF", "\"ab\""),
    (b"\x80", "[]"),
    (b"\x83\x01\x81\x02\x03", "[1,[2],3]"),
    (b"\x9F\x01\x9F\xFF\xFF", "[1,[]]"),
    (b"\x98\x01\x00", "[0]"),
    (b"\xA0", "{}"),
    (b"\xA2\x61a\x01\x61b\xA0", r#"{"a":1,"b":{}}"#),
    (b"\xBF\x61a\x01\x61b\x9F\xFF\xFF", r#"{"a":1,"b":[]}"#),
    (b"\xA1\x01\xF6", r#"{"⟨1⟩":null}"#),
    (b"\xA1\x20\xF6", r#"{"⟨-1⟩":null}"#),
    (b"\xA1\x41\x00\xF6", r#"{"⟨h'00'⟩":null}"#),
    (b"\xA1\xF9\x3C\x00\xF6", r#"{"⟨1.0⟩":null}"#),
    (b"\xA1\xC2\x49\x01\0\0\0\0\0\0\0\0\xF6", r#"{"⟨18446744073709551616⟩":null}"#),
    (b"\xA1\xD8\x25\x41\x00\xF6", r#"{"⟨37(h'00')⟩":null}"#),
    (b"\xA1\xD8\x20\xD8\x21\x62\"a\xF6", r#"{"⟨32(33(\"\\\"a\"))⟩":null}"#),
    (b"\xA1\x64@tag\xF6", r#"{"⟨@tag":null}"#),
    (b"\xA1\xF7\xF6", r#"{"⟨undefined⟩":null}"#),
    (b"\xC0\x60", r#"{"@tag":0,"@value":""}"#),
    (b"\xC4\x82\x21\x18\x64", r#"{"@tag":4,"@value":[-2,100]}"#),
    (b"\xDB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", r#"{"@tag":18446744073709551615,"@value":0}"#),
    (b"\xC0\xC1\x00", r#"{"@tag":0,"@value":{"@tag":1,"@value":0}}"#),
    (b"\xD9\xD9\xF7\x00", "0"),
    (b"\x81\xD9\xD9\xF7\xD9\xD9\xF7\x81\x00", "[[0]]"),
];

#[test]
fn every_major_type_is_read_at_its_edges() {
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
        refuses(&[bytes, &b"\xF6"[..]].concat(), bytes.len(), "the end");
    }
}

#[test]
fn what_is_no_cbor_is_refused_with_its_place() {
    for head in [0x1C, 0x1D, 0x1E, 0x3C, 0x5D, 0x7E, 0x9C, 0xBD, 0xDE, 0xFC, 0xFD, 0xFE] {
        refuses(&[0x81, head, 0, 0, 0, 0, 0, 0, 0, 0], 1, "a value");
    }
    // Lengths that nothing has: of an integer, of a tag; a break with nothing to end.
    for head in [0x1F, 0x3F, 0xDF, 0xFF] {
        refuses(&[0x81, head], 1, "a value");
    }
    refuses(b"\xF8\x14", 0, "a simple value from 32 on");
    refuses(b"\xF8\x1F", 0, "a simple value from 32 on");
    refuses(b"\x62\xC3\x28", 1, "UTF-8");
    // A letter in two chunks: each has to be text by itself.
    refuses(b"\x7F\x61\xC3\x61\xA9\xFF", 2, "UTF-8");
    refuses(b"\x7F\x41a\xFF", 1, "a chunk of the string");
    refuses(b"\x5F\x5F\xFF\xFF", 1, "a chunk of the string");
    refuses(b"\xBF\x61a\xFF", 3, "a value");
    refuses(b"\xA1\xFF", 1, "a key");
    refuses(b"\xA1\x80\x00", 1, "a key that is no array and no map");
    refuses(b"\xA1\xC0\xA0\x00", 2, "a key that is no array and no map");
    refuses(b"\xC2\x61a", 1, "the bytes of a bignum");
    refuses(b"\xC2\x01", 1, "the bytes of a bignum");
    refuses(b"\xC0\xFF", 1, "a value");
    for head in [0x5B, 0x7B, 0x9B, 0xBB] {
        assert!(read(&[head, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0], BOUNDS).is_err());
    }
}

#[test]
fn a_long_bignum_stays_bytes_and_equal_to_none_but_itself() {
    let bignum = |tag: u8, zeros: usize, bytes: &[u8]| {
        let length = u16::try_from(zeros + bytes.len()).unwrap().to_be_bytes();
        shown(&[&[tag, 0x59], &length[..], &vec![0; zeros], bytes].concat())
    };
    let (spelled, bytes) = (bignum(0xC2, 0, &[0xFF; 256]), bignum(0xC2, 0, &[0xFF; 257]));
    assert!(spelled.len() == 617 && spelled.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(bytes.starts_with("2(h'ffff") && bytes.ends_with("')"));
    assert_eq!(bignum(0xC2, 40, &[0xFF; 256]), spelled);
    assert_eq!(bignum(0xC2, 40, &[0xFF; 257]), bytes);
    assert!(bignum(0xC3, 0, &[0xFF; 257]).starts_with("3(h'"));
}

#[test]
fn a_key_said_twice_is_known() {
    assert!(read(b"\xA2\x61a\x01\x7F\x61a\xFF\x01", BOUNDS).unwrap().repeats_a_key());
    assert!(read(b"\xA2\x01\x01\x18\x01\x01", BOUNDS).unwrap().repeats_a_key());
    assert!(!read(b"\xA2\x01\x01\x61\x31\x01", BOUNDS).unwrap().repeats_a_key());
}

#[test]
fn depth_and_size_are_bounded_and_take_no_stack() {
    for (opens, ends) in [(&b"\x81"[..], &b""[..]), (b"\x9F", b"\xFF"), (b"\xA1\x60", b""), (b"\xC0", b"")] {
        let deep = |depth: usize| [&opens.repeat(depth)[..], &b"\xF6"[..], &ends.repeat(depth)[..]].concat();
        assert!(read(&deep(10_000), BOUNDS).is_ok());
        assert_eq!(read(&deep(10_001), BOUNDS).unwrap_err(), Unreadable::TooDeep);
        assert_eq!(read(&opens.repeat(1_000_000), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    }
    let tagged = [&b"\xA1"[..], &b"\xC0".repeat(1_000_000)[..]].concat();
    assert_eq!(read(&tagged, BOUNDS).unwrap_err(), Unreadable::TooDeep);
    assert_eq!(shown(&[&b"\xD9\xD9\xF7".repeat(100_000)[..], b"\x00"].concat()), "0");
    let wide = [&[0x9F][..], &vec![0xF6; 1 << 21]].concat();
    assert_eq!(read(&wide, BOUNDS).unwrap_err(), Unreadable::TooLarge);
}

fn coded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

#[test]
fn the_reference_encoder_is_understood() {
    let value = json!({"a": [1, -1, 1.5, u64::MAX, i64::MIN, true, null, "é".repeat(300)], "b": {"c": {}}});
    laws::same_as_json(&value, &read(&coded(&value), BOUNDS).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_document_says_the_same_as_in_json(value in laws::documents()) {
        laws::same_as_json(&value, &read(&coded(&value), BOUNDS).unwrap());
    }

    #[test]
    fn any_one_change_is_found((old, new) in laws::one_change()) {
        laws::differ(&read(&coded(&old), BOUNDS).unwrap(), &read(&coded(&new), BOUNDS).unwrap());
    }

    #[test]
    fn arbitrary_bytes_end_within_the_bounds(bytes in laws::bytes()) {
        let bounds = Bounds { depth: 20, nodes: 100, text: 1_000 };
        if let Ok(document) = read(&bytes, bounds) {
            prop_assert!(document.size() <= 100 && document.raw(Id::ROOT).len() <= 1_100);
        }
    }

    #[test]
    fn nothing_is_read_that_the_reference_decoder_finds_ill_formed(bytes in laws::bytes()) {
        // What it finds invalid (simple values without a meaning) is none of our concern.
        use ciborium::de::Error::{Io, Syntax};
        if let Err(Io(_) | Syntax(_)) = ciborium::from_reader::<ciborium::Value, _>(&bytes[..]) {
            prop_assert!(read(&bytes, BOUNDS).is_err());
        }
    }
}
