//! The rollouts: what their sections come to, and what is wrong in them.

use std::collections::HashMap;

use crate::domain::{
    plan::Stage,
    probe::Probe,
    rollout::{Freeze, Ladder, Policy, Rollout},
    route::{Found, Route, Table},
};

use super::{
    file::{File, FreezeFile, ProbeFile, RolloutFile, RouteFile},
    gates,
    reader::Reader,
    rules,
    weeks::write_week_minute,
};

/// What a section comes to. `None` where something is missing that a problem was told of.
pub fn of(rollout: RolloutFile, headers: &[String]) -> Option<Rollout> {
    let mut stages = rollout.stages.into_iter();
    let first = stages.next()?;
    Some(Rollout {
        id: rollout.id?,
        ladder: Ladder::new(first, stages.collect()),
        policy: Policy {
            hold: rollout.hold,
            advance: rollout.advance,
            approval: rollout.approval,
            on_breach: rollout.on_breach,
            freezes: rollout.freeze.into_iter().map(freeze).collect::<Option<_>>()?,
            drill_within: rollout.drill_within,
        },
        criteria: gates::of(rollout.gate)?,
        probes: rollout.probes.into_iter().map(|probe| of_probe(probe, headers)).collect::<Option<_>>()?,
        rescue_5xx: rollout.rescue_5xx,
    })
}

fn freeze(freeze: FreezeFile) -> Option<Freeze> {
    let (from, to) = (freeze.from?, freeze.to?);
    let why = freeze.why.unwrap_or_else(|| {
        let zone = freeze.zone.iana_name().unwrap_or("UTC");
        format!("from {} to {} ({zone})", write_week_minute(from), write_week_minute(to))
    });
    Some(Freeze { from, to, zone: freeze.zone, why })
}

fn of_probe(probe: ProbeFile, headers: &[String]) -> Option<Probe> {
    Some(Probe {
        name: probe.name?,
        method: probe.method,
        target: probe.path?,
        headers: probe.headers,
        body: probe.body,
        rules: rules::of(probe.compare, headers),
        every: probe.every,
    })
}

pub fn check(file: &File, now_millis: u64, reader: &mut Reader) {
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
        stages(&at, rollout, reader);
        freezes(&at, rollout, reader);
        gates::check(&at, rollout, file, reader);
        probes(&at, rollout, place, file, now_millis, reader);
    }
}

fn stages(at: &str, rollout: &RolloutFile, reader: &mut Reader) {
    let path = format!("{at}.stages");
    let stages = &rollout.stages;
    if stages.is_empty() && !reader.is_wrong(&path) {
        reader.problem_at(&path, "expected at least one stage");
    }
    if let Some(pair) = stages.windows(2).find(|pair| !pair.is_sorted_by(|a, b| a < b)) {
        let [before, after] = pair else { return };
        let message = format!("stages go up, each once: {after} does not come after {before}");
        reader.problem_at(&path, message);
    }
    match stages.first() {
        Some(Stage::Live(share)) if !share.is_none() => {
            let message = "begins live: new serves reads before anything was compared";
            reader.warn_at(&format!("{path}[0]"), message);
        }
        _ => {}
    }
}

fn freezes(at: &str, rollout: &RolloutFile, reader: &mut Reader) {
    for (place, freeze) in rollout.freeze.iter().enumerate() {
        if freeze.from.is_some() && freeze.from == freeze.to {
            let message =
                "begins and ends at one moment: nothing, or the whole week, which is `advance: manual`";
            reader.problem_at(&format!("{at}.freeze[{place}]"), message);
        }
    }
}

fn probes(at: &str, rollout: &RolloutFile, number: usize, file: &File, now_millis: u64, reader: &mut Reader) {
    let mut seen = HashMap::new();
    for (place, probe) in rollout.probes.iter().enumerate() {
        let at = format!("{at}.probes[{place}]");
        if let Some(first) = probe.name.as_ref().and_then(|name| seen.insert(name, place)) {
            let message = format!("is the name of probes[{first}] already");
            reader.problem_at(&format!("{at}.name"), message);
        }
        if ["PUT", "PATCH", "DELETE"].contains(&probe.method.as_str()) {
            let message = format!("{} is sent to both systems, again and again", probe.method);
            reader.warn_at(&format!("{at}.method"), message);
        }
        if probe.body.is_some() && ["GET", "HEAD"].contains(&probe.method.as_str()) {
            reader.problem_at(&format!("{at}.body"), format!("{} has no body", probe.method));
        }
        rules::check(&format!("{at}.compare."), &probe.compare, &file.compare.headers, now_millis, reader);
        let own = rollout.id.as_ref().is_none_or(|id| is_asked(probe, file, id, number));
        if !own && !reader.is_wrong("routes") {
            let message = "no route of this rollout takes such a read: it says nothing about what moves";
            reader.warn_at(&format!("{at}.path"), message);
        }
    }
}

/// Whether some route of this rollout takes the probe, on whatever host.
fn is_asked(probe: &ProbeFile, file: &File, id: &str, number: usize) -> bool {
    let Some(target) = &probe.path else { return true };
    let path = target.split('?').next().unwrap_or(target);
    let routes = file.routes.iter().filter(|route| belongs(route, id, number)).filter_map(|route| {
        let (methods, path) = (route.r#match.method.clone(), route.r#match.path.clone()?);
        Some(Route { id: String::new(), methods, host: None, path, declared_read: route.read })
    });
    matches!(Table::new(routes.collect()).find(probe.method.as_bytes(), b"", path.as_bytes()), Found::Read(_))
}

/// Whether a route is one of the rollout of this name at this place.
pub fn belongs(route: &RouteFile, id: &str, place: usize) -> bool {
    route.rollout.as_deref().map_or(place == 0, |named| named == id)
}
