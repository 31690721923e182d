//! Rules that would account for noise, with the evidence for each. A suggestion is never applied by itself:
//! that needs a person and an expiry, and what was counted before may not be counted again.

use std::time::Duration;

use super::{
    super::{
        compare::rules::{Forgive, Format, Tolerance},
        moment::{Form, SECOND, Spelling},
        stats::rare::{lower, upper},
    },
    ALPHA, Noise, Path, State,
    moment::Style,
};

/// A rule, and why it might be right.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// With `*` for positions; may hold `{}` for minted keys.
    pub path: String,
    /// The narrowest that accounts for all that was seen.
    pub rule: Forgive,
    /// Triples of the route, and those of them in which old differed from itself here.
    pub triples: u64,
    pub noisy: u64,
    /// Bounds of the share of requests in which it does, each wrong with a chance of at most 1 %.
    pub bounds: (f64, f64),
    /// Triples in which only new differed, and in which only old again did.
    pub only_new: u64,
    pub only_old: u64,
    /// Values of old and of old again.
    pub examples: Vec<(String, String)>,
    /// The share of all compared values that the rule would let go; `None` where nobody counted them.
    pub masked: Option<f64>,
}

impl Noise {
    /// A rule for each path that is noisy, and no worse than that.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let noisy = self.paths.iter().filter(|(_, path)| self.state_of(path) == State::Noisy);
        noisy.filter_map(|(name, path)| self.suggestion(name, path)).collect()
    }

    fn suggestion(&self, name: &str, path: &Path) -> Option<Suggestion> {
        let (noisy, all) = (path.noisy as f64, self.triples as f64);
        let share = |expected: f64| (expected / all).min(1.0);
        Some(Suggestion {
            path: name.to_owned(),
            rule: path.rule()?,
            triples: self.triples,
            noisy: path.noisy,
            bounds: (share(lower(noisy, ALPHA)), share(upper(noisy, ALPHA))),
            only_new: path.trial.sign.against,
            only_old: path.trial.sign.favour,
            examples: path.examples.clone(),
            masked: (self.leaves > 0).then(|| (path.places as f64 / self.leaves as f64).min(1.0)),
        })
    }
}

impl Path {
    /// The narrowest rule that accounts for what old does; `None` where only one that ignores would.
    fn rule(&self) -> Option<Forgive> {
        let profile = &self.profile;
        if profile.reorders() {
            return Some(Forgive::Unordered);
        }
        if let Some(nanos) = profile.freshness().filter(|_| profile.is_for_rules()) {
            let seconds = u64::try_from(nanos / SECOND).unwrap_or(0).saturating_add(1);
            return Some(Forgive::TimeWithin(Duration::from_secs(seconds)));
        }
        if !profile.is_of_one_type() {
            return None;
        }
        Some(match profile.style() {
            Some(Style::Written(Form::Rfc3339(_, _, Spelling::Full))) => Forgive::Format(Format::Rfc3339),
            Some(Style::Written(Form::HttpDate | Form::Rfc850 | Form::Asctime)) => {
                Forgive::Format(Format::HttpDate)
            }
            _ if profile.texts().are_uuids() => Forgive::Format(Format::Uuid),
            _ if profile.texts().are_hex() => Forgive::Format(Format::Hex),
            _ => match profile.widest() {
                Some(widest) if profile.is_fractional() && widest < 0.01 => {
                    Forgive::Tolerance(Tolerance::Relative(widest))
                }
                _ => Forgive::SameType,
            },
        })
    }
}
