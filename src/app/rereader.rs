//! The thread that reads again: a runtime of its own, connections of its own, and nobody who waits for it.

use std::{hash::BuildHasher as _, io, rc::Rc, sync::Arc, thread, time::Duration};

use tokio::{
    runtime::Builder,
    sync::watch,
    task::{LocalSet, spawn_local},
};

use super::{
    Common,
    worker::{edits, keep_time, upstream},
};
use crate::{
    clock,
    config::Config,
    domain::{rollout::Rollout, side::Side},
    net::{alarm::Ticker, server::Phase, upstream::Upstream},
    shadow::{
        compare_pool::step_back,
        mirror::Dice,
        probes::{Of, Prober},
        reread::{Inbox, Reader},
    },
};

/// Threads beside it that compare what was read.
const COMPARING: usize = 2;

/// The longest a reply may take that nobody waits for, where the side itself has no limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the thread; it ends soon after the program has begun to drain.
pub fn start(
    common: Arc<Common>,
    inbox: Inbox,
    phase: watch::Receiver<Phase>,
) -> io::Result<thread::JoinHandle<()>> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(COMPARING)
        .on_thread_start(step_back)
        .build()?;
    thread::Builder::new().name("reread".to_owned()).spawn(move || {
        step_back();
        LocalSet::new().block_on(&runtime, read_again(common, inbox, phase));
    })
}

async fn read_again(common: Arc<Common>, inbox: Inbox, phase: watch::Receiver<Phase>) {
    let config = &common.config;
    let ticker = Ticker::new(clock::now());
    let old = upstream(&common, Side::Old, &config.old);
    let new = upstream(&common, Side::New, &config.new);
    spawn_local(keep_time(ticker.clone(), [old.clone(), new.clone()], None));
    let prober = prober(&common, [&old, &new], &ticker, &phase);
    let reader = Rc::new(Reader {
        old,
        new,
        ticker,
        admission: common.admission.clone(),
        recorder: common.recorder.clone(),
        dice: Dice::new(std::hash::RandomState::new().hash_one("reread")),
        limits: config.compare,
        delays: config.recheck.delays.clone(),
        timeout: patience(&common),
        max_body: config.shadow.max_body,
        sent: common.metrics.rereads.clone(),
        phase: phase.clone(),
    });
    let mut aborting = phase;
    tokio::select! {
        () = async { tokio::join!(reader.run(inbox), prober.run()); } => {}
        _ = aborting.wait_for(|phase| *phase == Phase::Aborting) => {}
    }
}

/// Each reply has to be there within this time.
fn patience(common: &Common) -> Duration {
    common.config.old.timeout.or(common.config.new.timeout).unwrap_or(PATIENCE)
}

/// As much of each rollout as probes need of it.
pub fn probed(config: &Config) -> Vec<Of> {
    let of = |rollout: &Rollout| Of {
        rollout: rollout.id.clone(),
        probes: rollout.probes.clone(),
        empty_is_evidence: rollout.criteria.empty_is_evidence.is_some(),
    };
    config.rollouts.iter().map(of).collect()
}

fn prober(
    common: &Common,
    [old, new]: [&Rc<Upstream>; 2],
    ticker: &Rc<Ticker>,
    phase: &watch::Receiver<Phase>,
) -> Prober {
    let config = &common.config;
    Prober {
        rollouts: common.probed.clone(),
        old: old.clone(),
        new: new.clone(),
        edits: [edits(&config.old), edits(&config.new)],
        ticker: ticker.clone(),
        admission: common.admission.clone(),
        leave: common.recorder.rereads.leave().clone(),
        dice: Dice::new(std::hash::RandomState::new().hash_one("probe")),
        limits: config.compare,
        timeout: patience(common),
        max_body: config.shadow.max_body,
        flags: common.flags.clone(),
        watches: common.watches.clone(),
        archive: common.archive.clone(),
        phase: phase.clone(),
    }
}
