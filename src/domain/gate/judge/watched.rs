//! What is watched beside the comparison, where anything is: probes, invariants, aggregates.

use std::time::Duration;

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta},
    rate::Rate,
};
use crate::domain::{
    evidence::Watched,
    gate::words::{count, counted, percent, span, whole},
};

/// A probe that was run longer ago tells nothing of now.
const PROBED_WITHIN: Duration = Duration::from_secs(3_600);

pub fn watched(route: &OfRoute<'_>) -> Vec<Condition> {
    let summary = route.summary;
    let all: [(Measure, &Watched, Judge); 3] = [
        (Measure::Probes, &summary.probes, probes),
        (Measure::Invariants, &summary.invariants, invariants),
        (Measure::Aggregates, &summary.aggregates, aggregates),
    ];
    let asked = all.into_iter().filter(|(_, watched, _)| watched.configured > 0);
    asked.map(|(measure, watched, judge)| route.tell(measure, judge(route, watched))).collect()
}

type Judge = fn(&OfRoute<'_>, &Watched) -> Finding;

fn last(watched: &Watched) -> String {
    watched.says.as_ref().map_or_else(String::new, |says| format!(": {says}"))
}

fn probes(route: &OfRoute<'_>, probes: &Watched) -> Finding {
    let configured = counted(probes.configured, "probe", "probes");
    let since = probes.at_millis.map(|at| route.bar.case.now_millis.saturating_sub(at));
    match since.map(Duration::from_millis) {
        _ if probes.failed > 0 => Finding::plain(
            Standing::Blocked,
            format!("{} of {configured} did not match{}", count(probes.failed), last(probes)),
        ),
        Some(since) if probes.checked > 0 && since > PROBED_WITHIN => {
            Finding::plain(Standing::Unmet, format!("{configured} last run {} ago", span(since)))
        }
        Some(_) if probes.checked > 0 => Finding::plain(Standing::Met, format!("{configured} matched")),
        _ => Finding::plain(Standing::Unmet, format!("{configured} not run yet")),
    }
}

/// As a mismatch is judged, but by every pair: an invariant is about replies, not about data.
fn invariants(route: &OfRoute<'_>, invariants: &Watched) -> Finding {
    let alpha = route.bar.alpha;
    let bound = route.bounds.max / route.inflation();
    let rate = Rate { events: invariants.failed, of: invariants.checked, bound };
    let above = Rate { bound: route.bounds.max, ..rate };
    let needed = rate.needed(alpha);
    let says = format!(
        "{} broken in {} of {} checks{}",
        counted(invariants.configured, "invariant", "invariants"),
        count(invariants.failed),
        count(invariants.checked),
        last(invariants)
    );
    let told = match () {
        () if invariants.checked == 0 => Finding::plain(Standing::Unmet, "no invariant was checked yet"),
        () if above.is_above(route.bar.alpha_fail()) => Finding::plain(
            Standing::Blocked,
            format!("{says}: proven to be more than {}", percent(above.bound)),
        ),
        () if rate.is_below(alpha) => Finding::plain(Standing::Met, says),
        () => Finding::plain(Standing::Unmet, format!("{says}, {} checks are needed", whole(needed))),
    };
    let eta = eta(rate.missing(alpha), route.summary.requests_per_second);
    Finding { have: invariants.checked as f64, need: needed, eta, ..told }
}

fn aggregates(_route: &OfRoute<'_>, aggregates: &Watched) -> Finding {
    let configured = counted(aggregates.configured, "aggregate", "aggregates");
    match () {
        () if aggregates.failed > 0 => Finding::plain(
            Standing::Unmet,
            format!("{} of {configured} differ too much{}", count(aggregates.failed), last(aggregates)),
        ),
        () if aggregates.checked == 0 => {
            Finding::plain(Standing::Unmet, format!("{configured} not summed up yet"))
        }
        () => Finding::plain(Standing::Met, format!("{configured} agree")),
    }
}
