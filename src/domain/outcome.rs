//! The rows of the account: every request ends in exactly one of them.
//!
//! The names are label values of metrics and words of the report; to rename one breaks somebody's alert.

use super::observation::Failure;

macro_rules! outcomes {
    ($($variant:ident => $verdict:ident, $reason:literal, $meaning:literal;)*) => {
        /// How one request ended, as far as the evidence is concerned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Outcome { $(#[doc = $meaning] $variant,)* }

        impl Outcome {
            pub const ALL: &'static [Outcome] = &[$(Outcome::$variant,)*];
            pub const COUNT: usize = Outcome::ALL.len();

            pub const fn verdict(self) -> Verdict {
                match self { $(Outcome::$variant => Verdict::$verdict,)* }
            }

            pub const fn reason(self) -> &'static str {
                match self { $(Outcome::$variant => $reason,)* }
            }

            /// One sentence for a person who asks what the reason means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Outcome::$variant => $meaning,)* }
            }
        }
    };
}

outcomes! {
    Exact => Match, "exact", "both replied with the same bytes";
    ExactVacuous => Match, "exact_vacuous", "the same bytes, but they prove nothing: both empty, both not found, or both errors";
    Equal => Match, "equal", "the same after reading: only the spelling differs";
    EqualVacuous => Match, "equal_vacuous", "the same after reading, but it proves nothing";
    Forgiven => Forgiven, "rules", "differs only where rules forgive it";
    Differs => Mismatch, "differs", "both replied and the replies differ";
    InvariantBroken => Mismatch, "invariant", "both replied and nothing else differs, but an invariant does not hold";
    TooLargeUndiffed => Mismatch, "too_large_undiffed", "both replied, past the capture limit, and the hashes differ";
    NewRefused => Mismatch, "new_refused", "old replied, new could not be reached";
    NewTimeout => Mismatch, "new_timeout", "old replied, new took too long";
    NewReset => Mismatch, "new_reset", "old replied, new closed the connection before it replied";
    NewTruncated => Mismatch, "new_truncated", "old replied, new's body ended early";
    NewMalformed => Mismatch, "new_malformed", "old replied, what new sent is no valid HTTP";
    NewOverlong => Mismatch, "new_overlong", "old replied, new's body went on far past old's and was not read to its end";
    OldFailed => Incomparable, "old_failed", "old gave no whole reply, new did";
    BothFailed => Incomparable, "both_failed", "neither side gave a whole reply";
    ClientCancelled => Incomparable, "client_cancelled", "the client went away before the side that served it had replied in full";
    Conditional => Incomparable, "conditional", "the request was conditional and only one side took its copy for current";
    Undecodable => Incomparable, "undecodable", "a body cannot be read as what its headers say it is";
    TooDeep => Incomparable, "too_deep", "a body is nested deeper than the limit";
    TooLargeEncoded => Incomparable, "too_large_encoded", "past the capture limit, and the two sides use different content codings";
    TooCostly => Incomparable, "too_costly", "to tell the bodies apart would take more work than the limit allows";
    CompareFailed => Incomparable, "compare_failed", "the comparison itself broke off: a fault of readshift, worth a report";
    ShedCompare => Incomparable, "shed_compare", "the pool that compares unequal bodies was full";
    NoRoute => Unpaired, "no_route", "no route of the config matches: old only";
    NotARead => Unpaired, "not_a_read", "not declared a read: old only";
    Refused => Unpaired, "refused_request", "the request is malformed or past a limit and was refused";
    Unsampled => Unpaired, "unsampled", "left out by the sampling share";
    ShedInFlight => Unpaired, "shed_in_flight", "as many shadows in flight as allowed";
    ShedRate => Unpaired, "shed_rate", "as many shadows a second as allowed";
    ShedBreaker => Unpaired, "shed_breaker", "new kept failing and is given time to recover";
    ShedMemory => Unpaired, "shed_memory", "the byte budget of the shadow path is used up";
    Upgrade => Unpaired, "upgrade", "the request asked to leave HTTP: old only, never mirrored";
    Streaming => Unpaired, "streaming", "an event stream has no end to compare";
    RequestBodyTooLarge => Unpaired, "request_body_too_large", "the request body is larger than is kept for mirroring";
    RequestBodyIncomplete => Unpaired, "request_body_incomplete", "the request body never ended, so nothing was mirrored";
    OptedOut => Unpaired, "opted_out", "the request asked not to be mirrored, or is a mirrored one itself";
    Recalled => Unpaired, "recalled", "a revert took the request back before new had answered it";
    Draining => Unpaired, "draining", "the program was stopping";
    Off => Unpaired, "off", "the rollout's stage is off";
}

/// What is concluded from one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Match,
    Forgiven,
    Mismatch,
    Incomparable,
    Unpaired,
}

impl Verdict {
    pub const ALL: [Verdict; 5] =
        [Verdict::Match, Verdict::Forgiven, Verdict::Mismatch, Verdict::Incomparable, Verdict::Unpaired];

    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Match => "match",
            Verdict::Forgiven => "forgiven",
            Verdict::Mismatch => "mismatch",
            Verdict::Incomparable => "incomparable",
            Verdict::Unpaired => "unpaired",
        }
    }
}

impl Outcome {
    /// Where this row stands in a table of all rows.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The row of a pair of which at least one side failed; `None` if neither did.
    pub const fn of_failures(old: Option<Failure>, new: Option<Failure>) -> Option<Outcome> {
        match (old, new) {
            (None, None) => None,
            // Only the serving side is ever cancelled, and only by the client: it says nothing of either.
            (Some(Failure::Cancelled), _) | (_, Some(Failure::Cancelled)) => Some(Outcome::ClientCancelled),
            (Some(_), None) => Some(Outcome::OldFailed),
            (Some(_), Some(_)) => Some(Outcome::BothFailed),
            (None, Some(Failure::Refused)) => Some(Outcome::NewRefused),
            (None, Some(Failure::Timeout)) => Some(Outcome::NewTimeout),
            (None, Some(Failure::Truncated)) => Some(Outcome::NewTruncated),
            (None, Some(Failure::Malformed)) => Some(Outcome::NewMalformed),
            (None, Some(Failure::Overlong)) => Some(Outcome::NewOverlong),
            (None, Some(Failure::Reset)) => Some(Outcome::NewReset),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_has_a_place_and_a_name_of_its_own() {
        for (place, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(outcome.index(), place);
        }
        let names: HashSet<_> = Outcome::ALL.iter().map(|o| (o.verdict(), o.reason())).collect();
        assert_eq!(names.len(), Outcome::COUNT);
    }

    #[test]
    fn who_alone_was_asked_is_said_where_only_one_was() {
        for outcome in [Outcome::NoRoute, Outcome::NotARead, Outcome::Upgrade] {
            assert!(outcome.meaning().contains(": old only"), "{}", outcome.meaning());
        }
    }

    #[test]
    fn a_failure_of_old_is_never_charged_to_new() {
        for new in [None, Some(Failure::Timeout), Some(Failure::Refused)] {
            let outcome = Outcome::of_failures(Some(Failure::Reset), new).unwrap();
            assert_eq!(outcome.verdict(), Verdict::Incomparable);
        }
    }
}
