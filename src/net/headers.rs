//! Which fields go on to the next hop, and the heads of messages as bytes.
//!
//! Everything end-to-end is written exactly as it came, in its order. Framing and hop-by-hop fields are
//! never copied: they are written anew from what was understood.

use bytes::{BufMut, Bytes, BytesMut};

use super::message::{ReplyFraming, ReplyHead, RequestFraming, RequestHead, Version};
use crate::domain::fields::Fields;

/// Fields that a `Connection` list can never take away: without them the message means something else.
const NEVER_LISTED: [&str; 3] = ["host", "content-length", "content-type"];

/// What is added to, taken from and changed in the requests to one side.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Sent instead of the client's Host.
    pub host: Option<String>,
    /// Sent where the client, speaking HTTP/1.0, gave none.
    pub own_host: String,
    pub set: Vec<(String, String)>,
    /// In lower case; credentials withheld are among them.
    pub remove: Vec<String>,
}

/// What a proxy tells the next hop about the last one.
#[derive(Clone, Debug, Default)]
pub struct Forwarding {
    /// The name after the version in `Via`.
    pub via: Option<String>,
    pub x_forwarded: Mark,
    pub forwarded: Mark,
}

/// What becomes of what earlier hops wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Left as it came.
    #[default]
    Off,
    Append,
    Replace,
}

/// The end-to-end fields, in order.
pub fn end_to_end(fields: &Fields) -> impl Iterator<Item = (&[u8], &[u8])> {
    // Most lists say no more than whether the connection stays, and then no field needs to be looked up in one.
    let names_fields =
        fields.list("connection").any(|token| !is_hop_by_hop(token) && !token.eq_ignore_ascii_case(b"close"));
    let ends_here = move |name: &[u8]| is_hop_by_hop(name) || (names_fields && is_listed(fields, name));
    fields.iter().filter(move |(name, _)| !ends_here(name))
}

/// Whether a field means this connection only (RFC 9110, 7.6.1).
fn is_hop_by_hop(name: &[u8]) -> bool {
    let is = |hop: &[u8]| name.eq_ignore_ascii_case(hop);
    match name.len() {
        2 => is(b"te"),
        7 => is(b"upgrade"),
        10 => is(b"connection") || is(b"keep-alive"),
        16 => is(b"proxy-connection"),
        17 => is(b"transfer-encoding"),
        _ => false,
    }
}

fn is_listed(fields: &Fields, name: &[u8]) -> bool {
    fields.list("connection").any(|token| token.eq_ignore_ascii_case(name))
        && !NEVER_LISTED.iter().any(|never| name.eq_ignore_ascii_case(never.as_bytes()))
}

/// The head of a request to an upstream.
pub struct Outgoing<'a> {
    pub head: &'a RequestHead,
    pub edits: &'a Edits,
    pub forwarding: &'a Forwarding,
    pub peer: &'a str,
    /// The body is sent with this framing.
    pub framing: RequestFraming,
    /// Fields that go to no side, in lower case.
    pub stripped: &'a [String],
    /// Fields of the program's own, in place of those of the same name.
    pub own: &'a [(&'static str, Bytes)],
    /// The client's wish to speak another protocol goes on.
    pub upgrade: bool,
}

impl Outgoing<'_> {
    pub fn write(&self, out: &mut BytesMut) {
        let head = self.head;
        out.reserve(head.fields.size() + head.target.len() + 256);
        out.put_slice(&head.method);
        out.put_u8(b' ');
        out.put_slice(&head.target);
        out.put_slice(b" HTTP/1.1\r\n");

        let given = if head.host.is_empty() { self.edits.own_host.as_bytes() } else { &head.host };
        let host = self.edits.host.as_ref().map_or(given, |host| host.as_bytes());
        let mut host_written = false;
        for (name, value) in end_to_end(&head.fields) {
            if name.eq_ignore_ascii_case(b"host") {
                field(out, name, host);
                host_written = true;
            } else if !self.replaces(name) {
                field(out, name, value);
            }
        }
        if !host_written && !host.is_empty() {
            field(out, b"host", host);
        }
        // A length stands among the fields already; what is open is chunked here.
        match self.framing {
            RequestFraming::None => {}
            RequestFraming::Length(length) if !head.fields.has("content-length") => {
                field(out, b"content-length", length.to_string().as_bytes());
            }
            RequestFraming::Length(_) => {}
            RequestFraming::Open => field(out, b"transfer-encoding", b"chunked"),
        }
        self.write_forwarding(out);
        for (name, value) in &self.edits.set {
            field(out, name.as_bytes(), value.as_bytes());
        }
        for (name, value) in self.own {
            field(out, name.as_bytes(), value);
        }
        if self.upgrade {
            for value in head.fields.all("upgrade") {
                field(out, b"Upgrade", value);
            }
            field(out, b"Connection", b"Upgrade");
        }
        out.put_slice(b"\r\n");
    }

    /// Whether the client's field of that name is left out, or written in another form later.
    fn replaces(&self, name: &[u8]) -> bool {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        (self.framing == RequestFraming::Open && is("content-length"))
            || (self.forwarding.x_forwarded != Mark::Off
                && (is("x-forwarded-for") || is("x-forwarded-proto") || is("x-forwarded-host")))
            || (self.forwarding.forwarded != Mark::Off && is("forwarded"))
            || self.stripped.iter().any(|stripped| is(stripped))
            || self.edits.remove.iter().any(|removed| is(removed))
            || self.edits.set.iter().any(|(set, _)| is(set))
            || self.own.iter().any(|(own, _)| is(own))
    }

    fn write_forwarding(&self, out: &mut BytesMut) {
        let (head, forwarding) = (self.head, self.forwarding);
        if let Some(name) = &forwarding.via {
            let version: &[u8] = match head.version {
                Version::Http10 => b"1.0 ",
                Version::Http11 => b"1.1 ",
                Version::Http2 => b"2.0 ",
            };
            pieces(out, b"Via", &[version, name.as_bytes()]);
        }
        if forwarding.x_forwarded != Mark::Off {
            let append = forwarding.x_forwarded == Mark::Append;
            chain(out, append, "X-Forwarded-For", &head.fields, &[self.peer.as_bytes()]);
            // What the first hop was asked for stands; only the chain of addresses grows.
            for (name, value) in [("X-Forwarded-Proto", &b"http"[..]), ("X-Forwarded-Host", &*head.host)] {
                let kept = head.fields.get(name).filter(|_| append);
                field(out, name.as_bytes(), kept.unwrap_or(value));
            }
        }
        if forwarding.forwarded != Mark::Off {
            // An IPv6 address stands in brackets and quotes (RFC 7239, 6).
            let (open, close): (&[u8], &[u8]) =
                if self.peer.contains(':') { (b"\"[", b"]\"") } else { (b"", b"") };
            let element =
                [b"for=", open, self.peer.as_bytes(), close, b";host=\"", &head.host, b"\";proto=http"];
            chain(out, forwarding.forwarded == Mark::Append, "Forwarded", &head.fields, &element);
        }
    }
}

/// A list field: what earlier hops wrote, then `element`.
fn chain(out: &mut BytesMut, append: bool, name: &str, fields: &Fields, element: &[&[u8]]) {
    out.put_slice(name.as_bytes());
    out.put_slice(b": ");
    if append {
        for earlier in fields.all(name) {
            out.put_slice(earlier);
            out.put_slice(b", ");
        }
    }
    element.iter().for_each(|piece| out.put_slice(piece));
    out.put_slice(b"\r\n");
}

/// How a reply is framed towards an HTTP/1 client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyShape {
    pub framing: ReplyFraming,
    /// The connection ends after it.
    pub close: bool,
    /// An HTTP/1.0 client asked to keep the connection, and has to be told that it is kept.
    pub say_keep_alive: bool,
}

/// The head of a reply to an HTTP/1 client.
pub fn write_reply(out: &mut BytesMut, head: &ReplyHead, shape: ReplyShape) {
    out.reserve(head.fields.size() + 128);
    status_line(out, head);
    for (name, value) in end_to_end(&head.fields) {
        field(out, name, value);
    }
    if shape.framing == ReplyFraming::Chunked {
        field(out, b"Transfer-Encoding", b"chunked");
    }
    if shape.close {
        field(out, b"Connection", b"close");
    } else if shape.say_keep_alive {
        field(out, b"Connection", b"keep-alive");
    }
    out.put_slice(b"\r\n");
}

/// The head of an interim reply, or of the one that ends HTTP on this connection.
pub fn write_interim(out: &mut BytesMut, head: &ReplyHead) {
    status_line(out, head);
    for (name, value) in end_to_end(&head.fields) {
        field(out, name, value);
    }
    if head.status == 101 {
        for value in head.fields.all("upgrade") {
            field(out, b"Upgrade", value);
        }
        field(out, b"Connection", b"Upgrade");
    }
    out.put_slice(b"\r\n");
}

fn write_trailers(out: &mut BytesMut, trailers: &Fields) {
    for (name, value) in end_to_end(trailers) {
        field(out, name, value);
    }
}

/// What ends a chunked body.
pub fn last_chunk(trailers: Option<&Fields>) -> Bytes {
    let mut out = BytesMut::from(&b"0\r\n"[..]);
    trailers.into_iter().for_each(|trailers| write_trailers(&mut out, trailers));
    out.put_slice(b"\r\n");
    out.freeze()
}

fn status_line(out: &mut BytesMut, head: &ReplyHead) {
    out.put_slice(b"HTTP/1.1 ");
    let digit = |n: u16| b'0' + (n % 10) as u8;
    out.put_slice(&[digit(head.status / 100), digit(head.status / 10), digit(head.status), b' ']);
    out.put_slice(&head.reason);
    out.put_slice(b"\r\n");
}

fn field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    pieces(out, name, &[value]);
}

fn pieces(out: &mut BytesMut, name: &[u8], value: &[&[u8]]) {
    out.put_slice(name);
    out.put_slice(b": ");
    value.iter().for_each(|piece| out.put_slice(piece));
    out.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        RequestHead {
            method: Bytes::from_static(b"GET"),
            target: Bytes::from_static(b"/a?b"),
            version: Version::Http11,
            host: Bytes::from_static(b"h"),
            fields: Fields::from_pairs(fields.iter().copied()),
            framing: RequestFraming::None,
            upgrade: false,
        }
    }

    fn written(
        head: &RequestHead,
        edits: &Edits,
        forwarding: &Forwarding,
        own: &[(&'static str, Bytes)],
    ) -> String {
        let mut out = BytesMut::new();
        let framing = head.framing;
        let (stripped, upgrade) = (&["x-secret".to_owned()][..], head.upgrade);
        Outgoing { head, edits, forwarding, peer: "10.0.0.9", framing, stripped, own, upgrade }
            .write(&mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn end_to_end_fields_go_on_as_they_came_and_hop_by_hop_ones_do_not() {
        let head = request(&[
            ("HOST", "h"),
            ("Accept", "*/*"),
            ("Connection", "keep-alive, X-Private, Host, content-length"),
            ("Keep-Alive", "5"),
            ("X-Private", "1"),
            ("TE", "trailers"),
            ("accept", "b"),
        ]);
        assert_eq!(
            written(&head, &Edits::default(), &Forwarding::default(), &[]),
            "GET /a?b HTTP/1.1\r\nHOST: h\r\nAccept: */*\r\naccept: b\r\n\r\n"
        );
    }

    #[test]
    fn edits_replace_remove_and_rename_the_host() {
        let head = request(&[("Host", "h"), ("Cookie", "secret"), ("X-Secret", "1"), ("X-Env", "a")]);
        let edits = Edits {
            own_host: String::new(),
            host: Some("new.internal".into()),
            set: vec![("X-Env".into(), "b".into())],
            remove: vec!["cookie".into()],
        };
        assert_eq!(
            written(
                &head,
                &edits,
                &Forwarding::default(),
                &[("x-readshift-shadow", Bytes::from_static(b"1"))]
            ),
            "GET /a?b HTTP/1.1\r\nHost: new.internal\r\nX-Env: b\r\nx-readshift-shadow: 1\r\n\r\n"
        );
    }

    #[test]
    fn the_chain_of_hops_is_appended_to_or_replaced() {
        let head = request(&[("Host", "h"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https")]);
        let append =
            Forwarding { via: Some("readshift".into()), x_forwarded: Mark::Append, forwarded: Mark::Replace };
        assert_eq!(
            written(&head, &Edits::default(), &append, &[]),
            "GET /a?b HTTP/1.1\r\nHost: h\r\nVia: 1.1 readshift\r\nX-Forwarded-For: 1.2.3.4, 10.0.0.9\r\n\
             X-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nForwarded: for=10.0.0.9;host=\"h\";proto=http\r\n\r\n"
        );
        let replace = Forwarding { x_forwarded: Mark::Replace, ..Forwarding::default() };
        assert!(
            written(&head, &Edits::default(), &replace, &[])
                .contains("X-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: http\r\n")
        );
    }
}
