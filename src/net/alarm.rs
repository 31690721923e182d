//! Deadlines that cost next to nothing: one ticker a thread, and a cell a connection.
//!
//! A timer of the runtime is registered and taken back several times a request, which was measured at
//! 8 % of all user instructions. Here to set a deadline is to write a cell; a ticker looks at all cells
//! some twenty times a second and wakes those that are due. So a deadline is late by up to one tick,
//! which no timeout of a proxy minds. Never used to measure anything.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::pin,
    rc::{Rc, Weak},
    task::{Poll, Waker},
    time::{Duration, Instant},
};

/// Fine enough for timeouts given in tenths of a second, coarse enough to be free.
pub const TICK: Duration = Duration::from_millis(25);

/// What went past its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

struct Entry {
    due: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

/// The one ticker of a thread.
pub struct Ticker {
    now: Cell<Instant>,
    entries: RefCell<Vec<Weak<Entry>>>,
    stopping: Cell<Stopping>,
}

/// How far the end of the program has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stopping {
    Not,
    /// Connections end after their next reply.
    Draining,
    /// Whoever only waits for more work stops waiting.
    Closing,
    /// Whatever is still under way is cut off by the program, and by nobody else.
    Aborting,
}

impl Ticker {
    pub fn new(now: Instant) -> Rc<Ticker> {
        Rc::new(Ticker {
            now: Cell::new(now),
            entries: RefCell::default(),
            stopping: Cell::new(Stopping::Not),
        })
    }

    /// The time of the last tick.
    pub fn now(&self) -> Instant {
        self.now.get()
    }

    /// Wakes everyone who waits for it. Never goes back.
    pub fn stop(&self, stopping: Stopping) {
        self.stopping.set(stopping.max(self.stopping.get()));
        self.tick(self.now.get());
    }

    pub fn stopping(&self) -> Stopping {
        self.stopping.get()
    }

    pub fn is_draining(&self) -> bool {
        self.stopping() >= Stopping::Draining
    }

    /// Wakes everyone who waits under an alarm, to look whether what they wait for still holds.
    pub fn wake_all(&self) {
        for entry in self.entries.borrow().iter().filter_map(Weak::upgrade) {
            if let Some(waker) = entry.waker.borrow_mut().take() {
                waker.wake();
            }
        }
    }

    /// Time has come to `now`: wakes whoever is due and forgets alarms that are gone.
    pub fn tick(&self, now: Instant) {
        self.now.set(now);
        self.entries.borrow_mut().retain(|weak| {
            let Some(entry) = weak.upgrade() else { return false };
            if (entry.due.get().is_some_and(|due| due <= now) || self.is_draining())
                && let Some(waker) = entry.waker.borrow_mut().take()
            {
                waker.wake();
            }
            true
        });
    }
}

/// A deadline of one task, set anew for each thing it waits for.
pub struct Alarm {
    ticker: Rc<Ticker>,
    entry: Rc<Entry>,
    /// No deadline is set past this one.
    limit: Cell<Option<Instant>>,
}

impl Alarm {
    pub fn new(ticker: &Rc<Ticker>) -> Alarm {
        let entry = Rc::new(Entry { due: Cell::new(None), waker: RefCell::new(None) });
        ticker.entries.borrow_mut().push(Rc::downgrade(&entry));
        Alarm { ticker: ticker.clone(), entry, limit: Cell::new(None) }
    }

    /// The time of the last tick.
    pub fn now(&self) -> Instant {
        self.ticker.now()
    }

    /// Bounds all that follows until the next call; `None` bounds nothing.
    pub fn limit(&self, after: Option<Duration>) {
        self.limit.set(after.and_then(|after| self.ticker.now().checked_add(after)));
    }

    /// The next deadline, `after` from now.
    pub fn set(&self, after: Duration) {
        let due = self.ticker.now().checked_add(after);
        self.entry.due.set(match (due, self.limit.get()) {
            (Some(due), Some(limit)) => Some(due.min(limit)),
            (due, limit) => due.or(limit),
        });
    }

    /// No deadline but the limit.
    pub fn clear(&self) {
        self.entry.due.set(self.limit.get());
    }

    /// What `work` gives, unless the deadline comes first. The deadline may be moved meanwhile.
    pub async fn guard<F: Future>(&self, work: F) -> Result<F::Output, Elapsed> {
        self.wait(work, None).await
    }

    /// As `guard`, for a wait that also ends when the stopping has come that far.
    pub async fn guard_until<F: Future>(&self, stopping: Stopping, work: F) -> Result<F::Output, Elapsed> {
        self.wait(work, Some(stopping)).await
    }

    async fn wait<F: Future>(&self, work: F, ends_at: Option<Stopping>) -> Result<F::Output, Elapsed> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            let stopped = ends_at.is_some_and(|end| self.ticker.stopping.get() >= end);
            if stopped || self.entry.due.get().is_some_and(|due| due <= self.ticker.now()) {
                return Poll::Ready(Err(Elapsed));
            }
            let mut waker = self.entry.waker.borrow_mut();
            if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                *waker = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, task::Context};

    use super::*;

    #[test]
    fn a_deadline_that_passes_ends_the_wait_and_one_that_is_moved_does_not() {
        let start = crate::clock::now();
        let ticker = Ticker::new(start);
        let alarm = Alarm::new(&ticker);
        let mut context = Context::from_waker(Waker::noop());

        alarm.set(Duration::from_secs(2));
        let mut wait = pin!(alarm.guard(pending::<()>()));
        assert!(wait.as_mut().poll(&mut context).is_pending());
        ticker.tick(start + Duration::from_secs(1));
        alarm.set(Duration::from_secs(2));
        ticker.tick(start + Duration::from_secs(2));
        assert!(wait.as_mut().poll(&mut context).is_pending());
        ticker.tick(start + Duration::from_secs(3));
        assert!(matches!(wait.as_mut().poll(&mut context), Poll::Ready(Err(Elapsed))));
    }

    #[test]
    fn no_deadline_lies_past_the_limit() {
        let start = crate::clock::now();
        let ticker = Ticker::new(start);
        let alarm = Alarm::new(&ticker);
        alarm.limit(Some(Duration::from_secs(1)));
        alarm.set(Duration::from_secs(60));
        ticker.tick(start + Duration::from_secs(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(alarm.guard(pending::<()>())).as_mut().poll(&mut context).is_ready());
    }
}
