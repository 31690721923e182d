//! The heads of requests and replies, as they are forwarded: the bytes that came, never a
//! normalised form of them.

use bytes::Bytes;

use crate::domain::fields::Fields;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Http10,
    Http11,
    Http2,
}

#[derive(Clone, Debug)]
pub struct RequestHead {
    pub method: Bytes,
    /// The request target in origin form (path and query), or `*`.
    pub target: Bytes,
    pub version: Version,
    /// Where the request says it goes: Host, `:authority`, or the authority of an absolute target.
    pub host: Bytes,
    pub fields: Fields,
    pub framing: RequestFraming,
    /// The client asks to speak another protocol on this connection.
    pub upgrade: bool,
}

impl RequestHead {
    /// Everything before the query, as it came.
    pub fn path(&self) -> &[u8] {
        let end = memchr::memchr(b'?', &self.target).unwrap_or(self.target.len());
        self.target.get(..end).unwrap_or_default()
    }

    pub fn has_body(&self) -> bool {
        !matches!(self.framing, RequestFraming::None | RequestFraming::Length(0))
    }

    /// Whether sending it twice can do no harm (RFC 9110, 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(&*self.method, b"GET" | b"HEAD" | b"OPTIONS")
    }
}

/// How the body of a request is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFraming {
    None,
    Length(u64),
    /// Of a length that is not known beforehand: chunked on HTTP/1.1, frames on HTTP/2.
    Open,
}

#[derive(Clone, Debug)]
pub struct ReplyHead {
    pub status: u16,
    pub reason: Bytes,
    pub version: Version,
    pub fields: Fields,
}

/// How the body of a reply is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFraming {
    /// There is none: HEAD, 204, 304.
    None,
    Length(u64),
    Chunked,
    /// It ends where the connection does.
    UntilClose,
}

/// A piece of a body.
#[derive(Clone, Debug)]
pub enum Frame {
    Data(Bytes),
    Trailers(Fields),
}

/// How the client failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// It went away, or can no longer be written to.
    Gone,
    /// Its body breaks its own framing.
    Broken,
}
