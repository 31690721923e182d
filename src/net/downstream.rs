//! The client's side of one request, whichever protocol it speaks: its body coming up, its reply going down.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    h1, h2,
    message::{ClientError, Frame, ReplyFraming, ReplyHead, Version},
    refusal,
};
use crate::domain::fields::Fields;

/// One request of one client. Dropped before its reply is finished, the client sees an abnormal end.
pub enum Downstream<'c> {
    H1(h1::exchange::Exchange<'c>),
    H2(h2::exchange::Exchange),
}

/// The request's body.
pub enum Upload<'e> {
    H1(h1::exchange::Upload<'e>),
    H2(h2::exchange::Upload<'e>),
}

/// The reply.
pub enum Download<'e> {
    H1(h1::exchange::Download<'e>),
    H2(h2::exchange::Download<'e>),
}

impl Downstream<'_> {
    /// Both directions, to be used at the same time.
    pub fn split(&mut self) -> (Upload<'_>, Download<'_>) {
        match self {
            Downstream::H1(exchange) => {
                let (upload, download) = exchange.split();
                (Upload::H1(upload), Download::H1(download))
            }
            Downstream::H2(exchange) => {
                let (upload, download) = exchange.split();
                (Upload::H2(upload), Download::H2(download))
            }
        }
    }
}

impl Upload<'_> {
    /// The next piece of the body; `None` at its end.
    pub async fn frame(&mut self) -> Result<Option<Frame>, ClientError> {
        match self {
            Upload::H1(upload) => upload.frame().await,
            Upload::H2(upload) => upload.frame().await,
        }
    }

    /// Ready when the client has gone away.
    pub async fn gone(&mut self) {
        match self {
            Upload::H1(upload) => upload.gone().await,
            Upload::H2(upload) => upload.gone().await,
        }
    }
}

impl Download<'_> {
    /// An interim reply; where the protocol of the client or its library cannot carry it, it is left out.
    pub fn interim(&mut self, head: &ReplyHead) {
        if let Download::H1(download) = self {
            download.interim(head);
        }
    }

    /// The head of the reply.
    pub fn head(&mut self, head: &ReplyHead, framing: ReplyFraming) {
        match self {
            Download::H1(download) => download.head(head, framing),
            Download::H2(download) => download.head(head, framing),
        }
    }

    pub fn data(&mut self, data: Bytes) {
        match self {
            Download::H1(download) => download.data(data),
            Download::H2(download) => download.data(data),
        }
    }

    /// The reply is whole. Without this the client sees an abnormal end.
    pub fn finish(&mut self, trailers: Option<&Fields>) {
        match self {
            Download::H1(download) => download.finish(trailers),
            Download::H2(download) => download.finish(trailers),
        }
    }

    /// Sends what is queued; `progress` is called whenever the client took something.
    pub async fn flush(&mut self, progress: impl Fn()) -> Result<(), ClientError> {
        match self {
            Download::H1(download) => {
                download.flush(progress).await.map_err(|_: io::Error| ClientError::Gone)
            }
            Download::H2(download) => download.flush(progress).await,
        }
    }

    /// Whether the client has been told anything final.
    pub const fn has_begun(&self) -> bool {
        match self {
            Download::H1(download) => download.has_begun(),
            Download::H2(download) => download.has_begun(),
        }
    }

    /// The connection is closed after this reply: what follows on it cannot be trusted.
    pub fn close_after(&mut self) {
        if let Download::H1(download) = self {
            download.close_after();
        }
    }

    /// A reply of readshift's own, in place of one that no upstream gave.
    pub fn answer(&mut self, status: u16, why: &str) {
        let text = format!("readshift: {why}\n");
        let mut length = BytesMut::new();
        length.put_slice(text.len().to_string().as_bytes());
        let head = ReplyHead {
            status,
            reason: Bytes::from_static(refusal::reason_phrase(status).as_bytes()),
            version: Version::Http11,
            fields: Fields::from_pairs([
                (&b"content-type"[..], &b"text/plain; charset=utf-8"[..]),
                (&b"content-length"[..], &length[..]),
            ]),
        };
        self.head(&head, ReplyFraming::Length(text.len() as u64));
        self.data(Bytes::from(text));
        self.finish(None);
    }
}
