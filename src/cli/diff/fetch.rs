//! One GET, for a person who compares two URLs: no redirects, no cache, no second try.

use std::{fmt, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use tokio::time::timeout;

use crate::{
    cli::{ask::exchange, run::runtime},
    config::Upstream,
    domain::observation::Reply,
};

/// From connecting to the last byte.
const PATIENCE: Duration = Duration::from_secs(30);

/// An address that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    place: Upstream,
    /// Path and query.
    pub target: String,
}

impl Url {
    pub fn parse(text: &str) -> Result<Url, String> {
        if text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err(format!("{text}: TLS is not available yet, so only http:// can be asked"));
        }
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(format!("{text}: expected a file, `-` or a URL that begins with http://"));
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let place =
            Upstream::parse(&format!("http://{authority}")).map_err(|why| format!("{text}: {why}"))?;
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "{text}: blanks and letters outside of ASCII have to be written as %20 and the like"
            ));
        }
        Ok(Url { place, target })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.place.authority, self.target)
    }
}

/// Whichever of the two is given, both at the same time.
pub fn both(
    old: Option<&Url>,
    new: Option<&Url>,
    headers: &[String],
    most: usize,
) -> anyhow::Result<(Option<Reply>, Option<Reply>)> {
    let fields = headers.iter().map(|text| field(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let one = async |url: Option<&Url>| match url {
        Some(url) => get(url, &fields, most).await.with_context(|| format!("could not get {url}")).map(Some),
        None => Ok(None),
    };
    if old.or(new).is_none() {
        return Ok((None, None));
    }
    runtime()?.block_on(async { tokio::try_join!(one(old), one(new)) })
}

/// `Name: value`, as it may stand in a request.
fn field(text: &str) -> anyhow::Result<(&str, &str)> {
    let wrong = || anyhow!("--header {text:?}: expected 'Name: value'");
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let (name, value) = (name.trim(), value.trim());
    let is_token = http::HeaderName::from_bytes(name.as_bytes()).is_ok();
    if !is_token || http::HeaderValue::from_bytes(value.as_bytes()).is_err() {
        return Err(wrong());
    }
    let framing = ["connection", "content-length", "transfer-encoding", "upgrade", "expect"];
    if framing.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        bail!("--header {text:?}: a GET is sent without it");
    }
    Ok((name, value))
}

async fn get(url: &Url, fields: &[(&str, &str)], most: usize) -> anyhow::Result<Reply> {
    let message = Bytes::from(request(url, fields));
    match timeout(PATIENCE, exchange(&url.place, b"GET", message, most)).await {
        Ok(reply) => reply,
        Err(_) => bail!("no whole reply within {PATIENCE:?}"),
    }
}

fn request(url: &Url, fields: &[(&str, &str)]) -> String {
    let mut head = format!("GET {} HTTP/1.1\r\n", url.target);
    let version = env!("CARGO_PKG_VERSION");
    let agent = format!("readshift/{version}");
    let own = [("Host", url.place.authority.as_str()), ("User-Agent", &agent), ("Accept", "*/*")];
    let given = |name: &str| fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    for (name, value) in own.iter().filter(|(name, _)| !given(name)).chain(fields) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("Connection: close\r\n\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_into_what_is_connected_to_and_what_is_asked() {
        for (text, shown) in [
            ("http://a", "http://a/"),
            ("http://A:81/b?c=d#e", "http://a:81/b?c=d"),
            ("http://a?b", "http://a/?b"),
            ("http://[::1]:8/", "http://[::1]:8/"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), shown);
        }
        for (text, why) in [
            ("https://a", "TLS"),
            ("ftp://a", "http://"),
            ("http://", "http://"),
            ("http://a:b/", "no port"),
            ("http://u:p@a/", "without user"),
            ("http://a/b c", "%20"),
            ("http://a/\r\nx", "%20"),
        ] {
            assert!(Url::parse(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn a_header_is_sent_once_and_cannot_become_two() {
        let url = Url::parse("http://a/b").unwrap();
        let sent = request(&url, &[field("accept:  x/y ").unwrap(), field("X-A: 1").unwrap()]);
        assert!(sent.starts_with("GET /b HTTP/1.1\r\nHost: a\r\nUser-Agent: readshift/"), "{sent}");
        assert!(sent.ends_with("\r\naccept: x/y\r\nX-A: 1\r\nConnection: close\r\n\r\n"), "{sent}");
        for wrong in ["", "a", "a b: c", ": c", "a: b\r\nc: d", "a: b\0", "Content-Length: 5"] {
            assert!(field(wrong).is_err(), "{wrong:?}");
        }
    }
}
