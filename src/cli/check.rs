//! `readshift check`: is this config right, what does it come to, and would it work here and now?

mod preflight;
mod request;

use super::{Exit, args::Check, load::load, out};
use crate::config::effective;

pub fn run(args: &Check) -> anyhow::Result<Exit> {
    let Some(loaded) = load(args.config.as_deref(), &args.settings)? else { return Ok(Exit::Fail) };
    out::print(&effective(&loaded))?;
    if args.probe { preflight::run(&loaded.config) } else { Ok(Exit::Fine) }
}
