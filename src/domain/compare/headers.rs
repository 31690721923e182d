//! The headers and trailers that are compared, and the names of those that differ and are not.

use super::{
    super::{fields::Fields, observation::Reply},
    Limits,
    difference::{Difference, Kind, Place, cut},
    media,
    rules::Rules,
};

/// Where gRPC says how a call ended; the status of the reply says nothing of it.
pub const TRAILERS: &[&str] = &["grpc-status", "grpc-message"];

/// Lists whose blanks, empty elements and repeats mean nothing (RFC 9110, 5.6.1).
const LISTS: &[&str] = &[
    "vary",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
];

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

/// What two spellings of the same values come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    /// Only spelled in another way.
    Equal,
    Differs,
}

/// Whether every compared header and trailer is the same to the byte.
pub fn same(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    (in_step(&old.fields, &new.fields, rules) || by_name(old, new, rules)) && same_trailers(old, new)
}

/// Most pairs send the same fields in the same order, and only some that nobody compares differ: then one
/// walk over both tells, and no name is looked up.
fn in_step(old: &Fields, new: &Fields, rules: &Rules) -> bool {
    let is_compared =
        |name: &[u8]| rules.headers().iter().any(|header| name.eq_ignore_ascii_case(header.as_bytes()));
    old.len() == new.len()
        && old
            .iter()
            .zip(new.iter())
            .all(|(ours, theirs)| ours == theirs || (ours.0 == theirs.0 && !is_compared(ours.0)))
}

fn by_name(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    rules.headers().iter().all(|name| old.fields.all(name).eq(new.fields.all(name)))
}

fn same_trailers(old: &Reply, new: &Reply) -> bool {
    (old.trailers.is_empty() && new.trailers.is_empty())
        || TRAILERS.iter().all(|name| old.trailers.all(name).eq(new.trailers.all(name)))
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

pub fn compare(old: &Reply, new: &Reply, rules: &Rules, limits: &Limits) -> Heads {
    let mut found = Heads::default();
    let headers = rules.headers().iter().map(|name| (name.as_str(), &old.fields, &new.fields, true));
    let trailers = TRAILERS.iter().map(|name| (*name, &old.trailers, &new.trailers, false));
    for (name, ours, theirs, is_header) in headers.chain(trailers) {
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

/// What nobody asked to compare must not be silent either: it may be what a client reads.
fn uncompared(old: &Reply, new: &Reply, rules: &Rules) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (name, _) in old.fields.iter().chain(new.fields.iter()) {
        let Ok(spelled) = str::from_utf8(name) else { continue };
        if found.len() >= MOST_UNCOMPARED || old.fields.all(spelled).eq(new.fields.all(spelled)) {
            continue;
        }
        let name = spelled.to_ascii_lowercase();
        if likeness(&name, &old.fields, &new.fields) != Likeness::Differs {
            continue;
        }
        let skipped = rules.headers().contains(&name)
            || UNLIKE_BY_NATURE.contains(&name.as_str())
            || IDS.iter().any(|end| name.ends_with(end));
        let name = cut(&name, LONGEST_NAME);
        if !skipped && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn likeness(name: &str, old: &Fields, new: &Fields) -> Likeness {
    if old.all(name).eq(new.all(name)) {
        Likeness::Same
    } else if old.all(name).map(<[u8]>::trim_ascii).eq(new.all(name).map(<[u8]>::trim_ascii))
        || (name == "content-type" && old.all(name).map(media::normal).eq(new.all(name).map(media::normal)))
        || (LISTS.contains(&name) && old.has(name) && new.has(name) && old.list(name).eq(new.list(name)))
    {
        Likeness::Equal
    } else {
        Likeness::Differs
    }
}

fn shown(fields: &Fields, name: &str, limits: &Limits) -> Option<String> {
    let mut values = fields.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).peekable();
    values.peek()?;
    Some(cut(&values.collect::<Vec<_>>().join(", "), limits.excerpt))
}
