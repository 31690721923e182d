//! Two replies and what was asked, as expressions see them. Read once for all invariants of a route.

use std::collections::{BTreeMap, HashMap};

use cel::{
    Context,
    common::{
        types::{CelBytes, CelInt, CelMap, CelMapKey, CelString},
        value::Val,
    },
};

use super::{survey::Size, value};
use crate::domain::{
    compare::{
        Asked,
        content::{self, Content, Most},
        rules::Rules,
    },
    fields::Fields,
    observation::Reply,
};

/// What an expression may name.
pub const NAMES: [&str; 3] = ["old", "new", "request"];
/// The two of them that are replies.
pub const SIDES: [&str; 2] = ["old", "new"];
/// What a reply has.
pub const SIDE: [&str; 3] = ["status", "headers", "body"];

/// A larger body is not looked at: a copy of it is made for each expression.
const MOST: Most = Most { bytes: 1 << 20, depth: 100, nodes: 200_000 };

/// Both replies, read.
#[derive(Debug)]
pub struct Pair {
    sides: [Read; 2],
    method: String,
    path: String,
    query: String,
    unread: Option<String>,
}

#[derive(Debug)]
struct Read {
    status: u16,
    headers: BTreeMap<String, String>,
    /// `None` where there is no body.
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    value: Box<dyn Val>,
    size: Size,
}

impl Pair {
    pub fn new(old: &Reply, new: &Reply, asked: Asked<'_>, rules: &Rules) -> Pair {
        let mut unread = None;
        let sides = [("old", old), ("new", new)].map(|(side, reply)| {
            let body = body(reply, rules).unwrap_or_else(|why| {
                unread.get_or_insert(format!("{side}: {why}"));
                None
            });
            Read { status: reply.status, headers: headers(&reply.fields), body }
        });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let query = asked.target.splitn(2, |byte| *byte == b'?').nth(1).unwrap_or_default();
        Pair { sides, method: text(asked.method), path: text(asked.path()), query: text(query), unread }
    }

    /// One that says nothing.
    pub fn example() -> Pair {
        let read = || Read { status: 200, headers: BTreeMap::new(), body: None };
        Pair {
            sides: [read(), read()],
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            unread: None,
        }
    }

    /// Why a body cannot be looked at, where there is such a one.
    pub fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    pub fn size(&self) -> Size {
        self.sides.iter().filter_map(|side| side.body.as_ref()).fold(Size::default(), |sum, body| Size {
            nodes: sum.nodes.saturating_add(body.size.nodes),
            longest: sum.longest.max(body.size.longest),
        })
    }

    /// As the names that expressions have for it.
    pub fn put_into(&self, context: &mut Context<'_, '_>) {
        for (name, side) in SIDES.into_iter().zip(&self.sides) {
            context.add_variable_as_val(name, Box::new(side.value()));
        }
        let request = [("method", &self.method), ("path", &self.path), ("query", &self.query)];
        context.add_variable_as_val("request", Box::new(texts(request)));
    }
}

impl Read {
    fn value(&self) -> CelMap<'static> {
        let headers = texts(self.headers.iter().map(|(name, value)| (name.as_str(), value)));
        let mut parts: HashMap<CelMapKey<'static>, Box<dyn Val>> = HashMap::from([
            (key("status"), Box::new(CelInt::from(i64::from(self.status))) as Box<dyn Val>),
            (key("headers"), Box::new(headers)),
        ]);
        if let Some(body) = &self.body {
            parts.insert(key("body"), body.value.clone());
        }
        CelMap::from(parts)
    }
}

fn body(reply: &Reply, rules: &Rules) -> Result<Option<Body>, String> {
    let whole = |value: Box<dyn Val>| Some(Body { value, size: Size { nodes: 1, longest: 1 } });
    match content::content(reply, rules.read_as, MOST)? {
        Content::Nothing => Ok(None),
        Content::Text(text) => Ok(whole(Box::new(CelString::from(text)))),
        Content::Bytes(bytes) => Ok(whole(Box::new(CelBytes::from(bytes.to_vec())))),
        Content::Tree(document) => {
            let (value, longest) = value::of(&document)?;
            Ok(Some(Body { value, size: Size { nodes: document.size(), longest } }))
        }
    }
}

/// By their names in lower case; what is repeated is one list.
fn headers(fields: &Fields) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in fields.iter() {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value = latin(value);
        headers
            .entry(name)
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(&value);
            })
            .or_insert(value);
    }
    headers
}

/// As UTF-8, and otherwise a letter for each byte: no two values become one text by being mended.
fn latin(value: &[u8]) -> String {
    str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}

fn texts<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a String)>) -> CelMap<'static> {
    let value = |text: &String| Box::new(CelString::from(text.clone())) as Box<dyn Val>;
    CelMap::from(pairs.into_iter().map(|(name, text)| (key(name), value(text))).collect::<HashMap<_, _>>())
}

fn key(name: &str) -> CelMapKey<'static> {
    CelMapKey::String(CelString::from(name.to_owned()))
}
