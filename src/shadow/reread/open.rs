//! One mismatch whose class is being found out, and where its class will be written down.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    domain::{
        compare::signature::Signature,
        evidence::Later,
        observation::Reply,
        payload::Payload,
        ration::{Granted, Ration},
        recheck::{Class, Ruling},
    },
    net::capture::Holding,
    shadow::{
        look::{Notary, Tag},
        read::{Asked, Route},
    },
    store::{ledger::Folio, samples::Samples},
};

/// Why the class of a mismatch stays unknown, although it was to be read again.
const IN_VAIN: &str = "in_vain";

/// New is given so long to catch up (statistics 7.1).
const STALENESS_BUDGET: Duration = Duration::from_secs(2);

/// Where classes are written down.
#[derive(Clone)]
pub struct Books {
    pub samples: Arc<Samples>,
    pub notary: Arc<Notary>,
}

/// Where the class of one mismatch is booked: the account of its route, and its shape among the samples.
pub struct Entry {
    pub folio: Folio,
    pub signature: Signature,
    /// Of its fact.
    pub tag: Tag,
}

impl Entry {
    /// Without a recheck that came to an end.
    pub fn classed(&self, class: Class, books: &Books) {
        let Books { samples, notary } = books;
        notary.put_aside(self.tag.later(Later::Ended { class, indeterminate: false }));
        self.folio.book(|rereads| rereads.classed(class));
        samples.classed(self.folio.heading(), &self.signature, class);
    }

    /// Not read again, or in vain.
    pub fn unread(&self, reason: &'static str, books: &Books) {
        self.classed(Class::Unchecked, books);
        books.samples.unread(self.folio.heading(), &self.signature, reason);
    }

    fn ruled(&self, ruling: &Ruling, books: &Books) {
        let Books { samples, notary } = books;
        let Ruling { class, indeterminate, .. } = *ruling;
        notary.put_aside(self.tag.later(Later::Ended { class, indeterminate }));
        self.folio.book(|rereads| rereads.ruled(ruling));
        samples.ruled(self.folio.heading(), &self.signature, ruling);
        if ruling.class == Class::Unchecked {
            samples.unread(self.folio.heading(), &self.signature, IN_VAIN);
        }
    }
}

/// A recheck under way. Dropped before its end, its mismatch stays unchecked.
pub struct Open {
    pub began: Instant,
    pub route: Arc<Route>,
    pub asked: Asked,
    /// What old said at first.
    pub old_status: u16,
    /// What new said last, and its bytes held against the budget.
    pub new: Reply,
    pub holding: Option<Holding>,
    pub entry: Entry,
    pub books: Books,
    /// The evidence knows that it differed past the time new is given to catch up.
    pub is_stale: bool,
    pub granted: Option<Granted>,
    pub ration: Arc<Mutex<Ration>>,
    pub ruling: Option<Ruling>,
}

impl Open {
    pub fn end(mut self, ruling: Ruling) {
        self.ruling = Some(ruling);
    }

    /// After so long it still differs from an old that stands still.
    pub fn differs(&mut self, after: Duration) {
        if after >= STALENESS_BUDGET && !self.is_stale {
            self.is_stale = true;
            self.books.notary.put_aside(self.entry.tag.later(Later::StillDiffers));
        }
    }

    /// When that is which is so long after the first difference.
    pub fn moment(&self, after: Duration) -> Instant {
        self.began.checked_add(after).unwrap_or(self.began)
    }

    /// Whether one more reading fits what was granted, or else the rate.
    pub fn may_read(&mut self, now: Instant) -> bool {
        let Some(granted) = &mut self.granted else { return false };
        self.ration.lock().unwrap_or_else(PoisonError::into_inner).read(granted, now)
    }

    /// New said this, in place of what it said before. Whether there was room to keep it.
    pub fn new_said(&mut self, reply: Reply, holding: Holding) -> bool {
        let bytes = kept(&reply, &self.asked);
        let Some(granted) = &mut self.granted else { return false };
        let fits = self.ration.lock().unwrap_or_else(PoisonError::into_inner).resize(granted, bytes);
        if fits {
            (self.new, self.holding) = (reply, Some(holding));
        }
        fits
    }
}

/// Bytes that are kept meanwhile: of what new said, and of what was asked.
pub fn kept(reply: &Reply, asked: &Asked) -> usize {
    let body = match &reply.body {
        Payload::Whole(chunks) => chunks.len(),
        Payload::Hashed { .. } => 0,
    };
    let heads = asked.again.as_ref().map_or(0, |again| again.old.len() + again.new.len());
    body + reply.fields.size() + heads
}

impl Drop for Open {
    fn drop(&mut self) {
        match self.ruling {
            Some(ruling) => self.entry.ruled(&ruling, &self.books),
            None => self.entry.unread(IN_VAIN, &self.books),
        }
        if let Some(granted) = self.granted.take() {
            self.ration.lock().unwrap_or_else(PoisonError::into_inner).ended(granted);
        }
    }
}
