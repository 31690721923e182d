//! Header fields without what lets somebody in.
//!
//! Such a value is replaced by a number: the same one for the same value within a pair, so that whether
//! two of them differ can still be told, and nothing else.

use std::collections::HashMap;

use crate::domain::{fields::Fields, redact};

const COOKIE: &[u8] = b"set-cookie";

/// The values seen in one pair.
#[derive(Debug, Default)]
pub struct Withheld {
    numbers: HashMap<Vec<u8>, usize>,
}

impl Withheld {
    pub fn from(&mut self, fields: &Fields) -> Fields {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name, self.value(name, value))).collect();
        Fields::from_pairs(pairs)
    }

    fn value(&mut self, name: &[u8], value: &[u8]) -> Vec<u8> {
        let name = name.to_ascii_lowercase();
        if name == COOKIE {
            return self.cookie(value);
        }
        let is_address = || std::str::from_utf8(&name).is_ok_and(redact::is_address);
        match () {
            () if redact::lets_in(&name) => self.number(value),
            () if is_address() => redact::target(value).into_owned(),
            () => value.to_vec(),
        }
    }

    /// How a cookie is set stays; what it is set to does not.
    fn cookie(&mut self, field: &[u8]) -> Vec<u8> {
        let end = field.iter().position(|byte| *byte == b';').unwrap_or(field.len());
        let (pair, attributes) = field.split_at(end);
        let start = pair.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
        let (name, value) = pair.split_at(start);
        let number = self.number(value.trim_ascii());
        [name, &number, attributes].concat()
    }

    fn number(&mut self, value: &[u8]) -> Vec<u8> {
        // That a value is empty is no secret, and a cookie is often taken away so.
        if value.is_empty() {
            return Vec::new();
        }
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(value.to_vec()).or_insert(next);
        format!("withheld-{number}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &Fields) -> Vec<String> {
        fields.iter().map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    #[test]
    fn what_lets_somebody_in_becomes_a_number_that_tells_only_whether_it_is_the_same() {
        let mut withheld = Withheld::default();
        let old = Fields::from_pairs([
            ("Set-Cookie", "sid=hunter2; Path=/; Secure"),
            ("set-cookie", "other = hunter2"),
            ("set-cookie", "gone=; Max-Age=0"),
            ("set-cookie", "nameless"),
            ("X-Auth-Token", "hunter3"),
            ("Vary", "hunter4"),
            ("Location", "/a?token=hunter5&b=c"),
        ]);
        assert_eq!(
            shown(&withheld.from(&old)),
            [
                "sid=withheld-1; Path=/; Secure",
                "other =withheld-1",
                "gone=; Max-Age=0",
                "withheld-2",
                "withheld-3",
                "hunter4",
                "/a?token=withheld&b=c",
            ]
        );
        let new = Fields::from_pairs([("set-cookie", "sid=hunter3"), ("set-cookie", "sid=fresh")]);
        assert_eq!(shown(&withheld.from(&new)), ["sid=withheld-3", "sid=withheld-4"]);
    }
}
