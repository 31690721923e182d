//! gRPC as it is framed, compressed and described.

use std::io::Write;

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use proptest::prelude::*;
use prost_reflect::{
    prost::Message,
    prost_types::{FileDescriptorProto, FileDescriptorSet},
};

use super::{
    super::{
        super::tree::{Bounds, Id},
        descriptors::Descriptors,
        laws,
        shop::{self, GET, bytes, varint},
    },
    *,
};
use crate::domain::fields::Fields;

const BOUNDS: Bounds = Bounds { depth: 10_000, nodes: 1 << 20, text: 1 << 20 };

fn frame(compressed: u8, message: &[u8]) -> Vec<u8> {
    [&[compressed], &(message.len() as u32).to_be_bytes()[..], message].concat()
}

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

fn zlib(message: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

fn under(
    body: &[u8],
    fields: &[(&str, &str)],
    descriptors: Option<&Descriptors>,
) -> Result<Document<'static>, Unreadable> {
    let fields = Fields::from_pairs(fields.iter().copied());
    read(body, &Context { fields: &fields, path: GET, bounds: BOUNDS, descriptors })
}

fn shown(body: &[u8], fields: &[(&str, &str)]) -> String {
    let document = under(body, fields, Some(&shop::descriptors()));
    document.unwrap_or_else(|error| panic!("{error:?}")).raw(Id::ROOT).to_owned()
}

#[track_caller]
fn refuses(body: &[u8], fields: &[(&str, &str)], at: usize, expected: &str) {
    match under(body, fields, None) {
        Err(Unreadable::Malformed { at: found, expected: why }) => assert_eq!((found, &*why), (at, expected)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_is_an_array_of_its_messages() {
    let body = [frame(0, &varint(2, 7)), frame(0, b""), frame(0, &bytes(1, b"x"))].concat();
    assert_eq!(shown(&body, &[]), r#"[{"count":7},{},{"name":"x"}]"#);
    assert_eq!(under(&body, &[], None).unwrap().raw(Id::ROOT), r#"[{"2":[7]},{},{"1":[h'78']}]"#);
    assert_eq!(shown(b"", &[]), "[]");
}

#[test]
fn compressed_messages_say_what_they_say_uncompressed() {
    let message = bytes(1, "x".repeat(1_000).as_bytes());
    let plain = under(&frame(0, &message), &[], None).unwrap();
    for (coding, compressed) in
        [("gzip", gzip(&message)), ("GZIP", gzip(&message)), ("deflate", zlib(&message))]
    {
        let coded = under(&frame(1, &compressed), &[("grpc-encoding", coding)], None).unwrap();
        laws::agree(&plain, &coded);
        let mixed = [frame(1, &compressed), frame(0, &message)].concat();
        assert_eq!(under(&mixed, &[("grpc-encoding", coding)], None).unwrap().elements(Id::ROOT).count(), 2);
    }
}

#[test]
fn what_is_no_frame_is_refused_with_its_place() {
    const LENGTH: &str = "the rest of a length";
    for cut in 1..5 {
        refuses(&frame(0, b"")[..cut], &[], 1, LENGTH);
    }
    let body = [frame(0, b""), frame(0, &varint(2, 7))].concat();
    for cut in 10..body.len() {
        refuses(&body[..cut], &[], 10, "the rest of the message");
    }
    refuses(b"\0\xFF\xFF\xFF\xFFx", &[], 5, "the rest of the message");
    refuses(
        &[frame(0, b""), frame(2, b"")].concat(),
        &[],
        5,
        "0 or 1, for whether the message is compressed",
    );
    refuses(
        &[frame(0, b""), frame(0x80, b"")].concat(),
        &[],
        5,
        "0 or 1, for whether the message is compressed",
    );
    let (none, gzipped) = (&[][..], &[("grpc-encoding", "gzip")][..]);
    let identity = &[("grpc-encoding", "identity")][..];
    refuses(&frame(1, &gzip(b"")), none, 0, "no compressed message, since no grpc-encoding is named");
    refuses(&frame(1, &gzip(b"")), identity, 0, "no compressed message, since no grpc-encoding is named");
    refuses(&frame(1, b""), gzipped, 0, "something in a compressed message");
    refuses(&frame(1, b"\x08\x01"), gzipped, 0, "a message compressed as grpc-encoding says");
    refuses(&frame(1, b"x"), &[("grpc-encoding", "snappy")], 0, "a message in a known grpc-encoding");
}

#[test]
fn a_bomb_is_put_down_at_the_bound() {
    let bomb = frame(1, &gzip(&vec![0; 8 << 20]));
    let gzipped = &[("grpc-encoding", "gzip")];
    assert_eq!(under(&bomb, gzipped, None).unwrap_err(), Unreadable::TooLarge);
    let small = frame(1, &gzip(&bytes(1, &vec![0; 200_000])));
    assert!(under(&small, gzipped, None).is_ok());
    assert_eq!(under(&small.repeat(6), gzipped, None).unwrap_err(), Unreadable::TooLarge);
    assert_eq!(under(&vec![0; 15 << 20], &[], None).unwrap_err(), Unreadable::TooLarge);
}

#[test]
fn the_content_type_says_how_messages_are_written() {
    let json = frame(0, br#"{"a": 1.0}"#);
    for (kind, text) in [
        ("application/grpc+json", r#"[{"a": 1.0}]"#),
        ("Application/gRPC+JSON; charset=utf-8", r#"[{"a": 1.0}]"#),
        ("application/grpc+thrift", "[h'7b2261223a20312e307d']"),
        ("application/grpc", "[h'7b2261223a20312e307d']"),
        ("application/grpc+proto", "[h'7b2261223a20312e307d']"),
    ] {
        assert_eq!(shown(&json, &[("content-type", kind)]), text, "{kind}");
    }
    let body = [frame(0, b"1"), frame(0, b"{")].concat();
    let json = &[("content-type", "application/grpc+json")];
    refuses(&body, json, 6, "JSON in the message, and a key in quotes at its byte 1");
    let proto = frame(0, &varint(2, 7));
    for kind in ["application/grpc", "application/grpc+proto", "application/json", "application/xhtml+xml+x"]
    {
        assert_eq!(shown(&proto, &[("content-type", kind)]), r#"[{"count":7}]"#, "{kind}");
    }
}

#[test]
fn only_a_method_of_the_descriptors_has_a_type() {
    let descriptors = shop::descriptors();
    for path in
        [&b"/shop.Shop/Put"[..], b"/shop.Other/Get", b"shop.Shop/Get", b"/shop.Shop", b"/", b"", b"/\xFF/x"]
    {
        assert!(descriptors.reply(path).is_none());
    }
    assert_eq!(descriptors.reply(GET).unwrap().full_name(), "shop.Item");
}

#[test]
fn what_is_no_descriptor_set_is_refused_in_words() {
    let why = |bytes: &[u8]| Descriptors::read(bytes).unwrap_err();
    assert_eq!(why(b""), "names no service, so that no reply has a type in it");
    for bytes in [&b"syntax = \"proto3\";"[..], b"\xFF", &shop::set()[1..], &shop::set()[..50]] {
        let why = why(bytes);
        assert!(why.starts_with("is no descriptor set: "), "{why}");
    }
    let one = |name: &str, syntax: &str, import: &[&str]| FileDescriptorProto {
        name: Some(name.to_owned()),
        syntax: Some(syntax.to_owned()),
        dependency: import.iter().map(|name| (*name).to_owned()).collect(),
        ..FileDescriptorProto::default()
    };
    let set = |file| why(&FileDescriptorSet { file: vec![file] }.encode_to_vec());
    assert_eq!(
        set(one("a.proto", "editions", &[])),
        r#"has "a.proto" of syntax "editions"; only proto2 and proto3 are read"#
    );
    assert_eq!(set(one("a.proto", "proto3", &["b.proto"])), r#"lacks "b.proto", which "a.proto" imports"#);
    assert!(why(&vec![0; Descriptors::LARGEST + 1]).contains("larger than 64 MiB"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_end_within_the_bounds(messages in prop::collection::vec((0..2u8, laws::bytes()), 0..4), cut: prop::sample::Index) {
        let mut body: Vec<u8> = messages.iter().flat_map(|(flag, message)| frame(*flag, message)).collect();
        body.truncate(cut.index(body.len() + 1));
        let fields = Fields::from_pairs([("grpc-encoding", "gzip")]);
        let bounds = Bounds { depth: 20, nodes: 100, text: 1_000 };
        let descriptors = shop::descriptors();
        let context = Context { fields: &fields, path: GET, bounds, descriptors: Some(&descriptors) };
        if let Ok(document) = read(&body, &context) {
            prop_assert!(document.size() <= 100 && document.raw(Id::ROOT).len() <= 1_100);
        }
    }

    #[test]
    fn a_broken_descriptor_set_is_refused_and_never_more(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut set = shop::set();
        let place = at.index(set.len());
        set[place] = byte;
        let _ = Descriptors::read(&set);
        set.truncate(cut.index(set.len()));
        let _ = Descriptors::read(&set);
    }
}
