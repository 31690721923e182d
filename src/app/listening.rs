//! The listeners. Bound before anything is served, so that a port that is taken is told at once.

use std::net::SocketAddr;

use anyhow::Context as _;

use crate::net::server::listen;

pub fn bind(address: SocketAddr, key: &str) -> anyhow::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)
        .with_context(|| format!("{key}: could not listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// One listener a worker, all on one port; a port of 0 is chosen by the first.
pub fn bind_all(
    address: SocketAddr,
    workers: usize,
) -> anyhow::Result<(Vec<std::net::TcpListener>, SocketAddr)> {
    // A port that someone else serves may be shared by mistake where both ask to share it: ask alone first.
    drop(bind(address, "listen.proxy")?);
    let what = || format!("listen.proxy: could not listen on {address}");
    let first = listen(address).with_context(what)?;
    let chosen = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..workers {
        listeners.push(listen(chosen).with_context(what)?);
    }
    Ok((listeners, chosen))
}
