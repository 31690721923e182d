//! Why a request is refused before any upstream hears of it, and what the client is told.

/// A request that is not forwarded. The connection is closed after it: what follows on it cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub why: &'static str,
}

impl Refusal {
    pub const fn bad(why: &'static str) -> Refusal {
        Refusal { status: 400, why }
    }

    /// The kind of refusal, as a metric's label.
    pub const fn kind(&self) -> &'static str {
        match self.status {
            408 => "head_timeout",
            414 | 431 => "too_large",
            417 => "expectation",
            501 => "not_implemented",
            _ => "malformed",
        }
    }
}

/// The phrase a status goes with where readshift itself answers.
pub const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        408 => "Request Timeout",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}
