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

pub mod admin;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod metrics;
pub mod net;
pub mod proxy;
pub mod shadow;
pub mod store;
pub mod telemetry;
