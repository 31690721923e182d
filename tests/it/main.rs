//! readshift from outside: real sockets before it, behind it, and no fakes inside.
//!
//! Modules are named by behaviour. A test is a sentence; what it needs of the wire is in `lab`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod lab;
mod scrape;

mod account;
mod advancing;
mod asking_commands;
mod bodies;
mod cases;
mod climbing;
mod command_line;
mod demo;
mod diff_command;
mod draining;
mod faults_of_new;
mod forwarding;
mod framing;
mod hostile;
mod house;
mod http2;
mod kept;
mod killed;
mod limits;
mod live_stages;
mod mirroring;
mod preflight;
mod real_clients;
mod rechecks;
mod reload;
mod rescue;
mod reverting;
mod rules_command;
mod suggested_rules;
mod timeouts;
mod upgrades;
mod watched;
