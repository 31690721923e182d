//! One mismatch whose class is being found out, and where its class will be written down.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    domain::{
        compare::signature::Signature,
        observation::Reply,
        payload::Payload,
        ration::{Granted, Ration},
        recheck::{Class, Ruling},
    },
    net::capture::Holding,
    shadow::read::{Asked, Route},
    store::{ledger::Folio, samples::Samples},
};

/// Why the class of a mismatch stays unknown, although it was to be read again.
const IN_VAIN: &str = "in_vain";

/// Where the class of one mismatch is booked: the account of its route, and its shape among the samples.
pub struct Entry {
    pub folio: Folio,
    pub signature: Signature,
}

impl Entry {
    /// Without a recheck that came to an end.
    pub fn classed(&self, class: Class, samples: &Samples) {
        self.folio.book(|rereads| rereads.classed(class));
        samples.classed(self.folio.heading(), &self.signature, class);
    }

    /// Not read again, or in vain.
    pub fn unread(&self, reason: &'static str, samples: &Samples) {
        self.classed(Class::Unchecked, samples);
        samples.unread(self.folio.heading(), &self.signature, reason);
    }

    fn ruled(&self, ruling: &Ruling, samples: &Samples) {
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
    pub samples: Arc<Samples>,
    pub granted: Option<Granted>,
    pub ration: Arc<Mutex<Ration>>,
    pub ruling: Option<Ruling>,
}

impl Open {
    pub fn end(mut self, ruling: Ruling) {
        self.ruling = Some(ruling);
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
            Some(ruling) => self.entry.ruled(&ruling, &self.samples),
            None => self.entry.unread(IN_VAIN, &self.samples),
        }
        if let Some(granted) = self.granted.take() {
            self.ration.lock().unwrap_or_else(PoisonError::into_inner).ended(granted);
        }
    }
}
