//! One value that holds no others, as the binary formats have them: laid out as a value or as a key.
//!
//! The tree knows only text for keys, and only JSON's values. What is neither is spelled so that nothing
//! else is spelled alike, or two bodies would seem to agree that do not.

use std::borrow::Cow;

use super::{
    super::tree::{Builder, Unreadable, text},
    float::{self, Spelled},
};

/// What a format with tags and types of its own writes as an object: its first key. A text key of
/// this name is spelled otherwise.
pub const TAG: &str = "@tag";
pub const EXT: &str = "@ext";
/// Opens a key that is no text.
const OPEN: char = '⟨';
const CLOSE: char = '⟩';

#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'t> {
    Null,
    Boolean(bool),
    Whole(i128),
    Float(f64),
    /// By its decimal spelling.
    Number(String),
    Text(Cow<'t, str>),
    Bytes(Cow<'t, [u8]>),
    /// By the name its format has for it.
    Other(Cow<'static, str>),
}

impl Scalar<'_> {
    pub fn write(&self, builder: &mut Builder) -> Result<(), Unreadable> {
        match self {
            Scalar::Null => builder.null(),
            Scalar::Boolean(value) => builder.boolean(*value),
            Scalar::Whole(value) => builder.number(&value.to_string()),
            Scalar::Float(value) => match float::spelled(*value) {
                Spelled::Number(spelling) => builder.number(&spelling),
                Spelled::Other(name) => builder.other(name),
            },
            Scalar::Number(spelling) => builder.number(spelling),
            Scalar::Text(text) => builder.string(text),
            Scalar::Bytes(bytes) => builder.bytes(bytes),
            Scalar::Other(name) => builder.other(name),
        }
    }

    /// The key of an object. Text is itself, and what is no text stands in `⟨⟩` in the diagnostic
    /// notation of RFC 8949, 8: `⟨1⟩`, `⟨h'00'⟩`. Text that could be taken for either of these, or for
    /// the key of a tag, has one more `⟨` in front.
    pub fn key(&self) -> Cow<'_, str> {
        match self {
            Scalar::Text(text) if text.starts_with(OPEN) || *text == TAG || *text == EXT => {
                Cow::Owned(format!("{OPEN}{text}"))
            }
            Scalar::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(in_brackets(&other.diagnostic())),
        }
    }

    /// In the diagnostic notation.
    pub fn diagnostic(&self) -> String {
        match self {
            Scalar::Null => "null".to_owned(),
            Scalar::Boolean(value) => value.to_string(),
            Scalar::Whole(value) => value.to_string(),
            Scalar::Float(value) => match float::spelled(*value) {
                Spelled::Number(spelling) => spelling,
                Spelled::Other(name) => name.to_owned(),
            },
            Scalar::Number(spelling) => spelling.clone(),
            Scalar::Text(plain) => {
                let mut quoted = "\"".to_owned();
                text::escape(plain, &mut quoted);
                quoted + "\""
            }
            Scalar::Bytes(bytes) => hex(bytes),
            Scalar::Other(name) => name.clone().into_owned(),
        }
    }
}

/// The key that is spelled so in the diagnostic notation.
pub fn in_brackets(diagnostic: &str) -> String {
    format!("{OPEN}{diagnostic}{CLOSE}")
}

/// `h'00ff'`
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    "h'".chars().chain(digits).chain(['\'']).collect()
}

/// The decimal of an unsigned number of any length, the highest byte first. Work grows with the square
/// of the length: the caller bounds it.
pub fn decimal(bytes: &[u8]) -> String {
    const BASE: u64 = 1_000_000_000;
    let mut digits: Vec<u64> = Vec::new();
    for word in bytes.rchunks(4).rev() {
        let mut carry = word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        for digit in &mut digits {
            let value = (*digit << 32) + carry;
            (*digit, carry) = (value % BASE, value / BASE);
        }
        while carry > 0 {
            digits.push(carry % BASE);
            carry /= BASE;
        }
    }
    let mut spelling = digits.pop().unwrap_or(0).to_string();
    digits.iter().rev().for_each(|digit| spelling.push_str(&format!("{digit:09}")));
    spelling
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_keys_are_spelled_alike() {
        let text = |text: &'static str| Scalar::Text(text.into());
        let keys = [
            text(""),
            text("1"),
            text("⟨1⟩"),
            text("⟨⟨1⟩"),
            text("⟨\"1\"⟩"),
            text("@tag"),
            text("⟨@tag"),
            text("⟨⟨@tag"),
            text("@ext"),
            text("⟨@ext"),
            text("@value"),
            text("null"),
            text("h'00'"),
            text("⟨h'00'⟩"),
            Scalar::Whole(1),
            Scalar::Whole(-1),
            Scalar::Float(1.0),
            Scalar::Float(f64::NAN),
            Scalar::Null,
            Scalar::Boolean(true),
            Scalar::Boolean(false),
            Scalar::Bytes(Cow::Borrowed(b"")),
            Scalar::Bytes(Cow::Borrowed(b"\0")),
            Scalar::Other("undefined".into()),
            Scalar::Number("18446744073709551616".to_owned()),
        ];
        let spelled: BTreeSet<_> = keys.iter().map(|key| key.key().into_owned()).collect();
        assert_eq!(spelled.len(), keys.len(), "{spelled:?}");
        assert_eq!(Scalar::Whole(-7).key(), "⟨-7⟩");
        assert_eq!(Scalar::Bytes(Cow::Borrowed(&[0, 0xAF])).key(), "⟨h'00af'⟩");
        assert_eq!(text("⟨1⟩").key(), "⟨⟨1⟩");
        assert_eq!(text("id").key(), "id");
    }

    #[test]
    fn a_long_number_is_exact() {
        for (bytes, text) in [
            (&[][..], "0"),
            (&[0, 0], "0"),
            (&[1], "1"),
            (&[0x3B, 0x9A, 0xCA, 0x00], "1000000000"),
            (&[0xFF; 8], "18446744073709551615"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 0], "18446744073709551616"),
            (&[0xFF; 16], "340282366920938463463374607431768211455"),
            (&[0x0D, 0xE0, 0xB6, 0xB3, 0xA7, 0x64, 0, 0, 0], "256000000000000000000"),
        ] {
            assert_eq!(decimal(bytes), text);
        }
        for value in [u128::MAX - 1, 10u128.pow(27), 10u128.pow(36) + 9, 1 << 64, 1 << 32] {
            assert_eq!(decimal(&value.to_be_bytes()), value.to_string());
        }
    }
}
