//! `readshift report`: what a running readshift knows, in words or as JSON.

use std::{
    env,
    io::{IsTerminal as _, Read as _, Write as _, stdout},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    Exit,
    args::{Format, Report},
    out,
};

/// A report is built at once; longer means that nobody is there.
const PATIENCE: Duration = Duration::from_secs(10);
/// No report is larger: signatures, samples and excerpts are all bounded.
const MOST_BYTES: u64 = 256 << 20;

pub fn run(args: &Report) -> anyhow::Result<Exit> {
    let format = match args.format {
        Format::Text => "text",
        Format::Json => "json",
    };
    let reply = ask(args.admin, &format!("/api/v1/report?format={format}"))?;
    out::print(&reply)?;
    Ok(Exit::Fine)
}

/// One plain HTTP/1.0 exchange: the reply ends where the connection does.
pub fn ask(admin: SocketAddr, target: &str) -> anyhow::Result<String> {
    let what = || format!("could not ask the admin listener at {admin}: is readshift running there?");
    let mut stream = TcpStream::connect_timeout(&admin, PATIENCE).with_context(what)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {target} HTTP/1.0\r\nHost: {admin}\r\nConnection: close\r\n\r\n")
        .with_context(what)?;
    let mut reply = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut reply).with_context(what)?;
    let (head, body) = reply.split_once("\r\n\r\n").context("the admin listener's answer is no HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("the admin listener at {admin} answered {status}: {body}");
    }
    Ok(body.to_owned())
}

/// Colour where a person looks on and has not asked for none.
pub fn wants_colour() -> bool {
    stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
