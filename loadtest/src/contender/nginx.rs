//! nginx, three times: the backend, the plain proxy and the mirror.
//!
//! Fairness of the proxies: one worker, as every other contender has one thread. HTTP/1.1 and kept connections to
//! both backends, without which it would open one per request. No access log, as no other writes one. Buffering
//! stays at its default, as a person would run it. `keepalive_requests` is raised, or a connection would be closed
//! every thousandth request and the others' are not. The mirror asks for kept connections to new as well; that
//! nginx closes them after each mirrored reply all the same is its own doing.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::Wiring;

/// `user root` only silences the switch to another account, which could not read the work folder.
fn main_part(pid: &str) -> String {
    format!(
        "daemon off;\nuser root;\nworker_processes 1;\npid {pid};\nerror_log stderr crit;\n\
         worker_rlimit_nofile 20000;\nevents {{ worker_connections 16384; }}\n"
    )
}

const HTTP_PART: &str = "  access_log off;\n  sendfile on;\n  tcp_nodelay on;\n  keepalive_timeout 300s;\n  \
     keepalive_requests 1000000000;\n  client_body_temp_path tmp-client;\n  proxy_temp_path tmp-proxy;\n  \
     fastcgi_temp_path tmp-f;\n  uwsgi_temp_path tmp-u;\n  scgi_temp_path tmp-s;\n";

/// Files from the page cache, descriptors kept open: the cheapest honest backend at hand. `/__count` tells how many
/// requests came, which is how a mirror proves that it mirrored.
pub fn backend(listen: SocketAddr, root: &Path, name: &str) -> String {
    format!(
        "{main}http {{\n{HTTP_PART}  default_type application/json;\n  open_file_cache max=64 inactive=1h;\n  \
         open_file_cache_valid 1h;\n  server {{\n    listen {listen} backlog=4096;\n    root {root};\n    \
         location = /__count {{ stub_status; }}\n  }}\n}}\n",
        main = main_part(&format!("{name}.pid")),
        root = root.display(),
    )
}

pub fn proxy(wiring: &Wiring, mirror: bool) -> String {
    let mut text = main_part("proxy-nginx.pid");
    let _cannot_fail = write!(text, "http {{\n{HTTP_PART}{}", upstream("old", wiring.old));
    if mirror {
        text.push_str(&upstream("new", wiring.new));
    }
    let _cannot_fail = write!(
        text,
        "  proxy_http_version 1.1;\n  proxy_set_header Connection \"\";\n  server {{\n    \
         listen {} backlog=4096;\n    location / {{\n      proxy_pass http://old;\n{}    }}\n{}  }}\n}}\n",
        wiring.proxy,
        if mirror { "      mirror /__mirror;\n      mirror_request_body off;\n" } else { "" },
        if mirror {
            "    location = /__mirror { internal; proxy_pass http://new$request_uri; }\n"
        } else {
            ""
        },
    );
    text
}

fn upstream(name: &str, to: SocketAddr) -> String {
    format!("  upstream {name} {{ server {to}; keepalive 128; keepalive_requests 1000000000; }}\n")
}
