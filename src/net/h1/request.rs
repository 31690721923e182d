//! The head of a request, read strictly: what two readers could take differently is refused.

use bytes::{Bytes, BytesMut};

use super::scan::{self, Bad, HeadLimits, Scanner};
use crate::{
    domain::fields::Fields,
    net::{
        message::{RequestFraming, RequestHead, Version},
        refusal::Refusal,
    },
};

/// Takes the next head off `input`; `None` if it is not whole yet.
pub fn take(
    scanner: &mut Scanner,
    input: &mut BytesMut,
    limits: &HeadLimits,
) -> Result<Option<RequestHead>, Refusal> {
    // An empty line before a request line is allowed (RFC 9112, 2.2).
    while input.starts_with(b"\r\n") {
        let _ = input.split_to(2);
        scanner.restart();
    }
    match scanner.take(input, limits.bytes)? {
        None => Ok(None),
        Some(head) => parse(&head, limits).map(Some),
    }
}

fn parse(head: &Bytes, limits: &HeadLimits) -> Result<RequestHead, Refusal> {
    let mut table = scan::table();
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut table).map_err(Bad::from)? {
        httparse::Status::Complete(_) => {}
        httparse::Status::Partial => return Err(Refusal::bad("the head ends in the middle of a line")),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Refusal::bad("the request line is incomplete"));
    };
    let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
    let fields = scan::fields_of(head, request.headers, limits.fields)?;
    let framing = framing(version, &fields)?;
    let (host, target) = destination(head, method, target, version, &fields)?;
    for value in fields.all("expect") {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal { status: 417, why: "an expectation other than 100-continue" });
        }
    }
    let has_body = !matches!(framing, RequestFraming::None | RequestFraming::Length(0));
    let upgrade = version == Version::Http11
        && fields.has("upgrade")
        && fields.list("connection").any(|token| token.eq_ignore_ascii_case(b"upgrade"))
        && !fields.list("upgrade").any(is_http2);
    if upgrade && has_body {
        return Err(Refusal::bad("an upgrade with a body"));
    }
    let method = head.slice_ref(method.as_bytes());
    Ok(RequestHead { method, target, version, host, fields, framing, upgrade })
}

/// A wish that is not granted: in a tunnel of HTTP/2 requests would reach old unseen and uncounted.
fn is_http2(protocol: &[u8]) -> bool {
    protocol.eq_ignore_ascii_case(b"h2c") || protocol.eq_ignore_ascii_case(b"h2")
}

/// How the body is delimited (RFC 9112, 6.3); both framings, repeated or unknown ones are refused.
fn framing(version: Version, fields: &Fields) -> Result<RequestFraming, Refusal> {
    let mut codings = fields.all("transfer-encoding");
    let length = content_length(fields).map_err(Refusal::bad)?;
    let Some(coding) = codings.next() else {
        return Ok(length.map_or(RequestFraming::None, RequestFraming::Length));
    };
    if codings.next().is_some() {
        return Err(Refusal::bad("more than one Transfer-Encoding"));
    }
    if version == Version::Http10 {
        return Err(Refusal::bad("Transfer-Encoding on HTTP/1.0"));
    }
    if length.is_some() {
        return Err(Refusal::bad("Content-Length with Transfer-Encoding"));
    }
    if coding.eq_ignore_ascii_case(b"chunked") {
        return Ok(RequestFraming::Open);
    }
    let names_chunked = coding.to_ascii_lowercase().windows(7).any(|part| part == b"chunked");
    if names_chunked {
        return Err(Refusal::bad("a Transfer-Encoding other than exactly 'chunked'"));
    }
    Err(Refusal { status: 501, why: "an unknown Transfer-Encoding" })
}

/// The one Content-Length, if there is one.
pub fn content_length(fields: &Fields) -> Result<Option<u64>, &'static str> {
    let mut values = fields.all("content-length");
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("more than one Content-Length");
    }
    decimal(value).map(Some).ok_or("a Content-Length that is no number")
}

/// Digits only: a sign, a space or a list means different things to different readers.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    text.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Where the request goes, and its target in origin form (RFC 9112, 3.2).
fn destination(
    head: &Bytes,
    method: &str,
    target: &str,
    version: Version,
    fields: &Fields,
) -> Result<(Bytes, Bytes), Refusal> {
    if method == "CONNECT" {
        return Err(Refusal { status: 501, why: "CONNECT is not for a reverse proxy" });
    }
    if target.contains('#') {
        return Err(Refusal::bad("a fragment in the request target"));
    }
    let mut hosts = fields.all("host");
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refusal::bad("more than one Host"));
    }
    if host.is_none() && version == Version::Http11 {
        return Err(Refusal::bad("no Host"));
    }
    if let Some(host) = host.filter(|host| !is_authority(host)) {
        let why = if host.is_empty() { "an empty Host" } else { "a Host that is no authority" };
        return Err(Refusal::bad(why));
    }
    let own = host.map(|host| head.slice_ref(host)).unwrap_or_default();
    if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
        return Ok((own, head.slice_ref(target.as_bytes())));
    }
    let scheme = target.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let Some(rest) = scheme.and_then(|_| target.get(7..)) else {
        return Err(Refusal::bad("a request target that neither starts with '/' nor is an http URL"));
    };
    // An absolute target replaces Host (RFC 9112, 3.2.2).
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if !is_authority(authority.as_bytes()) {
        return Err(Refusal::bad("an absolute request target without a plain authority"));
    }
    if !path.starts_with('/') {
        // `http://host?query` and `http://host`: the path is empty, and is sent as '/'.
        let path = Bytes::from(format!("/{path}"));
        return Ok((head.slice_ref(authority.as_bytes()), path));
    }
    Ok((head.slice_ref(authority.as_bytes()), head.slice_ref(path.as_bytes())))
}

/// `host`, `host:port`, `[v6]:port`: nothing that could be read as a path, a list or user information.
pub fn is_authority(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(byte);
    if text.is_empty() || text.len() > 255 || !text.iter().all(allowed) {
        return false;
    }
    let (name, port) = match text.strip_prefix(b"[") {
        Some(rest) => match rest.iter().position(|byte| *byte == b']') {
            Some(end) => rest.split_at(end),
            None => return false,
        },
        None => match text.iter().position(|byte| *byte == b':') {
            Some(colon) => text.split_at(colon),
            None => (text, &b""[..]),
        },
    };
    let port = port.strip_prefix(b"]").unwrap_or(port);
    let port = match port.strip_prefix(b":") {
        Some(digits) => digits,
        None if port.is_empty() => b"",
        None => return false,
    };
    !name.is_empty()
        && !name.iter().any(|b| b"[]".contains(b))
        && port.len() <= 5
        && port.iter().all(u8::is_ascii_digit)
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Refusal {
        match bad {
            Bad::TooLong { in_first_line: true } => {
                Refusal { status: 414, why: "the request line is too long" }
            }
            Bad::TooLong { in_first_line: false } => {
                Refusal { status: 431, why: "the request head is too long" }
            }
            Bad::TooManyFields => Refusal { status: 431, why: "too many header fields" },
            Bad::BareLineFeed => Refusal::bad("a line feed without a carriage return"),
            Bad::Syntax => Refusal::bad("the request head is no HTTP/1.1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 4096, fields: 20 };

    fn read(text: &str) -> Result<RequestHead, Refusal> {
        take(&mut Scanner::default(), &mut text.into(), &LIMITS).map(|head| head.expect("a whole head"))
    }

    fn with(lines: &str) -> Result<RequestHead, Refusal> {
        read(&format!("GET /a HTTP/1.1\r\nHost: h\r\n{lines}\r\n"))
    }

    #[test]
    fn a_plain_request_keeps_every_byte() {
        let head =
            read("\r\nGET /A%2f../b//?q=1&&x HTTP/1.1\r\nHost: h:80\r\nX-a:  v \r\nx-A: w\r\n\r\n").unwrap();
        assert_eq!((&*head.method, &*head.target), (&b"GET"[..], &b"/A%2f../b//?q=1&&x"[..]));
        assert_eq!(head.path(), b"/A%2f../b//");
        assert_eq!(head.fields.all("x-a").collect::<Vec<_>>(), [b"v", b"w"]);
        assert_eq!(head.framing, RequestFraming::None);
    }

    #[test]
    fn what_two_readers_could_take_differently_is_refused() {
        for (lines, status) in [
            ("Content-Length: 1\r\nContent-Length: 1\r\n", 400),
            ("Content-Length: 1, 1\r\n", 400),
            ("Content-Length: +1\r\n", 400),
            ("Content-Length: 0x1\r\n", 400),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: identity, chunked\r\n", 400),
            ("Transfer-Encoding: chunked, chunked\r\n", 400),
            ("Transfer-Encoding: ,chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: xchunked\r\n", 400),
            ("Transfer-Encoding: gzip\r\n", 501),
            ("Host: other\r\n", 400),
            ("X : v\r\n", 400),
            ("X: a\r\n folded\r\n", 400),
            ("X: a\0b\r\n", 400),
            ("X: a\rb\r\n", 400),
            ("X: a\nY: b\r\n", 400),
            ("Expect: 200-ok\r\n", 417),
        ] {
            assert_eq!(with(lines).map_err(|refusal| refusal.status).err(), Some(status), "{lines:?}");
        }
        for (text, status) in [
            ("GET /a HTTP/1.1\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost:\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
            ("GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET https://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
            ("GET /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /a HTTP/1.2\r\nHost: h\r\n\r\n", 400),
            ("GET /a\r\nHost: h\r\n\r\n", 400),
        ] {
            assert_eq!(read(text).map_err(|refusal| refusal.status).err(), Some(status), "{text:?}");
        }
    }

    #[test]
    fn an_absolute_target_replaces_host() {
        let head = read("GET http://a.example:81/x?y HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
        assert_eq!((&*head.host, &*head.target), (&b"a.example:81"[..], &b"/x?y"[..]));
        let head = read("GET http://a.example?y HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
        assert_eq!(&*head.target, b"/?y");
    }

    #[test]
    fn too_much_is_told_apart_by_status() {
        let many: String = (0..30).map(|n| format!("x{n}: v\r\n")).collect();
        assert_eq!(with(&many).unwrap_err().status, 431);
        let long = format!("GET /{}", "a".repeat(5000));
        let refusal = take(&mut Scanner::default(), &mut long.as_str().into(), &LIMITS).unwrap_err();
        assert_eq!(refusal.status, 414);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

        #[test]
        fn whatever_is_taken_for_a_request_is_one_in_one_reading_only(lines in proptest::collection::vec("[ -~\t\r\n\u{0}:]{0,24}", 0..6)) {
            let text = format!("GET /a HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n", lines.join("\r\n"));
            if let Ok(Some(head)) = take(&mut Scanner::default(), &mut text.as_str().into(), &LIMITS) {
                // What goes on is written anew from these: none may carry a line end or a second host.
                proptest::prop_assert_eq!(head.fields.all("host").count(), 1);
                for (name, value) in head.fields.iter() {
                    proptest::prop_assert!(!name.is_empty() && name.iter().all(|b| b.is_ascii_graphic() && *b != b':'));
                    proptest::prop_assert!(value.iter().all(|b| *b == b'\t' || !b.is_ascii_control()));
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = take(&mut Scanner::default(), &mut (&bytes[..]).into(), &LIMITS);
            let _ = super::super::reply::take(&mut Scanner::default(), &mut (&bytes[..]).into(), &LIMITS);
        }
    }
}
