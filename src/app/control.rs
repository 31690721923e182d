//! The thread that serves no client: status, metrics, the API, and now and then a line of the account, and what
//! mismatched on its way to the store.

use std::{net::TcpListener, sync::Arc, thread};

use anyhow::Context as _;
use tokio::{
    runtime::Builder,
    sync::oneshot,
    time::{MissedTickBehavior, interval},
};

use super::{Common, noted};
use crate::admin::{
    api::{self, Doors},
    line::account_line,
    server, status,
};

/// Starts the thread; it ends when told so, or when the sender is dropped.
pub fn start(
    common: Arc<Common>,
    status: TcpListener,
    admin: TcpListener,
) -> anyhow::Result<(oneshot::Sender<()>, thread::JoinHandle<()>)> {
    let (stop, stopped) = oneshot::channel();
    let runtime =
        Builder::new_current_thread().enable_all().build().context("could not start the control runtime")?;
    let thread = thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || {
            if let Err(error) = runtime.block_on(run(common, status, admin, stopped)) {
                tracing::error!(%error, "the control thread ended");
            }
        })
        .context("could not start the control thread")?;
    Ok((stop, thread))
}

async fn run(
    common: Arc<Common>,
    status: TcpListener,
    admin: TcpListener,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let address = admin.local_addr()?;
    let (status, admin) =
        (tokio::net::TcpListener::from_std(status)?, tokio::net::TcpListener::from_std(admin)?);
    let rendering = common.clone();
    let status_router = status::router(common.readiness.clone(), move || {
        let state = rendering.shadow_state();
        let metrics = &rendering.metrics;
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        metrics.shadow_in_flight.set(gauge(state.in_flight));
        metrics.rechecks_open.set(gauge(rendering.recorder.rereads.waiting() as u64));
        metrics.shadow_held_bytes.set(gauge(state.held_bytes));
        metrics.set_breaker(state.breaker);
        metrics.rereads_breaker_state.set(rendering.reread_breaker() as i64);
        metrics.render()
    });
    let admin_router = api::router(address, common.tokens.clone(), doors(&common));
    let (end_status, status_ended) = oneshot::channel::<()>();
    let (end_admin, admin_ended) = oneshot::channel::<()>();
    let limits = server::Limits::default();
    let serving = async {
        tokio::join!(
            server::serve(status, status_router, limits, async { drop(status_ended.await) }),
            server::serve(admin, admin_router, limits, async { drop(admin_ended.await) }),
        );
    };
    let telling = async {
        tokio::select! {
            _ = stopped => {}
            () = tell_account(&common) => {}
            () = noted::keep(&common) => {}
        }
        drop((end_status, end_admin));
    };
    tokio::join!(serving, telling);
    Ok(())
}

fn doors(common: &Arc<Common>) -> Doors {
    let (facts, watched) = (common.clone(), common.clone());
    Doors {
        readiness: common.readiness.clone(),
        samples: common.samples.clone(),
        controller: common.controller.clone(),
        archive: common.archive.clone(),
        facts: Arc::new(move || facts.facts()),
        aggregates: Arc::new(move |route| watched.aggregates(route)),
    }
}

async fn tell_account(common: &Common) {
    let mut ticks = interval(common.config.report.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks.tick().await;
    let mut before = common.ledger.account();
    loop {
        ticks.tick().await;
        let now = common.ledger.account();
        tracing::info!("{}", account_line(&now, &before));
        before = now;
    }
}
