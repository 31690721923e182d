//! What was to be compared and was not: how much of it there is, and whether it is unlike the rest (statistics 8).

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta},
    rate::Rate,
};
use crate::domain::{
    evidence::Odds,
    gate::words::{count, percent, whole},
    stats::{ln_threshold, odds::ln_o_hi},
};

/// One in ten is above a p90.
const ABOVE_P90: f64 = 1.0 / 9.0;

pub fn drops(route: &OfRoute<'_>) -> Condition {
    let (drops, criteria) = (route.summary.drops, &route.criteria.drops);
    let rate = Rate { events: drops.dropped, of: drops.intended, bound: criteria.max };
    let blocked = Rate { bound: criteria.block, ..rate };
    let needed = rate.needed(criteria.alpha);
    let says = format!(
        "{} of {} reads were not compared for want of room or time",
        count(drops.dropped),
        count(drops.intended)
    );
    let told = match () {
        () if drops.intended == 0 => Finding::plain(Standing::Unmet, "no read was to be compared yet"),
        () if blocked.is_above(route.bar.alpha_fail()) => Finding::plain(
            Standing::Blocked,
            format!("{says}: proven to be more than {}", percent(criteria.block)),
        ),
        () if rate.is_below(criteria.alpha) => {
            Finding::plain(Standing::Met, format!("{says}: proven to be less than {}", percent(criteria.max)))
        }
        () => {
            let flows = route.summary.requests_per_second > 0.0;
            let pace = if flows { "" } else { "; no traffic" };
            Finding::plain(
                Standing::Unmet,
                format!("{says}, {} are needed to tell that it is seldom{pace}", whole(needed)),
            )
        }
    };
    let eta = eta(rate.missing(criteria.alpha), route.summary.requests_per_second);
    route.tell(Measure::Drops, Finding { have: drops.intended as f64, need: needed, eta, ..told })
}

/// Slow or large answers among those that were not compared, more than chance has it.
pub fn bias(route: &OfRoute<'_>) -> Condition {
    let (drops, criteria) = (route.summary.drops, &route.criteria.drops);
    let biased = |odds: Odds| ln_o_hi(odds.b, odds.c, ABOVE_P90) >= ln_threshold(criteria.alpha_bias);
    let told = |odds: Odds, what: &str| {
        let of = odds.b.saturating_add(odds.c);
        let says = format!(
            "what was not compared is {what} more often than the rest: {} of {}",
            count(odds.b),
            count(of)
        );
        Finding::plain(Standing::Unmet, says)
    };
    let finding = match () {
        () if drops.intended == 0 => Finding::plain(Standing::Unmet, "no read was to be compared yet"),
        () if biased(drops.slow) => told(drops.slow, "slow"),
        () if biased(drops.large) => told(drops.large, "large"),
        () if drops.dropped == 0 => Finding::plain(Standing::Met, "nothing was left out"),
        () => {
            Finding::plain(Standing::Met, "what was not compared is neither slower nor larger than the rest")
        }
    };
    route.tell(Measure::DropBias, finding)
}

/// Kinds of answers of which less than half was compared are not verified.
pub fn shed(route: &OfRoute<'_>) -> Condition {
    let drops = route.summary.drops;
    let thin = f64::from(drops.thin_ppm) / 1e6;
    let most = 1.0 - route.criteria.coverage.verified;
    let says = format!(
        "{} of the traffic is of sizes and speeds of which too little was compared, {} may be",
        percent(thin),
        percent(most)
    );
    let told = match () {
        () if drops.intended == 0 => Finding::plain(Standing::Unmet, "no read was to be compared yet"),
        () if drops.dropped >= drops.intended => {
            Finding::plain(Standing::Unmet, format!("none of {} reads was compared", count(drops.intended)))
        }
        () => Finding::met_if(thin <= most, says),
    };
    route.tell(Measure::Shed, Finding { have: thin, need: most, ..told })
}
