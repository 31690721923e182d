//! Text into settings, once: what a person wrote becomes values that nobody checks again.
//!
//! `tree` reads YAML and knows where each part stands; `sources` puts environment and flags over it;
//! `file` lists every key with its form (`forms`, `shapes`; of rules `ruled` and `kinds`); `reader` walks the tree
//! and notes every problem; `check` looks at values together, and `rules` at those of one route. Pure: files and environment are read by the caller.
//! Knows the domain and nothing else of ours.

mod assign;
mod check;
mod checked;
mod dates;
mod digest;
mod effective;
mod file;
mod forms;
mod gates;
mod judged;
mod kinds;
mod moves;
mod numbers;
mod problem;
mod reader;
pub mod reload;
mod rollouts;
mod routes;
mod ruled;
mod rules;
mod schema;
mod secrets;
mod shapes;
mod sources;
mod times;
mod tree;
mod upstream;
mod values;
mod weeks;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::domain::{
    aggregate::Aggregate,
    assign::{Assignment, Tester},
    compare::{
        self,
        rules::{Descriptors, Rules},
    },
    invariant::Invariant,
    percent::Share,
    rollout::Rollout,
    route::Route,
};

use file::File;
use reader::{Form, Reader};
use tree::{Kind, Node};

pub use effective::effective;
pub use file::{Breaker, Control, Forwarding, Headers, Limits, Listen, Log, Recheck, Report, Shadow};
pub use forms::{HostHeader, LogFormat, LogLevel, Trail};
pub use problem::{Origin, Problem, Problems};
pub use reader::{Setting, Step};
pub use rules::rules;
pub use schema::schema;
pub use sources::{Flags, MOST_BYTES, Sources};
pub use upstream::Upstream;
pub use values::duration;

/// Everything that can be set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: Listen,
    /// `None`: one for each core.
    pub workers: Option<usize>,
    pub old: System,
    pub new: System,
    /// Old and new may be one and the same.
    pub self_check: bool,
    pub limits: Limits,
    pub forwarding: Forwarding,
    pub shadow: Shadow,
    pub compare: compare::Limits,
    /// The file that says what messages of gRPC calls mean. Read by the caller, and given back by
    /// `describe`.
    pub descriptors: Option<String>,
    pub recheck: Recheck,
    pub control: Control,
    /// Never empty.
    pub rollouts: Vec<Rollout>,
    /// Never empty; in the order in which they are asked.
    pub routes: Vec<RouteSettings>,
    pub log: Log,
    pub drain: Duration,
    pub drain_delay: Duration,
    pub report: Report,
    pub keeping: Keeping,
    /// While there is such a file, old serves every read.
    pub kill_switch: Option<String>,
    pub tokens: Tokens,
    /// By which a tester chooses a side, where there is a secret for it. In lower case.
    pub tester_header: String,
    /// Secrets that stand in files of their own. Read by the caller, and given back by `entrust`.
    pub secret_files: Vec<SecretFile>,
    /// Headers by which old and new say which build they are, in lower case.
    pub build_headers: [Option<String>; 2],
    /// Of everything in force that evidence or moves depend on.
    pub digest: String,
}

/// One of the two systems: where it is, and how patient and how open-handed to be with it.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    pub url: Upstream,
    /// For the whole reply; always some for new.
    pub timeout: Option<Duration>,
    pub connect_timeout: Duration,
    pub first_byte_timeout: Duration,
    /// Of an unused connection.
    pub idle_timeout: Duration,
    /// Unused connections kept by each worker.
    pub max_idle: usize,
    pub host: HostHeader,
    /// Names in lower case.
    pub headers: Headers,
    /// Headers of the client that it does not get, in lower case. Always empty for old.
    pub withhold: Vec<String>,
}

/// One route, and how its requests are mirrored and compared.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    pub route: Route,
    /// The place of its rollout in `Config::rollouts`.
    pub rollout: usize,
    pub sample: Share,
    /// Whether its reads may be sent again.
    pub reread: bool,
    pub rules: Rules,
    pub assignment: Assignment,
    pub invariants: Vec<Invariant>,
    pub aggregates: Vec<Aggregate>,
    /// What the evidence of the route is about: a digest of its rules, its match and its assignment.
    pub digest: String,
}

/// Who may use the admin listener beyond loopback, and for moves at all.
#[derive(Clone, Default)]
pub struct Tokens {
    /// `None`: on loopback nobody is asked for one.
    pub operator: Option<String>,
    pub viewer: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = |token: &Option<String>| token.is_some();
        f.debug_struct("Tokens")
            .field("operator", &set(&self.operator))
            .field("viewer", &set(&self.viewer))
            .finish()
    }
}

/// A secret that stands in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// The setting that names the file.
    pub key: &'static str,
    pub path: String,
}

/// What is kept beyond a restart.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// `None`: in memory, gone with the process.
    pub dir: Option<String>,
    pub days: u32,
    pub bytes: u64,
}

/// Settings, and what a person may want to know about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// Allowed, and probably not meant.
    pub warnings: Vec<Problem>,
    /// Every effective setting and where it was given, in the order of the file's keys.
    pub origins: Vec<Setting>,
}

impl Loaded {
    /// A problem with what a setting leads to, told as one with the setting itself. `file`: the name the
    /// settings were loaded under.
    pub fn problem(&self, path: &str, file: &str, message: &str) -> Problem {
        let given = self.origins.iter().find(|setting| setting.path() == path);
        let origin = given.map_or(Origin::Default, |setting| setting.origin);
        Problem::new(origin, path, message).placed(file, None)
    }
}

/// What holds where a file names neither.
const BUILT_IN: [(&str, &str); 2] = [
    ("rollouts", "[{ id: default, stages: [shadow] }]"),
    ("routes", "[{ id: all, match: { method: [GET, HEAD], path: /** } }]"),
];

impl Config {
    /// Checked settings, or every problem there is.
    pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
        let (name, text) = sources.file.as_ref().map_or(("", ""), |(name, text)| (name, text));
        let mut reader = Reader::default();
        let mut root = if text.len() > MOST_BYTES {
            reader.problem(Origin::Default, format!("{name} is larger than 1 MiB"));
            None
        } else {
            tree::parse(text).map_err(|(origin, message)| reader.problem(origin, message)).ok()
        };
        // A text that is no YAML says nothing about single settings; the environment still does.
        let readable = root.is_some();
        let root = root.get_or_insert(Node::empty(Origin::Default));
        if root.is_nothing() {
            *root = Node::empty(Origin::Default);
        }
        for unknown in sources::put_outside(root, &sources.env, &sources.flags) {
            reader.note(unknown);
        }
        for (key, value) in BUILT_IN {
            let empty =
                |node: &Node| node.is_nothing() || matches!(&node.kind, Kind::List(l) if l.is_empty());
            if root.get(key).is_none_or(empty) {
                root.put(&[key], Node::built_in(value));
            }
        }
        let file = File::read(root, &mut reader);
        if let Some(file) = file.as_ref().filter(|_| readable) {
            check::check(file, sources.now_millis, &mut reader);
        }
        let (warnings, origins) = reader.finish(name, if readable { text } else { "" })?;
        let config = file.and_then(|file| checked::config(file, sources.now_millis));
        let mut config = config.ok_or_else(|| Problems {
            // Whatever is missing has been told of above; this is said only if that is not so.
            list: vec![Problem::new(Origin::Default, "", "the settings are incomplete")],
            more: 0,
        })?;
        config.digest = digest::all(&origins);
        Ok(Loaded { config, warnings, origins })
    }

    /// Lets every route and probe read messages as these descriptors have them. `content`: of the file they stand in.
    pub fn describe(&mut self, descriptors: &Descriptors, content: &[u8]) {
        for settings in &mut self.routes {
            settings.rules.messages = Some(descriptors.clone());
            settings.digest = digest::with(&settings.digest, content);
        }
        for probe in self.rollouts.iter_mut().flat_map(|rollout| &mut rollout.probes) {
            probe.rules.messages = Some(descriptors.clone());
        }
        self.digest = digest::with(&self.digest, content);
    }

    /// Takes the secret that the file named by this key holds. Tells what is wrong with it, never what it is.
    pub fn entrust(&mut self, key: &str, content: &str) -> Result<(), String> {
        let secret = secrets::token(content.trim_ascii())?;
        match key {
            secrets::OPERATOR => self.tokens.operator = Some(secret),
            secrets::VIEWER => self.tokens.viewer = Some(secret),
            secrets::TESTER => {
                let tester = Tester { header: self.tester_header.clone(), secret };
                for settings in &mut self.routes {
                    settings.assignment.tester = Some(tester.clone());
                }
            }
            _ => {}
        }
        Ok(())
    }
}
