//! A whole migration in small: two systems with many records, a rollout whose gate asks for little, and callers that
//! never stop. Time runs, nothing is faked; the numbers of the gate are what makes it short.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use readshift::{
    app::App,
    config::{Config, Flags, Sources},
    controller::RolloutView,
    domain::plan::Stage,
};
use tokio::{task::JoinHandle, time::sleep};

use super::{Client, LOOK_AGAIN, Records};

/// The longest a whole ladder may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// A gate that some hundred distinct reads pass, if nothing is wrong with them.
pub const SMALL_GATE: &str = "
      mismatch: { max: 1%, confidence: 95%, confidence_last: 95%, stage_units: 100 }
      soak: { incident_interval: 10ms, block: 1s, hours_of_day: 0 }
      coverage: { units: 50, small_units: 10, unseen: 2% }
      latency: { quantiles: [] }
      errors: { floor: 5% }
      staleness: { rate: 2%, transient: 2%, indeterminate: 2% }
      drops: { max: 5%, block: 50% }
      seeding: { one_in: 50 }";

pub struct Migration {
    pub old: Records,
    pub new: Records,
    app: Option<App>,
}

impl Migration {
    /// One rollout `users` of one route `get-user`, with these stages, advancing by itself.
    pub async fn start(stages: &str) -> Migration {
        Migration::with(stages, SMALL_GATE, "").await
    }

    /// `gate`: the lines of its section; `more`: further sections of the config.
    pub async fn with(stages: &str, gate: &str, more: &str) -> Migration {
        let (old, new) = (Records::start().await, Records::start().await);
        let mut migration = Migration { old, new, app: None };
        migration.app = Some(migration.begin(&migration.yaml(stages, gate, more)));
        migration
    }

    pub fn yaml(&self, stages: &str, gate: &str, more: &str) -> String {
        format!(
            "workers: 2
recheck: {{ delays: [50ms, 100ms] }}
control: {{ share: 0% }}
rollouts:
  - id: users
    stages: [{stages}]
    hold: 0s
    advance: auto
    gate:{gate}
routes:
  - id: get-user
    match: {{ method: GET, path: \"/users/{{id}}\" }}
    bucket_by: path:id
{more}"
        )
    }

    fn begin(&self, yaml: &str) -> App {
        let any = Some("127.0.0.1:0".to_owned());
        let flags = Flags {
            old: Some(format!("http://{}", self.old.address)),
            new: Some(format!("http://{}", self.new.address)),
            listen: any.clone(),
            status: any.clone(),
            admin: any,
            ..Flags::default()
        };
        let file = Some(("migration.yaml".to_owned(), yaml.to_owned()));
        let sources = Sources { file, env: Vec::new(), flags, now_millis: 0 };
        let loaded = Config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"));
        App::start(&loaded, Box::new(|| 0)).expect("readshift starts")
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().expect("readshift runs")
    }

    pub fn view(&self) -> RolloutView {
        self.app().controller().view().rollouts[0].clone()
    }

    pub fn stage(&self) -> Stage {
        self.view().state.stage
    }

    /// What is not met, in words; for messages of tests and to look for words in.
    pub fn unmet(&self) -> String {
        self.view().decision.unmet_words().join("\n")
    }

    /// Callers that ask for one of so many records after the other, without a pause.
    pub fn callers(&self, callers: u64, records: u64) -> Callers {
        Callers::start(self.app().proxy, callers, records)
    }

    /// Waits until `condition` holds.
    pub async fn until(&self, what: &str, condition: impl Fn(&Migration) -> bool) {
        let wait = async {
            while !condition(self) {
                sleep(LOOK_AGAIN * 5).await;
            }
        };
        if tokio::time::timeout(LONGEST, wait).await.is_err() {
            let view = self.view();
            panic!(
                "waited in vain until {what}: at {}, {:?}\n{}",
                view.state.stage,
                view.state.latch,
                self.unmet()
            );
        }
    }

    /// Waits until so many judged pairs have their row.
    pub async fn compared(&self, pairs: u64) {
        self.until("enough is compared", |it| it.app().account().total().compared() >= pairs).await;
    }

    /// Waits until the gate has been judged on all that came before this call.
    pub async fn judged(&self) {
        let asked = self.app().controller().view().at_millis;
        self.until("it is judged again", |it| it.app().controller().view().at_millis > asked + 1_000).await;
    }
}

impl Drop for Migration {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop(Duration::ZERO, || true);
        }
    }
}

/// Clients that go on until they are dropped, or nobody listens any more.
pub struct Callers {
    stop: Arc<AtomicBool>,
    pub answered: Arc<AtomicU64>,
    /// Answers that were no 200, and requests without an answer.
    pub failed: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

impl Callers {
    pub fn start(to: std::net::SocketAddr, callers: u64, records: u64) -> Callers {
        let stop = Arc::new(AtomicBool::new(false));
        let (answered, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let tasks = (0..callers)
            .map(|caller| {
                let (stop, answered, failed) = (stop.clone(), answered.clone(), failed.clone());
                tokio::spawn(async move {
                    let Some(mut client) = Client::try_connect(to).await else { return };
                    let mut next = caller;
                    while !stop.load(Ordering::Relaxed) {
                        let reply = client.get(&format!("/users/{}", next % records)).await;
                        next += callers;
                        if reply.status == 200 {
                            answered.fetch_add(1, Ordering::Relaxed);
                        } else {
                            failed.fetch_add(1, Ordering::Relaxed);
                            let Some(again) = Client::try_connect(to).await else { return };
                            client = again;
                        }
                    }
                })
            })
            .collect();
        Callers { stop, answered, failed, tasks }
    }

    /// Ends them, and tells how many requests failed.
    pub async fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks.drain(..) {
            task.await.expect("a caller does not break off");
        }
        self.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
