//! Why two values differ: the simplest transformation that turns old's into new's.
//!
//! Of one difference, everything that would account for it. Only over many does it show which one it
//! is: that is the tally. Nothing here decides whether values differ, and a wrong guess costs a line
//! of the report, never a verdict.

pub mod arrays;
pub mod cause;
mod escapes;
mod exact;
mod minted;
mod moments;
mod numbers;
mod plain;
mod prints;
pub mod suggestion;
pub mod table;
pub mod tallies;
pub mod tally;
mod texts;
mod times;
mod words;

use std::borrow::Cow;

pub use cause::Cause;

use super::tree::{Document, Id, Type};

/// Bytes of a text or number that is looked at: every cause is tried on it, for each of many differences.
const LONGEST: usize = 2 << 10;

/// A value in its document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    pub document: &'d Document<'d>,
    pub id: Id,
}

/// A value as the causes see it.
#[derive(Clone)]
enum Seen<'d> {
    Missing,
    Null,
    Boolean(bool),
    Number(&'d str),
    Text(Cow<'d, str>),
    Array(Value<'d>),
    EmptyObject,
    /// Something that no cause looks into.
    Other,
}

/// Everything that accounts for one difference, the simplest first.
pub fn causes(old: Option<Value<'_>>, new: Option<Value<'_>>) -> Vec<Cause> {
    found(&Seen::of(old), &Seen::of(new))
}

/// The same of two texts that stand in no document, such as the values of a header.
pub fn causes_of_texts(old: Option<&str>, new: Option<&str>) -> Vec<Cause> {
    let seen = |text: Option<&'_ str>| match text {
        None => Seen::Missing,
        Some(text) if text.len() > LONGEST => Seen::Other,
        Some(text) => Seen::Text(Cow::Owned(text.to_owned())),
    };
    found(&seen(old), &seen(new))
}

fn found(old: &Seen<'_>, new: &Seen<'_>) -> Vec<Cause> {
    let mut found = plain::causes(old, new);
    match (old, new) {
        (Seen::Number(ours), Seen::Number(theirs)) => found.extend(numbers::causes(ours, theirs)),
        (Seen::Text(ours), Seen::Text(theirs)) => found.extend(texts::causes(ours, theirs)),
        (Seen::Array(ours), Seen::Array(theirs)) => found.extend(arrays::causes(*ours, *theirs)),
        _ => {}
    }
    found.extend(moments::causes(old, new));
    found.sort();
    found.dedup();
    found
}

impl<'d> Seen<'d> {
    fn of(value: Option<Value<'d>>) -> Seen<'d> {
        let Some(Value { document, id }) = value else { return Seen::Missing };
        let long = document.raw(id).len() > LONGEST;
        match document.kind(id) {
            Type::Null => Seen::Null,
            Type::True => Seen::Boolean(true),
            Type::False => Seen::Boolean(false),
            Type::Array => Seen::Array(Value { document, id }),
            Type::Object if document.keys(id).next().is_none() => Seen::EmptyObject,
            Type::Number if !long => Seen::Number(document.raw(id)),
            Type::String if !long => Seen::text(document.string(id)),
            _ => Seen::Other,
        }
    }

    /// A lone surrogate is in no text that could be transformed.
    fn text(bytes: Cow<'d, [u8]>) -> Seen<'d> {
        match bytes {
            Cow::Borrowed(bytes) => str::from_utf8(bytes).map_or(Seen::Other, |text| Seen::Text(text.into())),
            Cow::Owned(bytes) => String::from_utf8(bytes).map_or(Seen::Other, |text| Seen::Text(text.into())),
        }
    }
}

impl Cause {
    /// Whether this very transformation turns the one into the other. Not for what only many
    /// differences can tell.
    pub fn accounts_for(&self, old: Option<Value<'_>>, new: Option<Value<'_>>) -> bool {
        let (old, new) = (Seen::of(old), Seen::of(new));
        plain::holds(self, &old, &new)
            || match (&old, &new) {
                (Seen::Number(ours), Seen::Number(theirs)) => numbers::holds(self, ours, theirs),
                (Seen::Text(ours), Seen::Text(theirs)) => texts::holds(self, ours, theirs),
                (Seen::Array(ours), Seen::Array(theirs)) => arrays::holds(self, *ours, *theirs),
                _ => false,
            }
            || moments::holds(self, &old, &new)
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
