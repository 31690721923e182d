//! Whether requests should be sent here. A latch: it only ever goes forward.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// Where the program stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The config is read and the listeners are being bound.
    Starting,
    Ready,
    /// Stopping: what is in flight is finished, and nothing new should come.
    Draining,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Ready => "ready",
            Phase::Draining => "draining",
        }
    }
}

/// Starting, then ready, then draining. Depends on neither side: a proxy whose new side is down, or
/// whose old side is, has to stay in service and say so.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    pub fn new() -> Readiness {
        Readiness::default()
    }

    /// Everything is bound. Without effect once the program drains.
    pub fn ready(&self) {
        self.0.fetch_max(1, Ordering::AcqRel);
    }

    pub fn draining(&self) {
        self.0.fetch_max(2, Ordering::AcqRel);
    }

    pub fn phase(&self) -> Phase {
        match self.0.load(Ordering::Acquire) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            _ => Phase::Draining,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drains_is_never_ready_again() {
        let readiness = Readiness::new();
        let seen = [
            readiness.phase(),
            (readiness.ready(), readiness.phase()).1,
            (readiness.draining(), readiness.phase()).1,
            (readiness.ready(), readiness.phase()).1,
        ];
        assert_eq!(seen, [Phase::Starting, Phase::Ready, Phase::Draining, Phase::Draining]);
    }
}
