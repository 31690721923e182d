//! Bytes taken one after the other, each only where it is there. Knows no format: what was expected
//! where the bytes ended is said by whoever asked.

use super::super::tree::Unreadable;

/// A place in a body.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub const fn new(bytes: &'t [u8]) -> Cursor<'t> {
        Cursor { bytes, at: 0 }
    }

    pub const fn at(&self) -> usize {
        self.at
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next bytes, where so many are left.
    pub fn take(&mut self, length: u64, expected: &'static str) -> Result<&'t [u8], Unreadable> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let Some(taken) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return refused(self.at, expected);
        };
        self.at += taken.len();
        Ok(taken)
    }

    /// The next bytes, by a number known beforehand.
    pub fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Unreadable> {
        let taken = self.take(N as u64, expected)?;
        taken.first_chunk().copied().map_or_else(|| refused(self.at, expected), Ok)
    }

    pub fn byte(&mut self, expected: &'static str) -> Result<u8, Unreadable> {
        self.array::<1>(expected).map(|[byte]| byte)
    }

    /// The next bytes as text.
    pub fn text(&mut self, length: u64, expected: &'static str) -> Result<&'t str, Unreadable> {
        let start = self.at;
        let taken = self.take(length, expected)?;
        std::str::from_utf8(taken).or_else(|error| refused(start + error.valid_up_to(), "UTF-8"))
    }

    pub fn end(&self) -> Result<(), Unreadable> {
        if self.at == self.bytes.len() { Ok(()) } else { refused(self.at, "the end") }
    }
}

pub fn refused<T>(at: usize, expected: &'static str) -> Result<T, Unreadable> {
    Err(Unreadable::Malformed { at, expected: expected.into() })
}
