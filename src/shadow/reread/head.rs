//! The head of a request that was sent already, made fit to be sent again.
//!
//! Works on bytes that were written here, so that every line ends as it should.

use bytes::{BufMut, Bytes, BytesMut};

use crate::shadow::mirror::{Dice, own_fields};

/// Says that a request was sent because of an earlier one.
pub const MARKER: &str = "x-readshift-recheck";

const LINE_END: &[u8] = b"\r\n";

/// Whether the request asks for all of what there is now. What depends on a validator or a range is an answer
/// about the caller's own copy, and says little when it is asked again.
pub fn is_plain(head: &[u8]) -> bool {
    fields(head).all(|(name, _)| !is_about_a_copy(name) && !name.eq_ignore_ascii_case(b"expect"))
}

fn is_about_a_copy(name: &[u8]) -> bool {
    let starts = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"if-"));
    starts || name.eq_ignore_ascii_case(b"range")
}

/// The same request for all of what there is now.
pub fn whole(head: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(head.len());
    out.put_slice(lines(head).next().unwrap_or_default());
    out.put_slice(LINE_END);
    for (name, value) in fields(head).filter(|(name, _)| !is_about_a_copy(name)) {
        field(&mut out, name, value);
    }
    out.put_slice(LINE_END);
    out.freeze()
}

/// The same request, marked as a shadow that was sent again, under a trace parent of its own.
pub fn again(head: &[u8], dice: &Dice) -> Bytes {
    let traceparent = fields(head).find(|(name, _)| name.eq_ignore_ascii_case(b"traceparent"));
    let mut own = own_fields(traceparent.map(|(_, value)| value), dice);
    own.push((MARKER, Bytes::from_static(b"1")));
    let mut out = BytesMut::with_capacity(head.len() + 128);
    out.put_slice(lines(head).next().unwrap_or_default());
    out.put_slice(LINE_END);
    for (name, value) in fields(head) {
        if !own.iter().any(|(own, _)| name.eq_ignore_ascii_case(own.as_bytes())) {
            field(&mut out, name, value);
        }
    }
    own.iter().for_each(|(name, value)| field(&mut out, name.as_bytes(), value));
    out.put_slice(LINE_END);
    out.freeze()
}

fn field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    for piece in [name, b": ", value, LINE_END] {
        out.put_slice(piece);
    }
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let end = memchr::memmem::find(rest, LINE_END)?;
        let line = rest.get(..end)?;
        rest = rest.get(end + LINE_END.len()..)?;
        (!line.is_empty()).then_some(line)
    })
}

fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    lines(head).skip(1).map(|line| {
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        (name, value.get(1..).unwrap_or_default().trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_sent_again_is_the_same_request_marked_and_traced_anew() {
        let head = format!(
            "GET /a?b HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nX-Readshift-Recheck: no\r\nTraceparent: {TRACE}\r\n\r\n"
        );
        let sent = again(head.as_bytes(), &Dice::new(7));
        let sent = std::str::from_utf8(&sent).unwrap();
        let (kept, trace) = sent.split_once("traceparent: ").unwrap();
        assert_eq!(kept, "GET /a?b HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-readshift-shadow: 1\r\n");
        assert_eq!((&trace[..36], &trace[52..]), (&TRACE[..36], "-01\r\nx-readshift-recheck: 1\r\n\r\n"));
        assert_ne!(trace[36..52], TRACE[36..52]);
        assert!(!again(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", &Dice::new(7)).is_empty());
    }

    #[test]
    fn a_request_about_the_callers_own_copy_is_not_plain() {
        for field in ["Range: bytes=0-1", "if-none-match: \"a\"", "If-Modified-Since: x", "IF-RANGE: y"] {
            assert!(!is_plain(format!("GET / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n").as_bytes()), "{field}");
        }
        let conditional =
            b"GET /a HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\nX: 1\r\nrange: bytes=0-1\r\n\r\n";
        assert_eq!(whole(conditional), &b"GET /a HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n"[..]);
        assert!(is_plain(&whole(conditional)));
        assert!(is_plain(b"GET /range HTTP/1.1\r\nHost: h\r\naccept-ranges: if-\r\nif: x\r\n\r\n"));
    }
}
