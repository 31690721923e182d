//! CBOR (RFC 8949), each byte accounted for.
//!
//! Walks with a stack of its own, so that no nesting reaches the thread's, and takes memory for what has
//! arrived, never for what a head announces. What means the same is the same: an integer in each of its
//! widths and as a bignum (tags 2 and 3), a string in one piece or in chunks, a container with or
//! without a length. A float is compared as the exact number it is. A tag is the object
//! `{"@tag": number, "@value": …}`, except for the one that only says "this is CBOR" (55799). A key that is
//! no text is spelled as `scalar.rs` says; an array or a map as a key is refused, as is what is well
//! formed and still not valid: text that is not UTF-8, a bignum that is no byte string.

use std::borrow::Cow;

use super::{
    super::tree::{Bounds, Builder, Document, Unreadable},
    cursor::{Cursor, refused},
    float,
    scalar::{Scalar, TAG, decimal, hex, in_brackets},
};

/// Says of itself that it is CBOR, and nothing else (RFC 8949, 3.4.6).
const SELF_DESCRIBED: u64 = 55_799;
const BIGNUM: u64 = 2;
const NEGATIVE_BIGNUM: u64 = 3;
/// Bytes of a bignum that is spelled in decimal: 2,048 bits are all that is in use, and to spell more
/// costs the square of it. A longer one stays bytes, and is still equal to none but itself.
const LONGEST_BIGNUM: usize = 256;
/// Tags around one key. One is in use; more are only ever sent to be costly.
const MOST_TAGS_OF_A_KEY: usize = 16;
const BREAK: u8 = 0xFF;

/// Reads one data item.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut reader = Reader { cursor: Cursor::new(bytes), builder: Builder::new(bounds), open: Vec::new() };
    reader.value()?;
    while let Some(top) = reader.open.last_mut() {
        if !top.goes_on(&mut reader.cursor) {
            reader.open.pop();
            reader.builder.end();
            continue;
        }
        if top.is_map {
            reader.key()?;
        }
        reader.value()?;
    }
    reader.cursor.end()?;
    Ok(reader.builder.finish())
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    builder: Builder,
    open: Vec<Open>,
}

/// A container, or a tag, that is being read.
struct Open {
    /// Elements, or pairs of a map; `None` where a break ends them.
    left: Option<u64>,
    is_map: bool,
}

impl Open {
    /// Whether another element or pair is due.
    fn goes_on(&mut self, cursor: &mut Cursor<'_>) -> bool {
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None if cursor.peek() == Some(BREAK) => cursor.byte("a break").is_err(),
            None => true,
        }
    }
}

/// What one head begins.
enum Item<'t> {
    Scalar(Scalar<'t>),
    Array(Option<u64>),
    Map(Option<u64>),
    Tag(u64),
}

/// A major type and its argument; `None` for an indefinite length, or a break.
struct Head {
    major: u8,
    info: u8,
    argument: Option<u64>,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Result<(), Unreadable> {
        let (left, is_map) = match self.item("a value")? {
            Item::Scalar(scalar) => return scalar.write(&mut self.builder),
            Item::Array(left) => {
                self.builder.begin_array()?;
                (left, false)
            }
            Item::Map(left) => {
                self.builder.begin_object()?;
                (left, true)
            }
            Item::Tag(tag) => {
                self.builder.begin_object()?;
                self.builder.key(TAG)?;
                self.builder.number(&tag.to_string())?;
                self.builder.key("@value")?;
                (Some(1), false)
            }
        };
        self.open.push(Open { left, is_map });
        Ok(())
    }

    /// A key, which may be tagged: `⟨37(h'00')⟩`.
    fn key(&mut self) -> Result<(), Unreadable> {
        let (mut tags, mut count) = (String::new(), 0);
        loop {
            let start = self.cursor.at();
            match self.item("a key")? {
                Item::Scalar(scalar) if count == 0 => return self.builder.key(&scalar.key()),
                Item::Scalar(scalar) => {
                    let key = format!("{tags}{}{}", scalar.diagnostic(), ")".repeat(count));
                    return self.builder.key(&in_brackets(&key));
                }
                Item::Tag(_) if count == MOST_TAGS_OF_A_KEY => return Err(Unreadable::TooDeep),
                Item::Tag(tag) => {
                    tags.push_str(&format!("{tag}("));
                    count += 1;
                }
                Item::Array(_) | Item::Map(_) => return refused(start, "a key that is no array and no map"),
            }
        }
    }

    fn item(&mut self, expected: &'static str) -> Result<Item<'t>, Unreadable> {
        loop {
            let start = self.cursor.at();
            let Head { major, info, argument } = self.head(expected)?;
            return Ok(match (major, argument) {
                (0, Some(number)) => Item::Scalar(Scalar::Whole(number.into())),
                (1, Some(number)) => Item::Scalar(Scalar::Whole(-1 - i128::from(number))),
                (2, length) => Item::Scalar(Scalar::Bytes(self.bytes(length)?)),
                (3, length) => Item::Scalar(Scalar::Text(self.text(length)?)),
                (4, length) => Item::Array(length),
                (5, length) => Item::Map(length),
                (6, Some(SELF_DESCRIBED)) => continue,
                (6, Some(tag @ (BIGNUM | NEGATIVE_BIGNUM))) => Item::Scalar(self.bignum(tag)?),
                (6, Some(tag)) => Item::Tag(tag),
                (7, Some(bits)) => Item::Scalar(simple(info, bits, start)?),
                _ => return refused(start, expected),
            });
        }
    }

    fn head(&mut self, expected: &'static str) -> Result<Head, Unreadable> {
        const REST: &str = "the rest of a head";
        let start = self.cursor.at();
        let byte = self.cursor.byte(expected)?;
        let (major, info) = (byte >> 5, byte & 0x1F);
        let argument = match info {
            0..=23 => Some(info.into()),
            24 => Some(self.cursor.byte(REST)?.into()),
            25 => Some(u16::from_be_bytes(self.cursor.array(REST)?).into()),
            26 => Some(u32::from_be_bytes(self.cursor.array(REST)?).into()),
            27 => Some(u64::from_be_bytes(self.cursor.array(REST)?)),
            31 => None,
            _ => return refused(start, expected),
        };
        Ok(Head { major, info, argument })
    }

    fn bytes(&mut self, length: Option<u64>) -> Result<Cow<'t, [u8]>, Unreadable> {
        const REST: &str = "the rest of the bytes";
        let Some(length) = length else {
            let mut whole = Vec::new();
            while let Some(length) = self.chunk(2)? {
                whole.extend_from_slice(self.cursor.take(length, REST)?);
            }
            return Ok(Cow::Owned(whole));
        };
        self.cursor.take(length, REST).map(Cow::Borrowed)
    }

    fn text(&mut self, length: Option<u64>) -> Result<Cow<'t, str>, Unreadable> {
        const REST: &str = "the rest of the text";
        let Some(length) = length else {
            let mut whole = String::new();
            while let Some(length) = self.chunk(3)? {
                whole.push_str(self.cursor.text(length, REST)?);
            }
            return Ok(Cow::Owned(whole));
        };
        self.cursor.text(length, REST).map(Cow::Borrowed)
    }

    /// The length of the next chunk of a string; `None` after the last.
    fn chunk(&mut self, of: u8) -> Result<Option<u64>, Unreadable> {
        const CHUNK: &str = "a chunk of the string";
        let start = self.cursor.at();
        let Head { major, argument, .. } = self.head(CHUNK)?;
        match argument {
            Some(length) if major == of => Ok(Some(length)),
            None if major == 7 => Ok(None),
            _ => refused(start, CHUNK),
        }
    }

    fn bignum(&mut self, tag: u64) -> Result<Scalar<'t>, Unreadable> {
        const BYTES: &str = "the bytes of a bignum";
        let start = self.cursor.at();
        let Head { major: 2, argument, .. } = self.head(BYTES)? else { return refused(start, BYTES) };
        let bytes = self.bytes(argument)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let magnitude = bytes.get(zeros..).unwrap_or_default();
        if magnitude.len() > LONGEST_BIGNUM {
            return Ok(Scalar::Other(format!("{tag}({})", hex(magnitude)).into()));
        }
        Ok(Scalar::Number(match tag {
            BIGNUM => decimal(magnitude),
            _ => format!("-{}", decimal(&one_more(magnitude))),
        }))
    }
}

/// The number after this one, both with the highest byte first.
fn one_more(magnitude: &[u8]) -> Vec<u8> {
    let mut next = [&[0], magnitude].concat();
    for byte in next.iter_mut().rev() {
        let carry;
        (*byte, carry) = byte.overflowing_add(1);
        if !carry {
            break;
        }
    }
    next
}

/// Major type 7: floats, and values that are only a number.
fn simple(info: u8, bits: u64, start: usize) -> Result<Scalar<'static>, Unreadable> {
    Ok(match (info, bits) {
        (25, _) => Scalar::Float(float::half(bits as u16)),
        (26, _) => Scalar::Float(f32::from_bits(bits as u32).into()),
        (27, _) => Scalar::Float(f64::from_bits(bits)),
        // What fits the first byte has to stand there (RFC 8949, 3.3).
        (24, 0..32) => return refused(start, "a simple value from 32 on"),
        (_, 20 | 21) => Scalar::Boolean(bits == 21),
        (_, 22) => Scalar::Null,
        (_, 23) => Scalar::Other("undefined".into()),
        (_, number) => Scalar::Other(format!("simple({number})").into()),
    })
}

#[cfg(test)]
mod tests;
