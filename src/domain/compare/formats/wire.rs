//! The wire format of Protocol Buffers: fields by number, each with a value of one of five types.
//!
//! Knows no descriptor. Says only what stands where: a message that does not hold to the format in
//! every byte has no fields here.

use super::super::tree::Unreadable;

/// Groups inside each other: as deep as the readers of the wire format go by default. Each level is
/// looked through once more for its own fields.
const MOST_GROUPS: usize = 100;
const LARGEST_NUMBER: u64 = (1 << 29) - 1;

/// A part of a message, by its first byte and the one after its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Span),
    /// What stands between its two ends.
    Group(Span),
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub number: u32,
    pub value: Value,
    /// The byte after it.
    pub end: usize,
}

/// Where one field of a message stands. Ordered as fields are laid out: those that are known first,
/// together by number, and within one in the order of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub unknown: bool,
    pub number: u32,
    pub at: u32,
}

impl Span {
    pub const fn of(bytes: &[u8]) -> Span {
        Span { start: 0, end: bytes.len() }
    }

    pub fn within(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }
}

/// The fields of a message that came in one piece or, as a repeated one that is to be merged, in several.
/// `None` where it does not hold to the format; `room` is how many more fields are bearable.
pub fn fields(
    bytes: &[u8],
    pieces: &[Span],
    room: &mut usize,
    is_known: impl Fn(&Field) -> bool,
) -> Result<Option<Vec<Entry>>, Unreadable> {
    let mut entries = Vec::new();
    for piece in pieces {
        let mut at = piece.start;
        while at < piece.end {
            let Some(field) = field(bytes, at, piece.end) else { return Ok(None) };
            *room = room.checked_sub(1).ok_or(Unreadable::TooLarge)?;
            let place = u32::try_from(at).map_err(|_| Unreadable::TooLarge)?;
            entries.push(Entry { unknown: !is_known(&field), number: field.number, at: place });
            at = field.end;
        }
    }
    entries.sort_unstable();
    Ok(Some(entries))
}

/// The field that begins at `at`, of which nothing may lie beyond `end`.
pub fn field(bytes: &[u8], at: usize, end: usize) -> Option<Field> {
    let (number, kind, at) = tag(bytes, at, end)?;
    let (value, end) = match kind {
        3 => {
            let inner = group_end(bytes, at, end, number)?;
            (Value::Group(Span { start: at, end: inner.start }), inner.end)
        }
        kind => plain(bytes, at, end, kind)?,
    };
    Some(Field { number, value, end })
}

fn tag(bytes: &[u8], at: usize, end: usize) -> Option<(u32, u8, usize)> {
    let (tag, at) = varint(bytes, at, end)?;
    let number = Some(tag >> 3).filter(|number| (1..=LARGEST_NUMBER).contains(number))?;
    Some((number as u32, (tag & 7) as u8, at))
}

/// A value that holds no fields of the same message, and the byte after it.
fn plain(bytes: &[u8], at: usize, end: usize, kind: u8) -> Option<(Value, usize)> {
    match kind {
        0 => varint(bytes, at, end).map(|(value, after)| (Value::Varint(value), after)),
        1 => fixed(bytes, at, end).map(|(value, after)| (Value::Fixed64(u64::from_le_bytes(value)), after)),
        2 => {
            let (length, start) = varint(bytes, at, end)?;
            let after = start.checked_add(usize::try_from(length).ok()?).filter(|after| *after <= end)?;
            Some((Value::Bytes(Span { start, end: after }), after))
        }
        5 => fixed(bytes, at, end).map(|(value, after)| (Value::Fixed32(u32::from_le_bytes(value)), after)),
        _ => None,
    }
}

/// The tag that ends a group whose fields begin at `at`.
fn group_end(bytes: &[u8], mut at: usize, end: usize, number: u32) -> Option<Span> {
    let mut open = vec![number];
    loop {
        let start = at;
        let (number, kind, after) = tag(bytes, at, end)?;
        at = after;
        match kind {
            3 if open.len() >= MOST_GROUPS => return None,
            3 => open.push(number),
            4 => {
                open.pop().filter(|opened| *opened == number)?;
                if open.is_empty() {
                    return Some(Span { start, end: at });
                }
            }
            kind => (_, at) = plain(bytes, at, end, kind)?,
        }
    }
}

/// A number of up to ten bytes that fits 64 bits.
pub fn varint(bytes: &[u8], at: usize, end: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (place, byte) in bytes.get(at..end)?.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7F);
        if place == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, at + place + 1));
        }
    }
    None
}

pub fn fixed<const N: usize>(bytes: &[u8], at: usize, end: usize) -> Option<([u8; N], usize)> {
    bytes.get(at..end)?.first_chunk().map(|value| (*value, at + N))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(bytes: &[u8]) -> Option<Vec<(u32, Value)>> {
        let found = fields(bytes, &[Span::of(bytes)], &mut 100, |_| true).unwrap()?;
        let read = |entry: &Entry| field(bytes, entry.at as usize, bytes.len()).unwrap();
        Some(found.iter().map(read).map(|field| (field.number, field.value)).collect())
    }

    #[test]
    fn every_wire_type_is_read() {
        assert_eq!(values(b""), Some(Vec::new()));
        assert_eq!(values(b"\x08\x96\x01"), Some(vec![(1, Value::Varint(150))]));
        let most = b"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
        assert_eq!(values(most), Some(vec![(1, Value::Varint(u64::MAX))]));
        assert_eq!(values(b"\x0D\x01\0\0\0"), Some(vec![(1, Value::Fixed32(1))]));
        assert_eq!(values(b"\x09\x01\0\0\0\0\0\0\x80"), Some(vec![(1, Value::Fixed64(1 << 63 | 1))]));
        assert_eq!(values(b"\x12\x02hi"), Some(vec![(2, Value::Bytes(Span { start: 2, end: 4 }))]));
        assert_eq!(values(b"\x0B\x08\x01\x0C"), Some(vec![(1, Value::Group(Span { start: 1, end: 3 }))]));
        let last = b"\xF8\xFF\xFF\xFF\x0F\x00";
        assert_eq!(values(last), Some(vec![((1 << 29) - 1, Value::Varint(0))]));
        let mixed = values(b"\x10\x01\x08\x02\x10\x03").unwrap();
        assert_eq!(mixed, [(1, Value::Varint(2)), (2, Value::Varint(1)), (2, Value::Varint(3))]);
    }

    #[test]
    fn what_does_not_hold_to_the_format_has_no_fields() {
        for bytes in [
            &b"\x08"[..],
            b"\x08\x80",
            b"\x00\x01",
            b"\x0E\x01",
            b"\x0F",
            b"\x0C",
            b"\x0D\x01\0\0",
            b"\x09\x01\0\0\0\0\0\0",
            b"\x12\x03hi",
            b"\x12\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01hi",
            b"\x0B\x08\x01",
            b"\x0B\x08\x01\x14",
            b"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02",
            b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
            b"\x80\x80\x80\x80\x10\x00",
        ] {
            assert_eq!(values(bytes), None, "{bytes:?}");
        }
        let groups = |depth: usize| values(&[vec![0x0B; depth], vec![0x0C; depth]].concat());
        assert!(groups(100).is_some() && groups(101).is_none() && groups(200_000).is_none());
    }

    #[test]
    fn only_so_many_fields_are_taken() {
        let many = b"\x08\x01".repeat(11);
        assert_eq!(fields(&many, &[Span::of(&many)], &mut 10, |_| true), Err(Unreadable::TooLarge));
    }
}
