//! One request and its reply on an HTTP/1 connection: the body coming up, the reply going down.

use std::io;

use bytes::{Bytes, BytesMut};

use super::{
    body::{Body, Chunked},
    conn::{BodyError, Conn, Reader, Writer},
};
use crate::{
    domain::fields::Fields,
    net::{
        alarm::Ticker,
        headers::{self, ReplyShape},
        message::{ClientError, Frame, ReplyFraming, ReplyHead, RequestFraming, RequestHead, Version},
    },
};

/// What becomes of the connection after an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Open,
    /// Closed, once the client has had time to read its reply.
    Lingering,
    /// At once; in the middle of a reply by a reset.
    Closed,
}

/// One request and its reply.
pub struct Exchange<'c> {
    reader: &'c mut Reader,
    writer: &'c mut Writer,
    body: Body,
    state: ReplyState,
    ticker: &'c Ticker,
    read_ahead: usize,
}

/// How far the reply is, and what its client understands.
pub struct ReplyState {
    version: Version,
    close: bool,
    say_keep_alive: bool,
    chunked: bool,
    phase: Phase,
}

impl ReplyState {
    const fn new(version: Version, close: bool, say_keep_alive: bool) -> ReplyState {
        ReplyState { version, close, say_keep_alive, chunked: false, phase: Phase::Before }
    }

    /// For a request that was refused before it was understood.
    pub const fn of_refusal() -> ReplyState {
        ReplyState::new(Version::Http11, true, false)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Body,
    Finished,
}

impl<'c> Exchange<'c> {
    /// `read_ahead`: bytes of following requests read while this one is served.
    pub fn new(
        conn: &'c mut Conn,
        head: &RequestHead,
        read_ahead: usize,
        ticker: &'c Ticker,
    ) -> Exchange<'c> {
        let body = match head.framing {
            RequestFraming::None => Body::Done,
            RequestFraming::Length(length) => Body::Length(length),
            RequestFraming::Open => Body::Chunked(Chunked::Size),
        };
        let says = |word: &[u8]| head.fields.list("connection").any(|token| token.eq_ignore_ascii_case(word));
        let old = head.version == Version::Http10;
        let wants_close = says(b"close") || (old && !says(b"keep-alive"));
        Exchange {
            reader: &mut conn.reader,
            writer: &mut conn.writer,
            body,
            state: ReplyState::new(head.version, wants_close, old),
            ticker,
            read_ahead,
        }
    }

    pub fn split(&mut self) -> (Upload<'_>, Download<'_>) {
        (
            Upload { reader: self.reader, body: &mut self.body, read_ahead: self.read_ahead },
            Download { writer: self.writer, state: &mut self.state, ticker: self.ticker },
        )
    }

    /// The connection itself, once both ends have left HTTP.
    pub const fn tunnel(&mut self) -> (&mut Reader, &mut Writer) {
        (self.reader, self.writer)
    }

    pub fn after(self) -> After {
        if self.state.phase != Phase::Finished || !self.writer.is_flushed() {
            return After::Closed;
        }
        self.writer.end();
        if self.state.close || !self.body.is_done() {
            // A body that was never read stands where the next request would.
            After::Lingering
        } else {
            After::Open
        }
    }
}

pub struct Upload<'e> {
    reader: &'e mut Reader,
    body: &'e mut Body,
    read_ahead: usize,
}

impl Upload<'_> {
    pub async fn frame(&mut self) -> Result<Option<Frame>, ClientError> {
        self.reader.frame(self.body).await.map_err(|error| match error {
            BodyError::Truncated => ClientError::Gone,
            BodyError::Broken => ClientError::Broken,
        })
    }

    pub async fn gone(&mut self) {
        self.reader.gone(self.read_ahead).await;
    }
}

pub struct Download<'e> {
    writer: &'e mut Writer,
    state: &'e mut ReplyState,
    ticker: &'e Ticker,
}

impl<'e> Download<'e> {
    pub const fn new(writer: &'e mut Writer, state: &'e mut ReplyState, ticker: &'e Ticker) -> Download<'e> {
        Download { writer, state, ticker }
    }

    pub fn interim(&mut self, head: &ReplyHead) {
        // HTTP/1.0 knows no interim replies (RFC 9110, 15.2).
        if self.state.version != Version::Http10 {
            let mut out = BytesMut::new();
            headers::write_interim(&mut out, head);
            self.writer.push(out.freeze());
        }
    }

    pub fn head(&mut self, head: &ReplyHead, framing: ReplyFraming) {
        let state = &mut *self.state;
        // Asked now: the program may have begun to drain while old was thinking.
        state.close |= self.ticker.is_draining();
        let framing = match framing {
            ReplyFraming::Chunked | ReplyFraming::UntilClose if state.version == Version::Http10 => {
                state.close = true;
                ReplyFraming::UntilClose
            }
            ReplyFraming::UntilClose => ReplyFraming::Chunked,
            other => other,
        };
        state.chunked = framing == ReplyFraming::Chunked;
        state.phase = Phase::Body;
        self.writer.begin();
        let mut out = BytesMut::new();
        let shape = ReplyShape { framing, close: state.close, say_keep_alive: state.say_keep_alive };
        headers::write_reply(&mut out, head, shape);
        self.writer.push(out.freeze());
    }

    pub fn data(&mut self, data: Bytes) {
        if self.state.chunked {
            self.writer.push_chunk(data);
        } else {
            self.writer.push(data);
        }
    }

    pub fn finish(&mut self, trailers: Option<&Fields>) {
        if self.state.chunked {
            self.writer.push(headers::last_chunk(trailers));
        }
        self.state.phase = Phase::Finished;
    }

    pub async fn flush(&mut self, progress: impl Fn()) -> io::Result<()> {
        self.writer.flush(progress).await
    }

    pub const fn has_begun(&self) -> bool {
        !matches!(self.state.phase, Phase::Before)
    }

    pub fn close_after(&mut self) {
        self.state.close = true;
    }
}
