//! A readshift with a programmable system on each side. Fakes the wire, never the types.
//!
//! Everything listens on port 0 of loopback, and nothing waits for longer than `PATIENCE`.

#![allow(dead_code, unused_imports, reason = "a lab offers more than the tests of one day use")]

mod backend;
mod client;
mod h2;
mod migration;
mod process;
mod records;
mod settled;
mod wire;

use std::{fs, future::Future, net::SocketAddr, path::Path, time::Duration};

use readshift::{
    app::{App, Stopped, reload::Reloads, settings::Given},
    config::{Config, Flags, Sources},
    domain::rollout::{Actor, Event, Via},
};
use tokio::time::{sleep, timeout};

pub use backend::{ANY, Backend, Gate, RawRequest, Step};
pub use client::{Client, Reply};
pub use h2::{H2, H2Reply};
pub use migration::{Callers, Migration, SMALL_GATE};
pub use process::Process;
pub use records::{Records, record};
pub use settled::Settled;
pub use wire::Ending;

/// The longest a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A running readshift between two systems.
pub struct Lab {
    pub old: Backend,
    pub new: Backend,
    app: Option<App>,
}

impl Lab {
    /// With the settings that hold where nothing is said, and two workers.
    pub async fn start() -> Lab {
        Lab::with("").await
    }

    /// With these settings; addresses are put in, and so are two workers where none are named.
    /// Nothing is read again unless the settings speak of it: a request more would surprise most tests.
    pub async fn with(yaml: &str) -> Lab {
        Lab::tuned(yaml, |_| ()).await
    }

    /// As `with`, after settings were changed that a file need not be able to say.
    pub async fn tuned(yaml: &str, tune: impl FnOnce(&mut Config)) -> Lab {
        let never = [("recheck:", "recheck: { delays: [] }"), ("control:", "control: { share: 0% }")];
        let unsaid = never.iter().filter(|(key, _)| !yaml.contains(key)).map(|(_, never)| *never);
        let unsaid: Vec<_> = unsaid.collect();
        let yaml = match yaml.trim_end().strip_suffix('}').filter(|_| yaml.starts_with('{')) {
            Some(flow) => format!("{flow}, {} }}", unsaid.join(", ")),
            None => {
                // The settings of a test may be indented as a whole.
                let first = yaml.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                let indent = " ".repeat(first.len() - first.trim_start().len());
                let unsaid: Vec<_> = unsaid.iter().map(|never| format!("{indent}{never}")).collect();
                format!("{}\n{}", yaml.trim_end(), unsaid.join("\n"))
            }
        };
        Lab::of(&yaml, tune).await
    }

    /// As `with`, and what is not set is as it is for everyone.
    pub async fn with_all(yaml: &str) -> Lab {
        Lab::of(yaml, |_| ()).await
    }

    async fn of(yaml: &str, tune: impl FnOnce(&mut Config)) -> Lab {
        let (old, new) = (Backend::start().await, Backend::start().await);
        let flags = Lab::flags(yaml, &old, &new);
        let file = Some(("lab.yaml".to_owned(), yaml.to_owned()));
        let sources = Sources { file, env: Vec::new(), flags, now_millis: 0 };
        let mut loaded = Config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"));
        tune(&mut loaded.config);
        let app = App::start(&loaded, Box::new(|| 0)).expect("readshift starts");
        Lab { old, new, app: Some(app) }
    }

    /// One stage up, past the gate, as a person may.
    pub async fn advance(&self, rollout: &str) {
        let reply = self.order(rollout, "advance", r#"{"why":"the test says so","override":true}"#).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// A move of a rollout, by the API.
    pub async fn order(&self, rollout: &str, what: &str, body: &str) -> Reply {
        let mut client = Client::connect(self.app().admin).await;
        let length = body.len();
        client
            .write(format!(
                "POST /api/v1/rollouts/{rollout}/{what} HTTP/1.1\r\nHost: localhost\r\n\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            ))
            .await;
        client.reply().await
    }

    /// With the settings of a file, which is followed.
    pub async fn following(path: &Path) -> (Lab, Reloads) {
        let (old, new) = (Backend::start().await, Backend::start().await);
        let yaml = fs::read_to_string(path).expect("the file can be read");
        let given = Given { file: Some(path.to_owned()), flags: Lab::flags(&yaml, &old, &new) };
        let loaded = given.load().expect("it can be read").unwrap_or_else(|problems| panic!("{problems}"));
        let app = App::start(&loaded, Box::new(|| 0)).expect("readshift starts");
        let reloads = app.follow(given, loaded).expect("the file is followed");
        (Lab { old, new, app: Some(app) }, reloads)
    }

    /// Addresses of both systems, any port everywhere, and two workers where none are named.
    fn flags(yaml: &str, old: &Backend, new: &Backend) -> Flags {
        let any = Some("127.0.0.1:0".to_owned());
        Flags {
            old: Some(format!("http://{}", old.address)),
            new: Some(format!("http://{}", new.address)),
            listen: any.clone(),
            status: any.clone(),
            admin: any,
            workers: (!yaml.contains("workers:")).then(|| "2".to_owned()),
            ..Flags::default()
        }
    }

    /// Brings the first rollout to the last of its stages, whatever its gate says.
    pub async fn climbs(self) -> Lab {
        let controller = self.app().controller().clone();
        loop {
            let shown = controller.view().rollouts[0].clone();
            if shown.ladder.last().is_none_or(|last| *last == shown.state.stage) {
                return self;
            }
            let advance = Event::Advance {
                by: Actor { name: "lab".to_owned(), via: Via::Api },
                why: "a test looks at live stages".to_owned(),
                version: None,
                past_gate: true,
                decision: shown.decision,
            };
            within("the rollout advances", controller.ask(&shown.id, advance)).await.expect("it advances");
        }
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().expect("readshift runs")
    }

    /// Where clients go.
    pub fn address(&self) -> SocketAddr {
        self.app().proxy
    }

    /// A GET on a connection of its own.
    pub async fn get(&self, target: &str) -> Reply {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: lab\r\n\r\n")).await
    }

    pub async fn head(&self, target: &str) -> Reply {
        let mut client = self.raw().await;
        client.write(format!("HEAD {target} HTTP/1.1\r\nHost: lab\r\n\r\n")).await;
        client.reply_to("HEAD").await
    }

    /// A request with a body of known length.
    pub async fn post(&self, target: &str, body: &str) -> Reply {
        let length = body.len();
        self.send(format!("POST {target} HTTP/1.1\r\nHost: lab\r\nContent-Length: {length}\r\n\r\n{body}"))
            .await
    }

    /// These bytes on a connection of their own, and the reply to them.
    pub async fn send(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut client = self.raw().await;
        client.write(request).await;
        client.reply().await
    }

    /// A connection to the proxy on which anything can be said.
    pub async fn raw(&self) -> Client {
        Client::connect(self.address()).await
    }

    /// A connection that speaks HTTP/2 from its first byte.
    pub async fn h2(&self) -> H2 {
        H2::connect(self.address()).await
    }

    /// Waits until every request that was received has its row.
    pub async fn settled(&self) -> Settled {
        until("every request has its row", || self.app().account().total().in_flight == 0).await;
        Settled::new(self.app().account(), self.app().facts())
    }

    pub fn drain(&self) {
        self.app().drain();
    }

    /// Stops as SIGTERM does, with so much time for what is under way.
    pub async fn stop(mut self, deadline: Duration) -> Stopped {
        let app = self.app.take().expect("readshift runs");
        within("readshift stops", tokio::task::spawn_blocking(move || app.stop(deadline, || false)))
            .await
            .expect("the stop does not panic")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop(Duration::ZERO, || true);
        }
    }
}

/// What `work` gives; a test that would wait for longer than `PATIENCE` fails and says for what.
pub async fn within<F: Future>(what: &str, work: F) -> F::Output {
    match timeout(PATIENCE, work).await {
        Ok(output) => output,
        Err(_) => panic!("waited in vain until {what}"),
    }
}

/// Waits until `condition` holds.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    within(what, async {
        while !condition() {
            sleep(LOOK_AGAIN).await;
        }
    })
    .await;
}
