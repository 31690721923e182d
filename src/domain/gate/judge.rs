//! The composite decision of statistics, section 10.
//!
//! Every condition is judged, met or not, so that a person sees all that is missing at once. Nothing is met by the lack
//! of evidence. What each is about is in the files beside this one; here they are brought together.

mod bar;
mod comparisons;
mod coverage;
mod failures;
mod lag;
mod latency;
mod losses;
mod moves;
mod rate;
mod soak;
mod trust;
mod watched;

#[cfg(test)]
mod tests;

use super::{Call, Condition, Criteria, Decision, Measure, Standing};
use crate::domain::{
    evidence::Summary,
    rollout::{Policy, State},
};
use bar::{Bar, OfRoute};

/// Everything one decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub ladder: &'a crate::domain::rollout::Ladder,
    pub policy: &'a Policy,
    pub criteria: &'a Criteria,
    pub state: &'a State,
    /// Of every route of the rollout.
    pub routes: &'a [Summary],
    /// Why moves cannot be recorded at present, if they cannot.
    pub store_trouble: Option<&'a str>,
    pub now_millis: u64,
}

/// Judges the advance from the present stage to the next. On the last stage, whether it may be called done.
pub fn judge(case: &Case<'_>) -> Decision {
    let bar = Bar::of(case);
    let mut conditions = moves::conditions(&bar);
    conditions.extend(comparisons::of_rollout(&bar));
    for summary in case.routes {
        conditions.extend(of_route(&bar.route(summary)));
    }
    conditions.sort_by(|a, b| b.standing.cmp(&a.standing).then(a.measure.cmp(&b.measure)));
    let worst = conditions.iter().map(|condition| condition.standing).max();
    let call = match worst {
        Some(Standing::Breached) => Call::Breach,
        Some(Standing::Met) => Call::Pass,
        Some(Standing::Blocked | Standing::Unmet) | None => Call::Hold,
    };
    Decision { call, from: bar.from, to: bar.to, at_millis: case.now_millis, conditions }
}

fn of_route(route: &OfRoute<'_>) -> Vec<Condition> {
    let mut all = vec![
        comparisons::mismatch(route),
        comparisons::requests(route),
        comparisons::stage_units(route),
        soak::soak(route),
        coverage::coverage(route),
        coverage::unseen(route),
        lag::staleness(route),
        lag::indeterminate(route),
        losses::drops(route),
        losses::bias(route),
        losses::shed(route),
        trust::noise(route),
        trust::build(route),
    ];
    all.extend(soak::hours_of_day(route));
    all.extend(latency::latency(route));
    all.extend(failures::errors(route));
    all.extend(trust::masked(route));
    all.extend(trust::sample_ratio(route));
    all.extend(trust::seeded(route));
    all.extend(watched::watched(route));
    all
}
