//! The composition root: what the settings say is built, bound and started here, and stopped in order.
//!
//! Only this room and `cli` see the whole `Config`; every other room gets a small value of its own.

mod control;
mod rereader;
mod worker;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use tokio::sync::{oneshot, watch};
use worker::Worker;

use crate::{
    admin::{
        facts::{Facts, RouteSetting, RuleSetting, Setting, ShadowState},
        readiness::Readiness,
    },
    clock,
    config::{Config, Loaded},
    domain::{
        account::{Account, Heading},
        breaker,
        route::{Route, Table},
        side::Side,
    },
    metrics::{Breaker, Metrics, Sources},
    net::{
        capture::Budget,
        server::{Phase, Shared, listen},
    },
    proxy,
    shadow::{
        compare_pool::Pool,
        permit::{self, Admission, Purpose},
        read,
        record::Recorder,
        reread::{self, Inbox, Rereads},
        watch::Watch,
    },
    store::{
        flags::Flags,
        ledger::Ledger,
        noise::Noises,
        samples::{self, Samples},
        watched::{Configured, Watches},
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
    /// Keeps the comparing threads alive until the last pair has been submitted.
    pool: Arc<Pool>,
    comparing: Vec<thread::JoinHandle<()>>,
}

/// How often a stop looks whether all threads have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What all threads share.
pub struct Common {
    pub config: Config,
    pub table: Arc<Table>,
    pub routes: Arc<[proxy::Route]>,
    pub flags: Arc<Flags>,
    pub ledger: Arc<Ledger>,
    pub samples: Arc<Samples>,
    pub admission: Arc<Admission>,
    pub recorder: Arc<Recorder>,
    pub noises: Arc<Noises>,
    pub watches: Arc<Watches>,
    pub metrics: Metrics,
    pub readiness: Readiness,
    pub setting: Setting,
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

        let (common, inbox) = Common::new(config, workers, lines_lost)?;
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
        lines_lost: Box<dyn Fn() -> u64 + Send + Sync>,
    ) -> anyhow::Result<(Common, Inbox)> {
        let ids: Vec<String> = config.routes.iter().map(|settings| settings.route.id.clone()).collect();
        let ledger = Arc::new(Ledger::reading_again(&ids, workers, &config.recheck.delays));
        let samples = Arc::new(Samples::new(samples::Limits {
            signatures: config.report.signatures,
            samples: config.report.samples,
            exhibits: config.report.exhibits,
            ..samples::Limits::default()
        }));
        let shadow = &config.shadow;
        let admission = Admission::new(
            permit::Settings {
                purpose: Purpose::Mirror,
                max_in_flight: shadow.max_in_flight,
                max_rate: shadow.max_rate.map(|rate| u32::try_from(rate).unwrap_or(u32::MAX)),
                breaker: breaker::Settings {
                    failures: u32::try_from(shadow.breaker.failures).unwrap_or(u32::MAX),
                    backoff: shadow.breaker.backoff,
                    max_backoff: shadow.breaker.max_backoff,
                },
            },
            Budget::new(shadow.memory),
        );
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
            log_lines_lost: lines_lost,
        };
        let flags = Flags::new(config.rollouts.iter().map(|rollout| rollout.ladder.first()));
        let watches = Arc::new(watches(config));
        let routes = config.routes.iter().enumerate().map(|(place, settings)| proxy::Route {
            rollout: settings.rollout,
            declared_read: settings.route.declared_read,
            sample: settings.sample,
            sample_group: format!("sample/{}", settings.route.id),
            shadow: Arc::new(
                read::Route::new(
                    settings.route.id.clone(),
                    Heading::route(place),
                    settings.rules.clone(),
                    settings.reread,
                )
                .watching(watch(config, place, &watches)),
            ),
        });
        let metrics =
            Metrics::new(env!("CARGO_PKG_VERSION"), sources).context("could not register the metrics")?;
        let (rereads, inbox) = Rereads::new(
            &rereads(config),
            admission.budget().clone(),
            samples.clone(),
            metrics.rereads_skipped.clone(),
        );
        let noises = Arc::new(Noises::new(config.routes.len()));
        let common = Common {
            table: Arc::new(Table::new(
                config.routes.iter().map(|settings| settings.route.clone()).collect(),
            )),
            routes: routes.collect(),
            setting: setting(config, &flags),
            flags: Arc::new(flags),
            metrics,
            ledger,
            recorder: Arc::new(Recorder::new(samples.clone(), rereads, noises.clone())),
            noises,
            watches,
            samples,
            admission,
            readiness: Readiness::new(),
            config: config.clone(),
        };
        Ok((common, inbox))
    }

    pub fn facts(&self) -> Facts {
        let (shadow, now) = (self.shadow_state(), clock::unix_millis());
        Facts::gather(&self.setting, &self.ledger, &self.samples, shadow, now).with_noise(&self.noises)
    }

    /// Whether old may be asked more than clients ask it.
    pub fn reread_breaker(&self) -> Breaker {
        told(self.recorder.rereads.leave().breaker_state())
    }

    pub fn shadow_state(&self) -> ShadowState {
        let budget = self.admission.budget();
        ShadowState {
            in_flight: self.admission.in_flight() as u64,
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

/// What is watched beside the comparison, with nothing seen yet.
fn watches(config: &Config) -> Watches {
    let routes = config.routes.iter().map(|settings| Configured {
        invariants: settings.invariants.len() as u64,
        aggregates: settings.aggregates.clone(),
    });
    Watches::new(routes, config.rollouts.iter().map(|rollout| rollout.probes.len() as u64))
}

fn watch(config: &Config, place: usize, watches: &Arc<Watches>) -> Watch {
    let Some(settings) = config.routes.get(place) else { return Watch::default() };
    let seeding = config.rollouts.get(settings.rollout).map_or(0, |rollout| rollout.criteria.seeding.one_in);
    let (invariants, aggregates) = (settings.invariants.clone(), settings.aggregates.clone());
    Watch::new(invariants, aggregates, seeding, place, watches.clone())
}

fn bind(address: SocketAddr, key: &str) -> anyhow::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)
        .with_context(|| format!("{key}: could not listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// One listener a worker, all on one port; a port of 0 is chosen by the first.
fn bind_all(address: SocketAddr, workers: usize) -> anyhow::Result<(Vec<std::net::TcpListener>, SocketAddr)> {
    // A port that someone else serves may be shared by mistake where both ask to share it: ask alone first.
    drop(bind(address, "listen.proxy")?);
    let what = || format!("listen.proxy: could not listen on {address}");
    let first = listen(address).with_context(what)?;
    let chosen = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..workers {
        listeners.push(listen(chosen).with_context(what)?);
    }
    Ok((listeners, chosen))
}

fn setting(config: &Config, flags: &Flags) -> Setting {
    Setting {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        old: address(config, Side::Old),
        new: address(config, Side::New),
        started_millis: clock::unix_millis(),
        routes: config
            .routes
            .iter()
            .map(|settings| RouteSetting {
                id: settings.route.id.clone(),
                pattern: pattern(&settings.route),
                stage: flags.stage(settings.rollout),
                rules: settings.rules.rules().iter().map(RuleSetting::of).collect(),
            })
            .collect(),
    }
}

fn address(config: &Config, side: Side) -> String {
    let system = match side {
        Side::Old => &config.old,
        Side::New => &config.new,
    };
    system.url.to_string()
}

/// As a person reads it: `GET /users/{id}`.
fn pattern(route: &Route) -> String {
    let methods = if route.methods.is_empty() { "any".to_owned() } else { route.methods.join(", ") };
    let host = route.host.as_deref().unwrap_or_default();
    format!("{methods} {host}{}", route.path)
}
