//! Just enough HTTP to ask whether something is ready and to hold idle connections. Never used to make load.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

pub fn get(to: SocketAddr, path: &str) -> Result<Reply> {
    let mut stream = connect(to)?;
    ask(&mut stream, path)
}

pub fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One exchange on a connection that stays open; replies carry a Content-Length, as the backends' do.
pub fn ask(stream: &mut TcpStream, path: &str) -> Result<Reply> {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: load.test\r\n\r\n")?;
    answer(stream)
}

/// The same, with a JSON body, as the admin listener takes it.
pub fn post(stream: &mut TcpStream, path: &str, json: &str) -> Result<Reply> {
    let length = json.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all([head.as_bytes(), json.as_bytes()].concat().as_slice())?;
    answer(stream)
}

fn answer(stream: &mut TcpStream) -> Result<Reply> {
    let mut seen = Vec::new();
    let mut chunk = [0_u8; 16 << 10];
    loop {
        let read = stream.read(&mut chunk)?;
        anyhow::ensure!(read > 0, "closed before the reply was complete");
        seen.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if let Some(reply) = complete(&seen)? {
            return Ok(reply);
        }
    }
}

fn complete(seen: &[u8]) -> Result<Option<Reply>> {
    let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(seen.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status line")?;
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0);
    let body = seen.get(end + 4..).unwrap_or_default();
    Ok((body.len() >= length).then(|| Reply { status, body: body.to_vec() }))
}
