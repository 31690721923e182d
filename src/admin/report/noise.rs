//! What the control pairs told of a route: the places where old differs from itself, whether new keeps to that,
//! and the rules that would account for it. Nothing here is a verdict, and no rule applies itself.

use serde::Serialize;

use crate::{
    admin::words::{count, counted},
    domain::{
        compare::explain::suggestion::line,
        noise::{Noise, Row, State, suggestion::Suggestion},
    },
};

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NoiseView {
    /// Reads that old was asked twice and whose replies could be compared place by place.
    pub triples: u64,
    /// Places where old or new differed, those first where old differs most.
    pub places: Vec<NoisyPlace>,
    /// Sightings of further places, for which there was no room.
    pub unfollowed: u64,
    pub suggestions: Vec<SuggestionView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoisyPlace {
    pub place: String,
    pub state: &'static str,
    /// Reads in which old differed from itself there.
    pub noisy: u64,
    /// Reads in which only new differed, and in which only old's second reply did.
    pub only_new: u64,
    pub only_old: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuggestionView {
    pub place: String,
    pub rule: String,
    pub noisy: u64,
    /// Bounds of the share of reads in which old differs from itself there, of a million.
    pub at_least_ppm: u64,
    pub at_most_ppm: u64,
    /// What old said, and what it said again.
    pub examples: Vec<(String, String)>,
}

impl NoiseView {
    pub fn of(noise: &Noise) -> NoiseView {
        let mut places: Vec<_> = noise.rows().map(NoisyPlace::of).collect();
        places.sort_by_key(|place| std::cmp::Reverse(place.noisy));
        NoiseView {
            triples: noise.triples(),
            places,
            unfollowed: noise.unfollowed(),
            suggestions: noise.suggestions().into_iter().map(SuggestionView::of).collect(),
        }
    }

    /// One sentence each; of at most so many places. The rule comes last, to be copied.
    pub fn told(&self, most: usize) -> Vec<String> {
        let mut told = Vec::new();
        for place in self.places.iter().filter(|place| place.state != State::Strict.name()).take(most) {
            let often = format!("{} of {}", count(place.noisy), counted(self.triples, "read"));
            let suggestion = self.suggestions.iter().find(|one| one.place == place.place);
            let shown = suggestion.and_then(|one| one.examples.first());
            let shown = shown.map(|(said, again)| format!(" ({said}, then {again})")).unwrap_or_default();
            let new = if place.state == State::NoisyExcess.name() {
                "new differs there in another way, which is no noise"
            } else {
                "new keeps to the kind of its values"
            };
            told.push(format!("old differs from itself at {} in {often}{shown}; {new}", place.place));
            told.extend(suggestion.map(|one| format!("a rule that forgives it: {}", one.rule)));
        }
        told
    }

    /// Places where new differs more than old does from itself.
    pub fn excess(&self) -> impl Iterator<Item = &NoisyPlace> {
        self.places.iter().filter(|place| place.state == State::NoisyExcess.name())
    }
}

impl NoisyPlace {
    fn of(row: Row<'_>) -> NoisyPlace {
        NoisyPlace {
            place: row.path.to_owned(),
            state: row.state.name(),
            noisy: row.noisy,
            only_new: row.only_new,
            only_old: row.only_old,
        }
    }
}

impl SuggestionView {
    fn of(one: Suggestion) -> SuggestionView {
        let ppm = |share: f64| (share.clamp(0.0, 1.0) * 1e6).round() as u64;
        SuggestionView {
            // As it is pasted; in words where that cannot be said in a line.
            rule: line(&one.path, &one.rule).unwrap_or_else(|| format!("{}: {}", one.path, one.rule)),
            place: one.path,
            noisy: one.noisy,
            at_least_ppm: ppm(one.bounds.0),
            at_most_ppm: ppm(one.bounds.1),
            examples: one.examples,
        }
    }
}
