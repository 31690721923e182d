//! One TCP connection with a buffer on its reading side and a queue on its writing side.
//!
//! Both halves move apart, so that a body can go up while another comes down. Reading stops where the
//! writing stops: nothing here buffers more than one read ahead.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::io::poll_read_buf;

use super::{
    body::{Body, Piece},
    scan::Scanner,
};
use crate::net::message::Frame;

/// Holds a usual head and a small body, so that a small message is one read.
const SMALL_READ: usize = 8 << 10;
/// A connection that lies idle for longer than this gives its buffer back: a busy one would only ask for
/// another.
pub const BUFFER_KEPT: Duration = Duration::from_secs(1);
/// Past this a larger buffer saves no measurable time.
const LARGE_READ: usize = 128 << 10;
/// Pieces written with one call.
const SLICES: usize = 16;

pub struct Conn {
    pub reader: Reader,
    pub writer: Writer,
}

impl Conn {
    pub fn new(socket: TcpStream) -> Conn {
        let (reading, writing) = socket.into_split();
        Conn {
            reader: Reader {
                socket: reading,
                input: BytesMut::new(),
                scanner: Scanner::default(),
                generous: false,
            },
            writer: Writer { socket: Some(writing), queue: Vec::new(), midway: false },
        }
    }
}

pub struct Reader {
    socket: OwnedReadHalf,
    pub input: BytesMut,
    pub scanner: Scanner,
    /// The last read filled its buffer: the next one gets a larger one.
    generous: bool,
}

/// How reading a body went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The connection ended before the body did.
    Truncated,
    /// The framing is broken.
    Broken,
}

impl Reader {
    /// Reads once more, `hint` bytes if they come; 0 at the end of the connection.
    pub async fn fill(&mut self, hint: usize) -> io::Result<usize> {
        poll_fn(|context| self.poll_fill(context, hint)).await
    }

    fn poll_fill(&mut self, context: &mut Context<'_>, hint: usize) -> Poll<io::Result<usize>> {
        if self.input.is_empty() && self.input.capacity() < SMALL_READ {
            // An idle connection holds no buffer: wait first, then take one.
            ready!(self.socket.as_ref().poll_read_ready(context))?;
        }
        let want = if self.generous { LARGE_READ.min(hint.max(SMALL_READ)) } else { SMALL_READ };
        self.input.reserve(want);
        let room = self.input.capacity() - self.input.len();
        let read = ready!(poll_read_buf(Pin::new(&mut self.socket), context, &mut self.input))?;
        self.generous = read == room;
        Poll::Ready(Ok(read))
    }

    /// Ready when the peer has gone away. What it sends meanwhile is read ahead, up to `ahead` bytes.
    pub async fn gone(&mut self, ahead: usize) {
        poll_fn(|context| {
            loop {
                if self.input.len() >= ahead {
                    return Poll::Pending;
                }
                match ready!(self.poll_fill(context, SMALL_READ)) {
                    Ok(0) | Err(_) => return Poll::Ready(()),
                    Ok(_) => {}
                }
            }
        })
        .await;
    }

    /// The next piece of `body`; `None` at its end.
    pub async fn frame(&mut self, body: &mut Body) -> Result<Option<Frame>, BodyError> {
        loop {
            if let Some(frame) = self.buffered_frame(body)? {
                return Ok(frame);
            }
            match self.fill(body.expects()).await {
                Ok(0) if body.may_end_here() => {
                    *body = Body::Done;
                    return Ok(None);
                }
                Ok(0) | Err(_) => return Err(BodyError::Truncated),
                Ok(_) => {}
            }
        }
    }

    /// As `frame`, from what has been read already: the outer `None` if that is not enough.
    pub fn buffered_frame(&mut self, body: &mut Body) -> Result<Option<Option<Frame>>, BodyError> {
        match body.next(&mut self.input).map_err(|_| BodyError::Broken)? {
            Piece::More => Ok(None),
            Piece::Data(data) => Ok(Some(Some(Frame::Data(data)))),
            Piece::End(trailers) if trailers.is_empty() => Ok(Some(None)),
            Piece::End(trailers) => Ok(Some(Some(Frame::Trailers(trailers)))),
        }
    }

    /// Gives the buffer back while nothing is to come.
    pub fn rest(&mut self) {
        if self.input.is_empty() {
            self.input = BytesMut::new();
            self.generous = false;
        }
    }

    pub const fn socket(&self) -> &OwnedReadHalf {
        &self.socket
    }

    pub fn into_socket(self) -> (OwnedReadHalf, BytesMut) {
        (self.socket, self.input)
    }
}

pub struct Writer {
    /// Always there but for the moment in which it is dropped.
    socket: Option<OwnedWriteHalf>,
    queue: Vec<Bytes>,
    /// A message has begun whose end may be taken from the end of the connection.
    midway: bool,
}

impl Writer {
    /// Dropped between these two calls the connection is reset: an orderly end would make a message
    /// that was cut short look whole to a peer that waits for the connection to end.
    pub const fn begin(&mut self) {
        self.midway = true;
    }

    pub const fn end(&mut self) {
        self.midway = false;
    }

    /// Queued until the next flush.
    pub fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.queue.push(bytes);
        }
    }

    /// As `push`, in a chunk of its own.
    pub fn push_chunk(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.push(Bytes::from(format!("{:x}\r\n", bytes.len())));
            self.push(bytes);
            self.push(Bytes::from_static(b"\r\n"));
        }
    }

    pub const fn is_flushed(&self) -> bool {
        self.queue.is_empty()
    }

    /// Writes all that is queued. `progress` is called after each write that took something.
    pub async fn flush(&mut self, progress: impl Fn()) -> io::Result<()> {
        poll_fn(|context| self.poll_flush(context, &progress)).await
    }

    fn poll_flush(&mut self, context: &mut Context<'_>, progress: &impl Fn()) -> Poll<io::Result<()>> {
        while !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.queue.len().min(SLICES);
            slices.iter_mut().zip(&self.queue).for_each(|(slice, bytes)| *slice = IoSlice::new(bytes));
            let Some(socket) = self.socket.as_mut().map(Pin::new) else {
                return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
            };
            let written = match slices.get(..used) {
                // One piece is the usual request, and a plain write is the cheaper call.
                Some([one]) => ready!(socket.poll_write(context, one))?,
                Some(many) => ready!(socket.poll_write_vectored(context, many))?,
                None => 0,
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.take_off(written);
            progress();
        }
        Poll::Ready(Ok(()))
    }

    fn take_off(&mut self, mut written: usize) {
        let mut done = 0;
        for bytes in &mut self.queue {
            if written < bytes.len() {
                bytes.advance(written);
                break;
            }
            written -= bytes.len();
            done += 1;
        }
        self.queue.drain(..done);
    }

    /// Says that nothing more is to come.
    pub async fn shutdown(&mut self) {
        // A peer that is gone needs no telling.
        if let Some(socket) = &mut self.socket {
            let _ = socket.shutdown().await;
        }
    }

    pub fn into_socket(mut self) -> Option<OwnedWriteHalf> {
        self.socket.take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take()
            && self.midway
        {
            // A socket that cannot be told so is one that has ended already.
            let _ = socket.as_ref().set_zero_linger();
            socket.forget();
        }
    }
}
