//! What the threads of the control path leave each other to read, without a queue that could be full.
//!
//! Written by the loop, unless said otherwise; everything is a value that is replaced or a number that grows, so
//! whoever reads late misses nothing that still matters.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread::Thread,
};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::{Reload, Setup};
use crate::domain::rollout::State;

pub struct Board {
    /// In force. Replaced by a reload.
    pub setup: ArcSwap<Setup>,
    /// What came of the last reload.
    pub reload: ArcSwapOption<Reload>,
    rollouts: Vec<Posted>,
    killed: AtomicBool,
    /// Somebody waits for a decision.
    wanted: AtomicBool,
    stopping: AtomicBool,
    judging: OnceLock<Thread>,
}

/// Of one rollout.
struct Posted {
    id: String,
    state: ArcSwap<State>,
    /// One more with each change that makes a decision made before it void.
    turns: AtomicU64,
    /// How often its evidence was thrown away.
    forgotten: AtomicU32,
    /// When reads were last brought back from new, in milliseconds since 1970; 0 for never.
    reverted_millis: AtomicU64,
}

impl Board {
    pub fn new(setup: Setup, states: &[State]) -> Board {
        let posted = |(rollout, state): (&crate::domain::rollout::Rollout, &State)| Posted {
            id: rollout.id.clone(),
            state: ArcSwap::from_pointee(state.clone()),
            turns: AtomicU64::new(0),
            forgotten: AtomicU32::new(0),
            reverted_millis: AtomicU64::new(0),
        };
        Board {
            rollouts: setup.rollouts.iter().zip(states).map(posted).collect(),
            setup: ArcSwap::from_pointee(setup),
            reload: ArcSwapOption::empty(),
            killed: AtomicBool::new(false),
            wanted: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            judging: OnceLock::new(),
        }
    }

    pub fn rollouts(&self) -> usize {
        self.rollouts.len()
    }

    pub fn place(&self, id: &str) -> Option<usize> {
        self.rollouts.iter().position(|posted| posted.id == id)
    }

    pub fn id(&self, place: usize) -> &str {
        self.rollouts.get(place).map_or("", |posted| &posted.id)
    }

    pub fn state(&self, place: usize) -> Option<Arc<State>> {
        self.rollouts.get(place).map(|posted| posted.state.load_full())
    }

    pub fn post(&self, place: usize, state: &State) {
        if let Some(posted) = self.rollouts.get(place) {
            posted.state.store(Arc::new(state.clone()));
        }
    }

    /// Which turn of the rollout this is: a decision counts only in the turn it was made in.
    pub fn turn(&self, place: usize) -> u64 {
        self.rollouts.get(place).map_or(0, |posted| posted.turns.load(Ordering::Acquire))
    }

    pub fn next_turn(&self, place: usize) {
        if let Some(posted) = self.rollouts.get(place) {
            posted.turns.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub fn forgotten(&self, place: usize) -> u32 {
        self.rollouts.get(place).map_or(0, |posted| posted.forgotten.load(Ordering::Acquire))
    }

    pub fn forget(&self, place: usize) {
        if let Some(posted) = self.rollouts.get(place) {
            posted.forgotten.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub fn reverted_millis(&self, place: usize) -> u64 {
        self.rollouts.get(place).map_or(0, |posted| posted.reverted_millis.load(Ordering::Relaxed))
    }

    pub fn reverted(&self, place: usize, now_millis: u64) {
        if let Some(posted) = self.rollouts.get(place) {
            posted.reverted_millis.store(now_millis, Ordering::Relaxed);
        }
    }

    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// By the thread that looks for the file.
    pub fn set_killed(&self, killed: bool) {
        self.killed.store(killed, Ordering::Release);
    }

    /// Asks for a decision on every rollout, now.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Release);
        self.wake();
    }

    /// By the thread that judges: whether somebody has asked since the last time.
    pub fn take_want(&self) -> bool {
        self.wanted.swap(false, Ordering::AcqRel)
    }

    /// By the thread that judges, of itself.
    pub fn judged_by(&self, thread: Thread) {
        let _ = self.judging.set(thread);
    }

    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake();
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn wake(&self) {
        if let Some(thread) = self.judging.get() {
            thread.unpark();
        }
    }
}
