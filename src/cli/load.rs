//! Reading the settings from wherever they are given.

use std::{env, fs::File, io::Read as _, path::Path};

use anyhow::Context as _;

use super::{args::Settings, out};
use crate::{
    clock,
    config::{Config, Loaded, MOST_BYTES, Sources},
};

const PREFIX: &str = "READSHIFT_";

/// The settings, or every problem told on standard error.
pub fn load(path: Option<&Path>, settings: &Settings) -> anyhow::Result<Option<Loaded>> {
    let file = path.map(|path| read("config", path)).transpose()?;
    let env = env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let now_millis = clock::unix_millis();
    match Config::load(&Sources { file, env, flags: settings.flags(), now_millis }) {
        Ok(loaded) => {
            loaded.warnings.iter().for_each(|warning| out::complain(&format!("warning: {warning}")));
            Ok(Some(loaded))
        }
        Err(problems) => {
            out::complain(&problems.to_string());
            Ok(None)
        }
    }
}

/// The name and the text of a file that a person gave as their `what`.
pub fn read(what: &str, path: &Path) -> anyhow::Result<(String, String)> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("could not open the {what} {name}"))?;
    file.take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("could not read the {what} {name}"))?;
    let text = String::from_utf8(bytes).with_context(|| format!("the {what} {name} is not UTF-8 text"))?;
    Ok((name, text))
}
