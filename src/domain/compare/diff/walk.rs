//! Both documents in step: a stack of containers, and at each place what the rules say of it.

use std::vec;

use super::{
    super::{
        Limits, decimal,
        difference::Kind,
        pattern::{self, Place},
        rules::{Forgive, Rules, Tolerance},
        tree::{Id, Type},
    },
    Findings, Found,
    arrays::Elements,
    budget::{Budget, Stop},
    digest::{Digests, Named},
    members::{self, Pair},
    path::{Docs, Step},
};

/// Values longer than this are not compared as text first: deep nesting would read its end once a level.
const SHORT: usize = 4_096;
/// Walks inside walks: one for each unordered array that holds another and a tolerance below both.
const MOST_LEVELS: u8 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ends at the first difference. Elements of ordered arrays are compared by position: which is
    /// what their equality means.
    Decide,
    /// Goes on to the end and aligns arrays, to tell an insert from a change of everything after it.
    Explain,
}

/// What a walk and those inside it share.
pub struct Shared<'a> {
    pub docs: Docs<'a>,
    pub rules: &'a Rules,
    pub budget: Budget,
    pub old_digests: Digests,
    pub new_digests: Digests,
    limits: Limits,
}

impl<'a> Shared<'a> {
    pub fn new(docs: Docs<'a>, rules: &'a Rules, limits: &Limits) -> Shared<'a> {
        let mut places = Vec::new();
        pattern::at_root(rules.rules().iter().map(|rule| rule.at.pointer()), &mut places);
        // Where a rule names a position, one value may stand at different places of the rules.
        let keep = !Named { rules }.positions(&places);
        Shared {
            docs,
            rules,
            budget: Budget::full(),
            old_digests: Digests::new(keep),
            new_digests: Digests::new(keep),
            limits: *limits,
        }
    }

    pub const fn named(&self) -> Named<'a> {
        Named { rules: self.rules }
    }
}

/// One pass over a pair of values.
pub struct Walk<'s, 'a> {
    pub shared: &'s mut Shared<'a>,
    pub mode: Mode,
    pub findings: Findings,
    /// Where the rules stand, for each container on the stack in a run of its own.
    pub places: Vec<Place>,
    level: u8,
    path: Vec<Step>,
    frames: Vec<Frame>,
}

/// A container that is being walked.
struct Frame {
    depth: usize,
    from: usize,
    to: usize,
    rest: Rest,
}

/// What is left of a container.
enum Rest {
    /// Members whose keys have stood in the same order so far.
    Members {
        old: Id,
        old_end: Id,
        new: Id,
        new_end: Id,
    },
    Elements(Elements),
    Pairs(vec::IntoIter<Pair>),
}

impl<'s, 'a> Walk<'s, 'a> {
    /// Over both documents from the root on.
    pub fn all(shared: &'s mut Shared<'a>, mode: Mode) -> Findings {
        let mut places = Vec::new();
        pattern::at_root(shared.rules.rules().iter().map(|rule| rule.at.pointer()), &mut places);
        let mut walk = Walk::over(shared, mode, places, 0);
        let stop = walk.run(Id::ROOT, Id::ROOT);
        walk.findings.costly = stop == Err(Stop::Costly);
        walk.findings
    }

    fn over(shared: &'s mut Shared<'a>, mode: Mode, places: Vec<Place>, level: u8) -> Walk<'s, 'a> {
        let forgiven = vec![0; shared.rules.rules().len()];
        let findings = Findings { forgiven, ..Findings::default() };
        Walk { shared, mode, findings, places, level, path: Vec::new(), frames: Vec::new() }
    }

    /// Whether two values are equal where the rules stand at these places; at none, to the letter.
    pub fn equal(&mut self, old: Id, new: Id, places: Vec<Place>) -> Result<bool, Stop> {
        if self.level >= MOST_LEVELS {
            return Err(Stop::Costly);
        }
        let mut inner = Walk::over(&mut *self.shared, Mode::Decide, places, self.level + 1);
        match inner.run(old, new) {
            Ok(()) => Ok(true),
            Err(Stop::Found) => Ok(false),
            Err(Stop::Costly) => Err(Stop::Costly),
        }
    }

    fn run(&mut self, old: Id, new: Id) -> Result<(), Stop> {
        let root = Pair::of(Step::Element { old: 0, new: 0 }, Some(old), Some(new));
        self.visit(&root, 0, self.places.len())?;
        while let Some(frame) = self.frames.last_mut() {
            let Some(pair) = frame.rest.next(self.shared.docs, &mut self.shared.budget)? else {
                self.frames.pop();
                continue;
            };
            let (from, to) = (frame.from, frame.to);
            self.path.truncate(frame.depth);
            self.places.truncate(to);
            self.path.push(pair.step);
            if from < to {
                let (named, places) = (self.shared.named(), &mut self.places);
                self.shared.docs.with_step(pair.step, |step| named.advance(step, from, to, places));
            }
            self.visit(&pair, to, self.places.len())?;
        }
        Ok(())
    }

    fn visit(&mut self, pair: &Pair, from: usize, to: usize) -> Result<(), Stop> {
        self.shared.budget.spend(1 + (to - from) / 4)?;
        if from < to {
            let here = self.places.get(from..to).unwrap_or_default();
            if let Some(rule) = self.shared.named().ignored(here) {
                return self.ignore(rule, pair);
            }
        }
        let (old, new) = match (pair.old, pair.new) {
            (Some(_), Some(_)) if pair.repeated => return self.report(Kind::RepeatedKey, pair),
            (Some(old), Some(new)) => (old, new),
            (_, None) => return self.report(Kind::Removed, pair),
            (None, _) => return self.report(Kind::Added, pair),
        };
        let docs = self.shared.docs;
        if self.spelled_alike(old, new)? {
            return Ok(());
        }
        match (docs.old.kind(old), docs.new.kind(new)) {
            (Type::Array, Type::Array) => self.enter_arrays(old, new, from, to),
            (Type::Object, Type::Object) => self.enter_objects(old, new, from, to),
            (Type::Number, Type::Number) => self.numbers(old, new, pair, from, to),
            (Type::String, Type::String) if docs.old.same_string(old, docs.new, new) => Ok(()),
            (Type::Null, Type::Null) | (Type::True, Type::True) | (Type::False, Type::False) => Ok(()),
            (Type::String, Type::String) => self.report(Kind::Text, pair),
            (Type::Bytes, Type::Bytes) => self.report(Kind::Bytes, pair),
            (Type::True | Type::False, Type::True | Type::False) | (Type::Other, Type::Other) => {
                self.report(Kind::Changed, pair)
            }
            _ => self.report(Kind::Type, pair),
        }
    }

    /// Whether both are the same text, where that is cheap to see.
    pub fn spelled_alike(&mut self, old: Id, new: Id) -> Result<bool, Stop> {
        let docs = self.shared.docs;
        let (ours, theirs) = (docs.old.raw(old), docs.new.raw(new));
        let nests = matches!(docs.old.kind(old), Type::Array | Type::Object);
        if nests && (ours.len() != theirs.len() || ours.len() > SHORT) {
            return Ok(false);
        }
        // Of plain values, the reading that may follow is paid for here too.
        self.shared.budget.spend_bytes(ours.len().max(theirs.len()))?;
        Ok(ours == theirs)
    }

    fn ignore(&mut self, rule: usize, pair: &Pair) -> Result<(), Stop> {
        let differs = match (pair.old, pair.new) {
            (Some(old), Some(new)) if !pair.repeated => {
                !self.spelled_alike(old, new)? && !self.equal(old, new, Vec::new())?
            }
            _ => true,
        };
        if differs {
            self.forgive(rule);
        }
        Ok(())
    }

    fn numbers(&mut self, old: Id, new: Id, pair: &Pair, from: usize, to: usize) -> Result<(), Stop> {
        let docs = self.shared.docs;
        let (ours, theirs) = (docs.old.raw(old), docs.new.raw(new));
        if decimal::same_number(ours, theirs) {
            return Ok(());
        }
        let rules = self.shared.rules;
        let here = self.places.get(from..to).unwrap_or_default();
        let forgiving = self.shared.named().at(here).find(|(rule, forgive)| {
            matches!(forgive, Forgive::Tolerance(Tolerance::Absolute(_)))
                && decimal::within(ours, theirs, rules.tolerance(*rule))
        });
        match forgiving {
            Some((rule, _)) => {
                self.forgive(rule);
                Ok(())
            }
            None => self.report(Kind::Number, pair),
        }
    }

    fn enter_objects(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<(), Stop> {
        let docs = self.shared.docs;
        let rest = if docs.old.is_repeating(old) || docs.new.is_repeating(new) {
            let pairs = members::pair(docs, docs.old.keys(old), docs.new.keys(new));
            self.shared.budget.spend(pairs.len())?;
            Rest::Pairs(pairs.into_iter())
        } else {
            let (old_end, new_end) = (docs.old.after(old), docs.new.after(new));
            Rest::Members { old: old.following(), old_end, new: new.following(), new_end }
        };
        self.push(rest, from, to);
        Ok(())
    }

    fn enter_arrays(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<(), Stop> {
        if let Some(pairs) = self.in_any_order(old, new, from, to)? {
            self.push(Rest::Pairs(pairs.into_iter()), from, to);
        } else if self.mode == Mode::Explain && self.may_align(from, to) {
            let aligned = self.align(old, new, from, to)?;
            self.push(Rest::Pairs(aligned.pairs.into_iter()), from, to);
            if aligned.reordered {
                let step = self.path.last().copied().unwrap_or(Step::Element { old: 0, new: 0 });
                self.report(Kind::Order, &Pair::of(step, Some(old), Some(new)))?;
            }
        } else {
            self.push(Rest::Elements(Elements::of(self.shared.docs, old, new)), from, to);
        }
        Ok(())
    }

    fn push(&mut self, rest: Rest, from: usize, to: usize) {
        self.frames.push(Frame { depth: self.path.len(), from, to, rest });
    }

    pub fn forgive(&mut self, rule: usize) {
        if let Some(count) = self.findings.forgiven.get_mut(rule) {
            *count += 1;
        }
    }

    pub fn note(&mut self, note: &str) {
        let place = self.shared.docs.pointer(&self.path);
        let note = format!("{}: {note}", if place.is_empty() { "body" } else { &place });
        if self.findings.notes.len() < self.shared.limits.differences {
            self.findings.notes.push(note);
        }
    }

    fn report(&mut self, kind: Kind, pair: &Pair) -> Result<(), Stop> {
        if self.level > 0 {
            return Err(Stop::Found);
        }
        // A first difference is always kept: without one there would seem to be none.
        if self.findings.found.len() >= self.shared.limits.differences.max(1) {
            self.findings.more += 1;
        } else {
            let path = self.path.clone();
            self.findings.found.push(Found { kind, path, old: pair.old, new: pair.new });
        }
        if self.mode == Mode::Decide { Err(Stop::Found) } else { Ok(()) }
    }
}

impl Rest {
    fn next(&mut self, docs: Docs<'_>, budget: &mut Budget) -> Result<Option<Pair>, Stop> {
        if let Rest::Members { old, old_end, new, new_end } = self {
            let both = old < old_end && new < new_end;
            budget.spend_bytes(docs.old.raw(*old).len())?;
            if both && docs.old.same_string(*old, docs.new, *new) {
                let (ours, theirs) = (old.following(), new.following());
                let pair = Pair::of(Step::OldKey(*old), Some(ours), Some(theirs));
                (*old, *new) = (docs.old.after(ours), docs.new.after(theirs));
                return Ok(Some(pair));
            }
            let (ours, theirs) = (docs.old.keys_from(*old, *old_end), docs.new.keys_from(*new, *new_end));
            let pairs = members::pair(docs, ours, theirs);
            budget.spend(pairs.len())?;
            *self = Rest::Pairs(pairs.into_iter());
        }
        Ok(match self {
            Rest::Members { .. } => None,
            Rest::Elements(elements) => elements.next(docs),
            Rest::Pairs(pairs) => pairs.next(),
        })
    }
}
