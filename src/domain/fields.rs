//! The header or trailer fields of one message: in the order, the case and the repeats they arrived in.
//!
//! All fields lie in one shared block of bytes, so that a clone is one reference count and a message
//! can be forwarded, mirrored and compared without copying. Never merged, sorted or re-spelled here.

use std::fmt;

use bytes::{Bytes, BytesMut};

/// Where one field lies in the block.
#[derive(Clone, Copy, Debug)]
struct Span {
    name: (u32, u32),
    value: (u32, u32),
    key: Key,
}

/// A few letters of a name, the same whatever its case: looking a name up compares these first, and most
/// fields are told apart by them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(u32);

impl Key {
    fn of(name: &[u8]) -> Key {
        let letter = |at: usize| u32::from(name.get(at).copied().unwrap_or_default() | 0x20);
        let length = name.len() as u32;
        Key(length << 24
            | letter(0) << 16
            | letter(name.len() / 2) << 8
            | letter(name.len().saturating_sub(1)))
    }
}

/// An ordered list of fields. Names compare without regard to case; values are bytes.
#[derive(Clone, Default)]
pub struct Fields {
    block: Bytes,
    spans: Vec<Span>,
}

impl Fields {
    pub const fn new() -> Fields {
        Fields { block: Bytes::new(), spans: Vec::new() }
    }

    /// Fields that lie in `block` at the given offsets, as a parser found them. A span that does not
    /// lie in the block reads as empty.
    pub fn in_block(block: Bytes, spans: impl IntoIterator<Item = ((u32, u32), (u32, u32))>) -> Fields {
        let key =
            |(start, end): (u32, u32)| Key::of(block.get(start as usize..end as usize).unwrap_or_default());
        let spans = spans.into_iter().map(|(name, value)| Span { name, value, key: key(name) }).collect();
        Fields { block, spans }
    }

    /// Fields copied from a list of pairs.
    pub fn from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, V)>) -> Fields {
        let mut block = BytesMut::new();
        let mut spans = Vec::new();
        for (name, value) in pairs {
            let start = block.len() as u32;
            block.extend_from_slice(name.as_ref());
            let middle = block.len() as u32;
            block.extend_from_slice(value.as_ref());
            spans.push(Span {
                name: (start, middle),
                value: (middle, block.len() as u32),
                key: Key::of(name.as_ref()),
            });
        }
        Fields { block: block.freeze(), spans }
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes held by names and values.
    pub fn size(&self) -> usize {
        self.block.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> + '_ {
        self.spans.iter().map(|span| (self.at(span.name), self.at(span.value)))
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let key = Key::of(name.as_bytes());
        self.spans.iter().find(|span| self.is_named(span, key, name)).map(|span| self.at(span.value))
    }

    /// Every value of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let key = Key::of(name.as_bytes());
        self.spans.iter().filter(move |span| self.is_named(span, key, name)).map(|span| self.at(span.value))
    }

    fn is_named(&self, span: &Span, key: Key, name: &str) -> bool {
        span.key == key && self.at(span.name).eq_ignore_ascii_case(name.as_bytes())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The elements of a comma-separated list field, over all its repeats, trimmed, empty ones left out.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.all(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|item| !item.is_empty())
    }

    fn at(&self, (start, end): (u32, u32)) -> &[u8] {
        self.block.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(n, v)| (n.escape_ascii().to_string(), v.escape_ascii().to_string())))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_case_and_repeats_are_kept() {
        let fields = Fields::from_pairs([("Set-Cookie", "a=1"), ("ETag", "x"), ("set-cookie", "b=2")]);
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, [b"Set-Cookie" as &[u8], b"ETag", b"set-cookie"]);
        assert_eq!(fields.all("SET-COOKIE").collect::<Vec<_>>(), [b"a=1", b"b=2"]);
    }

    #[test]
    fn a_list_is_read_over_all_its_repeats() {
        let fields = Fields::from_pairs([("Connection", "close, x-a"), ("connection", " ,x-b ")]);
        assert_eq!(fields.list("connection").collect::<Vec<_>>(), [b"close" as &[u8], b"x-a", b"x-b"]);
    }
}
