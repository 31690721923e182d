//! `readshift demo`: the main job on a pair of backends that disagree.
//!
//! The backends and the traffic are the demo's; readshift itself is configured by text and started as
//! `run` starts it, and knows nothing of them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{interval, sleep},
};

use super::{
    Exit,
    args::Demo,
    out,
    report::wants_colour,
    run::{Heard, Stops, runtime, start_log},
};
use crate::{
    admin::{
        line::account_line,
        report::{Paint, Report},
    },
    app::App,
    config::{Config, Sources},
    demo::{
        backend,
        config::yaml,
        defects::{DEFECTS, EVERY_ROUTE},
        flavour::Flavour,
        store::{Settings, Store},
        traffic,
    },
    domain::account::Account,
};

const LINE_EVERY: Duration = Duration::from_secs(2);
/// Columns of the report where the terminal does not say.
const WIDTH: usize = 100;
const DRAIN: Duration = Duration::from_secs(5);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub fn run(args: &Demo) -> anyhow::Result<Exit> {
    let (stop, stopping) = watch::channel(false);
    let backends = Backends::start(args.seed, stopping)?;
    let text = yaml(ANY_PORT, ANY_PORT, ANY_PORT, backends.old, backends.new);
    let sources = Sources { file: Some(("the demo's config".to_owned(), text)), ..Sources::default() };
    let loaded = match Config::load(&sources) {
        Ok(loaded) => loaded,
        Err(problems) => bail!("the demo's own config is wrong:\n{problems}"),
    };
    let log = start_log(&loaded.config)?;
    let counting = log.clone();
    let app = App::start(&loaded, Box::new(move || counting.lines_lost()))?;
    out::line(&format!(
        "old backend   http://{}\nnew backend   http://{}   (with seeded defects)\n\
         readshift     http://{}\nmetrics       http://{}/metrics\nreport        http://{}/api/v1/report?format=text\n\n\
         {} requests a second for {:?}; Ctrl-C ends it earlier\n",
        backends.old, backends.new, app.proxy, app.status, app.admin, args.rate, args.time
    ))?;

    let tally = runtime()?.block_on(drive(args, &app))?;
    let stopped = app.stop(DRAIN, || false);
    stop.send_replace(true);
    log.flush();
    let paint = if wants_colour() { Paint::Colour } else { Paint::Plain };
    out::print(&format!(
        "\ntraffic: {} sent, {} answered below 400, {} without an answer\n\n{}\n{}",
        tally.sent,
        tally.ok,
        tally.errors,
        Report::build(&stopped.facts).to_text(WIDTH, paint),
        seeded()
    ))?;
    backends.join();
    Ok(if stopped.account.total().adds_up() { Exit::Fine } else { Exit::Fail })
}

/// Sends the traffic and tells how it goes, until the time is up or a person has seen enough.
async fn drive(args: &Demo, app: &App) -> anyhow::Result<traffic::Tally> {
    let mut stops = Stops::listen()?;
    let heard = Heard { controller: app.controller().clone(), reloads: None };
    let end = async {
        tokio::select! {
            () = sleep(args.time) => {}
            _ = stops.next(&heard) => {}
        }
    };
    let telling = async {
        let mut ticks = interval(LINE_EVERY);
        ticks.tick().await;
        let mut before = Account::default();
        loop {
            ticks.tick().await;
            let now = app.account();
            let _ = out::line(&account_line(&now, &before));
            before = now;
        }
    };
    tokio::select! {
        tally = traffic::run(app.proxy, args.rate, args.seed, end) => Ok(tally),
        () = telling => bail!("the account stopped being told"),
    }
}

/// What was seeded, so that a reader can hold the report against it.
fn seeded() -> String {
    let mut text = "seeded, to be found above:\n".to_owned();
    for defect in DEFECTS {
        let route = if defect.route == EVERY_ROUTE { "every route" } else { defect.route };
        text.push_str(&format!("  {:<18} {:<14} {}\n", defect.name, route, defect.says));
    }
    text
}

struct Backends {
    old: SocketAddr,
    new: SocketAddr,
    thread: thread::JoinHandle<()>,
}

impl Backends {
    /// Both on a thread of their own, as they would be processes of their own.
    fn start(seed: u64, mut stopping: watch::Receiver<bool>) -> anyhow::Result<Backends> {
        let runtime = runtime()?;
        let (old, new) = runtime
            .block_on(async { tokio::try_join!(TcpListener::bind(ANY_PORT), TcpListener::bind(ANY_PORT)) })
            .context("the demo's backends could not listen on a loopback port")?;
        let (old_address, new_address) = (old.local_addr()?, new.local_addr()?);
        let store = Arc::new(Store::new(Settings::of_the_demo(seed)));
        let thread = thread::Builder::new().name("backends".to_owned()).spawn(move || {
            runtime.block_on(async {
                let mut also = stopping.clone();
                tokio::join!(
                    backend::serve(old, Flavour::Old, store.clone(), async {
                        drop(stopping.wait_for(|stop| *stop).await)
                    }),
                    backend::serve(new, Flavour::New, store.clone(), async {
                        drop(also.wait_for(|stop| *stop).await)
                    }),
                );
            });
        })?;
        Ok(Backends { old: old_address, new: new_address, thread })
    }

    fn join(self) {
        // A backend that panicked has shown itself in the report already.
        let _ = self.thread.join();
    }
}
