//! One HTTP/2 stream of a client: the request's body coming up, the reply going down to hyper.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::pending,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{mpsc, oneshot};

use super::request::fields_of;
use crate::{
    domain::fields::Fields,
    net::{
        headers,
        message::{ClientError, Frame, ReplyFraming, ReplyHead},
    },
};

/// Body pieces between a handler and the connection: enough to keep the connection busy.
const QUEUE: usize = 2;

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

/// What the connection waits for: the reply's head, if there will be one.
pub struct Opened {
    head: oneshot::Receiver<http::Response<Relay>>,
    alive: oneshot::Sender<Infallible>,
}

impl Opened {
    pub async fn response(self) -> http::Response<Relay> {
        match self.head.await {
            Ok(response) => response.map(|body| Relay { alive: Some(self.alive), ..body }),
            // The handler gave up before it said anything: a body that fails resets the stream.
            Err(_) => {
                let mut response =
                    http::Response::new(Relay { pieces: None, alive: None, ended: false, length: None });
                *response.status_mut() = http::StatusCode::BAD_GATEWAY;
                response
            }
        }
    }
}

impl Exchange {
    /// An exchange for a handler, and what becomes of it for the connection.
    pub fn open(body: Incoming) -> (Exchange, Opened) {
        let (head_sender, head) = oneshot::channel();
        let (alive, gone) = oneshot::channel();
        let reply = Reply { head: Some(head_sender), pieces: None, queue: VecDeque::new(), begun: false };
        (Exchange { body, gone, reply }, Opened { head, alive })
    }

    pub const fn body(&self) -> &Incoming {
        &self.body
    }

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
        let mut response = http::Response::new(Relay { pieces: Some(receiver), alive: None, ended, length });
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
pub struct Relay {
    pieces: Option<mpsc::Receiver<Piece>>,
    /// Dropped with the body: tells the handler that nobody listens any more.
    #[expect(dead_code, reason = "held for the sake of its drop")]
    alive: Option<oneshot::Sender<Infallible>>,
    ended: bool,
    length: Option<u64>,
}

/// The reply was cut short, and the client is told so by a reset.
#[derive(Debug, thiserror::Error)]
#[error("the reply was cut short")]
pub struct CutShort;

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
