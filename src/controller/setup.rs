//! As much of the settings as the control path goes by. Replaced as a whole by a reload.

use std::{path::PathBuf, time::Duration};

use crate::domain::{
    evidence,
    plan::Stage,
    rollout::{Ladder, Rollout},
};

/// Which rollouts and routes there are never changes while the program runs; what is set for them may.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// In the order of the config, which is the order of the flags.
    pub rollouts: Vec<Rollout>,
    /// In the order of the config, which is how notes name them.
    pub routes: Vec<RouteSetup>,
    /// While there is such a file, old serves every read.
    pub kill_switch: Option<PathBuf>,
    /// Of everything in force that evidence or moves depend on.
    pub digest: String,
    /// A mismatch is final after this.
    pub settles_after: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSetup {
    pub id: String,
    /// The place of its rollout.
    pub rollout: usize,
    /// One more with each reload that changes what its evidence is about. Notes carry it.
    pub epoch: u32,
    /// What its evidence is about: of its rules, its match and its assignment.
    pub digest: String,
}

impl Setup {
    /// What the book of a route has to know while its rollout stands on this stage.
    pub fn book(&self, route: &RouteSetup, stage: Stage) -> Option<evidence::Settings> {
        let rollout = self.rollouts.get(route.rollout)?;
        let of_rollout = self.routes.iter().filter(|other| other.rollout == route.rollout);
        Some(evidence::Settings {
            route: route.id.clone(),
            criteria: rollout.criteria.clone(),
            routes: of_rollout.count(),
            share: part(stage),
            next_share: part(next(&rollout.ladder, stage)),
            settles_after: self.settles_after,
        })
    }
}

/// The stage whose bounds hold: the next one, and on the last one its own.
fn next(ladder: &Ladder, stage: Stage) -> Stage {
    ladder.above(stage).unwrap_or(stage)
}

fn part(stage: Stage) -> f64 {
    f64::from(stage.share().ppm()) / 1e6
}
