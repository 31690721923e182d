//! What lets somebody in, left out of what is shown: values of headers and of query parameters whose names say that
//! they are credentials.
//!
//! By names alone. What a body says, and what stands in a path, is shown as it came.

use std::borrow::Cow;

use super::compare::difference::{Difference, Place};

/// In place of a value.
pub const WITHHELD: &str = "withheld";

/// What names of credentials hold: `x-auth-token`, `X-Amz-Signature`, `client_secret`, `jsessionid`.
const PARTS: [&str; 9] =
    ["token", "secret", "passw", "signature", "credential", "session", "apikey", "accesskey", "jwt"];
/// Names that are nothing else, without their dashes and underscores.
const NAMES: [&str; 11] = [
    "authorization",
    "proxyauthorization",
    "authenticationinfo",
    "cookie",
    "auth",
    "key",
    "sig",
    "sid",
    "pwd",
    "pass",
    "otp",
];
/// Headers whose value is an address, or holds some.
const ADDRESSES: [&str; 5] = ["location", "content-location", "link", "refresh", "referer"];
/// Bytes of a name that are looked at. A longer one is no credential's.
const LONGEST_NAME: usize = 256;

/// Whether a header or a query parameter of this name lets somebody in.
pub fn lets_in(name: &[u8]) -> bool {
    let mut letters = name.get(..LONGEST_NAME).unwrap_or(name).iter();
    let mut plain = String::new();
    while let Some(byte) = letters.next() {
        let byte = if *byte == b'%' { unescaped(&mut letters) } else { *byte };
        if !matches!(byte, b'-' | b'_') {
            plain.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    // Says who may send credentials, and holds none.
    if plain.starts_with("accesscontrol") {
        return false;
    }
    NAMES.contains(&&*plain) || PARTS.iter().any(|part| plain.contains(part))
}

/// What the two letters after a percent sign stand for; the sign itself where they stand for nothing.
fn unescaped(letters: &mut std::slice::Iter<'_, u8>) -> u8 {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut ahead = letters.clone();
    match (digit(ahead.next()), digit(ahead.next())) {
        (Some(high), Some(low)) => {
            *letters = ahead;
            u8::try_from(high * 16 + low).unwrap_or(b'%')
        }
        _ => b'%',
    }
}

/// A request's target or another address, its credentials replaced.
pub fn target(target: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let (mut rest, mut in_path) = (target, true);
    while !rest.is_empty() {
        in_path &= !matches!(rest.first(), Some(b'?' | b'#'));
        let ends = |byte: &u8| matches!(byte, b'?' | b'&' | b';' | b'#') || (in_path && *byte == b'/');
        // The mark in front belongs to the piece that it begins.
        let length = rest.iter().skip(1).position(ends).map_or(rest.len(), |at| at + 1);
        let (piece, after) = rest.split_at(length);
        if let Some(name) = credential(piece) {
            let kept = out
                .get_or_insert_with(|| target.get(..target.len() - rest.len()).unwrap_or_default().to_vec());
            kept.extend_from_slice(name);
            kept.extend_from_slice(WITHHELD.as_bytes());
        } else if let Some(out) = &mut out {
            out.extend_from_slice(piece);
        }
        rest = after;
    }
    out.map_or(Cow::Borrowed(target), Cow::Owned)
}

/// The mark, the name and the `=` of a piece that sets a credential.
fn credential(piece: &[u8]) -> Option<&[u8]> {
    let (mark, pair) = piece.split_first()?;
    if !matches!(mark, b'?' | b'&' | b';' | b'#') {
        return None;
    }
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = pair.split_at_checked(equals)?;
    // That a value is empty is no secret.
    (value.len() > 1 && lets_in(name)).then(|| piece.get(..equals + 2)).flatten()
}

/// Whether a header's value is an address, or holds some.
pub fn is_address(header: &str) -> bool {
    ADDRESSES.iter().any(|known| header.eq_ignore_ascii_case(known))
}

/// A difference as it may be shown: where a header lets somebody in, only that it differs.
pub fn difference(mut difference: Difference) -> Difference {
    let (Place::Header(name) | Place::Trailer(name)) = &difference.place else { return difference };
    let withheld = lets_in(name.as_bytes());
    let shown = |text: Option<String>, number: u8| match text {
        Some(_) if withheld => Some(format!("{WITHHELD}-{number}")),
        Some(text) if is_address(name) => {
            Some(String::from_utf8_lossy(&target(text.as_bytes())).into_owned())
        }
        text => text,
    };
    let (old, new) = (shown(difference.old.take(), 1), shown(difference.new.take(), 2));
    (difference.old, difference.new) = (old, new);
    if withheld {
        difference.causes = Vec::new();
    }
    difference
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::compare::difference::Kind, *};

    fn shown(text: &str) -> String {
        String::from_utf8(target(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn who_may_send_credentials_is_no_credential() {
        assert!(!lets_in(b"access-control-allow-credentials") && lets_in(b"x-credentials"));
    }

    #[test]
    fn credentials_in_an_address_are_left_out_and_the_rest_stays() {
        for (text, expected) in [
            ("/a?b=c&d", "/a?b=c&d"),
            ("/a?token=1", "/a?token=withheld"),
            ("/a?b=c&access_token=1&d=e#id_token=2", "/a?b=c&access_token=withheld&d=e#id_token=withheld"),
            ("/a?X-Amz-Signature=1;sig=2", "/a?X-Amz-Signature=withheld;sig=withheld"),
            ("/a?%74oken=1&to%6Ben=2&api%5Fkey=3", "/a?%74oken=withheld&to%6Ben=withheld&api%5Fkey=withheld"),
            ("/a;jsessionid=1/b;c=2?key=3", "/a;jsessionid=withheld/b;c=2?key=withheld"),
            (
                "https://h:1/cb?client-secret=1/2?token=3",
                "https://h:1/cb?client-secret=withheld?token=withheld",
            ),
            (
                "/token=1/a?tokens&token=&keyword=shoes&author=x",
                "/token=1/a?tokens&token=&keyword=shoes&author=x",
            ),
            ("", ""),
            ("?", "?"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_credentials_are_known_however_they_are_spelled() {
        for name in
            ["Authorization", "x-api-key", "X_API_KEY", "apiKey", "set-password", "X-Session-Id", "key"]
        {
            assert!(lets_in(name.as_bytes()), "{name}");
        }
        for name in ["", "keyword", "surrogate-key", "author", "side", "www-authenticate", "%", "%4"] {
            assert!(!lets_in(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn of_a_header_that_lets_somebody_in_only_that_it_differs_is_shown() {
        let at = |name: &str, old: Option<&str>, new: &str| {
            let place = Place::Header(name.to_owned());
            let shown = difference(Difference::at(
                place,
                Kind::Changed,
                old.map(str::to_owned),
                Some(new.to_owned()),
            ));
            (shown.old, shown.new)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(at("x-auth-token", some("a").as_deref(), "b"), (some("withheld-1"), some("withheld-2")));
        assert_eq!(at("x-auth-token", None, "b"), (None, some("withheld-2")));
        assert_eq!(at("location", Some("/a"), "/b?token=c"), (some("/a"), some("/b?token=withheld")));
        assert_eq!(at("vary", Some("a"), "b"), (some("a"), some("b")));
    }

    proptest! {
        #[test]
        fn any_target_is_shown_without_harm_and_what_is_shown_shows_as_it_is(
            text in "[a-z/?&;#=%-]{0,40}|\\PC{0,40}|([?&](token|a)=[a-z]{0,3}){0,5}",
        ) {
            let once = target(text.as_bytes()).into_owned();
            prop_assert_eq!(target(&once).into_owned(), once);
        }
    }
}
