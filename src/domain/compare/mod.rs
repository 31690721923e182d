//! Two whole replies in, a judgement out.
//!
//! Pure and bounded: any two replies end in a judgement within the limits, and what cannot be judged
//! says so. Every faster way through may only say "equal under the rules"; the full comparison decides
//! the rest.

pub mod bindings;
mod body;
mod coding;
pub mod content;
mod decimal;
mod diff;
pub mod difference;
mod encoding;
pub mod explain;
mod formats;
mod heads;
mod lockstep;
mod media;
pub mod patch;
mod pattern;
pub mod rules;
pub mod signature;
mod tree;
mod vacuous;

use bindings::Bindings;
use body::Likeness;
use diff::Learnt;
use difference::{Difference, Kind, Place};
use heads::Heads;
use rules::{Forgive, Rules};

use super::{
    observation::Reply,
    outcome::{Outcome, Verdict},
    payload::Payload,
};

/// Expired rules that a note names.
const MOST_EXPIRED: usize = 5;

/// What bounds one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes a body may grow to when its content coding is undone.
    pub decoded: usize,
    /// Objects and arrays inside each other.
    pub depth: usize,
    /// Differences kept; further ones are only counted.
    pub differences: usize,
    /// Characters kept of each value shown in a difference.
    pub excerpt: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { decoded: 16 << 20, depth: 10_000, differences: 200, excerpt: 200 }
    }
}

/// What one pair is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub rules: &'a Rules,
    pub limits: &'a Limits,
    pub asked: Asked<'a>,
    /// In milliseconds since 1970: rules expire.
    pub now_millis: u64,
}

impl<'a> Terms<'a> {
    /// Of replies to no request in particular, at no time in particular: no rule has expired.
    pub fn of(rules: &'a Rules, limits: &'a Limits) -> Terms<'a> {
        Terms { rules, limits, asked: Asked::default(), now_millis: 0 }
    }
}

/// The request that both replies answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    pub method: &'a [u8],
    /// Path and query, as they came.
    pub target: &'a [u8],
}

impl<'a> Asked<'a> {
    pub fn path(&self) -> &'a [u8] {
        self.target.split(|byte| *byte == b'?').next().unwrap_or_default()
    }
}

/// What is concluded from one pair of replies, and why.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub outcome: Outcome,
    /// Where the replies disagree and no rule forgives it; at most `Limits::differences`.
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub more: usize,
    /// How many places each rule forgave: the rule's place in `Rules`, and the count.
    pub forgiven: Vec<(usize, usize)>,
    /// What a person should know and what is no difference: another content coding, repeated keys.
    pub notes: Vec<String>,
    /// Headers that differ and that the rules do not list, by name; at most 32.
    pub uncompared: Vec<String>,
}

/// Judges two whole replies to one request. Learns which identifiers stand for each other from a pair that
/// agrees otherwise.
pub fn compare(old: &Reply, new: &Reply, terms: &Terms<'_>, bindings: &mut Bindings) -> Judgement {
    let Terms { rules, limits, .. } = *terms;
    let mut judgement = Judgement::of(Outcome::Exact);
    if let Some(outcome) = same_bytes(old, new, rules) {
        judgement.outcome = outcome;
        return judgement;
    }
    if one_takes_the_copy(old, new) {
        judgement.outcome = Outcome::Conditional;
        return judgement;
    }
    if old.status != new.status {
        let shown = |reply: &Reply| Some(reply.status.to_string());
        let status = Difference::at(Place::Status, Kind::Changed, shown(old), shown(new));
        judgement.differences.push(status);
    }
    // An answer and an error differ in everything, which says no more than that they are two things.
    let one_class = old.status / 100 == new.status / 100;
    let heads = if one_class { heads::compare(old, new, terms) } else { Heads::default() };
    let respelled = !heads.respelled.is_empty();
    judgement.notes.extend(heads.respelled);
    judgement.uncompared = heads.uncompared;
    let both_answer = old.status / 100 == 2 && new.status / 100 == 2;
    if old.status != new.status && !both_answer {
        judgement.outcome = Outcome::Differs;
        return judgement.differing(Vec::new(), heads.differences, limits);
    }
    let mut bodies = body::compare(old, new, terms, bindings);
    let nothing = (bodies.nothing && !vacuous::point_elsewhere(old, new, rules)) || vacuous::heads(old, new);
    judgement.outcome = match bodies.likeness {
        // What is known to differ differs, whatever else cannot be told.
        _ if !judgement.differences.is_empty() || !heads.differences.is_empty() => Outcome::Differs,
        Likeness::Differs => Outcome::Differs,
        Likeness::Undiffed(outcome) => outcome,
        // Two errors with another request id each: forgiven, and still no evidence.
        Likeness::Same if !respelled && nothing => Outcome::ExactVacuous,
        _ if nothing => Outcome::EqualVacuous,
        Likeness::Forgiven => Outcome::Forgiven,
        Likeness::Same if !respelled => Outcome::Exact,
        Likeness::Same | Likeness::Equal => Outcome::Equal,
    };
    if matches!(judgement.outcome.verdict(), Verdict::Match | Verdict::Forgiven) {
        learn(std::mem::take(&mut bodies.learnt), rules, bindings);
    }
    judgement.notes.extend(bodies.notes);
    if bodies.likeness == Likeness::Differs {
        judgement.notes.extend(expired(terms));
    }
    if let (Likeness::Undiffed(outcome), Outcome::Differs) = (bodies.likeness, judgement.outcome) {
        judgement.notes.push(outcome.meaning().to_owned());
    }
    judgement.more = bodies.more;
    judgement.forgiven = bodies.forgiven;
    judgement.differing(bodies.differences, heads.differences, limits)
}

/// From a pair that agrees as a whole, which identifiers stand for each other.
fn learn(learnt: Vec<Learnt>, rules: &Rules, bindings: &mut Bindings) {
    for Learnt { rule, old, new } in learnt {
        if let Some(Forgive::Bind(set)) = rules.rule(rule).map(|rule| &rule.forgive) {
            bindings.bind(set, &old, &new);
        }
    }
}

/// That some rules forgive nothing any more: one of them may have forgiven what differs.
fn expired(terms: &Terms<'_>) -> Option<String> {
    let mut past = terms.rules.rules().iter().filter(|rule| rule.has_expired(terms.now_millis)).peekable();
    past.peek()?;
    let named: Vec<_> = past.by_ref().take(MOST_EXPIRED).map(|rule| rule.at.text()).collect();
    let more = if past.next().is_some() { ", …" } else { "" };
    Some(format!("expired rules forgive nothing here: {}{more}", named.join(", ")))
}

/// Whether the replies are the same to the byte where it counts: status, compared headers, body.
/// Cheap enough for the thread that serves requests; `None` where the full comparison has to decide.
pub fn same_bytes(old: &Reply, new: &Reply, rules: &Rules) -> Option<Outcome> {
    if old.status != new.status
        || !same_payload(&old.body, &new.body)
        || !heads::same(old, new, rules)
        || !media::SAYS_HOW_TO_READ.iter().all(|name| old.fields.all(name).eq(new.fields.all(name)))
    {
        return None;
    }
    let empty = vacuous::payload_says_nothing(&old.body) && !vacuous::point_elsewhere(old, new, rules);
    if empty || vacuous::heads(old, new) {
        return Some(Outcome::ExactVacuous);
    }
    // So small and coded, it may say nothing once it is read.
    let coded = old.fields.has("content-encoding") && old.body.length() <= vacuous::GLANCE as u64;
    (!coded).then_some(Outcome::Exact)
}

/// One reply is the whole answer, the other says that the client has it already. The validator the
/// client sent is one side's own, and the other need not know it to be right.
const fn one_takes_the_copy(old: &Reply, new: &Reply) -> bool {
    matches!((old.status, new.status), (304, 200) | (200, 304))
}

fn same_payload(old: &Payload, new: &Payload) -> bool {
    match (old, new) {
        (Payload::Whole(ours), Payload::Whole(theirs)) => ours == theirs,
        (Payload::Hashed { length, hash }, Payload::Hashed { length: other_length, hash: other_hash }) => {
            length == other_length && hash == other_hash
        }
        _ => false,
    }
}

impl Judgement {
    /// Nothing but a row.
    pub const fn of(outcome: Outcome) -> Judgement {
        Judgement {
            outcome,
            differences: Vec::new(),
            more: 0,
            forgiven: Vec::new(),
            notes: Vec::new(),
            uncompared: Vec::new(),
        }
    }

    /// Adds what differs in the body, then in the headers and trailers: a header that differs in every
    /// reply would hide what differs in this one. Where all is too much, places of the body go first,
    /// but for one: there are few headers, and each may have a cause of its own.
    fn differing(mut self, mut body: Vec<Difference>, heads: Vec<Difference>, limits: &Limits) -> Judgement {
        let all = self.differences.len() + body.len() + heads.len();
        let room = limits.differences.saturating_sub(self.differences.len() + heads.len());
        body.truncate(room.max(1));
        self.differences.extend(body.into_iter().chain(heads));
        self.differences.truncate(limits.differences);
        self.more += all - self.differences.len();
        self
    }
}

#[cfg(test)]
mod tests;
