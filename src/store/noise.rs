//! What the control pairs of each route told: where old differs from itself, and whether new keeps to that.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{
    account::Heading,
    compare::Judgement,
    fields::Fields,
    noise::{Noise, State, triple::Triple},
    same_place::SamePlace,
};

/// Places named at a time; one is enough to keep a gate shut.
const MOST_TOLD: usize = 20;

/// What is learnt of one route.
#[derive(Debug, Default)]
struct Learnt {
    noise: Noise,
    place: SamePlace,
}

/// The noise of all routes. Bounded as each of them is.
#[derive(Debug)]
pub struct Noises {
    /// By the place of the heading.
    routes: Vec<Mutex<Learnt>>,
}

impl Noises {
    pub fn new(routes: usize) -> Noises {
        // One heading is that of requests without a route; nothing is ever learnt of them.
        Noises { routes: std::iter::repeat_with(Mutex::default).take(routes + 1).collect() }
    }

    pub fn see(&self, heading: Heading, triple: &Triple) {
        if let Some(mut learnt) = self.route(heading) {
            learnt.noise.see(triple);
        }
    }

    /// The heads of two replies to one request.
    pub fn see_heads(&self, heading: Heading, old: &Fields, new: &Fields) {
        if let Some(mut learnt) = self.route(heading) {
            learnt.place.see(old, new);
        }
    }

    /// Whether old differs from itself at each place of this mismatch, and new keeps to what old's values there
    /// have in common.
    pub fn accounts_for(&self, heading: Heading, judgement: &Judgement, now_millis: u64) -> bool {
        let learnt = self.route(heading);
        learnt.is_some_and(|learnt| {
            learnt.noise.accounts_for(&judgement.differences, judgement.more, now_millis)
        })
    }

    pub fn of(&self, heading: Heading) -> Noise {
        self.route(heading).map(|learnt| learnt.noise.clone()).unwrap_or_default()
    }

    /// Places where new differs more than old does from itself, in words.
    pub fn excess(&self, heading: Heading) -> Vec<String> {
        let Some(learnt) = self.route(heading) else { return Vec::new() };
        let rows = learnt.noise.rows().filter(|row| row.state == State::NoisyExcess);
        let told = rows.map(|row| {
            format!("{}: only new differed in {} reads, only old in {}", row.path, row.only_new, row.only_old)
        });
        told.take(MOST_TOLD).collect()
    }

    /// Why old and new are taken for one system, in words, where something says so.
    pub fn same_place(&self, heading: Heading) -> Option<String> {
        self.route(heading).and_then(|learnt| learnt.place.verdict(&learnt.noise))
    }

    fn route(&self, heading: Heading) -> Option<MutexGuard<'_, Learnt>> {
        let learnt = self.routes.get(heading.index())?;
        Some(learnt.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
