//! The only file that reads a clock. Everything else gets its time as an argument.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, for durations. Monotonic.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Now, for people: milliseconds since 1970-01-01T00:00:00Z.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn unix_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
