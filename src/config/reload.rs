//! From settings in force to other ones while the program runs: what changes, or what takes a restart.
//!
//! What is not known here to be changeable takes a restart, so that a new key is never taken over by halves.

use std::collections::HashMap;

use super::{
    Config, Loaded, Problem, Problems,
    problem::{MOST_PROBLEMS, Origin},
    reader::{Setting, Step},
};

/// What changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// For people, one change each.
    pub told: Vec<String>,
    /// The places of routes whose evidence is about something else from now on.
    pub anew: Vec<usize>,
}

impl Changes {
    pub const fn is_empty(&self) -> bool {
        self.told.is_empty() && self.anew.is_empty()
    }
}

/// Sections and keys that may change.
const CHANGEABLE: [&str; 6] =
    ["shadow.sample", "compare.headers", "compare.descriptors", "tokens", "tester", "kill_switch"];

/// Of every rollout and every route, all but this.
const FIXED_IN_LISTS: [&str; 2] = ["id", "rollout"];

/// What sends callers to another side than before.
const MOVES_CALLERS: [&str; 2] = ["bucket_by", "group"];

/// What becomes of `now` by `then`. `file`: the name that `then` was loaded under.
pub fn compare(now: &Loaded, then: &Loaded, file: &str) -> Result<Changes, Problems> {
    let mut found = Found { then, file, changes: Changes::default(), list: Vec::new(), more: 0 };
    found.lists(&now.config);
    if found.list.is_empty() {
        found.settings(now);
        found.hidden(&now.config);
    }
    if !found.list.is_empty() {
        return Err(Problems { list: found.list, more: found.more });
    }
    found.anew(&now.config);
    Ok(found.changes)
}

struct Found<'l> {
    then: &'l Loaded,
    file: &'l str,
    changes: Changes,
    list: Vec<Problem>,
    more: usize,
}

impl Found<'_> {
    /// Rollouts and routes are told apart by their places: evidence, counts and flags are kept by them.
    fn lists(&mut self, now: &Config) {
        let then = &self.then.config;
        let rollouts = |config: &Config| names(config.rollouts.iter().map(|rollout| &rollout.id));
        let routes = |config: &Config| names(config.routes.iter().map(|settings| &settings.route.id));
        let lists = [("rollouts", rollouts(now), rollouts(then)), ("routes", routes(now), routes(then))];
        for (key, before, after) in lists {
            if before != after {
                let message = format!(
                    "{key} are added, removed, renamed and reordered by a restart only: {before} now, {after} here"
                );
                self.problem(key, Origin::Default, message);
            }
        }
    }

    fn settings(&mut self, now: &Loaded) {
        let then = self.then;
        let before = by_path(&now.origins);
        let after = by_path(&then.origins);
        let gone = now.origins.iter().filter(|setting| !after.contains_key(&setting.path()));
        for setting in then.origins.iter().chain(gone) {
            let path = setting.path();
            let (was, is) = (before.get(&path), after.get(&path));
            if was.map(|setting| &setting.value) == is.map(|setting| &setting.value) {
                continue;
            }
            let said =
                |setting: Option<&&Setting>| setting.map_or("nothing", |setting| &setting.value).to_owned();
            let (was, is) = (said(was), said(is));
            if may_change(setting) {
                let callers = ends_in(setting, &MOVES_CALLERS);
                let moves = if callers { "; callers may change sides" } else { "" };
                self.tell(format!("{path}: {was} is now {is}{moves}"));
            } else {
                let origin = if after.contains_key(&path) { setting.origin } else { Origin::Default };
                self.problem(&path, origin, format!("takes a restart: {was} now, {is} here"));
            }
        }
    }

    /// What is not shown, and so is not among the settings.
    fn hidden(&mut self, now: &Config) {
        let then = &self.then.config;
        for (path, before, after) in [
            ("old.headers.set", &now.old.headers, &then.old.headers),
            ("new.headers.set", &now.new.headers, &then.new.headers),
        ] {
            if before.set != after.set && before.remove == after.remove && !self.has(path) {
                self.problem(path, self.origin(path), "takes a restart: other values than now".to_owned());
            }
        }
        let tokens = |config: &Config| (config.tokens.operator.clone(), config.tokens.viewer.clone());
        if tokens(now) != tokens(then) {
            self.tell("tokens: others than before".to_owned());
        }
        let testers = |config: &Config| config.routes.first().map(|route| route.assignment.tester.clone());
        if testers(now) != testers(then) {
            self.tell("tester: another header or secret".to_owned());
        }
        for (before, after) in now.rollouts.iter().zip(&then.rollouts) {
            let values = |probes: &[crate::domain::probe::Probe]| -> Vec<_> {
                probes.iter().map(|probe| probe.headers.clone()).collect()
            };
            if values(&before.probes) != values(&after.probes) {
                self.tell(format!("rollout {}: other headers of probes", after.id));
            }
        }
    }

    fn anew(&mut self, now: &Config) {
        let pairs = now.routes.iter().zip(&self.then.config.routes).enumerate();
        let anew = pairs.filter(|(_, (before, after))| before.digest != after.digest);
        let (places, ids): (Vec<usize>, Vec<&str>) =
            anew.map(|(place, (_, after))| (place, after.route.id.as_str())).unzip();
        for id in ids {
            self.tell(format!("route {id}: its evidence begins anew"));
        }
        self.changes.anew = places;
    }

    fn tell(&mut self, change: String) {
        // The rest shows in the settings themselves.
        if self.changes.told.len() < MOST_PROBLEMS {
            self.changes.told.push(change);
        }
    }

    fn problem(&mut self, path: &str, origin: Origin, message: String) {
        if self.list.len() < MOST_PROBLEMS {
            self.list.push(Problem::new(origin, path, message).placed(self.file, None));
        } else {
            self.more += 1;
        }
    }

    fn has(&self, path: &str) -> bool {
        self.list.iter().any(|problem| problem.path.starts_with(path))
    }

    fn origin(&self, path: &str) -> Origin {
        let given = self.then.origins.iter().find(|setting| setting.path().starts_with(path));
        given.map_or(Origin::Default, |setting| setting.origin)
    }
}

fn names<'n>(names: impl Iterator<Item = &'n String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn by_path(settings: &[Setting]) -> HashMap<String, &Setting> {
    settings.iter().map(|setting| (setting.path(), setting)).collect()
}

fn may_change(setting: &Setting) -> bool {
    match setting.steps.as_slice() {
        [Step::Key(list), Step::Item(_), Step::Key(key), ..]
            if ["rollouts", "routes"].contains(&list.as_str()) =>
        {
            !FIXED_IN_LISTS.contains(&key.as_str())
        }
        _ => {
            let path = setting.path();
            CHANGEABLE.iter().any(|known| {
                path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        }
    }
}

fn ends_in(setting: &Setting, keys: &[&str]) -> bool {
    matches!(setting.steps.last(), Some(Step::Key(key)) if keys.contains(&key.as_str()))
}
