//! One serving thread: a runtime of its own, a listener of its own, connections of its own.

use std::{hash::BuildHasher as _, rc::Rc, sync::Arc, time::Duration};

use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::interval,
};
use tokio_util::task::TaskTracker;

use super::Common;
use crate::{
    clock,
    config::{HostHeader, System, Trail},
    domain::side::Side,
    net::{
        alarm::{Stopping, TICK, Ticker},
        h1::scan::HeadLimits,
        handler::Limits,
        headers::{Edits, Forwarding, Mark},
        server::{self, Phase, Shared},
        upstream::{self, Upstream},
    },
    proxy::{Proxy, routing::Current},
    shadow::{
        compare_pool::Pool,
        mirror::{Dice, Mirror, Mirrors},
        pair::Bench,
        permit::Admission,
    },
    store::flags::Flags,
};

/// How often idle upstream connections are looked over.
const REAP_EVERY: Duration = Duration::from_secs(1);

pub struct Worker {
    /// Which of the serving threads this is.
    pub shard: usize,
    pub common: Arc<Common>,
    pub pool: Arc<Pool>,
    pub shared: Shared,
}

impl Worker {
    /// Serves until the program has stopped. Whatever is still running then is dropped, and counted.
    pub fn run(self, listener: std::net::TcpListener) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "a serving thread could not start its runtime");
                return;
            }
        };
        LocalSet::new().block_on(&runtime, self.serve(listener));
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let config = &self.common.config;
        let ticker = Ticker::new(clock::now());
        let old = upstream(&self.common, Side::Old, &config.old);
        let new = upstream(&self.common, Side::New, &config.new);
        let flags = Some(self.common.flags.clone());
        spawn_local(keep_time(ticker.clone(), [old.clone(), new.clone()], flags));

        let shadows = TaskTracker::new();
        let proxy = Rc::new(self.proxy(&ticker, old, new, shadows.clone()));
        let limits = Rc::new(self.limits());
        let mut phase = self.shared.phase.clone();
        let aborting = ticker.clone();
        let finish = async {
            if let Err(error) = server::run(listener, proxy, limits, ticker, self.shared.clone()).await {
                tracing::error!(%error, "a serving thread could not use its listener");
            }
            shadows.close();
            shadows.wait().await;
        };
        tokio::select! {
            () = finish => {}
            _ = phase.wait_for(|phase| *phase == Phase::Aborting) => aborting.stop(Stopping::Aborting),
        }
    }

    fn limits(&self) -> Limits {
        let limits = &self.common.config.limits;
        Limits {
            head: HeadLimits { bytes: limits.head, fields: limits.fields },
            head_timeout: limits.head_timeout,
            idle: limits.idle,
            connections: limits.connections,
            read_ahead: limits.pipelined,
        }
    }

    fn mirrors(
        &self,
        ticker: &Rc<Ticker>,
        old: &Rc<Upstream>,
        new: &Rc<Upstream>,
        tasks: TaskTracker,
    ) -> Mirrors {
        let (common, config) = (&self.common, &self.common.config);
        let mirror = |side, upstream: &Rc<Upstream>, admission: &Arc<Admission>, timeout| {
            let (upstream, admission) = (upstream.clone(), admission.clone());
            let (ticker, tasks, max_body) = (ticker.clone(), tasks.clone(), config.shadow.max_body);
            Rc::new(Mirror { side, upstream, admission, ticker, tasks, timeout, max_body })
        };
        let new_timeout = config.new.timeout.unwrap_or(Duration::MAX);
        // Nobody waits for a shadow, but it must end.
        let old_timeout = config.old.timeout.unwrap_or(new_timeout);
        Mirrors {
            old: mirror(Side::Old, old, &common.admission_back, old_timeout),
            new: mirror(Side::New, new, &common.admission, new_timeout),
        }
    }

    fn proxy(
        &self,
        ticker: &Rc<Ticker>,
        old: Rc<Upstream>,
        new: Rc<Upstream>,
        shadows: TaskTracker,
    ) -> Proxy {
        let common = &self.common;
        let config = &common.config;
        let refused = common.metrics.clone();
        Proxy {
            routing: Current::new(common.routing.clone()),
            flags: common.flags.clone(),
            ledger: common.ledger.clone(),
            shard: self.shard,
            mirrors: Rc::new(self.mirrors(ticker, &old, &new, shadows)),
            old,
            new,
            old_edits: edits(&config.old),
            new_edits: edits(&config.new),
            forwarding: forwarding(&config.forwarding),
            bench: Rc::new(Bench { pool: self.pool.clone(), recorder: common.recorder.clone() }),
            // Seeded by the standard library's own randomness: trace parents only have to differ.
            dice: Dice::new(std::hash::RandomState::new().hash_one(self.shard)),
            ticker: ticker.clone(),
            control: config.control.share,
            max_request_body: config.shadow.max_request_body,
            stall: config.limits.body_stall,
            whole_request: config.limits.request,
            old_timeout: config.old.timeout,
            new_patience: shorter(config.new.timeout, config.new.first_byte_timeout),
            rescues: common.metrics.rescues.clone(),
            refused: Box::new(move |refusal| refused.requests_refused.of(refusal.kind()).inc()),
        }
    }
}

const fn shorter(a: Option<Duration>, b: Duration) -> Duration {
    match a {
        Some(a) if a.as_nanos() < b.as_nanos() => a,
        _ => b,
    }
}

/// One side, as one thread sees it.
pub fn upstream(common: &Common, side: Side, system: &System) -> Rc<Upstream> {
    let (config, metrics) = (&common.config, &common.metrics);
    Upstream::new(upstream::Settings {
        side,
        host: system.url.host.clone(),
        port: system.url.port,
        connect_timeout: system.connect_timeout,
        first_byte_timeout: system.first_byte_timeout,
        stall_timeout: config.limits.body_stall,
        idle_timeout: system.idle_timeout,
        max_idle: system.max_idle,
        limits: HeadLimits { bytes: config.limits.head, fields: config.limits.fields },
        opened: metrics.upstream_connections_opened.of(side).clone(),
        retried: metrics.upstream_retries.of(side).clone(),
    })
}

/// `flags`: of a thread that serves, whose requests may be taken back.
pub async fn keep_time(ticker: Rc<Ticker>, upstreams: [Rc<Upstream>; 2], flags: Option<Arc<Flags>>) {
    let mut ticks = interval(TICK);
    let mut reap_at = clock::now();
    let mut recalls = flags.as_ref().map_or(0, |flags| flags.all_recalls());
    loop {
        ticks.tick().await;
        let now = clock::now();
        ticker.tick(now);
        let all = flags.as_ref().map_or(0, |flags| flags.all_recalls());
        if all != recalls {
            recalls = all;
            ticker.wake_all();
        }
        if now >= reap_at {
            upstreams.iter().for_each(|upstream| upstream.reap(now));
            reap_at = now + REAP_EVERY;
        }
    }
}

/// What is changed in the requests to one side.
pub fn edits(system: &System) -> Edits {
    Edits {
        host: match &system.host {
            HostHeader::Keep => None,
            HostHeader::Named(name) => Some(name.clone()),
        },
        own_host: system.url.authority.clone(),
        set: system.headers.set.clone(),
        remove: system.headers.remove.iter().chain(&system.withhold).cloned().collect(),
    }
}

fn forwarding(settings: &crate::config::Forwarding) -> Forwarding {
    let mark = |trail: Trail| match trail {
        Trail::Off => Mark::Off,
        Trail::Append => Mark::Append,
        Trail::Replace => Mark::Replace,
    };
    Forwarding {
        via: settings.via.clone(),
        x_forwarded: mark(settings.x_forwarded),
        forwarded: mark(settings.forwarded),
    }
}
