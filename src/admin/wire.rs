//! For tests: a listener on a port of its own, and requests written by hand.

use std::net::SocketAddr;

use axum::Router;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use super::server::{Limits, serve};

pub struct Served {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn with(router: Router, limits: Limits) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, router, limits, async { stopped.await.unwrap_or(()) }));
        Served { address, stop, task }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub async fn get(&self, target: &str, host: &str) -> String {
        self.ask("GET", target, host).await
    }

    pub async fn ask(&self, method: &str, target: &str, host: &str) -> String {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        exchange(&mut self.connect().await, &head).await
    }

    /// With these fields besides, and a body.
    pub async fn send(&self, method: &str, target: &str, fields: &str, body: &str) -> String {
        let host = if fields.contains("host:") { "" } else { "host: localhost\r\n" };
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\n{host}{fields}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        exchange(&mut self.connect().await, &request).await
    }

    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.task
    }
}

/// Everything that comes back until the other side closes.
pub async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    let mut reply = Vec::new();
    // A refused connection may be gone before all is written, and what was read still counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8(reply).unwrap()
}

pub fn body(reply: &str) -> &str {
    reply.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

pub fn status(reply: &str) -> u16 {
    reply.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

pub fn read(reply: &str) -> serde_json::Value {
    serde_json::from_str(body(reply)).unwrap_or_else(|error| panic!("{error} in {reply}"))
}
