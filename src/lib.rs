//! # readshift
//!
//! A reverse proxy that a team puts in front of a service while it replaces the system behind it.
//!
//! ## What it promises
//!
//! 1. The client never waits for a shadow. A slow, dead, hostile or flooded shadow side changes no live
//!    byte and no live latency.
//! 2. No shadow byte ever reaches a client.
//! 3. Only reads are shadowed. What is not declared a read goes to old untouched, once.
//! 4. Every request is accounted for: what was received equals what was compared plus what was not, each
//!    with a reason. Nothing is dropped silently, and "nothing happened" never looks like "everything
//!    matched".
//! 5. Absence of evidence is never a pass. No traffic, only empty answers, only shed shadows, a stale
//!    window: the gate holds and says what is missing.
//! 6. A revert always works: under full load, with a full disk, with the store gone, in every state. It
//!    needs no evidence and no one's permission but the caller's.
//! 7. Failure moves reads toward old, never toward new. State lost, store unreachable too long, config
//!    unreadable at start: old serves.
//! 8. Every queue, buffer, table and label set has a bound.
//! 9. Who moved which reads where, when, why and on what evidence can be read afterwards, and a change to
//!    that record shows.
//! 10. The same evidence and the same rules give the same decision (time and chance are arguments).
//!
//! ## Where what lives
//!
//! Rooms stand on floors. An import never runs upward, rooms on one floor do not import each other, and a
//! test (`tests/it/house.rs`) holds that. From the top:
//!
//! | room | what |
//! |---|---|
//! | [`cli`] | a command line becomes a call, and an exit code |
//! | [`app`] | the composition root: build, bind, start; stop in order, with a deadline |
//! | [`proxy`] | THE LIVE PATH: route, plan, offer, forward, respond |
//! | [`admin`] | the status listener, the API, the report |
//! | [`shadow`] | THE SHADOW PATH: permit or shed, mirror, pair, compare, record, read again |
//! | [`controller`] | THE CONTROL PATH: one mailbox, one loop; the only writer of rollout state |
//! | [`net`] | sockets and messages, in either direction; HTTP/1.1 by hand, HTTP/2 by hyper |
//! | [`store`] | the published stages, the account, the samples of mismatches |
//! | [`config`] | text → settings, every problem told at once |
//! | [`metrics`], [`telemetry`] | every metric in one table; the log |
//! | [`demo`] | two backends that disagree, and traffic; knows nothing of the proxy |
//! | [`clock`] | the only place that reads the time |
//! | [`domain`] | PURE: what the words mean, and every decision |
//!
//! A request goes from `net::server` (accepted) and `net::h1::serve` (its head read) to `proxy` (`handle`, the
//! five steps), from there to `net::upstream` and back through `net::downstream`. Its copy leaves in
//! `shadow::live`, is sent by `shadow::mirror`, meets the live reply in `shadow::pair`, is judged by
//! `domain::compare` and put into its row by `shadow::record`. What mismatched is read again by `shadow::reread`.

pub mod admin;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod controller;
pub mod demo;
pub mod domain;
pub mod metrics;
pub mod net;
pub mod proxy;
pub mod shadow;
pub mod store;
pub mod telemetry;
