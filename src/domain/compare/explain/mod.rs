//! Why two values differ: the simplest transformation that turns old's into new's.
//!
//! Of one difference, everything that would account for it. Only over many does it show which one it is.

use std::fmt;

use super::tree::{Document, Id, Type};

/// A transformation that may have been applied to old's value on the way to new.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Another case of the same letters.
    Case,
    /// White space around the text.
    Blanks,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cause::Case => "the case of letters",
            Cause::Blanks => "white space around the text",
        })
    }
}

/// A value in its document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    pub document: &'d Document<'d>,
    pub id: Id,
}

/// Everything that accounts for one difference, the simplest first.
pub fn causes(old: Option<Value<'_>>, new: Option<Value<'_>>) -> Vec<Cause> {
    let (Some(old), Some(new)) = (old, new) else { return Vec::new() };
    let kinds = (old.document.kind(old.id), new.document.kind(new.id));
    if kinds != (Type::String, Type::String) {
        return Vec::new();
    }
    let (ours, theirs) = (old.document.string(old.id), new.document.string(new.id));
    let (ours, theirs) = (String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs));
    let mut found = Vec::new();
    if ours.to_lowercase() == theirs.to_lowercase() {
        found.push(Cause::Case);
    }
    if ours.trim() == theirs.trim() {
        found.push(Cause::Blanks);
    }
    found
}
