//! `readshift run`: the main job, until it is told to stop.

use std::{
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::Context as _;
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use super::{
    Exit,
    args::Run,
    load::{given, load},
};
use crate::{
    admin::line::account_line,
    app::{App, reload::Reloads, settings::Given},
    config::{Config, Loaded},
    controller::Controller,
    domain::{
        account::Account,
        rollout::{Actor, Via},
    },
    telemetry::{self, Log},
};

pub fn run(args: &Run) -> anyhow::Result<Exit> {
    let Some(loaded) = load(args.config.as_deref(), &args.settings)? else { return Ok(Exit::Trouble) };
    let log = start_log(&loaded.config)?;
    let ended = serve(&loaded, given(args.config.as_deref(), &args.settings), &log);
    log.flush();
    ended
}

fn serve(loaded: &Loaded, given: Given, log: &Log) -> anyhow::Result<Exit> {
    let config = &loaded.config;
    let runtime = runtime()?;
    let mut stops = runtime.block_on(async { Stops::listen() }).context("could not listen for signals")?;
    let counting = log.clone();
    let app = App::start(loaded, Box::new(move || counting.lines_lost()))?;
    tracing::info!(
        proxy = %app.proxy, status = %app.status, admin = %app.admin,
        old = %config.old.url, new = %config.new.url, routes = config.routes.len(),
        "readshift {} is up", env!("CARGO_PKG_VERSION")
    );
    let reloads = app.follow(given, loaded.clone()).context("could not start the thread that reloads")?;
    let heard = Heard { controller: app.controller().clone(), reloads: Some(reloads) };
    runtime.block_on(async {
        let signal = stops.next(&heard).await;
        tracing::info!(signal, drain = ?config.drain, "stopping: what is under way ends first");
        app.drain();
        // Not ready, yet accepting: time for whoever sends traffic here to notice.
        tokio::select! {
            () = sleep(config.drain_delay) => {}
            _ = stops.next(&heard) => {}
        }
    });
    let hurried = Arc::new(AtomicBool::new(false));
    let hurry = hurried.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let signal = runtime.block_on(stops.next(&heard));
        tracing::warn!(signal, "asked to stop again: now");
        hurry.store(true, Ordering::Relaxed);
    })?;
    let stopped = app.stop(config.drain, || hurried.load(Ordering::Relaxed));
    tracing::info!("{}", account_line(&stopped.account, &Account::default()));
    if stopped.cut_short {
        tracing::warn!("some requests were cut short");
        return Ok(Exit::Fail);
    }
    Ok(Exit::Fine)
}

/// A runtime for the thread that waits for people.
pub fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("could not start a runtime")
}

pub fn start_log(config: &Config) -> anyhow::Result<Log> {
    let format = config.log.format.name().parse().map_err(anyhow::Error::msg)?;
    Ok(telemetry::init(format, config.log.level.name())?)
}

/// Every read of every rollout back to old: somebody on this machine wants it, by whatever is at hand.
async fn revert_all(controller: &Controller) {
    let by = Actor { name: "SIGUSR1".to_owned(), via: Via::Signal };
    controller.revert_all(&by, "the program was sent SIGUSR1").await;
}

/// What is asked for by the signals that do not stop the program.
pub struct Heard {
    pub controller: Controller,
    /// `None` where the settings stand in no file.
    pub reloads: Option<Reloads>,
}

impl Heard {
    fn reload(&self) {
        match &self.reloads {
            Some(reloads) => {
                tracing::info!("SIGHUP: the settings are read again");
                reloads.ask();
            }
            None => tracing::warn!("SIGHUP: there is no config that could be read again"),
        }
    }
}

/// The signals that the program listens to.
pub struct Stops {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    user: Signal,
}

impl Stops {
    /// Needs a runtime around it.
    pub fn listen() -> io::Result<Stops> {
        Ok(Stops {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            user: signal(SignalKind::user_defined1())?,
        })
    }

    /// The name of the next one that asks the program to stop. What the others ask for is done meanwhile.
    pub async fn next(&mut self, heard: &Heard) -> &'static str {
        loop {
            tokio::select! {
                Some(()) = self.terminate.recv() => return "SIGTERM",
                Some(()) = self.interrupt.recv() => return "SIGINT",
                Some(()) = self.hangup.recv() => heard.reload(),
                Some(()) = self.user.recv() => revert_all(&heard.controller).await,
                else => pending().await,
            }
        }
    }
}
