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

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::read::{Again, Asked, Both, Route};
use crate::{
    domain::{
        observation::Reply,
        payload::Payload,
        ration::{self, Ration},
        recheck::Class,
        rereads::Control,
    },
    metrics::ByReason,
    net::capture::Holding,
    store::samples::Samples,
};

pub use head::MARKER;
pub use open::{Entry, Open};
pub use reader::Reader;

/// From here on a status says that the server failed.
const FAILED: u16 = 500;
/// Pairs that wait for old's second reply: where old is slow, they would otherwise hold all the memory there is.
const CONTROLS: usize = 64;

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
    seats: Arc<Semaphore>,
    samples: Arc<Samples>,
    skipped: ByReason,
}

/// What waits behind the door.
pub type Inbox = mpsc::Receiver<Job>;

pub enum Job {
    Recheck(Box<Open>),
    Control(Box<Both>, Seat),
}

/// One of the places for pairs that wait for old.
pub type Seat = OwnedSemaphorePermit;

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
    pub fn new(settings: &Settings, samples: Arc<Samples>, skipped: ByReason) -> (Rereads, Inbox) {
        // There is room for all that may be under way, so that the bounds that say why come first.
        let (door, inbox) = mpsc::channel(CONTROLS + settings.max_waiting);
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
            seats: Arc::new(Semaphore::new(CONTROLS)),
            samples,
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
        entry.unread(reason, &self.samples);
    }

    /// Of a mismatch that is not read again.
    pub(super) fn classed(&self, entry: &Entry, class: Class) {
        entry.classed(class, &self.samples);
    }

    fn begin(&self, mismatch: Mismatch) -> Result<Box<Open>, (Entry, &'static str)> {
        let Mismatch { entry, at, route, asked, old_status, new, holding } = mismatch;
        if Rereads::new_failed(old_status, &new) {
            return Err((entry, "new_failed"));
        }
        let again = match self.may_ask(&asked) {
            Ok(again) => again,
            Err(reason) => return Err((entry, reason)),
        };
        let bytes = kept(&new) + again.old.len() + again.new.len();
        let mut ration = self.ration.lock().unwrap_or_else(PoisonError::into_inner);
        let granted = match ration.ask(at, route.heading, &entry.signature, bytes) {
            Ok(granted) => Some(granted),
            Err(refusal) => return Err((entry, refusal.name())),
        };
        drop(ration);
        let (samples, ration) = (self.samples.clone(), self.ration.clone());
        Ok(Box::new(Open {
            began: at,
            route,
            asked,
            old_status,
            new,
            holding,
            entry,
            samples,
            granted,
            ration,
            ruling: None,
        }))
    }

    fn may_ask<'a>(&self, asked: &'a Asked) -> Result<&'a Again, &'static str> {
        if !self.rechecks {
            return Err("off");
        }
        if !self.is_open.load(Ordering::Relaxed) {
            return Err("draining");
        }
        let again = asked.again.as_ref().ok_or("not_plain")?;
        match may_be_sent(again) {
            true => Ok(again),
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
        let both = Box::new(both);
        let replied = both.old.observation.result.is_ok() && both.new.observation.result.is_ok();
        let drawn = both.asked.again.as_ref().filter(|again| again.drawn && replied && may_be_sent(again));
        if drawn.is_none() {
            return Err(both);
        }
        let folio = both.case.folio();
        let seat = self.is_open.load(Ordering::Relaxed).then(|| self.seats.clone().try_acquire_owned());
        if let (Some(Ok(seat)), Ok(place)) = (seat, self.door.try_reserve()) {
            place.send(Job::Control(both, seat));
            return Ok(());
        }
        folio.book(|rereads| rereads.control(Control::Skipped));
        Err(both)
    }
}

/// Whether the heads were kept, and ask for all of what there is.
fn may_be_sent(again: &Again) -> bool {
    !again.old.is_empty() && head::is_plain(&again.old)
}

/// Bytes that keeping a reply costs.
fn kept(reply: &Reply) -> usize {
    let body = match &reply.body {
        Payload::Whole(chunks) => chunks.len(),
        Payload::Hashed { .. } => 0,
    };
    body + reply.fields.size()
}
