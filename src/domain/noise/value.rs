//! One value as noise sees it: its type, and what it says where that is short enough to know.

use super::super::compare::difference::{Difference, Place};

/// What one reply says at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing at all.
    Absent,
    Null,
    Bool(bool),
    /// As it is spelled.
    Number(String),
    Text(String),
    /// The beginning of a text that was cut to a bound.
    Long(String),
    Array,
    Object,
    /// Cut or written so that it cannot be told what it is.
    Unreadable,
}

/// What marks an excerpt that was cut.
const MARK: char = '…';

impl Value {
    /// Of the excerpt that a difference in a body gives: JSON, perhaps cut.
    pub fn of_json(excerpt: Option<&str>) -> Value {
        let Some(text) = excerpt else { return Value::Absent };
        match (text, text.as_bytes().first()) {
            ("null", _) => Value::Null,
            ("true", _) => Value::Bool(true),
            ("false", _) => Value::Bool(false),
            (_, Some(b'"')) => Value::of_string(text),
            (_, Some(b'[')) => Value::Array,
            (_, Some(b'{')) => Value::Object,
            (_, Some(b'-' | b'0'..=b'9')) if !text.ends_with(MARK) => Value::Number(text.to_owned()),
            _ => Value::Unreadable,
        }
    }

    /// Of a header or a cookie.
    pub fn of_text(excerpt: Option<&str>) -> Value {
        match excerpt {
            None => Value::Absent,
            Some(text) => match text.strip_suffix(MARK) {
                Some(start) => Value::Long(start.to_owned()),
                None => Value::Text(text.to_owned()),
            },
        }
    }

    /// Both values of a difference.
    pub fn pair(difference: &Difference) -> (Value, Value) {
        let of = match difference.place {
            Place::Body(_) => Value::of_json,
            _ => Value::of_text,
        };
        (of(difference.old.as_deref()), of(difference.new.as_deref()))
    }

    fn of_string(spelled: &str) -> Value {
        if let Ok(text) = serde_json::from_str(spelled) {
            return Value::Text(text);
        }
        let inside = spelled.trim_start_matches('"');
        match inside.strip_suffix(MARK) {
            Some(start) => Value::Long(start.to_owned()),
            // A lone surrogate or the like: a text, but not one that can be looked at.
            None => Value::Unreadable,
        }
    }

    /// What it says, where it is a text or a number and known in full.
    pub fn spelled(&self) -> Option<&str> {
        match self {
            Value::Number(text) | Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// One bit for each type.
    pub const fn kind(&self) -> u16 {
        match self {
            Value::Absent => 1,
            Value::Null => 2,
            Value::Bool(_) => 4,
            Value::Number(_) => 8,
            Value::Text(_) | Value::Long(_) => 16,
            Value::Array => 32,
            Value::Object => 64,
            Value::Unreadable => 128,
        }
    }

    /// Whether it is a text or a number.
    pub const fn is_said(&self) -> bool {
        matches!(self, Value::Number(_) | Value::Text(_) | Value::Long(_))
    }

    /// Whether it can be checked at all: what is inside a container or cut out of sight cannot.
    pub const fn is_plain(&self) -> bool {
        !matches!(self, Value::Array | Value::Object | Value::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_read_as_what_it_was_cut_from() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (excerpt, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("-1.5e3", Value::Number("-1.5e3".into())),
            ("123…", Value::Unreadable),
            (r#""a\nb""#, text("a\nb")),
            (r#""""#, text("")),
            (r#""null""#, text("null")),
            (r#""abc…"#, Value::Long("abc".into())),
            (r#""abc…""#, text("abc…")),
            (r#""\ud800""#, Value::Unreadable),
            ("[1,2…", Value::Array),
            ("{}", Value::Object),
            ("", Value::Unreadable),
        ] {
            assert_eq!(Value::of_json(Some(excerpt)), value, "{excerpt}");
        }
        assert_eq!((Value::of_json(None), Value::of_text(Some("null"))), (Value::Absent, text("null")));
    }
}
