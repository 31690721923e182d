//! The commands that ask a running readshift for something.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::route_id;
use crate::domain::plan::Stage;

/// Which running readshift is asked, and by whose leave.
#[derive(Clone, Debug, Args)]
pub struct Admin {
    /// The admin listener of the running readshift
    #[arg(long, value_name = "ADDRESS", env = "READSHIFT_ADMIN", default_value = "127.0.0.1:9902")]
    pub admin: SocketAddr,
    /// A file with the token it asks for; READSHIFT_TOKEN may hold one as well
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    pub admin: Admin,
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
}

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    pub admin: Admin,
    /// Draw it anew every second, until Ctrl-C
    #[arg(long, conflicts_with = "format")]
    pub watch: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Who asks.
#[derive(Debug, Args)]
pub struct Who {
    /// Who asks, as the journal is to name them [default: $USER]
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct Advance {
    #[command(flatten)]
    pub asked: Move,
    /// Although the gate does not pass: recorded, and shown for ever
    #[arg(long = "override")]
    pub past_gate: bool,
}

#[derive(Debug, Args)]
pub struct Move {
    #[arg(value_name = "ROLLOUT", value_parser = route_id)]
    pub rollout: String,
    /// The reason, for the journal
    #[arg(long, value_name = "REASON")]
    pub why: String,
    /// Only if nobody moved the rollout since it had this version
    #[arg(long, value_name = "N")]
    pub version: Option<u64>,
    #[command(flatten)]
    pub who: Who,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Args)]
pub struct Off {
    #[arg(value_name = "ROLLOUT", value_parser = route_id)]
    pub rollout: String,
    /// The reason, for the journal
    #[arg(long, value_name = "REASON")]
    pub why: Option<String>,
    #[command(flatten)]
    pub who: Who,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["rollout", "all"]))]
pub struct Revert {
    #[arg(value_name = "ROLLOUT", value_parser = route_id)]
    pub rollout: Option<String>,
    /// Every rollout
    #[arg(long)]
    pub all: bool,
    /// The reason, for the journal
    #[arg(long, value_name = "REASON")]
    pub why: Option<String>,
    /// What new is answering just now is answered by old instead, where not a byte was sent yet
    #[arg(long)]
    pub abort_in_flight: bool,
    #[command(flatten)]
    pub who: Who,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Args)]
pub struct Gate {
    #[arg(value_name = "ROLLOUT", value_parser = route_id)]
    pub rollout: String,
    /// The stage, such as 25% [default: the next one]
    #[arg(long, value_name = "STAGE")]
    pub to: Option<Stage>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Journal {
    #[command(subcommand)]
    pub command: Option<JournalCommand>,
    /// Only the moves of this rollout
    #[arg(value_name = "ROLLOUT", value_parser = route_id)]
    pub rollout: Option<String>,
    /// So many moves
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Check that no entry was changed since it was written
    ///
    /// Ends with 0 where every entry is what was written, 1 where one is not, 2 where that cannot be told.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub struct Verify {
    /// Read what lies in this folder, whether a readshift runs or not
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Debug, Args)]
pub struct Completions {
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Text,
    Json,
    /// Markdown
    Md,
    /// One JSON object a line, for each rollout, route and kind of mismatch
    Ndjson,
    /// A page that needs nothing from elsewhere
    Html,
}
