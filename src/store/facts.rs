//! Facts on their way to the evidence: put down by every thread that sees something, taken away in bulk.
//!
//! Bounded. One shard a thread, so that its lock is almost never waited for. A fact for which there is no room is
//! counted and lost: less evidence, never wrong evidence.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::domain::evidence::Note;

/// Facts one shard holds. They are taken away many times a second.
const MOST: usize = 16_384;

#[derive(Debug)]
pub struct Facts {
    shards: Vec<Shard>,
    lost: AtomicU64,
}

/// Aligned, so that two threads do not write to one cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Vec<Note>>);

impl Facts {
    pub fn new(shards: usize) -> Facts {
        Facts {
            shards: std::iter::repeat_with(Shard::default).take(shards.max(1)).collect(),
            lost: AtomicU64::new(0),
        }
    }

    /// From the thread that has this shard. Never waits for long.
    pub fn put(&self, shard: usize, note: Note) {
        let Some(Shard(notes)) = self.shards.get(shard % self.shards.len()) else { return };
        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MOST {
            notes.push(note);
        } else {
            drop(notes);
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// From a thread that has no shard of its own: into the last one.
    pub fn put_aside(&self, note: Note) {
        self.put(self.shards.len() - 1, note);
    }

    /// Everything that has come since the last time, put after what `into` holds.
    pub fn take(&self, into: &mut Vec<Note>) {
        for Shard(notes) in &self.shards {
            into.append(&mut notes.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Facts there was no room for.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
