//! What the control path is built from, out of the settings.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;

use crate::{
    clock,
    config::{Config, RouteSettings},
    controller::{self, Begun, Controller, Parts, RouteSetup, Running, Setup},
    metrics::{Moved, Moves},
    store::{
        archive::{Archive, Settings},
        facts::Facts,
        flags::Flags,
        noise::Noises,
        watched::{Configured, Watches},
    },
};

/// The control path before its threads run: what was recorded is read, and the stages of the start are published.
pub struct Prepared {
    pub flags: Arc<Flags>,
    pub facts: Arc<Facts>,
    pub watches: Arc<Watches>,
    pub noises: Arc<Noises>,
    pub archive: Archive,
    begun: Begun,
}

/// Shards of `Facts` besides those of the threads that serve and compare: one for the thread that reads again, and one
/// for the thread that runs probes.
const OTHER_SHARDS: usize = 2;

pub fn prepare(config: &Config, workers: usize) -> Prepared {
    let keeping = &config.keeping;
    if keeping.dir.is_none() {
        tracing::warn!(
            "no state_dir is set: stages, evidence and the journal are kept in memory, so a restart brings every \
             rollout back to shadow and begins its evidence anew"
        );
    }
    let (archive, found) = Archive::open(&Settings {
        dir: keeping.dir.as_ref().map(PathBuf::from),
        keep_days: keeping.days,
        max_bytes: keeping.bytes,
    });
    let begun = controller::begin(&config.rollouts, found, &archive);
    let shards = workers + config.shadow.compare_threads.max(1) + OTHER_SHARDS;
    Prepared {
        flags: Arc::new(Flags::new(begun.stages())),
        facts: Arc::new(Facts::new(shards)),
        watches: Arc::new(watches(config)),
        noises: Arc::new(Noises::new(config.routes.len())),
        archive,
        begun,
    }
}

impl Prepared {
    /// Starts the threads. A kill switch that is there holds when this returns.
    pub fn start(self, config: &Config) -> anyhow::Result<(Controller, Running)> {
        let epochs = vec![0; config.routes.len()];
        let parts = Parts {
            setup: setup(config, &epochs),
            flags: self.flags,
            facts: self.facts,
            watches: self.watches,
            noises: self.noises,
            archive: self.archive,
        };
        controller::start(parts, self.begun).context("could not start the threads that move rollouts")
    }
}

/// What is watched beside the comparison, with nothing seen yet.
fn watches(config: &Config) -> Watches {
    Watches::new(
        config.routes.iter().map(configured),
        config.rollouts.iter().map(|rollout| rollout.probes.len() as u64),
    )
}

fn configured(settings: &RouteSettings) -> Configured {
    Configured { invariants: settings.invariants.len() as u64, aggregates: settings.aggregates.clone() }
}

/// What is watched by other settings. What it was that is watched, of a route or by probes, begins anew where it is
/// something else.
pub fn watch_anew(watches: &Watches, config: &Config) {
    for (place, settings) in config.routes.iter().enumerate() {
        watches.configure(place, configured(settings));
    }
    for (place, rollout) in config.rollouts.iter().enumerate() {
        watches.configure_probes(place, rollout.probes.len() as u64);
    }
}

/// As much of the settings as the control path goes by. `epochs`: of each route, one more with each reload that changes
/// what its evidence is about.
pub fn setup(config: &Config, epochs: &[u32]) -> Setup {
    let routes = config.routes.iter().zip(epochs).map(|(settings, epoch)| RouteSetup {
        id: settings.route.id.clone(),
        rollout: settings.rollout,
        epoch: *epoch,
        digest: settings.digest.clone(),
    });
    Setup {
        rollouts: config.rollouts.clone(),
        routes: routes.collect(),
        kill_switch: config.kill_switch.as_ref().map(PathBuf::from),
        digest: config.digest.clone(),
        settles_after: config.recheck.delays.iter().max().copied().unwrap_or_default(),
    }
}

/// What the metrics tell of moves.
pub fn moves(controller: &Controller, archive: &Archive, facts: &Facts) -> Moves {
    let view = controller.view();
    let now_millis = clock::unix_millis();
    let moved = |(place, rollout): (usize, &controller::RolloutView)| Moved {
        id: rollout.id.clone(),
        ladder: rollout.ladder.clone(),
        stage: rollout.state.stage,
        published: controller.flags().stage(place),
        is_latched: rollout.state.latch.is_some(),
        reverted_millis: controller.reverted_millis(place),
        call: rollout.decision.call,
        age_millis: now_millis.saturating_sub(rollout.decision.at_millis),
        unmet: rollout.decision.unmet().map(|condition| condition.measure).collect(),
    };
    let store = archive.health();
    Moves {
        rollouts: view.rollouts.iter().enumerate().map(moved).collect(),
        is_store_troubled: store.trouble.is_some(),
        store_waiting: store.waiting,
        store_written: store.written,
        store_failed: store.failed,
        store_batches_lost: store.lost_batches,
        store_bytes: store.bytes,
        facts_lost: facts.lost(),
        is_killed: view.killed,
        reload_failed: view.reload.as_ref().is_some_and(|reload| reload.problem.is_some()),
        reloaded_millis: view.reload.as_ref().map_or(0, |reload| reload.at_millis),
    }
}
