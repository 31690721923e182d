//! What one side did for one request: a reply or a failure, and how long it took.
//!
//! A failure is a value of the observation, never control flow.

use std::time::Duration;

use super::{fields::Fields, payload::Payload};

#[derive(Clone, Debug)]
pub struct Observation {
    pub result: Result<Reply, Failure>,
    /// From the moment the request was handed to the side to the last byte of its reply, or to the failure.
    pub took: Duration,
}

/// A whole reply.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub fields: Fields,
    pub body: Payload,
    pub trailers: Fields,
}

/// Why a side gave no whole reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// No connection: refused, unreachable, or its name does not resolve.
    Refused,
    /// Connecting, the first byte or the whole reply took longer than allowed.
    Timeout,
    /// The connection ended before the head of the reply was whole.
    Reset,
    /// The head came, and the body ended early.
    Truncated,
    /// What came is no HTTP, or breaks its framing.
    Malformed,
    /// The body went on so far past the other side's that it was not read to its end.
    Overlong,
    /// The caller went away first; says nothing about the side.
    Cancelled,
}

impl Failure {
    pub const fn name(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Timeout => "timeout",
            Failure::Reset => "reset",
            Failure::Truncated => "truncated",
            Failure::Malformed => "malformed",
            Failure::Overlong => "overlong",
            Failure::Cancelled => "cancelled",
        }
    }
}
