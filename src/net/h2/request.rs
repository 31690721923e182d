//! The head of an HTTP/2 request, as HTTP/1.1 would carry it and under the same rules.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::{
    domain::fields::Fields,
    net::{
        h1::request,
        message::{RequestFraming, RequestHead, Version},
        refusal::Refusal,
    },
};

pub fn head_of(parts: &http::request::Parts, body: &Incoming) -> Result<RequestHead, Refusal> {
    if parts.method == http::Method::CONNECT {
        return Err(Refusal { status: 501, why: "CONNECT is not for a reverse proxy" });
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let own = parts.headers.get(http::header::HOST).map(HeaderValue::as_bytes);
    let host = authority.map(str::as_bytes).or(own).ok_or(Refusal::bad("no :authority and no Host"))?;
    if !request::is_authority(host) {
        return Err(Refusal::bad("an :authority that is no plain authority"));
    }
    if own.is_some_and(|own| own != host) || parts.headers.get_all(http::header::HOST).iter().count() > 1 {
        return Err(Refusal::bad("a Host that contradicts :authority"));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let of_the_server = target == "*" && parts.method == http::Method::OPTIONS;
    if !target.starts_with('/') && !of_the_server {
        return Err(Refusal::bad("a :path that does not start with '/'"));
    }
    let fields = fields_of(&parts.headers);
    let length = request::content_length(&fields).map_err(Refusal::bad)?;
    let framing = match length {
        Some(length) => RequestFraming::Length(length),
        None if body.is_end_stream() => RequestFraming::None,
        None => RequestFraming::Open,
    };
    Ok(RequestHead {
        method: Bytes::copy_from_slice(parts.method.as_str().as_bytes()),
        target: Bytes::copy_from_slice(target.as_bytes()),
        version: Version::Http2,
        host: Bytes::copy_from_slice(host),
        fields,
        framing,
        upgrade: false,
    })
}

/// Fields as HTTP/1.1 spells them: the crumbs of a cookie are one field again (RFC 9113, 8.2.3).
pub fn fields_of(map: &HeaderMap) -> Fields {
    let mut cookie = BytesMut::new();
    for crumb in map.get_all(http::header::COOKIE) {
        if !cookie.is_empty() {
            cookie.extend_from_slice(b"; ");
        }
        cookie.extend_from_slice(crumb.as_bytes());
    }
    let others = map.iter().filter(|(name, _)| *name != http::header::COOKIE);
    let others = others.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let cookies = (!cookie.is_empty()).then_some((&b"cookie"[..], &cookie[..]));
    Fields::from_pairs(others.chain(cookies))
}
