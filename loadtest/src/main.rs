//! loadtest runs readshift beside other proxies in one go and prints ratios.
//!
//! A whole run on one page: read the flags, find the tools, start the backends, run the scenarios, tell the
//! result. Only this file turns an outcome into an exit code; nothing here measures.
//!
//! All load goes to 127.0.0.1, bounded in connections and in time, and nothing it started outlives it.

mod bodies;
mod cli;
mod clock;
mod compare;
mod contender;
mod faulty;
mod generator;
mod http;
mod install;
mod lab;
mod process;
mod report;
mod revert;
mod run;
mod scenario;
mod spread;
mod targets;
mod tools;
mod trial;
mod usage;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::cli::{Cli, Task};
use crate::lab::Lab;
use crate::report::Report;
use crate::tools::Tools;

/// As readshift has it, so that the comparison is measured as it runs there, and the libraries' beside it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match begin(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// False only where `--strict` asked for it and a target was missed or could not be measured.
fn begin(cli: Cli) -> Result<bool> {
    match &cli.task {
        Task::Backend(fault) => return faulty::serve(fault).map(|()| true),
        Task::Compare => return compare::run(&cli.flags),
        Task::HostilePair { case } => return compare::hostile::one(*case).map(|()| true),
        Task::Install => return install::envoy().map(|()| true),
        _ => {}
    }
    let tools = Tools::find(&cli.flags);
    if let Some(why) = tools.cannot_start() {
        // CI machines without nginx still run the smoke test: it then says what it could not do and passes.
        anyhow::ensure!(cli.flags.quick && !cli.flags.strict, "{why}");
        eprintln!("skipped everything: {why}");
        return Ok(true);
    }
    let lab = Lab::open(tools, &cli.flags)?;
    if let Task::Revert(wanted) = &cli.task {
        let told = revert::run(&lab, wanted, &cli.flags)?;
        report::publish_reverted(&cli.flags, &report::table::reverted(&told))?;
        return Ok(!cli.flags.strict || told.holds());
    }
    let runs = scenario::run(&lab, &cli.task, &cli.flags)?;
    let report = Report::new(&lab, &cli.flags, runs);
    report.publish(&cli.flags)?;
    Ok(!cli.flags.strict || report.all_met())
}
