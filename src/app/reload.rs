//! Changed settings, taken over while requests run: on SIGHUP, or when a file they are taken from says something else.
//!
//! On a thread of its own, off the live path: a disk that hangs, or a file that is wrong, leaves the settings in force
//! as they are. Everything is checked before anything is changed, and nothing is changed by halves.

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::{Common, moving, rereader, routing, settings::Given, shown};
use crate::{
    clock,
    config::{Config, Loaded, RouteSettings, reload::compare},
    controller::Reload,
    proxy::routing::Routing,
    store::watched::Watches,
};

/// Between two looks at the files. A link that was turned to another folder shows as other contents.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The thread that takes changed settings over. It ends when this is dropped.
pub struct Reloads {
    asked: mpsc::SyncSender<()>,
}

impl Reloads {
    /// `loaded`: what is in force.
    pub fn start(common: Arc<Common>, given: Given, loaded: Loaded) -> io::Result<Reloads> {
        // A second wish before the first is looked at is the same wish.
        let (asked, wishes) = mpsc::sync_channel(1);
        let mut watch = Watch::new(common, given, loaded);
        thread::Builder::new().name("reload".to_owned()).spawn(move || {
            loop {
                match wishes.recv_timeout(LOOK_EVERY) {
                    Ok(()) => watch.reload(true),
                    Err(mpsc::RecvTimeoutError::Timeout) => watch.look(),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Reloads { asked })
    }

    /// Somebody wants the settings to be read again. What comes of it is told in the log, the metrics and the API.
    pub fn ask(&self) {
        let _ = self.asked.try_send(());
    }
}

type Fingerprint = [u8; 32];

struct Watch {
    common: Arc<Common>,
    given: Given,
    /// What is in force.
    loaded: Loaded,
    /// Of each route: one more with each reload that changes what its evidence is about.
    epochs: Vec<u32>,
    /// What the files said when they were last acted upon. `None` at first: they may have changed since they were
    /// read for the start.
    seen: Option<Fingerprint>,
    /// What they said at the last look, where that was something else.
    changed: Option<Fingerprint>,
}

impl Watch {
    fn new(common: Arc<Common>, given: Given, loaded: Loaded) -> Watch {
        let epochs = vec![0; loaded.config.routes.len()];
        Watch { common, given, loaded, epochs, seen: None, changed: None }
    }

    /// Reads the settings again once their files say something else, and the same at two looks: a file that is
    /// being written is not read by halves.
    fn look(&mut self) {
        let now = self.given.fingerprint(&self.loaded);
        if self.seen == Some(now) {
            self.changed = None;
        } else if self.changed.replace(now) == Some(now) {
            self.reload(false);
        }
    }

    /// `asked`: told of even where nothing has changed.
    fn reload(&mut self, asked: bool) {
        // Taken before the files are read: whatever is written from here on shows at the next look.
        self.seen = Some(self.given.fingerprint(&self.loaded));
        self.changed = None;
        let problem = match self.take_over() {
            Ok(told) if told.is_empty() && !asked => return,
            Ok(told) => {
                told.iter().for_each(|change| tracing::info!("settings changed: {change}"));
                tracing::info!(changes = told.len(), "the settings were read again and are in force");
                None
            }
            Err(problem) => {
                tracing::error!("the settings were read again and are not taken over: {problem}");
                Some(problem)
            }
        };
        self.common.controller.reloaded(Reload { at_millis: clock::unix_millis(), problem });
    }

    /// What changed, or why nothing did.
    fn take_over(&mut self) -> Result<Vec<String>, String> {
        let then = match self.given.load() {
            Ok(Ok(then)) => then,
            Ok(Err(problems)) => return Err(problems.to_string()),
            Err(error) => return Err(format!("{error:#}")),
        };
        let changes =
            compare(&self.loaded, &then, &self.given.name()).map_err(|problems| problems.to_string())?;
        then.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        if changes.is_empty() {
            return Ok(changes.told);
        }
        for place in &changes.anew {
            if let Some(epoch) = self.epochs.get_mut(*place) {
                *epoch = epoch.wrapping_add(1);
            }
        }
        self.put_in_force(&then.config);
        self.look_elsewhere(&then);
        self.loaded = then;
        Ok(changes.told)
    }

    /// The books first: a fact of other rules is told by its epoch, and counts for neither.
    fn put_in_force(&self, then: &Config) {
        let common = &self.common;
        common.controller.set_up(moving::setup(then, &self.epochs));
        moving::watch_anew(&common.watches, then);
        common.probed.store(Arc::new(rereader::probed(then)));
        let now = common.routing.load();
        let routing = reroute(&now, &self.loaded.config, then, &self.epochs, &common.watches);
        common.routing.store(Arc::new(routing));
        common.tokens.replace(then.tokens.operator.as_deref(), then.tokens.viewer.as_deref());
        common.setting.rcu(|setting| shown::anew(setting, then, &common.flags));
    }

    /// Other files may be named from now on. Where one changed while they were read, they are read once more.
    fn look_elsewhere(&mut self, then: &Loaded) {
        let before = self.given.fingerprint(&self.loaded);
        self.seen = Some(self.given.fingerprint(then)).filter(|_| self.seen == Some(before));
    }
}

/// The routing of other settings. What has seen pairs is kept where nothing of it changed: identifiers that it has
/// learned stay known.
fn reroute(before: &Routing, now: &Config, then: &Config, epochs: &[u32], watches: &Arc<Watches>) -> Routing {
    let mut routing = routing::routing(then, epochs, watches);
    if let Some(routes) = Arc::get_mut(&mut routing.routes) {
        let settings = now.routes.iter().zip(&then.routes);
        for ((route, before), (old, new)) in routes.iter_mut().zip(before.routes.iter()).zip(settings) {
            if judges_alike((now, old), (then, new)) {
                route.shadow = before.shadow.clone();
            }
        }
    }
    routing
}

/// Whether pairs of a route are judged by both as by one.
fn judges_alike((now, before): (&Config, &RouteSettings), (then, after): (&Config, &RouteSettings)) -> bool {
    let seeding = |config: &Config, settings: &RouteSettings| {
        config.rollouts.get(settings.rollout).map(|rollout| rollout.criteria.seeding.clone())
    };
    before.digest == after.digest
        && before.reread == after.reread
        && before.rules.rules() == after.rules.rules()
        && seeding(now, before) == seeding(then, after)
}
