//! Both observations of one read, brought together on the thread that served it.
//!
//! Whichever side ends last brings the pair to its verdict. A pair that is given up is settled at once,
//! and whatever comes afterwards finds nobody waiting.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use bytes::Bytes;

use super::{
    compare_pool::Pool,
    read::{self, Asked, Both, LONGEST_HEAD, Route, Seen},
    record::Recorder,
};
use crate::{
    domain::{
        compare,
        outcome::{Outcome, Verdict},
        side::Side,
    },
    store::ledger::Case,
};

struct Waiting {
    case: Case,
    route: Arc<Route>,
    asked: Asked,
    old: Option<Seen>,
    new: Option<Seen>,
}

/// What the pairs of one thread need to be judged.
pub struct Bench {
    pub pool: Arc<Pool>,
    pub recorder: Arc<Recorder>,
}

/// One pair, held by the live request and by its shadow.
#[derive(Clone)]
pub struct Pair {
    waiting: Rc<RefCell<Option<Waiting>>>,
    bench: Rc<Bench>,
}

impl Pair {
    pub fn new(case: Case, route: Arc<Route>, asked: Asked, bench: Rc<Bench>) -> Pair {
        let waiting = Waiting { case, route, asked, old: None, new: None };
        Pair { waiting: Rc::new(RefCell::new(Some(waiting))), bench }
    }

    /// Old was sent this head.
    pub fn asked_old(&self, head: &Bytes) {
        if let Some(Waiting { asked: Asked { again: slot @ Some(_), .. }, .. }) =
            self.waiting.borrow_mut().as_mut()
        {
            match slot {
                Some(again) if head.len() <= LONGEST_HEAD => again.old = head.clone(),
                _ => *slot = None,
            }
        }
    }

    /// One side has ended.
    pub fn saw(&self, side: Side, seen: Seen) {
        let mut slot = self.waiting.borrow_mut();
        let Some(waiting) = slot.as_mut() else { return };
        *match side {
            Side::Old => &mut waiting.old,
            Side::New => &mut waiting.new,
        } = Some(seen);
        if waiting.old.is_none() || waiting.new.is_none() {
            return;
        }
        let Some(Waiting { case, route, asked, old: Some(old), new: Some(new) }) = slot.take() else {
            return;
        };
        drop(slot);
        let seed = route.watch.draw();
        self.judge(Both { case, route, asked, old, new, seed });
    }

    /// There will be no pair, for this reason.
    pub fn give_up(&self, outcome: Outcome) {
        if let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.case.settle(outcome);
        }
    }

    pub fn is_settled(&self) -> bool {
        self.waiting.borrow().is_none()
    }

    /// How long the whole body of old is once it is known, and whether it is compressed.
    pub fn old_extent(&self) -> Option<(u64, bool)> {
        let slot = self.waiting.borrow();
        let reply = slot.as_ref()?.old.as_ref()?.observation.result.as_ref().ok()?;
        Some((reply.body.length(), reply.fields.has("content-encoding")))
    }

    fn judge(&self, both: Both) {
        if both.asked.again.as_ref().is_some_and(|again| again.drawn) {
            // Not to be asked twice after all, it is judged as any other.
            if let Err(both) = self.bench.recorder.rereads.control(both) {
                self.bench.judge(*both);
            }
        } else {
            self.bench.judge(both);
        }
    }
}

impl Bench {
    fn judge(&self, both: Both) {
        let Bench { pool, recorder } = self;
        match (&both.old.observation.result, &both.new.observation.result) {
            (Ok(old), Ok(new)) => match compare::same_bytes(old, new, &both.route.rules) {
                // More is asked of the pair than that it is the same.
                Some(_) if both.route.watch.reads_all() => pool.submit(both, recorder),
                Some(outcome) if both.seed.is_some() => pool.note(both, outcome, recorder),
                Some(outcome) => recorder.settle(both, outcome),
                None => pool.submit(both, recorder),
            },
            (old, new) => match read::of_failures(old, new) {
                // An example of it is kept, which takes a lock that others hold for longer.
                outcome if outcome.verdict() == Verdict::Mismatch => pool.note(both, outcome, recorder),
                outcome => recorder.settle(both, outcome),
            },
        }
    }
}
