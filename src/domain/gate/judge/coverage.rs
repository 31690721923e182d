//! Whether all kinds of requests were compared, and whether there are kinds nobody has seen yet (statistics 3).

use super::{
    Condition, Measure, Standing,
    bar::{Finding, OfRoute, eta},
    rate::Rate,
};
use crate::domain::{
    evidence::CellSummary,
    gate::words::{count, counted, percent, whole},
};

/// Kinds that are named; of the others the number.
const NAMED: usize = 3;

pub fn coverage(route: &OfRoute<'_>) -> Condition {
    route.tell(Measure::Coverage, covered(route))
}

fn covered(route: &OfRoute<'_>) -> Finding {
    let (cells, criteria) = (&route.summary.cells, &route.criteria.coverage);
    if cells.is_empty() || route.is_blank() {
        return Finding { need: criteria.verified, ..route.blank() };
    }
    let is_waived = |cell: &CellSummary| criteria.waived.iter().any(|(text, _)| *text == cell.text);
    let needed = |cell: &CellSummary| criteria.needed(cell);
    let verified: f64 = cells.iter().filter(|cell| cell.units >= needed(cell)).map(|cell| cell.share).sum();
    let is_large = |cell: &CellSummary| cell.share >= criteria.share;
    let mut thin: Vec<_> = cells.iter().filter(|cell| is_large(cell) && cell.units < needed(cell)).collect();
    thin.sort_by(|a, b| b.share.total_cmp(&a.share));
    let waived = cells.iter().filter(|cell| is_waived(cell)).count() as u64;
    let met = thin.is_empty() && verified >= criteria.verified;
    let mut says = format!(
        "{} of {} of the traffic is of kinds that were compared often enough",
        percent(verified),
        percent(criteria.verified)
    );
    if waived > 0 {
        says += &format!(", {} waived", counted(waived, "kind", "kinds"));
    }
    if !thin.is_empty() {
        let named: Vec<_> = thin.iter().take(NAMED).map(|cell| lacking(cell, criteria.units)).collect();
        says +=
            &format!("; too few of {}: {}", counted(thin.len() as u64, "kind", "kinds"), named.join(", "));
    }
    if route.summary.cells_lost > 0 {
        says +=
            &format!("; {} were of kinds beyond count", counted(route.summary.cells_lost, "read", "reads"));
    }
    let slowest = thin
        .iter()
        .map(|cell| eta((criteria.units - cell.units) as f64, route.summary.units_per_second * cell.share));
    let eta = if thin.is_empty() { None } else { slowest.collect::<Option<Vec<_>>>() };
    let eta = eta.and_then(|etas| etas.into_iter().max());
    Finding { have: verified, need: criteria.verified, eta, ..Finding::met_if(met, says) }
}

fn lacking(cell: &CellSummary, need: u64) -> String {
    format!("{} ({} of the traffic) {} of {}", cell.text, percent(cell.share), count(cell.units), count(need))
}

/// Requests of kinds that could not be told apart any more may all be of new kinds.
pub fn unseen(route: &OfRoute<'_>) -> Condition {
    let (novelty, criteria) = (route.summary.novelty, &route.criteria.coverage);
    let events = novelty.new_cells.saturating_add(route.summary.cells_lost);
    let rate = Rate { events, of: novelty.requests, bound: criteria.unseen };
    let needed = rate.needed(criteria.alpha);
    let kinds = counted(events, "new kind", "new kinds");
    let told = match () {
        () if novelty.requests == 0 => Finding::plain(Standing::Unmet, "no read was seen at this stage yet"),
        () if rate.is_below(criteria.alpha) => Finding::plain(
            Standing::Met,
            format!(
                "{kinds} in {} reads: less than {} is of kinds never seen",
                count(novelty.requests),
                percent(criteria.unseen)
            ),
        ),
        () => {
            let says =
                format!("{} of {} reads seen at this stage, {kinds}", count(novelty.requests), whole(needed));
            let flows = route.summary.requests_per_second > 0.0;
            Finding::plain(Standing::Unmet, says + if flows { "" } else { "; no traffic" })
        }
    };
    let eta = eta(rate.missing(criteria.alpha), route.summary.requests_per_second);
    let told = Finding { have: novelty.requests as f64, need: needed, eta, ..told };
    route.tell(Measure::Unseen, told)
}
