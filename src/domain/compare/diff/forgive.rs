//! What the rules at one place say of two values that are not equal.

use std::borrow::Cow;

use super::{
    super::{
        decimal,
        difference::Kind,
        pattern::Place,
        rules::Forgive,
        tree::{Document, Id, Type},
    },
    Found,
    budget::Stop,
    forms::{self, Form},
    journal::{Sight, Told},
    members::Pair,
    path::Step,
    selected::Spot,
    walk::Walk,
};

impl<'a> Walk<'_, 'a> {
    /// The rules for this pair of places.
    fn rules_here(&self, spot: Spot, from: usize, to: usize) -> Vec<(usize, &'a Forgive)> {
        let mut here: Vec<_> = self.basis.at(self.here(from, to), self.spot(spot)).collect();
        // Queries come after pointers, and normalising rules apply in the order of the config.
        here.sort_by_key(|(rule, _)| *rule);
        here
    }

    pub fn here(&self, from: usize, to: usize) -> &[Place] {
        self.places.get(from..to).unwrap_or_default()
    }

    /// What is ignored, or of the same type where that is enough. Counted where the values differ.
    pub fn ignore(&mut self, rule: usize, pair: &Pair) -> Result<(), Stop> {
        // Inside another comparison nothing is counted.
        if self.is_inner() {
            return Ok(());
        }
        let differs = match (pair.old, pair.new) {
            (Some(old), Some(new)) if !pair.repeated => {
                !self.abreast(old, new)? && !self.equal_to_the_letter(old, new)?
            }
            _ => true,
        };
        if differs {
            self.forgive(rule);
        }
        Ok(())
    }

    /// Whether a member that only one side has is as good as missing.
    pub fn passes_for_missing(&mut self, pair: &Pair, from: usize, to: usize) -> bool {
        let docs = self.basis.docs;
        let vacancy = match (pair.old, pair.new) {
            (Some(id), None) => Vacancy::of(docs.old, id),
            (None, Some(id)) => Vacancy::of(docs.new, id),
            _ => None,
        };
        let Some(vacancy) = vacancy.filter(|_| !pair.repeated && !matches!(pair.step, Step::Element { .. }))
        else {
            return false;
        };
        let forgiving = self.basis.at(self.here(from, to), self.spot(pair.spot()));
        let forgiving =
            forgiving.filter(|(_, forgive)| vacancy.is_named_by(forgive)).map(|(rule, _)| rule).min();
        forgiving.is_some_and(|rule| {
            self.forgive(rule);
            true
        })
    }

    /// Whether the rules here take one value for the other. Neither is equal to the other, and not both
    /// are containers of one type.
    pub fn passes_for(&mut self, pair: &Pair, from: usize, to: usize) -> Result<bool, Stop> {
        let (Some(old), Some(new)) = (pair.old, pair.new) else { return Ok(false) };
        let docs = self.basis.docs;
        let here = self.rules_here(pair.spot(), from, to);
        if here.is_empty() {
            return Ok(false);
        }
        let same_type = of_one_type(docs.old.kind(old), docs.new.kind(new));
        let of_type = here.iter().find(|(_, forgive)| matches!(forgive, Forgive::SameType) && same_type);
        let used = match of_type {
            Some((rule, _)) => vec![*rule],
            None if both_vacant(&here, Vacancy::of(docs.old, old), Vacancy::of(docs.new, new)) => {
                let vacant =
                    |forgive: &Forgive| matches!(forgive, Forgive::NullIsMissing | Forgive::EmptyIsMissing);
                here.iter().filter(|(_, forgive)| vacant(forgive)).map(|(rule, _)| *rule).collect()
            }
            None => match (form(docs.old, old), form(docs.new, new)) {
                (Some(ours), Some(theirs)) => {
                    let bytes = docs.old.raw(old).len() + docs.new.raw(new).len();
                    let steps = 1 + bytes / forms::bytes_a_step(&here);
                    self.shared.budget.spend(here.len() * forms::most_forms(&here) * steps)?;
                    forms::forgiving(ours, theirs, &here, self.basis.rules).unwrap_or_default()
                }
                (None, None) if docs.old.kind(old) == Type::String => {
                    self.note("rules do not look into texts this long");
                    Vec::new()
                }
                _ => Vec::new(),
            },
        };
        if used.is_empty() {
            return Ok(self.bind(old, new, pair, from, to));
        }
        used.into_iter().for_each(|rule| self.forgive(rule));
        Ok(true)
    }

    /// Whether the two are identifiers that may stand for each other.
    fn bind(&mut self, old: Id, new: Id, pair: &Pair, from: usize, to: usize) -> bool {
        let docs = self.basis.docs;
        let Some((rule, name)) = self.binding(pair.spot(), from, to) else { return false };
        let (Some(ours), Some(theirs)) = (identifier(docs.old, old), identifier(docs.new, new)) else {
            return false;
        };
        let set = self.basis.set_of(name).unwrap_or(rule);
        let sight = Sight { rule, set, name, old: ours, new: theirs };
        let kind = match (docs.old.kind(old), docs.new.kind(new)) {
            (Type::Number, Type::Number) => Kind::Number,
            (Type::String, Type::String) => Kind::Text,
            // A number may stand for a text: systems that mint ids anew mint others.
            _ => Kind::Type,
        };
        let path = if self.is_inner() { Vec::new() } else { self.path.clone() };
        let found = || Found { kind, path, old: Some(old), new: Some(new) };
        match self.shared.journal.see(sight, self.basis.bindings, found) {
            Told::Bound => {
                self.forgive(rule);
                true
            }
            Told::Contradicted => false,
            Told::NoRoom => {
                self.note(&format!("`{name}` has no room for further or longer identifiers"));
                false
            }
        }
    }

    /// Remembers that an identifier stands for itself.
    pub fn keep(&mut self, old: Id, spot: Spot, from: usize, to: usize) {
        let Some((rule, _)) = self.binding(spot, from, to) else { return };
        if let Some(identifier) = identifier(self.basis.docs.old, old).filter(|_| !self.is_inner()) {
            self.shared.journal.keep(rule, identifier);
        }
    }

    fn binding(&self, spot: Spot, from: usize, to: usize) -> Option<(usize, &'a str)> {
        let all = self.basis.at(self.here(from, to), self.spot(spot));
        let sets = all.filter_map(|(rule, forgive)| match forgive {
            Forgive::Bind(name) => Some((rule, name.as_str())),
            _ => None,
        });
        sets.min_by_key(|(rule, _)| *rule)
    }
}

/// What may be as good as missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vacancy {
    Null,
    Empty,
}

impl Vacancy {
    pub fn of(document: &Document<'_>, id: Id) -> Option<Vacancy> {
        match document.kind(id) {
            Type::Null => Some(Vacancy::Null),
            Type::String if document.raw(id).len() == 2 => Some(Vacancy::Empty),
            Type::Array | Type::Object if document.after(id) == id.following() => Some(Vacancy::Empty),
            _ => None,
        }
    }

    pub const fn is_named_by(self, forgive: &Forgive) -> bool {
        match self {
            Vacancy::Null => matches!(forgive, Forgive::NullIsMissing),
            Vacancy::Empty => matches!(forgive, Forgive::EmptyIsMissing),
        }
    }
}

/// Whether two values are of one type to whoever reads the document.
fn of_one_type(old: Type, new: Type) -> bool {
    let boolean = |kind| matches!(kind, Type::True | Type::False);
    old == new || boolean(old) && boolean(new)
}

/// Whether one is null, the other empty, and both are as good as missing.
fn both_vacant(here: &[(usize, &Forgive)], old: Option<Vacancy>, new: Option<Vacancy>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let named = |vacancy: Vacancy| here.iter().any(|(_, forgive)| vacancy.is_named_by(forgive));
    old != new && named(old) && named(new)
}

/// A number, or a text that is not too long to be looked into.
pub fn form<'d>(document: &'d Document<'_>, id: Id) -> Option<Form<'d>> {
    match document.kind(id) {
        Type::Number => Some(Form::Number { spelled: document.raw(id).into(), quoted: false }),
        Type::String => text(document, id).filter(|text| text.len() <= forms::LONGEST).map(Form::Text),
        _ => None,
    }
}

/// `None` where it holds half a surrogate pair, which is no text.
fn text<'d>(document: &'d Document<'_>, id: Id) -> Option<Cow<'d, str>> {
    match document.string(id) {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// The bytes that tell an identifier from every other, also from one of another type: 1 is not "1".
fn identifier(document: &Document<'_>, id: Id) -> Option<Vec<u8>> {
    match document.kind(id) {
        Type::Number => Some(decimal::canonical(document.raw(id))),
        Type::String => Some([b"\"", &*document.string(id)].concat()),
        _ => None,
    }
}
