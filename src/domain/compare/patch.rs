//! What differs between two JSON documents, written as an RFC 6902 patch: applied to old, it gives new.
//!
//! Written from our own differences, so that one insert is one operation, and every number keeps its
//! spelling. Never handed out on trust: it is applied, and what comes of it is compared with new.

use std::{cmp::Reverse, collections::HashMap, fmt};

use super::{
    super::{observation::Reply, payload::Payload},
    Limits, Terms,
    bindings::Bindings,
    coding,
    diff::{
        self, Found,
        path::{Docs, Step},
    },
    difference::Kind,
    formats::json,
    tree::{Bounds, Document, Id, MOST_NODES, Type, Unreadable, text},
};

mod proof;

/// Operations in the order in which they are to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    edits: Vec<Edit>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub op: Op,
    /// An RFC 6901 pointer, as it applies once all operations before this one have been.
    pub path: String,
    /// The exact JSON text of the value; nothing where something is removed.
    pub value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Add,
    Remove,
    Replace,
}

impl Op {
    pub const fn name(self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Remove => "remove",
            Op::Replace => "replace",
        }
    }
}

/// The patch that turns the body of one reply into that of the other, but for what the rules forgive; or
/// why there is none.
pub fn of_replies(old: &Reply, new: &Reply, terms: &Terms<'_>) -> Result<Patch, String> {
    let body = |side: &str, reply: &Reply| {
        let Payload::Whole(chunks) = &reply.body else { return Err(format!("{side}'s body was not kept")) };
        let codings = coding::codings(&reply.fields);
        coding::undone(chunks.joined(), &codings, terms.limits.decoded)
            .map_err(|_| format!("{side}'s content coding cannot be undone"))
    };
    patch(&body("old", old)?, &body("new", new)?, terms)
}

/// The patch that turns one JSON text into another, but for what the rules forgive; or why there is none.
pub fn patch(old: &[u8], new: &[u8], terms: &Terms<'_>) -> Result<Patch, String> {
    let limits = terms.limits;
    let bounds = Bounds { depth: limits.depth, nodes: MOST_NODES, text: 0 };
    let read = |side: &str, body| json::read(body, bounds).map_err(|why| format!("{side} {}", unread(&why)));
    let (old, new) = (read("old", old)?, read("new", new)?);
    if old.repeats_a_key() || new.repeats_a_key() {
        return Err("a key stands more than once in an object, which no patch can name".to_owned());
    }
    let docs = Docs { old: &old, new: &new };
    let all = Limits { differences: usize::MAX, ..*limits };
    let terms = Terms { limits: &all, ..*terms };
    let findings = diff::diff(docs, &terms, &Bindings::default());
    if findings.costly {
        return Err("the documents are too much to compare in full".to_owned());
    }
    let patch = Patch { edits: edits(docs, &findings.found)? };
    proof::holds(&patch, docs, &terms)?;
    Ok(patch)
}

impl Patch {
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }
}

/// As a JSON text, one operation a line.
impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (n, edit) in self.edits.iter().enumerate() {
            f.write_str(if n == 0 { "\n  " } else { ",\n  " })?;
            let mut path = String::new();
            text::escape(&edit.path, &mut path);
            write!(f, r#"{{"op":"{}","path":"{path}""#, edit.op.name())?;
            if let Some(value) = &edit.value {
                write!(f, r#","value":{value}"#)?;
            }
            f.write_str("}")?;
        }
        f.write_str(if self.edits.is_empty() { "]" } else { "\n]" })
    }
}

/// An edit with its place in the order of all.
struct Placed {
    /// Steps from the root. What lies deeper goes first: it is named by the positions that old has,
    /// and those hold until elements around it come and go.
    depth: Reverse<usize>,
    /// Within one array: changes, then removals from the end, then additions from the beginning.
    turn: (u8, Reverse<usize>, usize),
    edit: Edit,
}

fn edits(docs: Docs<'_>, found: &[Found]) -> Result<Vec<Edit>, String> {
    let mut lengths = Lengths::of(docs, found)?;
    let mut placed = found.iter().map(|found| place(docs, found)).collect::<Result<Vec<_>, _>>()?;
    placed.sort_by_key(|placed| (placed.depth, placed.turn));
    for Placed { edit, turn: (turn, ..), .. } in &mut placed {
        if *turn == ADDED {
            lengths.keep_inside(edit);
        }
    }
    Ok(placed.into_iter().map(|placed| placed.edit).collect())
}

const CHANGED: u8 = 0;
const REMOVED: u8 = 1;
const ADDED: u8 = 2;

fn place(docs: Docs<'_>, found: &Found) -> Result<Placed, String> {
    if found.kind == Kind::RepeatedKey {
        return Err("a key stands more than once in an object, which no patch can name".to_owned());
    }
    let op = match (found.old, found.new) {
        (_, None) => Op::Remove,
        (None, Some(_)) => Op::Add,
        (Some(_), Some(_)) => Op::Replace,
    };
    let value = found.new.map(|id| text::compact(docs.new.raw(id), usize::MAX));
    let turn = match (op, found.path.last()) {
        (Op::Remove, Some(Step::Element { old, .. })) => (REMOVED, Reverse(*old), 0),
        (Op::Add, Some(Step::Element { new, .. })) => (ADDED, Reverse(0), *new),
        _ => (CHANGED, Reverse(0), 0),
    };
    let edit = Edit { op, path: pointer(docs, &found.path)?, value };
    Ok(Placed { depth: Reverse(found.path.len()), turn, edit })
}

/// The whole pointer, for a machine: never cut, and exact or none.
fn pointer(docs: Docs<'_>, path: &[Step]) -> Result<String, String> {
    let mut pointer = String::new();
    for step in path {
        pointer.push('/');
        match step {
            Step::OldKey(id) => pointer.push_str(&escaped(&key(docs.old, *id)?)),
            Step::NewKey(id) => pointer.push_str(&escaped(&key(docs.new, *id)?)),
            // An element that only new has is reached by the same position twice.
            Step::Element { old, .. } => pointer.push_str(&old.to_string()),
        }
    }
    Ok(pointer)
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn key(document: &Document<'_>, id: Id) -> Result<String, String> {
    String::from_utf8(document.string(id).into_owned()).map_err(|_| {
        let shown = document.shown(id, 80);
        format!("{shown} holds half of a surrogate pair, which no patch can carry")
    })
}

/// How long each array is while elements are added to it.
///
/// An element is added where new has it. Where the rules forgive the order of an array, what is left
/// of old may end before that: then it is added at the end.
struct Lengths(HashMap<String, usize>);

impl Lengths {
    fn of(docs: Docs<'_>, found: &[Found]) -> Result<Lengths, String> {
        let mut known = HashMap::new();
        for found in found {
            let (Some(Step::Element { .. }), true) = (found.path.last(), found.old.xor(found.new).is_some())
            else {
                continue;
            };
            let (_, around) = found.path.split_last().unwrap_or((&Step::OldKey(Id::ROOT), &[]));
            let length = known
                .entry(pointer(docs, around)?)
                .or_insert_with(|| docs.old.elements(reached(docs.old, around)).count());
            *length = length.saturating_sub(usize::from(found.new.is_none()));
        }
        Ok(Lengths(known))
    }

    fn keep_inside(&mut self, edit: &mut Edit) {
        let Some((array, position)) = edit.path.rsplit_once('/') else { return };
        let Some(length) = self.0.get_mut(array) else { return };
        if position.parse::<usize>().is_ok_and(|position| position > *length) {
            edit.path = format!("{array}/{length}");
        }
        *length += 1;
    }
}

/// The value of old at the end of a path.
fn reached(old: &Document<'_>, path: &[Step]) -> Id {
    path.iter().fold(Id::ROOT, |at, step| match step {
        Step::OldKey(id) | Step::NewKey(id) => id.following(),
        Step::Element { old: position, .. } => old.elements(at).nth(*position).unwrap_or(at),
    })
}

fn unread(why: &Unreadable) -> String {
    match why {
        Unreadable::Malformed { at, expected } => format!("is no JSON: expected {expected} at byte {at}"),
        Unreadable::TooDeep => "is nested deeper than the limit".to_owned(),
        Unreadable::TooLarge => "holds more values than the limit".to_owned(),
    }
}

#[cfg(test)]
mod tests;
