//! The demo's world: two real backends with seeded defects, and the traffic that finds them.
//!
//! What `readshift demo` needs besides readshift itself. Nothing here knows the proxy: it stands
//! between these sockets like between any others, with a config as an operator would write it, and
//! is told nothing. Imports nothing of ours but the clock.

pub mod backend;
pub mod caller;
pub mod config;
pub mod data;
mod dates;
pub mod defects;
mod dice;
mod endpoints;
pub mod flavour;
pub mod mix;
pub mod store;
pub mod traffic;
mod views;
