//! `readshift check`: is this config right, and what does it come to?

use super::{Exit, args::Check, load::load, out};
use crate::config::effective;

pub fn run(args: &Check) -> anyhow::Result<Exit> {
    let Some(loaded) = load(args.config.as_deref(), &args.settings)? else { return Ok(Exit::Fail) };
    out::print(&effective(&loaded))?;
    Ok(Exit::Fine)
}
