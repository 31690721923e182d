//! Where settings come from, and which source wins: a flag over the environment, the environment over
//! the file, the file over what is built in. Reads neither files nor the environment itself.

use super::{
    problem::{Origin, Problem, did_you_mean},
    reader::shortened,
    tree::Node,
};

/// The file may be this large; whoever reads it need not read more than one byte beyond.
pub const MOST_BYTES: usize = 1 << 20;

/// What every variable of this program begins with.
const PREFIX: &str = "READSHIFT_";
/// What commands that ask a running program go by: no settings, and no mistakes either.
const OF_ASKING: [&str; 2] = ["READSHIFT_ADMIN", "READSHIFT_TOKEN"];

/// Everything settings are taken from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file's name, as messages repeat it, and its text.
    pub file: Option<(String, String)>,
    /// The whole environment; only names that begin with `READSHIFT_` are looked at.
    pub env: Vec<(String, String)>,
    pub flags: Flags,
    /// The moment, in milliseconds since 1970: rules expire, and a person is warned of it.
    pub now_millis: u64,
}

/// Settings of the command line, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub old: Option<String>,
    pub new: Option<String>,
    pub listen: Option<String>,
    pub status: Option<String>,
    pub admin: Option<String>,
    pub workers: Option<String>,
    pub sample: Option<String>,
    pub log_format: Option<String>,
    pub log_level: Option<String>,
    pub self_check: bool,
}

/// A setting that can be given outside of the file.
struct Outside {
    path: &'static [&'static str],
    /// `None`: what a command line says everybody on the machine can read.
    flag: Option<&'static str>,
    variable: &'static str,
    typed: fn(&Flags) -> Option<&str>,
}

const OUTSIDE: [Outside; 13] = [
    Outside {
        path: &["old", "url"],
        flag: Some("--old"),
        variable: "READSHIFT_OLD_URL",
        typed: |flags| flags.old.as_deref(),
    },
    Outside {
        path: &["new", "url"],
        flag: Some("--new"),
        variable: "READSHIFT_NEW_URL",
        typed: |flags| flags.new.as_deref(),
    },
    Outside {
        path: &["listen", "proxy"],
        flag: Some("--listen"),
        variable: "READSHIFT_LISTEN_PROXY",
        typed: |flags| flags.listen.as_deref(),
    },
    Outside {
        path: &["listen", "status"],
        flag: Some("--status"),
        variable: "READSHIFT_LISTEN_STATUS",
        typed: |flags| flags.status.as_deref(),
    },
    Outside {
        path: &["listen", "admin"],
        flag: Some("--admin"),
        variable: "READSHIFT_LISTEN_ADMIN",
        typed: |flags| flags.admin.as_deref(),
    },
    Outside {
        path: &["workers"],
        flag: Some("--workers"),
        variable: "READSHIFT_WORKERS",
        typed: |flags| flags.workers.as_deref(),
    },
    Outside {
        path: &["shadow", "sample"],
        flag: Some("--sample"),
        variable: "READSHIFT_SAMPLE",
        typed: |flags| flags.sample.as_deref(),
    },
    Outside {
        path: &["log", "format"],
        flag: Some("--log-format"),
        variable: "READSHIFT_LOG_FORMAT",
        typed: |flags| flags.log_format.as_deref(),
    },
    Outside {
        path: &["log", "level"],
        flag: Some("--log-level"),
        variable: "READSHIFT_LOG_LEVEL",
        typed: |flags| flags.log_level.as_deref(),
    },
    Outside {
        path: &["self_check"],
        flag: Some("--self-check"),
        variable: "READSHIFT_SELF_CHECK",
        typed: |flags| flags.self_check.then_some("true"),
    },
    Outside::secret(&["tokens", "operator"], "READSHIFT_OPERATOR_TOKEN"),
    Outside::secret(&["tokens", "viewer"], "READSHIFT_VIEWER_TOKEN"),
    Outside::secret(&["tester", "secret"], "READSHIFT_TESTER_SECRET"),
];

impl Outside {
    const fn secret(path: &'static [&'static str], variable: &'static str) -> Outside {
        Outside { path, flag: None, variable, typed: |_| None }
    }
}

/// Puts what was given outside of the file over what the file says. Told: variables that nobody knows.
pub fn put_outside(root: &mut Node, env: &[(String, String)], flags: &Flags) -> Vec<Problem> {
    for outside in &OUTSIDE {
        if let Some((_, value)) = env.iter().find(|(name, _)| name == outside.variable) {
            root.put(outside.path, Node::plain(Origin::Environment(outside.variable), value));
        }
        if let Some((flag, value)) = outside.flag.zip((outside.typed)(flags)) {
            root.put(outside.path, Node::plain(Origin::Flag(flag), value));
        }
    }
    let known = || OUTSIDE.iter().map(|outside| outside.variable);
    env.iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && !OF_ASKING.contains(&name.as_str()))
        .filter(|(name, _)| !known().any(|known| known == name))
        .map(|(name, _)| {
            let nearest = did_you_mean(name, known());
            let message = format!("no setting is read from this variable{nearest}");
            Problem::new(Origin::Default, format!("environment {}", shortened(name)), message)
        })
        .collect()
}

/// How else a setting of that path can be given.
pub fn other_ways(path: &str) -> Option<String> {
    let outside = OUTSIDE.iter().find(|outside| outside.path.join(".") == path)?;
    Some(match outside.flag {
        Some(flag) => format!("by {flag} or {}", outside.variable),
        None => format!("by {}", outside.variable),
    })
}
