//! The command line: what a person types becomes a call, and an exit code.

mod admin;
mod args;
mod ask;
mod check;
mod demo;
mod diff;
mod gate;
mod journal;
mod load;
mod moves;
mod out;
mod report;
mod rules;
mod run;
mod status;

use std::{ffi::OsString, process::ExitCode};

use args::{Args, Command};
use clap::{CommandFactory as _, Parser as _};

/// What a command ends with (design: surfaces).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Fine,
    /// The answer is no: the settings are wrong, a request was cut off at the deadline, or two bodies differ.
    Fail,
    /// There is no answer.
    Trouble,
    /// There is not enough evidence for an answer.
    NotEnough,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Fine => ExitCode::SUCCESS,
            Exit::Fail => ExitCode::from(1),
            Exit::Trouble => ExitCode::from(2),
            Exit::NotEnough => ExitCode::from(3),
        }
    }
}

/// Runs one command line to its end.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too, and go to standard output.
            let _ = error.print();
            return if error.use_stderr() { Exit::Trouble.into() } else { ExitCode::SUCCESS };
        }
    };
    let ended = match args.command {
        Command::Run(args) => run::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Advance(args) => moves::advance(&args),
        Command::Revert(args) => moves::revert(&args),
        Command::Off(args) => moves::off(&args),
        Command::Resume(args) => moves::plain_move(&args, "resume"),
        Command::Approve(args) => moves::plain_move(&args, "approve"),
        Command::Drill(args) => moves::plain_move(&args, "drill"),
        Command::Restart(args) => moves::plain_move(&args, "restart"),
        Command::Gate(args) => gate::run(&args),
        Command::Journal(args) => journal::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Rules(command) => rules::run(&command),
        Command::Schema => out::print(&crate::config::schema()).map(|()| Exit::Fine),
        Command::Completions(args) => completions(args.shell),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            out::complain(&format!("readshift: {error:#}"));
            Exit::Trouble.into()
        }
    }
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "readshift", &mut script);
    out::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
