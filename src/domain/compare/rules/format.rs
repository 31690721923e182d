//! Whether a text is of a format that a rule names. Strict where formats are: what is let through here
//! is forgiven, whatever it says.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::moment::{self, Moment};

/// A label of a host name (RFC 1035), and the parts of an address (RFC 5321).
const LONGEST_LABEL: usize = 63;
const LONGEST_LOCAL_PART: usize = 64;

/// What a text may have to be, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Uuid,
    Rfc3339,
    HttpDate,
    Date,
    Url,
    Email,
    Hex,
    Base64,
    Ipv4,
    Ipv6,
    Integer,
    Jwt,
}

impl Format {
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("uuid", Format::Uuid),
        ("rfc3339", Format::Rfc3339),
        ("http_date", Format::HttpDate),
        ("date", Format::Date),
        ("url", Format::Url),
        ("email", Format::Email),
        ("hex", Format::Hex),
        ("base64", Format::Base64),
        ("ipv4", Format::Ipv4),
        ("ipv6", Format::Ipv6),
        ("integer", Format::Integer),
        ("jwt", Format::Jwt),
    ];

    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether a text is of this format.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Format::Uuid => is_uuid(text),
            Format::Rfc3339 => Moment::rfc3339(text).is_some(),
            Format::HttpDate => Moment::http_date(text).is_some(),
            Format::Date => moment::is_date(text),
            Format::Url => is_url(text),
            Format::Email => is_email(text),
            Format::Hex => is_some_of(text, |byte| byte.is_ascii_hexdigit()),
            Format::Base64 => is_base64(text),
            Format::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Format::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Format::Integer => is_integer(text),
            Format::Jwt => is_jwt(text),
        }
    }
}

pub fn is_integer(text: &str) -> bool {
    is_some_of(text.strip_prefix(['-', '+']).unwrap_or(text), |byte| byte.is_ascii_digit())
}

fn is_some_of(text: &str, sign: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(sign)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Absolute and with a host; other URIs name no place to go to.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // An address of IPv6 holds colons of its own.
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let stray = |sign: char| {
        sign.is_whitespace()
            || sign.is_control()
            || matches!(sign, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !host.is_empty()
        && (port.is_empty() || port.parse::<u16>().is_ok())
        && !rest.contains(stray)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let sign = |sign: char| sign.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(sign);
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.chars().all(|sign| sign.is_alphanumeric() || sign == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=LONGEST_LOCAL_PART).contains(&local.len())
        && local.chars().all(sign)
        && !local.split('.').any(str::is_empty)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// In either alphabet, not in both at once, with all of its padding or none.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let of = |one: u8, other: u8| {
        is_some_of(digits, |byte| byte.is_ascii_alphanumeric() || byte == one || byte == other)
    };
    let whole = match padding {
        0 => digits.len() % 4 != 1,
        1 | 2 => text.len().is_multiple_of(4),
        _ => false,
    };
    whole && (of(b'+', b'/') || of(b'-', b'_'))
}

/// Three parts, of which the first is a JSON object; the signature may be left out.
fn is_jwt(text: &str) -> bool {
    let part =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let mut parts = text.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    // `{"` in base64url, whichever way the bits after it fall.
    header.starts_with("ey") && !claims.is_empty() && [header, claims, signature].into_iter().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_a_format_is_told_from_what_is_not() {
        for (format, good, bad) in [
            (
                Format::Uuid,
                &["0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E"][..],
                &["", "0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb-469f-a165-70867728950g"][..],
            ),
            (Format::Rfc3339, &["2024-02-29T12:00:00Z"], &["2024-02-29", "1709208000"]),
            (Format::HttpDate, &["Thu, 29 Feb 2024 12:00:00 GMT"], &["2024-02-29T12:00:00Z", ""]),
            (Format::Date, &["2024-02-29"], &["2023-02-29", "2024-2-9", "2024-02-29T", "2024/02/29"]),
            (
                Format::Url,
                &[
                    "https://a.example/x?y#z",
                    "s3://bucket",
                    "http://[::1]:80/",
                    "http://[::1]",
                    "ftp://u:p@h:21/x",
                ],
                &[
                    "",
                    "/x",
                    "mailto:a@b.c",
                    "https://",
                    "https:///x",
                    "https://a b",
                    "1s://x",
                    "://x",
                    "http://:80/",
                    "http://a@/",
                    "http://a:b/x",
                    "http://a:99999/",
                ],
            ),
            (
                Format::Email,
                &["a@b.cd", "first.last+tag@mail.example.org"],
                &["", "a@b", "@b.cd", "a@", "a b@c.de", "a..b@c.de", "a@-b.cd", "a@b..cd"],
            ),
            (Format::Hex, &["00ff", "DEADBEEF0"], &["", "0x00", "0g"]),
            (
                Format::Base64,
                &["aGk=", "aGk", "_-8", "+/8=", "YQ=="],
                &["", "=", "a", "aGk==", "+_8=", "a b="],
            ),
            (Format::Ipv4, &["127.0.0.1"], &["127.0.0.256", "127.1", "::1"]),
            (Format::Ipv6, &["::1", "2001:db8::8a2e:370:7334"], &["127.0.0.1", "[::1]", ":"]),
            (Format::Integer, &["0", "-12", "+7", "007"], &["", "-", "1.0", "1e2", " 1"]),
            (
                Format::Jwt,
                &["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30.c2ln"],
                &["", "a.b.c", "eyJh.e30", "eyJh..x", "eyJh.e30.x.y", "eyJh.e3=.x"],
            ),
        ] {
            for text in good {
                assert!(format.accepts(text), "{} {text}", format.name());
            }
            for text in bad {
                assert!(!format.accepts(text), "{} {text}", format.name());
            }
        }
        assert_eq!(Format::ALL.len(), 12);
    }
}
