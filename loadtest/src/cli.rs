//! The command line: flags as typed. No defaults live anywhere else, and nothing here runs anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bodies::Size;
use crate::compare::hostile::Hostile;
use crate::contender::Contender;

#[derive(Debug, Parser)]
#[command(name = "loadtest", about = "Runs readshift beside other proxies and prints medians and ratios")]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Debug, Args)]
pub struct Flags {
    /// Repetitions; contenders take turns within each
    #[arg(long, global = true, default_value_t = 5)]
    pub reps: u32,
    /// Seconds each run is measured for
    #[arg(long, global = true, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub seconds: u64,
    /// Only these contenders
    #[arg(long, global = true, value_delimiter = ',')]
    pub only: Vec<Contender>,
    /// A smoke run: one repetition, one second, 4 KiB
    #[arg(long, global = true)]
    pub quick: bool,
    /// Do not pin the proxy to one core and the rest to the others
    #[arg(long, global = true)]
    pub no_pin: bool,
    /// Fail when a target is missed or not measured
    #[arg(long, global = true)]
    pub strict: bool,
    /// The readshift binary [default: beside this one]
    #[arg(long, global = true)]
    pub readshift: Option<PathBuf>,
    /// An earlier readshift, for `evidence` to measure beside this one
    #[arg(long, global = true)]
    pub before: Option<PathBuf>,
    /// The Envoy binary [default: $ENVOY_BIN, then PATH, then what `install` made]
    #[arg(long, global = true, env = "ENVOY_BIN")]
    pub envoy: Option<PathBuf>,
    /// Where results and temporary files go
    #[arg(long, global = true, default_value = "loadtest/out")]
    pub out: PathBuf,
    /// Replace the block between the loadtest markers of this Markdown file
    #[arg(long, global = true)]
    pub write: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// 32 busy connections, as fast as they go
    Saturated(Saturated),
    /// A fixed rate, open loop, 4 KiB
    Rate(Rate),
    /// The live side while the new side misbehaves
    Faults(Faults),
    /// Resident memory: idle, with idle connections, with large bodies
    Memory,
    /// The four above, one after the other
    All,
    /// What evidence and gates cost: this readshift beside an earlier one, over many distinct reads
    Evidence,
    /// How soon a revert holds: at 32 busy connections, beside an idle /livez
    Revert(Revert),
    /// How fast two bodies are compared, beside serde_json and json_patch; needs no other program
    Compare,
    /// Put Envoy into target/loadtest-venv, and say what else to install
    Install,
    /// One pair made to be costly, in a process of its own (used by `compare`)
    HostilePair { case: Hostile },
    /// A misbehaving new side, as a process of its own (used by `faults`)
    Backend(Backend),
}

#[derive(Debug, Args)]
pub struct Saturated {
    #[arg(long, value_delimiter = ',', default_value = "300,4k,64k,1m")]
    pub sizes: Vec<Size>,
    /// Also shadow to a new side every reply of which differs in one field
    #[arg(long)]
    pub mismatch: bool,
}

#[derive(Debug, Args)]
pub struct Rate {
    /// Requests per second
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(64..=20_000))]
    pub rps: u32,
}

#[derive(Debug, Args)]
pub struct Faults {
    /// Only these; all of them where none is named
    #[arg(long, value_delimiter = ',')]
    pub faults: Vec<Fault>,
    /// Put nginx's and Envoy's mirror through the same
    #[arg(long)]
    pub peers: bool,
}

#[derive(Debug, Args)]
pub struct Revert {
    /// How often it is reverted and brought back
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
}

#[derive(Debug, Args)]
pub struct Backend {
    #[arg(long)]
    pub fault: Fault,
    #[arg(long)]
    pub listen: SocketAddr,
    /// The right answer, for the faults that give it late or at times
    #[arg(long)]
    pub body: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// The right answer, two seconds late
    Slow,
    /// Accepts and never answers
    Hung,
    /// Nothing listens
    Dead,
    /// One second up, one second refusing
    Flapping,
    /// Bytes that are not HTTP
    Garbage,
    /// A body without an end
    Endless,
    /// Bodies that are dear to compare: nested without end, a gzip bomb, everything in another order
    Costly,
}

impl Faults {
    pub fn wanted(&self) -> &[Fault] {
        if self.faults.is_empty() { Fault::value_variants() } else { &self.faults }
    }
}

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Fault::Slow => "slow",
            Fault::Hung => "hung",
            Fault::Dead => "dead",
            Fault::Flapping => "flapping",
            Fault::Garbage => "garbage",
            Fault::Endless => "endless",
            Fault::Costly => "costly",
        }
    }
}

impl Flags {
    pub fn reps(&self) -> u32 {
        if self.quick { 1 } else { self.reps.clamp(1, 50) }
    }

    pub fn seconds(&self) -> u64 {
        if self.quick { 1 } else { self.seconds }
    }

    pub fn wants(&self, contender: Contender) -> bool {
        self.only.is_empty() || self.only.contains(&contender)
    }
}
