//! Undoing the framing of a body, piece by piece, and never past its end.

use bytes::{Buf, Bytes, BytesMut};

use super::scan;
use crate::domain::fields::Fields;

/// A size line with its extensions; more is no size line.
const MAX_SIZE_LINE: usize = 256;
const MAX_TRAILER_BYTES: usize = 16 << 10;
const MAX_TRAILERS: usize = 64;

/// Where in its body a message stands.
#[derive(Debug)]
pub enum Body {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Done,
}

#[derive(Debug)]
pub enum Chunked {
    Size,
    Data(u64),
    DataEnd,
    Trailers,
}

/// What the bytes read so far hold.
#[derive(Debug)]
pub enum Piece {
    Data(Bytes),
    /// The body has ended, with these trailers.
    End(Fields),
    /// Nothing until more is read.
    More,
}

/// The framing is broken; nothing after it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Body {
    /// What stands next in `input`; takes it off.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Piece, Broken> {
        match self {
            Body::Done | Body::Length(0) => {
                *self = Body::Done;
                Ok(Piece::End(Fields::new()))
            }
            Body::UntilClose if input.is_empty() => Ok(Piece::More),
            Body::UntilClose => Ok(Piece::Data(input.split().freeze())),
            Body::Length(left) => Ok(take(left, input).map_or(Piece::More, Piece::Data)),
            Body::Chunked(state) => match chunked(state, input)? {
                Piece::End(trailers) => {
                    *self = Body::Done;
                    Ok(Piece::End(trailers))
                }
                piece => Ok(piece),
            },
        }
    }

    pub const fn is_done(&self) -> bool {
        matches!(self, Body::Done | Body::Length(0))
    }

    /// Whether the end of the connection is where this body may end.
    pub const fn may_end_here(&self) -> bool {
        matches!(self, Body::UntilClose | Body::Done)
    }

    /// Bytes that are known to be still to come, for choosing a buffer.
    pub fn expects(&self) -> usize {
        match self {
            Body::Length(left) | Body::Chunked(Chunked::Data(left)) => {
                usize::try_from(*left).unwrap_or(usize::MAX)
            }
            _ => 0,
        }
    }
}

fn take(left: &mut u64, input: &mut BytesMut) -> Option<Bytes> {
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    *left -= length as u64;
    (length > 0).then(|| input.split_to(length).freeze())
}

fn chunked(state: &mut Chunked, input: &mut BytesMut) -> Result<Piece, Broken> {
    loop {
        match state {
            Chunked::Size => {
                let Some(end) = line_end(input, MAX_SIZE_LINE)? else { return Ok(Piece::More) };
                let line = input.split_to(end);
                input.advance(2);
                let size = chunk_size(&line)?;
                *state = if size == 0 { Chunked::Trailers } else { Chunked::Data(size) };
            }
            Chunked::Data(left) => {
                if let Some(data) = take(left, input) {
                    if *left == 0 {
                        *state = Chunked::DataEnd;
                    }
                    return Ok(Piece::Data(data));
                }
                return Ok(Piece::More);
            }
            Chunked::DataEnd => match input.get(..2) {
                Some(b"\r\n") => {
                    input.advance(2);
                    *state = Chunked::Size;
                }
                Some(_) => return Err(Broken),
                None if input.first().is_some_and(|byte| *byte != b'\r') => return Err(Broken),
                None => return Ok(Piece::More),
            },
            Chunked::Trailers => return trailers(input),
        }
    }
}

/// Where the line that starts `input` ends; a bare line feed or too long a line is no line.
fn line_end(input: &BytesMut, limit: usize) -> Result<Option<usize>, Broken> {
    let seen = input.get(..limit.min(input.len())).unwrap_or_default();
    match memchr::memchr(b'\n', seen) {
        Some(at) if at > 0 && seen.get(at - 1) == Some(&b'\r') => Ok(Some(at - 1)),
        Some(_) => Err(Broken),
        None if input.len() >= limit => Err(Broken),
        None => Ok(None),
    }
}

/// The size, with extensions dropped: they end at this hop (RFC 9112, 7.1.1).
fn chunk_size(line: &[u8]) -> Result<u64, Broken> {
    let (digits, extension) = match memchr::memchr(b';', line) {
        Some(at) => line.split_at(at),
        None => (line, &b""[..]),
    };
    if extension.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err(Broken);
    }
    let digits = if extension.is_empty() { digits } else { digits.trim_ascii_end() };
    if digits.is_empty() || digits.len() > 15 {
        return Err(Broken);
    }
    digits.iter().try_fold(0u64, |sum, byte| {
        let digit = (*byte as char).to_digit(16).ok_or(Broken)?;
        Ok(sum << 4 | u64::from(digit))
    })
}

fn trailers(input: &mut BytesMut) -> Result<Piece, Broken> {
    if input.starts_with(b"\r\n") {
        input.advance(2);
        return Ok(Piece::End(Fields::new()));
    }
    let seen = input.get(..MAX_TRAILER_BYTES.min(input.len())).unwrap_or_default();
    let Some(end) = memchr::memmem::find(seen, b"\r\n\r\n") else {
        return if input.len() >= MAX_TRAILER_BYTES { Err(Broken) } else { Ok(Piece::More) };
    };
    let block = input.split_to(end + 4).freeze();
    let bare = |at: usize| at == 0 || block.get(at - 1) != Some(&b'\r');
    if memchr::memchr_iter(b'\n', &block).any(bare) {
        return Err(Broken);
    }
    let mut table = [httparse::EMPTY_HEADER; MAX_TRAILERS];
    let Ok(httparse::Status::Complete((_, parsed))) = httparse::parse_headers(&block, &mut table) else {
        return Err(Broken);
    };
    if parsed.iter().any(|field| is_forbidden_trailer(field.name)) {
        return Err(Broken);
    }
    scan::fields_of(&block, parsed, MAX_TRAILERS).map(Piece::End).map_err(|_| Broken)
}

/// Fields that would change how the message is framed or routed had they come in the head (RFC 9110, 6.5.1).
fn is_forbidden_trailer(name: &str) -> bool {
    [
        "transfer-encoding",
        "content-length",
        "host",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "authorization",
        "content-encoding",
    ]
    .iter()
    .any(|forbidden| name.eq_ignore_ascii_case(forbidden))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All data and the number of trailers, or `None` where the framing breaks or more is wanted.
    fn decode(mut body: Body, feeds: &[&[u8]]) -> Option<(Vec<u8>, usize)> {
        let (mut input, mut data) = (BytesMut::new(), Vec::new());
        let mut feeds = feeds.iter();
        loop {
            match body.next(&mut input).ok()? {
                Piece::Data(piece) => data.extend_from_slice(&piece),
                Piece::End(trailers) => return Some((data, trailers.len())),
                Piece::More => input.extend_from_slice(feeds.next()?),
            }
        }
    }

    fn chunked(text: &str) -> Option<(Vec<u8>, usize)> {
        decode(Body::Chunked(Chunked::Size), &[text.as_bytes()])
    }

    #[test]
    fn chunks_extensions_and_trailers_are_read() {
        assert_eq!(chunked("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n"), Some((b"hello!".to_vec(), 0)));
        assert_eq!(chunked("0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"), Some((vec![], 2)));
    }

    #[test]
    fn broken_chunks_are_broken() {
        for text in [
            "5\nhello\r\n0\r\n\r\n",
            "g\r\n",
            "-1\r\n",
            "0x5\r\nhello\r\n",
            " 5\r\nhello\r\n",
            "5 \r\nhello\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "ffffffffffffffff\r\n",
            "\r\n",
            "0\r\nContent-Length: 5\r\n\r\n",
            "0\r\nX : 5\r\n\r\n",
        ] {
            let mut input = BytesMut::from(text);
            let mut body = Body::Chunked(Chunked::Size);
            let broken = loop {
                match body.next(&mut input) {
                    Err(Broken) => break true,
                    Ok(Piece::Data(_)) => {}
                    Ok(_) => break false,
                }
            };
            assert!(broken, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn where_the_reads_are_cut_changes_nothing(data in proptest::collection::vec(any::<u8>(), 0..200), cut in 1usize..40) {
            let mut wire = Vec::new();
            for chunk in data.chunks(17) {
                wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\na: b\r\n\r\n");
            let feeds: Vec<&[u8]> = wire.chunks(cut).collect();
            prop_assert_eq!(decode(Body::Chunked(Chunked::Size), &feeds), Some((data, 1)));
        }

        #[test]
        fn no_bytes_make_it_panic_or_loop(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut input = BytesMut::from(&data[..]);
            let mut body = Body::Chunked(Chunked::Size);
            for _ in 0..=data.len() {
                if !matches!(body.next(&mut input), Ok(Piece::Data(_))) {
                    break;
                }
            }
        }
    }
}
