//! Noise: how much old differs from itself, and what of new's differences that accounts for.
//!
//! Learnt per route and path from triples (old, old again, new). A noisy path is never ignored: new has to
//! keep to what all of old's values have in common there, and may not stand out more often than chance lets
//! it. Nothing here changes a rule; what it suggests is for a person to decide.

mod masked;
mod moment;
mod profile;
pub mod suggestion;
mod texts;
pub mod trial;
pub mod triple;
mod value;

use std::collections::BTreeMap;

pub use masked::Masked;

use self::{
    profile::Profile, trial::Excess, trial::Measure, trial::Trial, triple::Spot, triple::Triple, value::Value,
};
use super::{
    compare::difference::{Difference, Kind},
    redact,
    stats::{ln_threshold, rare::ln_e_hi},
};

/// Paths of one route that are followed. A route with more differs everywhere, and its report would be no
/// help to anyone.
pub const MOST_PATHS: usize = 200;
/// Bytes of a path's name. Longer ones are cut by whoever names them; this only holds the bound.
const LONGEST_PATH: usize = 8 << 10;
/// The chance to take one path of a route for worse than noise where it is not.
pub const ALPHA: f64 = 0.01;
/// Control pairs that have to differ before a path is called noisy,
const NOISY_PAIRS: u64 = 5;
/// and the share of them in all, which has to be proven.
const NOISY_SHARE: f64 = 1e-3;
/// Examples kept of each path, and the characters kept of each value.
const EXAMPLES: usize = 3;
const EXAMPLE_LENGTH: usize = 80;

/// What a difference at a path means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// An error: old does not differ from itself there.
    #[default]
    Strict,
    /// Nothing, as long as new keeps to the class of old's values.
    Noisy,
    /// Old differs from itself there, and new more than that.
    NoisyExcess,
}

impl State {
    pub const fn name(self) -> &'static str {
        match self {
            State::Strict => "strict",
            State::Noisy => "noisy",
            State::NoisyExcess => "noisy_excess",
        }
    }
}

/// The noise of one route. Of bounded size.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    triples: u64,
    paths: BTreeMap<String, Path>,
    /// Sightings of paths for which there was no room.
    unfollowed: u64,
    leaves: u64,
}

/// What the triples say of one path.
#[derive(Clone, Debug, Default)]
struct Path {
    /// Triples in which old differed from itself.
    noisy: u64,
    trial: Trial,
    profile: Profile,
    /// Values of old and of old again.
    examples: Vec<(String, String)>,
    /// Places at which old differed from itself, over all triples.
    places: u64,
}

/// The figures of one path, for a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    pub path: &'a str,
    pub state: State,
    pub excess: Option<Excess>,
    /// Triples of the route, and those of them in which old differed from itself here.
    pub triples: u64,
    pub noisy: u64,
    /// Triples in which only new differed, and in which only old again did.
    pub only_new: u64,
    pub only_old: u64,
}

impl Noise {
    /// Learns from a triple.
    pub fn see(&mut self, triple: &Triple) {
        self.triples = self.triples.saturating_add(1);
        self.leaves = self.leaves.saturating_add(triple.leaves);
        for (name, spots) in &triple.paths {
            let differs = spots.iter().any(|spot| spot.old_differs);
            if !self.has_room_for(name, differs) {
                self.unfollowed = self.unfollowed.saturating_add(1);
                continue;
            }
            self.paths.entry(name.clone()).or_default().see(spots, triple, is_shown(name));
        }
    }

    /// Whether the path is followed, or can be: a path on which old never differed makes room for one on
    /// which it did, since only new put it there.
    fn has_room_for(&mut self, name: &str, old_differs: bool) -> bool {
        if self.paths.contains_key(name) {
            return true;
        }
        if self.paths.len() < MOST_PATHS {
            return name.len() <= LONGEST_PATH;
        }
        let quiet = self.paths.iter().find(|(_, path)| path.noisy == 0).map(|(name, _)| name.clone());
        match quiet {
            Some(quiet) if old_differs && name.len() <= LONGEST_PATH => self.paths.remove(&quiet).is_some(),
            _ => false,
        }
    }

    pub const fn triples(&self) -> u64 {
        self.triples
    }

    /// How often a path was seen for which there was no room.
    pub const fn unfollowed(&self) -> u64 {
        self.unfollowed
    }

    pub fn state(&self, path: &str) -> State {
        self.paths.get(path).map_or(State::Strict, |path| self.state_of(path))
    }

    /// Every path that is followed, in the order of their names.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.paths.iter().map(|(name, path)| Row {
            path: name,
            state: self.state_of(path),
            excess: path.trial.excess(self.alpha()),
            triples: self.triples,
            noisy: path.noisy,
            only_new: path.trial.sign.against,
            only_old: path.trial.sign.favour,
        })
    }

    /// Why a difference is no noise, in words; `None` where noise accounts for it. `now_millis`: when the
    /// replies were read.
    pub fn check(&self, difference: &Difference, now_millis: u64) -> Option<&'static str> {
        let name = triple::path(difference);
        let Some(path) = name.and_then(|name| self.paths.get(&name)) else {
            return Some("old was never seen to differ from itself here");
        };
        match self.state_of(path) {
            State::Strict => Some("old differs from itself too seldom here"),
            State::NoisyExcess => Some("new differs more here than old does from itself"),
            State::Noisy => path.breach(difference, now_millis),
        }
    }

    /// Whether noise accounts for a difference.
    pub fn excuses(&self, difference: &Difference, now_millis: u64) -> bool {
        self.check(difference, now_millis).is_none()
    }

    /// Whether noise accounts for a whole mismatch: for each of its differences, of which none may be missing.
    /// `more`: how many are not among them.
    pub fn accounts_for(&self, differences: &[Difference], more: usize, now_millis: u64) -> bool {
        let all = differences.iter().all(|difference| self.excuses(difference, now_millis));
        all && more == 0 && !differences.is_empty()
    }

    /// The level of the tests of one path, so that all paths together keep to theirs.
    fn alpha(&self) -> f64 {
        ALPHA / self.paths.len().max(1) as f64
    }

    fn state_of(&self, path: &Path) -> State {
        let expected = self.triples as f64 * NOISY_SHARE;
        let proven = ln_e_hi(path.noisy as f64, expected) >= ln_threshold(ALPHA);
        if path.noisy < NOISY_PAIRS || !proven {
            return State::Strict;
        }
        path.trial.excess(self.alpha()).map_or(State::Noisy, |_| State::NoisyExcess)
    }
}

impl Path {
    fn see(&mut self, spots: &[Spot], triple: &Triple, is_shown: bool) {
        let old_differs = spots.iter().any(|spot| spot.old_differs);
        self.noisy = self.noisy.saturating_add(u64::from(old_differs));
        let now = triple.now_millis;
        for spot in spots {
            self.learn(spot, now);
            if spot.old_differs && is_shown && self.examples.len() < EXAMPLES {
                self.examples.push((example(&spot.old), example(&spot.again)));
            }
        }
        // Of cut lists it cannot be told who differs alone: to count only what is seen would favour a side.
        if triple.is_cut {
            return;
        }
        self.trial.differed(spots.iter().any(|spot| spot.new_differs), old_differs);
        // The first place in old's own order, so that neither new nor old again has a say in which one it is.
        let measures = spots.first().and_then(|spot| {
            let of = |value| Measure::of(value, now);
            of(&spot.old).zip(of(&spot.again)).zip(of(&spot.new))
        });
        if let Some(((old, again), new)) = measures {
            self.trial.measured(old, again, new);
        }
    }

    fn learn(&mut self, spot: &Spot, now_millis: u64) {
        self.profile.learn(&spot.old, now_millis);
        self.profile.learn(&spot.again, now_millis);
        if !spot.old_differs {
            return;
        }
        self.places = self.places.saturating_add(1);
        if spot.reorders {
            self.profile.learn_order();
        } else {
            self.profile.learn_pair(&spot.old, &spot.again, now_millis);
        }
    }

    fn breach(&self, difference: &Difference, now_millis: u64) -> Option<&'static str> {
        if difference.kind == Kind::Order {
            return (!self.profile.reorders()).then_some("another order, where old keeps to one");
        }
        let (old, new) = Value::pair(difference);
        // Old's own value is one of old's, whatever was seen before.
        let mut profile = self.profile.clone();
        profile.learn(&old, now_millis);
        profile.breach(&old, &new, now_millis)
    }
}

/// Whether examples of what stands there may be shown: not of a header that lets somebody in.
fn is_shown(path: &str) -> bool {
    let header = path.strip_prefix("header ").or_else(|| path.strip_prefix("trailer "));
    !header.is_some_and(|name| redact::lets_in(name.as_bytes()))
}

fn example(value: &Value) -> String {
    let text = match value {
        Value::Absent => "(nothing)",
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(text) | Value::Text(text) | Value::Long(text) => text,
        Value::Array => "[…]",
        Value::Object => "{…}",
        Value::Unreadable => "…",
    };
    text.chars().take(EXAMPLE_LENGTH).collect()
}

#[cfg(test)]
mod tests;
