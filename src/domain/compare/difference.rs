//! One place where two replies disagree.

use std::fmt;

use super::explain::Cause;

/// Where in a reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Status,
    /// By its name in lower case.
    Header(String),
    Trailer(String),
    /// A cookie that the reply sets, by its name.
    Cookie(String),
    /// In the body, as an RFC 6901 JSON Pointer; empty for the body as a whole.
    Body(String),
    /// In no one place: what an invariant, by its name, asks of the pair as a whole.
    Invariant(String),
}

/// How the two values at a place disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Only new has it.
    Added,
    /// Only old has it.
    Removed,
    /// Both have a value of the same type, and the values differ.
    Changed,
    /// The values are of different types.
    Type,
    /// The same elements in another order.
    Order,
    /// Both are numbers and differ.
    Number,
    /// Both are texts and differ.
    Text,
    /// The same text in another encoding that a client may not expect.
    Encoding,
    /// Bytes that are not read as anything, and differ.
    Bytes,
    /// A key stands more than once in one of the two.
    RepeatedKey,
    /// An invariant does not hold.
    Broken,
    /// Whether an invariant holds cannot be told.
    NotJudged,
}

/// One place where two replies disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub place: Place,
    pub kind: Kind,
    /// What each side says there, as text and cut to a bound; `None` where it says nothing.
    pub old: Option<String>,
    pub new: Option<String>,
    /// The pointer with `*` for every position in an array and `{}` for every key that looks minted:
    /// what differences of one cause have in common. Empty outside a body.
    pub shape: String,
    /// The types of both, by name, where they are of two.
    pub types: Option<(&'static str, &'static str)>,
    /// What would turn old's value into new's, the simplest first; empty where nothing simple does.
    pub causes: Vec<Cause>,
}

impl Difference {
    /// Of two things that have no place inside a body.
    pub const fn at(place: Place, kind: Kind, old: Option<String>, new: Option<String>) -> Difference {
        Difference { place, kind, old, new, shape: String::new(), types: None, causes: Vec::new() }
    }
}

/// Text cut to so many characters, with a mark where something is missing.
pub(in crate::domain) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
            Kind::Type => "type",
            Kind::Order => "order",
            Kind::Number => "number",
            Kind::Text => "text",
            Kind::Encoding => "encoding",
            Kind::Bytes => "bytes",
            Kind::RepeatedKey => "repeated_key",
            Kind::Broken => "broken",
            Kind::NotJudged => "not_judged",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Status => f.write_str("status"),
            Place::Header(name) => write!(f, "header {name}"),
            Place::Trailer(name) => write!(f, "trailer {name}"),
            Place::Cookie(name) => write!(f, "cookie {name}"),
            Place::Body(pointer) if pointer.is_empty() => f.write_str("body"),
            Place::Body(pointer) => f.write_str(pointer),
            Place::Invariant(name) => write!(f, "invariant {name}"),
        }
    }
}
