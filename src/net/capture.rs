//! What is kept of a body as it streams by: its first bytes, or past a limit a running hash.
//!
//! Never waits, never fails the stream it watches, and holds no more than it has taken from the budget.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::{Bytes, BytesMut};
use xxhash_rust::xxh3::Xxh3Default;

use crate::domain::payload::{Chunks, Payload};

/// Below this a piece is copied to its neighbours: it would otherwise keep a whole read buffer alive,
/// and a body that trickles in would cost more in pieces than in bytes.
const COPY_BELOW: usize = 16 << 10;

/// Bytes the shadow path of the whole process may hold.
#[derive(Debug)]
pub struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub fn new(limit: usize) -> Arc<Budget> {
        Arc::new(Budget { used: AtomicUsize::new(0), limit })
    }

    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    pub const fn limit(&self) -> usize {
        self.limit
    }

    pub fn is_used_up(&self) -> bool {
        self.used() >= self.limit
    }

    fn take(&self, bytes: usize) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.limit;
        if !fits {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

/// Bytes taken from the budget, given back when dropped.
#[derive(Debug)]
pub struct Holding {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Holding {
    pub const fn new(budget: Arc<Budget>) -> Holding {
        Holding { budget, bytes: 0 }
    }

    /// Whether the budget had room for that many more.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.budget.take(bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    fn release(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = 0;
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.release();
    }
}

/// The budget has no room for the bytes that came: the pair cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBudget;

/// Watches one body.
pub struct Capture {
    kept: Kept,
    limit: usize,
    length: u64,
    holding: Holding,
}

enum Kept {
    /// What came in large pieces, and after it what came in small ones.
    Bytes(Chunks, BytesMut),
    Hash(Box<Xxh3Default>),
}

impl Capture {
    pub fn new(limit: usize, budget: Arc<Budget>) -> Capture {
        Capture {
            kept: Kept::Bytes(Chunks::default(), BytesMut::new()),
            limit,
            length: 0,
            holding: Holding::new(budget),
        }
    }

    /// A piece of the body went by.
    pub fn push(&mut self, piece: &Bytes) -> Result<(), OutOfBudget> {
        self.length += piece.len() as u64;
        match &mut self.kept {
            Kept::Hash(hash) => hash.update(piece),
            Kept::Bytes(chunks, small) if chunks.len() + small.len() + piece.len() > self.limit => {
                let mut hash = Box::new(Xxh3Default::new());
                chunks.pieces().iter().for_each(|kept| hash.update(kept));
                hash.update(small);
                hash.update(piece);
                self.kept = Kept::Hash(hash);
                self.holding.release();
            }
            Kept::Bytes(chunks, small) => {
                if !self.holding.grow(piece.len()) {
                    return Err(OutOfBudget);
                }
                if piece.len() < COPY_BELOW {
                    small.extend_from_slice(piece);
                } else {
                    chunks.push(std::mem::take(small).freeze());
                    chunks.push(piece.clone());
                }
            }
        }
        Ok(())
    }

    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Past the limit: only the hash goes on.
    pub const fn is_hashed(&self) -> bool {
        matches!(self.kept, Kept::Hash(_))
    }

    /// The body ended well. The holding lives as long as the payload does.
    pub fn finish(self) -> (Payload, Holding) {
        let payload = match self.kept {
            Kept::Bytes(mut chunks, small) => {
                chunks.push(small.freeze());
                Payload::Whole(chunks)
            }
            Kept::Hash(hash) => Payload::Hashed { length: self.length, hash: hash.digest128() },
        };
        (payload, self.holding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(size: usize, count: usize) -> impl Iterator<Item = Bytes> {
        (0..count).map(move |n| Bytes::from(vec![n as u8; size]))
    }

    #[test]
    fn a_body_within_the_limit_is_kept_whole_and_counted_against_the_budget() {
        let budget = Budget::new(1000);
        let mut capture = Capture::new(500, budget.clone());
        pieces(100, 5).for_each(|piece| capture.push(&piece).unwrap());
        assert_eq!(budget.used(), 500);
        let (payload, holding) = capture.finish();
        assert!(matches!(payload, Payload::Whole(chunks) if chunks.len() == 500));
        drop(holding);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn past_the_limit_only_a_hash_is_kept_wherever_the_cuts_lie() {
        let budget = Budget::new(1000);
        let all: Vec<u8> = pieces(100, 9).flatten().collect();
        let hashes: Vec<u128> = [1, 7, 100, 900]
            .into_iter()
            .map(|cut| {
                let mut capture = Capture::new(250, budget.clone());
                all.chunks(cut).for_each(|piece| capture.push(&Bytes::copy_from_slice(piece)).unwrap());
                assert_eq!(budget.used(), 0);
                match capture.finish().0 {
                    Payload::Hashed { length: 900, hash } => hash,
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn what_the_budget_has_no_room_for_is_refused_and_nothing_leaks() {
        let budget = Budget::new(150);
        let mut capture = Capture::new(500, budget.clone());
        let outcomes: Vec<_> = pieces(100, 2).map(|piece| capture.push(&piece)).collect();
        assert_eq!(outcomes, [Ok(()), Err(OutOfBudget)]);
        drop(capture);
        assert_eq!(budget.used(), 0);
    }
}
