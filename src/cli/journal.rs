//! `readshift journal`: every move that was made, and whether the record of them is what was written.

use anyhow::bail;
use serde::Deserialize;

use super::{
    Exit,
    admin::Admin,
    args::{Format, Journal, JournalCommand, Verify},
    out,
};
use crate::{
    admin::words::{count, plain},
    store::archive::{Chain, verify_file},
};

pub fn run(args: &Journal) -> anyhow::Result<Exit> {
    if let Some(JournalCommand::Verify(args)) = &args.command {
        return verify(args);
    }
    let format = match args.format {
        Format::Text => "text",
        Format::Json => "json",
    };
    let rollout = args.rollout.as_ref().map(|id| format!("&rollout={id}")).unwrap_or_default();
    let target = format!("/api/v1/journal?format={format}&limit={}{rollout}", args.limit);
    out::print(&Admin::of(&args.admin)?.get(&target)?.text()?)?;
    Ok(Exit::Fine)
}

fn verify(args: &Verify) -> anyhow::Result<Exit> {
    let chain = match &args.state_dir {
        Some(dir) => verify_file(dir)?,
        None => Admin::of(&args.admin)?.get("/api/v1/journal/verify")?.read::<Told>()?.chain()?,
    };
    match chain {
        Chain::Intact { entries } => {
            out::line(&format!("intact: {}, as written", entries_of(entries)))?;
            Ok(Exit::Fine)
        }
        Chain::Broken { number, why } => {
            out::line(&format!("broken at entry {}: {}", count(number), plain(&why)))?;
            Ok(Exit::Fail)
        }
    }
}

/// As the API tells it.
#[derive(Deserialize)]
struct Told {
    intact: bool,
    entries: u64,
    broken_at: Option<u64>,
    why: Option<String>,
}

fn entries_of(number: u64) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{} entries", count(number)) }
}

impl Told {
    fn chain(self) -> anyhow::Result<Chain> {
        match (self.intact, self.broken_at) {
            (true, _) => Ok(Chain::Intact { entries: self.entries }),
            (false, Some(number)) => Ok(Chain::Broken { number, why: self.why.unwrap_or_default() }),
            _ => bail!("what was answered is no verdict on a journal"),
        }
    }
}
