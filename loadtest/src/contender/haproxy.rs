//! haproxy as a plain proxy.
//!
//! Fairness: one thread; kept connections on both sides, shared freely (`http-reuse always`), so that it never opens
//! one per request; no log; no health checks, as the others have none. haproxy has no mirror of its own.

use super::Wiring;

pub fn proxy(wiring: &Wiring) -> String {
    format!(
        "global\n  nbthread 1\n  maxconn 9000\ndefaults\n  mode http\n  option http-keep-alive\n  http-reuse always\n  \
         timeout connect 2s\n  timeout client 300s\n  timeout server 60s\n  timeout http-keep-alive 300s\n\
         frontend live\n  bind {proxy} backlog 4096\n  default_backend old\n\
         backend old\n  server old {old} pool-max-conn 128\n",
        proxy = wiring.proxy,
        old = wiring.old,
    )
}
