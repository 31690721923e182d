//! What waits for the thread that writes. Putting something in never waits for longer than another thread takes to do
//! the same; moves are taken out before anything else.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    EvidenceBatch, Health, Row, Trouble,
    moves::{InTime, Move, Moves},
    pending::{Gathered, Pending},
    queries::Query,
};

/// Questions that wait. Each is a person's.
const MOST_QUERIES: usize = 64;
/// Rows written in one transaction.
const ROWS_AT_ONCE: usize = 256;

/// The next thing to be done.
pub enum Work {
    Move(Move),
    Query(Query),
    Forget((String, String)),
    Evidence(Box<Gathered>),
    Rows(Vec<Row>),
    /// Everything handed in before has been done, or tried once.
    Settled(oneshot::Sender<()>),
    /// Nothing came for as long as was said.
    Nothing,
    /// Somebody wants what failed to be tried again at once.
    Again,
    /// Nothing is left, and nothing will come.
    End,
}

/// What the thread can make use of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    Everything,
    /// Nothing can be written: only what is answered all the same.
    Questions,
}

#[derive(Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    ended: Condvar,
    /// The file is ours and can be read, whether it can be written or not.
    readable: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    moves: Moves,
    pending: Pending,
    queries: Vec<Query>,
    settled: Vec<oneshot::Sender<()>>,
    again: bool,
    closing: bool,
    ended: bool,
    health: Health,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A move that finds no room, or nobody to write it, is given back.
    pub fn put(&self, next: Move) -> Result<(), (Move, Trouble)> {
        let mut waiting = self.waiting();
        if waiting.closing || waiting.ended {
            return Err((next, Trouble::closed()));
        }
        waiting.moves.put(next).map_err(|next| (next, Trouble::Behind))?;
        self.arrived.notify_one();
        Ok(())
    }

    pub fn ask(&self, query: Query) -> Result<(), (Query, Trouble)> {
        let mut waiting = self.waiting();
        if waiting.ended {
            return Err((query, Trouble::closed()));
        }
        if waiting.queries.len() >= MOST_QUERIES {
            return Err((query, Trouble::Behind));
        }
        waiting.queries.push(query);
        self.arrived.notify_one();
        Ok(())
    }

    pub fn keep(&self, batch: EvidenceBatch) {
        self.pend(|pending| pending.keep(batch));
    }

    pub fn note(&self, row: Row) {
        self.pend(|pending| pending.note(row));
    }

    pub fn forget(&self, route: &str, epoch: &str) {
        self.pend(|pending| pending.forget(route, epoch));
    }

    fn pend(&self, put: impl FnOnce(&mut Pending)) {
        let mut waiting = self.waiting();
        if !waiting.closing && !waiting.ended {
            put(&mut waiting.pending);
            self.arrived.notify_one();
        }
    }

    /// Resolves when everything handed in before is written, or was tried and failed.
    pub fn settle(&self) -> oneshot::Receiver<()> {
        let (settled, known) = oneshot::channel();
        let mut waiting = self.waiting();
        if !waiting.ended {
            waiting.settled.push(settled);
            self.arrived.notify_one();
        }
        known
    }

    pub fn again(&self) {
        self.waiting().again = true;
        self.arrived.notify_one();
    }

    /// Nothing is taken any more.
    pub fn close(&self) {
        self.waiting().closing = true;
        self.arrived.notify_one();
    }

    /// Until the thread has ended, at most so long.
    pub fn wait_for_the_end(&self, deadline: Duration) {
        let waiting = self.waiting();
        let _ended = self.ended.wait_timeout_while(waiting, deadline, |waiting| !waiting.ended);
    }

    pub fn is_readable(&self) -> bool {
        self.readable.load(Ordering::Acquire)
    }

    pub fn set_readable(&self, readable: bool) {
        self.readable.store(readable, Ordering::Release);
    }

    pub fn health(&self) -> Health {
        let waiting = self.waiting();
        Health {
            waiting: u64::try_from(waiting.moves.in_time()).unwrap_or(u64::MAX),
            lost_batches: waiting.health.lost_batches.saturating_add(waiting.pending.lost()),
            ..waiting.health.clone()
        }
    }
}

/// For the thread that writes.
impl Inbox {
    /// Waits for at most `patience` when there is nothing to do.
    pub fn next(&self, appetite: Appetite, patience: Duration) -> Work {
        let mut waiting = self.waiting();
        let mut waited = false;
        loop {
            if let Some(work) = waiting.next(appetite) {
                return work;
            }
            if waited {
                return Work::Nothing;
            }
            // A wake-up without a cause only makes the next look come early.
            let woken = self.arrived.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
            (waiting, waited) = (woken.0, true);
        }
    }

    /// What failed, to be tried again.
    pub fn put_back(&self, put: impl FnOnce(&mut Moves, &mut Pending)) {
        let mut waiting = self.waiting();
        let Waiting { moves, pending, .. } = &mut *waiting;
        put(moves, pending);
    }

    /// The next move, if it is one to be written in time.
    pub fn take_in_time(&self) -> Option<Box<InTime>> {
        self.waiting().moves.take_in_time()
    }

    /// Those who wait for a move are told that it is not written.
    pub fn refuse(&self, trouble: &Trouble) {
        let answers = self.waiting().moves.take_awaited();
        for answer in answers {
            let _ = answer.send(Err(trouble.clone()));
        }
    }

    pub fn tell(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.waiting().health);
    }

    /// The thread ends: whoever waits for it is told, and nothing is taken any more.
    pub fn end(&self) {
        let mut waiting = self.waiting();
        waiting.ended = true;
        let left = (std::mem::take(&mut waiting.queries), std::mem::take(&mut waiting.settled));
        let answers = waiting.moves.take_awaited();
        drop(waiting);
        for query in left.0 {
            query(Err(Trouble::closed()));
        }
        for answer in answers {
            let _ = answer.send(Err(Trouble::closed()));
        }
        self.ended.notify_all();
    }
}

impl Waiting {
    fn next(&mut self, appetite: Appetite) -> Option<Work> {
        if std::mem::take(&mut self.again) {
            return Some(Work::Again);
        }
        if appetite == Appetite::Everything
            && let Some(next) = self.moves.take()
        {
            return Some(Work::Move(next));
        }
        if appetite == Appetite::Questions && self.moves.has_awaited() {
            return Some(Work::Nothing);
        }
        if let Some(query) = self.queries.pop() {
            return Some(Work::Query(query));
        }
        if appetite == Appetite::Everything
            && let Some(work) = self.next_pending()
        {
            return Some(work);
        }
        if let Some(settled) = self.settled.pop() {
            return Some(Work::Settled(settled));
        }
        self.closing.then_some(Work::End)
    }

    fn next_pending(&mut self) -> Option<Work> {
        if let Some(both) = self.pending.next_forgotten() {
            return Some(Work::Forget(both));
        }
        if let Some(gathered) = self.pending.next_route() {
            return Some(Work::Evidence(Box::new(gathered)));
        }
        let rows = self.pending.next_rows(ROWS_AT_ONCE);
        (!rows.is_empty()).then_some(Work::Rows(rows))
    }
}
