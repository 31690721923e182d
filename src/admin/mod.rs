//! What the program tells people and machines: the status endpoints, the API, the report.
//!
//! Reads what the other rooms know; what moves something is asked of the controller. Runs beside the live path, never on a thread
//! that serves requests. Every answer is built anew from one set of facts.

pub mod api;
pub mod auth;
pub mod bounds;
pub mod exhibits;
pub mod facts;
pub mod hosts;
pub mod line;
pub mod problem;
pub mod readiness;
pub mod report;
pub mod rollouts;
pub mod server;
pub mod sheet;
pub mod status;
pub mod words;

#[cfg(test)]
mod wire;
