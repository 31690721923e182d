//! Messages with and without a descriptor, and against the library's own reading of them.

use proptest::prelude::*;
use prost_reflect::{DynamicMessage, prost::Message};

use super::{
    super::{
        super::tree::{Document, Id},
        laws,
        shop::{self, GET, OLD, bytes, fixed32, fixed64, varint},
    },
    *,
};

const BOUNDS: Bounds = Bounds { depth: 10_000, nodes: 1 << 20, text: 1 << 22 };

fn laid_out(
    bytes: &[u8],
    descriptor: Option<&MessageDescriptor>,
    bounds: Bounds,
) -> Result<Document<'static>, Unreadable> {
    let mut builder = Builder::new(bounds);
    write(bytes, descriptor, &mut builder, bounds)?;
    Ok(builder.finish())
}

fn shown(parts: &[Vec<u8>], path: &[u8]) -> String {
    laid_out(&parts.concat(), Some(&shop::message(path)), BOUNDS).unwrap().raw(Id::ROOT).to_owned()
}

fn by_number(parts: &[Vec<u8>]) -> String {
    laid_out(&parts.concat(), None, BOUNDS).unwrap().raw(Id::ROOT).to_owned()
}

#[test]
fn fields_go_by_name_with_what_they_mean() {
    let minus = |value: i64| value.cast_unsigned();
    for (field, text) in [
        (bytes(1, "é".as_bytes()), r#"{"name":"é"}"#),
        (varint(2, 7), r#"{"count":7}"#),
        (varint(2, minus(-7)), r#"{"count":-7}"#),
        (varint(2, 0xFFFF_FFF9), r#"{"count":-7}"#),
        (varint(2, i32::MAX as u64), r#"{"count":2147483647}"#),
        (varint(4, 1), r#"{"colour":"BLUE"}"#),
        (varint(4, minus(-1)), r#"{"colour":"NONE"}"#),
        (varint(4, 9), r#"{"colour":9}"#),
        (bytes(14, &[0, 255]), r#"{"raw":h'00ff'}"#),
        (fixed64(15, 0.1f64.to_bits()), r#"{"double":0.1}"#),
        (fixed64(15, f64::NAN.to_bits()), r#"{"double":NaN}"#),
        (fixed64(15, (-0.0f64).to_bits()), r#"{"double":-0.0}"#),
        (fixed32(16, 0.1f32.to_bits()), r#"{"float":0.10000000149011612}"#),
        (varint(17, u32::MAX.into()), r#"{"s32":-2147483648}"#),
        (varint(17, 0xFFFF_FFFE), r#"{"s32":2147483647}"#),
        (varint(18, u64::MAX), r#"{"s64":-9223372036854775808}"#),
        (varint(18, u64::MAX - 1), r#"{"s64":9223372036854775807}"#),
        (fixed32(19, u32::MAX), r#"{"f32":4294967295}"#),
        (fixed64(20, u64::MAX), r#"{"f64":18446744073709551615}"#),
        (fixed32(21, u32::MAX), r#"{"sf32":-1}"#),
        (fixed64(22, 1 << 63), r#"{"sf64":-9223372036854775808}"#),
        (varint(23, u32::MAX.into()), r#"{"u32":4294967295}"#),
        (varint(24, u64::MAX), r#"{"u64":18446744073709551615}"#),
        (varint(25, 1 << 63), r#"{"i64":-9223372036854775808}"#),
        (varint(26, 1), r#"{"flag":true}"#),
        (bytes(7, &varint(2, 1)), r#"{"inner":{"count":1}}"#),
        (bytes(7, b""), r#"{"inner":{}}"#),
        (bytes(6, b""), r#"{"tags":[""]}"#),
        (bytes(8, &bytes(8, b"")), r#"{"items":[{"items":[{}]}]}"#),
        (bytes(27, &[0, 1, 2]), r#"{"colours":["RED","BLUE",2]}"#),
        (bytes(9, &[bytes(1, b"x"), varint(2, 3)].concat()), r#"{"sizes":{"x":3}}"#),
        (bytes(9, b""), r#"{"sizes":{"":0}}"#),
        (bytes(10, &varint(1, 1)), r#"{"nested":{"-1":{}}}"#),
        (bytes(10, &bytes(2, &varint(2, 5))), r#"{"nested":{"0":{"count":5}}}"#),
        (bytes(28, &varint(1, 1)), r#"{"flags":{"true":"RED"}}"#),
    ] {
        assert_eq!(shown(std::slice::from_ref(&field), GET), text, "{field:02x?}");
    }
    assert_eq!(shown(&[], GET), "{}");
}

#[test]
fn a_default_equals_absence_exactly_where_there_is_no_presence() {
    let defaults = [
        bytes(1, b""),
        varint(2, 0),
        varint(4, 0),
        bytes(5, b""),
        bytes(14, b""),
        fixed64(15, 0),
        fixed32(16, 0),
        varint(17, 0),
        varint(26, 0),
    ];
    assert_eq!(shown(&defaults, GET), "{}");
    for (field, text) in [
        (varint(3, 0), r#"{"maybe":0}"#),
        (varint(11, 0), r#"{"a":0}"#),
        (bytes(12, b""), r#"{"b":""}"#),
        (bytes(13, b""), r#"{"c":{}}"#),
        (varint(5, 0), r#"{"numbers":[0]}"#),
    ] {
        assert_eq!(shown(&[field], GET), text);
    }
    assert_eq!(shown(&[varint(1, 0)], OLD), r#"{"count":0}"#);
}

#[test]
fn packed_or_not_is_one_list_in_the_order_of_the_wire() {
    let alone = [varint(5, 1), varint(5, 300), varint(5, 2)];
    let packed = [bytes(5, b"\x01\xAC\x02\x02")];
    let mixed = [varint(5, 1), varint(2, 9), bytes(5, b"\xAC\x02"), varint(5, 2), bytes(5, b"")];
    assert_eq!(shown(&alone, GET), r#"{"numbers":[1,300,2]}"#);
    assert_eq!(shown(&packed, GET), shown(&alone, GET));
    assert_eq!(shown(&mixed, GET), r#"{"count":9,"numbers":[1,300,2]}"#);
    assert_eq!(shown(&[bytes(3, b"\x01\x02")], OLD), r#"{"numbers":[1,2]}"#);
    let doubles =
        [bytes(29, &[1f64.to_le_bytes(), 2f64.to_le_bytes()].concat()), fixed64(29, 3f64.to_bits())];
    assert_eq!(shown(&doubles, GET), r#"{"doubles":[1.0,2.0,3.0]}"#);
}

#[test]
fn of_what_stands_twice_the_last_holds_or_both_are_merged() {
    assert_eq!(shown(&[varint(2, 1), varint(2, 2)], GET), r#"{"count":2}"#);
    assert_eq!(shown(&[varint(2, 1), varint(2, 0)], GET), "{}");
    let inner = |part: Vec<u8>| bytes(7, &part);
    let merged = [inner(varint(2, 1)), inner(bytes(1, b"x")), inner(varint(5, 1)), inner(varint(5, 2))];
    assert_eq!(shown(&merged, GET), r#"{"inner":{"name":"x","count":1,"numbers":[1,2]}}"#);
    let twice = [inner(inner(varint(2, 1))), inner(inner(bytes(1, b"x")))];
    assert_eq!(shown(&twice, GET), r#"{"inner":{"inner":{"name":"x","count":1}}}"#);
    let size = |key: &[u8], value| bytes(9, &[bytes(1, key), varint(2, value)].concat());
    assert_eq!(shown(&[size(b"b", 1), size(b"a", 2), size(b"b", 3)], GET), r#"{"sizes":{"a":2,"b":3}}"#);
}

#[test]
fn of_a_oneof_only_the_last_holds() {
    let c = |part: Vec<u8>| bytes(13, &part);
    for (parts, text) in [
        (vec![varint(11, 1), bytes(12, b"x")], r#"{"b":"x"}"#),
        (vec![bytes(12, b"x"), varint(11, 1)], r#"{"a":1}"#),
        (vec![c(varint(2, 1)), c(bytes(1, b"x"))], r#"{"c":{"name":"x","count":1}}"#),
        (vec![c(varint(2, 1)), varint(11, 0), c(bytes(1, b"x"))], r#"{"c":{"name":"x"}}"#),
    ] {
        assert_eq!(shown(&parts, GET), text);
        let message = DynamicMessage::decode(shop::message(GET), &parts.concat()[..]).unwrap();
        assert_eq!(shown(&[message.encode_to_vec()], GET), text);
    }
}

#[test]
fn what_the_descriptor_does_not_know_is_kept_by_number() {
    assert_eq!(
        shown(&[varint(99, 1), varint(2, 7), bytes(98, b"a"), varint(99, 2)], GET),
        r#"{"count":7,"@unknown":{"98":[h'61'],"99":[1,2]}}"#
    );
    // Another wire type than the field's own; an entry of a map that says more, or no text.
    for (field, text) in [
        (bytes(2, b"\x01"), r#"{"2":[h'01']}"#),
        (varint(1, 7), r#"{"1":[7]}"#),
        (fixed32(15, 1), r#"{"15":[0x00000001i32]}"#),
        (bytes(5, b"\x80"), r#"{"5":[h'80']}"#),
        (bytes(29, b"1234567"), r#"{"29":[h'31323334353637']}"#),
        (bytes(9, &varint(3, 1)), r#"{"9":[h'1801']}"#),
        (bytes(9, &bytes(1, b"\xFF")), r#"{"9":[h'0a01ff']}"#),
        (bytes(9, b"\x08"), r#"{"9":[h'08']}"#),
    ] {
        assert_eq!(shown(&[field], GET), format!(r#"{{"@unknown":{text}}}"#));
    }
}

#[test]
fn groups_are_messages_to_a_descriptor_that_knows_them() {
    let group = |number: u8, inside: &[u8]| [&[number << 3 | 3], inside, &[number << 3 | 4]].concat();
    let nested = group(2, &[bytes(1, b"x"), group(2, &bytes(1, b"y"))].concat());
    assert_eq!(shown(&[nested], OLD), r#"{"group":{"inside":"x","group":{"inside":"y"}}}"#);
    assert_eq!(shown(&[bytes(2, b"")], OLD), r#"{"@unknown":{"2":[h'']}}"#);
    assert_eq!(by_number(&[group(1, &varint(2, 1))]), r#"{"1":[group(h'1001')]}"#);
}

#[test]
fn what_does_not_hold_to_the_format_is_bytes_where_it_stands() {
    assert_eq!(shown(&[vec![0x08]], GET), "h'08'");
    assert_eq!(shown(&[bytes(7, b"\x0E"), varint(2, 1)], GET), r#"{"count":1,"inner":h'0e'}"#);
    assert_eq!(shown(&[bytes(8, b"\x0E"), bytes(8, b"")], GET), r#"{"items":[h'0e',{}]}"#);
    assert_eq!(shown(&[bytes(1, b"\xFF")], GET), r#"{"name":h'ff'}"#);
    assert_eq!(by_number(&[vec![0x08]]), "h'08'");
}

#[test]
fn without_a_descriptor_fields_go_by_number() {
    assert_eq!(
        by_number(&[varint(3, 1), bytes(1, b"hi"), varint(3, 2), fixed32(2, 1), fixed64(2, 1), varint(2, 1)]),
        r#"{"1":[h'6869'],"2":[0x00000001i32,0x0000000000000001i64,1],"3":[1,2]}"#
    );
    assert_eq!(by_number(&[]), "{}");
}

#[test]
fn depth_and_size_are_bounded_and_take_no_stack() {
    let item = shop::message(GET);
    let mut deep = Vec::new();
    let mut reversed: Vec<Vec<u8>> = Vec::new();
    let mut length = 0;
    for _ in 0..20_000 {
        let head = bytes(7, &[]);
        let head = [&head[..head.len() - 1], &varint(0, length)[1..]].concat();
        length += head.len() as u64;
        reversed.push(head);
    }
    let at = |depth: usize| reversed[..depth].iter().rev().flatten().copied().collect::<Vec<_>>();
    deep.extend(at(9_999));
    assert!(laid_out(&deep, Some(&item), BOUNDS).is_ok());
    assert_eq!(laid_out(&at(20_000), Some(&item), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    let many = varint(99, 1).repeat((1 << 20) + 1);
    for descriptor in [None, Some(&item)] {
        assert_eq!(laid_out(&many, descriptor, BOUNDS).unwrap_err(), Unreadable::TooLarge);
    }
    let packed = bytes(5, &vec![1; (1 << 20) + 1]);
    assert_eq!(laid_out(&packed, Some(&item), BOUNDS).unwrap_err(), Unreadable::TooLarge);
}

/// Fields of an item, each as one may stand on the wire.
fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let number = || prop_oneof![0..3u64, any::<u64>()];
    let leaf = prop_oneof![
        (prop::sample::select(vec![2u32, 3, 4, 5, 11, 17, 18, 23, 24, 25, 26, 27]), number())
            .prop_map(|(field, value)| varint(field, value)),
        (prop::sample::select(vec![1u32, 6, 12, 14]), "[ab]{0,2}")
            .prop_map(|(field, text)| bytes(field, text.as_bytes())),
        (prop::sample::select(vec![19u32, 21]), 0..3u32).prop_map(|(field, bits)| fixed32(field, bits)),
        (prop::sample::select(vec![20u32, 22, 29]), 0..3u64).prop_map(|(field, bits)| fixed64(field, bits)),
        prop::collection::vec(0..3u8, 0..3).prop_map(|packed| bytes(5, &packed)),
        ("[ab]{0,1}", 0..3u64)
            .prop_map(|(key, value)| bytes(9, &[bytes(1, key.as_bytes()), varint(2, value)].concat())),
    ];
    let part = leaf.prop_recursive(3, 12, 4, |inner| {
        (prop::sample::select(vec![7u32, 8, 10, 13]), prop::collection::vec(inner, 0..4)).prop_map(
            |(field, parts)| {
                let inside = parts.concat();
                bytes(field, &if field == 10 { bytes(2, &inside) } else { inside })
            },
        )
    });
    prop::collection::vec(part, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn two_messages_are_equal_exactly_where_the_reference_says_so(
        old in parts(), more in parts(), how in 0..4, at: prop::sample::Index
    ) {
        let mut new = old.clone();
        match how {
            0 => new = more,
            1 => new.extend(more.into_iter().take(1)),
            2 if !new.is_empty() => drop(new.remove(at.index(new.len()))),
            _ => new.reverse(),
        }
        let item = shop::message(GET);
        // Written once more, since only that drops the defaults that were written out.
        let decoded = |parts: &[Vec<u8>]| {
            let first = DynamicMessage::decode(item.clone(), &parts.concat()[..]).unwrap();
            DynamicMessage::decode(item.clone(), &first.encode_to_vec()[..]).unwrap()
        };
        let tree = |parts: &[Vec<u8>]| laid_out(&parts.concat(), Some(&item), BOUNDS).unwrap();
        let (ours, theirs) = (tree(&old), tree(&new));
        if decoded(&old) == decoded(&new) {
            laws::agree(&ours, &theirs);
        } else {
            laws::differ(&ours, &theirs);
        }
    }

    #[test]
    fn arbitrary_bytes_end_within_the_bounds(bytes in laws::bytes(), old: bool) {
        let bounds = Bounds { depth: 20, nodes: 100, text: 1_000 };
        let message = shop::message(if old { OLD } else { GET });
        for descriptor in [None, Some(&message)] {
            if let Ok(document) = laid_out(&bytes, descriptor, bounds) {
                prop_assert!(document.size() <= 100 && document.raw(Id::ROOT).len() <= 1_100);
            }
        }
    }
}
