//! What of a request is the key.

use std::borrow::Cow;

use crate::domain::fields::Fields;

/// By what callers are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketBy {
    /// In lower case.
    Header(String),
    Cookie(String),
    /// The segment at this place of the path, from 0, and the name it has in the pattern.
    Path {
        name: String,
        segment: usize,
    },
    Query(String),
    /// A claim of the bearer token, which is read and not verified.
    Jwt(String),
    /// The address of the client; of `trusted_hops` proxies before us each appended to X-Forwarded-For.
    Client {
        trusted_hops: u8,
    },
    Nothing,
}

/// As much of a request as can hold a key.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Path and query, as they came.
    pub target: &'a [u8],
    pub fields: &'a Fields,
    /// The address of whoever connected to us, as text.
    pub peer: &'a [u8],
}

impl BucketBy {
    /// The key, where the request has one that is not empty.
    pub fn key<'a>(&self, _request: &Request<'a>) -> Option<Cow<'a, [u8]>> {
        None
    }
}
