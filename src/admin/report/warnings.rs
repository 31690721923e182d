//! What would otherwise look like success: no traffic, no comparison, matches that prove nothing.

use super::view::{AccountView, RouteView, Row, ShadowView, Warning};
use crate::{
    admin::{
        rollouts::{RolloutsView, alarms},
        words::{count, counted, share, short},
    },
    domain::{
        account::UNROUTED,
        outcome::{Outcome, Verdict},
        recheck::Class,
    },
    metrics::Breaker,
};

/// Below this share of its reads compared, in percent, a route's matches speak for few of them.
const THIN: u64 = 50;
/// From this share of all requests on, requests without a route look like a route that is missing.
const MANY_UNROUTED: u64 = 50;

/// From this share of compared pairs on, in percent, mismatches that cannot be decided are too many.
const MANY_MOVING: u64 = 1;

/// Fewer replies say little about a median.
const ENOUGH_TO_TIME: u64 = 10;
/// Twice as slow is told only where it also is this much slower: nobody waits for microseconds.
const NOTICEABLE_US: u64 = 10_000;

/// Requests that were never going to be compared: no reads, no requests, or asked not to be.
const NO_READS: &[Outcome] = &[Outcome::NotARead, Outcome::Refused, Outcome::Upgrade, Outcome::OptedOut];
/// Mismatches between two whole replies.
const BOTH_REPLIED: &[Outcome] = &[Outcome::Differs, Outcome::TooLargeUndiffed];

pub fn of(routes: &[RouteView], total: &AccountView, shadow: &ShadowView) -> Vec<Warning> {
    let mut found = Vec::new();
    for route in routes {
        found.extend(books(route));
        if route.id == UNROUTED {
            found.extend(unrouted(route, total));
        } else {
            found.extend(comparisons(route));
            found.extend(vacuous(route));
            found.extend(slower(route));
            found.extend(forgotten(route));
            found.extend(moving(route));
            found.extend(worse_than_noise(route));
        }
    }
    if shadow.breaker == Breaker::Open.name() {
        let text = "the breaker is open: new kept failing, and nothing is mirrored until it recovers";
        found.push(Warning { route: None, code: "breaker_open", text: text.to_owned() });
    }
    found
}

/// Of one system with itself everything matches, and nothing is proven. Said once, however many routes tell.
pub fn same_place(told: &[String]) -> Option<Warning> {
    let text = format!("{}: such evidence is worthless", told.first()?);
    Some(Warning { route: None, code: "same_place", text })
}

/// What concerns all rollouts.
pub fn of_rollouts(told: &RolloutsView) -> Vec<Warning> {
    let warning = |(code, text)| Warning { route: None, code, text };
    alarms(told).into_iter().map(warning).collect()
}

fn about(route: &RouteView, code: &'static str, text: String) -> Warning {
    Warning { route: Some(route.id.clone()), code, text }
}

/// A defect of this program, and nothing else it says of the route can be trusted.
fn books(route: &RouteView) -> Option<Warning> {
    let text = format!(
        "route {}: the account does not add up; this is a defect of readshift, do not rely on its numbers",
        route.id
    );
    (!route.account.adds_up).then(|| about(route, "does_not_add_up", text))
}

/// Whether the route's traffic was compared, and how much of it.
fn comparisons(route: &RouteView) -> Option<Warning> {
    let (id, account) = (&route.id, &route.account);
    if account.received == 0 {
        let text = format!("route {id} saw no request: nothing is known about it");
        return Some(about(route, "no_traffic", text));
    }
    if account.compared == 0 {
        let text = format!(
            "route {id} saw {} and compared none: {}",
            counted(account.received, "request"),
            reasons(route, &[])
        );
        return Some(about(route, "nothing_compared", text));
    }
    let reads = account.received.saturating_sub(account.in_flight + rows(route, NO_READS));
    (account.compared * 100 < reads * THIN).then(|| {
        let text = format!(
            "route {id}: only {} of {} reads were compared: {}",
            share(account.compared, reads),
            count(reads),
            reasons(route, NO_READS)
        );
        about(route, "thin_coverage", text)
    })
}

fn vacuous(route: &RouteView) -> Option<Warning> {
    let account = &route.account;
    // What was forgiven was read on both sides, and so was what differs: that is evidence.
    let says_something = account.forgiven > 0 || rows(route, BOTH_REPLIED) > 0;
    (account.matched > 0 && account.matched == account.vacuous && !says_something).then(|| {
        let text = format!(
            "route {}: all {} prove nothing (both empty, both not found, or both errors), so they are no \
             evidence that new is right",
            route.id,
            counted(account.matched, "match"),
        );
        about(route, "only_vacuous_matches", text)
    })
}

/// New is right and late. Told from the medians: one slow reply in a hundred is not yet a slow endpoint.
fn slower(route: &RouteView) -> Option<Warning> {
    let (old, new) = (&route.latency.old, &route.latency.new);
    let (was, is) = (old.p50_us?, new.p50_us?);
    let enough = old.count.min(new.count) >= ENOUGH_TO_TIME;
    (enough && is > was.saturating_mul(2).saturating_add(NOTICEABLE_US)).then(|| {
        let text = format!(
            "route {}: new takes {} at the median where old takes {} ({})",
            route.id,
            short(is),
            short(was),
            counted(new.count, "pair"),
        );
        about(route, "slower", text)
    })
}

fn forgotten(route: &RouteView) -> Option<Warning> {
    let gone = &route.forgotten;
    (gone.signatures > 0).then(|| {
        let text = format!(
            "route {} has more shapes of mismatches than are kept: {} with {} were forgotten, and only their \
             number is known",
            route.id,
            counted(gone.signatures, "shape"),
            counted(gone.mismatches, "mismatch"),
        );
        about(route, "signatures_forgotten", text)
    })
}

/// Where old is written to faster than it can be read twice, no reading says who is right.
fn moving(route: &RouteView) -> Option<Warning> {
    // Those of a shape that is noise were read again before that was known.
    let noise = route.signatures.iter().filter(|shape| shape.class == Class::Noise.name());
    let known: u64 = noise.map(|shape| shape.of_class(Class::Racing)).sum();
    let (undecided, compared) = (route.rereads.indeterminate.saturating_sub(known), route.account.compared);
    (undecided * 100 >= compared.max(1) * MANY_MOVING).then(|| {
        let text = format!(
            "route {}: in {} old gave another answer at every reading, so that nobody can say who is right: is \
             it written to all the time, or does it differ from itself?",
            route.id,
            counted(undecided, "mismatch"),
        );
        about(route, "old_keeps_moving", text)
    })
}

fn worse_than_noise(route: &RouteView) -> Option<Warning> {
    let mut places: Vec<_> = route.noise.excess().map(|place| place.place.clone()).collect();
    let more = places.len().saturating_sub(3);
    places.truncate(3);
    if more > 0 {
        places.push(format!("and {}", counted(more as u64, "more place")));
    }
    (!places.is_empty()).then(|| {
        let text = format!(
            "route {}: old differs from itself at {}, and new differs there more than that: this is no noise",
            route.id,
            places.join(", "),
        );
        about(route, "worse_than_noise", text)
    })
}

fn unrouted(route: &RouteView, total: &AccountView) -> Option<Warning> {
    let received = route.account.received;
    (received > 0 && received * 100 >= total.received * MANY_UNROUTED).then(|| {
        let text = format!(
            "{} of {} matched no route and were not compared: is a route missing?",
            count(received),
            counted(total.received, "request")
        );
        about(route, "mostly_unrouted", text)
    })
}

fn rows(route: &RouteView, outcomes: &[Outcome]) -> u64 {
    route.rows.iter().filter(|row| is_of(row, outcomes)).map(|row| row.count).sum()
}

fn is_of(row: &Row, outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| outcome.reason() == row.reason)
}

/// Why requests were not compared, in words, the most frequent reason first. `except`: those of other
/// requests than the ones spoken of.
fn reasons(route: &RouteView, except: &[Outcome]) -> String {
    let uncompared = [Verdict::Incomparable.name(), Verdict::Unpaired.name()];
    let told = |row: &&Row| uncompared.contains(&row.verdict) && !is_of(row, except);
    let mut rows: Vec<&Row> = route.rows.iter().filter(told).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    let told = |row: &&Row| format!("{} {} ({})", count(row.count), row.reason, row.meaning);
    let mut told: Vec<_> = rows.iter().take(3).map(told).collect();
    if rows.len() > 3 {
        told.push(format!("and {}", counted(rows.len() as u64 - 3, "more reason")));
    }
    if route.account.in_flight > 0 {
        told.push(format!("{} still in flight", count(route.account.in_flight)));
    }
    told.join("; ")
}
