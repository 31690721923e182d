//! Documents patched: operations of RFC 6902 applied to what `documents` makes, and the texts in them read,
//! by nothing of ours and by no library.

use crate::documents::{Doc, plain};

impl Doc {
    /// The document of a text in this small language.
    pub fn read(text: &str) -> Doc {
        let mut rest = text;
        Doc::read_one(&mut rest)
    }

    fn read_one(rest: &mut &str) -> Doc {
        *rest = rest.trim_start();
        let token = |rest: &mut &str, length: usize| {
            let (token, after) = rest.split_at(length);
            *rest = after.trim_start();
            token.to_owned()
        };
        match rest.as_bytes()[0] {
            b'"' => {
                let length = quoted(rest);
                let text = token(rest, length);
                Doc::Text(text[1..length - 1].to_owned())
            }
            b'[' => {
                token(rest, 1);
                let mut all = Vec::new();
                while !rest.starts_with(']') {
                    all.push(Doc::read_one(rest));
                    if rest.starts_with(',') {
                        token(rest, 1);
                    }
                }
                token(rest, 1);
                Doc::Array(all)
            }
            b'{' => {
                token(rest, 1);
                let mut all = Vec::new();
                while !rest.starts_with('}') {
                    let length = quoted(rest);
                    let key = token(rest, length)[1..length - 1].to_owned();
                    token(rest, 1);
                    all.push((key, Doc::read_one(rest)));
                    if rest.starts_with(',') {
                        token(rest, 1);
                    }
                }
                token(rest, 1);
                Doc::Object(all)
            }
            first => {
                let length = rest.find([',', ']', '}', ' ']).unwrap_or(rest.len());
                let word = token(rest, length);
                if first.is_ascii_lowercase() { Doc::Word(word) } else { Doc::Number(word) }
            }
        }
    }

    /// Applies one operation of an RFC 6902 patch; whether there was such a place.
    pub fn apply(&mut self, op: &str, path: &str, value: Option<&str>) -> bool {
        let value = value.map(Doc::read);
        let Some((around, last)) = path.rsplit_once('/') else {
            if let (true, Some(value)) = (op == "replace" || op == "add", value) {
                *self = value;
                return true;
            }
            return false;
        };
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let mut at = self;
        for part in around.split('/').skip(1) {
            let part = unescaped(part);
            let next = match at {
                Doc::Array(all) => part.parse::<usize>().ok().and_then(|n| all.get_mut(n)),
                Doc::Object(all) => {
                    all.iter_mut().find(|(key, _)| spoken(key) == part).map(|(_, value)| value)
                }
                _ => None,
            };
            let Some(next) = next else { return false };
            at = next;
        }
        let last = unescaped(last);
        match at {
            Doc::Array(all) => {
                let Ok(n) = last.parse::<usize>() else { return false };
                match (op, value) {
                    ("add", Some(value)) if n <= all.len() => all.insert(n, value),
                    ("replace", Some(value)) if n < all.len() => all[n] = value,
                    ("remove", None) if n < all.len() => drop(all.remove(n)),
                    _ => return false,
                }
                true
            }
            Doc::Object(all) => {
                let place = all.iter().position(|(key, _)| spoken(key) == last);
                match (op, value, place) {
                    ("add", Some(value), None) => all.push((last, value)),
                    ("add" | "replace", Some(value), Some(n)) => all[n].1 = value,
                    ("remove", None, Some(n)) => drop(all.remove(n)),
                    _ => return false,
                }
                true
            }
            _ => false,
        }
    }
}

/// How long a text with its quotes is.
fn quoted(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// A key as a pointer has it.
fn spoken(key: &str) -> String {
    plain(key)
}
