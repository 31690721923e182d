//! The rollouts: what their sections come to, and what is wrong in them.

use std::collections::HashMap;

use crate::domain::{
    gate::Criteria,
    plan::Stage,
    rollout::{Ladder, Policy, Rollout},
};

use super::{
    file::{File, RolloutFile, RouteFile},
    reader::Reader,
};

/// What a section comes to. `None` where something is missing that a problem was told of.
pub fn of(rollout: RolloutFile) -> Option<Rollout> {
    let mut stages = rollout.stages.into_iter();
    let first = stages.next()?;
    Some(Rollout {
        id: rollout.id?,
        ladder: Ladder::new(first, stages.collect()),
        policy: Policy::default(),
        criteria: Criteria::default(),
        probes: Vec::new(),
        rescue_5xx: false,
    })
}

pub fn check(file: &File, reader: &mut Reader) {
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

/// Whether a route is one of the rollout of this name at this place.
pub fn belongs(route: &RouteFile, id: &str, place: usize) -> bool {
    route.rollout.as_deref().map_or(place == 0, |named| named == id)
}
