//! Whether the evidence itself can be trusted: noise, rules that forgive too much, planted differences, the assignment
//! of callers, builds (statistics 6, 9 and 11).

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta, part},
};
use crate::domain::{
    gate::words::{count, counted, percent},
    stats::{
        ln_threshold,
        odds::{ln_o_hi, ln_o_lo},
    },
};

/// Of the check that callers fall where they should.
const ALPHA_RATIO: f64 = 1e-3;
/// Paths that are named; of the others the number.
const NAMED: usize = 3;

pub fn noise(route: &OfRoute<'_>) -> Condition {
    let excess = &route.summary.excess;
    let told = match excess.split_at_checked(NAMED.min(excess.len())) {
        _ if excess.is_empty() && route.is_blank() => route.blank(),
        Some((named, rest)) if !named.is_empty() => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let says = format!("new differs from old more than old from itself: {}{more}", named.join(", "));
            Finding::plain(Standing::Blocked, says)
        }
        _ => Finding::plain(Standing::Met, "nowhere does new differ from old more than old from itself"),
    };
    route.tell(Measure::Noise, told)
}

/// Rules do not change by waiting. Nothing is said of what nobody has measured, least of all that it is met.
pub fn masked(route: &OfRoute<'_>) -> Option<Condition> {
    let (masked, most) = (route.summary.masked?, route.criteria.noise.masked);
    let says = format!("rules leave {} of what is compared out, {} may be", percent(masked), percent(most));
    let told = match () {
        () if route.is_blank() => route.blank(),
        () if masked <= most => Finding::plain(Standing::Met, says),
        () => Finding::plain(Standing::Blocked, says),
    };
    Some(route.tell(Measure::Masked, Finding { have: masked, need: most, ..told }))
}

/// Two builds at once are two systems: nobody knows whose evidence it is.
pub fn build(route: &OfRoute<'_>) -> Condition {
    let told = match &route.summary.builds_mixed {
        Some(mixed) => Finding::plain(Standing::Unmet, mixed.as_str()),
        None => Finding::plain(Standing::Met, "each side answers with one build"),
    };
    route.tell(Measure::Build, told)
}

/// Only where some callers are on new and some are not.
pub fn sample_ratio(route: &OfRoute<'_>) -> Option<Condition> {
    let share = part(route.bar.from);
    if share <= 0.0 || share >= 1.0 {
        return None;
    }
    let seen = route.summary.assigned;
    let (all, odds) = (seen.b.saturating_add(seen.c), share / (1.0 - share));
    let wrong = [ln_o_hi, ln_o_lo].iter().any(|test| test(seen.b, seen.c, odds) >= ln_threshold(ALPHA_RATIO));
    let says = format!(
        "{} of {} are on new, at {}",
        count(seen.b),
        counted(all, "caller", "callers"),
        route.bar.from
    );
    let told = match () {
        () if all == 0 => Finding::plain(Standing::Unmet, "no caller was seen at this stage yet"),
        () if wrong => {
            Finding::plain(Standing::Blocked, format!("{says}: callers are not assigned as they should be"))
        }
        () => Finding::plain(Standing::Met, says),
    };
    Some(route.tell(Measure::SampleRatio, told))
}

/// A gate that cannot fire is worse than none.
pub fn seeded(route: &OfRoute<'_>) -> Option<Condition> {
    let (seeded, one_in) = (route.summary.seeded, route.criteria.seeding.one_in);
    if one_in == 0 {
        return None;
    }
    let planted = counted(seeded.planted, "planted difference", "planted differences");
    let told = match () {
        () if seeded.missed > 0 => Finding::plain(
            Standing::Blocked,
            format!("blind: {} of {planted} not found", count(seeded.missed)),
        ),
        () if seeded.planted == 0 => {
            let says = format!(
                "no difference was planted and found yet, as one in {} comparisons has",
                count(one_in.into())
            );
            let eta = eta(one_in.into(), route.summary.requests_per_second);
            Finding { eta, need: 1.0, ..Finding::plain(Standing::Unmet, says) }
        }
        () => Finding::plain(Standing::Met, format!("{planted} found")),
    };
    Some(route.tell(Measure::Seeded, Finding { have: seeded.planted as f64, ..told }))
}
