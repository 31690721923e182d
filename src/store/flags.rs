//! The published stage of each rollout: written by one, read by every request without waiting.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::domain::{percent::Share, plan::Stage};

const OFF: u32 = 0;
const SHADOW: u32 = 1;
/// A live stage is its share in parts per million above this.
const LIVE: u32 = 2;

/// In the order of the rollouts in the config.
#[derive(Debug)]
pub struct Flags {
    stages: Vec<AtomicU32>,
}

impl Flags {
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Flags {
        Flags { stages: stages.into_iter().map(|stage| AtomicU32::new(encode(stage))).collect() }
    }

    /// A rollout that does not exist is off: old serves.
    pub fn stage(&self, rollout: usize) -> Stage {
        self.stages.get(rollout).map_or(Stage::Off, |stage| decode(stage.load(Ordering::Acquire)))
    }

    pub fn publish(&self, rollout: usize, stage: Stage) {
        if let Some(slot) = self.stages.get(rollout) {
            slot.store(encode(stage), Ordering::Release);
        }
    }
}

const fn encode(stage: Stage) -> u32 {
    match stage {
        Stage::Off => OFF,
        Stage::Shadow => SHADOW,
        Stage::Live(share) => LIVE + share.ppm(),
    }
}

fn decode(word: u32) -> Stage {
    match word {
        OFF => Stage::Off,
        SHADOW => Stage::Shadow,
        // Only ever written by `encode`; anything else would mean old serves.
        live => Share::from_ppm(live - LIVE).map_or(Stage::Off, Stage::Live),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_read_as_it_was_published_and_an_unknown_rollout_is_off() {
        let flags = Flags::new([Stage::Shadow]);
        for stage in [Stage::Off, Stage::Shadow, Stage::Live(Share::NONE), Stage::Live(Share::ALL)] {
            flags.publish(0, stage);
            assert_eq!(flags.stage(0), stage);
        }
        assert_eq!(flags.stage(1), Stage::Off);
    }
}
