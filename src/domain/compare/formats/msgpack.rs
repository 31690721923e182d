//! MessagePack, each byte accounted for.
//!
//! Walks with a stack of its own, so that no nesting reaches the thread's, and takes memory for what has
//! arrived, never for what a header announces. An integer is the same number in each of its widths; a
//! float is compared as the exact number it is. `bin` is bytes and `str` is text, which has to be UTF-8.
//! An extension is the object `{"@ext": type, "@data": bytes}`, and a timestamp (type -1) has its moment
//! in seconds since 1970 there, which is the same for each of its three widths. A key that is no text
//! is spelled as `scalar.rs` says; an array or a map as a key is refused.

use std::borrow::Cow;

use super::{
    super::tree::{Bounds, Builder, Document, Unreadable},
    cursor::{Cursor, refused},
    scalar::{EXT, Scalar, in_brackets},
};

const TIMESTAMP: i8 = -1;

/// Reads one value.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut reader = Reader { cursor: Cursor::new(bytes), builder: Builder::new(bounds), open: Vec::new() };
    reader.value()?;
    while let Some(top) = reader.open.last_mut() {
        if top.left == 0 {
            reader.open.pop();
            reader.builder.end();
            continue;
        }
        top.left -= 1;
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

/// A container that is being read.
struct Open {
    /// Elements, or pairs of a map.
    left: u32,
    is_map: bool,
}

/// What one header begins.
enum Item<'t> {
    Scalar(Scalar<'t>),
    Array(u32),
    Map(u32),
    Ext(i8, &'t [u8]),
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Result<(), Unreadable> {
        match self.item("a value")? {
            Item::Scalar(scalar) => scalar.write(&mut self.builder),
            Item::Array(left) => {
                self.builder.begin_array()?;
                self.open.push(Open { left, is_map: false });
                Ok(())
            }
            Item::Map(left) => {
                self.builder.begin_object()?;
                self.open.push(Open { left, is_map: true });
                Ok(())
            }
            Item::Ext(kind, data) => {
                self.builder.begin_object()?;
                self.builder.key(EXT)?;
                self.builder.number(&kind.to_string())?;
                self.builder.key("@data")?;
                extension(kind, data).write(&mut self.builder)?;
                self.builder.end();
                Ok(())
            }
        }
    }

    fn key(&mut self) -> Result<(), Unreadable> {
        let start = self.cursor.at();
        match self.item("a key")? {
            Item::Scalar(scalar) => self.builder.key(&scalar.key()),
            Item::Ext(kind, data) => {
                let data = extension(kind, data).diagnostic();
                self.builder.key(&in_brackets(&format!("ext({kind}, {data})")))
            }
            Item::Array(_) | Item::Map(_) => refused(start, "a key that is no array and no map"),
        }
    }

    fn item(&mut self, expected: &'static str) -> Result<Item<'t>, Unreadable> {
        let start = self.cursor.at();
        let marker = self.cursor.byte(expected)?;
        let scalar = match marker {
            0x00..=0x7F => Scalar::Whole(i128::from(marker)),
            0x80..=0x8F => return Ok(Item::Map(u32::from(marker & 0x0F))),
            0x90..=0x9F => return Ok(Item::Array(u32::from(marker & 0x0F))),
            0xA0..=0xBF => self.text(u32::from(marker & 0x1F))?,
            0xC0 => Scalar::Null,
            0xC1 => return refused(start, expected),
            0xC2 | 0xC3 => Scalar::Boolean(marker == 0xC3),
            0xC4..=0xC6 => {
                let length = self.length(marker - 0xC4)?;
                Scalar::Bytes(Cow::Borrowed(self.cursor.take(length.into(), "the rest of the bytes")?))
            }
            0xC7..=0xC9 => {
                let length = self.length(marker - 0xC7)?;
                return self.ext(length);
            }
            0xCA => Scalar::Float(f32::from_be_bytes(self.number()?).into()),
            0xCB => Scalar::Float(f64::from_be_bytes(self.number()?)),
            0xCC => Scalar::Whole(u8::from_be_bytes(self.number()?).into()),
            0xCD => Scalar::Whole(u16::from_be_bytes(self.number()?).into()),
            0xCE => Scalar::Whole(u32::from_be_bytes(self.number()?).into()),
            0xCF => Scalar::Whole(u64::from_be_bytes(self.number()?).into()),
            0xD0 => Scalar::Whole(i8::from_be_bytes(self.number()?).into()),
            0xD1 => Scalar::Whole(i16::from_be_bytes(self.number()?).into()),
            0xD2 => Scalar::Whole(i32::from_be_bytes(self.number()?).into()),
            0xD3 => Scalar::Whole(i64::from_be_bytes(self.number()?).into()),
            0xD4..=0xD8 => return self.ext(1 << (marker - 0xD4)),
            0xD9..=0xDB => {
                let length = self.length(marker - 0xD9)?;
                self.text(length)?
            }
            0xDC | 0xDD => return Ok(Item::Array(self.length(marker - 0xDC + 1)?)),
            0xDE | 0xDF => return Ok(Item::Map(self.length(marker - 0xDE + 1)?)),
            0xE0..=0xFF => Scalar::Whole(i128::from(marker.cast_signed())),
        };
        Ok(Item::Scalar(scalar))
    }

    /// A length of one byte, of two or of four.
    fn length(&mut self, width: u8) -> Result<u32, Unreadable> {
        const LENGTH: &str = "the rest of a length";
        Ok(match width {
            0 => self.cursor.byte(LENGTH)?.into(),
            1 => u16::from_be_bytes(self.cursor.array(LENGTH)?).into(),
            _ => u32::from_be_bytes(self.cursor.array(LENGTH)?),
        })
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        self.cursor.array("the rest of a number")
    }

    fn text(&mut self, length: u32) -> Result<Scalar<'t>, Unreadable> {
        let text = self.cursor.text(length.into(), "the rest of the text")?;
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn ext(&mut self, length: u32) -> Result<Item<'t>, Unreadable> {
        let kind = self.cursor.byte("the type of an extension")?.cast_signed();
        Ok(Item::Ext(kind, self.cursor.take(length.into(), "the rest of the extension")?))
    }
}

/// What an extension holds: bytes, or the moment of a timestamp.
fn extension(kind: i8, data: &[u8]) -> Scalar<'_> {
    let moment = if kind == TIMESTAMP { moment(data) } else { None };
    moment.map_or(Scalar::Bytes(Cow::Borrowed(data)), Scalar::Number)
}

/// Seconds since 1970, exact to the nanosecond. `None` for what is no timestamp by the specification.
fn moment(data: &[u8]) -> Option<String> {
    const SECOND: i128 = 1_000_000_000;
    let (seconds, nanos) = if let Ok(seconds) = <[u8; 4]>::try_from(data) {
        (i64::from(u32::from_be_bytes(seconds)), 0)
    } else if let Ok(both) = <[u8; 8]>::try_from(data) {
        let both = u64::from_be_bytes(both);
        ((both & 0x3_FFFF_FFFF).cast_signed(), both >> 34)
    } else {
        let both = <[u8; 12]>::try_from(data).ok()?;
        let (nanos, seconds) = both.split_first_chunk::<4>()?;
        (i64::from_be_bytes(*seconds.first_chunk()?), u32::from_be_bytes(*nanos).into())
    };
    let nanos = i128::from(nanos);
    if nanos >= SECOND {
        return None;
    }
    let all = i128::from(seconds) * SECOND + nanos;
    let sign = if all < 0 { "-" } else { "" };
    let (whole, part) = (all.abs() / SECOND, all.abs() % SECOND);
    let fraction = if part == 0 { String::new() } else { format!(".{part:09}") };
    Some(format!("{sign}{whole}{fraction}"))
}

#[cfg(test)]
mod tests;
