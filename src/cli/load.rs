//! Reading the settings from wherever they are given, and the files that they name.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::Context as _;

use super::{args::Settings, out};
use crate::{
    clock,
    config::{Config, Loaded, MOST_BYTES, Problem, Problems, Sources},
    domain::compare::rules::Descriptors,
};

const PREFIX: &str = "READSHIFT_";

/// How a descriptor set is made, for a message that asks for one.
const HOW_TO_DESCRIBE: &str =
    "make one with `protoc --include_imports --descriptor_set_out=FILE` or `buf build -o FILE`";

/// The settings, or every problem told on standard error.
pub fn load(path: Option<&Path>, settings: &Settings) -> anyhow::Result<Option<Loaded>> {
    let file = path.map(|path| read("config", path)).transpose()?;
    let env = env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let now_millis = clock::unix_millis();
    let sources = Sources { file, env, flags: settings.flags(), now_millis };
    let loaded = Config::load(&sources).and_then(|mut loaded| {
        describe(&mut loaded, path).map_err(|problem| Problems { list: vec![problem], more: 0 })?;
        Ok(loaded)
    });
    match loaded {
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

/// Reads what the messages of gRPC calls mean, where the settings name a file for it.
fn describe(loaded: &mut Loaded, config: Option<&Path>) -> Result<(), Problem> {
    let Some(named) = &loaded.config.descriptors else { return Ok(()) };
    let beside = config.and_then(Path::parent).unwrap_or(Path::new(""));
    let path = beside.join(named);
    let descriptors = bounded(&path, Descriptors::LARGEST)
        .map_err(|error| format!("could not be read: {error}"))
        .and_then(|bytes| Descriptors::read(&bytes));
    match descriptors {
        Ok(descriptors) => {
            loaded.config.describe(&descriptors);
            Ok(())
        }
        Err(why) => {
            let file = config.map(|path| path.display().to_string()).unwrap_or_default();
            let message = format!("{} {why}; {HOW_TO_DESCRIBE}", path.display());
            Err(loaded.problem("compare.descriptors", &file, &message))
        }
    }
}

/// At most one byte more than `most`, by which it shows that there is more.
fn bounded(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
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
