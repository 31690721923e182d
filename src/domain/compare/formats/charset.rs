//! From bytes to text: by the byte order mark, then by what the reply says, then by what the text says
//! of itself, and else UTF-8. Strict: what is no text in its charset is refused, with the place.
//!
//! A charset is never guessed from what the bytes look like. One by an unknown name is taken for UTF-8,
//! as which any two bodies that differ still read differently.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::super::{
    super::fields::Fields,
    media::{self, Reading},
    tree::Unreadable,
};

/// How far into a text its own word for its charset is looked for, as browsers do.
const GLANCE: usize = 1024;

/// The marks at the head of a text; that of UTF-32 begins like one of UTF-16, and is asked for first.
const MARKS: &[(&[u8], Charset)] = &[
    (b"\xEF\xBB\xBF", Charset::Named(UTF_8)),
    (b"\xFF\xFE\0\0", Charset::Utf32 { big: false }),
    (b"\0\0\xFE\xFF", Charset::Utf32 { big: true }),
    (b"\xFF\xFE", Charset::Named(UTF_16LE)),
    (b"\xFE\xFF", Charset::Named(UTF_16BE)),
];

/// How a text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Named(&'static Encoding),
    Utf32 { big: bool },
}

impl Charset {
    pub const UTF_8: Charset = Charset::Named(UTF_8);

    /// By one of its names, in any case.
    fn by_name(name: &str) -> Option<Charset> {
        match name.trim().to_ascii_lowercase().as_str() {
            "utf-32" | "utf-32le" => Some(Charset::Utf32 { big: false }),
            "utf-32be" => Some(Charset::Utf32 { big: true }),
            name => Encoding::for_label_no_replacement(name.as_bytes()).map(Charset::Named),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Charset::Named(encoding) => encoding.name(),
            Charset::Utf32 { big: false } => "UTF-32LE",
            Charset::Utf32 { big: true } => "UTF-32BE",
        }
    }

    /// Whether a text in it is ASCII where it says only what ASCII can say.
    fn extends_ascii(self) -> bool {
        matches!(self, Charset::Named(encoding) if encoding.is_ascii_compatible())
    }
}

/// The charset that the byte order mark at the head of a text stands for.
pub fn bom(body: &[u8]) -> Option<&'static str> {
    marked(body).map(|(_, charset)| charset.name())
}

fn marked(body: &[u8]) -> Option<(usize, Charset)> {
    MARKS.iter().find(|(mark, _)| body.starts_with(mark)).map(|(mark, charset)| (mark.len(), *charset))
}

/// What charset a body of this reading is in.
pub fn of(body: &[u8], fields: &Fields, reading: Reading) -> Charset {
    let marked = marked(body).map(|(_, charset)| charset);
    let declared = || said(fields);
    let charset = match reading {
        // JSON is UTF-8, whatever the reply says (RFC 8259, 8.1); only what cannot be is read as told.
        Reading::Json | Reading::Lines => marked.or_else(|| {
            let other = declared().filter(|charset| *charset != Charset::UTF_8);
            other.filter(|charset| !charset.extends_ascii() || std::str::from_utf8(body).is_err())
        }),
        Reading::Xml => marked.or_else(declared).or_else(|| within(body, b"encoding", b"?>")),
        Reading::Html => marked.or_else(declared).or_else(|| within(body, b"charset", b"<body")),
        _ => marked.or_else(declared),
    };
    charset.unwrap_or(Charset::UTF_8)
}

/// The charset that the content type names.
pub fn said(fields: &Fields) -> Option<Charset> {
    let value = fields.get("content-type")?;
    Charset::by_name(&media::parameter(value, "charset")?)
}

/// The charset that a text names at its head, in what can be read as ASCII: so no charset that is not
/// an extension of it can be meant.
fn within(body: &[u8], word: &[u8], end: &[u8]) -> Option<Charset> {
    let head = body.get(..body.len().min(GLANCE))?.to_ascii_lowercase();
    let end = memchr::memmem::find(&head, end).unwrap_or(head.len());
    let head = head.get(..end)?;
    let after = head.get(memchr::memmem::find(head, word)? + word.len()..)?.trim_ascii_start();
    let value = after.strip_prefix(b"=")?.trim_ascii_start();
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'');
    let value = if value.first().is_some_and(is_mark) { value.get(1..)? } else { value };
    let name = value.split(|byte| is_mark(byte) || b" \t\r\n/>;".contains(byte)).next()?;
    Charset::by_name(std::str::from_utf8(name).ok()?).filter(|charset| charset.extends_ascii())
}

/// A body as text.
#[derive(Debug)]
pub struct Decoded<'t> {
    pub text: Cow<'t, str>,
    charset: Charset,
    /// Bytes of the byte order mark, which is no part of the text.
    mark: usize,
}

/// The text of a body in this charset, without its byte order mark.
pub fn decoded(body: &[u8], charset: Charset) -> Result<Decoded<'_>, Unreadable> {
    let mark = marked(body).map_or(0, |(length, _)| length);
    let rest = body.get(mark..).unwrap_or_default();
    let text = match charset {
        Charset::Named(encoding) if encoding == UTF_8 => {
            std::str::from_utf8(rest).map(Cow::Borrowed).map_err(|error| (error.valid_up_to(), "UTF-8"))
        }
        Charset::Named(encoding) => legacy(rest, encoding).map(Cow::Owned),
        Charset::Utf32 { big } => utf_32(rest, big).map(Cow::Owned),
    };
    match text {
        Ok(text) => Ok(Decoded { text, charset, mark }),
        Err((at, expected)) => Err(Unreadable::Malformed { at: mark + at, expected: expected.into() }),
    }
}

fn legacy(bytes: &[u8], encoding: &'static Encoding) -> Result<String, (usize, &'static str)> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(length, after), read) => {
            Err((read.saturating_sub(usize::from(length) + usize::from(after)), encoding.name()))
        }
        (DecoderResult::OutputFull, read) => Err((read, encoding.name())),
    }
}

fn utf_32(bytes: &[u8], big: bool) -> Result<String, (usize, &'static str)> {
    let (units, rest) = bytes.as_chunks::<4>();
    let mut text = String::with_capacity(units.len());
    for (n, unit) in units.iter().enumerate() {
        let code = if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
        text.push(char::from_u32(code).ok_or((n * 4, "UTF-32"))?);
    }
    if rest.is_empty() { Ok(text) } else { Err((units.len() * 4, "UTF-32")) }
}

impl Decoded<'_> {
    /// A refusal of the text, with the place in the bytes of the body.
    pub fn refused(&self, why: Unreadable) -> Unreadable {
        match why {
            Unreadable::Malformed { at, expected } => Unreadable::Malformed { at: self.place(at), expected },
            why => why,
        }
    }

    fn place(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(&self.text);
        self.mark
            + match self.charset {
                Charset::Utf32 { .. } => before.chars().count() * 4,
                Charset::Named(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
                    before.encode_utf16().count() * 2
                }
                Charset::Named(encoding) => encoding.encode(before).0.len(),
            }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(value: &str) -> Fields {
        Fields::from_pairs([("Content-Type", value)])
    }

    fn text_of(body: &[u8], kind: &str) -> Result<String, Unreadable> {
        let charset = of(body, &typed(kind), media::reading(&typed(kind)));
        decoded(body, charset).map(|decoded| decoded.text.into_owned())
    }

    #[test]
    fn the_mark_goes_before_the_header_and_the_header_before_the_text() {
        for (body, kind, text) in [
            (&b"\xEF\xBB\xBF\xC3\xA9"[..], "text/plain; charset=latin1", "é"),
            (b"\xFF\xFEa\0\xE9\0", "text/plain; charset=utf-8", "aé"),
            (b"\xFE\xFF\0a\xD8\x3D\xDE\0", "text/plain", "a😀"),
            (b"\xFF\xFE\0\0a\0\0\0", "text/plain", "a"),
            (b"\0\0\xFE\xFF\0\0\0a", "text/plain", "a"),
            (b"\xE9", "text/plain; charset=ISO-8859-1", "é"),
            (b"\xE9", "text/plain;format=flowed;Charset=\"latin1\"", "é"),
            (b"\xA4\xA2", "text/plain; charset=euc-jp", "あ"),
            (b"a\0", "text/plain; charset=utf-16", "a"),
            (b"\xC3\xA9", "text/plain; charset=nonsense", "é"),
            (b"\xC3\xA9", "text/plain", "é"),
            (b"", "text/plain; charset=utf-16", ""),
            (
                b"<?xml version='1.0' encoding='latin1'?><\xE9/>",
                "text/xml",
                "<?xml version='1.0' encoding='latin1'?><é/>",
            ),
            (b"<?xml encoding='utf-16'?>\xC3\xA9", "text/xml", "<?xml encoding='utf-16'?>é"),
            (
                b"<?xml version='1.0'?><a encoding='latin1'>\xC3\xA9</a>",
                "a/xml",
                "<?xml version='1.0'?><a encoding='latin1'>é</a>",
            ),
            (b"<meta charset=\"latin1\">\xE9", "text/html", "<meta charset=\"latin1\">é"),
            (
                b"<meta content='text/html; CHARSET=latin1'>\xE9",
                "text/html",
                "<meta content='text/html; CHARSET=latin1'>é",
            ),
            (b"<meta charset=latin1>\xC3\xA9", "text/html; charset=utf-8", "<meta charset=latin1>é"),
            (b"\"\xC3\xA9\"", "application/json; charset=latin1", "\"é\""),
            (b"\"\xE9\"", "application/json; charset=latin1", "\"é\""),
            (b"1\0", "application/json; charset=utf-16le", "1"),
        ] {
            assert_eq!(text_of(body, kind).as_deref(), Ok(text), "{kind} {body:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_at_its_byte() {
        for (body, kind, at) in [
            (&b"ab\xFF"[..], "text/plain", 2),
            (b"\xEF\xBB\xBFab\xFFc", "text/plain", 5),
            (b"a\0b\0\0\xD8c\0", "text/plain; charset=utf-16", 4),
            (b"a\0b", "text/plain; charset=utf-16", 2),
            (b"\xFF\xFE\0\0a\0\0\0\0\xD8\0\0", "text/plain", 8),
            (b"\xFF\xFE\0\0a\0\0\0a", "text/plain", 8),
            (b"ab\x81", "text/plain; charset=shift_jis", 2),
            (b"ab\x81\x20c", "text/plain; charset=shift_jis", 2),
            (b"\"\xE9\"", "application/json", 1),
        ] {
            let found = text_of(body, kind).unwrap_err();
            assert!(
                matches!(found, Unreadable::Malformed { at: there, .. } if there == at),
                "{found:?} {kind}"
            );
        }
    }

    #[test]
    fn a_place_in_the_text_is_told_as_one_in_the_body() {
        for (body, charset, place) in [
            (&b"\xC3\xA9x"[..], "utf-8", 2),
            (b"\xEF\xBB\xBF\xC3\xA9x", "utf-8", 5),
            (b"\xE9x", "latin1", 1),
            (b"\xFF\xFE\xE9\0x\0", "utf-16", 4),
            (b"\xFF\xFE\0\0\xE9\0\0\0x\0\0\0", "utf-32", 8),
        ] {
            let charset = Charset::by_name(charset).unwrap();
            assert_eq!(decoded(body, charset).unwrap().place(2), place, "{charset:?}");
        }
        assert_eq!(
            (bom(b"\xEF\xBB\xBF{}"), bom(b"\xFF\xFEa\0"), bom(b"{}")),
            (Some("UTF-8"), Some("UTF-16LE"), None)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_refused_within_themselves(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            name in prop::sample::select(vec!["utf-8", "utf-16be", "utf-32", "latin1", "gb18030", "iso-2022-jp"]),
        ) {
            let charset = Charset::by_name(name).unwrap();
            match decoded(&bytes, charset) {
                Ok(decoded) => prop_assert!(decoded.place(decoded.text.len()) <= bytes.len() + decoded.text.len()),
                Err(Unreadable::Malformed { at, .. }) => prop_assert!(at < bytes.len()),
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
