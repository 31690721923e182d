//! One HTTP/1 connection of a client, request after request.

use std::{io, rc::Rc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;

use super::{
    body::{Body, Chunked},
    conn::{BodyError, Conn, Reader, Writer},
    request,
};
use crate::{
    domain::fields::Fields,
    net::{
        alarm::{Alarm, Elapsed, Stopping, Ticker},
        downstream::{ClientError, Download as AnyDownload, Downstream},
        headers::{self, ReplyShape},
        message::{Frame, ReplyFraming, ReplyHead, RequestFraming, RequestHead, Version},
        refusal::Refusal,
        server::{Handler, Limits, Peer},
    },
};

/// After this much is thrown away, a client that is still sending is cut off.
const LINGER_BYTES: usize = 256 << 10;
const LINGER: Duration = Duration::from_secs(1);

/// What a connection turned out to be.
pub enum Ended {
    Closed,
    /// The client speaks HTTP/2 from its first byte (RFC 9113, 3.3); what was read of it so far is unread.
    Http2(Conn),
}

/// How long a client that has just come may take to say something while the program drains: its request
/// is on the way, or it came only to be ready.
const FIRST_WORDS: Duration = Duration::from_secs(1);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves a connection until either side has had enough.
pub async fn serve<H: Handler>(
    socket: TcpStream,
    peer: &Peer,
    handler: &Rc<H>,
    limits: &Limits,
    ticker: &Rc<Ticker>,
) -> Ended {
    let alarm = Alarm::new(ticker);
    let mut conn = Conn::new(socket);
    let mut first = true;
    loop {
        let head = match next_head(&mut conn.reader, &alarm, limits, ticker, first).await {
            Next::Request(head) => head,
            Next::Http2 => return Ended::Http2(conn),
            Next::Refused(refusal) => {
                handler.refused(&refusal);
                refuse(conn, &refusal, &alarm, ticker).await;
                return Ended::Closed;
            }
            Next::Nothing => return Ended::Closed,
        };
        first = false;
        let mut downstream = Downstream::H1(Exchange::new(&mut conn, &head, limits, ticker));
        handler.handle(head, &mut downstream, peer, &alarm).await;
        alarm.limit(None);
        let after = match downstream {
            Downstream::H1(exchange) => exchange.after(),
            Downstream::H2(_) => After::Closed,
        };
        match after {
            After::Open => {}
            After::Lingering => {
                linger(conn, &alarm).await;
                return Ended::Closed;
            }
            After::Closed => return Ended::Closed,
        }
    }
}

enum Next {
    Request(RequestHead),
    Http2,
    Refused(Refusal),
    Nothing,
}

async fn next_head(
    reader: &mut Reader,
    alarm: &Alarm,
    limits: &Limits,
    ticker: &Ticker,
    first: bool,
) -> Next {
    reader.rest();
    let mut waiting = reader.input.is_empty();
    // A client that has just come when the program closes gets a moment to say why.
    let mut in_grace = false;
    alarm.set(if waiting && !first { limits.idle } else { limits.head_timeout });
    loop {
        let seen = reader.input.len().min(PREFACE.len());
        let maybe_http2 = first && seen > 0 && reader.input.get(..seen) == PREFACE.get(..seen);
        if maybe_http2 && seen == PREFACE.len() {
            return Next::Http2;
        }
        if !maybe_http2 {
            match request::take(&mut reader.scanner, &mut reader.input, &limits.head) {
                Ok(Some(head)) => return Next::Request(head),
                Ok(None) => {}
                Err(refusal) => return Next::Refused(refusal),
            }
        }
        let read = if waiting && !in_grace {
            alarm.guard_until(Stopping::Closing, reader.fill(0)).await
        } else {
            alarm.guard(reader.fill(0)).await
        };
        match read {
            Ok(Ok(0) | Err(_)) => return Next::Nothing,
            Ok(Ok(_)) if waiting => {
                waiting = false;
                alarm.set(limits.head_timeout);
            }
            Ok(Ok(_)) => {}
            Err(Elapsed) if waiting && first && !in_grace && ticker.stopping() == Stopping::Closing => {
                in_grace = true;
                alarm.set(FIRST_WORDS);
            }
            Err(Elapsed) if waiting => return Next::Nothing,
            Err(Elapsed) => {
                return Next::Refused(Refusal { status: 408, why: "the request head took too long" });
            }
        }
    }
}

async fn refuse(mut conn: Conn, refusal: &Refusal, alarm: &Alarm, ticker: &Ticker) {
    let mut state = ReplyState::new(Version::Http11, true, false);
    let mut download = AnyDownload::H1(Download { writer: &mut conn.writer, state: &mut state, ticker });
    download.answer(refusal.status, refusal.why);
    alarm.set(LINGER);
    if let Ok(Ok(())) = alarm.guard(download.flush(|| ())).await {
        conn.writer.end();
        linger(conn, alarm).await;
    }
}

/// Lets the client read what it was told before the connection goes: closing it with bytes unread would
/// have the kernel throw the reply away.
async fn linger(conn: Conn, alarm: &Alarm) {
    let Conn { mut reader, writer } = conn;
    drop(writer);
    alarm.set(LINGER);
    let mut thrown = 0;
    while thrown < LINGER_BYTES {
        reader.input.clear();
        match alarm.guard(reader.fill(0)).await {
            Ok(Ok(read)) if read > 0 => thrown += read,
            _ => return,
        }
    }
}

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

struct ReplyState {
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Body,
    Finished,
}

impl<'c> Exchange<'c> {
    fn new(conn: &'c mut Conn, head: &RequestHead, limits: &Limits, ticker: &'c Ticker) -> Exchange<'c> {
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
            read_ahead: limits.read_ahead,
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

    fn after(self) -> After {
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

impl Download<'_> {
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
            self.writer.push(Bytes::from(format!("{:x}\r\n", data.len())));
            self.writer.push(data);
            self.writer.push(Bytes::from_static(b"\r\n"));
        } else {
            self.writer.push(data);
        }
    }

    pub fn finish(&mut self, trailers: Option<&Fields>) {
        if self.state.chunked {
            let mut out = BytesMut::from(&b"0\r\n"[..]);
            if let Some(trailers) = trailers {
                headers::write_trailers(&mut out, trailers);
            }
            out.extend_from_slice(b"\r\n");
            self.writer.push(out.freeze());
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
