//! What a value on the wire means to a field of a descriptor.
//!
//! Lays out nothing and walks no messages: which wire types a field takes, what number or text a value
//! stands for, and what a map's entry pairs.

use std::borrow::Cow;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{
    super::tree::{Builder, Unreadable},
    scalar::Scalar,
    wire::{self, Span, Value},
};

const KEY: u32 = 1;

/// A value that holds no others.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning<'t> {
    scalar: Scalar<'t>,
    is_zero: bool,
}

impl<'t> Meaning<'t> {
    /// The value of a field that it fits.
    pub fn of(bytes: &'t [u8], value: Value, kind: &Kind) -> Meaning<'t> {
        let scalar = scalar(bytes, value, kind);
        let is_zero = match &scalar {
            Scalar::Whole(number) => *number == 0,
            Scalar::Boolean(value) => !value,
            // The negative zero is another value (and another one on the wire).
            Scalar::Float(number) => number.to_bits() == 0,
            Scalar::Text(text) => text.is_empty(),
            Scalar::Bytes(bytes) => bytes.is_empty(),
            _ => false,
        };
        Meaning { scalar: named(scalar, kind), is_zero }
    }

    /// What a map's entry without a value has.
    pub fn absent(kind: &Kind) -> Meaning<'static> {
        let value = match kind {
            Kind::Enum(set) => Value::Varint(set.default_value().number() as u64),
            kind => zero(kind),
        };
        Meaning::of(&[], value, kind)
    }

    /// Whether a field without presence does not tell this from being absent.
    pub const fn is_zero(&self) -> bool {
        self.is_zero
    }

    pub fn write(&self, builder: &mut Builder) -> Result<(), Unreadable> {
        self.scalar.write(builder)
    }
}

/// An enum's number by its name, where it has one.
fn named<'t>(scalar: Scalar<'t>, kind: &Kind) -> Scalar<'t> {
    let (Scalar::Whole(number), Kind::Enum(set)) = (&scalar, kind) else { return scalar };
    let known = i32::try_from(*number).ok().and_then(|number| set.get_value(number));
    known.map_or(scalar, |value| Scalar::Text(value.name().to_owned().into()))
}

/// The number or text. Numbers of 32 bits are the lower half of what stands there, as for every reader.
fn scalar<'t>(bytes: &'t [u8], value: Value, kind: &Kind) -> Scalar<'t> {
    match (value, kind) {
        (Value::Varint(bits), Kind::Bool) => Scalar::Boolean(bits != 0),
        (Value::Varint(bits), Kind::Int32 | Kind::Enum(_)) => Scalar::Whole((bits as i32).into()),
        (Value::Varint(bits), Kind::Int64) => Scalar::Whole(bits.cast_signed().into()),
        (Value::Varint(bits), Kind::Uint32) => Scalar::Whole((bits as u32).into()),
        (Value::Varint(bits), Kind::Sint32) => Scalar::Whole((zigzag((bits as u32).into()) as i32).into()),
        (Value::Varint(bits), Kind::Sint64) => Scalar::Whole(zigzag(bits).into()),
        (Value::Varint(bits), _) => Scalar::Whole(bits.into()),
        (Value::Fixed32(bits), Kind::Float) => Scalar::Float(f32::from_bits(bits).into()),
        (Value::Fixed32(bits), Kind::Sfixed32) => Scalar::Whole(bits.cast_signed().into()),
        (Value::Fixed32(bits), _) => Scalar::Whole(bits.into()),
        (Value::Fixed64(bits), Kind::Double) => Scalar::Float(f64::from_bits(bits)),
        (Value::Fixed64(bits), Kind::Sfixed64) => Scalar::Whole(bits.cast_signed().into()),
        (Value::Fixed64(bits), _) => Scalar::Whole(bits.into()),
        (Value::Bytes(span) | Value::Group(span), kind) => {
            let bytes = span.within(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) if *kind == Kind::String => Scalar::Text(Cow::Borrowed(text)),
                _ => Scalar::Bytes(Cow::Borrowed(bytes)),
            }
        }
    }
}

const fn zigzag(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed()
}

const fn zero(kind: &Kind) -> Value {
    match kind {
        Kind::Fixed32 | Kind::Sfixed32 | Kind::Float => Value::Fixed32(0),
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => Value::Fixed64(0),
        Kind::String | Kind::Bytes | Kind::Message(_) => Value::Bytes(Span { start: 0, end: 0 }),
        _ => Value::Varint(0),
    }
}

/// Whether a value on the wire is one of the field. What is not, a reader keeps and does not know.
pub fn fits(bytes: &[u8], value: &Value, field: &FieldDescriptor) -> bool {
    let kind = field.kind();
    match (value, &kind) {
        (Value::Group(_), Kind::Message(_)) => field.is_group(),
        (Value::Bytes(span), Kind::Message(pair)) if field.is_map() => is_pair(bytes, *span, pair),
        (Value::Bytes(_), Kind::Message(_)) => !field.is_group(),
        (Value::Bytes(span), kind) if !is_plain(kind) => field.is_list() && is_packed(bytes, *span, kind),
        (value, kind) => std::mem::discriminant(value) == std::mem::discriminant(&zero(kind)),
    }
}

/// Whether values of this kind stand each by itself.
const fn is_plain(kind: &Kind) -> bool {
    matches!(kind, Kind::String | Kind::Bytes | Kind::Message(_))
}

fn is_packed(bytes: &[u8], span: Span, kind: &Kind) -> bool {
    let mut at = span.start;
    while at < span.end {
        let Some((_, after)) = one_packed(bytes, at, span.end, kind) else { return false };
        at = after;
    }
    true
}

/// The values of one occurrence of a repeated field that it fits.
pub fn unpacked<'b>(bytes: &'b [u8], value: Value, kind: &'b Kind) -> impl Iterator<Item = Value> + 'b {
    let (alone, mut span) = match value {
        Value::Bytes(span) if !is_plain(kind) => (None, span),
        alone => (Some(alone), Span { start: 0, end: 0 }),
    };
    let packed = std::iter::from_fn(move || {
        let (value, after) = one_packed(bytes, span.start, span.end, kind)?;
        span.start = after;
        Some(value)
    });
    alone.into_iter().chain(packed)
}

fn one_packed(bytes: &[u8], at: usize, end: usize, kind: &Kind) -> Option<(Value, usize)> {
    match zero(kind) {
        Value::Fixed32(_) => {
            wire::fixed(bytes, at, end).map(|(bits, after)| (Value::Fixed32(u32::from_le_bytes(bits)), after))
        }
        Value::Fixed64(_) => {
            wire::fixed(bytes, at, end).map(|(bits, after)| (Value::Fixed64(u64::from_le_bytes(bits)), after))
        }
        _ => wire::varint(bytes, at, end).map(|(bits, after)| (Value::Varint(bits), after)),
    }
}

/// What a value holds that may hold others.
pub const fn inside(value: Value) -> Option<Span> {
    match value {
        Value::Bytes(span) | Value::Group(span) => Some(span),
        _ => None,
    }
}

/// Whether an entry of a map holds a key and a value and nothing that would go unsaid.
fn is_pair(bytes: &[u8], span: Span, pair: &MessageDescriptor) -> bool {
    let mut at = span.start;
    while at < span.end {
        let Some(field) = wire::field(bytes, at, span.end) else { return false };
        let Some(known) = pair.get_field(field.number) else { return false };
        let is_text = |span: Span| std::str::from_utf8(span.within(bytes)).is_ok();
        let readable = match (field.number, field.value) {
            (KEY, Value::Bytes(key)) => is_text(key),
            _ => true,
        };
        if !readable || !fits(bytes, &field.value, &known) {
            return false;
        }
        at = field.end;
    }
    true
}

/// The key of a map's entry, and all its values; none where it has the default.
pub fn pair<'b>(bytes: &'b [u8], span: Span, pair: &MessageDescriptor) -> (Cow<'b, str>, Vec<Value>) {
    let (mut key, mut values) = (zero(&pair.map_entry_key_field().kind()), Vec::new());
    let mut at = span.start;
    while let Some(field) = wire::field(bytes, at, span.end).filter(|_| at < span.end) {
        if field.number == KEY {
            key = field.value;
        } else {
            values.push(field.value);
        }
        at = field.end;
    }
    (spelled(bytes, key, pair), values)
}

/// The key of a map's entry.
pub fn key<'b>(bytes: &'b [u8], span: Span, descriptor: &MessageDescriptor) -> Cow<'b, str> {
    pair(bytes, span, descriptor).0
}

/// All keys of one map are of one kind, so that a number and its text are never both there.
fn spelled<'b>(bytes: &'b [u8], key: Value, pair: &MessageDescriptor) -> Cow<'b, str> {
    match scalar(bytes, key, &pair.map_entry_key_field().kind()) {
        Scalar::Text(text) => text,
        other => Cow::Owned(other.diagnostic()),
    }
}
