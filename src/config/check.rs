//! What is wrong between values that are right by themselves, and what is allowed and makes evidence
//! worthless. Reads nothing and changes nothing.

use std::time::Duration;

use crate::domain::recheck::MOST_DELAYS;

use super::{
    file::{File, Headers},
    reader::Reader,
    rollouts, routes, secrets,
    sources::other_ways,
    values::write_duration,
};

/// Rechecks that wait for longer compare what both sides have become, not what they were.
const LONG_DELAY: Duration = Duration::from_secs(600);

/// `now_millis`: the moment, in milliseconds since 1970.
pub fn check(file: &File, now_millis: u64, reader: &mut Reader) {
    listeners(file, reader);
    secrets::check(file, reader);
    systems(file, reader);
    headers("old.headers", &file.old.headers, reader);
    headers("new.headers", &file.new.headers, reader);
    bounds(file, reader);
    rereads(file, reader);
    rescue(file, reader);
    rollouts::check(file, now_millis, reader);
    routes::check(file, now_millis, reader);
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

/// Warns where a new that hangs uses up all the time a request has, so that old could not answer in its place.
fn rescue(file: &File, reader: &mut Reader) {
    let live = file.rollouts.iter().flat_map(|rollout| &rollout.stages).any(|stage| stage.is_live());
    let (new, most) =
        (&file.new, [("limits.request", file.limits.request), ("old.timeout", file.old.timeout)]);
    // Until then nothing is known of its failure.
    let waited = new.timeout.min(new.connect_timeout + new.first_byte_timeout);
    let short = most.into_iter().find(|(_, most)| most.is_some_and(|most| waited >= most));
    if let Some((path, _)) = short.filter(|_| live) {
        let message = format!(
            "new may take {} until it has failed, which is all of `{path}`: old cannot answer in its place",
            write_duration(waited)
        );
        reader.warn_at("new.first_byte_timeout", message);
    }
}
