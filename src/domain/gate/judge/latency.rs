//! Whether new is slow (statistics 4): at each quantile, by reads of which only one side was slow.

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta},
};
use crate::domain::{
    evidence::{LatencySummary, Odds},
    gate::{
        Quantile,
        words::{count, percent, whole},
    },
    stats::{
        ln_threshold,
        odds::{EVEN, ln_o_hi, ln_o_lo},
    },
};

/// Beyond it no number of reads is told.
const MOST: u64 = 1 << 40;

pub fn latency(route: &OfRoute<'_>) -> Vec<Condition> {
    let quantiles = route.criteria.latency.quantiles.iter();
    quantiles.map(|quantile| route.tell(Measure::Latency, at(route, quantile))).collect()
}

fn at(route: &OfRoute<'_>, quantile: &Quantile) -> Finding {
    let name = format!("p{}", trimmed(quantile.q * 100.0));
    let found = route.summary.latency.iter().find(|found| (found.q - quantile.q).abs() < 1e-9);
    let Some(found) = found else {
        return Finding::plain(Standing::Unmet, format!("{name} is not known yet: no read was timed"));
    };
    let criteria = &route.criteria.latency;
    if ln_o_hi(found.abort.b, found.abort.c, EVEN) >= ln_threshold(criteria.alpha_fail) {
        let says = format!("{name}: new is proven to be more than {} slower", percent(quantile.abort));
        return telling(Standing::Breached, found.abort, 0, says + &measured(found));
    }
    if found.threshold.is_none() {
        let says =
            format!("{name}: {} of {} answers of old timed", count(found.samples), count(criteria.samples));
        let missing = criteria.samples.saturating_sub(found.samples) as f64;
        let eta = eta(missing, route.summary.requests_per_second);
        let (have, need) = (found.samples as f64, criteria.samples as f64);
        return Finding { have, need, eta, ..Finding::plain(Standing::Unmet, says) };
    }
    let Odds { b, c } = found.pass;
    let within = format!("{name}: new within {} of old", percent(quantile.pass));
    let proves = |c: u64| ln_o_lo(b, c, EVEN) >= ln_threshold(criteria.alpha_pass);
    if b.saturating_add(c) > 0 && proves(c) {
        return telling(Standing::Met, found.pass, c, within + &measured(found));
    }
    let need = fewest(c, proves);
    let more = need.map_or_else(|| "no number of reads".to_owned(), count);
    let says = format!(
        "{within} is not proven: of reads only one side was slow in, old was in {} and new in {}, {more} against {} would do{}",
        count(c),
        count(b),
        count(b),
        measured(found)
    );
    let active = route.summary.soak.active.as_secs_f64();
    let per_second = if active > 0.0 { c as f64 / active } else { 0.0 };
    let eta = need.and_then(|need| eta(need.saturating_sub(c) as f64, per_second));
    Finding { eta, ..telling(Standing::Unmet, found.pass, need.unwrap_or(MOST), says) }
}

fn telling(standing: Standing, odds: Odds, need: u64, says: String) -> Finding {
    Finding { standing, have: odds.c as f64, need: need as f64, eta: None, says }
}

/// The fewest above `from` that prove it, as far as anyone would wait.
fn fewest(from: u64, proves: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut low, mut step) = (from, 1);
    while !proves(low.saturating_add(step)) {
        low = low.saturating_add(step);
        step *= 2;
        if step > MOST {
            return None;
        }
    }
    let mut high = low.saturating_add(step);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if proves(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

fn measured(found: &LatencySummary) -> String {
    match (found.old, found.new) {
        (Some(old), Some(new)) => {
            format!(" (old {} ms, new {} ms)", whole(old.as_secs_f64() * 1e3), whole(new.as_secs_f64() * 1e3))
        }
        _ => String::new(),
    }
}

/// `99`, `99.9`
fn trimmed(number: f64) -> String {
    let told = format!("{number:.3}");
    told.trim_end_matches('0').trim_end_matches('.').to_owned()
}
