//! Mismatches: by distinct reads and by requests, of each route and of all together (statistics 1, 2.1 and 2.4).

use super::{
    Condition, Measure, Standing,
    bar::{Bar, Finding, OfRoute, alarms, eta, inflation},
    rate::Rate,
};
use crate::domain::{
    evidence::Confirmed,
    gate::words::{count, counted, percent, whole},
    stats::rare::upper,
};

/// Of what the whole gate takes, what the present stage has to bring by itself.
const OF_STAGE: f64 = 0.1;
/// From so many comparisons of the same thing on it is told.
const REPEATED: u64 = 10;

pub fn of_rollout(bar: &Bar<'_>) -> Vec<Condition> {
    let mut all = vec![restarts(bar)];
    match bar.case.routes {
        [] => {
            let nothing =
                Finding::plain(Standing::Unmet, "no route belongs to it: there is nothing to go by");
            all.push(nothing.about(Measure::Mismatch, None));
        }
        [_] => {}
        _ => all.push(pooled(bar)),
    }
    all
}

const fn rate(counted: Confirmed, bound: f64) -> Rate {
    Rate { events: counted.k, of: counted.n, bound }
}

pub fn mismatch(route: &OfRoute<'_>) -> Condition {
    let told = breach(route).or_else(|| block(route)).unwrap_or_else(|| pass(route));
    route.tell(Measure::Mismatch, told)
}

/// Proven to differ more often than may ever be.
fn breach(route: &OfRoute<'_>) -> Option<Finding> {
    let (units, levels) = (route.summary.units, route.summary.levels);
    let (arl, abort) = (route.criteria.mismatch.arl, route.bounds.abort);
    let known = rate(units.known, abort);
    if known.is_above(route.bar.alpha_fail() * route.weight) {
        let says = format!("{}: proven to be more than {}", differing(units.known), percent(abort));
        return Some(numbers(Standing::Breached, units.known, 0.0, says));
    }
    let alarm = [
        (levels.units, arl / route.weight, "reads differ, and stay so, too often of late"),
        (levels.early, arl, "reads still differ after the time new may lag, too often of late"),
        (levels.raw, arl, "reads differ at first sight far too often of late"),
    ];
    let (.., why) = alarm.into_iter().find(|(level, arl, _)| alarms(*level, *arl))?;
    let says = format!("{why} ({})", differing(units.known));
    Some(numbers(Standing::Breached, units.known, 0.0, says))
}

/// Proven to differ more often than may be for the advance, in the epoch or in this stage alone.
fn block(route: &OfRoute<'_>) -> Option<Finding> {
    let units = route.summary.units;
    for counted in [units.known, units.stage] {
        if rate(counted, route.bounds.max).is_above(route.bar.alpha_fail()) {
            let says =
                format!("{}: proven to be more than {}", differing(counted), percent(route.bounds.max));
            return Some(numbers(Standing::Blocked, counted, 0.0, says));
        }
    }
    None
}

fn pass(route: &OfRoute<'_>) -> Finding {
    let (summary, alpha) = (route.summary, route.bar.alpha);
    let settled = summary.units.settled;
    let bound = route.bounds.max / route.inflation();
    let rate = rate(settled, bound);
    if route.is_blank() {
        return Finding { need: rate.needed(alpha), ..route.blank() };
    }
    if rate.is_below(alpha) {
        let says = format!("{}: proven to be less than {}", compared(settled), percent(bound));
        return numbers(Standing::Met, settled, rate.needed(alpha), says);
    }
    let mut says = format!(
        "{} of {} distinct reads compared {}",
        count(settled.n),
        whole(rate.needed(alpha)),
        match settled.k {
            0 => "without a mismatch".to_owned(),
            k => format!("with {}", counted(k, "mismatch", "mismatches")),
        }
    );
    let (known, requests) = (summary.units.known.n, summary.units.requests.n);
    if requests >= known.saturating_mul(REPEATED) {
        says += &format!(
            ", as {} were of the same {}",
            counted(requests, "comparison", "comparisons"),
            count(known)
        );
    }
    says += route.pace_words();
    let eta = eta(rate.missing(alpha), summary.units_per_second);
    Finding { eta, ..numbers(Standing::Unmet, settled, rate.needed(alpha), says) }
}

fn numbers(standing: Standing, counted: Confirmed, need: f64, says: String) -> Finding {
    Finding { standing, have: counted.n as f64, need, eta: None, says }
}

fn differing(units: Confirmed) -> String {
    format!("{} of {} distinct reads differ", count(units.k), count(units.n))
}

fn compared(units: Confirmed) -> String {
    let mismatches = counted(units.k, "mismatch", "mismatches");
    format!("{} distinct reads compared, {mismatches}", count(units.n))
}

/// What clients were hurt, or would have been: repeats included.
pub fn requests(route: &OfRoute<'_>) -> Condition {
    let all = route.summary.units.requests;
    let says = format!("{} of {} reads differ, repeats included", count(all.k), count(all.n));
    let breached = alarms(route.summary.levels.requests, route.criteria.mismatch.arl);
    let told = match () {
        () if breached => Finding::plain(Standing::Breached, format!("{says}: too many of late")),
        () if all.n == 0 => route.blank(),
        () => Finding::plain(Standing::Met, says),
    };
    route.tell(Measure::Requests, told)
}

/// What was seen at lower stages does not tell how new does under the load of this one.
pub fn stage_units(route: &OfRoute<'_>) -> Condition {
    let whole_gate = upper(0.0, route.bar.alpha) / route.bounds.max.max(f64::MIN_POSITIVE);
    let need = (route.criteria.mismatch.stage_units as f64).max((OF_STAGE * whole_gate).ceil());
    let have = route.summary.units.stage.n as f64;
    let mut says = format!("{} of {} distinct reads compared at this stage", whole(have), whole(need));
    let met = have > 0.0 && have >= need;
    if !met {
        says += route.pace_words();
    }
    let eta = eta(need - have, route.summary.units_per_second);
    let told = Finding { have, need, eta, ..Finding::met_if(met, says) };
    route.tell(Measure::StageUnits, told)
}

/// To begin anew until luck helps adds up.
fn restarts(bar: &Bar<'_>) -> Condition {
    let of_routes = bar.case.routes.iter().map(|summary| summary.restarts);
    let restarts = of_routes.fold(bar.case.state.restarts, u32::max);
    let error = (f64::from(restarts) + 1.0) * bar.alpha;
    let most = bar.criteria.mismatch.most_alpha;
    let begun = counted(restarts.into(), "restart", "restarts");
    let says = format!(
        "{begun} of the evidence without a change: a pass may be wrong with a chance of {}",
        percent(error)
    );
    // As many as divide the most exactly are allowed.
    let told = if error <= most * (1.0 + 1e-9) {
        Finding::plain(Standing::Met, says)
    } else {
        Finding::plain(Standing::Blocked, format!("{says}, more than {}; only a change helps", percent(most)))
    };
    Finding { have: error, need: most, ..told }.about(Measure::Restarts, None)
}

/// All routes together.
fn pooled(bar: &Bar<'_>) -> Condition {
    let sum = bar.case.routes.iter().fold(Confirmed::default(), |sum, summary| {
        let settled = summary.units.settled;
        Confirmed { n: sum.n.saturating_add(settled.n), k: sum.k.saturating_add(settled.k) }
    });
    let routes = || bar.case.routes.iter().map(|summary| summary.drops);
    let intended: f64 = routes().map(|drops| drops.intended as f64).sum();
    let dropped: f64 = routes().map(|drops| drops.dropped as f64).sum();
    let factor = inflation(if intended > 0.0 { dropped / intended } else { 0.0 }, bar.criteria.drops.gamma);
    let rate = rate(sum, bar.bounds().max / factor);
    let needed = rate.needed(bar.alpha);
    let says = format!("all routes together: {}", compared(sum));
    let told = if rate.is_below(bar.alpha) {
        numbers(Standing::Met, sum, needed, format!("{says}: proven to be less than {}", percent(rate.bound)))
    } else {
        let per_second = bar.case.routes.iter().map(|summary| summary.units_per_second.max(0.0)).sum();
        let says = format!("{says}, {} are needed", whole(needed));
        let eta = eta(rate.missing(bar.alpha), per_second);
        Finding { eta, ..numbers(Standing::Unmet, sum, needed, says) }
    };
    told.about(Measure::Mismatch, None)
}
