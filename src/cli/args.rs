//! Every command and flag, with the words of `--help`.

mod asking;

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::{
    config::{Flags, duration},
    domain::compare::rules::Reading,
};

pub use asking::{
    Admin, Advance, Completions, Format, Gate, Journal, JournalCommand, Move, Off, Report, ReportFormat,
    Revert, Status, Verify,
};

/// Moves reads from an old system to a new one, one stage at a time, on evidence.
///
/// Stands in front of a service: forwards every request to the old system, mirrors reads to the new one,
/// compares the full replies off the live path, and says what differs.
#[derive(Debug, Parser)]
#[command(name = "readshift", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Forward, mirror, compare and report
    Run(Run),
    /// Show it at work: an old and a new backend with seeded defects, traffic, and a report at the end
    Demo(Demo),
    /// Check a config and print the effective settings, with where each came from
    Check(Check),
    /// Show where each rollout of a running readshift stands, and what it still misses
    Status(Status),
    /// Go one stage up, if the gate passes
    ///
    /// Ends with 0 where the rollout advanced, 3 where the gate does not pass yet, 1 where it may not advance for
    /// another reason, 2 where that cannot be told.
    Advance(Advance),
    /// Bring every read back to the old system, at once
    Revert(Revert),
    /// Bring every read back to the old system and mirror none, for when mirrored reads hurt the new one
    Off(Off),
    /// Lift the latch of a revert; from off, go back to shadow
    Resume(Move),
    /// Agree to the next advance, where the settings ask for that
    Approve(Move),
    /// Revert and return, and measure how long that takes
    Drill(Move),
    /// Begin the evidence anew without a change, which is counted against it
    Restart(Move),
    /// Tell whether a rollout may stand on a stage, for scripts
    ///
    /// Ends with 0 for pass, 1 for breach, 3 for not enough evidence, 2 where that cannot be told.
    Gate(Gate),
    /// Print the record of moves, newest first
    Journal(Journal),
    /// Print the report of a running readshift
    Report(Report),
    /// Compare two bodies, from files or URLs, as a pair of replies is compared
    Diff(Diff),
    /// Try out other rules on pairs that a running readshift kept
    #[command(subcommand)]
    Rules(Rules),
    /// Print the JSON Schema of the config
    Schema,
    /// Print what makes a shell complete commands and flags
    Completions(Completions),
}

#[derive(Debug, ClapArgs)]
pub struct Run {
    /// The config file (YAML); without one, flags and READSHIFT_* variables say everything
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, ClapArgs)]
pub struct Check {
    /// The config file (YAML)
    pub config: Option<PathBuf>,
    /// Ask both systems too: whether they answer, what their clocks say, and whether every probe matches
    ///
    /// Ends with 1 where one of them does not answer, both are one, or a probe differs.
    #[arg(long)]
    pub probe: bool,
    #[command(flatten)]
    pub settings: Settings,
}

/// Settings that may be given here; they win over the environment, which wins over the file.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Settings {
    /// Where the old system is, as http://host:port
    #[arg(long, value_name = "URL")]
    pub old: Option<String>,
    /// Where the new system is
    #[arg(long, value_name = "URL")]
    pub new: Option<String>,
    /// Where clients connect [default: 0.0.0.0:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where /metrics, /livez and /readyz are [default: 0.0.0.0:9901]
    #[arg(long, value_name = "ADDRESS")]
    pub status: Option<String>,
    /// Where the API is; elsewhere than on loopback it takes an operator token [default: 127.0.0.1:9902]
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<String>,
    /// Threads that serve requests [default: one a core]
    #[arg(long, value_name = "N")]
    pub workers: Option<String>,
    /// The share of reads that is mirrored, such as 10%
    #[arg(long, value_name = "SHARE")]
    pub sample: Option<String>,
    /// auto, text or json
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// Allow old and new to be one address: shows what the old system disagrees with itself about
    #[arg(long)]
    pub self_check: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// How long the traffic goes on; Ctrl-C ends it earlier
    #[arg(long = "for", value_name = "DURATION", default_value = "20s", value_parser = duration)]
    pub time: Duration,
    /// Requests a second
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub rate: u32,
    /// The data, the defects and the traffic are the same for the same seed
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// Ends with 0 where nothing differs that no rule forgives, 1 where something does, 2 where that cannot be told.
#[derive(Debug, ClapArgs)]
pub struct Diff {
    /// A file, `-` for standard input, or an http:// URL
    pub old: String,
    /// What it is held against
    pub new: String,
    /// A file with the `compare` section of a route
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// What both are read as, whatever their names or headers say
    #[arg(long = "type", value_name = "TYPE", value_parser = reading)]
    pub read_as: Option<Reading>,
    /// Print an RFC 6902 patch that turns old into new, where both are JSON
    #[arg(long, conflicts_with = "format")]
    pub patch: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Sent with each request; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

fn reading(name: &str) -> Result<Reading, String> {
    let known = || Reading::ALL.iter().map(|(name, _)| *name);
    let found = Reading::ALL.iter().find(|(known, _)| *known == name).map(|(_, reading)| *reading);
    found.ok_or_else(|| format!("possible values: {}", known().collect::<Vec<_>>().join(", ")))
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Show what changed rules would forgive, and what would newly differ
    ///
    /// Ends with 0 where nothing would newly differ, 1 where something would, 2 where that cannot be told.
    Try(Try),
    /// Print the kept pairs with their bodies, one JSON object a line
    Export(Export),
}

#[derive(Debug, ClapArgs)]
pub struct Try {
    /// A changed config, or the `compare` section of the route that --route names
    pub rules: PathBuf,
    #[command(flatten)]
    pub from: Pairs,
    /// Only the pairs of this route
    #[arg(long, value_name = "ID", value_parser = route_id)]
    pub route: Option<String>,
}

/// Where the pairs come from.
#[derive(Debug, ClapArgs)]
pub struct Pairs {
    #[command(flatten)]
    pub admin: Admin,
    /// A file that `readshift rules export` wrote; nobody is asked then
    #[arg(long, value_name = "FILE")]
    pub exhibits: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct Export {
    #[command(flatten)]
    pub admin: Admin,
    /// Only the pairs of this route
    #[arg(long, value_name = "ID", value_parser = route_id)]
    pub route: Option<String>,
}

/// As the config has them, so that one can stand in a query as it is.
fn route_id(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_id = !text.is_empty() && text.bytes().all(fits);
    is_id.then(|| text.to_owned()).ok_or_else(|| "expected the id of a route".to_owned())
}

/// Whether a text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

impl Settings {
    pub fn flags(&self) -> Flags {
        Flags {
            old: self.old.clone(),
            new: self.new.clone(),
            listen: self.listen.clone(),
            status: self.status.clone(),
            admin: self.admin.clone(),
            workers: self.workers.clone(),
            sample: self.sample.clone(),
            log_format: self.log_format.clone(),
            log_level: self.log_level.clone(),
            self_check: self.self_check,
        }
    }
}
