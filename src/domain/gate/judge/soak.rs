//! Time: what happens seldom is not found by counting (statistics 2.5).

use std::time::Duration;

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute},
};
use crate::domain::{
    gate::words::{counted, span},
    stats::{
        ln_threshold,
        rare::{ln_e_lo, upper},
    },
};

/// From this share on a day is asked for.
const A_DAY_FROM: f64 = 0.25;
/// Units that make an hour count, or this part of the median hour.
const OF_AN_HOUR: u64 = 50;
const MEDIAN_PARTS: u64 = 100;

pub fn soak(route: &OfRoute<'_>) -> Condition {
    route.tell(Measure::Soak, soaked(route))
}

fn soaked(route: &OfRoute<'_>) -> Finding {
    let (soak, criteria) = (&route.summary.soak, &route.criteria.soak);
    if route.is_blank() {
        return route.blank();
    }
    if soak.idle > criteria.stale_after {
        let says = format!("the evidence is stale: nothing was compared for {}", span(soak.idle));
        return Finding::plain(Standing::Unmet, says);
    }
    let interval = route.bar.incident_interval();
    if interval.is_zero() {
        return Finding::plain(Standing::Met, "no time without an incident is asked for");
    }
    let (events, intervals) = (soak.incidents as f64, soak.active.as_secs_f64() / interval.as_secs_f64());
    let need = upper(events, criteria.alpha) * interval.as_secs_f64();
    let needed = Duration::try_from_secs_f64(need).unwrap_or(Duration::MAX);
    let incidents = match soak.incidents {
        0 => "without an incident".to_owned(),
        incidents => format!("with {}", counted(incidents, "incident", "incidents")),
    };
    let says = format!("{} of {} at this stage {incidents}", span(soak.active), span(needed));
    let met = !soak.active.is_zero() && ln_e_lo(events, intervals) >= ln_threshold(criteria.alpha);
    let flows = route.summary.requests_per_second > 0.0;
    let told = Finding::met_if(met, says + if met { "" } else { traffic(flows) });
    let eta = flows.then(|| needed.saturating_sub(soak.active));
    Finding { have: soak.active.as_secs_f64() / 3_600.0, need: need / 3_600.0, eta, ..told }
}

const fn traffic(flows: bool) -> &'static str {
    if flows { "" } else { "; no traffic" }
}

pub fn hours_of_day(route: &OfRoute<'_>) -> Option<Condition> {
    let need = u64::from(route.criteria.soak.hours_of_day).min(24);
    if route.bar.share() < A_DAY_FROM || need == 0 {
        return None;
    }
    let hours = &route.summary.soak.hours;
    let mut sorted = *hours;
    sorted.sort_unstable();
    let median = sorted.get(12).copied().unwrap_or_default();
    let enough = OF_AN_HOUR.max(median / MEDIAN_PARTS);
    let have = hours.iter().filter(|units| **units >= enough).count() as u64;
    let says = format!("{have} of {need} hours of the day have distinct reads enough, {enough} each");
    // An hour of the day that is missing takes an hour at least.
    let least = Duration::from_secs(need.saturating_sub(have) * 3_600);
    let eta = (route.summary.requests_per_second > 0.0).then_some(least);
    let told = Finding::met_if(have >= need, says);
    Some(route.tell(Measure::HoursOfDay, Finding { have: have as f64, need: need as f64, eta, ..told }))
}
