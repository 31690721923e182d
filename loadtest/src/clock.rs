//! The only place that waits. Nothing here reads the clock: the generators time the load themselves.

use std::time::Duration;

pub fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}
