//! A client that says exactly the bytes it is told to, and takes replies apart without forgiving anything.

use std::net::SocketAddr;

use serde_json::Value;

use super::{
    wire::{self, Body, Ending, Framing, Wire},
    within,
};

/// One connection to the proxy.
pub struct Client {
    pub wire: Wire,
}

/// A reply, as it came.
#[derive(Debug)]
pub struct Reply {
    /// The heads of 1xx replies that came before.
    pub interim: Vec<Vec<u8>>,
    /// 0 where the connection ended before a head was whole.
    pub status: u16,
    pub head: Vec<u8>,
    /// The bytes of the connection after the head, framing included.
    pub raw_body: Vec<u8>,
    pub body: Vec<u8>,
    /// Of the body, whether or not all of it was kept.
    pub length: u64,
    pub trailers: Vec<u8>,
    pub ending: Ending,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client { wire: within("the proxy takes a connection", Wire::connect(address)).await }
    }

    /// `None` where nobody listens.
    pub async fn try_connect(address: SocketAddr) -> Option<Client> {
        within("a connection is taken or refused", Wire::try_connect(address))
            .await
            .ok()
            .map(|wire| Client { wire })
    }

    /// The proxy may have closed the connection already: what it said tells more than a failed write.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within("the proxy takes what is sent", self.wire.write(bytes.as_ref())).await;
    }

    pub async fn get(&mut self, target: &str) -> Reply {
        self.write(format!("GET {target} HTTP/1.1\r\nHost: lab\r\n\r\n")).await;
        self.reply().await
    }

    pub async fn reply(&mut self) -> Reply {
        self.reply_to("GET").await
    }

    /// The next reply, to a request of that method.
    pub async fn reply_to(&mut self, method: &str) -> Reply {
        within("a reply has come", self.read_reply(method)).await
    }

    async fn read_reply(&mut self, method: &str) -> Reply {
        let (interim, head) = self.read_heads().await;
        let head = match head {
            Ok(head) => head,
            Err(ending) => return Reply::nothing(interim, ending),
        };
        let status = status(&head);
        let none = method == "HEAD" || matches!(status, 101 | 204 | 304);
        let framing = if none { Framing::None } else { wire::framing(&head, Framing::UntilClose) };
        let Body { raw, data, length, trailers, ending } = self.wire.body(framing, |_, _| ()).await;
        Reply { interim, status, head, raw_body: raw, body: data, length, trailers, ending }
    }

    /// The next head that is no interim reply's, its body left unread.
    pub async fn head(&mut self) -> Vec<u8> {
        within("a head has come", self.read_heads()).await.1.expect("a head")
    }

    /// The next head, interim or not.
    pub async fn any_head(&mut self) -> Vec<u8> {
        within("a head has come", self.wire.head()).await.expect("a head")
    }

    async fn read_heads(&mut self) -> (Vec<Vec<u8>>, Result<Vec<u8>, Ending>) {
        let mut interim = Vec::new();
        loop {
            match self.wire.head().await {
                Ok(head) if (100..200).contains(&status(&head)) && status(&head) != 101 => interim.push(head),
                other => return (interim, other),
            }
        }
    }

    pub async fn bytes(&mut self, count: usize) -> Vec<u8> {
        within("so many bytes have come", self.wire.bytes(count)).await.expect("so many bytes")
    }

    /// How the proxy ends this connection; what it still sends is thrown away.
    pub async fn end(&mut self) -> Ending {
        within("the proxy ends the connection", self.wire.end()).await
    }

    /// Everything the proxy sends until it ends the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        within("the proxy ends the connection", self.wire.rest()).await.0
    }

    /// Goes away without a word.
    pub fn reset(self) {
        self.wire.stream.set_zero_linger().unwrap();
    }
}

impl Reply {
    const fn nothing(interim: Vec<Vec<u8>>, ending: Ending) -> Reply {
        Reply {
            interim,
            status: 0,
            head: Vec::new(),
            raw_body: Vec::new(),
            body: Vec::new(),
            length: 0,
            trailers: Vec::new(),
            ending,
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn head_text(&self) -> String {
        String::from_utf8_lossy(&self.head).into_owned()
    }

    /// The values of a field, in their order.
    pub fn all(&self, name: &str) -> Vec<String> {
        wire::values(&self.head, name)
    }

    /// Name and value of every field, as they came and in their order.
    pub fn fields(&self) -> Vec<(String, String)> {
        let split = |line: &String| line.split_once(": ").map(|(name, value)| (name.into(), value.into()));
        wire::lines(&self.head).iter().skip(1).filter_map(split).collect()
    }

    pub fn is_whole(&self) -> bool {
        self.status != 0 && self.ending == Ending::Whole
    }
}

fn status(head: &[u8]) -> u16 {
    head.get(9..12).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0)
}
