//! What of a request is the key.
//!
//! Bytes are taken as they came: `%41` and `A` are two keys, as they are two targets. Of what is repeated the
//! first counts, and a first that is empty is no key.

use std::borrow::Cow;

use super::{claim, client};
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
    /// A claim of the bearer token, which is read and not verified: whoever can choose it chooses the side, which is
    /// all it is trusted with.
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

impl<'a> Request<'a> {
    /// The path and what follows its `?`.
    fn halves(&self) -> (&'a [u8], &'a [u8]) {
        let end = memchr::memchr(b'?', self.target).unwrap_or(self.target.len());
        let (path, query) = self.target.split_at(end);
        (path, query.get(1..).unwrap_or_default())
    }
}

impl BucketBy {
    /// The key, where the request has one that is not empty.
    pub fn key<'a>(&self, request: &Request<'a>) -> Option<Cow<'a, [u8]>> {
        let as_it_came = |found: Option<&'a [u8]>| found.map(Cow::Borrowed);
        let key = match self {
            BucketBy::Nothing => None,
            BucketBy::Header(name) => as_it_came(request.fields.get(name).map(<[u8]>::trim_ascii)),
            BucketBy::Cookie(name) => as_it_came(cookie(request.fields, name)),
            BucketBy::Path { segment, .. } => as_it_came(path_segment(request.halves().0, *segment)),
            BucketBy::Query(name) => as_it_came(parameter(request.halves().1, name)),
            BucketBy::Jwt(name) => claim::of(request.fields, name).map(Cow::Owned),
            BucketBy::Client { trusted_hops } => client::address(request, *trusted_hops),
        };
        key.filter(|key| !key.is_empty())
    }
}

/// Pairs are parted by semicolons (RFC 6265, 4.2.1); quotes belong to the value.
fn cookie<'a>(fields: &'a Fields, name: &str) -> Option<&'a [u8]> {
    for line in fields.all("cookie") {
        for pair in line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii) {
            if let Some(value) = value_of(pair, name) {
                return Some(value.trim_ascii());
            }
        }
    }
    None
}

fn path_segment(path: &[u8], segment: usize) -> Option<&[u8]> {
    path.strip_prefix(b"/")?.split(|byte| *byte == b'/').nth(segment)
}

fn parameter<'a>(query: &'a [u8], name: &str) -> Option<&'a [u8]> {
    query.split(|byte| *byte == b'&').find_map(|pair| value_of(pair, name))
}

/// What follows `name=`; empty of the name alone.
fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = pair.strip_prefix(name.as_bytes())?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"=") }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn key(by: &BucketBy, target: &str, fields: &[(&str, &str)]) -> Option<String> {
        let fields = Fields::from_pairs(fields.iter().copied());
        let request = Request { target: target.as_bytes(), fields: &fields, peer: b"192.0.2.7" };
        by.key(&request).map(|key| String::from_utf8_lossy(&key).into_owned())
    }

    #[track_caller]
    fn finds(by: &BucketBy, target: &str, fields: &[(&str, &str)], expected: Option<&str>) {
        assert_eq!(key(by, target, fields).as_deref(), expected, "{by:?} of {target} {fields:?}");
    }

    fn token(payload: &str) -> String {
        format!("Bearer e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_header_is_found_whatever_its_case_and_an_empty_one_is_none() {
        let by = BucketBy::Header("x-user-id".to_owned());
        finds(&by, "/", &[("X-User-Id", " 42 "), ("x-user-id", "43")], Some("42"));
        finds(&by, "/", &[("X-User-Id", " ")], None);
        finds(&by, "/", &[], None);
    }

    #[test]
    fn of_cookies_the_first_of_the_name_counts() {
        let by = BucketBy::Cookie("sid".to_owned());
        finds(&by, "/", &[("Cookie", "a=1; sid=x=y ;sid=z")], Some("x=y"));
        finds(&by, "/", &[("Cookie", "a=1"), ("cookie", "sid=\"q\"")], Some("\"q\""));
        finds(&by, "/", &[("Cookie", "sid=; sid=later")], None);
        finds(&by, "/", &[("Cookie", "xsid=1; SID=2; sidx=3")], None);
    }

    #[test]
    fn a_segment_and_a_parameter_are_taken_as_they_came() {
        let by = BucketBy::Path { name: "id".to_owned(), segment: 1 };
        finds(&by, "/users/a%2Fb/orders?x=1", &[], Some("a%2Fb"));
        finds(&by, "/users?x=/1", &[], None);
        finds(&by, "/users//orders", &[], None);
        let by = BucketBy::Query("user".to_owned());
        finds(&by, "/a?b=1&user=%41&user=2", &[], Some("%41"));
        finds(&by, "/a?users=1&b&user", &[], None);
        finds(&by, "/a?user=1?2", &[], Some("1?2"));
        finds(&by, "/user=1", &[], None);
    }

    #[test]
    fn a_claim_is_a_text_or_a_number_of_the_bearer_token() {
        let by = BucketBy::Jwt("sub".to_owned());
        for (payload, expected) in [
            (r#"{"sub":"ada","x":[{}]}"#, Some("ada")),
            (r#"{"x":{"sub":"no"},"sub":42}"#, Some("42")),
            (r#"{"sub":18446744073709551615}"#, Some("18446744073709551615")),
            (r#"{"sub":true}"#, None),
            (r#"{"sub":null}"#, None),
            (r#"{"sub":["a"]}"#, None),
            (r#"{"sub":""}"#, None),
            (r#"{"sub":"a","sub":"b"}"#, None),
            (r#"{"sub":"a""#, None),
            (r#"["sub"]"#, None),
            ("", None),
        ] {
            finds(&by, "/", &[("Authorization", &token(payload))], expected);
        }
        let padded = format!("bearer e30.{}==", URL_SAFE_NO_PAD.encode(r#"{"sub":"a"}x"#.replace('x', "")));
        finds(&by, "/", &[("authorization", padded.trim_end_matches('='))], Some("a"));
        for odd in ["Basic YTpi", "Bearer", "Bearer abc", "Bearer a.!!.c", "Bearer ..", ""] {
            finds(&by, "/", &[("Authorization", odd)], None);
        }
        let long = token(&format!(r#"{{"sub":"a","x":"{}"}}"#, "x".repeat(20_000)));
        finds(&by, "/", &[("Authorization", &long)], None);
        let deep = token(&format!(r#"{{"x":{}1{},"sub":"a"}}"#, "[".repeat(5_000), "]".repeat(5_000)));
        assert!(key(&by, "/", &[("Authorization", &deep)]).is_none_or(|found| found == "a"));
    }

    #[test]
    fn a_client_is_its_address_behind_as_many_hops_as_are_trusted() {
        let hops = |trusted_hops| BucketBy::Client { trusted_hops };
        let chain = [("X-Forwarded-For", "6.6.6.6, 10.0.0.1"), ("x-forwarded-for", "10.0.0.2")];
        finds(&hops(0), "/", &chain, Some("192.0.2.7"));
        finds(&hops(1), "/", &chain, Some("10.0.0.2"));
        finds(&hops(2), "/", &chain, Some("10.0.0.1"));
        finds(&hops(4), "/", &chain, None);
        for (given, expected) in [
            ("::ffff:10.0.0.1", Some("10.0.0.1")),
            ("2001:DB8:0::1", Some("2001:db8::1")),
            ("10.0.0.1:8080", Some("10.0.0.1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("unknown", None),
            ("10.0.0.256", None),
            ("010.0.0.1", None),
        ] {
            finds(&hops(1), "/", &[("X-Forwarded-For", given)], expected);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_a_key_and_none_is_empty(
            target in ".{0,40}", value in ".{0,60}", segment in 0usize..4, hops in 0u8..3
        ) {
            let fields = Fields::from_pairs(
                ["cookie", "authorization", "x-forwarded-for", "a"].map(|name| (name, value.as_str())),
            );
            let request = Request { target: target.as_bytes(), fields: &fields, peer: value.as_bytes() };
            for by in [
                BucketBy::Header("a".to_owned()),
                BucketBy::Cookie("a".to_owned()),
                BucketBy::Path { name: String::new(), segment },
                BucketBy::Query("a".to_owned()),
                BucketBy::Jwt("a".to_owned()),
                BucketBy::Client { trusted_hops: hops },
                BucketBy::Nothing,
            ] {
                prop_assert!(by.key(&request).is_none_or(|key| !key.is_empty()));
            }
        }
    }
}
