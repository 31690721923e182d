//! HTTP/1.1 as bytes, read by code of its own: the proxy's reader is what is tested.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Bytes of a body that are kept; the rest is only counted.
const KEEP: usize = 1 << 20;

/// How a message, or a connection, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As its framing says.
    Whole,
    /// The connection was closed in order, before the framing said so.
    Short,
    /// The connection was reset.
    Reset,
    /// It breaks its own framing.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// A body as it came.
#[derive(Clone, Debug)]
pub struct Body {
    /// The bytes of the connection, framing included.
    pub raw: Vec<u8>,
    /// The content, framing undone.
    pub data: Vec<u8>,
    /// Of the content, kept or not.
    pub length: u64,
    pub trailers: Vec<u8>,
    pub ending: Ending,
}

/// One end of a connection.
pub struct Wire {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Wire {
        stream.set_nodelay(true).unwrap();
        Wire { stream, buffer: Vec::new() }
    }

    pub async fn connect(address: SocketAddr) -> Wire {
        Wire::try_connect(address).await.unwrap()
    }

    pub async fn try_connect(address: SocketAddr) -> io::Result<Wire> {
        TcpStream::connect(address).await.map(Wire::new)
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads once; tells how the connection ended if it did.
    async fn fill(&mut self) -> Result<(), Ending> {
        let mut piece = [0; 16 << 10];
        match self.stream.read(&mut piece).await {
            Ok(0) => Err(Ending::Short),
            Err(_) => Err(Ending::Reset),
            Ok(read) => {
                self.buffer.extend_from_slice(&piece[..read]);
                Ok(())
            }
        }
    }

    /// A head, its empty line included.
    pub async fn head(&mut self) -> Result<Vec<u8>, Ending> {
        loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                return Ok(self.buffer.drain(..at + 4).collect());
            }
            self.fill().await?;
        }
    }

    /// As many bytes, whatever they mean.
    pub async fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Ending> {
        while self.buffer.len() < count {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    /// Reads and throws away until the connection ends.
    pub async fn end(&mut self) -> Ending {
        loop {
            self.buffer.clear();
            if let Err(ending) = self.fill().await {
                return ending;
            }
        }
    }

    /// Everything until the connection ends.
    pub async fn rest(&mut self) -> (Vec<u8>, Ending) {
        loop {
            if let Err(ending) = self.fill().await {
                return (std::mem::take(&mut self.buffer), ending);
            }
        }
    }

    /// Ready when the peer has gone; never while there are bytes of it to be read.
    pub async fn gone(&self) {
        if let Ok(1..) = self.stream.peek(&mut [0]).await {
            std::future::pending::<()>().await;
        }
    }

    /// A body; `seen` is told of each piece that comes, raw and as content.
    pub async fn body(&mut self, framing: Framing, mut seen: impl FnMut(&[u8], &[u8])) -> Body {
        let mut body = Body {
            raw: Vec::new(),
            data: Vec::new(),
            length: 0,
            trailers: Vec::new(),
            ending: Ending::Whole,
        };
        let mut keep = |body: &mut Body, raw: &[u8], data: &[u8]| {
            seen(raw, data);
            body.length += data.len() as u64;
            if body.raw.len() < KEEP {
                body.raw.extend_from_slice(raw);
                body.data.extend_from_slice(data);
            }
        };
        let ended = match framing {
            Framing::None => Ok(()),
            Framing::Length(length) => self.counted(length, |piece| keep(&mut body, piece, piece)).await,
            Framing::UntilClose => loop {
                let piece = std::mem::take(&mut self.buffer);
                keep(&mut body, &piece, &piece);
                match self.fill().await {
                    Ok(()) => {}
                    Err(Ending::Short) => break Ok(()),
                    Err(ending) => break Err(ending),
                }
            },
            Framing::Chunked => loop {
                let line = match self.line().await {
                    Ok(line) => line,
                    Err(ending) => break Err(ending),
                };
                keep(&mut body, &line, b"");
                let text = String::from_utf8_lossy(&line);
                let Ok(size) = u64::from_str_radix(text.trim_end().split(';').next().unwrap_or(""), 16)
                else {
                    break Err(Ending::Broken);
                };
                if size == 0 {
                    break self.trailers(&mut body, &mut keep).await;
                }
                if let Err(ending) = self.counted(size, |piece| keep(&mut body, piece, piece)).await {
                    break Err(ending);
                }
                match self.bytes(2).await {
                    Ok(end) if end == b"\r\n" => keep(&mut body, b"\r\n", b""),
                    Ok(_) => break Err(Ending::Broken),
                    Err(ending) => break Err(ending),
                }
            },
        };
        if let Err(ending) = ended {
            body.ending = ending;
        }
        body
    }

    async fn counted(&mut self, mut left: u64, mut seen: impl FnMut(&[u8])) -> Result<(), Ending> {
        while left > 0 {
            if self.buffer.is_empty() {
                self.fill().await?;
            }
            let take = self.buffer.len().min(usize::try_from(left).unwrap());
            let piece: Vec<u8> = self.buffer.drain(..take).collect();
            left -= take as u64;
            seen(&piece);
        }
        Ok(())
    }

    async fn line(&mut self) -> Result<Vec<u8>, Ending> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Ok(self.buffer.drain(..=at).collect());
            }
            self.fill().await?;
        }
    }

    async fn trailers(
        &mut self,
        body: &mut Body,
        keep: &mut impl FnMut(&mut Body, &[u8], &[u8]),
    ) -> Result<(), Ending> {
        loop {
            let line = self.line().await?;
            keep(body, &line, b"");
            if line == b"\r\n" {
                return Ok(());
            }
            body.trailers.extend_from_slice(&line);
        }
    }
}

/// The first line of a head.
pub fn first_line(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    text.split("\r\n").next().unwrap_or_default().to_owned()
}

/// The field lines of a head or of trailers, as they came.
pub fn lines(head: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(head);
    text.split("\r\n").filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The values of a field, in their order.
pub fn values(head: &[u8], name: &str) -> Vec<String> {
    let named = |line: &String| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    };
    lines(head).iter().filter_map(named).collect()
}

/// How the body after this head is delimited; `else_` where the head does not say.
pub fn framing(head: &[u8], else_: Framing) -> Framing {
    if values(head, "transfer-encoding").iter().any(|coding| coding.eq_ignore_ascii_case("chunked")) {
        Framing::Chunked
    } else if let Some(length) = values(head, "content-length").first() {
        length.parse().map_or(Framing::None, Framing::Length)
    } else {
        else_
    }
}
