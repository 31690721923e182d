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
        mirror::{Dice, Mirror},
        pair::Bench,
    },
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
        spawn_local(keep_time(ticker.clone(), [old.clone(), new.clone()]));

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
            mirror: Rc::new(Mirror {
                upstream: new.clone(),
                admission: common.admission.clone(),
                ticker: ticker.clone(),
                tasks: shadows,
                timeout: config.new.timeout.unwrap_or(Duration::MAX),
                max_body: config.shadow.max_body,
            }),
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
            whole_request: shorter(config.limits.request, config.old.timeout),
            refused: Box::new(move |refusal| refused.requests_refused.of(refusal.kind()).inc()),
        }
    }
}

const fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.as_nanos() < b.as_nanos() { a } else { b }),
        (one, None) | (None, one) => one,
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

pub async fn keep_time(ticker: Rc<Ticker>, upstreams: [Rc<Upstream>; 2]) {
    let mut ticks = interval(TICK);
    let mut reap_at = clock::now();
    loop {
        ticks.tick().await;
        let now = clock::now();
        ticker.tick(now);
        if now >= reap_at {
            upstreams.iter().for_each(|upstream| upstream.reap(now));
            reap_at = now + REAP_EVERY;
        }
    }
}

fn edits(system: &System) -> Edits {
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
