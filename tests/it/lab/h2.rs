//! A client that speaks HTTP/2 by prior knowledge.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderMap, Request, Response};
use tokio::{net::TcpStream, task::JoinHandle};

use super::within;

pub struct H2 {
    sender: SendRequest<Bytes>,
    /// Ends with the connection, and tells how.
    connection: JoinHandle<Result<(), h2::Error>>,
}

/// A reply, or how there was none.
#[derive(Debug)]
pub struct H2Reply {
    pub status: u16,
    pub fields: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
    /// The stream ended otherwise than with a whole reply.
    pub error: Option<h2::Error>,
}

impl H2 {
    pub async fn connect(address: SocketAddr) -> H2 {
        let stream = within("the proxy takes a connection", TcpStream::connect(address)).await.unwrap();
        let (sender, connection) = within("a handshake", h2::client::handshake(stream)).await.unwrap();
        H2 { sender, connection: tokio::spawn(connection) }
    }

    pub async fn get(&mut self, target: &str) -> H2Reply {
        self.send(Request::get(format!("http://lab{target}")), &[], None).await
    }

    /// A request whose body is these pieces and these trailers, and the reply to it.
    pub async fn send(
        &mut self,
        request: http::request::Builder,
        body: &[&str],
        trailers: Option<HeaderMap>,
    ) -> H2Reply {
        let (reply, mut upload) = self.open(request, body.is_empty() && trailers.is_none()).await;
        for (place, piece) in body.iter().enumerate() {
            let last = place + 1 == body.len() && trailers.is_none();
            upload.send_data(Bytes::copy_from_slice(piece.as_bytes()), last).unwrap();
        }
        if let Some(trailers) = trailers {
            upload.send_trailers(trailers).unwrap();
        }
        H2::reply(reply).await
    }

    /// Begins a request; its body, if it has one, is the caller's.
    pub async fn open(
        &mut self,
        request: http::request::Builder,
        ended: bool,
    ) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut sender = within("room for a stream", self.sender.clone().ready()).await.unwrap();
        sender.send_request(request.body(()).unwrap(), ended).unwrap()
    }

    pub async fn reply(reply: ResponseFuture) -> H2Reply {
        match within("a reply has come", reply).await {
            Ok(reply) => within("a body has come", read(reply)).await,
            Err(error) => H2Reply {
                status: 0,
                fields: HeaderMap::new(),
                body: Vec::new(),
                trailers: None,
                error: Some(error),
            },
        }
    }

    /// Goes away without a word.
    pub fn abort(self) {
        self.connection.abort();
    }

    /// How the proxy ends this connection.
    pub async fn end(self) -> Result<(), h2::Error> {
        let H2 { sender, connection } = self;
        let ended = within("the proxy ends the connection", connection).await.unwrap();
        drop(sender);
        ended
    }
}

async fn read(reply: Response<h2::RecvStream>) -> H2Reply {
    let (head, mut stream) = reply.into_parts();
    let mut body = Vec::new();
    let mut error = None;
    while let Some(piece) = stream.data().await {
        match piece {
            Ok(piece) => {
                let _ = stream.flow_control().release_capacity(piece.len());
                body.extend_from_slice(&piece);
            }
            Err(broken) => {
                error = Some(broken);
                break;
            }
        }
    }
    let trailers = if error.is_none() { stream.trailers().await.unwrap_or_default() } else { None };
    H2Reply { status: head.status.as_u16(), fields: head.headers, body, trailers, error }
}
