//! That a patch does what it says: applied to old by a library that knows nothing of ours, it gives what
//! equals new under the rules.
//!
//! Numbers travel as texts, since the library would round them.

use std::slice;

use json_patch::{AddOperation, PatchOperation, RemoveOperation, ReplaceOperation, jsonptr::PointerBuf};
use serde_json::{Map, Value, map};

use super::{
    super::{Terms, diff, formats::json, tree::Builder},
    Bindings, Bounds, Docs, Document, Edit, Id, MOST_NODES, Op, Patch, Type, Unreadable, key,
};

/// Objects and arrays inside each other: the library walks them by recursion.
const DEEPEST: usize = 500;
/// Bytes of the document that comes of it: as much as the offsets of a tree reach.
const MOST_TEXT: usize = 1 << 30;
/// Marks in front of what travels as a text.
const NUMBER: char = 'n';
const TEXT: char = 's';

pub fn holds(patch: &Patch, docs: Docs<'_>, terms: &Terms<'_>) -> Result<(), String> {
    let mut document = mirrored(docs.old)?;
    let bounds = Bounds { depth: terms.limits.depth, nodes: MOST_NODES, text: MOST_TEXT };
    json_patch::patch(&mut document, &operations(patch, bounds)?).map_err(|why| broken(&why.to_string()))?;
    let patched = read(&document, bounds).map_err(|_| broken("it gives more than can be compared"))?;
    let docs = Docs { old: &patched, new: docs.new };
    let terms = Terms { rules: terms.rules, limits: terms.limits, ..*terms };
    let rest = diff::diff(docs, &terms, &Bindings::default());
    if rest.costly || !rest.found.is_empty() {
        return Err(broken("it does not give new"));
    }
    Ok(())
}

fn broken(why: &str) -> String {
    format!("the patch does not hold ({why}), so it is not shown")
}

fn operations(patch: &Patch, bounds: Bounds) -> Result<json_patch::Patch, String> {
    let operation = |edit: &Edit| {
        let path = PointerBuf::parse(&edit.path).map_err(|_| broken("a path is no pointer"))?;
        let value = match &edit.value {
            None => Value::Null,
            Some(text) => {
                let value = json::read(text.as_bytes(), bounds).map_err(|_| broken("a value is no JSON"))?;
                mirrored(&value)?
            }
        };
        Ok(match edit.op {
            Op::Add => PatchOperation::Add(AddOperation { path, value }),
            Op::Remove => PatchOperation::Remove(RemoveOperation { path }),
            Op::Replace => PatchOperation::Replace(ReplaceOperation { path, value }),
        })
    };
    patch.edits.iter().map(operation).collect::<Result<_, _>>().map(json_patch::Patch)
}

/// A container that is being mirrored.
struct Open {
    next: Id,
    end: Id,
    key: String,
    built: Value,
}

/// The document as the library has it, with marks that tell numbers from texts.
fn mirrored(document: &Document<'_>) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut at = Id::ROOT;
    loop {
        let mut done = match document.kind(at) {
            Type::Null => Some(Value::Null),
            Type::False => Some(Value::Bool(false)),
            Type::True => Some(Value::Bool(true)),
            Type::Number => Some(Value::String(format!("{NUMBER}{}", document.raw(at)))),
            Type::String => Some(Value::String(format!("{TEXT}{}", key(document, at)?))),
            Type::Bytes | Type::Other => return Err("JSON has no such value".to_owned()),
            Type::Array | Type::Object if open.len() >= DEEPEST => {
                return Err(format!("nested deeper than {DEEPEST}: no patch is tried"));
            }
            kind => {
                let empty =
                    if kind == Type::Array { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
                open.push(Open {
                    next: at.following(),
                    end: document.after(at),
                    key: String::new(),
                    built: empty,
                });
                None
            }
        };
        at = loop {
            let Some(top) = open.last_mut() else { return Ok(done.unwrap_or_default()) };
            if let Some(value) = done.take() {
                top.take(value);
            }
            if top.next < top.end {
                let mut child = top.next;
                if top.built.is_object() {
                    top.key = key(document, child)?;
                    child = child.following();
                }
                top.next = document.after(child);
                break child;
            }
            done = open.pop().map(|open| open.built);
        };
    }
}

impl Open {
    fn take(&mut self, value: Value) {
        match &mut self.built {
            Value::Array(elements) => elements.push(value),
            Value::Object(members) => {
                members.insert(std::mem::take(&mut self.key), value);
            }
            _ => {}
        }
    }
}

/// What is left of a container that is being read.
enum Rest<'v> {
    Elements(slice::Iter<'v, Value>),
    Members(map::Iter<'v>),
}

/// What was mirrored, read as a document again.
fn read(value: &Value, bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut out = Builder::new(bounds);
    let mut open: Vec<Rest<'_>> = Vec::new();
    let mut next = Some(value);
    loop {
        match next {
            Some(Value::Array(elements)) => {
                out.begin_array()?;
                open.push(Rest::Elements(elements.iter()));
            }
            Some(Value::Object(members)) => {
                out.begin_object()?;
                open.push(Rest::Members(members.iter()));
            }
            Some(leaf) => read_leaf(leaf, &mut out)?,
            None => {
                out.end();
                open.pop();
            }
        }
        let Some(top) = open.last_mut() else { return Ok(out.finish()) };
        next = match top {
            Rest::Elements(elements) => elements.next(),
            Rest::Members(members) => match members.next() {
                None => None,
                Some((key, value)) => {
                    out.key(key)?;
                    Some(value)
                }
            },
        };
    }
}

fn read_leaf(leaf: &Value, out: &mut Builder) -> Result<(), Unreadable> {
    match leaf {
        Value::Bool(value) => out.boolean(*value),
        Value::String(text) => match (text.strip_prefix(NUMBER), text.strip_prefix(TEXT)) {
            (Some(spelling), _) => out.number(spelling),
            (None, inner) => out.string(inner.unwrap_or(text)),
        },
        _ => out.null(),
    }
}
