//! Moves on their way to the file, in the order they were made.
//!
//! A move that somebody waits for is answered, written or not. One that is to be written in time is kept until it is
//! written. Bounded: past the bound the entries of moves that later ones have made void are dropped, and the next
//! entry of the same rollout says how many; the newest state of each rollout is never dropped.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::Trouble;
use crate::domain::{
    journal::{Draft, Entry},
    rollout::State,
};

/// Moves that somebody waits for. People make them, one at a time.
const MOST_AWAITED: usize = 256;
/// Moves toward safety while nothing can be written: days of them, a few KiB each.
const MOST_IN_TIME: usize = 1_000;

pub type Answer = oneshot::Sender<Result<Entry, Trouble>>;

pub enum Move {
    Awaited(Box<Awaited>),
    InTime(Box<InTime>),
}

pub struct Awaited {
    pub draft: Draft,
    pub state: State,
    pub expected: u64,
    pub answer: Answer,
}

#[derive(Clone, Debug)]
pub struct InTime {
    pub draft: Draft,
    pub state: State,
    /// Entries of this rollout that were dropped before this one.
    pub dropped: u64,
}

#[derive(Default)]
pub struct Moves {
    queue: VecDeque<Move>,
    awaited: usize,
    in_time: usize,
}

impl Moves {
    /// At the end. Given back where there is no room; a move in time always has room.
    pub fn put(&mut self, next: Move) -> Result<(), Move> {
        match next {
            Move::Awaited(_) if self.awaited >= MOST_AWAITED => return Err(next),
            Move::Awaited(_) => self.awaited += 1,
            Move::InTime(_) => self.in_time += 1,
        }
        self.queue.push_back(next);
        self.squeeze();
        Ok(())
    }

    pub fn take(&mut self) -> Option<Move> {
        let next = self.queue.pop_front()?;
        match next {
            Move::Awaited(_) => self.awaited -= 1,
            Move::InTime(_) => self.in_time -= 1,
        }
        Some(next)
    }

    /// The next move, if nobody waits for it.
    pub fn take_in_time(&mut self) -> Option<Box<InTime>> {
        self.queue.front().and_then(in_time)?;
        match self.take() {
            Some(Move::InTime(next)) => Some(next),
            _ => None,
        }
    }

    /// It could not be written: it is the next one again.
    pub fn put_back(&mut self, first: Box<InTime>) {
        self.in_time += 1;
        self.queue.push_front(Move::InTime(first));
        self.squeeze();
    }

    /// Every move that somebody waits for, while nothing can be written.
    pub fn take_awaited(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for next in std::mem::take(&mut self.queue) {
            match next {
                Move::Awaited(awaited) => answers.push(awaited.answer),
                in_time => self.queue.push_back(in_time),
            }
        }
        self.awaited = 0;
        answers
    }

    /// Moves in time that are not written yet.
    pub const fn in_time(&self) -> usize {
        self.in_time
    }

    pub const fn has_awaited(&self) -> bool {
        self.awaited > 0
    }

    fn squeeze(&mut self) {
        while self.in_time > MOST_IN_TIME {
            let Some((place, heir)) = self.void() else { return };
            let Some(Move::InTime(gone)) = self.queue.remove(place) else { return };
            self.in_time -= 1;
            // One place nearer, now that the other is gone.
            if let Some(Move::InTime(heir)) = self.queue.get_mut(heir - 1) {
                heir.dropped += gone.dropped + 1;
            }
        }
    }

    /// The oldest move in time that a later one of the same rollout has made void, and the next of that rollout.
    fn void(&self) -> Option<(usize, usize)> {
        self.queue.iter().enumerate().find_map(|(place, held)| {
            let rollout = &in_time(held)?.draft.rollout;
            let after = |next: &&Move| in_time(next).is_some_and(|next| next.draft.rollout == *rollout);
            let ahead = self.queue.iter().skip(place + 1).position(|next| after(&next))?;
            Some((place, place + 1 + ahead))
        })
    }
}

impl InTime {
    /// As it is to be written: with what was dropped before it.
    pub fn told(&self) -> Draft {
        let mut draft = self.draft.clone();
        if self.dropped > 0 {
            draft.why = format!(
                "{} (before this, {} entries of this rollout were dropped: nothing could be written for long)",
                draft.why, self.dropped
            );
        }
        draft
    }
}

fn in_time(held: &Move) -> Option<&InTime> {
    match held {
        Move::InTime(held) => Some(held),
        Move::Awaited(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::made::moved, *};

    fn in_time(rollout: &str, version: u64) -> Move {
        let (draft, state) = moved(rollout, version);
        Move::InTime(Box::new(InTime { draft, state, dropped: 0 }))
    }

    fn put(moves: &mut Moves, next: Move) {
        assert!(moves.put(next).is_ok());
    }

    #[test]
    fn past_the_bound_what_is_void_is_dropped_and_the_next_entry_says_so() {
        let mut moves = Moves::default();
        put(&mut moves, in_time("orders", 1));
        for version in 1..=MOST_IN_TIME as u64 + 4 {
            put(&mut moves, in_time("users", version));
        }
        assert_eq!(moves.in_time(), MOST_IN_TIME);
        let Some(Move::InTime(first)) = moves.take() else { panic!() };
        assert_eq!((first.draft.rollout.as_str(), first.dropped), ("orders", 0));
        let Some(Move::InTime(next)) = moves.take() else { panic!() };
        assert_eq!((next.state.version, next.dropped), (6, 5));
        assert!(next.told().why.contains("5 entries"), "{}", next.told().why);
    }

    #[test]
    fn the_newest_state_of_each_rollout_is_kept_whatever_the_bound() {
        let mut moves = Moves::default();
        for n in 0..MOST_IN_TIME + 7 {
            put(&mut moves, in_time(&format!("rollout {n}"), 1));
        }
        assert_eq!(moves.in_time(), MOST_IN_TIME + 7);
    }

    #[test]
    fn a_move_that_is_waited_for_is_refused_when_too_many_wait() {
        let mut moves = Moves::default();
        let awaited = || {
            let (draft, state) = moved("users", 1);
            Move::Awaited(Box::new(Awaited { draft, state, expected: 0, answer: oneshot::channel().0 }))
        };
        for _ in 0..MOST_AWAITED {
            put(&mut moves, awaited());
        }
        assert!(moves.put(awaited()).is_err());
        assert!(moves.put(in_time("users", 2)).is_ok());
        assert_eq!(moves.take_awaited().len(), MOST_AWAITED);
        assert!(matches!(moves.take(), Some(Move::InTime(_))) && moves.take().is_none());
    }
}
