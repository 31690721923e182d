//! Two bodies: as they came, with their codings undone, read as what their types say.
//!
//! Who is to blame decides what an unreadable body means. If old's own body is not what old says it is,
//! nothing can be said about new: incomparable. If old's reads well and new's does not, new broke
//! something: a mismatch. Bytes that are the same are a match, readable or not.

use bytes::Bytes;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{
    super::{
        observation::Reply,
        outcome::Outcome,
        payload::{Chunks, Payload},
    },
    Limits, Terms,
    bindings::Bindings,
    coding::{self, Stuck},
    diff::{self, Learnt, path::Docs},
    difference::{Difference, Kind, Place, cut},
    encoding,
    formats::{
        self, Context,
        charset::{self, Charset},
    },
    lockstep::{self, Equal},
    media::{self, Reading},
    tree::{Bounds, Document, MOST_NODES, Unreadable},
    vacuous,
};

/// Bytes of a tree's text that say nothing of the body: quotes, commas and the like of a short one.
const AROUND: usize = 1 << 10;
/// Bytes shown before the first one that differs.
const BEFORE: usize = 16;

/// What two bodies came to.
#[derive(Debug)]
pub struct Bodies {
    pub likeness: Likeness,
    /// Neither says anything.
    pub nothing: bool,
    pub differences: Vec<Difference>,
    pub more: usize,
    pub forgiven: Vec<(usize, usize)>,
    pub notes: Vec<String>,
    pub learnt: Vec<Learnt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    Equal,
    Forgiven,
    Differs,
    /// Cannot be told, or only by hash.
    Undiffed(Outcome),
}

impl Bodies {
    fn of(likeness: Likeness) -> Bodies {
        Bodies {
            likeness,
            nothing: false,
            differences: Vec::new(),
            more: 0,
            forgiven: Vec::new(),
            notes: Vec::new(),
            learnt: Vec::new(),
        }
    }

    fn noted(mut self, note: String) -> Bodies {
        self.notes.push(note);
        self
    }

    /// With what is to be said of how the two texts are written.
    fn written(mut self, old: encoding::Side<'_>, new: encoding::Side<'_>, limits: &Limits) -> Bodies {
        self.notes.extend(encoding::notes(old, new));
        if let Some(mark) = encoding::stumble(old, new) {
            self.likeness = Likeness::Differs;
            self.differences.insert(0, mark);
            let kept = self.differences.len().min(limits.differences.max(1));
            self.more += self.differences.len() - kept;
            self.differences.truncate(kept);
        }
        self
    }

    fn differ(kind: Kind, old: Option<String>, new: Option<String>) -> Bodies {
        let place = Place::Body(String::new());
        Bodies { differences: vec![Difference::at(place, kind, old, new)], ..Bodies::of(Likeness::Differs) }
    }
}

pub fn compare(old: &Reply, new: &Reply, terms: &Terms<'_>, bindings: &Bindings) -> Bodies {
    let limits = terms.limits;
    let codings = (coding::codings(&old.fields), coding::codings(&new.fields));
    let is_read_alike = media::key(&old.fields) == media::key(&new.fields);
    let mut bodies = match (&old.body, &new.body) {
        (Payload::Whole(ours), Payload::Whole(theirs)) => {
            whole(old, new, (ours.joined(), theirs.joined()), &codings, terms, bindings)
        }
        (ours, theirs) => match hashed(ours, theirs, &codings, limits) {
            Bodies { likeness: Likeness::Same, .. } if !is_read_alike => undecodable(
                "the same bytes under two boundaries or codings: at least one is wrong".to_owned(),
            ),
            bodies => bodies,
        },
    };
    if codings.0 != codings.1 {
        let named = |codings: &[String]| match codings {
            [] => "none".to_owned(),
            codings => codings.join(", "),
        };
        bodies.notes.push(format!("content coding: old {}, new {}", named(&codings.0), named(&codings.1)));
    }
    bodies
}

/// At least one is known by its hash only.
fn hashed(old: &Payload, new: &Payload, codings: &(Vec<String>, Vec<String>), limits: &Limits) -> Bodies {
    let known = |payload: &Payload| match payload {
        Payload::Hashed { length, hash } => (*length, *hash),
        Payload::Whole(chunks) => (chunks.len() as u64, hash(chunks)),
    };
    let ((old_length, old_hash), (new_length, new_hash)) = (known(old), known(new));
    if codings.0 == codings.1 && (old_length, old_hash) == (new_length, new_hash) {
        return Bodies::of(Likeness::Same);
    }
    if let (None, Some(coding)) = (coding::unknown(&codings.0), coding::unknown(&codings.1)) {
        return unknown(summary(old_length, old_hash), coding, limits);
    }
    // Coded bytes differ between two encoders of one content, so they tell nothing of it.
    if !codings.0.is_empty() || !codings.1.is_empty() {
        return Bodies::of(Likeness::Undiffed(Outcome::TooLargeEncoded));
    }
    let (old, new) = (summary(old_length, old_hash), summary(new_length, new_hash));
    Bodies {
        likeness: Likeness::Undiffed(Outcome::TooLargeUndiffed),
        ..Bodies::differ(Kind::Bytes, Some(old), Some(new))
    }
}

fn hash(chunks: &Chunks) -> u128 {
    let mut hash = Xxh3::new();
    chunks.pieces().iter().for_each(|piece| hash.update(piece));
    hash.digest128()
}

fn whole(
    old: &Reply,
    new: &Reply,
    (ours, theirs): (Bytes, Bytes),
    (old_codings, new_codings): &(Vec<String>, Vec<String>),
    terms: &Terms<'_>,
    bindings: &Bindings,
) -> Bodies {
    let limits = terms.limits;
    let coded = !old_codings.is_empty() || !new_codings.is_empty();
    let is_read_alike = media::key(&old.fields) == media::key(&new.fields);
    let same = old_codings == new_codings && ours == theirs && is_read_alike;
    if same {
        let content = if ours.len() <= vacuous::GLANCE {
            coding::undone(ours.clone(), old_codings, limits.decoded).unwrap_or(ours)
        } else {
            ours
        };
        return Bodies { nothing: vacuous::says_nothing(&content), ..Bodies::of(Likeness::Same) };
    }
    let undone = |body: &Bytes, codings| coding::undone(body.clone(), codings, limits.decoded);
    let (ours, theirs) = match (undone(&ours, old_codings), undone(&theirs, new_codings)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(Stuck::Unknown(_)), Err(Stuck::Unknown(_))) if old_codings == new_codings => {
            return bytes_differ(&ours, &theirs, limits);
        }
        (Err(Stuck::TooLarge), _) | (Ok(_), Err(Stuck::TooLarge)) => {
            return Bodies::of(Likeness::Undiffed(Outcome::TooLargeEncoded));
        }
        (Err(Stuck::Unknown(why) | Stuck::Broken(why)), _) => {
            return undecodable(format!("old's content coding cannot be undone: {why}"));
        }
        // A client that reads what old sends need not know the coding that new begins to use.
        (Ok(ours), Err(Stuck::Unknown(coding))) => return unknown(around(&ours, 0, limits), &coding, limits),
        (Ok(ours), Err(Stuck::Broken(why))) => {
            let new = Some(format!("content coding cannot be undone: {}", cut(&why, limits.excerpt)));
            return Bodies::differ(Kind::Bytes, Some(around(&ours, 0, limits)), new);
        }
    };
    if ours == theirs && is_read_alike {
        return Bodies { nothing: vacuous::says_nothing(&ours), ..Bodies::of(Likeness::Equal) };
    }
    if ours.len().max(theirs.len()) > limits.decoded {
        if coded {
            return Bodies::of(Likeness::Undiffed(Outcome::TooLargeEncoded));
        }
        let undiffed = Likeness::Undiffed(Outcome::TooLargeUndiffed);
        return Bodies { likeness: undiffed, ..bytes_differ(&ours, &theirs, limits) };
    }
    if ours.is_empty() {
        return Bodies::differ(Kind::Added, None, Some(around(&theirs, 0, limits)));
    }
    if theirs.is_empty() {
        return Bodies::differ(Kind::Removed, Some(around(&ours, 0, limits)), None);
    }
    let readings = (reading(old, terms), reading(new, terms));
    read((old, &ours), (new, &theirs), readings, terms, bindings)
}

fn reading(reply: &Reply, terms: &Terms<'_>) -> Reading {
    terms.rules.read_as.unwrap_or_else(|| media::reading(&reply.fields))
}

fn read(
    (old_reply, old): (&Reply, &[u8]),
    (new_reply, new): (&Reply, &[u8]),
    (old_reading, new_reading): (Reading, Reading),
    terms: &Terms<'_>,
    bindings: &Bindings,
) -> Bodies {
    let limits = terms.limits;
    let in_place = |reply: &Reply, body, reading| {
        reading == Reading::Json && charset::of(body, &reply.fields, reading) == Charset::UTF_8
    };
    if in_place(old_reply, old, old_reading)
        && in_place(new_reply, new, new_reading)
        && let Some(Equal { forgiven }) = lockstep::equal(old, new, terms)
    {
        let likeness = if forgiven.is_empty() { Likeness::Equal } else { Likeness::Forgiven };
        return Bodies { forgiven, ..Bodies::of(likeness) };
    }
    // Where only one side says what it is, both are tried as that: the difference of the types is told apart.
    let both_say =
        old_reading == new_reading || (old_reading.is_of_a_format() && new_reading.is_of_a_format());
    let or = |one: Reading, other: Reading| match one {
        Reading::Bytes => other,
        Reading::Text if other.is_of_a_format() => other,
        one => one,
    };
    let (old_reading, new_reading) = (or(old_reading, new_reading), or(new_reading, old_reading));
    // Bytes are written with two digits each. What grows by more may do so while it is small.
    let text = limits.decoded.max(old.len().max(new.len()).saturating_mul(2).saturating_add(AROUND));
    let bounds = Bounds { depth: limits.depth, nodes: MOST_NODES, text };
    let descriptors = terms.rules.messages.as_ref();
    let context = |reply| Context { fields: reply, path: terms.asked.path(), bounds, descriptors };
    let old_document = formats::read(old, old_reading, &context(&old_reply.fields));
    let new_document = formats::read(new, new_reading, &context(&new_reply.fields));
    let (Some(old_document), Some(new_document)) = (old_document, new_document) else {
        return bytes_differ(old, new, limits);
    };
    match (old_document, new_document) {
        (Ok(ours), Ok(theirs)) => {
            let bodies = documents(&ours, &theirs, terms, bindings);
            bodies.written(
                (old, &old_reply.fields, old_reading),
                (new, &new_reply.fields, new_reading),
                limits,
            )
        }
        (Err(Unreadable::Malformed { .. }), _) | (_, Err(Unreadable::Malformed { .. })) if !both_say => {
            bytes_differ(old, new, limits)
        }
        (Err(Unreadable::Malformed { at, expected }), _) => {
            let what = old_reading.title();
            undecodable(format!("old's body is no {what}: expected {expected} at byte {at}"))
        }
        (Err(Unreadable::TooDeep), _) | (Ok(_), Err(Unreadable::TooDeep)) => {
            Bodies::of(Likeness::Undiffed(Outcome::TooDeep))
        }
        (Err(Unreadable::TooLarge), _) | (Ok(_), Err(Unreadable::TooLarge)) => {
            Bodies::of(Likeness::Undiffed(Outcome::TooCostly))
        }
        (Ok(_), Err(Unreadable::Malformed { at, expected })) => {
            let (what, place) = (new_reading.title(), excerpt(new, at, limits));
            let new = format!("no {what}: expected {expected} at byte {at}: {place}");
            Bodies::differ(Kind::Type, Some(around(old, 0, limits)), Some(new))
        }
    }
}

fn documents(old: &Document<'_>, new: &Document<'_>, terms: &Terms<'_>, bindings: &Bindings) -> Bodies {
    let (docs, limits) = (Docs { old, new }, terms.limits);
    let found = diff::diff(docs, terms, bindings);
    let forgiven: Vec<_> =
        found.forgiven.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    let likeness = if !found.found.is_empty() {
        Likeness::Differs
    } else if found.costly {
        Likeness::Undiffed(Outcome::TooCostly)
    } else if !forgiven.is_empty() {
        Likeness::Forgiven
    } else {
        Likeness::Equal
    };
    let mut notes = found.notes;
    if old.repeats_a_key() && new.repeats_a_key() {
        notes.push("both sides repeat a key within an object".to_owned());
    }
    if found.costly && likeness == Likeness::Differs {
        notes.push("too much to compare in full: there may be further differences".to_owned());
    }
    let nothing = old.is_empty() && new.is_empty();
    let mut differences: Vec<_> = found.found.iter().map(|found| diff::told(docs, found, limits)).collect();
    diff::enclosing::explain(docs, &found.found, &mut differences);
    Bodies { likeness, nothing, differences, more: found.more, forgiven, notes, learnt: found.learnt }
}

fn undecodable(why: String) -> Bodies {
    Bodies::of(Likeness::Undiffed(Outcome::Undecodable)).noted(why)
}

/// Only new uses a coding that is not known here.
fn unknown(old: String, coding: &str, limits: &Limits) -> Bodies {
    let new = format!("unknown content coding: {}", cut(coding, limits.excerpt));
    Bodies::differ(Kind::Bytes, Some(old), Some(new))
}

/// What is known of bytes that are not shown in full.
fn summary(length: u64, hash: u128) -> String {
    format!("{length} bytes, xxh3 {hash:032x}")
}

/// Where they part, and what stands there; the whole by its length and hash.
fn bytes_differ(old: &[u8], new: &[u8], limits: &Limits) -> Bodies {
    let at = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let told = |body: &[u8]| {
        let place = excerpt(body, at, limits);
        let end = if at == body.len() { " (its end)" } else { "" };
        Some(format!("{}, at byte {at}{end}: {place}", summary(body.len() as u64, xxh3_128(body))))
    };
    Bodies::differ(Kind::Bytes, told(old), told(new))
}

/// What stands around a place, and where that is.
fn around(body: &[u8], at: usize, limits: &Limits) -> String {
    let shown = excerpt(body, at, limits);
    if at == 0 { shown } else { format!("at byte {at}: {shown}") }
}

/// What stands around a place, spelled in ASCII; quotes as they are, since nothing here is quoted.
fn excerpt(body: &[u8], at: usize, limits: &Limits) -> String {
    let start = at.saturating_sub(BEFORE);
    let end = at.saturating_add(limits.excerpt).min(body.len());
    let shown = body.get(start..end).unwrap_or_default().escape_ascii().to_string();
    let shown = cut(&shown.replace("\\\"", "\"").replace("\\'", "'"), limits.excerpt);
    if start == 0 { shown } else { format!("…{shown}") }
}
