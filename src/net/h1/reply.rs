//! The head of a reply, read strictly: what is ambiguous is the upstream's failure, never passed on.

use bytes::{Bytes, BytesMut};

use super::{
    request::content_length,
    scan::{self, Bad, HeadLimits, Scanner},
};
use crate::net::message::{ReplyFraming, ReplyHead, Version};

/// What came is no HTTP, or breaks its framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Takes the next head off `input`; `None` if it is not whole yet.
pub fn take(
    scanner: &mut Scanner,
    input: &mut BytesMut,
    limits: &HeadLimits,
) -> Result<Option<ReplyHead>, Malformed> {
    match scanner.take(input, limits.bytes)? {
        None => Ok(None),
        Some(head) => parse(&head, limits).map(Some),
    }
}

fn parse(head: &Bytes, limits: &HeadLimits) -> Result<ReplyHead, Malformed> {
    let mut table = scan::table();
    let mut reply = httparse::Response::new(&mut []);
    let parsed =
        httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut reply, head, &mut table);
    match parsed.map_err(Bad::from)? {
        httparse::Status::Complete(_) => {}
        httparse::Status::Partial => return Err(Malformed("the head ends in the middle of a line")),
    }
    let (Some(status), Some(minor)) = (reply.code, reply.version) else {
        return Err(Malformed("the status line is incomplete"));
    };
    if !(100..1000).contains(&status) {
        return Err(Malformed("a status out of range"));
    }
    Ok(ReplyHead {
        status,
        reason: reply.reason.map(|text| head.slice_ref(text.as_bytes())).unwrap_or_default(),
        version: if minor == 0 { Version::Http10 } else { Version::Http11 },
        fields: scan::fields_of(head, reply.headers, limits.fields)?,
    })
}

/// How the body of a final reply is delimited (RFC 9112, 6.3).
pub fn framing(method: &[u8], head: &ReplyHead) -> Result<ReplyFraming, Malformed> {
    let mut codings = head.fields.all("transfer-encoding");
    let coding = codings.next();
    let length = content_length(&head.fields).map_err(Malformed)?;
    if coding.is_some() && (length.is_some() || codings.next().is_some() || head.version == Version::Http10) {
        return Err(Malformed("more than one framing"));
    }
    if method == b"HEAD" || head.status == 204 || head.status == 304 {
        return Ok(ReplyFraming::None);
    }
    match (coding, length) {
        (Some(coding), _) if coding.eq_ignore_ascii_case(b"chunked") => Ok(ReplyFraming::Chunked),
        (Some(_), _) => Err(Malformed("a Transfer-Encoding other than exactly 'chunked'")),
        (None, Some(length)) => Ok(ReplyFraming::Length(length)),
        (None, None) => Ok(ReplyFraming::UntilClose),
    }
}

/// Whether the connection may carry another request after this reply (RFC 9112, 9.3).
pub fn keeps_alive(head: &ReplyHead) -> bool {
    let says = |word: &[u8]| head.fields.list("connection").any(|token| token.eq_ignore_ascii_case(word));
    match head.version {
        Version::Http10 => says(b"keep-alive") && !says(b"close"),
        _ => !says(b"close"),
    }
}

impl From<Bad> for Malformed {
    fn from(bad: Bad) -> Malformed {
        Malformed(match bad {
            Bad::TooLong { .. } => "the head is too long",
            Bad::TooManyFields => "too many header fields",
            Bad::BareLineFeed => "a line feed without a carriage return",
            Bad::Syntax => "the head is no HTTP/1.1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 4096, fields: 20 };

    fn read(text: &str) -> Result<ReplyHead, Malformed> {
        take(&mut Scanner::default(), &mut text.into(), &LIMITS).map(|head| head.expect("a whole head"))
    }

    fn framed(method: &str, text: &str) -> Result<ReplyFraming, Malformed> {
        framing(method.as_bytes(), &read(text)?)
    }

    #[test]
    fn framing_follows_method_status_and_fields() {
        for (method, text, expected) in [
            ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ReplyFraming::Length(5)),
            ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", ReplyFraming::Chunked),
            ("GET", "HTTP/1.1 200 OK\r\n\r\n", ReplyFraming::UntilClose),
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ReplyFraming::None),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n", ReplyFraming::None),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ReplyFraming::None),
        ] {
            assert_eq!(framed(method, text), Ok(expected), "{method} {text:?}");
        }
    }

    #[test]
    fn ambiguous_framing_is_malformed() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\nb\r\n\r\n",
            "HTTP/1.1 2x0 OK\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n\r\n",
        ] {
            assert!(framed("GET", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_reason_is_kept_as_it_came() {
        assert_eq!(&*read("HTTP/1.1 404 Nicht da\r\n\r\n").unwrap().reason, b"Nicht da");
        assert_eq!(&*read("HTTP/1.1 200 \r\n\r\n").unwrap().reason, b"");
    }
}
