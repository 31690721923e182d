//! Reading the settings from wherever they are given, and the files that they name.
//!
//! Used at start, and again whenever they may have changed. Decides nothing about them.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use sha2::{Digest, Sha256};

use crate::{
    clock,
    config::{Config, Flags, Loaded, MOST_BYTES, Problem, Problems, Sources},
    domain::compare::rules::Descriptors,
};

const PREFIX: &str = "READSHIFT_";

/// How a descriptor set is made, for a message that asks for one.
const HOW_TO_DESCRIBE: &str =
    "make one with `protoc --include_imports --descriptor_set_out=FILE` or `buf build -o FILE`";

/// A file with a secret that is larger is another file.
const LARGEST_SECRET: usize = 8 << 10;

/// Where the settings of this process are given.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub file: Option<PathBuf>,
    pub flags: Flags,
}

impl Given {
    /// The settings, or every problem with them. The outer error: the file could not be read at all.
    pub fn load(&self) -> anyhow::Result<Result<Loaded, Problems>> {
        let file = self.file.as_deref().map(|path| text("config", path)).transpose()?;
        let env = env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let sources = Sources { file, env, flags: self.flags.clone(), now_millis: clock::unix_millis() };
        Ok(Config::load(&sources).and_then(|mut loaded| {
            self.complete(&mut loaded).map_err(|problem| Problems { list: vec![problem], more: 0 })?;
            Ok(loaded)
        }))
    }

    /// A hash over what every file says that these settings are taken from. One that cannot be read is a content of
    /// its own, and so is one that is gone.
    pub fn fingerprint(&self, loaded: &Loaded) -> [u8; 32] {
        let config = &loaded.config;
        let secrets = config.secret_files.iter().map(|secret| (PathBuf::from(&secret.path), LARGEST_SECRET));
        let described = config.descriptors.iter().map(|path| (self.beside(path), Descriptors::LARGEST));
        let file = self.file.iter().map(|path| (path.clone(), MOST_BYTES));
        let mut digest = Sha256::new();
        for (path, most) in file.chain(described).chain(secrets) {
            match bounded(&path, most) {
                Ok(bytes) => {
                    digest.update([1]);
                    digest.update(Sha256::digest(bytes));
                }
                Err(_) => digest.update([0]),
            }
        }
        digest.finalize().into()
    }

    /// The name under which problems tell of the file.
    pub fn name(&self) -> String {
        self.file.as_deref().map(|path| path.display().to_string()).unwrap_or_default()
    }

    /// A path as the config file means it.
    fn beside(&self, path: &str) -> PathBuf {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(path)
    }

    fn complete(&self, loaded: &mut Loaded) -> Result<(), Problem> {
        self.describe(loaded)?;
        self.entrust(loaded)?;
        let beside = |path: &mut Option<String>| {
            *path = path.take().map(|path| self.beside(&path).display().to_string());
        };
        beside(&mut loaded.config.keeping.dir);
        beside(&mut loaded.config.kill_switch);
        Ok(())
    }

    /// Reads what the messages of gRPC calls mean, where the settings name a file for it.
    fn describe(&self, loaded: &mut Loaded) -> Result<(), Problem> {
        let Some(named) = &loaded.config.descriptors else { return Ok(()) };
        let path = self.beside(named);
        let read = bounded(&path, Descriptors::LARGEST)
            .map_err(|error| format!("could not be read: {error}"))
            .and_then(|bytes| Descriptors::read(&bytes).map(|descriptors| (descriptors, bytes)));
        match read {
            Ok((descriptors, bytes)) => {
                loaded.config.describe(&descriptors, &bytes);
                Ok(())
            }
            Err(why) => {
                let message = format!("{} {why}; {HOW_TO_DESCRIBE}", path.display());
                Err(loaded.problem("compare.descriptors", &self.name(), &message))
            }
        }
    }

    fn entrust(&self, loaded: &mut Loaded) -> Result<(), Problem> {
        for place in 0..loaded.config.secret_files.len() {
            let Some(secret) = loaded.config.secret_files.get_mut(place) else { continue };
            let path = self.beside(&secret.path);
            // From now on it is read where it was found.
            secret.path = path.display().to_string();
            let key = secret.key;
            let content = bounded(&path, LARGEST_SECRET)
                .map_err(|error| format!("could not be read: {error}"))
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not text".to_owned()));
            let taken = content.and_then(|content| loaded.config.entrust(key, &content));
            taken.map_err(|why| {
                let message = format!("{} {why}", path.display());
                loaded.problem(key, &self.name(), &message)
            })?;
        }
        Ok(())
    }
}

/// At most one byte more than `most`, by which it shows that there is more.
fn bounded(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name and the text of a file that a person gave as their `what`.
pub fn text(what: &str, path: &Path) -> anyhow::Result<(String, String)> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("could not open the {what} {name}"))?;
    file.take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("could not read the {what} {name}"))?;
    let text = String::from_utf8(bytes).with_context(|| format!("the {what} {name} is not UTF-8 text"))?;
    Ok((name, text))
}
