//! Where one side of a comparison comes from: a file, standard input, or one GET of a URL.

use std::{
    fs::File,
    io::{Read, stdin},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use bytes::Bytes;

use super::fetch::{self, Url};
use crate::domain::{
    fields::Fields,
    observation::Reply,
    payload::{Chunks, Payload},
};

/// Of one body, as it comes and once its codings are undone.
pub const MOST_BYTES: usize = 256 << 20;

/// Content types by how the names of files end. Anything else is what the other side is, or bytes.
const TYPES: &[(&str, &str)] = &[
    ("json", "application/json"),
    ("ndjson", "application/x-ndjson"),
    ("jsonl", "application/x-ndjson"),
    ("xml", "application/xml"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("txt", "text/plain"),
    ("text", "text/plain"),
    ("csv", "text/csv"),
    ("md", "text/markdown"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("cbor", "application/cbor"),
    ("msgpack", "application/msgpack"),
    ("mp", "application/msgpack"),
];

/// Content codings by the ending that stands behind that of the type: `orders.json.gz`.
const CODINGS: &[(&str, &str)] = &[("gz", "gzip"), ("br", "br"), ("zst", "zstd")];

/// Where a side comes from.
#[derive(Debug)]
pub enum Source {
    Stdin,
    File(PathBuf),
    Url(Url),
}

/// A side that has been read.
#[derive(Debug)]
pub struct Taken {
    pub name: String,
    pub reply: Reply,
}

impl Source {
    pub fn parse(text: &str) -> anyhow::Result<Source> {
        if text == "-" {
            Ok(Source::Stdin)
        } else if text.contains("://") {
            Ok(Source::Url(Url::parse(text).map_err(anyhow::Error::msg)?))
        } else {
            Ok(Source::File(PathBuf::from(text)))
        }
    }

    pub const fn url(&self) -> Option<&Url> {
        match self {
            Source::Url(url) => Some(url),
            Source::Stdin | Source::File(_) => None,
        }
    }
}

/// Both sides, the URLs of them asked at the same time.
pub fn take(old: &Source, new: &Source, headers: &[String]) -> anyhow::Result<(Taken, Taken)> {
    let (asked_old, asked_new) = fetch::both(old.url(), new.url(), headers, MOST_BYTES)?;
    // A file stands for an answer that is one.
    let lone = asked_old.is_some() != asked_new.is_some();
    let side = |source: &Source, asked: Option<Reply>| match (source, asked) {
        (Source::Url(url), Some(reply)) if lone && reply.status / 100 != 2 => {
            bail!("{url} answered {}, which no file can be held against", reply.status)
        }
        (Source::Url(url), Some(reply)) => {
            let reply = if lone { Reply { status: 200, ..reply } } else { reply };
            Ok(Taken { name: url.to_string(), reply })
        }
        (Source::File(path), _) => from_file(path),
        (Source::Stdin | Source::Url(_), _) => {
            let body = all_of(stdin().lock()).context("could not read standard input")?;
            Ok(Taken { name: "standard input".to_owned(), reply: reply(Vec::new(), body) })
        }
    };
    Ok((side(old, asked_old)?, side(new, asked_new)?))
}

fn from_file(path: &Path) -> anyhow::Result<Taken> {
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("could not open {name}"))?;
    let body = all_of(file).with_context(|| format!("could not read {name}"))?;
    Ok(Taken { reply: reply(fields_of(path), body), name })
}

fn all_of(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.take(MOST_BYTES as u64 + 1).read_to_end(&mut body)?;
    if body.len() > MOST_BYTES {
        bail!("it is larger than {} MiB", MOST_BYTES >> 20);
    }
    Ok(body)
}

fn reply(fields: Vec<(&'static str, &'static str)>, body: Vec<u8>) -> Reply {
    Reply {
        status: 200,
        fields: Fields::from_pairs(fields),
        body: Payload::Whole(Chunks::from(Bytes::from(body))),
        trailers: Fields::new(),
    }
}

/// What the name of a file says of its content.
fn fields_of(path: &Path) -> Vec<(&'static str, &'static str)> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let mut endings = name.rsplit('.').peekable();
    let mut found = Vec::new();
    let known = |table: &'static [(&str, &'static str)], ending: Option<&&str>| {
        table.iter().find(|(known, _)| Some(known) == ending).map(|(_, value)| *value)
    };
    if let Some(coding) = known(CODINGS, endings.peek()) {
        found.push(("content-encoding", coding));
        endings.next();
    }
    if let Some(kind) = known(TYPES, endings.peek()) {
        found.push(("content-type", kind));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_what_is_in_it() {
        for (name, expected) in [
            ("a/b.json", &[("content-type", "application/json")][..]),
            ("B.NDJSON", &[("content-type", "application/x-ndjson")]),
            ("b.xml.gz", &[("content-encoding", "gzip"), ("content-type", "application/xml")]),
            ("b.zst", &[("content-encoding", "zstd")]),
            ("b.bin", &[]),
            ("", &[]),
        ] {
            assert_eq!(fields_of(Path::new(name)), expected, "{name}");
        }
    }
}
