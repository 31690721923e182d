//! HTTP/2 from clients: hyper speaks it, here each stream becomes one exchange.

use std::{
    cell::Cell,
    collections::VecDeque,
    convert::Infallible,
    future::{Future, pending},
    io::Cursor,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, join},
    sync::{mpsc, oneshot},
    task::spawn_local,
};

use super::{
    alarm::{Alarm, Ticker},
    downstream::{ClientError, Downstream},
    h1::{conn::Conn, request},
    headers,
    message::{Frame, ReplyFraming, ReplyHead, RequestFraming, RequestHead, Version},
    refusal::Refusal,
    server::{Handler, Limits, Peer},
};
use crate::domain::fields::Fields;

/// Streams a client may have open on one connection.
const MAX_STREAMS: u32 = 256;
/// Body pieces between a handler and the connection: enough to keep the connection busy.
const QUEUE: usize = 2;
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        spawn_local(async move {
            future.await;
        });
    }
}

/// Serves one connection that has sent the preface.
pub async fn serve<H: Handler>(
    conn: Conn,
    peer: Rc<Peer>,
    handler: Rc<H>,
    limits: &Limits,
    ticker: &Rc<Ticker>,
) {
    let Conn { reader, writer } = conn;
    let (reading, unread) = reader.into_socket();
    let Some(writing) = writer.into_socket() else { return };
    let io = TokioIo::new(join(Cursor::new(unread.freeze()).chain(reading), writing));
    let streams = Rc::new(Streams { open: Cell::new(0), alarm: Alarm::new(ticker), idle: limits.idle });
    streams.alarm.set(limits.idle);
    let service = service_fn(|request| {
        let (peer, handler, ticker) = (peer.clone(), handler.clone(), ticker.clone());
        let open = Open::new(&streams);
        async move { Ok::<_, Infallible>(stream(request, peer, handler, ticker, open).await) }
    });
    let mut builder = http2::Builder::new(OnThisThread);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(limits.head.bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .auto_date_header(false);
    let mut serving = pin!(builder.serve_connection(io, service));
    if streams.alarm.guard_idle(serving.as_mut()).await.is_err() {
        // Nobody has asked anything for long, or the program drains: GOAWAY, and what is under way ends in peace.
        serving.as_mut().graceful_shutdown();
        let _ = serving.await;
    }
}

/// The streams of one connection; without any it is closed after a while.
struct Streams {
    open: Cell<usize>,
    alarm: Alarm,
    idle: Duration,
}

/// One stream, from its head to the end of its reply.
struct Open(Rc<Streams>);

impl Open {
    fn new(streams: &Rc<Streams>) -> Open {
        streams.open.set(streams.open.get() + 1);
        streams.alarm.clear();
        Open(streams.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Streams { open, alarm, idle } = &*self.0;
        open.set(open.get() - 1);
        if open.get() == 0 {
            alarm.set(*idle);
        }
    }
}

async fn stream<H: Handler>(
    request: http::Request<Incoming>,
    peer: Rc<Peer>,
    handler: Rc<H>,
    ticker: Rc<Ticker>,
    open: Open,
) -> http::Response<Relay> {
    let (parts, body) = request.into_parts();
    let (head_sender, head) = oneshot::channel();
    let (alive, gone) = oneshot::channel::<Infallible>();
    let mut exchange = Exchange {
        body,
        gone,
        reply: Reply { head: Some(head_sender), pieces: None, queue: VecDeque::new(), begun: false },
    };
    match request_head(&parts, &exchange.body) {
        Err(refusal) => {
            handler.refused(&refusal);
            let (_, download) = exchange.split();
            super::downstream::Download::H2(Download { reply: download.reply })
                .answer(refusal.status, refusal.why);
            spawn_local(async move {
                let (_, mut download) = exchange.split();
                let _ = download.flush(|| ()).await;
            });
        }
        Ok(head) => {
            spawn_local(async move {
                let alarm = Alarm::new(&ticker);
                let mut downstream = Downstream::H2(exchange);
                handler.handle(head, &mut downstream, &peer, &alarm).await;
            });
        }
    }
    match head.await {
        Ok(response) => response.map(|body: Relay| Relay { held: Some((alive, open)), ..body }),
        // The handler gave up before it said anything: a body that fails resets the stream.
        Err(_) => {
            let mut response =
                http::Response::new(Relay { pieces: None, held: None, ended: false, length: None });
            *response.status_mut() = http::StatusCode::BAD_GATEWAY;
            response
        }
    }
}

/// One request and its reply.
pub struct Exchange {
    body: Incoming,
    /// Ends when hyper lets go of the stream.
    gone: oneshot::Receiver<Infallible>,
    reply: Reply,
}

struct Reply {
    head: Option<oneshot::Sender<http::Response<Relay>>>,
    pieces: Option<mpsc::Sender<Piece>>,
    queue: VecDeque<Piece>,
    begun: bool,
}

enum Piece {
    Frame(http_body::Frame<Bytes>),
    End,
}

impl Exchange {
    pub const fn split(&mut self) -> (Upload<'_>, Download<'_>) {
        (Upload { body: &mut self.body, gone: &mut self.gone }, Download { reply: &mut self.reply })
    }
}

pub struct Upload<'e> {
    body: &'e mut Incoming,
    gone: &'e mut oneshot::Receiver<Infallible>,
}

impl Upload<'_> {
    pub async fn frame(&mut self) -> Result<Option<Frame>, ClientError> {
        match self.body.frame().await {
            None => Ok(None),
            Some(Err(_)) => Err(ClientError::Gone),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Ok(Some(Frame::Data(data))),
                Err(frame) => Ok(frame.into_trailers().ok().map(|map| Frame::Trailers(fields_of(&map)))),
            },
        }
    }

    pub async fn gone(&mut self) {
        if self.gone.is_terminated() {
            pending::<()>().await;
        }
        let _ = (&mut *self.gone).await;
    }
}

pub struct Download<'e> {
    reply: &'e mut Reply,
}

impl Download<'_> {
    pub fn head(&mut self, head: &ReplyHead, framing: ReplyFraming) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let length = match framing {
            ReplyFraming::Length(length) => Some(length),
            _ => None,
        };
        let ended = framing == ReplyFraming::None;
        let mut response = http::Response::new(Relay { pieces: Some(receiver), held: None, ended, length });
        *response.status_mut() =
            http::StatusCode::from_u16(head.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
        for (name, value) in headers::end_to_end(&head.fields) {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                response.headers_mut().append(name, value);
            }
        }
        self.reply.begun = true;
        self.reply.pieces = Some(sender);
        if let Some(waiting) = self.reply.head.take() {
            // A client that has gone is noticed by the next flush.
            let _ = waiting.send(response);
        }
    }

    pub fn data(&mut self, data: Bytes) {
        self.reply.queue.push_back(Piece::Frame(http_body::Frame::data(data)));
    }

    pub fn finish(&mut self, trailers: Option<&Fields>) {
        if let Some(trailers) = trailers {
            let mut map = HeaderMap::new();
            for (name, value) in headers::end_to_end(trailers) {
                if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
                {
                    map.append(name, value);
                }
            }
            self.reply.queue.push_back(Piece::Frame(http_body::Frame::trailers(map)));
        }
        self.reply.queue.push_back(Piece::End);
    }

    pub async fn flush(&mut self, progress: impl Fn()) -> Result<(), ClientError> {
        while let Some(piece) = self.reply.queue.pop_front() {
            let Some(pieces) = &self.reply.pieces else { return Err(ClientError::Gone) };
            let is_end = matches!(piece, Piece::End);
            // A body that is known to be complete may be dropped before its end is told.
            if pieces.send(piece).await.is_err() && !is_end {
                return Err(ClientError::Gone);
            }
            progress();
        }
        Ok(())
    }

    pub const fn has_begun(&self) -> bool {
        self.reply.begun
    }
}

/// The body of a reply on its way to hyper. It ends well only if it was told so.
struct Relay {
    pieces: Option<mpsc::Receiver<Piece>>,
    /// Dropped with the body: tells the handler that nobody listens any more, and ends the stream.
    #[expect(dead_code, reason = "held for the sake of its drop")]
    held: Option<(oneshot::Sender<Infallible>, Open)>,
    ended: bool,
    length: Option<u64>,
}

/// The reply was cut short, and the client is told so by a reset.
#[derive(Debug, thiserror::Error)]
#[error("the reply was cut short")]
struct CutShort;

impl http_body::Body for Relay {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, CutShort>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(Some(Err(CutShort))) };
        match pieces.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Piece::Frame(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(Some(Piece::End)) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(Some(Err(CutShort)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.length.map_or_else(http_body::SizeHint::default, http_body::SizeHint::with_exact)
    }
}

/// The head as HTTP/1.1 would carry it, under the same rules.
fn request_head(parts: &http::request::Parts, body: &Incoming) -> Result<RequestHead, Refusal> {
    use http_body::Body as _;
    if parts.method == http::Method::CONNECT {
        return Err(Refusal { status: 501, why: "CONNECT is not for a reverse proxy" });
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let own = parts.headers.get(http::header::HOST).map(HeaderValue::as_bytes);
    let host = authority.map(str::as_bytes).or(own).ok_or(Refusal::bad("no :authority and no Host"))?;
    if !request::is_authority(host) {
        return Err(Refusal::bad("an :authority that is no plain authority"));
    }
    if own.is_some_and(|own| own != host) || parts.headers.get_all(http::header::HOST).iter().count() > 1 {
        return Err(Refusal::bad("a Host that contradicts :authority"));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    if !target.starts_with('/') && !(target == "*" && parts.method == http::Method::OPTIONS) {
        return Err(Refusal::bad("a :path that does not start with '/'"));
    }
    let fields = fields_of(&parts.headers);
    let length = request::content_length(&fields).map_err(Refusal::bad)?;
    let framing = match length {
        Some(length) => RequestFraming::Length(length),
        None if body.is_end_stream() => RequestFraming::None,
        None => RequestFraming::Open,
    };
    Ok(RequestHead {
        method: Bytes::copy_from_slice(parts.method.as_str().as_bytes()),
        target: Bytes::copy_from_slice(target.as_bytes()),
        version: Version::Http2,
        host: Bytes::copy_from_slice(host),
        fields,
        framing,
        upgrade: false,
    })
}

/// Fields as HTTP/1.1 spells them: the crumbs of a cookie are one field again (RFC 9113, 8.2.3).
fn fields_of(map: &HeaderMap) -> Fields {
    let mut cookie = BytesMut::new();
    for crumb in map.get_all(http::header::COOKIE) {
        if !cookie.is_empty() {
            cookie.extend_from_slice(b"; ");
        }
        cookie.extend_from_slice(crumb.as_bytes());
    }
    let others = map.iter().filter(|(name, _)| *name != http::header::COOKIE);
    let others = others.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let cookies = (!cookie.is_empty()).then_some((&b"cookie"[..], &cookie[..]));
    Fields::from_pairs(others.chain(cookies))
}
