//! What is wrong between values that are right by themselves, and what is allowed and makes evidence
//! worthless. Reads nothing and changes nothing.

use std::{collections::HashMap, time::Duration};

use crate::domain::{plan::Stage, recheck::MOST_DELAYS};

use super::{
    file::{File, Headers, Match, RouteFile},
    problem::did_you_mean,
    reader::Reader,
    rules,
    sources::other_ways,
};

/// What is counted for requests that no route takes.
pub const UNROUTED: &str = "unrouted";

/// Rechecks that wait for longer compare what both sides have become, not what they were.
const LONG_DELAY: Duration = Duration::from_secs(600);

/// `now_millis`: the moment, in milliseconds since 1970.
pub fn check(file: &File, now_millis: u64, reader: &mut Reader) {
    listeners(file, reader);
    systems(file, reader);
    headers("old.headers", &file.old.headers, reader);
    headers("new.headers", &file.new.headers, reader);
    bounds(file, reader);
    rereads(file, reader);
    rollouts(file, reader);
    routes(file, now_millis, reader);
}

fn listeners(file: &File, reader: &mut Reader) {
    let listen = &file.listen;
    let all =
        [("listen.proxy", listen.proxy), ("listen.status", listen.status), ("listen.admin", listen.admin)];
    for (at, (path, address)) in all.iter().enumerate() {
        let clash = all.iter().take(at).find(|(_, other)| {
            let shared = other.ip().is_unspecified() || address.ip().is_unspecified();
            address.port() != 0 && other.port() == address.port() && (shared || other.ip() == address.ip())
        });
        if let Some((other, _)) = clash {
            reader.problem_at(path, format!("has the port of {other}: each listener needs its own"));
        }
    }
    for (path, url) in [("old.url", &file.old.url), ("new.url", &file.new.url)] {
        let Some(url) = url else { continue };
        if let Some((own, _)) = all.iter().find(|(_, a)| url.is_listener(a.ip(), a.port())) {
            reader.problem_at(path, format!("is this proxy's own {own}: requests would go round in circles"));
        }
    }
}

fn systems(file: &File, reader: &mut Reader) {
    for (path, url) in [("old.url", &file.old.url), ("new.url", &file.new.url)] {
        // A section that is no mapping was told of, and may well hold it.
        let section = path.trim_end_matches(".url");
        if url.is_none() && !reader.is_wrong_itself(section) && !reader.is_wrong(path) {
            let ways = other_ways(path).unwrap_or_default();
            reader.problem_at(path, format!("missing: http://host:port, here or {ways}"));
        }
    }
    if let (Some(old), Some(new)) = (&file.old.url, &file.new.url)
        && old.is_same_place(new)
    {
        let message = "old and new are the same system, so that every comparison is a match";
        match file.self_check {
            true => reader.warn_at("new.url", message),
            false => {
                reader.problem_at("new.url", format!("{message}; if it is meant, say `self_check: true`"))
            }
        }
    }
}

fn headers(path: &str, headers: &Headers, reader: &mut Reader) {
    for (name, _) in &headers.set {
        if headers.remove.contains(name) {
            reader.problem_at(&format!("{path}.remove"), format!("{name:?} is set and removed: one of them"));
        }
    }
}

fn bounds(file: &File, reader: &mut Reader) {
    let shadow = &file.shadow;
    if shadow.breaker.max_backoff < shadow.breaker.backoff {
        reader.problem_at("shadow.breaker.max_backoff", "is shorter than `backoff`");
    }
    for (path, size) in
        [("shadow.max_body", shadow.max_body), ("shadow.max_request_body", shadow.max_request_body)]
    {
        if size > shadow.memory {
            reader.problem_at(path, "is more than `shadow.memory`: nothing of that size could be held");
        }
    }
    if file.drain_delay >= file.drain {
        reader.problem_at("drain_delay", "leaves no time of `drain` for requests to end");
    }
    if shadow.sample.is_none() {
        reader.warn_at(
            "shadow.sample",
            "nothing is mirrored unless a route says so: there will be no evidence",
        );
    }
    if shadow.max_body > file.compare.decoded {
        reader.warn_at(
            "compare.decoded",
            "is less than `shadow.max_body`: some kept replies cannot be compared",
        );
    }
}

/// Where a larger share of reads is asked of old twice, its load grows by more than a migration should cost.
const MUCH_CONTROL_PPM: u32 = 250_000;

fn rereads(file: &File, reader: &mut Reader) {
    let delays = &file.recheck.delays;
    if !delays.is_sorted_by(|a, b| a < b) {
        reader.problem_at(
            "recheck.delays",
            "each delay is longer than the one before: all count from the first difference",
        );
    }
    if delays.len() > MOST_DELAYS {
        reader.problem_at(
            "recheck.delays",
            format!("expected at most {MOST_DELAYS} delays, got {}", delays.len()),
        );
    }
    if delays.last().is_some_and(|last| *last > LONG_DELAY) {
        let message = "the last delay is longer than 10 minutes: what was written meanwhile is taken for an error or a race";
        reader.warn_at("recheck.delays", message);
    }
    if delays.is_empty() && !reader.is_wrong("recheck.delays") {
        let message = "no mismatch is read again: lag cannot be told from an error";
        reader.warn_at("recheck.delays", message);
    }
    if file.control.share.ppm() > MUCH_CONTROL_PPM {
        let message = format!(
            "asks old twice for {} of all mirrored reads: that is load no client asked for",
            file.control.share
        );
        reader.warn_at("control.share", message);
    }
}

fn rollouts(file: &File, reader: &mut Reader) {
    let mut seen = HashMap::new();
    for (place, rollout) in file.rollouts.iter().enumerate() {
        let at = format!("rollouts[{place}]");
        if let Some(id) = &rollout.id {
            if let Some(first) = seen.insert(id, place) {
                reader.problem_at(
                    &format!("{at}.id"),
                    format!("{id:?} is the id of rollouts[{first}] already"),
                );
            } else if !file.routes.iter().any(|route| belongs(route, id, place)) {
                reader.warn_at(&format!("{at}.id"), format!("no route belongs to {id:?}"));
            }
        }
        let stages = format!("{at}.stages");
        let rank = |stage: &Stage| match stage {
            Stage::Off => 0,
            Stage::Shadow => 1,
            Stage::Live(share) => 2 + share.ppm(),
        };
        if rollout.stages.is_empty() && !reader.is_wrong(&stages) {
            reader.problem_at(&stages, "expected at least one stage");
        }
        if !rollout.stages.is_sorted_by(|a, b| rank(a) < rank(b)) {
            reader.problem_at(&stages, "stages go up, each once: off, then shadow");
        }
    }
}

fn belongs(route: &RouteFile, id: &str, place: usize) -> bool {
    route.rollout.as_deref().map_or(place == 0, |named| named == id)
}

fn routes(file: &File, now_millis: u64, reader: &mut Reader) {
    let mut seen = HashMap::new();
    // With a broken id among the rollouts nobody can say which one was meant.
    let known: Option<Vec<&str>> = file.rollouts.iter().map(|rollout| rollout.id.as_deref()).collect();
    let known = known.filter(|_| !reader.is_wrong("rollouts"));
    let mut earlier: HashMap<String, Vec<(usize, &Match)>> = HashMap::new();
    for (place, route) in file.routes.iter().enumerate() {
        let at = format!("routes[{place}]");
        if let Some(id) = &route.id {
            let path = format!("{at}.id");
            if id == UNROUTED {
                reader.problem_at(&path, format!("{id:?} means requests of no route: choose another"));
            }
            if let Some(first) = seen.insert(id, place) {
                reader.problem_at(&path, format!("{id:?} is the id of routes[{first}] already"));
            }
        }
        if let (Some(known), Some(named)) = (&known, &route.rollout)
            && !known.contains(&named.as_str())
        {
            let nearest = did_you_mean(named, known.iter().copied());
            reader.problem_at(&format!("{at}.rollout"), format!("there is no rollout {named:?}{nearest}"));
        }
        declared_reads(&at, route, reader);
        if route.sample.is_some_and(|share| share.is_none()) {
            reader.warn_at(
                &format!("{at}.sample"),
                "nothing of this route is mirrored: there will be no evidence",
            );
        }
        let section = format!("{at}.compare.");
        rules::check(&section, &route.compare, &file.compare.headers, now_millis, reader);
        covered(&at, &mut earlier, place, route, reader);
    }
}

fn declared_reads(at: &str, route: &RouteFile, reader: &mut Reader) {
    let path = format!("{at}.read");
    let methods = &route.r#match.method;
    if !route.read {
        return;
    }
    if methods.is_empty() {
        if !reader.is_wrong(&format!("{at}.match")) {
            reader.problem_at(&path, "declares every method a read: name the methods under `match.method`");
        }
    } else if methods.iter().all(|m| m == "GET" || m == "HEAD") {
        reader.warn_at(&path, "GET and HEAD are reads without being declared so");
    }
    for method in methods.iter().filter(|m| ["PUT", "PATCH", "DELETE"].contains(&m.as_str())) {
        reader.warn_at(&path, format!("{method} is declared a read: it will be sent to both systems"));
    }
}

/// Tells of a route that an earlier one leaves nothing to. Sees only patterns that say the same.
fn covered<'f>(
    at: &str,
    earlier: &mut HashMap<String, Vec<(usize, &'f Match)>>,
    place: usize,
    route: &'f RouteFile,
    reader: &mut Reader,
) {
    let this = &route.r#match;
    let Some(path) = &this.path else { return };
    let shape = shape(&path.to_string());
    let takes_all = |other: &Match| {
        let methods = other.method.is_empty()
            || (!this.method.is_empty() && this.method.iter().all(|m| other.method.contains(m)));
        methods && (other.host.is_none() || other.host == this.host)
    };
    let before = ["/**", shape.as_str()].into_iter().filter_map(|shape| earlier.get(shape)).flatten();
    if let Some((first, _)) = before.filter(|(_, other)| takes_all(other)).min_by_key(|(first, _)| *first) {
        let message = format!("never matches: routes[{first}] takes all its requests first");
        reader.warn_at(&format!("{at}.match.path"), message);
    }
    earlier.entry(shape).or_default().push((place, this));
}

/// A pattern without the names of its parameters.
fn shape(pattern: &str) -> String {
    let step = |segment: &str| match segment {
        "**" => "**".to_owned(),
        s if s.starts_with('{') && s.ends_with("*}") => "**".to_owned(),
        s if s.starts_with('{') => "*".to_owned(),
        s => s.to_owned(),
    };
    pattern.split('/').map(step).collect::<Vec<_>>().join("/")
}
