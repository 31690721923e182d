//! `readshift journal`: every move that was made, and whether the record of them is what was written.

use anyhow::bail;
use serde_json::Value;

use super::{
    Exit,
    admin::Admin,
    args::{Format, Journal, JournalCommand, Verify},
    out,
};
use crate::admin::words::{count, plain};

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
    let chain = Admin::of(&args.admin)?.get("/api/v1/journal/verify")?.json()?;
    tell(&chain)
}

fn tell(chain: &Value) -> anyhow::Result<Exit> {
    let entries = chain["entries"].as_u64().unwrap_or(0);
    match (chain["intact"].as_bool(), chain["broken_at"].as_u64()) {
        (Some(true), _) => {
            out::line(&format!("intact: {} as they were written", count(entries)))?;
            Ok(Exit::Fine)
        }
        (Some(false), Some(number)) => {
            let why = plain(chain["why"].as_str().unwrap_or_default());
            out::line(&format!("broken at entry {}: {why}", count(number)))?;
            Ok(Exit::Fail)
        }
        _ => bail!("what was answered is no verdict on a journal"),
    }
}
