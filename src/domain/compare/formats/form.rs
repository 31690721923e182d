//! Form bodies (`application/x-www-form-urlencoded`) as an object of strings, read as browsers read
//! them.
//!
//! `a=1&b=x+y` is `{"a": "1", "b": "x y"}`: a rule for it is `/b`. A key without `=` has an empty value,
//! a key that stands more than once stays repeated, and nothing between two `&` is nothing. A `%` that
//! no two hexadecimal digits follow means itself.

use std::borrow::Cow;

use super::super::tree::{Bounds, Builder, Document, Unreadable};

pub fn read(body: &[u8], bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut builder = Builder::new(bounds);
    builder.begin_object()?;
    let mut at = 0;
    for pair in body.split(|byte| *byte == b'&') {
        if !pair.is_empty() {
            let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let (key, value) = pair.split_at(equals);
            builder.key(&text(&decoded(key), at)?)?;
            let value = value.get(1..).unwrap_or_default();
            builder.string(&text(&decoded(value), at + equals + 1)?)?;
        }
        at += pair.len() + 1;
    }
    builder.end();
    Ok(builder.finish())
}

/// What the bytes of a key or a value that begins at `at` say.
fn text(bytes: &[u8], at: usize) -> Result<Cow<'_, str>, Unreadable> {
    let expected = "UTF-8 behind the escapes".into();
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Unreadable::Malformed { at, expected })
}

fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'+', b'%', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        out.push(match (first, escaped(after)) {
            (b'%', Some(byte)) => {
                rest = after.get(2..).unwrap_or_default();
                byte
            }
            (b'+', _) => b' ',
            (itself, _) => *itself,
        });
    }
    Cow::Owned(out)
}

/// The byte that two hexadecimal digits spell.
pub fn escaped(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| (*digits.get(at)? as char).to_digit(16);
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::tree::Id, *};

    const BOUNDS: Bounds = Bounds { depth: 10, nodes: 100, text: 10_000 };

    #[test]
    fn a_form_is_an_object_of_strings() {
        for (body, members) in [
            ("", "{}"),
            ("a=1", r#"{"a":"1"}"#),
            ("a=1&b=2&a=3", r#"{"a":"1","b":"2","a":"3"}"#),
            ("a", r#"{"a":""}"#),
            ("a=", r#"{"a":""}"#),
            ("=1", r#"{"":"1"}"#),
            ("=", r#"{"":""}"#),
            ("&&a=1&", r#"{"a":"1"}"#),
            ("a=b=c", r#"{"a":"b=c"}"#),
            ("a+b=c+d%2Be", r#"{"a b":"c d+e"}"#),
            ("%C3%A9=%c3%a9&%26=%3d", r#"{"é":"é","&":"="}"#),
            ("a=%&b=%4&c=%zz&d=100%25", r#"{"a":"%","b":"%4","c":"%zz","d":"100%"}"#),
            ("a=é;b", r#"{"a":"é;b"}"#),
        ] {
            assert_eq!(read(body.as_bytes(), BOUNDS).unwrap().raw(Id::ROOT), members, "{body}");
        }
        assert!(read(b"a=1&a=2", BOUNDS).unwrap().is_repeating(Id::ROOT));
    }

    #[test]
    fn what_is_no_text_is_refused_where_its_key_or_value_begins() {
        for (body, at) in [(&b"a=%ff"[..], 2), (b"a=1&b\xFF=2", 4), (b"a=1&&b=%C3&c=3", 7), (b"%80", 0)] {
            let found = read(body, BOUNDS).unwrap_err();
            assert!(matches!(found, Unreadable::Malformed { at: there, .. } if there == at), "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form_or_refused_within_themselves(
            bytes in prop::collection::vec(prop::sample::select(b"a%4fF+&=\xC3\xA9 ".to_vec()), 0..40),
        ) {
            match read(&bytes, BOUNDS) {
                Ok(document) => prop_assert!(document.size() <= 2 * bytes.len() + 1),
                Err(Unreadable::Malformed { at, .. }) => prop_assert!(at <= bytes.len()),
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
