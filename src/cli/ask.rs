//! One request on a connection of its own, for a person who wants to see what is answered.

use anyhow::{anyhow, bail};
use bytes::Bytes;
use tokio::net::TcpStream;

use crate::{
    config::Upstream,
    domain::{
        fields::Fields,
        observation::{Failure, Reply},
        payload::{Chunks, Payload},
    },
    net::{
        h1::{conn::Conn, scan::HeadLimits},
        message::Frame,
        upstream::{self, Answer, InterimCount},
    },
};

const LIMITS: HeadLimits = HeadLimits { bytes: 64 << 10, fields: 200 };

/// Sends a whole message, and reads a reply with a body of at most `most` bytes.
pub async fn exchange(place: &Upstream, method: &[u8], message: Bytes, most: usize) -> anyhow::Result<Reply> {
    let socket = TcpStream::connect((place.host.as_str(), place.port)).await?;
    let mut conn = Conn::new(socket);
    conn.writer.push(message);
    conn.writer.flush(|| ()).await?;
    let mut interim = InterimCount::default();
    let (head, framing) = loop {
        match upstream::answer(&mut conn.reader, method, &LIMITS, false).await.map_err(failed)? {
            Answer::Interim(_) => interim.one_more().map_err(failed)?,
            Answer::Final(head, framing) => break (head, framing),
            Answer::Switched(_) => return Err(failed(Failure::Malformed)),
        }
    };
    let mut body = upstream::body_of(framing);
    let (mut chunks, mut trailers) = (Chunks::default(), Fields::new());
    while let Some(frame) = conn.reader.frame(&mut body).await.map_err(|e| failed(upstream::failure_of(e)))? {
        match frame {
            Frame::Data(data) if chunks.len() + data.len() > most => {
                bail!("the body is larger than {} MiB", most >> 20)
            }
            Frame::Data(data) => chunks.push(data),
            Frame::Trailers(found) => trailers = found,
        }
    }
    Ok(Reply { status: head.status, fields: head.fields, body: Payload::Whole(chunks), trailers })
}

fn failed(failure: Failure) -> anyhow::Error {
    anyhow!(match failure {
        Failure::Reset => "the connection ended before the reply began",
        Failure::Truncated => "the connection ended before the reply did",
        Failure::Refused | Failure::Timeout | Failure::Overlong | Failure::Cancelled => failure.name(),
        Failure::Malformed => "the reply is no valid HTTP",
    })
}
