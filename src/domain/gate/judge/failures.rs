//! Live reads that new failed at this stage, also where old answered in its place (statistics 5).

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, alarms, eta, part},
    rate::Rate,
};
use crate::domain::gate::words::{count, counted, percent, whole};

/// `None` while nothing is live: what new fails as a shadow is a mismatch.
pub fn errors(route: &OfRoute<'_>) -> Option<Condition> {
    route.bar.from.is_live().then(|| route.tell(Measure::Errors, failed(route)))
}

fn failed(route: &OfRoute<'_>) -> Finding {
    let (errors, levels, criteria) = (route.summary.errors, route.summary.levels, &route.criteria.errors);
    let rate = Rate { events: errors.new_failed, of: errors.new_served, bound: errors.p0 };
    let needed = rate.needed(criteria.alpha);
    let numbers = |standing, says| Finding {
        have: errors.new_served as f64,
        need: needed,
        ..Finding::plain(standing, says)
    };
    let mut says = format!(
        "new failed {} of {}",
        count(errors.new_failed),
        counted(errors.new_served, "live read", "live reads")
    );
    if errors.rescued > 0 {
        says += &format!(", old answered {} of them", count(errors.rescued));
    }
    let compared = format!("{says}, and old {} of {}", count(errors.old_failed), count(errors.old_served));
    if alarms(levels.errors, criteria.arl) {
        return numbers(Standing::Breached, format!("{compared}: too many of late"));
    }
    if alarms(levels.errors_relative, criteria.relative_arl) {
        return numbers(Standing::Breached, format!("{compared}: far more than its share of late"));
    }
    if errors.new_served == 0 {
        return numbers(Standing::Unmet, "new has served no live read at this stage yet".to_owned());
    }
    if rate.is_below(criteria.alpha) {
        return numbers(Standing::Met, format!("{says}: proven to be less than {}", percent(errors.p0)));
    }
    let flows = route.summary.requests_per_second > 0.0;
    let missing = format!("{says}, {} are needed{}", whole(needed), if flows { "" } else { "; no traffic" });
    let eta = eta(rate.missing(criteria.alpha), route.summary.requests_per_second * part(route.bar.from));
    Finding { eta, ..numbers(Standing::Unmet, missing) }
}
