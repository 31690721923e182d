//! What every readable body becomes: a flat tree of values over one text.
//!
//! JSON is read in place and the tree borrows from it; other formats write their values down as they
//! are read (`Builder`). Numbers stay the spelling they arrived in, repeated keys stay repeated,
//! strings are decoded only when asked for. Nothing is ever rounded, merged or sorted here: that is how
//! false passes begin.

mod abreast;
mod builder;
mod nodes;
mod repeats;
pub mod text;

use std::borrow::Cow;

pub use builder::Builder;
pub use nodes::Nodes;
pub use repeats::Keys;

/// Values and keys of one document: 16 MiB of tree, and as much again to hold it against another.
pub const MOST_NODES: usize = 1 << 20;

/// What a document may grow to.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Objects and arrays inside each other.
    pub depth: usize,
    /// Values and keys.
    pub nodes: usize,
    /// Bytes of text that a format may write down for its values.
    pub text: usize,
}

/// Why a body was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not of its format: at which byte, and what was expected there.
    Malformed {
        at: usize,
        expected: Cow<'static, str>,
    },
    TooDeep,
    TooLarge,
}

/// What a value is. `True` and `False` are apart here and one type in a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
    /// A run of bytes that is no text, spelled `h'00ff'` (RFC 8949, 8).
    Bytes,
    /// What JSON has no value for, such as `NaN` or `undefined`; equal where it is spelled alike.
    Other,
}

impl Type {
    /// Whether it holds other values.
    pub const fn nests(self) -> bool {
        matches!(self, Type::Array | Type::Object)
    }

    /// As JSON calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::False | Type::True => "boolean",
            Type::Number => "number",
            Type::String => "string",
            Type::Array => "array",
            Type::Object => "object",
            Type::Bytes => "bytes",
            Type::Other => "other",
        }
    }
}

/// One value or one key. Children follow their container at once, each before its own children.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Type,
    /// A string: it holds escapes. An object: a key stands in it more than once.
    flag: bool,
    start: u32,
    end: u32,
    /// The node after this one and all it holds.
    next: u32,
}

impl Node {
    const fn length(&self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }
}

/// Where a value stands in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

/// A body that was read in full.
#[derive(Debug)]
pub struct Document<'t> {
    text: Cow<'t, str>,
    nodes: Vec<Node>,
    repeats: bool,
}

impl Id {
    pub const ROOT: Id = Id(0);

    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The first child of a container, and the value that belongs to a key.
    pub const fn following(self) -> Id {
        Id(self.0.saturating_add(1))
    }
}

impl<'t> Document<'t> {
    /// The same with a text of its own.
    pub fn into_owned(self) -> Document<'static> {
        let Document { text, nodes, repeats } = self;
        Document { text: Cow::Owned(text.into_owned()), nodes, repeats }
    }

    /// How many values and keys there are.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// Whether any object holds a key more than once.
    pub fn repeats_a_key(&self) -> bool {
        self.repeats
    }

    pub fn kind(&self, id: Id) -> Type {
        self.node(id).kind
    }

    /// Whether this object holds a key more than once.
    pub fn is_repeating(&self, id: Id) -> bool {
        let node = self.node(id);
        node.kind == Type::Object && node.flag
    }

    /// The value as it is spelled, quotes and all.
    pub fn raw(&self, id: Id) -> &str {
        self.spelled(&self.node(id))
    }

    /// The text all of it lies in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the text its spelling lies.
    pub fn span(&self, id: Id) -> std::ops::Range<usize> {
        let node = self.node(id);
        node.start as usize..node.end as usize
    }

    /// How many bytes its spelling takes.
    pub fn length(&self, id: Id) -> usize {
        self.node(id).length()
    }

    /// The value without the blanks between its parts, cut to so many characters.
    pub fn shown(&self, id: Id, characters: usize) -> String {
        text::compact(self.raw(id), characters)
    }

    /// Whether a string or a key is not what it is spelled as.
    pub fn is_escaped(&self, id: Id) -> bool {
        let node = self.node(id);
        node.kind == Type::String && node.flag
    }

    /// What a string says, with its escapes undone. Lone surrogates become three bytes each, as
    /// WTF-8 has it: no text spells those bytes otherwise, so nothing else compares equal to them.
    pub fn string(&self, id: Id) -> Cow<'_, [u8]> {
        self.said(&self.node(id))
    }

    /// Whether two strings, of two documents or of one, say the same.
    pub fn same_string(&self, id: Id, other: &Document<'_>, theirs: Id) -> bool {
        let (one, two) = (self.node(id), other.node(theirs));
        self.bytes(&one) == other.bytes(&two) || (one.flag || two.flag) && self.said(&one) == other.said(&two)
    }

    /// The node after this value and all it holds.
    pub fn after(&self, id: Id) -> Id {
        Id(self.node(id).next.max(id.following().0))
    }

    /// The elements of an array.
    pub fn elements(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let end = self.after(id);
        let mut at = id.following();
        std::iter::from_fn(move || {
            let found = (at < end).then_some(at)?;
            at = self.after(found);
            Some(found)
        })
    }

    /// The keys of an object, in order; each one's value follows it.
    pub fn keys(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        self.keys_from(id.following(), self.after(id))
    }

    /// The keys of an object from one of them on, to the end of the object.
    pub fn keys_from(&self, mut at: Id, end: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::from_fn(move || {
            let found = (at < end).then_some(at)?;
            at = self.after(found.following());
            Some(found)
        })
    }

    /// Whether the whole document says nothing: `null`, `{}` or `[]`.
    pub fn is_empty(&self) -> bool {
        matches!(self.kind(Id::ROOT), Type::Null | Type::Array | Type::Object) && self.size() <= 1
    }

    fn spelled(&self, node: &Node) -> &str {
        self.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    fn bytes(&self, node: &Node) -> &[u8] {
        self.text.as_bytes().get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    fn said(&self, node: &Node) -> Cow<'_, [u8]> {
        let (start, end) = (node.start as usize + 1, (node.end as usize).saturating_sub(1));
        let inner = self.text.as_bytes().get(start..end).unwrap_or_default();
        if node.flag { Cow::Owned(text::unescaped(inner)) } else { Cow::Borrowed(inner) }
    }

    fn node(&self, id: Id) -> Node {
        const NOTHING: Node = Node { kind: Type::Null, flag: false, start: 0, end: 0, next: 0 };
        self.nodes.get(id.index()).copied().unwrap_or(NOTHING)
    }
}
