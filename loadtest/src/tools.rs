//! Which programs are here, and what to install where one is not. Starts none of them but to ask its version.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::Flags;

pub const VENV: &str = "target/loadtest-venv";

pub struct Tools {
    pub nginx: Option<PathBuf>,
    pub haproxy: Option<PathBuf>,
    pub envoy: Option<PathBuf>,
    pub readshift: Option<PathBuf>,
    pub before: Option<PathBuf>,
    pub wrk: Option<PathBuf>,
    pub h2load: Option<PathBuf>,
    pub own: PathBuf,
}

impl Tools {
    pub fn find(flags: &Flags) -> Tools {
        let own = env::current_exe().unwrap_or_default();
        let beside = own.parent().map(|folder| folder.join("readshift"));
        // Children run in another folder, so a relative path must not survive this function.
        let given = |path: &Option<PathBuf>| path.as_ref().and_then(|path| path.canonicalize().ok());
        Tools {
            nginx: on_path("nginx"),
            haproxy: on_path("haproxy"),
            envoy: match &flags.envoy {
                Some(_) => given(&flags.envoy),
                None => on_path("envoy").or_else(|| given(&Some(Path::new(VENV).join("bin/envoy")))),
            },
            readshift: match &flags.readshift {
                Some(_) => given(&flags.readshift),
                None => given(&beside),
            },
            before: given(&flags.before),
            wrk: on_path("wrk"),
            h2load: on_path("h2load"),
            own,
        }
    }

    /// Without these nothing can be measured at all.
    pub fn cannot_start(&self) -> Option<String> {
        let needed = [
            (
                self.nginx.is_some(),
                "nginx is missing, which serves as both backends: apt install nginx-light",
            ),
            (self.wrk.is_some(), "wrk is missing, the load generator: apt install wrk"),
            (
                on_path("setpriv").is_some(),
                "setpriv is missing, which ends children with us: apt install util-linux",
            ),
            (on_path("timeout").is_some(), "timeout is missing: apt install coreutils"),
        ];
        needed.into_iter().find(|(here, _)| !here).map(|(_, word)| word.to_owned())
    }

    /// Name and version of all that was found, for the record beside the numbers.
    pub fn versions(&self) -> Vec<(String, String)> {
        let asked = [
            ("nginx", &self.nginx, "-v"),
            ("haproxy", &self.haproxy, "-v"),
            ("envoy", &self.envoy, "--version"),
            ("wrk", &self.wrk, "-v"),
            ("h2load", &self.h2load, "--version"),
            ("readshift", &self.readshift, "--version"),
            ("readshift before", &self.before, "--version"),
        ];
        asked
            .into_iter()
            .filter_map(|(name, path, flag)| {
                let output = Command::new(path.as_ref()?).arg(flag).output().ok()?;
                let text = [output.stdout, output.stderr].concat();
                Some((name.to_owned(), version_in(&String::from_utf8_lossy(&text))?))
            })
            .collect()
    }
}

pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    // nginx and haproxy live in sbin, which a plain user's PATH may lack.
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The first word of the shape 1.22.1. Two dots at least: Envoy prints its own path, which may hold a `3.11`.
fn version_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'))
        .find(|word| word.matches('.').count() >= 2)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_is_found_behind_a_path_that_holds_another() {
        let said = "/venv/lib/python3.11/envoy  version: 2f0a1/1.40.0/Clean/RELEASE";
        assert_eq!(version_in(said).as_deref(), Some("1.40.0"));
    }
}
