//! What one read says as evidence, by its row of the account.

use super::{Looked, failures::Answered};
use crate::domain::outcome::{Outcome, Verdict};

/// A status from here on is a failure of whoever gave it.
const FAILED: u16 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Match,
    /// To be read again.
    Differs,
    /// A mismatch at once.
    NewFailed,
    /// Both answered, and whether they agree cannot be told.
    Unjudged,
    /// They agree, which proves nothing.
    Vacuous,
    /// No word about new.
    Nothing,
}

impl Kind {
    pub fn of(looked: &Looked, empty_is_evidence: bool) -> Kind {
        let new_failed = Answered::of(looked).new == Some(false);
        match looked.outcome {
            Outcome::ExactVacuous | Outcome::EqualVacuous if !empty_is_evidence => Kind::Vacuous,
            Outcome::Undecodable
            | Outcome::TooDeep
            | Outcome::TooLargeEncoded
            | Outcome::TooCostly
            | Outcome::CompareFailed => Kind::Unjudged,
            outcome => match outcome.verdict() {
                Verdict::Match | Verdict::Forgiven => Kind::Match,
                Verdict::Mismatch if new_failed => Kind::NewFailed,
                Verdict::Mismatch => Kind::Differs,
                Verdict::Incomparable | Verdict::Unpaired => Kind::Nothing,
            },
        }
    }
}

impl Answered {
    pub fn of(looked: &Looked) -> Answered {
        let [old, new] = looked.statuses.map(|status| status.map(|status| status < FAILED));
        match looked.outcome {
            Outcome::NewRefused
            | Outcome::NewTimeout
            | Outcome::NewReset
            | Outcome::NewTruncated
            | Outcome::NewMalformed
            | Outcome::NewOverlong => Answered { old: old.or(Some(true)), new: Some(false) },
            Outcome::OldFailed => Answered { old: Some(false), new },
            Outcome::BothFailed => Answered { old: Some(false), new: Some(false) },
            _ => Answered { old, new },
        }
    }
}
