//! The places that a JSONPath rule speaks of: asked of each document once, as the set of its nodes.
//!
//! The query runs over a copy of the document in which numbers are floats where they have to be, and texts
//! where they are none. Only filters see them, to choose places; what stands there is still compared as it
//! was spelled.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use super::{
    super::{
        decimal,
        rules::{JsonPath, Rules, Selector},
        tree::{Document, Id, Type},
    },
    path::Docs,
};

/// Bytes of a document that is copied for queries; the copy takes several times as much.
const LARGEST: usize = 4 << 20;
/// Values and keys of such a document.
const MOST_NODES: usize = 200_000;
/// Containers inside each other: the query and the end of the copy go down them on the stack.
const DEEPEST: usize = 128;
/// Steps that a query may take, as far as its text tells: nothing can stop it once it runs.
const MOST_STEPS: usize = 20_000_000;

/// What one rule selects.
#[derive(Debug)]
pub struct Selected {
    pub rule: usize,
    old: Vec<Id>,
    new: Vec<Id>,
}

/// The two values of a pair, or the one that exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spot {
    pub old: Option<Id>,
    pub new: Option<Id>,
}

impl Selected {
    /// Whether the rule speaks of this pair: of both values, or of the one that exists.
    pub fn holds(&self, spot: Spot) -> bool {
        let among = |all: &[Id], id: Option<Id>| id.map(|id| all.binary_search(&id).is_ok());
        match (among(&self.old, spot.old), among(&self.new, spot.new)) {
            (None, None) => false,
            (old, new) => old.unwrap_or(true) && new.unwrap_or(true),
        }
    }

    /// Whether it speaks of anything inside this pair.
    pub fn reaches_into(&self, docs: Docs<'_>, old: Id, new: Id) -> bool {
        let inside = |all: &[Id], document: &Document<'_>, id: Id| {
            let first = all.partition_point(|other| *other <= id);
            all.get(first).is_some_and(|other| *other < document.after(id))
        };
        inside(&self.old, docs.old, old) || inside(&self.new, docs.new, new)
    }
}

/// What each of the standing JSONPath rules selects, and notes on those that cannot be followed.
pub fn select(
    docs: Docs<'_>,
    rules: &Rules,
    stands: impl Fn(usize) -> bool,
    notes: &mut Vec<String>,
) -> Vec<Selected> {
    let paths: Vec<_> = (rules.rules().iter().enumerate())
        .filter_map(|(number, rule)| match &rule.at {
            Selector::Path(path) if stands(number) => Some((number, path)),
            _ => None,
        })
        .collect();
    if paths.is_empty() {
        return Vec::new();
    }
    let (Some(old), Some(new)) = (Copied::of(docs.old), Copied::of(docs.new)) else {
        notes.push(
            "too large, too deep or with repeated keys: JSONPath rules forgive nothing here".to_owned(),
        );
        return Vec::new();
    };
    let mut all = Vec::with_capacity(paths.len());
    for (rule, path) in paths {
        let steps = old.steps(path).max(new.steps(path));
        if steps > MOST_STEPS {
            notes.push(format!(
                "{}: too costly a query for a body of this size, so it forgives nothing",
                path.text()
            ));
        } else {
            all.push(Selected { rule, old: old.selected(path), new: new.selected(path) });
        }
    }
    all
}

/// A document as queries read it, and which of its nodes each value is.
struct Copied {
    value: Value,
    /// In the order of the document.
    ids: Vec<Id>,
    depth: usize,
}

/// A container that is being copied.
struct Open {
    value: Value,
    end: Id,
    key: Option<String>,
}

impl Copied {
    fn of(document: &Document<'_>) -> Option<Copied> {
        let fits = document.size() <= MOST_NODES && document.raw(Id::ROOT).len() <= LARGEST;
        if !fits || document.repeats_a_key() {
            return None;
        }
        let (mut open, mut ids, mut depth): (Vec<Open>, Vec<Id>, usize) = (Vec::new(), Vec::new(), 0);
        let mut at = Id::ROOT;
        loop {
            ids.push(at);
            let mut value = match document.kind(at) {
                Type::Array => Value::Array(Vec::new()),
                Type::Object => Value::Object(Map::new()),
                _ => leaf(document, at),
            };
            if value.is_array() || value.is_object() {
                open.push(Open { value, end: document.after(at), key: None });
                depth = depth.max(open.len());
                at = at.following();
            } else {
                at = document.after(at);
                let Some(top) = open.last_mut() else { return Some(Copied { value, ids, depth }) };
                top.take(value)?;
            }
            if depth > DEEPEST {
                return None;
            }
            while let Some(done) = open.pop_if(|top| at >= top.end) {
                value = done.value;
                let Some(top) = open.last_mut() else { return Some(Copied { value, ids, depth }) };
                top.take(value)?;
            }
            if let Some(top) = open.last_mut()
                && top.value.is_object()
            {
                top.key = Some(String::from_utf8_lossy(&document.string(at)).into_owned());
                at = at.following();
            }
        }
    }

    /// How many steps a query may take at the worst, guessed from its text: a descent within a descent
    /// sees a node once for each level above it, and a filter that looks through the whole document
    /// again sees it once for each node.
    fn steps(&self, path: &JsonPath) -> usize {
        let text = path.text();
        let descents = text.matches("..").count().saturating_sub(1);
        let again = text
            .split('$')
            .skip(2)
            .filter(|part| part.contains(['*', '?', ':']) || part.contains(".."))
            .count();
        let factor =
            |base: usize, times: usize| (0..times).fold(1usize, |sum, _| sum.saturating_mul(base.max(2)));
        let nodes = self.ids.len();
        nodes.saturating_mul(factor(self.depth, descents)).saturating_mul(factor(nodes, again))
    }

    fn selected(&self, path: &JsonPath) -> Vec<Id> {
        let found = path.query().query(&self.value).all();
        if found.is_empty() {
            return Vec::new();
        }
        let mut all: Vec<_> = {
            let known = self.known();
            found.into_iter().filter_map(|value| known.get(&address(value)).copied()).collect()
        };
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The nodes by where their copies lie.
    fn known(&self) -> HashMap<usize, Id> {
        let mut known = HashMap::with_capacity(self.ids.len());
        let mut ids = self.ids.iter();
        let mut waiting = vec![&self.value];
        while let Some(value) = waiting.pop() {
            let Some(id) = ids.next() else { break };
            known.insert(address(value), *id);
            match value {
                Value::Array(all) => waiting.extend(all.iter().rev()),
                Value::Object(all) => waiting.extend(all.values().rev()),
                _ => {}
            }
        }
        known
    }
}

impl Open {
    /// `None` where two keys became one because neither is text.
    fn take(&mut self, value: Value) -> Option<()> {
        match (&mut self.value, self.key.take()) {
            (Value::Array(all), _) => all.push(value),
            (Value::Object(all), Some(key)) => return all.insert(key, value).is_none().then_some(()),
            _ => {}
        }
        Some(())
    }
}

fn leaf(document: &Document<'_>, id: Id) -> Value {
    let spelled = document.raw(id);
    match document.kind(id) {
        Type::True => Value::Bool(true),
        Type::False => Value::Bool(false),
        Type::String => Value::String(String::from_utf8_lossy(&document.string(id)).into_owned()),
        // A number that no float is would pass for its neighbour, and a filter would name the wrong place.
        Type::Number => number(spelled).map_or_else(|| Value::String(spelled.to_owned()), Value::Number),
        Type::Bytes | Type::Other => Value::String(spelled.to_owned()),
        Type::Null | Type::Array | Type::Object => Value::Null,
    }
}

fn number(spelled: &str) -> Option<Number> {
    let whole =
        spelled.parse::<i64>().map(Number::from).or_else(|_| spelled.parse::<u64>().map(Number::from));
    let float = || {
        let float: f64 = spelled.parse().ok()?;
        decimal::same_number(&format!("{float:e}"), spelled).then_some(float)
    };
    whole.ok().or_else(|| Number::from_f64(float()?))
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}
