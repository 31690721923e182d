//! Both observations of one read, brought together on the thread that served it.
//!
//! Whichever side ends last brings the pair to its verdict. A pair that is given up is settled at once, and whatever
//! comes afterwards finds nobody waiting; what is told of the read to the evidence waits for the live reply to end,
//! so that a read that was not compared is known by its time and size as well.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use bytes::Bytes;

use super::{
    compare_pool::Pool,
    look::{Alone, Look},
    read::{self, Asked, Both, LONGEST_HEAD, Route, Seen},
    record::Recorder,
};
use crate::{
    domain::{
        compare,
        evidence::Served,
        fields::Fields,
        outcome::{Outcome, Verdict},
        side::Side,
    },
    store::ledger::Case,
};

struct State {
    /// `None` once the request has its row.
    waiting: Option<Waiting>,
    asked: Asked,
    /// `None` once it was put down, or went on with the pair.
    look: Option<Look>,
    /// Why there is no pair.
    given_up: Option<Outcome>,
    /// The reply to the client has ended.
    live_ended: bool,
}

struct Waiting {
    case: Case,
    old: Option<Seen>,
    new: Option<Seen>,
}

impl Waiting {
    const fn of(&mut self, side: Side) -> &mut Option<Seen> {
        match side {
            Side::Old => &mut self.old,
            Side::New => &mut self.new,
        }
    }
}

/// What the pairs of one thread need to be judged.
pub struct Bench {
    pub pool: Arc<Pool>,
    pub recorder: Arc<Recorder>,
}

/// How the live half of a read ended.
pub struct LiveEnd {
    pub alone: Alone,
    pub served: Served,
    /// Where it was watched to the end.
    pub seen: Option<Seen>,
}

/// One pair, held by the live request and by its shadow.
#[derive(Clone)]
pub struct Pair(Rc<Shared>);

struct Shared {
    state: RefCell<State>,
    route: Arc<Route>,
    bench: Rc<Bench>,
}

impl Pair {
    pub fn new(case: Case, route: Arc<Route>, asked: Asked, look: Look, bench: Rc<Bench>) -> Pair {
        let waiting = Some(Waiting { case, old: None, new: None });
        let state = State { waiting, asked, look: Some(look), given_up: None, live_ended: false };
        Pair(Rc::new(Shared { state: RefCell::new(state), route, bench }))
    }

    /// A side was sent this head.
    pub fn asked(&self, side: Side, head: &Bytes) {
        if let Asked { again: slot @ Some(_), .. } = &mut self.0.state.borrow_mut().asked {
            match slot {
                Some(again) if head.len() <= LONGEST_HEAD => *again.of(side) = head.clone(),
                _ => *slot = None,
            }
        }
    }

    /// A side has ended. Where it was asked twice, the first that ended counts.
    pub fn saw(&self, side: Side, seen: Seen) {
        if let Some(waiting) = &mut self.0.state.borrow_mut().waiting {
            waiting.of(side).get_or_insert(seen);
        }
        self.judge();
    }

    /// The reply to the client has ended, one way or the other.
    pub fn live_ended(&self, end: LiveEnd) {
        let mut state = self.0.state.borrow_mut();
        state.live_ended = true;
        if let Some(look) = &mut state.look {
            look.served(end.served);
        }
        if let Some(outcome) = state.given_up {
            if let Some(mut look) = state.look.take() {
                look.alone(end.alone);
                self.0.put(look, &state.asked, outcome);
            }
            return;
        }
        if let (Some(waiting), Some(seen)) = (&mut state.waiting, end.seen) {
            waiting.of(end.alone.side).get_or_insert(seen);
        }
        drop(state);
        self.judge();
    }

    /// There will be no pair, for this reason.
    pub fn give_up(&self, outcome: Outcome) {
        let mut state = self.0.state.borrow_mut();
        let Some(waiting) = state.waiting.take() else { return };
        state.given_up = Some(outcome);
        if state.live_ended
            && let Some(mut look) = state.look.take()
        {
            let notary = &self.0.bench.recorder.notary;
            for (side, seen) in [(Side::New, &waiting.new), (Side::Old, &waiting.old)] {
                seen.iter().for_each(|seen| look.saw(side, &seen.observation, notary));
            }
            self.0.put(look, &state.asked, outcome);
        }
        waiting.case.settle(outcome);
    }

    pub fn is_settled(&self) -> bool {
        self.0.state.borrow().waiting.is_none()
    }

    /// How long the whole body of a side is once it is known, and whether it is compressed.
    pub fn extent(&self, side: Side) -> Option<(u64, bool)> {
        let mut state = self.0.state.borrow_mut();
        let seen = state.waiting.as_mut()?.of(side).as_ref()?;
        let reply = seen.observation.result.as_ref().ok()?;
        Some((reply.body.length(), reply.fields.has("content-encoding")))
    }

    /// What a side that replies says it is.
    pub fn build(&self, side: Side, fields: &Fields) -> u64 {
        self.0.bench.recorder.notary.build(side, fields)
    }

    /// Judges the pair if all of it is there.
    fn judge(&self) {
        let mut state = self.0.state.borrow_mut();
        if !state.live_ended || !matches!(&state.waiting, Some(Waiting { old: Some(_), new: Some(_), .. })) {
            return;
        }
        let (Some(Waiting { case, old: Some(old), new: Some(new) }), Some(look)) =
            (state.waiting.take(), state.look.take())
        else {
            return;
        };
        let asked = std::mem::take(&mut state.asked);
        drop(state);
        let (route, seed) = (self.0.route.clone(), self.0.route.watch.draw());
        let both = Both { case, route, asked, look, old, new, seed };
        let bench = &self.0.bench;
        if both.asked.again.as_ref().is_some_and(|again| again.drawn) {
            // Not to be asked twice after all, it is judged as any other.
            if let Err(both) = bench.recorder.rereads.control(both) {
                bench.judge(*both);
            }
        } else {
            bench.judge(both);
        }
    }
}

impl Shared {
    fn put(&self, look: Look, asked: &Asked, outcome: Outcome) {
        let home = look.home;
        self.bench.recorder.notary.put(home, look.note(&self.route, asked, outcome));
    }
}

impl Drop for Shared {
    /// Whoever held it was stopped with the program: the case settles itself, and its fact says so.
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if let Some(look) = state.look.take() {
            let (asked, outcome) =
                (std::mem::take(&mut state.asked), state.given_up.unwrap_or(Outcome::Draining));
            self.put(look, &asked, outcome);
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

#[cfg(test)]
mod tests;
