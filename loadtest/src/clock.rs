//! The only place that waits, and the only one that reads the clock. Load generators time the load themselves.

use std::time::{Duration, Instant};

pub fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Instant {
    Instant::now()
}
