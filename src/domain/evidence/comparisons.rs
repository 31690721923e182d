//! What came of comparing: units, requests, and what is still being read again (statistics 1, 2.1 and 7).
//!
//! A unit counts once, at its first look. A match is final at once; a mismatch when it has been read again, and at
//! once where new failed to answer. What nobody could read again, and what differs as old does from itself, counts as
//! a mismatch that stays.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Confirmed, Later, Unit,
    alarms::Alarms,
    awaited::{Awaited, AwaitedUnits},
    seen::Seen,
    units::{Entry, Held, Id, Units},
    watermark::Watermark,
};
use crate::domain::{
    recheck::Class,
    stats::{decay::Decayed, exact},
};

mod told;

/// Past the time in which every mismatch should be final, nothing is waited for any longer than this.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparisons {
    known: Confirmed,
    stage: Confirmed,
    requests: Confirmed,
    /// First looks in the present stage, and those that differed at first sight.
    pub raw: Confirmed,
    flaky: u64,
    /// For want of room in the set.
    unheld: u64,
    /// Of keys that had as many units as count.
    beyond_key: u64,
    indeterminate: u64,
    finals: u64,
    transient: u64,
    late: u64,
    watermark: Watermark,
    awaited: AwaitedUnits,
    pub alarms: Alarms,
    /// How high a mismatch has brought the warning since that was last asked.
    #[serde(with = "exact")]
    warned: f64,
    /// Requests, the more recent the more they weigh: for display.
    lately: Decayed,
    /// Requests of which `lately` knows.
    lately_knows: Confirmed,
    /// In the set when this was written down.
    held: usize,
    #[serde(skip)]
    seen: Seen,
}

/// The circumstances of one look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub unit: Unit,
    pub cell: u64,
    pub in_stage: bool,
    pub now_millis: u64,
}

/// What a cell has gained by something that became final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    pub cell: u64,
    pub counted: Confirmed,
}

impl Comparisons {
    pub fn new(alarms: Alarms) -> Comparisons {
        Comparisons {
            known: Confirmed::default(),
            stage: Confirmed::default(),
            requests: Confirmed::default(),
            raw: Confirmed::default(),
            flaky: 0,
            unheld: 0,
            beyond_key: 0,
            indeterminate: 0,
            finals: 0,
            transient: 0,
            late: 0,
            watermark: Watermark::default(),
            awaited: AwaitedUnits::default(),
            alarms,
            warned: 0.0,
            lately: Decayed::default(),
            lately_knows: Confirmed::default(),
            held: 0,
            seen: Seen::default(),
        }
    }

    /// How high a mismatch has brought the warning since the last time.
    pub const fn take_warned(&mut self) -> f64 {
        std::mem::replace(&mut self.warned, 0.0)
    }

    /// To be called once, before anything is counted.
    pub fn begin(&mut self, now_millis: u64, settles_after: Duration) {
        self.watermark.turn(now_millis, settles_after);
    }

    /// Both sides gave the same.
    pub fn matched(&mut self, units: &mut Units, look: Look) -> Gain {
        self.requests.add(Confirmed::ONE);
        self.alarms.requests.good();
        let id = Id::of(look.unit);
        if self.awaited.get_mut(id).is_some() {
            return Gain::default();
        }
        let entry = units.enter(id, Held::Matched { late: false });
        let known = matches!(entry, Entry::Seen(Held::Matched { .. }));
        let first_in_stage = look.in_stage && (known || entry == Entry::First) && self.seen.first(id);
        if !self.first(entry) {
            // Known from an earlier stage: no new evidence, and a look at this stage all the same.
            if first_in_stage {
                self.stage.add(Confirmed::ONE);
            }
            return Gain::default();
        }
        self.saw(look.in_stage, false);
        self.alarms.early.good();
        self.books(look.in_stage, look.now_millis, Confirmed::ONE);
        Gain { cell: look.cell, counted: Confirmed::ONE }
    }

    /// Both sides answered, and differ: it is to be heard of again.
    pub fn differs(&mut self, units: &mut Units, look: Look) -> Gain {
        let id = Id::of(look.unit);
        if let Some(awaited) = self.awaited.get_mut(id) {
            awaited.requests = awaited.requests.saturating_add(1);
            return Gain::default();
        }
        match self.begins(units, id, look) {
            Some(awaited) if !self.awaited.put(id, awaited) => self.stays(units, id, awaited),
            Some(_) | None => Gain::default(),
        }
    }

    /// A mismatch of a unit that was not known to be one.
    fn begins(&mut self, units: &Units, id: Id, look: Look) -> Option<Awaited> {
        let before = units.get(id);
        if before == Some(Held::Differed) {
            self.harmed(1);
            return None;
        }
        let flaky = matches!(before, Some(Held::Matched { .. }));
        if !flaky {
            self.saw(look.in_stage, true);
        }
        self.watermark.open(look.now_millis);
        let (began_millis, cell, in_stage) = (look.now_millis, look.cell, look.in_stage);
        Some(Awaited { began_millis, cell, requests: 1, late: false, flaky, in_stage, orphaned: false })
    }

    /// Old answered and new failed to.
    pub fn new_failed(&mut self, units: &mut Units, look: Look) -> Gain {
        let id = Id::of(look.unit);
        if let Some(awaited) = self.awaited.take(id) {
            let awaited = Awaited { requests: awaited.requests.saturating_add(1), ..awaited };
            return self.stays(units, id, awaited);
        }
        match self.begins(units, id, look) {
            Some(awaited) => self.stays(units, id, awaited),
            None => Gain::default(),
        }
    }

    /// Whether they agree cannot be told.
    pub fn unjudged(&mut self, units: &mut Units, look: Look) {
        let id = Id::of(look.unit);
        if self.awaited.get_mut(id).is_none() && self.first(units.enter(id, Held::Unjudged)) {
            self.indeterminate += 1;
            self.finals += 1;
        }
    }

    /// Something was found by reading again.
    pub fn later(&mut self, units: &mut Units, look: Look, later: Later, span: Span) -> Gain {
        let id = Id::of(look.unit);
        match later {
            Later::StillDiffers => {
                if self.awaited.is_late(id).is_some_and(|awaited| !awaited.flaky) {
                    self.alarms.early.event();
                }
                Gain::default()
            }
            Later::Ended { class, indeterminate } => match self.awaited.take(id) {
                Some(awaited) => self.ended(units, id, awaited, class, indeterminate),
                None if stays(class) && !indeterminate => self.heard_first_now(units, id, look, span),
                None => Gain::default(),
            },
        }
    }

    /// Its first look was lost on the way here, or belongs to evidence that is over.
    fn heard_first_now(&mut self, units: &mut Units, id: Id, look: Look, span: Span) -> Gain {
        let settling = span.settles_after.saturating_add(GRACE).as_millis();
        let of_before = u128::from(span.now_millis.saturating_sub(span.since_millis)) < settling;
        if of_before || units.get(id) == Some(Held::Differed) {
            return Gain::default();
        }
        match self.begins(units, id, look) {
            Some(awaited) => self.stays(units, id, awaited),
            None => Gain::default(),
        }
    }

    fn ended(
        &mut self,
        units: &mut Units,
        id: Id,
        awaited: Awaited,
        class: Class,
        indeterminate: bool,
    ) -> Gain {
        if indeterminate {
            self.watermark.close(awaited.began_millis);
            if !awaited.flaky && self.first(units.enter(id, Held::Unjudged)) {
                self.indeterminate += 1;
                self.finals += 1;
            }
            return Gain::default();
        }
        if stays(class) {
            self.stays(units, id, awaited)
        } else {
            self.healed(units, id, awaited, class == Class::Transient)
        }
    }

    /// A mismatch that is one, for good.
    fn stays(&mut self, units: &mut Units, id: Id, awaited: Awaited) -> Gain {
        self.watermark.close(awaited.began_millis);
        self.harmed(awaited.requests);
        if awaited.flaky {
            units.mark(id, Held::Differed);
            self.flaky += 1;
            let counted = Confirmed { n: 0, k: 1 };
            self.watermark.add(awaited.began_millis, counted);
            return Gain { cell: awaited.cell, counted };
        }
        if !awaited.late {
            self.alarms.early.event();
        }
        match units.enter(id, Held::Differed) {
            // Of a key that has its mismatch beyond what counts; or it came in by another way meanwhile.
            Entry::KeyFull | Entry::Seen(_) => {
                self.beyond_key += 1;
                return Gain::default();
            }
            // For want of room it is not known again, and counts at each look: better too often than not at all.
            Entry::Full => self.unheld += 1,
            Entry::First => {}
        }
        self.books(awaited.in_stage, awaited.began_millis, Confirmed::ONE_MISMATCH);
        Gain { cell: awaited.cell, counted: Confirmed::ONE_MISMATCH }
    }

    /// New caught up, or old itself had moved.
    fn healed(&mut self, units: &mut Units, id: Id, awaited: Awaited, lagged: bool) -> Gain {
        self.watermark.close(awaited.began_millis);
        self.requests.add(Confirmed { n: awaited.requests, k: 0 });
        self.alarms.requests.goods(awaited.requests);
        if awaited.flaky {
            // One hot record that lags now and then is one.
            if lagged && awaited.late && units.get(id) == Some(Held::Matched { late: false }) {
                units.mark(id, Held::Matched { late: true });
                self.late += 1;
                self.transient += 1;
            }
            return Gain::default();
        }
        if !awaited.late {
            self.alarms.early.good();
        }
        self.late += u64::from(lagged && awaited.late);
        self.transient += u64::from(lagged);
        if !self.first(units.enter(id, Held::Matched { late: awaited.late && lagged })) {
            return Gain::default();
        }
        self.books(awaited.in_stage, awaited.began_millis, Confirmed::ONE);
        Gain { cell: awaited.cell, counted: Confirmed::ONE }
    }

    /// Time goes on. Tells what became final by nothing being heard of it.
    pub fn turn(&mut self, units: &mut Units, span: Span) -> Vec<Gain> {
        let waits = span.settles_after.saturating_add(GRACE).as_millis();
        let due = span.now_millis.saturating_sub(u64::try_from(waits).unwrap_or(u64::MAX));
        let overdue = self.awaited.begun_before(due);
        let gains = overdue.into_iter().filter_map(|id| {
            let awaited = self.awaited.take(id)?;
            Some(self.ended(units, id, awaited, Class::Unchecked, awaited.orphaned))
        });
        let gains = gains.collect();
        let (all, before) = (self.requests, std::mem::replace(&mut self.lately_knows, self.requests));
        self.lately.add(all.n.saturating_sub(before.n), all.k.saturating_sub(before.k), span.now_millis);
        self.watermark.turn(span.now_millis, span.settles_after);
        gains
    }

    fn books(&mut self, in_stage: bool, began_millis: u64, counted: Confirmed) {
        self.known.add(counted);
        self.finals += 1;
        self.watermark.add(began_millis, counted);
        if in_stage {
            self.stage.add(counted);
        }
        if counted.k > 0 {
            self.alarms.units.event();
            self.warned = self.warned.max(self.alarms.warning.event());
        } else {
            self.alarms.units.good();
            self.alarms.warning.good();
        }
    }

    /// Requests that got wrong data, or would have.
    fn harmed(&mut self, requests: u64) {
        self.requests.add(Confirmed { n: requests, k: requests });
        self.alarms.requests.events(requests);
    }

    /// A first look.
    fn saw(&mut self, in_stage: bool, differs: bool) {
        if differs {
            self.alarms.raw.event();
        } else {
            self.alarms.raw.good();
        }
        if in_stage {
            self.raw.add(if differs { Confirmed::ONE_MISMATCH } else { Confirmed::ONE });
        }
    }

    const fn first(&mut self, entry: Entry) -> bool {
        match entry {
            Entry::First => return true,
            Entry::Full => self.unheld += 1,
            Entry::KeyFull => self.beyond_key += 1,
            Entry::Seen(_) => {}
        }
        false
    }

    /// Counts of the stage begin anew, and so do the detectors, by new bounds.
    pub fn stage_began(&mut self, alarms: Alarms) {
        (self.stage, self.raw, self.alarms) = (Confirmed::default(), Confirmed::default(), alarms);
        self.seen.clear();
    }
}

/// Where in time something happens.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub now_millis: u64,
    /// Of the epoch.
    pub since_millis: u64,
    pub settles_after: Duration,
}

const fn stays(class: Class) -> bool {
    match class {
        Class::Persistent | Class::Noise | Class::Unchecked => true,
        Class::Transient | Class::Racing => false,
    }
}
