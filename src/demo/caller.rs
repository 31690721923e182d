//! One client of the shop: a keep-alive connection that is opened when it is needed.
//!
//! Not the proxy's upstream, and never used by it. It reads every reply to its end, as a client does
//! that wants to know whether the proxy keeps its word.

use std::{error::Error, net::SocketAddr, time::Duration};

use http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::Bytes,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use super::mix::Ask;

/// More than any reply of the shop takes, and less than a person would wait.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Twenty times the largest reply of the shop.
const MAX_REPLY: usize = 4 << 20;

pub type Failure = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
pub struct Caller {
    target: SocketAddr,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Drives the connection, and ends with it.
    _driver: JoinSet<()>,
}

impl Caller {
    pub const fn of(target: SocketAddr) -> Caller {
        Caller { target, open: None }
    }

    /// The status and the whole body. After a failure, or when dropped half-way, the connection is
    /// gone and the next call opens another.
    pub async fn ask(&mut self, ask: &Ask) -> Result<(u16, Bytes), Failure> {
        timeout(TIMEOUT, self.exchange(ask)).await?
    }

    async fn exchange(&mut self, ask: &Ask) -> Result<(u16, Bytes), Failure> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => connect(self.target).await?,
        };
        // The other end may close a connection that idles; that is no failure.
        if open.sender.ready().await.is_err() {
            open = connect(self.target).await?;
        }
        let reply = open.sender.send_request(self.request(ask)?).await?;
        let status = reply.status().as_u16();
        let body = Limited::new(reply.into_body(), MAX_REPLY).collect().await?.to_bytes();
        self.open = Some(open);
        Ok((status, body))
    }

    fn request(&self, ask: &Ask) -> http::Result<Request<Full<Bytes>>> {
        let request = Request::builder()
            .method(&ask.method)
            .uri(&ask.target)
            .header(header::HOST, self.target.to_string())
            .header(header::USER_AGENT, "readshift-demo")
            .header(header::ACCEPT, "application/json");
        match &ask.body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Full::new(Bytes::from(body.clone()))),
            None => request.body(Full::default()),
        }
    }
}

async fn connect(target: SocketAddr) -> Result<Open, Failure> {
    let stream = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // What went wrong is told to whoever waits for the reply.
        let _ = connection.await;
    });
    Ok(Open { sender, _driver: driver })
}
