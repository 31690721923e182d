//! How often a repeated event is worth saying.

use std::time::{Duration, Instant};

/// Keeps a repeated event from filling the log: so many in a window, then silence, then how many were
/// not said.
#[derive(Clone, Debug)]
pub struct Throttle {
    allowed: u32,
    window: Duration,
    since: Option<Instant>,
    said: u32,
    suppressed: u64,
}

/// May be said now; this many were not since the last one that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Say {
    pub suppressed: u64,
}

impl Throttle {
    pub const fn new(allowed: u32, window: Duration) -> Throttle {
        Throttle { allowed, window, since: None, said: 0, suppressed: 0 }
    }

    /// Whether the event that happens now may be said.
    pub fn say(&mut self, now: Instant) -> Option<Say> {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= self.window) {
            self.since = Some(now);
            self.said = 0;
        }
        if self.said >= self.allowed {
            self.suppressed += 1;
            return None;
        }
        self.said += 1;
        Some(Say { suppressed: std::mem::take(&mut self.suppressed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_event_is_said_so_often_and_then_counted() {
        let start = crate::clock::now();
        let mut throttle = Throttle::new(2, Duration::from_secs(10));
        let said: Vec<_> = (0..5).map(|s| throttle.say(start + Duration::from_secs(s)).is_some()).collect();
        assert_eq!(said, [true, true, false, false, false]);
        assert_eq!(throttle.say(start + Duration::from_secs(10)), Some(Say { suppressed: 3 }));
        assert_eq!(throttle.say(start + Duration::from_secs(11)), Some(Say { suppressed: 0 }));
    }
}
