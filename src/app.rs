//! The composition root: what the settings say is built, bound and started here, and stopped in order.
//!
//! Only this room and `cli` see the whole `Config`; every other room gets a small value of its own.

mod control;
mod listening;
mod moving;
mod noted;
pub mod reload;
mod rereader;
mod routing;
pub mod settings;
mod shown;
mod worker;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use listening::{bind, bind_all};
use moving::{Prepared, moves, prepare};
use reload::Reloads;
use settings::Given;
use tokio::sync::{oneshot, watch};
use worker::Worker;

use crate::{
    admin::{
        auth::Tokens,
        facts::{Facts, Setting, ShadowState},
        readiness::Readiness,
    },
    clock,
    config::{Config, Loaded},
    controller::{Controller, Running},
    domain::{account::Account, aggregate::View, breaker},
    metrics::{Breaker, Metrics, Sources},
    net::{
        capture::Budget,
        server::{Phase, Shared},
    },
    proxy::routing::Routing,
    shadow::{
        compare_pool::Pool,
        look::Notary,
        permit::{self, Admission, Purpose},
        probes::Of,
        record::Recorder,
        reread::{self, Books, Inbox, Rereads},
    },
    store::{
        archive::Archive,
        facts,
        flags::Flags,
        ledger::Ledger,
        noise::Noises,
        samples::{self, Samples},
        watched::Watches,
    },
};

/// A running readshift.
pub struct App {
    pub proxy: SocketAddr,
    pub status: SocketAddr,
    pub admin: SocketAddr,
    common: Arc<Common>,
    phase: watch::Sender<Phase>,
    /// The threads that serve, and the one that reads again.
    workers: Vec<thread::JoinHandle<()>>,
    control: Option<(oneshot::Sender<()>, thread::JoinHandle<()>)>,
    moving: Option<Running>,
    /// Keeps the comparing threads alive until the last pair has been submitted.
    pool: Arc<Pool>,
    comparing: Vec<thread::JoinHandle<()>>,
}

/// How often a stop looks whether all threads have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The longest a stop waits for what is to be written down.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// What all threads share.
pub struct Common {
    pub config: Config,
    pub controller: Controller,
    pub archive: Archive,
    /// Facts on their way to the evidence: a shard for each worker, then one for each thread that compares, then one
    /// for the thread that reads again and one for the one that runs probes.
    pub facts: Arc<facts::Facts>,
    /// What requests are routed by. Whoever stores another one has changed it for all that come.
    pub routing: Arc<ArcSwap<Routing>>,
    pub flags: Arc<Flags>,
    pub ledger: Arc<Ledger>,
    pub samples: Arc<Samples>,
    pub admission: Arc<Admission>,
    /// To shadows of reads that new serves.
    pub admission_back: Arc<Admission>,
    pub recorder: Arc<Recorder>,
    pub noises: Arc<Noises>,
    pub watches: Arc<Watches>,
    /// The probes of each rollout.
    pub probed: Arc<ArcSwap<Vec<Of>>>,
    pub metrics: Metrics,
    pub readiness: Readiness,
    /// Who may use the API.
    pub tokens: Tokens,
    /// What reports say of the settings in force.
    pub setting: ArcSwap<Setting>,
}

/// What is left when everything has stopped.
pub struct Stopped {
    pub account: Account,
    pub facts: Facts,
    /// The deadline, or a person in a hurry, cut some requests short.
    pub cut_short: bool,
}

impl App {
    /// Binds every listener, then starts to serve. Nothing is left behind where it fails.
    pub fn start(loaded: &Loaded, lines_lost: Box<dyn Fn() -> u64 + Send + Sync>) -> anyhow::Result<App> {
        let config = &loaded.config;
        let workers =
            config.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
        let (listeners, proxy) = bind_all(config.listen.proxy, workers)?;
        let status = bind(config.listen.status, "listen.status")?;
        let admin = bind(config.listen.admin, "listen.admin")?;
        let (status_address, admin_address) = (status.local_addr()?, admin.local_addr()?);

        let prepared = prepare(config, workers);
        let (common, inbox, moving) = Common::new(config, workers, prepared, lines_lost)?;
        let common = Arc::new(common);
        let (pool, comparing) = Pool::start(
            config.shadow.compare_threads,
            config.shadow.compare_queue,
            config.compare,
            &common.recorder,
            common.metrics.compare_queue_length.clone(),
        )
        .context("could not start the comparing threads")?;

        let (phase, phases) = watch::channel(Phase::Serving);
        let shared = Shared {
            open: Arc::new(AtomicUsize::new(0)),
            open_gauge: common.metrics.connections_open.clone(),
            turned_away: common.metrics.requests_refused.of("too_many_connections"),
            phase: phases.clone(),
        };
        let rereader = rereader::start(common.clone(), inbox, phases)
            .context("could not start the thread that reads again")?;
        let workers = listeners
            .into_iter()
            .enumerate()
            .map(|(shard, listener)| {
                let worker =
                    Worker { shard, common: common.clone(), pool: pool.clone(), shared: shared.clone() };
                thread::Builder::new().name(format!("worker-{shard}")).spawn(move || worker.run(listener))
            })
            .chain([Ok(rereader)])
            .collect::<io::Result<Vec<_>>>()
            .context("could not start the serving threads")?;
        let control = control::start(common.clone(), status, admin)?;
        common.readiness.ready();
        Ok(App {
            proxy,
            status: status_address,
            admin: admin_address,
            common,
            phase,
            workers,
            control: Some(control),
            moving: Some(moving),
            pool,
            comparing,
        })
    }

    pub fn account(&self) -> Account {
        self.common.ledger.account()
    }

    pub fn facts(&self) -> Facts {
        self.common.facts()
    }

    /// What is watched beside the comparison.
    pub fn watches(&self) -> &Watches {
        &self.common.watches
    }

    /// Where moves are asked for.
    pub fn controller(&self) -> &Controller {
        &self.common.controller
    }

    /// Takes changed settings over from now on. `loaded`: what it was started with.
    pub fn follow(&self, given: Given, loaded: Loaded) -> io::Result<Reloads> {
        Reloads::start(self.common.clone(), given, loaded)
    }

    /// Tells everyone that the end is near: not ready, and connections close after their next reply.
    pub fn drain(&self) {
        self.common.readiness.draining();
        self.common.recorder.rereads.close();
        self.phase.send_replace(Phase::Draining);
    }

    /// Stops: no new connections, what is under way ends, shadows included, or is cut off at the deadline
    /// or as soon as `hurry` says so.
    pub fn stop(mut self, deadline: Duration, hurry: impl Fn() -> bool) -> Stopped {
        self.drain();
        self.phase.send_replace(Phase::Closing);
        let until = clock::now().checked_add(deadline);
        let mut cut_short = false;
        while self.workers.iter().any(|worker| !worker.is_finished()) {
            if !cut_short && (hurry() || until.is_none_or(|until| clock::now() >= until)) {
                cut_short = true;
                self.phase.send_replace(Phase::Aborting);
            }
            thread::sleep(LOOK_AGAIN);
        }
        // With the last sender gone the comparing threads finish their queue and end.
        drop(self.pool);
        for thread in self.workers.drain(..).chain(self.comparing.drain(..)) {
            if thread.join().is_err() {
                tracing::error!("a thread ended by a panic");
            }
        }
        let (account, facts) = (self.common.ledger.account(), self.common.facts());
        noted::last(&self.common);
        if let Some(moving) = self.moving.take() {
            moving.stop(LAST_WRITES);
        }
        if let Some((stop, control)) = self.control.take() {
            let _ = stop.send(());
            let _ = control.join();
        }
        Stopped { account, facts, cut_short }
    }
}

impl Common {
    fn new(
        config: &Config,
        workers: usize,
        prepared: Prepared,
        lines_lost: Box<dyn Fn() -> u64 + Send + Sync>,
    ) -> anyhow::Result<(Common, Inbox, Running)> {
        let (flags, noted, archive) =
            (prepared.flags.clone(), prepared.facts.clone(), prepared.archive.clone());
        let (watches, noises) = (prepared.watches.clone(), prepared.noises.clone());
        let (controller, moving) = prepared.start(config)?;
        let ids: Vec<String> = config.routes.iter().map(|settings| settings.route.id.clone()).collect();
        let ledger = Arc::new(Ledger::reading_again(&ids, workers, &config.recheck.delays));
        let samples = Arc::new(Samples::new(samples::Limits {
            signatures: config.report.signatures,
            samples: config.report.samples,
            exhibits: config.report.exhibits,
            ..samples::Limits::default()
        }));
        let shadow = &config.shadow;
        let budget = Budget::new(shadow.memory);
        let admission = Admission::new(permits(config, Purpose::Mirror), budget.clone());
        let admission_back = Admission::new(permits(config, Purpose::MirrorBack), budget);
        let notary = Arc::new(Notary::new(noted.clone(), config.build_headers.clone()));
        let sources = Sources {
            account: Box::new({
                let ledger = ledger.clone();
                move || ledger.account()
            }),
            durations: Box::new({
                let ledger = ledger.clone();
                move || ledger.durations()
            }),
            rereads: Box::new({
                let ledger = ledger.clone();
                move || ledger.rereads()
            }),
            samples_evicted: Box::new({
                let samples = samples.clone();
                move || samples.evicted()
            }),
            moves: Box::new({
                let (controller, archive, noted) = (controller.clone(), archive.clone(), noted.clone());
                move || moves(&controller, &archive, &noted)
            }),
            log_lines_lost: lines_lost,
        };
        let metrics =
            Metrics::new(env!("CARGO_PKG_VERSION"), sources).context("could not register the metrics")?;
        let (rereads, inbox) = Rereads::new(
            &rereads(config),
            admission.budget().clone(),
            Books { samples: samples.clone(), notary: notary.clone() },
            metrics.rereads_skipped.clone(),
        );
        let common = Common {
            tokens: Tokens::new(config.tokens.operator.as_deref(), config.tokens.viewer.as_deref()),
            setting: ArcSwap::from_pointee(shown::setting(config, &flags)),
            routing: Arc::new(ArcSwap::from_pointee(routing::routing(config, &[], &watches))),
            flags,
            controller,
            archive,
            facts: noted,
            metrics,
            ledger,
            recorder: Arc::new(Recorder::new(samples.clone(), rereads, noises.clone(), notary)),
            noises,
            watches,
            probed: Arc::new(ArcSwap::from_pointee(rereader::probed(config))),
            samples,
            admission,
            admission_back,
            readiness: Readiness::new(),
            config: config.clone(),
        };
        Ok((common, inbox, moving))
    }

    pub fn facts(&self) -> Facts {
        let (shadow, now) = (self.shadow_state(), clock::unix_millis());
        Facts::gather(&self.setting.load(), &self.ledger, &self.samples, shadow, now).with_noise(&self.noises)
    }

    /// What both sides of a route came to.
    pub fn aggregates(&self, route: &str) -> Vec<View> {
        let place = self.setting.load().routes.iter().position(|known| known.id == route);
        place.map(|place| self.watches.views_of(place)).unwrap_or_default()
    }

    /// Whether old may be asked more than clients ask it.
    pub fn reread_breaker(&self) -> Breaker {
        told(self.recorder.rereads.leave().breaker_state())
    }

    pub fn shadow_state(&self) -> ShadowState {
        let budget = self.admission.budget();
        ShadowState {
            in_flight: (self.admission.in_flight() + self.admission_back.in_flight()) as u64,
            max_in_flight: self.config.shadow.max_in_flight as u64,
            held_bytes: budget.used() as u64,
            max_held_bytes: budget.limit() as u64,
            breaker: told(self.admission.breaker_state()),
        }
    }
}

const fn told(state: breaker::State) -> Breaker {
    match state {
        breaker::State::Closed { .. } => Breaker::Closed,
        breaker::State::Open { .. } => Breaker::Open,
        breaker::State::HalfOpen { .. } => Breaker::HalfOpen,
    }
}

/// The same bounds for shadows to either side; what is shed towards one says nothing of the other.
fn permits(config: &Config, purpose: Purpose) -> permit::Settings {
    let shadow = &config.shadow;
    permit::Settings {
        purpose,
        max_in_flight: shadow.max_in_flight,
        max_rate: shadow.max_rate.map(|rate| u32::try_from(rate).unwrap_or(u32::MAX)),
        breaker: breaker::Settings {
            failures: u32::try_from(shadow.breaker.failures).unwrap_or(u32::MAX),
            backoff: shadow.breaker.backoff,
            max_backoff: shadow.breaker.max_backoff,
        },
    }
}

/// Of what may be held, so much may be held for what is read again: the rest is for what is mirrored now.
const MEMORY_SHARE: usize = 4;

fn rereads(config: &Config) -> reread::Settings {
    reread::Settings {
        delays: config.recheck.delays.clone(),
        max_waiting: config.recheck.max_waiting,
        rate: u32::try_from(config.recheck.rate).unwrap_or(u32::MAX),
        bytes: config.shadow.memory / MEMORY_SHARE,
        routes: config.routes.len(),
    }
}
