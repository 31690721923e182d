//! `readshift report`: what a running readshift knows, in words or for programs.

use std::{
    env,
    io::{IsTerminal as _, stdout},
};

use super::{
    Exit,
    admin::Admin,
    args::{Report, ReportFormat},
    out,
};

pub fn run(args: &Report) -> anyhow::Result<Exit> {
    let format = match args.format {
        ReportFormat::Text => "text",
        ReportFormat::Json => "json",
        ReportFormat::Md => "md",
        ReportFormat::Ndjson => "ndjson",
        ReportFormat::Html => "html",
    };
    out::print(&Admin::of(&args.admin)?.get(&format!("/api/v1/report?format={format}"))?.text()?)?;
    Ok(Exit::Fine)
}

/// Colour where a person looks on and has not asked for none.
pub fn wants_colour() -> bool {
    stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
