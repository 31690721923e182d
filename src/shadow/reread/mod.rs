//! Reading again: mismatches, to tell lag and races from errors, and a sample of all reads, to learn how much
//! old differs from itself.
//!
//! One thread of low priority does all of it, with connections of its own. Whoever hands work in never waits:
//! what does not fit is counted and stays as it is. Nothing here can touch a live request.

mod head;
mod judge;
mod open;
mod reader;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    permit::{self, Admission, Permit, Purpose},
    read::{Again, Asked, Both, Route, Seen},
};
use crate::{
    clock,
    domain::{
        breaker,
        observation::Reply,
        ration::{self, Ration},
        recheck::Class,
        rereads::{Control, is_in_time},
    },
    metrics::ByReason,
    net::capture::{Budget, Holding},
};

pub use head::MARKER;
pub use open::{Books, Entry, Open};
pub use reader::Reader;

/// From here on a status says that the server failed.
const FAILED: u16 = 500;
/// Requests of ours that old has before it at one time. Where it takes longer, it so gets fewer of them: they must
/// not be what an overload of the system that serves grows by.
const OLD_AT_ONCE: usize = 32;
/// When old fails to answer what it answered before, it is left alone, and the sooner the better.
const OLD_FAILS: breaker::Settings =
    breaker::Settings { failures: 3, backoff: Duration::from_secs(5), max_backoff: Duration::from_secs(120) };
/// Past this part of the memory there is, no pair is held back for old's second reply: the rest is for pairs that
/// are mirrored now.
const CONTROL_SHARE: usize = 2;

/// What may be read again.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When both are read again, counted from the first difference; none for never.
    pub delays: Vec<Duration>,
    /// Rechecks under way at one time.
    pub max_waiting: usize,
    /// Readings (old, new, old) in a second.
    pub rate: u32,
    /// Of the replies and heads that are kept meanwhile.
    pub bytes: usize,
    pub routes: usize,
}

/// The door to the thread that reads again.
pub struct Rereads {
    door: mpsc::Sender<Job>,
    is_open: AtomicBool,
    rechecks: bool,
    ration: Arc<Mutex<Ration>>,
    /// Whether old may be asked once more.
    leave: Arc<Admission>,
    books: Books,
    skipped: ByReason,
}

/// What waits behind the door.
pub type Inbox = mpsc::Receiver<Job>;

pub enum Job {
    Recheck(Box<Open>),
    /// With the leave to ask old once more.
    Control(Box<Both>, Permit),
    /// A pair about the caller's own copy, to be asked for all of what there is; with the same leave.
    Whole(Box<Both>, Permit),
}

/// Two whole replies that differ.
pub struct Mismatch {
    pub entry: Entry,
    /// When the difference was seen.
    pub at: Instant,
    pub route: Arc<Route>,
    pub asked: Asked,
    pub old_status: u16,
    pub new: Reply,
    pub holding: Option<Holding>,
}

impl Rereads {
    /// The door, and what has to be handed to the thread behind it.
    pub fn new(
        settings: &Settings,
        budget: Arc<Budget>,
        books: Books,
        skipped: ByReason,
    ) -> (Rereads, Inbox) {
        // There is room for all that may be under way, so that the bounds that say why come first.
        let (door, inbox) = mpsc::channel(OLD_AT_ONCE + settings.max_waiting);
        let ration = Ration::new(ration::Settings {
            rate: settings.rate,
            readings: u32::try_from(settings.delays.len()).unwrap_or(u32::MAX),
            open: settings.max_waiting,
            bytes: settings.bytes,
            routes: settings.routes,
        });
        let rereads = Rereads {
            door,
            is_open: AtomicBool::new(true),
            rechecks: !settings.delays.is_empty(),
            ration: Arc::new(Mutex::new(ration)),
            leave: Admission::new(
                permit::Settings {
                    purpose: Purpose::Reread,
                    max_in_flight: OLD_AT_ONCE,
                    max_rate: None,
                    breaker: OLD_FAILS,
                },
                budget,
            ),
            books,
            skipped,
        };
        (rereads, inbox)
    }

    /// Nothing is taken in any more.
    pub fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
    }

    /// Rechecks under way.
    pub fn waiting(&self) -> usize {
        self.ration.lock().unwrap_or_else(PoisonError::into_inner).open()
    }

    /// Who says whether old may be asked once more.
    pub const fn leave(&self) -> &Arc<Admission> {
        &self.leave
    }

    /// Reads both sides again later, or leaves the mismatch unchecked and counts why.
    pub(super) fn recheck(&self, mismatch: Mismatch) {
        match self.begin(mismatch) {
            Ok(open) => match self.door.try_send(Job::Recheck(open)) {
                Ok(()) => {}
                // Dropped, it books itself.
                Err(_) => self.skipped.of("queue").inc(),
            },
            Err((entry, reason)) => {
                self.skipped.of(reason).inc();
                self.unread(&entry, reason);
            }
        }
    }

    /// Of a mismatch that is not read again, for this reason.
    pub(super) fn unread(&self, entry: &Entry, reason: &'static str) {
        entry.unread(reason, &self.books);
    }

    /// Of a mismatch that is not read again.
    pub(super) fn classed(&self, entry: &Entry, class: Class) {
        entry.classed(class, &self.books);
    }

    fn begin(&self, mismatch: Mismatch) -> Result<Box<Open>, (Entry, &'static str)> {
        let Mismatch { entry, at, route, asked, old_status, new, holding } = mismatch;
        if Rereads::new_failed(old_status, &new) {
            return Err((entry, "new_failed"));
        }
        if let Err(reason) = self.may_ask(&asked, at, &route) {
            return Err((entry, reason));
        }
        let bytes = open::kept(&new, &asked);
        let mut ration = self.ration.lock().unwrap_or_else(PoisonError::into_inner);
        let granted = match ration.ask(at, route.heading, &entry.signature, bytes) {
            Ok(granted) => Some(granted),
            Err(refusal) => return Err((entry, refusal.name())),
        };
        drop(ration);
        let (books, ration) = (self.books.clone(), self.ration.clone());
        Ok(Box::new(Open {
            began: at,
            route,
            asked,
            old_status,
            new,
            holding,
            entry,
            books,
            is_stale: false,
            granted,
            ration,
            ruling: None,
        }))
    }

    fn may_ask(&self, asked: &Asked, now: Instant, route: &Route) -> Result<(), &'static str> {
        if !self.rechecks || !route.reread {
            return Err("off");
        }
        if !self.is_open.load(Ordering::Relaxed) {
            return Err("draining");
        }
        if self.leave.is_paused(now) {
            return Err("old_failing");
        }
        let again = asked.again.as_ref().ok_or("not_plain")?;
        match may_be_sent(again) {
            true => Ok(()),
            false => Err("not_plain"),
        }
    }

    /// Whether new gave an error where old gave an answer. That it gives the answer later is no lag, and must not
    /// make the error look like one.
    const fn new_failed(old_status: u16, new: &Reply) -> bool {
        old_status < FAILED && new.status >= FAILED
    }

    /// Takes a pair that was drawn, to ask old again before it is judged. Gives it back where that is not to
    /// be: then it is judged as any other.
    pub(super) fn control(&self, both: Both) -> Result<(), Box<Both>> {
        let mut both = Box::new(both);
        let replied = both.old.observation.result.is_ok() && both.new.observation.result.is_ok();
        if replied && is_about_a_copy(&both) {
            if let (Some(permit), Ok(place)) = (self.may_control(&both), self.door.try_reserve()) {
                let whole = |again: Again| Again {
                    old: head::whole(&again.old),
                    new: head::whole(&again.new),
                    ..again
                };
                both.asked.again = both.asked.again.map(whole);
                place.send(Job::Whole(both, permit));
                return Ok(());
            }
            return Err(both);
        }
        let drawn = both.asked.again.as_ref().filter(|again| again.drawn && replied && may_be_sent(again));
        if drawn.is_none() {
            return Err(both);
        }
        let folio = both.case.folio();
        if let (Some(permit), Ok(place)) = (self.may_control(&both), self.door.try_reserve()) {
            place.send(Job::Control(both, permit));
            return Ok(());
        }
        folio.book(|rereads| rereads.control(Control::Skipped));
        Err(both)
    }

    fn may_control(&self, both: &Both) -> Option<Permit> {
        let budget = self.leave.budget();
        let fits = budget.used() <= budget.limit() / CONTROL_SHARE;
        let in_time = is_in_time(both.old.observation.took, both.new.observation.took);
        let may = self.is_open.load(Ordering::Relaxed) && fits && in_time;
        if may { self.leave.ask(clock::now()).ok() } else { None }
    }
}

/// Whether both sides, or one of them, answered with no more than what the caller lacks. That they agree proves
/// nothing; what they would have answered to all callers does.
fn is_about_a_copy(both: &Both) -> bool {
    let is =
        |seen: &Seen| seen.observation.result.as_ref().is_ok_and(|reply| matches!(reply.status, 206 | 304));
    let is_kept =
        both.asked.again.as_ref().is_some_and(|again| !again.old.is_empty() && !again.new.is_empty());
    is_kept && (is(&both.old) || is(&both.new))
}

/// Whether the heads were kept, and ask for all of what there is.
fn may_be_sent(again: &Again) -> bool {
    !again.old.is_empty() && head::is_plain(&again.old)
}
