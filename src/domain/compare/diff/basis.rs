//! What every walk of one pair stands on: the documents, and which rules speak of which places.

use super::{
    super::{
        Limits, Terms,
        bindings::Bindings,
        pattern::{self, Place, Step},
        rules::{Forgive, PointerPattern, Rules},
        tree::Id,
    },
    path::Docs,
    selected::{self, Selected, Spot},
};

/// Fixed for one comparison.
pub struct Basis<'a> {
    pub docs: Docs<'a>,
    pub rules: &'a Rules,
    pub bindings: &'a Bindings,
    pub limits: Limits,
    /// Where the rules that have not expired stand at the root.
    pub root: Vec<Place>,
    selected: Vec<Selected>,
    /// A rule names a position, so that one value may stand at different places of the rules.
    pub pins: bool,
    /// A rule binds, so that what is equal depends on what was seen before.
    pub binds: bool,
    pub notes: Vec<String>,
}

impl<'a> Basis<'a> {
    pub fn new(docs: Docs<'a>, terms: &Terms<'a>, bindings: &'a Bindings) -> Basis<'a> {
        let rules = terms.rules;
        let stands =
            |number: usize| rules.rule(number).is_some_and(|rule| !rule.has_expired(terms.now_millis));
        let mut notes = Vec::new();
        let selected = selected::select(docs, rules, stands, &mut notes);
        let mut root = Vec::new();
        let pointers = rules.rules().iter().enumerate();
        let pointers = pointers.map(|(n, rule)| rule.at.pointer().filter(|_| stands(n)));
        pattern::at_root(pointers, &mut root);
        let mut basis = Basis {
            docs,
            rules,
            bindings,
            limits: *terms.limits,
            root,
            selected,
            pins: false,
            binds: false,
            notes,
        };
        basis.pins = basis.names_a_position(&basis.root);
        basis.binds = basis.any_ahead(&basis.root, |forgive| matches!(forgive, Forgive::Bind(_)));
        basis
    }

    /// Whether any place may be spoken of that no pointer leads to.
    pub const fn selects(&self) -> bool {
        !self.selected.is_empty()
    }

    /// The rules that speak of exactly this: by pointers that have arrived, then by queries.
    pub fn at<'p>(
        &'p self,
        places: &'p [Place],
        spot: Spot,
    ) -> impl Iterator<Item = (usize, &'a Forgive)> + use<'a, 'p> {
        let rules = self.rules;
        let pointed = places.iter().filter_map(move |place| {
            let rule = rules.rule(place.pattern())?;
            place.is_at_end(rule.at.pointer()?).then_some((place.pattern(), &rule.forgive))
        });
        let selected = self.selected.iter().filter(move |selected| selected.holds(spot));
        pointed.chain(selected.filter_map(move |it| Some((it.rule, &rules.rule(it.rule)?.forgive))))
    }

    pub fn ignored(&self, places: &[Place], spot: Spot) -> Option<usize> {
        self.at(places, spot).find(|(_, forgive)| matches!(forgive, Forgive::Ignore)).map(|(rule, _)| rule)
    }

    /// Whether a rule ahead names a position in an array.
    pub fn names_a_position(&self, places: &[Place]) -> bool {
        places
            .iter()
            .any(|place| self.pattern(place.pattern()).is_some_and(|pattern| place.names_a_position(pattern)))
    }

    /// Whether two elements of these arrays may be under different rules than two others, so that one
    /// hash cannot stand for what a value is equal to.
    pub fn is_pinned(&self, places: &[Place], old: Id, new: Id) -> bool {
        self.names_a_position(places)
            || self.selected.iter().any(|selected| selected.reaches_into(self.docs, old, new))
    }

    /// Whether equality under the rules ahead may hold between values that hash alike and differ, or
    /// hold from one to the next without holding from end to end.
    pub fn is_coarse(&self, places: &[Place]) -> bool {
        self.any_ahead(places, |forgive| !matches!(forgive, Forgive::Ignore | Forgive::Unordered))
    }

    /// Whether a rule that is like this stands here or ahead.
    pub fn any_ahead(&self, places: &[Place], like: impl Fn(&Forgive) -> bool) -> bool {
        let pointed = places.iter().map(|place| place.pattern());
        let mut all = pointed.chain(self.selected.iter().map(|selected| selected.rule));
        all.any(|number| self.rules.rule(number).is_some_and(|rule| like(&rule.forgive)))
    }

    pub fn advance(&self, step: Step<'_>, from: usize, to: usize, places: &mut Vec<Place>) {
        if from < to {
            pattern::advance(|number| self.pattern(number), step, from, to, places);
        }
    }

    /// Where the rules stand one step on.
    pub fn places_after(&self, here: &[Place], step: Step<'_>) -> Vec<Place> {
        let mut places = here.to_vec();
        self.advance(step, 0, here.len(), &mut places);
        places.split_off(here.len())
    }

    /// The first rule that binds into a set, for short.
    pub fn set_of(&self, name: &str) -> Option<usize> {
        self.rules.rules().iter().position(|rule| matches!(&rule.forgive, Forgive::Bind(set) if set == name))
    }

    fn pattern(&self, number: usize) -> Option<&'a PointerPattern> {
        self.rules.rule(number)?.at.pointer()
    }
}
