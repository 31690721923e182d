//! Pairs as the admin listener tells them, one JSON object a line, read back into replies.

use anyhow::{Context as _, anyhow};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;

use crate::domain::{
    fields::Fields,
    observation::Reply,
    payload::{Chunks, Payload},
};

/// Everything that was kept.
pub struct Kept {
    pub exhibits: Vec<Exhibit>,
    /// Kinds of pairs that had to make room for others.
    pub forgotten: u64,
}

/// One pair.
#[derive(Debug, Deserialize)]
pub struct Exhibit {
    pub route: String,
    pub kind: String,
    /// Pairs of this kind that were seen.
    pub seen: u64,
    pub method: String,
    pub target: String,
    pub verdict: Verdict,
    pub old: Half,
    pub new: Half,
}

/// Only of these pairs are kept.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Mismatch,
    Forgiven,
}

/// What one side said.
#[derive(Debug, Deserialize)]
pub struct Half {
    status: u16,
    fields: Vec<(String, String)>,
    trailers: Vec<(String, String)>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Forgotten { forgotten: u64 },
    Exhibit(Box<Exhibit>),
}

impl Kept {
    pub fn read(text: &str) -> anyhow::Result<Kept> {
        let mut kept = Kept { exhibits: Vec::new(), forgotten: 0 };
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = || format!("line {} is no pair that readshift kept", at + 1);
            match serde_json::from_str(line).with_context(wrong)? {
                Line::Forgotten { forgotten } => kept.forgotten = forgotten,
                Line::Exhibit(exhibit) => kept.exhibits.push(*exhibit),
            }
        }
        Ok(kept)
    }
}

impl Half {
    /// The reply; `None` where its body was too large to be kept.
    pub fn reply(&self) -> anyhow::Result<Option<Reply>> {
        let Some(body) = &self.body else { return Ok(None) };
        let body = BASE64_STANDARD.decode(body).context("a body is no base64")?;
        Ok(Some(Reply {
            status: self.status,
            fields: fields(&self.fields)?,
            body: Payload::Whole(Chunks::from(Bytes::from(body))),
            trailers: fields(&self.trailers)?,
        }))
    }
}

fn fields(all: &[(String, String)]) -> anyhow::Result<Fields> {
    let pairs = all.iter().map(|(name, value)| Ok((bytes(name)?, bytes(value)?)));
    Ok(Fields::from_pairs(pairs.collect::<anyhow::Result<Vec<_>>>()?))
}

/// One letter a byte.
pub fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    let byte = |letter: char| u8::try_from(u32::from(letter)).ok();
    text.chars().map(byte).collect::<Option<_>>().ok_or_else(|| anyhow!("{text:?} is no run of bytes"))
}
