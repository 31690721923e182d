//! Two JSON texts walked in step, without a tree: fast where the second says what the first says in the
//! same order, which is almost always.
//!
//! It may only ever say "equal under the rules", with what they forgave, or nothing. Whatever it does not
//! see through at once (another order of keys, a difference, a rule beyond `ignore`, bytes that are no
//! JSON) is left to the trees, and property tests hold its answer against theirs.

mod cursor;

use std::borrow::Cow;

use cursor::{Cursor, Spelled};

use super::{
    Limits, Terms,
    bindings::Bindings,
    decimal,
    diff::{self, path::Docs},
    formats::json,
    pattern::{self, Place, Step},
    rules::{Forgive, Numbers, PointerPattern, Rule, Rules},
    tree::{Bounds, MOST_NODES, text},
    vacuous,
};

/// Looks at a place of a rule, over the whole walk. More are the sign of rules that a tree serves better.
const MOST_LOOKS: usize = 20_000_000;
/// Keys of one object that are told apart without sorting them.
const FEW_KEYS: usize = 16;

/// Two texts that are equal under the rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Equal {
    /// How many places each rule forgave: the rule's place in `Rules`, and the count.
    pub forgiven: Vec<(usize, usize)>,
}

/// `None`: undecided.
pub fn equal(old: &[u8], new: &[u8], terms: &Terms<'_>) -> Option<Equal> {
    let rules = terms.rules;
    let active = |rule: &&Rule| !rule.has_expired(terms.now_millis);
    let is_served = |rule: &Rule| rule.at.pointer().is_some() && !matches!(rule.forgive, Forgive::Bind(_));
    if !rules.rules().iter().filter(active).all(is_served) {
        return None;
    }
    str::from_utf8(old).ok()?;
    str::from_utf8(new).ok()?;
    let ignores = |rule: &&Rule| active(rule) && rule.forgive == Forgive::Ignore;
    let ignoring = rules.rules().iter().map(|rule| Some(rule).filter(ignores)?.at.pointer());
    let mut places = Vec::new();
    pattern::at_root(ignoring, &mut places);
    let mut walk = Lockstep {
        old: Cursor::new(old),
        new: Cursor::new(new),
        rules,
        limits: terms.limits,
        places,
        frames: Vec::new(),
        keys: Vec::new(),
        forgiven: vec![0; rules.rules().len()],
        looks: 0,
    };
    walk.run()?;
    let counted = walk.forgiven.iter().copied().enumerate();
    Some(Equal { forgiven: counted.filter(|(_, count)| *count > 0).collect() })
}

struct Lockstep<'t> {
    old: Cursor<'t>,
    new: Cursor<'t>,
    rules: &'t Rules,
    limits: &'t Limits,
    /// Where the rules that ignore stand, for each open container in a run of its own.
    places: Vec<Place>,
    frames: Vec<Frame>,
    /// The keys of the open objects, to see repeats.
    keys: Vec<Spelled<'t>>,
    forgiven: Vec<usize>,
    looks: usize,
}

/// A container that is open on both sides.
struct Frame {
    end: u8,
    /// Its run in `places`.
    from: usize,
    to: usize,
    /// Elements before the one that is due.
    position: usize,
    /// Its first key in `keys`.
    keys: usize,
}

/// The run in `places` of a value that is due.
type Due = (usize, usize);

impl<'t> Lockstep<'t> {
    fn run(&mut self) -> Option<()> {
        self.space();
        // An empty root proves nothing, and that is for others to say.
        let is_small = self.old.rest().len() <= vacuous::GLANCE;
        if is_small && vacuous::says_nothing(self.old.rest()) {
            return None;
        }
        let mut due = Some((0, self.places.len()));
        while let Some(here) = due {
            due = match self.value(here)? {
                Some(inside) => Some(inside),
                None => self.climb()?,
            };
        }
        self.space();
        (self.old.peek().is_none() && self.new.peek().is_none()).then_some(())
    }

    /// One value on both sides; where it is a container with something in it, its first value is due.
    fn value(&mut self, (from, to): Due) -> Option<Option<Due>> {
        if from < to
            && let Some(rule) = self.ignored(from, to)
        {
            return self.skip(rule).map(|()| None);
        }
        match (self.old.peek()?, self.new.peek()?) {
            (b'"', b'"') => self.strings().map(|_| None),
            (b'{', b'{') => self.enter(b'}', from, to),
            (b'[', b'[') => self.enter(b']', from, to),
            (b'-' | b'0'..=b'9', b'-' | b'0'..=b'9') => self.numbers().map(|()| None),
            _ => (self.old.word()?.text == self.new.word()?.text).then_some(None),
        }
    }

    /// After a value: up through what ends here, to the next value that is due.
    fn climb(&mut self) -> Option<Option<Due>> {
        while let Some(frame) = self.frames.last() {
            let end = frame.end;
            self.space();
            if self.both(b',') {
                self.space();
                return self.next().map(Some);
            }
            if !self.both(end) {
                return None;
            }
            self.close()?;
        }
        Some(None)
    }

    fn enter(&mut self, end: u8, from: usize, to: usize) -> Option<Option<Due>> {
        if self.frames.len() >= self.limits.depth {
            return None;
        }
        self.old.at += 1;
        self.new.at += 1;
        self.space();
        if self.both(end) {
            return Some(None);
        }
        self.frames.push(Frame { end, from, to, position: 0, keys: self.keys.len() });
        self.next().map(Some)
    }

    /// Up to the next value of the innermost container.
    fn next(&mut self) -> Option<Due> {
        let frame = self.frames.last_mut()?;
        let (from, to, position) = (frame.from, frame.to, frame.position);
        frame.position += 1;
        self.places.truncate(to);
        if frame.end == b']' {
            self.advance(Step::Index { old: position, new: position }, from, to)?;
        } else {
            let key = self.strings()?;
            self.keys.push(key);
            self.old.colon()?;
            self.new.colon()?;
            if from < to {
                self.advance(Step::Key(&said(key)), from, to)?;
            }
        }
        Some((to, self.places.len()))
    }

    fn close(&mut self) -> Option<()> {
        let frame = self.frames.pop()?;
        let keys = self.keys.get(frame.keys..).unwrap_or_default();
        // Repeats are told of, and that is for the trees.
        let repeats = has_a_repeat(keys);
        self.keys.truncate(frame.keys);
        (!repeats).then_some(())
    }

    fn advance(&mut self, step: Step<'_>, from: usize, to: usize) -> Option<()> {
        self.looks += to - from;
        let rules = self.rules;
        pattern::advance(|number| rules.rule(number)?.at.pointer(), step, from, to, &mut self.places);
        (self.looks <= MOST_LOOKS).then_some(())
    }

    /// The rule that ignores what stands here.
    fn ignored(&mut self, from: usize, to: usize) -> Option<usize> {
        let here = self.places.get(from..to)?;
        let named = |place: &&Place| {
            let pattern = self.rules.rule(place.pattern()).and_then(|rule| rule.at.pointer());
            pattern.is_some_and(|pattern: &PointerPattern| place.is_at_end(pattern))
        };
        here.iter().find(named).map(|place| place.pattern())
    }

    /// Past a value that is ignored, counted where it differs.
    fn skip(&mut self, rule: usize) -> Option<()> {
        let depth = self.limits.depth.saturating_sub(self.frames.len());
        let (ours, theirs) = (self.old.skip(depth)?, self.new.skip(depth)?);
        if ours != theirs && !self.says_the_same(ours, theirs)? {
            *self.forgiven.get_mut(rule)? += 1;
        }
        Some(())
    }

    /// Two whole values that are spelled differently.
    fn says_the_same(&self, old: &[u8], new: &[u8]) -> Option<bool> {
        let is_number = |text: &[u8]| matches!(text.first(), Some(b'-' | b'0'..=b'9'));
        let (first, other) = (old.first()?, new.first()?);
        if is_number(old) && is_number(new) {
            return Some(self.same_number(old, new));
        }
        if first != other {
            return Some(false);
        }
        if !matches!(first, b'{' | b'[') {
            return Some(*first == b'"' && unquoted(old) == unquoted(new));
        }
        let bounds = Bounds { depth: self.limits.depth, nodes: MOST_NODES, text: 0 };
        let (old, new) = (json::read(old, bounds).ok()?, json::read(new, bounds).ok()?);
        let mut plain = Rules::default();
        plain.numbers = self.rules.numbers;
        let terms = Terms::of(&plain, self.limits);
        let found = diff::diff(Docs { old: &old, new: &new }, &terms, &Bindings::default());
        (!found.costly).then_some(found.found.is_empty())
    }

    fn strings(&mut self) -> Option<Spelled<'t>> {
        let ours = self.old.string()?;
        if self.new.rest().starts_with(ours.text) {
            self.new.at += ours.text.len();
            return Some(ours);
        }
        let theirs = self.new.string()?;
        ((ours.escaped || theirs.escaped) && said(ours) == said(theirs)).then_some(ours)
    }

    fn numbers(&mut self) -> Option<()> {
        let (ours, theirs) = (self.old.number()?, self.new.number()?);
        (ours.text == theirs.text || self.same_number(ours.text, theirs.text)).then_some(())
    }

    fn same_number(&self, old: &[u8], new: &[u8]) -> bool {
        match (self.rules.numbers, str::from_utf8(old), str::from_utf8(new)) {
            (Numbers::Exact, Ok(old), Ok(new)) => decimal::same_number(old, new),
            _ => false,
        }
    }

    fn both(&mut self, sign: u8) -> bool {
        let both = self.old.peek() == Some(sign) && self.new.peek() == Some(sign);
        self.old.at += usize::from(both);
        self.new.at += usize::from(both);
        both
    }

    fn space(&mut self) {
        self.old.space();
        self.new.space();
    }
}

/// What a string says, without its quotes and escapes.
fn said(string: Spelled<'_>) -> Cow<'_, [u8]> {
    let inner = string.text.get(1..string.text.len().saturating_sub(1)).unwrap_or_default();
    if string.escaped { Cow::Owned(text::unescaped(inner)) } else { Cow::Borrowed(inner) }
}

fn unquoted(text: &[u8]) -> Cow<'_, [u8]> {
    said(Spelled { text, escaped: text.contains(&b'\\') })
}

fn has_a_repeat(keys: &[Spelled<'_>]) -> bool {
    if keys.len() <= FEW_KEYS && !keys.iter().any(|key| key.escaped) {
        let before = |n: usize| keys.get(..n).unwrap_or_default();
        return keys.iter().enumerate().any(|(n, key)| before(n).iter().any(|other| other.text == key.text));
    }
    let mut all: Vec<_> = keys.iter().map(|key| said(*key)).collect();
    all.sort_unstable();
    all.array_windows::<2>().any(|[one, other]| one == other)
}

#[cfg(test)]
mod tests;
