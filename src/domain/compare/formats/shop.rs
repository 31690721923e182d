//! A service of every kind of field, for tests: its descriptor set, built without protoc.

use prost_reflect::{
    MessageDescriptor,
    prost::Message,
    prost_types::{
        DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
        FileDescriptorProto, FileDescriptorSet, MessageOptions, MethodDescriptorProto, OneofDescriptorProto,
        ServiceDescriptorProto,
        field_descriptor_proto::{Label, Type},
    },
};

use super::descriptors::Descriptors;

pub const GET: &[u8] = b"/shop.Shop/Get";
/// Answers with a message of proto2, which has presence, groups and extensions.
pub const OLD: &[u8] = b"/shop.Shop/Old";

fn field(name: &str, number: i32, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(kind.into()),
        ..FieldDescriptorProto::default()
    }
}

fn of(name: &str, number: i32, kind: Type, of: &str) -> FieldDescriptorProto {
    FieldDescriptorProto { type_name: Some(of.to_owned()), ..field(name, number, kind) }
}

fn many(field: FieldDescriptorProto) -> FieldDescriptorProto {
    FieldDescriptorProto { label: Some(Label::Repeated.into()), ..field }
}

fn one_of(oneof: i32, field: FieldDescriptorProto) -> FieldDescriptorProto {
    FieldDescriptorProto { oneof_index: Some(oneof), ..field }
}

fn map(name: &str, key: Type, value: FieldDescriptorProto) -> DescriptorProto {
    DescriptorProto {
        name: Some(name.to_owned()),
        field: vec![field("key", 1, key), value],
        options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
        ..DescriptorProto::default()
    }
}

fn item() -> DescriptorProto {
    let oneof =
        |name: &str| OneofDescriptorProto { name: Some(name.to_owned()), ..OneofDescriptorProto::default() };
    DescriptorProto {
        name: Some("Item".to_owned()),
        field: vec![
            field("name", 1, Type::String),
            field("count", 2, Type::Int32),
            FieldDescriptorProto { proto3_optional: Some(true), ..one_of(1, field("maybe", 3, Type::Int32)) },
            of("colour", 4, Type::Enum, ".shop.Colour"),
            many(field("numbers", 5, Type::Int32)),
            many(field("tags", 6, Type::String)),
            of("inner", 7, Type::Message, ".shop.Item"),
            many(of("items", 8, Type::Message, ".shop.Item")),
            many(of("sizes", 9, Type::Message, ".shop.Item.SizesEntry")),
            many(of("nested", 10, Type::Message, ".shop.Item.NestedEntry")),
            one_of(0, field("a", 11, Type::Int32)),
            one_of(0, field("b", 12, Type::String)),
            one_of(0, of("c", 13, Type::Message, ".shop.Item")),
            field("raw", 14, Type::Bytes),
            field("double", 15, Type::Double),
            field("float", 16, Type::Float),
            field("s32", 17, Type::Sint32),
            field("s64", 18, Type::Sint64),
            field("f32", 19, Type::Fixed32),
            field("f64", 20, Type::Fixed64),
            field("sf32", 21, Type::Sfixed32),
            field("sf64", 22, Type::Sfixed64),
            field("u32", 23, Type::Uint32),
            field("u64", 24, Type::Uint64),
            field("i64", 25, Type::Int64),
            field("flag", 26, Type::Bool),
            many(of("colours", 27, Type::Enum, ".shop.Colour")),
            many(of("flags", 28, Type::Message, ".shop.Item.FlagsEntry")),
            many(field("doubles", 29, Type::Double)),
        ],
        nested_type: vec![
            map("SizesEntry", Type::String, field("value", 2, Type::Int32)),
            map("NestedEntry", Type::Sint32, of("value", 2, Type::Message, ".shop.Item")),
            map("FlagsEntry", Type::Bool, of("value", 2, Type::Enum, ".shop.Colour")),
        ],
        oneof_decl: vec![oneof("choice"), oneof("_maybe")],
        ..DescriptorProto::default()
    }
}

fn old_item() -> DescriptorProto {
    DescriptorProto {
        name: Some("OldItem".to_owned()),
        field: vec![
            field("count", 1, Type::Int32),
            of("group", 2, Type::Group, ".shop.OldItem.Group"),
            many(field("numbers", 3, Type::Int32)),
        ],
        nested_type: vec![DescriptorProto {
            name: Some("Group".to_owned()),
            field: vec![field("inside", 1, Type::String), of("group", 2, Type::Group, ".shop.OldItem.Group")],
            ..DescriptorProto::default()
        }],
        ..DescriptorProto::default()
    }
}

fn method(name: &str, output: &str) -> MethodDescriptorProto {
    MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(".shop.Item".to_owned()),
        output_type: Some(output.to_owned()),
        ..MethodDescriptorProto::default()
    }
}

/// As protoc writes it.
pub fn set() -> Vec<u8> {
    let value = |name: &str, number| EnumValueDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        ..EnumValueDescriptorProto::default()
    };
    let new = FileDescriptorProto {
        name: Some("shop.proto".to_owned()),
        package: Some("shop".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: vec!["old.proto".to_owned()],
        message_type: vec![item()],
        enum_type: vec![EnumDescriptorProto {
            name: Some("Colour".to_owned()),
            value: vec![value("RED", 0), value("BLUE", 1), value("NONE", -1)],
            ..EnumDescriptorProto::default()
        }],
        service: vec![ServiceDescriptorProto {
            name: Some("Shop".to_owned()),
            method: vec![method("Get", ".shop.Item"), method("Old", ".shop.OldItem")],
            ..ServiceDescriptorProto::default()
        }],
        ..FileDescriptorProto::default()
    };
    let old = FileDescriptorProto {
        name: Some("old.proto".to_owned()),
        package: Some("shop".to_owned()),
        message_type: vec![old_item()],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![old, new] }.encode_to_vec()
}

pub fn descriptors() -> Descriptors {
    Descriptors::read(&set()).unwrap()
}

pub fn message(path: &[u8]) -> MessageDescriptor {
    descriptors().reply(path).unwrap()
}

/// A field on the wire.
pub fn varint(number: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut rest in [u64::from(number) << 3, value] {
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}

pub fn bytes(number: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = varint(number, value.len() as u64);
    // The tag's low bits are still zero, and a tag of up to two bytes has them in the first.
    bytes[0] |= 2;
    bytes.extend_from_slice(value);
    bytes
}

pub fn fixed32(number: u32, value: u32) -> Vec<u8> {
    let mut bytes = varint(number, 0);
    bytes[0] |= 5;
    bytes.pop();
    [bytes, value.to_le_bytes().to_vec()].concat()
}

pub fn fixed64(number: u32, value: u64) -> Vec<u8> {
    let mut bytes = varint(number, 0);
    bytes[0] |= 1;
    bytes.pop();
    [bytes, value.to_le_bytes().to_vec()].concat()
}
