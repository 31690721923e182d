//! New that shows what old showed a while ago, and what cannot be decided for writes in between (statistics 7).

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta},
    rate::Rate,
};
use crate::domain::gate::words::{count, percent, span, whole};

/// New may lag a little, and seldom at all.
pub fn staleness(route: &OfRoute<'_>) -> Condition {
    let (stale, criteria) = (route.summary.staleness, &route.criteria.staleness);
    let late = Rate { events: stale.late, of: stale.finals, bound: criteria.rate };
    let transient = Rate { events: stale.transient, of: stale.finals, bound: criteria.transient };
    let lag = format!("lagged for more than {}", span(criteria.budget));
    let told = match () {
        () if stale.finals == 0 => route.blank(),
        () if late.is_above(route.bar.alpha_fail()) => Finding::plain(
            Standing::Blocked,
            format!(
                "new {lag} in {} of {} reads: proven to be more than {}",
                count(stale.late),
                count(stale.finals),
                percent(criteria.rate)
            ),
        ),
        () if transient.is_above(route.bar.alpha_fail()) => Finding::plain(
            Standing::Blocked,
            format!(
                "new lagged in {} of {} reads: proven to be more than {}",
                count(stale.transient),
                count(stale.finals),
                percent(criteria.transient)
            ),
        ),
        () => lagged(route, late, transient, &lag),
    };
    let need = late.needed(criteria.alpha).max(transient.needed(criteria.alpha));
    route.tell(Measure::Staleness, Finding { have: stale.finals as f64, need, ..told })
}

fn lagged(route: &OfRoute<'_>, late: Rate, transient: Rate, lag: &str) -> Finding {
    let alpha = route.criteria.staleness.alpha;
    let told = format!("{} {lag}, {} at all", count(late.events), count(transient.events));
    if late.is_below(alpha) && transient.is_below(alpha) {
        return Finding::plain(Standing::Met, format!("in {} comparisons new {told}", count(late.of)));
    }
    let needed = late.needed(alpha).max(transient.needed(alpha));
    let says = format!("{} of {} comparisons are final: {told}", count(late.of), whole(needed));
    let flows = route.summary.requests_per_second > 0.0;
    let missing = late.missing(alpha).max(transient.missing(alpha));
    let eta = eta(missing, route.summary.requests_per_second);
    Finding { eta, ..Finding::plain(Standing::Unmet, says + if flows { "" } else { "; no traffic" }) }
}

pub fn indeterminate(route: &OfRoute<'_>) -> Condition {
    let (stale, criteria) = (route.summary.staleness, &route.criteria.staleness);
    let rate = Rate { events: stale.indeterminate, of: stale.finals, bound: criteria.indeterminate };
    let needed = rate.needed(criteria.alpha);
    let undecided = format!("{} could not be decided", count(stale.indeterminate));
    let told = match () {
        () if stale.finals == 0 => route.blank(),
        () if rate.is_below(criteria.alpha) => Finding::plain(
            Standing::Met,
            format!(
                "{undecided} of {}: proven to be less than {}",
                count(stale.finals),
                percent(criteria.indeterminate)
            ),
        ),
        () => Finding::plain(
            Standing::Unmet,
            format!("{} of {} comparisons are final, {undecided}", count(stale.finals), whole(needed)),
        ),
    };
    let eta = eta(rate.missing(criteria.alpha), route.summary.requests_per_second);
    let told = Finding { have: stale.finals as f64, need: needed, eta, ..told };
    route.tell(Measure::Indeterminate, told)
}
