//! Who takes part. Each contender's configuration is a file of its own, with the reasons why it is a fair one;
//! none of them measures anything.

mod envoy;
mod haproxy;
mod nginx;
mod readshift;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use crate::tools::Tools;

pub use nginx::backend as nginx_backend;
pub use readshift::{READY as READSHIFT_READY, live as readshift_live};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contender {
    None,
    Nginx,
    Haproxy,
    Envoy,
    ReadshiftOff,
    NginxMirror,
    EnvoyMirror,
    ReadshiftShadow,
    /// An earlier readshift, without a shadow and with one.
    BeforeOff,
    BeforeShadow,
}

/// Where a contender listens and where it sends. `status` and `admin` are used by readshift alone.
pub struct Wiring<'a> {
    pub proxy: SocketAddr,
    pub status: SocketAddr,
    pub admin: SocketAddr,
    pub old: SocketAddr,
    pub new: SocketAddr,
    pub folder: &'a Path,
}

impl Contender {
    /// Everyone that is held against the others.
    pub const PEERS: [Contender; 8] = [
        Contender::None,
        Contender::Nginx,
        Contender::Haproxy,
        Contender::Envoy,
        Contender::ReadshiftOff,
        Contender::NginxMirror,
        Contender::EnvoyMirror,
        Contender::ReadshiftShadow,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Contender::None => "no proxy",
            Contender::Nginx => "nginx",
            Contender::Haproxy => "haproxy",
            Contender::Envoy => "Envoy",
            Contender::ReadshiftOff => "readshift, no shadow",
            Contender::NginxMirror => "nginx mirror",
            Contender::EnvoyMirror => "Envoy mirror",
            Contender::ReadshiftShadow => "readshift, shadow + compare",
            Contender::BeforeOff => "readshift before, no shadow",
            Contender::BeforeShadow => "readshift before, shadow + compare",
        }
    }

    pub fn mirrors(self) -> bool {
        matches!(
            self,
            Contender::NginxMirror
                | Contender::EnvoyMirror
                | Contender::ReadshiftShadow
                | Contender::BeforeShadow
        )
    }

    /// Whether it tells when it is ready.
    pub fn is_readshift(self) -> bool {
        matches!(
            self,
            Contender::ReadshiftOff
                | Contender::ReadshiftShadow
                | Contender::BeforeOff
                | Contender::BeforeShadow
        )
    }

    /// The same program without a shadow; `who` is a name as it stands in a run.
    pub fn plain_of(who: &str) -> Contender {
        let starts = |contender: Contender| who.starts_with(contender.name());
        if starts(Contender::Nginx) {
            Contender::Nginx
        } else if starts(Contender::Envoy) {
            Contender::Envoy
        } else {
            Contender::ReadshiftOff
        }
    }

    /// The program, or what to install.
    pub fn program(self, tools: &Tools) -> Result<PathBuf> {
        let (found, word) = match self {
            Contender::None | Contender::Nginx | Contender::NginxMirror => {
                (&tools.nginx, "nginx: apt install nginx-light")
            }
            Contender::Haproxy => (&tools.haproxy, "haproxy: apt install haproxy"),
            Contender::Envoy | Contender::EnvoyMirror => {
                (&tools.envoy, "Envoy: run `loadtest install`, or set ENVOY_BIN")
            }
            Contender::ReadshiftOff | Contender::ReadshiftShadow => {
                (&tools.readshift, "readshift: cargo build --release, or --readshift PATH")
            }
            Contender::BeforeOff | Contender::BeforeShadow => {
                (&tools.before, "an earlier readshift: --before PATH")
            }
        };
        found.clone().ok_or_else(|| anyhow!("missing {word}"))
    }

    /// Writes the configuration and tells the arguments that use it.
    pub fn configure(self, wiring: &Wiring) -> Result<Vec<String>> {
        let (file, text, before, after): (_, _, &[&str], &[&str]) = match self {
            Contender::None => return Ok(Vec::new()),
            Contender::Nginx => ("proxy-nginx.conf", nginx::proxy(wiring, false), &["-p", ".", "-c"], &[]),
            Contender::NginxMirror => {
                ("proxy-nginx.conf", nginx::proxy(wiring, true), &["-p", ".", "-c"], &[])
            }
            Contender::Haproxy => ("haproxy.cfg", haproxy::proxy(wiring), &["-db", "-f"], &[]),
            Contender::Envoy => ("envoy.yaml", envoy::proxy(wiring, false), envoy::BEFORE, envoy::AFTER),
            Contender::EnvoyMirror => ("envoy.yaml", envoy::proxy(wiring, true), envoy::BEFORE, envoy::AFTER),
            Contender::ReadshiftOff | Contender::BeforeOff => {
                ("readshift.yaml", readshift::config(wiring, "off"), &["run"], &[])
            }
            Contender::ReadshiftShadow | Contender::BeforeShadow => {
                ("readshift.yaml", readshift::config(wiring, "shadow"), &["run"], &[])
            }
        };
        let path = wiring.folder.join(file);
        std::fs::write(&path, text)?;
        let path = path.display().to_string();
        Ok(before
            .iter()
            .map(|word| (*word).to_owned())
            .chain([path])
            .chain(after.iter().map(|w| (*w).to_owned()))
            .collect())
    }
}
