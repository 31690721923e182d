//! Both documents in step: a stack of containers, and at each place what the rules say of it.

use super::{
    super::{
        difference::Kind,
        pattern::Place,
        rules::Forgive,
        tree::{Id, Type},
    },
    Findings, Found,
    abreast::Stretch,
    arrays::Elements,
    basis::Basis,
    budget::Stop,
    frames::{Frame, Later, Rest},
    members::{self, Pair},
    path::Step,
    selected::Spot,
    shared::Shared,
};

/// Walks inside walks: one for each array in free order that holds another with coarse rules below both.
/// Each stands on the stack.
const MOST_LEVELS: u8 = 32;
/// Steps of paths that may wait; further arrays are walked at once.
const MOST_WAITING: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ends at the first difference. Elements of ordered arrays are compared by position: which is
    /// what their equality means.
    Decide,
    /// Goes on to the end and aligns arrays, to tell an insert from a change of everything after it.
    Explain,
}

/// One pass over a pair of values.
pub struct Walk<'s, 'a> {
    pub basis: &'a Basis<'a>,
    pub shared: &'s mut Shared,
    pub mode: Mode,
    pub findings: Findings,
    /// Where the rules stand, for each container on the stack in a run of its own.
    pub places: Vec<Place>,
    pub path: Vec<Step>,
    level: u8,
    /// No rule stands anywhere.
    bare: bool,
    pub stretch: Stretch,
    frames: Vec<Frame>,
    later: Vec<Later>,
    waiting: usize,
}

impl<'s, 'a> Walk<'s, 'a> {
    /// Over both documents from the root on.
    pub fn all(basis: &'a Basis<'a>, mode: Mode) -> Findings {
        let mut shared = Shared::new(basis);
        let mut walk = Walk::over(basis, &mut shared, mode, basis.root.clone(), 0);
        walk.findings.notes.clone_from(&basis.notes);
        let stop = walk.run(Id::ROOT, Id::ROOT).and_then(|()| walk.finish());
        walk.findings.costly = stop == Err(Stop::Costly);
        let mut findings = walk.findings;
        findings.learnt = shared.journal.learnt();
        findings
    }

    fn over(
        basis: &'a Basis<'a>,
        shared: &'s mut Shared,
        mode: Mode,
        places: Vec<Place>,
        level: u8,
    ) -> Walk<'s, 'a> {
        let forgiven = vec![0; basis.rules.rules().len()];
        let findings = Findings { forgiven, ..Findings::default() };
        Walk {
            basis,
            shared,
            mode,
            findings,
            places,
            path: Vec::new(),
            level,
            bare: false,
            stretch: Stretch::NONE,
            frames: Vec::new(),
            later: Vec::new(),
            waiting: 0,
        }
    }

    /// Whether two values are equal where the rules stand at these places. What it binds is forgotten.
    pub fn equal(&mut self, old: Id, new: Id, places: Vec<Place>) -> Result<bool, Stop> {
        if let Some(known) = self.shared.known(old, new) {
            return Ok(known);
        }
        let bound = self.shared.journal.entries().len();
        let equal = self.inner(places)?.ends_equal(old, new)?;
        self.shared.journal.forget_since(bound);
        self.shared.remember(old, new, equal);
        Ok(equal)
    }

    pub fn equal_to_the_letter(&mut self, old: Id, new: Id) -> Result<bool, Stop> {
        let mut inner = self.inner(Vec::new())?;
        inner.bare = true;
        inner.ends_equal(old, new)
    }

    fn inner(&mut self, places: Vec<Place>) -> Result<Walk<'_, 'a>, Stop> {
        if self.level >= MOST_LEVELS {
            return Err(Stop::Costly);
        }
        Ok(Walk::over(self.basis, &mut *self.shared, Mode::Decide, places, self.level + 1))
    }

    fn ends_equal(mut self, old: Id, new: Id) -> Result<bool, Stop> {
        match self.run(old, new) {
            Ok(()) => Ok(true),
            Err(Stop::Found) => Ok(false),
            Err(Stop::Costly) => Err(Stop::Costly),
        }
    }

    fn run(&mut self, old: Id, new: Id) -> Result<(), Stop> {
        let root = Pair::of(Step::Element { old: 0, new: 0 }, Some(old), Some(new));
        self.visit(&root, 0, self.places.len())?;
        loop {
            self.run_frames()?;
            let Some(Later { path, places, old, new }) = self.later.pop() else { return Ok(()) };
            self.waiting -= path.len() + places.len();
            (self.path, self.places) = (path, places);
            self.walk_arrays(old, new, 0, self.places.len())?;
        }
    }

    fn run_frames(&mut self) -> Result<(), Stop> {
        while let Some(frame) = self.frames.last_mut() {
            let Some(pair) = frame.rest.next(self.basis.docs, &mut self.shared.budget)? else {
                self.frames.pop();
                continue;
            };
            let (from, to) = (frame.from, frame.to);
            self.path.truncate(frame.depth);
            self.places.truncate(to);
            self.path.push(pair.step);
            if from < to {
                let (basis, places) = (self.basis, &mut self.places);
                basis.docs.with_step(pair.step, |step| basis.advance(step, from, to, places));
            }
            self.visit(&pair, to, self.places.len())?;
        }
        Ok(())
    }

    /// What was bound may have turned out to contradict what stands for itself.
    fn finish(&mut self) -> Result<(), Stop> {
        for Found { kind, path, old, new } in self.shared.journal.contradictions() {
            self.path = path;
            let step = self.path.last().copied().unwrap_or(Step::Element { old: 0, new: 0 });
            self.report(kind, &Pair::of(step, old, new))?;
        }
        Ok(())
    }

    fn visit(&mut self, pair: &Pair, from: usize, to: usize) -> Result<(), Stop> {
        self.shared.budget.spend(1 + (to - from) / 4)?;
        let ruled = from < to || self.basis.selects() && !self.bare;
        if ruled && let Some(rule) = self.basis.ignored(self.here(from, to), self.spot(pair.spot())) {
            return self.ignore(rule, pair);
        }
        let (old, new) = match (pair.old, pair.new) {
            (Some(_), Some(_)) if pair.repeated => return self.report(Kind::RepeatedKey, pair),
            (Some(old), Some(new)) => (old, new),
            _ if ruled && self.passes_for_missing(pair, from, to) => return Ok(()),
            (_, None) => return self.report(Kind::Removed, pair),
            (None, _) => return self.report(Kind::Added, pair),
        };
        // Identifiers that stand for themselves have to be seen.
        let binds = ruled && self.basis.binds && self.binds_ahead(from, to);
        let same = self.abreast(old, new)?;
        if same && !binds {
            return Ok(());
        }
        let docs = self.basis.docs;
        match (docs.old.kind(old), docs.new.kind(new)) {
            (Type::Array, Type::Array) | (Type::Object, Type::Object) => {
                self.containers(old, new, pair, from, to, ruled)
            }
            _ if same => {
                self.keep(old, pair.spot(), from, to);
                Ok(())
            }
            _ if ruled && self.passes_for(pair, from, to)? => Ok(()),
            (Type::Number, Type::Number) => self.report(Kind::Number, pair),
            (Type::String, Type::String) => self.report(Kind::Text, pair),
            (Type::Bytes, Type::Bytes) => self.report(Kind::Bytes, pair),
            (Type::True | Type::False, Type::True | Type::False) | (Type::Other, Type::Other) => {
                self.report(Kind::Changed, pair)
            }
            _ => self.report(Kind::Type, pair),
        }
    }

    fn containers(
        &mut self,
        old: Id,
        new: Id,
        pair: &Pair,
        from: usize,
        to: usize,
        ruled: bool,
    ) -> Result<(), Stop> {
        if ruled {
            let of_type = |(_, forgive): &(usize, &Forgive)| matches!(forgive, Forgive::SameType);
            let rule = self.basis.at(self.here(from, to), self.spot(pair.spot())).find(of_type);
            if let Some((rule, _)) = rule {
                return self.ignore(rule, pair);
            }
        }
        if self.is_inner() && !self.bare && self.shared.known(old, new) == Some(true) {
            return Ok(());
        }
        match self.basis.docs.old.kind(old) {
            Type::Object => self.enter_objects(old, new, from, to),
            _ if !ruled => self.enter_in_order(old, new, from, to),
            _ => self.enter_arrays(old, new, from, to),
        }
    }

    fn enter_objects(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<(), Stop> {
        let docs = self.basis.docs;
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
        // What identifiers stand for says which elements belong together: where that is learnt elsewhere
        // in the documents, it has to be learnt first.
        let waits = self.basis.binds && !self.is_inner() && self.waiting < MOST_WAITING;
        if waits && self.is_in_free_order(old, new, from, to) && self.binds_ahead(from, to) {
            let places = self.here(from, to).to_vec();
            self.waiting += self.path.len() + places.len();
            self.later.push(Later { path: self.path.clone(), places, old, new });
            return Ok(());
        }
        self.walk_arrays(old, new, from, to)
    }

    fn walk_arrays(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<(), Stop> {
        match self.in_free_order(old, new, from, to)? {
            Some(pairs) => {
                self.push(Rest::Pairs(pairs.into_iter()), from, to);
                Ok(())
            }
            None => self.enter_in_order(old, new, from, to),
        }
    }

    fn enter_in_order(&mut self, old: Id, new: Id, from: usize, to: usize) -> Result<(), Stop> {
        if self.mode == Mode::Explain && self.may_align(from, to) {
            let aligned = self.align(old, new, from, to)?;
            self.push(Rest::Pairs(aligned.pairs.into_iter()), from, to);
            if aligned.reordered {
                let step = self.path.last().copied().unwrap_or(Step::Element { old: 0, new: 0 });
                self.report(Kind::Order, &Pair::of(step, Some(old), Some(new)))?;
            }
        } else {
            self.push(Rest::Elements(Elements::of(self.basis.docs, old, new)), from, to);
        }
        Ok(())
    }

    fn push(&mut self, rest: Rest, from: usize, to: usize) {
        self.frames.push(Frame { depth: self.path.len(), from, to, rest });
    }

    pub const fn is_inner(&self) -> bool {
        self.level > 0
    }

    /// The pair as queries may have selected it; no pair where no rule stands.
    pub fn spot(&self, spot: Spot) -> Spot {
        if self.bare { Spot::default() } else { spot }
    }

    fn binds_ahead(&self, from: usize, to: usize) -> bool {
        self.basis.any_ahead(self.here(from, to), |forgive| matches!(forgive, Forgive::Bind(_)))
    }

    pub fn forgive(&mut self, rule: usize) {
        if let Some(count) = self.findings.forgiven.get_mut(rule) {
            *count += 1;
        }
    }

    pub fn note(&mut self, note: &str) {
        if self.is_inner() || self.findings.notes.len() >= self.basis.limits.differences {
            return;
        }
        let place = self.basis.docs.pointer(&self.path);
        self.findings.notes.push(format!("{}: {note}", if place.is_empty() { "body" } else { &place }));
    }

    fn report(&mut self, kind: Kind, pair: &Pair) -> Result<(), Stop> {
        if self.is_inner() {
            return Err(Stop::Found);
        }
        // A first difference is always kept: without one there would seem to be none.
        if self.findings.found.len() >= self.basis.limits.differences.max(1) {
            self.findings.more += 1;
        } else {
            let path = self.path.clone();
            self.findings.found.push(Found { kind, path, old: pair.old, new: pair.new });
        }
        if self.mode == Mode::Decide { Err(Stop::Found) } else { Ok(()) }
    }
}
