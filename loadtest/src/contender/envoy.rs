//! Envoy, plain and with `request_mirror_policies`.
//!
//! Fairness: one worker thread, no admin listener, no access log, no statistics sink, no request ids and no Envoy
//! headers, since no other contender adds such. Breakers stay at their default of 1,024, far above 32 connections.

use super::Wiring;

pub const BEFORE: &[&str] = &["--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "-c"];
pub const AFTER: &[&str] = &[];

pub fn proxy(wiring: &Wiring, mirror: bool) -> String {
    let policy = if mirror { ", request_mirror_policies: [{ cluster: new }]" } else { "" };
    let manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    format!(
        "static_resources:\n  listeners:\n  - name: live\n    address: {listen}\n    filter_chains:\n    - filters:\n      \
         - name: http\n        typed_config:\n          \"@type\": {manager}\n          stat_prefix: live\n          \
         codec_type: HTTP1\n          generate_request_id: false\n          route_config:\n            \
         virtual_hosts:\n            - name: all\n              domains: [\"*\"]\n              routes:\n              \
         - match: {{ prefix: \"/\" }}\n                route: {{ cluster: old{policy} }}\n          http_filters:\n          \
         - name: router\n            typed_config: {{ \"@type\": {router}, suppress_envoy_headers: true }}\n  \
         clusters:\n{old}{new}",
        listen = address(wiring.proxy),
        old = cluster("old", wiring.old),
        new = if mirror { cluster("new", wiring.new) } else { String::new() },
    )
}

fn cluster(name: &str, to: std::net::SocketAddr) -> String {
    format!(
        "  - name: {name}\n    type: STATIC\n    connect_timeout: 2s\n    load_assignment:\n      cluster_name: {name}\n      \
         endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {} }} }}] }}]\n",
        address(to)
    )
}

fn address(at: std::net::SocketAddr) -> String {
    format!("{{ socket_address: {{ address: {}, port_value: {} }} }}", at.ip(), at.port())
}
