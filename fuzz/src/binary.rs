//! Values made of choices, each written as MessagePack and as CBOR in any of the ways that mean the same.

use std::collections::BTreeMap;

use crate::Choices;

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Whole(i128),
    /// One that is written as no float: a float is another key.
    WholeKey(i128),
    /// One that is no whole number.
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A tag of CBOR, an extension of MessagePack.
    Marked(u8, Vec<u8>),
}

const WHOLES: &[i128] = &[
    0,
    1,
    -1,
    23,
    24,
    -24,
    -25,
    127,
    128,
    255,
    256,
    -128,
    -129,
    65_535,
    65_536,
    1 << 24,
    (1 << 24) + 1,
    1 << 32,
    1 << 53,
    (1 << 53) + 1,
    i64::MAX as i128,
    i64::MIN as i128,
    u64::MAX as i128,
];
const FLOATS: &[f64] = &[0.5, 1.25, 0.1, -0.1, 1e-300, 1.000_000_1, f64::MIN_POSITIVE / 4.0];
const TEXTS: &[&str] =
    &["", "a", "b", "1", "⟨1⟩", "⟨", "@tag", "@ext", "@value", "@data", "é", "null", "h'00'"];
const BYTES: &[&[u8]] = &[b"", b"a", b"\0", b"\xFF\xFE", b"null"];
const DEEPEST: usize = 4;

impl Value {
    pub fn of(choices: &mut Choices<'_>, depth: usize) -> Value {
        match choices.below(if depth < DEEPEST && !choices.is_over() { 11 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(choices.below(2) == 1),
            2 | 3 => Value::Whole(choices.of(WHOLES)),
            4 => Value::Float(choices.of(FLOATS)),
            5 => Value::Text(choices.of(TEXTS).to_owned()),
            6 if choices.below(3) == 0 => Value::Marked(5 + choices.byte() % 15, choices.of(BYTES).to_vec()),
            6 => Value::Bytes(choices.of(BYTES).to_vec()),
            7 | 8 => Value::Array((0..choices.below(5)).map(|_| Value::of(choices, depth + 1)).collect()),
            _ => Value::Map((0..choices.below(5)).map(|_| Value::pair(choices, depth)).collect()),
        }
    }

    fn pair(choices: &mut Choices<'_>, depth: usize) -> (Value, Value) {
        (Value::of(choices, DEEPEST), Value::of(choices, depth + 1))
    }

    /// One value here or there made another, taken out, put in or moved.
    pub fn mutate(&mut self, at: &mut usize, choices: &mut Choices<'_>) -> bool {
        if *at > 0 {
            *at -= 1;
            return match self {
                Value::Array(all) => all.iter_mut().any(|value| value.mutate(at, choices)),
                Value::Map(all) => {
                    all.iter_mut().any(|(key, value)| key.mutate(at, choices) || value.mutate(at, choices))
                }
                _ => false,
            };
        }
        match (choices.below(5), &mut *self) {
            (0, Value::Array(all)) => all.push(Value::of(choices, DEEPEST)),
            (1, Value::Array(all)) => drop(all.pop()),
            (2, Value::Array(all)) => all.reverse(),
            (0, Value::Map(all)) => all.push(Value::pair(choices, DEEPEST)),
            (1, Value::Map(all)) => drop(all.pop()),
            (2, Value::Map(all)) => all.reverse(),
            (3, Value::Text(text)) => *self = Value::Bytes(text.as_bytes().to_vec()),
            _ => *self = Value::of(choices, DEEPEST),
        }
        true
    }

    /// One text for all that is equal; `None` where a map has a key that cannot be one, or has one twice.
    pub fn canonical(&self) -> Option<String> {
        Some(match self {
            Value::Array(all) => {
                format!("{:?}", all.iter().map(Value::canonical).collect::<Option<Vec<_>>>()?)
            }
            Value::Map(all) => {
                let mut by_key = BTreeMap::new();
                for (key, value) in all {
                    if matches!(key, Value::Array(_) | Value::Map(_)) {
                        return None;
                    }
                    if by_key.insert(key.canonical()?, value.canonical()?).is_some() {
                        return None;
                    }
                }
                format!("{by_key:?}")
            }
            leaf => format!("{leaf:?}"),
        })
    }

    fn as_key(&self) -> Value {
        match self {
            Value::Whole(value) => Value::WholeKey(*value),
            other => other.clone(),
        }
    }

    pub fn cbor(&self, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
        if choices.below(16) == 1 {
            out.extend([0xD9, 0xD9, 0xF7]);
        }
        match self {
            Value::Null => out.push(0xF6),
            Value::Bool(value) => out.push(0xF4 + u8::from(*value)),
            Value::Whole(value) if choices.below(4) == 0 && is_exact(*value) => {
                cbor_float(*value as f64, choices, out);
            }
            Value::Whole(value) | Value::WholeKey(value) if choices.below(8) == 0 => {
                let (tag, rest) = if *value < 0 { (0xC3, -1 - value) } else { (0xC2, *value) };
                out.push(tag);
                cbor_bytes(2, &rest.to_be_bytes(), choices, out);
            }
            Value::Whole(value) | Value::WholeKey(value) if *value < 0 => {
                cbor_head(1, (-1 - value) as u64, choices, out)
            }
            Value::Whole(value) | Value::WholeKey(value) => cbor_head(0, *value as u64, choices, out),
            Value::Float(value) => cbor_float(*value, choices, out),
            Value::Text(text) => cbor_bytes(3, text.as_bytes(), choices, out),
            Value::Bytes(bytes) => cbor_bytes(2, bytes, choices, out),
            Value::Marked(tag, bytes) => {
                cbor_head(6, u64::from(*tag), choices, out);
                cbor_bytes(2, bytes, choices, out);
            }
            Value::Array(all) => {
                let ends = cbor_length(4, all.len(), choices, out);
                all.iter().for_each(|value| value.cbor(choices, out));
                out.extend(ends);
            }
            Value::Map(all) => {
                let ends = cbor_length(5, all.len(), choices, out);
                let turn = choices.below(all.len());
                for (key, value) in all[turn..].iter().chain(&all[..turn]) {
                    key.as_key().cbor(choices, out);
                    value.cbor(choices, out);
                }
                out.extend(ends);
            }
        }
    }

    pub fn msgpack(&self, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
        match self {
            Value::Null => out.push(0xC0),
            Value::Bool(value) => out.push(0xC2 + u8::from(*value)),
            Value::Whole(value) if choices.below(4) == 0 && is_exact(*value) => {
                msgpack_float(*value as f64, choices, out);
            }
            Value::Whole(value) | Value::WholeKey(value) => msgpack_whole(*value, choices, out),
            Value::Float(value) => msgpack_float(*value, choices, out),
            Value::Text(text) if choices.below(2) == 0 => {
                out.push(0xA0 | text.len() as u8);
                out.extend(text.as_bytes());
            }
            Value::Text(text) => msgpack_length(0xD9, true, text.len(), choices, out, text.as_bytes()),
            Value::Bytes(bytes) => msgpack_length(0xC4, true, bytes.len(), choices, out, bytes),
            Value::Marked(kind, bytes) => {
                let with_kind = [&[*kind][..], bytes].concat();
                msgpack_length(0xC7, true, bytes.len(), choices, out, &with_kind);
            }
            Value::Array(all) => {
                if choices.below(2) == 0 {
                    out.push(0x90 | all.len() as u8);
                } else {
                    msgpack_length(0xDC, false, all.len(), choices, out, &[]);
                }
                all.iter().for_each(|value| value.msgpack(choices, out));
            }
            Value::Map(all) => {
                if choices.below(2) == 0 {
                    out.push(0x80 | all.len() as u8);
                } else {
                    msgpack_length(0xDE, false, all.len(), choices, out, &[]);
                }
                let turn = choices.below(all.len());
                for (key, value) in all[turn..].iter().chain(&all[..turn]) {
                    key.as_key().msgpack(choices, out);
                    value.msgpack(choices, out);
                }
            }
        }
    }
}

/// Whether a float is the same number.
fn is_exact(value: i128) -> bool {
    value as f64 as i128 == value
}

fn cbor_head(major: u8, value: u64, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
    let least = match value {
        0..24 => 0,
        24..256 => 1,
        256..65_536 => 2,
        65_536..4_294_967_296 => 3,
        _ => 4,
    };
    let major = major << 5;
    match least.max(choices.below(8)) {
        0 => out.push(major | value as u8),
        1 => out.extend([major | 24, value as u8]),
        2 => out.extend([&[major | 25][..], &(value as u16).to_be_bytes()].concat()),
        3 => out.extend([&[major | 26][..], &(value as u32).to_be_bytes()].concat()),
        _ => out.extend([&[major | 27][..], &value.to_be_bytes()].concat()),
    }
}

fn cbor_length(major: u8, length: usize, choices: &mut Choices<'_>, out: &mut Vec<u8>) -> Option<u8> {
    if choices.below(4) == 0 {
        out.push(major << 5 | 31);
        return Some(0xFF);
    }
    cbor_head(major, length as u64, choices, out);
    None
}

/// In one piece or in chunks, which of a text end where a letter does.
fn cbor_bytes(major: u8, bytes: &[u8], choices: &mut Choices<'_>, out: &mut Vec<u8>) {
    if choices.below(4) != 0 {
        cbor_head(major, bytes.len() as u64, choices, out);
        return out.extend(bytes);
    }
    let at = choices.below(bytes.len() + 1);
    let at = if major == 3 && std::str::from_utf8(&bytes[..at]).is_err() { 0 } else { at };
    out.push(major << 5 | 31);
    for chunk in [&bytes[..at], &bytes[at..]] {
        cbor_head(major, chunk.len() as u64, choices, out);
        out.extend(chunk);
    }
    out.push(0xFF);
}

fn cbor_float(value: f64, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
    let short = value as f32;
    if value == 0.5 && choices.below(2) == 0 {
        out.extend([0xF9, 0x38, 0x00]);
    } else if f64::from(short) == value && choices.below(2) == 0 {
        out.extend([&[0xFA][..], &short.to_be_bytes()].concat());
    } else {
        out.extend([&[0xFB][..], &value.to_be_bytes()].concat());
    }
}

fn msgpack_float(value: f64, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
    let short = value as f32;
    if f64::from(short) == value && choices.below(2) == 0 {
        out.extend([&[0xCA][..], &short.to_be_bytes()].concat());
    } else {
        out.extend([&[0xCB][..], &value.to_be_bytes()].concat());
    }
}

fn msgpack_whole(value: i128, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
    let mut ways: Vec<Vec<u8>> = Vec::new();
    let with = |mark: u8, bytes: &[u8]| [&[mark], bytes].concat();
    ways.extend((0..128).contains(&value).then(|| vec![value as u8]));
    ways.extend((-32..0).contains(&value).then(|| vec![value as i8 as u8]));
    ways.extend(u8::try_from(value).map(|it| with(0xCC, &it.to_be_bytes())));
    ways.extend(u16::try_from(value).map(|it| with(0xCD, &it.to_be_bytes())));
    ways.extend(u32::try_from(value).map(|it| with(0xCE, &it.to_be_bytes())));
    ways.extend(u64::try_from(value).map(|it| with(0xCF, &it.to_be_bytes())));
    ways.extend(i8::try_from(value).map(|it| with(0xD0, &it.to_be_bytes())));
    ways.extend(i16::try_from(value).map(|it| with(0xD1, &it.to_be_bytes())));
    ways.extend(i32::try_from(value).map(|it| with(0xD2, &it.to_be_bytes())));
    ways.extend(i64::try_from(value).map(|it| with(0xD3, &it.to_be_bytes())));
    out.extend(&ways[choices.below(ways.len())]);
}

/// A length in one of its widths, of which the first may be a single byte, and what it is of.
fn msgpack_length(
    mark: u8,
    has_one_byte: bool,
    length: usize,
    choices: &mut Choices<'_>,
    out: &mut Vec<u8>,
    then: &[u8],
) {
    let first = usize::from(has_one_byte);
    match choices.below(2 + first) + 1 - first {
        0 => out.extend([mark, length as u8]),
        1 => out.extend([&[mark + first as u8][..], &(length as u16).to_be_bytes()].concat()),
        _ => out.extend([&[mark + first as u8 + 1][..], &(length as u32).to_be_bytes()].concat()),
    }
    out.extend(then);
}
