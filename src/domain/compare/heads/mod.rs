//! The headers and trailers that are compared, and the names of those that differ and are not.

mod cookies;
mod date;
mod lists;

use lists::Shape;

use super::{
    super::{fields::Fields, observation::Reply},
    Limits, Terms,
    difference::{Difference, Kind, Place, cut},
    media,
    rules::Rules,
};

/// Where gRPC says how a call ended; the status of the reply says nothing of it.
pub const TRAILERS: &[&str] = &["grpc-status", "grpc-message"];

/// Headers that are not compared and told of one pair all the same.
const MOST_UNCOMPARED: usize = 32;
/// Characters kept of the name of one.
const LONGEST_NAME: usize = 64;

/// Headers that two systems never have alike, or that belong to one connection or one copy of a body.
const UNLIKE_BY_NATURE: &[&str] = &[
    "age",
    "alt-svc",
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "server",
    "server-timing",
    "trailer",
    "transfer-encoding",
    "via",
    "x-powered-by",
    "x-response-time",
    "x-runtime",
    // Ids of one request.
    "traceparent",
    "tracestate",
    "cf-ray",
];
/// How names of ids of one request end: `x-request-id`, `x-amzn-trace-id`.
const IDS: &[&str] = &["request-id", "requestid", "correlation-id", "trace-id", "traceid", "span-id"];

/// Headers that are a word and its parameters, in any order and with or without quotes.
const HAS_PARAMETERS: &[&str] = &["content-type", "content-disposition"];

/// What two spellings of the same values come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    /// Only spelled in another way.
    Equal,
    Differs,
}

/// Whether every compared header and trailer is the same to the byte, or as good as that. Cheap, and says
/// yes only where `compare` finds nothing.
pub fn same(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    (in_step(&old.fields, &new.fields, rules) || by_name(old, new, rules)) && same_trailers(old, new, rules)
}

/// Most pairs send the same fields in the same order, and only some that nobody compares differ: then one
/// walk over both tells, and no name is looked up.
fn in_step(old: &Fields, new: &Fields, rules: &Rules) -> bool {
    let may_differ = |name: &[u8], ours: &[u8], theirs: &[u8]| {
        let compared = rules.headers().iter().find(|header| name.eq_ignore_ascii_case(header.as_bytes()));
        compared.is_none_or(|header| match header.as_str() {
            cookies::HEADER => cookies::same_but_for_value(ours, theirs, rules),
            header => Shape::of(header) == Shape::Presence,
        })
    };
    old.len() == new.len()
        && old.iter().zip(new.iter()).all(|(ours, theirs)| {
            ours == theirs || (ours.0 == theirs.0 && may_differ(ours.0, ours.1, theirs.1))
        })
}

fn by_name(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    rules.headers().iter().all(|name| {
        let (mut ours, mut theirs) = (old.fields.all(name), new.fields.all(name));
        match name.as_str() {
            cookies::HEADER => loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => break true,
                    (Some(ours), Some(theirs)) if cookies::same_but_for_value(ours, theirs, rules) => {}
                    _ => break false,
                }
            },
            name if Shape::of(name) == Shape::Presence => ours.next().is_some() == theirs.next().is_some(),
            _ => ours.eq(theirs),
        }
    })
}

fn same_trailers(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    TRAILERS.iter().all(|name| ending(old, name).all(name).eq(ending(new, name).all(name)))
        && ((old.trailers.is_empty() && new.trailers.is_empty())
            || trailers(rules).all(|name| old.trailers.all(name).eq(new.trailers.all(name))))
}

/// Where a reply says how a call ended: a call that ends before its first message says it among the headers
/// (the `Trailers-Only` of gRPC), and to a client that is the same.
fn ending<'r>(reply: &'r Reply, name: &str) -> &'r Fields {
    if reply.trailers.has(name) { &reply.trailers } else { &reply.fields }
}

/// A field that a route compares is compared wherever a reply has it.
fn trailers(rules: &Rules) -> impl Iterator<Item = &str> {
    rules.headers().iter().map(String::as_str).filter(|name| !TRAILERS.contains(name))
}

/// What the compared headers and trailers come to.
#[derive(Debug, Default)]
pub struct Heads {
    /// Headers first, then trailers.
    pub differences: Vec<Difference>,
    /// What is spelled in another way and says the same.
    pub respelled: Vec<String>,
    /// Names of headers that differ and are not compared.
    pub uncompared: Vec<String>,
}

pub fn compare(old: &Reply, new: &Reply, terms: &Terms<'_>) -> Heads {
    let Terms { rules, limits, .. } = *terms;
    let mut found = Heads::default();
    let headers = rules.headers().iter().map(String::as_str).filter(|name| !TRAILERS.contains(name));
    let headers = headers.map(|name| (name, &old.fields, &new.fields, true));
    let endings = TRAILERS.iter().map(|name| (*name, ending(old, name), ending(new, name), false));
    let trailers = trailers(rules).map(|name| (name, &old.trailers, &new.trailers, false));
    for (name, ours, theirs, is_header) in headers.chain(endings).chain(trailers) {
        if name == cookies::HEADER {
            if is_header {
                let now = now(old, terms);
                found.differences.extend(cookies::compare(ours, theirs, rules, limits, now));
            }
            continue;
        }
        match likeness(name, ours, theirs) {
            Likeness::Same => {}
            Likeness::Equal => {
                let says = |fields| shown(fields, name, limits).unwrap_or_default();
                let note = format!("{name} only spelled differently: {} → {}", says(ours), says(theirs));
                found.respelled.push(note);
            }
            Likeness::Differs => {
                let (old, new) = (shown(ours, name, limits), shown(theirs, name, limits));
                let kind = match (&old, &new) {
                    (None, _) => Kind::Added,
                    (_, None) => Kind::Removed,
                    _ => Kind::Changed,
                };
                let place =
                    if is_header { Place::Header(name.to_owned()) } else { Place::Trailer(name.to_owned()) };
                found.differences.push(Difference::at(place, kind, old, new));
            }
        }
    }
    found.uncompared = uncompared(old, new, rules);
    found
}

/// When old answered, in seconds since 1970: what dates of both replies are held against, so that one
/// moment is not two.
fn now(old: &Reply, terms: &Terms<'_>) -> i64 {
    let said = old.fields.get("date").and_then(date::read);
    said.unwrap_or_else(|| i64::try_from(terms.now_millis / 1_000).unwrap_or(i64::MAX))
}

/// What nobody asked to compare must not be silent either: it may be what a client reads.
fn uncompared(old: &Reply, new: &Reply, rules: &Rules) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (ours, theirs) in [(&old.fields, &new.fields), (&old.trailers, &new.trailers)] {
        for (name, _) in ours.iter().chain(theirs.iter()) {
            let Ok(spelled) = str::from_utf8(name) else { continue };
            if found.len() >= MOST_UNCOMPARED || ours.all(spelled).eq(theirs.all(spelled)) {
                continue;
            }
            let name = spelled.to_ascii_lowercase();
            if likeness(&name, ours, theirs) != Likeness::Differs {
                continue;
            }
            let skipped = rules.headers().contains(&name)
                || TRAILERS.contains(&name.as_str())
                || UNLIKE_BY_NATURE.contains(&name.as_str())
                || IDS.iter().any(|end| name.ends_with(end));
            let name = cut(&name, LONGEST_NAME);
            if !skipped && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

fn likeness(name: &str, old: &Fields, new: &Fields) -> Likeness {
    let shape = Shape::of(name);
    if old.all(name).eq(new.all(name)) {
        Likeness::Same
    } else if old.has(name) != new.has(name) {
        Likeness::Differs
    } else if shape == Shape::Presence {
        Likeness::Same
    } else if shape.is_same(old.all(name), new.all(name))
        || (HAS_PARAMETERS.contains(&name) && same_but_for_spelling(name, old, new))
    {
        Likeness::Equal
    } else {
        Likeness::Differs
    }
}

fn same_but_for_spelling(name: &str, old: &Fields, new: &Fields) -> bool {
    let all = |fields: &Fields| -> Option<Vec<String>> {
        let readable = |value| str::from_utf8(value).is_ok().then(|| media::normal(value));
        fields.all(name).map(readable).collect()
    };
    all(old).is_some_and(|ours| Some(ours) == all(new))
}

fn shown(fields: &Fields, name: &str, limits: &Limits) -> Option<String> {
    let mut values = fields.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).peekable();
    values.peek()?;
    Some(cut(&values.collect::<Vec<_>>().join(", "), limits.excerpt))
}

#[cfg(test)]
mod tests;
