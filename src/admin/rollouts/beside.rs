//! What one number does not show: kinds of requests that were never compared, sums of both sides, and what was watched
//! beside the comparison of pairs. As values, and as lines of the report.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    routes::{RouteSummary, WatchedView},
    view::RolloutView,
};
use crate::{
    admin::{
        sheet::{Sheet, Tone},
        words::{count, counted, share},
    },
    domain::{
        aggregate::{Group, View},
        evidence::{CellSummary, Summary},
        gate::Coverage,
    },
};

/// Kinds of requests listed of one route; how many there are is told.
const CELLS: usize = 100;
/// Groups listed of one aggregate; how many there are is told.
const GROUPS: usize = 10;
/// Of each list, in a text.
const IN_TEXT: usize = 10;

/// Kinds of requests (query parameters, types, `Accept`, class of answer, ...) below their number of units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Uncovered {
    /// All of them.
    pub kinds: u64,
    /// Of a million requests of the route.
    pub traffic_ppm: u64,
    /// Those with most traffic, the largest first; at most 100.
    pub largest: Vec<CellView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Cell")]
pub struct CellView {
    pub kind: String,
    /// Of a million requests of the route.
    pub traffic_ppm: u64,
    /// Distinct data compared, and how much of that is needed.
    pub compared: u64,
    pub needed: u64,
}

/// What old and new came to over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Aggregate")]
pub struct AggregateView {
    pub name: String,
    /// Such as `sum of /total by /currency`.
    pub of: String,
    /// The most that new may differ by, as a part of old's.
    pub max: f64,
    /// Pairs that had something to add, and those of which a body could not be looked at.
    pub pairs: u64,
    pub left_out: u64,
    /// All of them.
    pub group_count: u64,
    /// Those beyond what is allowed first, then those furthest apart; at most 10.
    pub groups: Vec<GroupView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Group")]
pub struct GroupView {
    /// Empty where nothing is grouped by.
    pub name: String,
    /// Written out: a sum may have more digits than a float.
    pub old: String,
    pub new: String,
    /// New less old.
    pub difference: f64,
    /// The same as a part of old's; null where that cannot be told.
    pub apart: Option<f64>,
    /// By more than it may be.
    pub beyond: bool,
    /// Values that were to be added and are no numbers.
    pub odd_old: u64,
    pub odd_new: u64,
}

impl Uncovered {
    pub fn of(summary: &Summary, coverage: &Coverage) -> Uncovered {
        let mut cells: Vec<_> =
            summary.cells.iter().filter(|cell| cell.units < coverage.needed(cell)).collect();
        cells.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.text.cmp(&b.text)));
        Uncovered {
            kinds: cells.len() as u64,
            traffic_ppm: ppm(cells.iter().map(|cell| cell.share).sum()),
            largest: cells.iter().take(CELLS).map(|cell| CellView::of(cell, coverage)).collect(),
        }
    }
}

impl CellView {
    fn of(cell: &CellSummary, coverage: &Coverage) -> CellView {
        CellView {
            kind: cell.text.clone(),
            traffic_ppm: ppm(cell.share),
            compared: cell.units,
            needed: coverage.needed(cell),
        }
    }
}

fn ppm(part: f64) -> u64 {
    (part.clamp(0.0, 1.0) * 1e6).round() as u64
}

impl AggregateView {
    pub fn of(view: &View) -> AggregateView {
        let mut groups: Vec<&Group> = view.groups.iter().collect();
        let apart = |group: &Group| group.share.unwrap_or(f64::INFINITY);
        groups.sort_by(|a, b| {
            let rank = |group: &Group| Reverse(group.beyond);
            rank(a).cmp(&rank(b)).then_with(|| apart(b).total_cmp(&apart(a)))
        });
        AggregateView {
            name: view.name.clone(),
            of: view.told.clone(),
            max: finite(view.max),
            pairs: view.pairs,
            left_out: view.left_out,
            group_count: groups.len() as u64,
            groups: groups.into_iter().take(GROUPS).map(GroupView::of).collect(),
        }
    }
}

impl GroupView {
    fn of(group: &Group) -> GroupView {
        let ([old, new], [odd_old, odd_new]) = (group.near, group.odd);
        GroupView {
            name: group.name.clone(),
            old: group.old.clone(),
            new: group.new.clone(),
            difference: finite(new - old),
            apart: group.share.filter(|share| share.is_finite()),
            beyond: group.beyond,
            odd_old,
            odd_new,
        }
    }

    /// `EUR: old 100, new 99, apart by -1 (1 %)`
    fn told(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let apart = match self.apart {
            Some(0.0) => "the same".to_owned(),
            Some(apart) => format!("apart by {:+} ({} %)", self.difference, short(apart * 100.0)),
            None => format!("apart by {:+}", self.difference),
        };
        let odd = match (self.odd_old, self.odd_new) {
            (0, 0) => String::new(),
            (old, new) => format!("; no numbers: {} of old, {} of new", count(old), count(new)),
        };
        format!("{name}old {}, new {}, {apart}{odd}", self.old, self.new)
    }
}

/// JSON has no others.
const fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

/// With as many digits as say something.
fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" { "under 0.0001".to_owned() } else { text.to_owned() }
}

/// What is known of a rollout beside its pairs; nothing of what nobody asked for.
pub fn beside(sheet: &mut Sheet, rollout: &RolloutView) {
    // Probes belong to the rollout, and every route tells of the same ones.
    if let Some(route) = rollout.routes.first() {
        watched(sheet, "  ", "probes", "ran", &route.probes);
    }
    for route in &rollout.routes {
        uncovered(sheet, route);
        let name = format!("  {}: ", route.route);
        watched(sheet, &name, "invariants", "pairs judged", &route.invariants);
        aggregated(sheet, route);
        if route.planted > 0 {
            let tone = if route.missed > 0 { Tone::Bad } else { Tone::Usual };
            let planted = counted(route.planted, "difference");
            sheet.sentence(tone, &name, &format!("{planted} planted, {} not found", count(route.missed)));
        }
    }
}

fn uncovered(sheet: &mut Sheet, route: &RouteSummary) {
    let lacking = &route.uncovered;
    if lacking.kinds == 0 {
        return;
    }
    let kinds = counted(lacking.kinds, "kind");
    let says = format!(
        "{kinds} of requests, {} of the traffic, never or too seldom compared",
        of_million(lacking.traffic_ppm)
    );
    sheet.sentence(Tone::Bad, &format!("  {}: ", route.route), &says);
    for cell in lacking.largest.iter().take(IN_TEXT) {
        let [compared, needed] = [cell.compared, cell.needed].map(count);
        let says = format!(
            "{} of the traffic, compared {compared} of {needed}: {}",
            of_million(cell.traffic_ppm),
            cell.kind
        );
        sheet.sentence(Tone::Usual, "    ", &says);
    }
    more(sheet, lacking.kinds, IN_TEXT.min(lacking.largest.len()));
}

fn aggregated(sheet: &mut Sheet, route: &RouteSummary) {
    for one in &route.aggregated {
        let left_out = match one.left_out {
            0 => String::new(),
            some => format!(", {} left out", count(some)),
        };
        let says = format!("{} ({}) over {}{left_out}", one.name, one.of, counted(one.pairs, "pair"));
        sheet.sentence(Tone::Usual, &format!("  {}: ", route.route), &says);
        for group in one.groups.iter().take(IN_TEXT) {
            let tone = if group.beyond { Tone::Bad } else { Tone::Usual };
            sheet.sentence(tone, if group.beyond { "  ! " } else { "    " }, &group.told());
        }
        more(sheet, one.group_count, IN_TEXT.min(one.groups.len()));
    }
}

/// How many are not listed.
fn more(sheet: &mut Sheet, all: u64, listed: usize) {
    let more = all.saturating_sub(listed as u64);
    if more > 0 {
        sheet.line(Tone::Aside, &format!("    and {} more", count(more)));
    }
}

fn watched(sheet: &mut Sheet, mark: &str, what: &str, unit: &str, seen: &WatchedView) {
    if seen.configured == 0 {
        return;
    }
    let tone = if seen.failed > 0 { Tone::Bad } else { Tone::Usual };
    let (configured, checked, failed) = (count(seen.configured), count(seen.checked), count(seen.failed));
    let last = seen.says.as_ref().map(|says| format!("; last: {says}")).unwrap_or_default();
    let says = format!("{configured} {what}, {checked} {unit}, {failed} failed{last}");
    sheet.sentence(tone, mark, &says);
}

fn of_million(ppm: u64) -> String {
    share(ppm, 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::{rollouts::scene, sheet::Paint},
        domain::evidence::{Seeded, Watched},
    };

    fn cell(text: String, share: f64, units: u64) -> CellSummary {
        CellSummary { text, share, units, mismatches: 0 }
    }

    fn watched(configured: u64, failed: u64, says: &str) -> Watched {
        let says = Some(says.to_owned());
        Watched { configured, checked: 9, failed, at_millis: Some(scene::NOW), says }
    }

    /// Everything at once.
    fn rollout() -> RolloutView {
        let mut users = scene::users();
        let mut cells: Vec<_> = (0..11).map(|n| cell(format!("?page={n}"), 0.002, 7)).collect();
        cells.extend([cell("?q=text".into(), 0.3, 351), cell("plain".into(), 0.6, 352)]);
        cells.extend([cell("rare".into(), 0.0001, 36), cell("waived".into(), 0.05, 0)]);
        users.coverage.waived = vec![("waived".into(), "by a test".into())];
        let route = users.routes.first_mut().unwrap();
        route.cells = cells;
        route.invariants = watched(2, 1, "total >= 0");
        route.probes = watched(3, 1, "GET /users/1: status 500");
        route.seeded = Seeded { planted: 12, missed: 1 };
        let group = |name: &str, old: u32, new: u32, share: f64| Group {
            name: name.into(),
            old: old.to_string(),
            new: new.to_string(),
            near: [old, new].map(f64::from),
            share: Some(share),
            beyond: share > 0.0,
            odd: [0, u64::from(share > 0.5)],
        };
        let mut groups: Vec<_> = (0..9).map(|n| group(&format!("A{n}"), 5, 5, 0.0)).collect();
        groups.extend([group("CHF", 100, 99, 0.01), group("EUR", 1_000, 200, 0.8)]);
        let (name, told) = ("turnover".to_owned(), "sum of /total by /currency".to_owned());
        let view = View { name, told, max: 0.0, pairs: 1_234, left_out: 2, groups };
        RolloutView::of(&users, scene::NOW, false).with_aggregates(|route| {
            assert_eq!(route, "get-user");
            vec![view.clone()]
        })
    }

    #[test]
    fn what_was_never_compared_and_what_was_watched_is_told() {
        let mut sheet = Sheet::new(80);
        beside(&mut sheet, &rollout());
        assert_eq!(
            sheet.to_text(Paint::Plain),
            "  3 probes, 9 ran, 1 failed; last: GET /users/1: status 500
  get-user: 12 kinds of requests, 32.2 % of the traffic, never or too seldom
            compared
    30 % of the traffic, compared 351 of 352: ?q=text
    0.2 % of the traffic, compared 7 of 352: ?page=0
    0.2 % of the traffic, compared 7 of 352: ?page=1
    0.2 % of the traffic, compared 7 of 352: ?page=10
    0.2 % of the traffic, compared 7 of 352: ?page=2
    0.2 % of the traffic, compared 7 of 352: ?page=3
    0.2 % of the traffic, compared 7 of 352: ?page=4
    0.2 % of the traffic, compared 7 of 352: ?page=5
    0.2 % of the traffic, compared 7 of 352: ?page=6
    0.2 % of the traffic, compared 7 of 352: ?page=7
    and 2 more
  get-user: 2 invariants, 9 pairs judged, 1 failed; last: total >= 0
  get-user: turnover (sum of /total by /currency) over 1,234 pairs, 2 left out
  ! EUR: old 1000, new 200, apart by -800 (80 %); no numbers: 0 of old, 1 of new
  ! CHF: old 100, new 99, apart by -1 (1 %)
    A0: old 5, new 5, the same
    A1: old 5, new 5, the same
    A2: old 5, new 5, the same
    A3: old 5, new 5, the same
    A4: old 5, new 5, the same
    A5: old 5, new 5, the same
    A6: old 5, new 5, the same
    A7: old 5, new 5, the same
    and 1 more
  get-user: 12 differences planted, 1 not found
"
        );
    }
}
