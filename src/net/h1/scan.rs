//! Finding the end of a head without reading it twice, and turning it into fields.

use std::mem::MaybeUninit;

use bytes::{Bytes, BytesMut};

use crate::domain::fields::Fields;

/// What one head may cost.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    pub bytes: usize,
    /// At most `MAX_FIELDS`.
    pub fields: usize,
}

/// Fields that are ever parsed, whatever the settings say: the parser's table lies on the stack.
pub const MAX_FIELDS: usize = 512;

pub type Table<'b> = [MaybeUninit<httparse::Header<'b>>; MAX_FIELDS];

pub const fn table<'b>() -> Table<'b> {
    [const { MaybeUninit::uninit() }; MAX_FIELDS]
}

/// Why a run of bytes is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// Longer than allowed, and where the first line alone is.
    TooLong {
        in_first_line: bool,
    },
    TooManyFields,
    /// A line feed without its carriage return: two readers may disagree where the line ends.
    BareLineFeed,
    Syntax,
}

/// Looks for the end of a head, remembering where it left off: a head that comes byte by byte is
/// looked at once, not once a byte.
#[derive(Debug, Default)]
pub struct Scanner {
    seen: usize,
}

impl Scanner {
    /// Takes a whole head off `input`, final empty line included; `None` if there is none yet.
    pub fn take(&mut self, input: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, Bad> {
        let unseen = input.get(self.seen..).unwrap_or_default();
        let mut end = None;
        for at in memchr::memchr_iter(b'\n', unseen).map(|at| self.seen + at) {
            if at == 0 || input.get(at - 1) != Some(&b'\r') {
                return Err(Bad::BareLineFeed);
            }
            if at >= 3 && input.get(at - 3..at) == Some(b"\r\n\r") {
                end = Some(at + 1);
                break;
            }
        }
        if let Some(end) = end {
            self.seen = 0;
            if end > limit {
                return Err(Bad::TooLong { in_first_line: false });
            }
            return Ok(Some(input.split_to(end).freeze()));
        }
        self.seen = input.len();
        if input.len() >= limit {
            return Err(Bad::TooLong { in_first_line: memchr::memchr(b'\n', input).is_none() });
        }
        Ok(None)
    }

    pub const fn restart(&mut self) {
        self.seen = 0;
    }
}

/// The fields as spans of the head they were parsed from.
pub fn fields_of(head: &Bytes, parsed: &[httparse::Header<'_>], limit: usize) -> Result<Fields, Bad> {
    if parsed.len() > limit {
        return Err(Bad::TooManyFields);
    }
    Ok(Fields::in_block(
        head.clone(),
        parsed.iter().map(|field| (span(head, field.name.as_bytes()), span(head, field.value))),
    ))
}

/// Where `part` lies in `whole`, of which it is a slice.
pub fn span(whole: &[u8], part: &[u8]) -> (u32, u32) {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    (start as u32, (start + part.len()) as u32)
}

impl From<httparse::Error> for Bad {
    fn from(error: httparse::Error) -> Bad {
        match error {
            httparse::Error::TooManyHeaders => Bad::TooManyFields,
            _ => Bad::Syntax,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_comes_byte_by_byte_is_found_where_it_ends() {
        let text = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nrest";
        let (mut scanner, mut input) = (Scanner::default(), BytesMut::new());
        for (at, byte) in text.iter().enumerate() {
            input.extend_from_slice(&[*byte]);
            let head = scanner.take(&mut input, 100).unwrap();
            assert_eq!(head.is_some(), at == text.len() - 5, "at {at}");
        }
        assert_eq!(&input[..], b"rest");
    }

    #[test]
    fn a_bare_line_feed_is_no_line_end() {
        for text in ["GET / HTTP/1.1\nhost: a\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\n\n", "\n"] {
            assert_eq!(Scanner::default().take(&mut text.into(), 100), Err(Bad::BareLineFeed), "{text:?}");
        }
    }

    #[test]
    fn a_head_past_the_limit_is_refused_before_it_ends() {
        let mut long = BytesMut::from(&b"GET /aaaaaaaaaaaaaaaaaaaaaaaaaaa"[..]);
        assert_eq!(Scanner::default().take(&mut long, 16), Err(Bad::TooLong { in_first_line: true }));
        let mut long = BytesMut::from(&b"GET / HTTP/1.1\r\nx: aaaaaaaaaaaaa"[..]);
        assert_eq!(Scanner::default().take(&mut long, 16), Err(Bad::TooLong { in_first_line: false }));
    }
}
