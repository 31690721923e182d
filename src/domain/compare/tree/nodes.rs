//! Nodes while a body is being read: appended in the order of the text, closed when their container ends.

use std::borrow::Cow;

use super::{Document, Id, Node, Type, Unreadable, text};

/// The nodes read so far.
#[derive(Debug)]
pub struct Nodes {
    all: Vec<Node>,
    repeats: bool,
    most: usize,
}

impl Nodes {
    /// Room for some, and a bound on all.
    pub fn new(some: usize, most: usize) -> Nodes {
        Nodes { all: Vec::with_capacity(some.min(most)), repeats: false, most }
    }

    /// A value or key whose spelling lies at `start..end`. `flag`: a string that holds escapes.
    pub fn push(&mut self, kind: Type, flag: bool, start: usize, end: usize) -> Result<Id, Unreadable> {
        let at = self.all.len();
        if at >= self.most {
            return Err(Unreadable::TooLarge);
        }
        let id = Id(at as u32);
        self.all.push(Node { kind, flag, start: start as u32, end: end as u32, next: id.0 + 1 });
        Ok(id)
    }

    pub fn is_object(&self, id: Id) -> bool {
        self.all.get(id.index()).is_some_and(|node| node.kind == Type::Object)
    }

    /// A container ends before `end` of the text.
    pub fn close(&mut self, id: Id, end: usize) {
        let next = self.all.len() as u32;
        if let Some(node) = self.all.get_mut(id.index()) {
            (node.end, node.next) = (end as u32, next);
        }
    }

    /// Marks an object that has closed where a key stands in it twice.
    pub fn look_for_repeats(&mut self, object: Id, bytes: &[u8]) {
        if self.has_a_repeat(object, bytes) {
            self.repeats = true;
            if let Some(node) = self.all.get_mut(object.index()) {
                node.flag = true;
            }
        }
    }

    /// Appends all nodes of a document whose text was appended at `shift`.
    pub fn graft(&mut self, document: &Document<'_>, shift: usize) -> Result<(), Unreadable> {
        let (from, shift) = (self.all.len() as u32, shift as u32);
        if self.all.len() + document.nodes.len() > self.most {
            return Err(Unreadable::TooLarge);
        }
        self.repeats |= document.repeats;
        self.all.extend(document.nodes.iter().map(|node| Node {
            start: node.start + shift,
            end: node.end + shift,
            next: node.next + from,
            ..*node
        }));
        Ok(())
    }

    pub fn over(self, text: Cow<'_, str>) -> Document<'_> {
        Document { text, nodes: self.all, repeats: self.repeats }
    }

    /// Whether a key stands twice in the object that just closed.
    fn has_a_repeat(&self, object: Id, bytes: &[u8]) -> bool {
        const FEW: usize = 16;
        let mut spans = [(0u32, 0u32); FEW];
        let (mut count, mut escaped) = (0, false);
        let end = self.all.len() as u32;
        let mut at = object.0 + 1;
        while at < end {
            let Some(key) = self.all.get(at as usize) else { break };
            if let Some(span) = spans.get_mut(count) {
                *span = (key.start, key.end);
            }
            escaped |= key.flag;
            count += 1;
            at = self.all.get(at as usize + 1).map_or(end, |value| value.next);
        }
        if count > FEW || escaped {
            return self.has_a_repeat_among_many(object, bytes);
        }
        let spelled = |(start, end): (u32, u32)| bytes.get(start as usize..end as usize);
        spans.iter().take(count).enumerate().any(|(n, one)| {
            let length = one.1 - one.0;
            spans.iter().take(n).any(|other| other.1 - other.0 == length && spelled(*one) == spelled(*other))
        })
    }

    fn has_a_repeat_among_many(&self, object: Id, bytes: &[u8]) -> bool {
        let end = self.all.len() as u32;
        let mut keys = Vec::new();
        let mut at = object.0 + 1;
        while at < end {
            let Some(key) = self.all.get(at as usize) else { break };
            let inner = bytes.get(key.start as usize + 1..key.end as usize - 1).unwrap_or_default();
            keys.push(if key.flag { text::unescaped(inner).into() } else { Cow::Borrowed(inner) });
            at = self.all.get(at as usize + 1).map_or(end, |value| value.next);
        }
        keys.sort_unstable();
        keys.array_windows::<2>().any(|[one, other]| one == other)
    }
}
