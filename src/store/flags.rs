//! The published stage of each rollout: written by one, read by every request without waiting.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::domain::{percent::Share, plan::Stage};

const OFF: u32 = 0;
const SHADOW: u32 = 1;
/// A live stage is its share in parts per million above this.
const LIVE: u32 = 2;

/// In the order of the rollouts in the config.
#[derive(Debug)]
pub struct Flags {
    rollouts: Vec<Flag>,
    /// The sum of all recalls, so that one look tells whether there was another.
    recalls: AtomicU32,
}

#[derive(Debug)]
struct Flag {
    /// The generation above, the stage below.
    word: AtomicU64,
    /// Nothing is served by new, whatever is published.
    forced: AtomicBool,
    /// How often requests were taken back that were on their way to new.
    recalls: AtomicU32,
}

/// What requests are planned by from one moment to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    pub stage: Stage,
    /// One more with each stage that is published.
    pub generation: u32,
}

impl Flags {
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Flags {
        let flag = |stage| Flag {
            word: AtomicU64::new(encode(stage).into()),
            forced: AtomicBool::new(false),
            recalls: AtomicU32::new(0),
        };
        Flags { rollouts: stages.into_iter().map(flag).collect(), recalls: AtomicU32::new(0) }
    }

    /// A rollout that does not exist is off: old serves.
    pub fn published(&self, rollout: usize) -> Published {
        let Some(flag) = self.rollouts.get(rollout) else {
            return Published { stage: Stage::Off, generation: 0 };
        };
        let word = flag.word.load(Ordering::Acquire);
        let stage = decode(word as u32);
        let stage =
            if stage.is_live() && flag.forced.load(Ordering::Acquire) { Stage::Shadow } else { stage };
        Published { stage, generation: (word >> 32) as u32 }
    }

    pub fn stage(&self, rollout: usize) -> Stage {
        self.published(rollout).stage
    }

    /// Every request that is planned from now on is planned by this stage. Tells its generation. By the controller
    /// alone.
    pub fn publish(&self, rollout: usize, stage: Stage) -> u32 {
        let Some(flag) = self.rollouts.get(rollout) else { return 0 };
        let generation = ((flag.word.load(Ordering::Acquire) >> 32) as u32).wrapping_add(1);
        flag.word.store(u64::from(generation) << 32 | u64::from(encode(stage)), Ordering::Release);
        generation
    }

    /// Brings every read back to old whatever is published, or ends that. For whoever cannot wait for the
    /// controller, and for a kill switch.
    pub fn force_old(&self, rollout: usize, forced: bool) {
        if let Some(flag) = self.rollouts.get(rollout) {
            flag.forced.store(forced, Ordering::Release);
        }
    }

    pub fn is_forced(&self, rollout: usize) -> bool {
        self.rollouts.get(rollout).is_some_and(|flag| flag.forced.load(Ordering::Acquire))
    }

    /// Takes back what new has not begun to answer: old answers it. To be called after new requests go to old.
    pub fn abort_in_flight(&self, rollout: usize) {
        if let Some(flag) = self.rollouts.get(rollout) {
            flag.recalls.fetch_add(1, Ordering::Release);
            self.recalls.fetch_add(1, Ordering::Release);
        }
    }

    /// Another number than when a request was planned: it was taken back.
    pub fn recalls(&self, rollout: usize) -> u32 {
        self.rollouts.get(rollout).map_or(0, |flag| flag.recalls.load(Ordering::Acquire))
    }

    /// Of all rollouts together.
    pub fn all_recalls(&self) -> u32 {
        self.recalls.load(Ordering::Acquire)
    }

    pub const fn len(&self) -> usize {
        self.rollouts.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.rollouts.is_empty()
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
        let stages = [Stage::Off, Stage::Shadow, Stage::Live(Share::NONE), Stage::Live(Share::ALL)];
        for (before, stage) in stages.into_iter().enumerate() {
            let generation = flags.publish(0, stage);
            assert_eq!(flags.published(0), Published { stage, generation });
            assert_eq!(generation as usize, before + 1);
        }
        assert_eq!(flags.stage(1), Stage::Off);
    }

    #[test]
    fn while_old_is_forced_no_published_stage_is_live() {
        let flags = Flags::new([Stage::Live(Share::ALL)]);
        flags.force_old(0, true);
        assert_eq!(flags.stage(0), Stage::Shadow);
        flags.publish(0, Stage::Live(Share::ALL));
        assert_eq!(flags.stage(0), Stage::Shadow);
        flags.force_old(0, false);
        assert_eq!(flags.stage(0), Stage::Live(Share::ALL));
    }

    #[test]
    fn what_is_taken_back_is_of_one_rollout_and_can_be_seen_by_one_look() {
        let flags = Flags::new([Stage::Shadow, Stage::Shadow]);
        flags.abort_in_flight(1);
        flags.abort_in_flight(7);
        assert_eq!((flags.recalls(0), flags.recalls(1), flags.recalls(7), flags.all_recalls()), (0, 1, 0, 1));
    }
}
