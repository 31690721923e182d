//! What is watched beside the comparison of pairs, as a gate and a person see it: invariants, aggregates and planted
//! differences by route, probes by rollout. Of the present epoch: whoever begins the evidence anew says so here, too.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::domain::{
    aggregate::{Aggregate, Found, Tally, View},
    evidence::{Seeded, Watched},
};

/// In the order of the config.
#[derive(Debug, Default)]
pub struct Watches {
    routes: Vec<Mutex<Route>>,
    probes: Vec<Mutex<Watched>>,
    door: Option<mpsc::Sender<Demand>>,
    /// Until somebody takes them.
    demands: Mutex<Option<mpsc::Receiver<Demand>>>,
}

/// Somebody wants to know how the probes of a rollout stand now.
#[derive(Debug)]
pub struct Demand {
    pub rollout: usize,
    pub answer: oneshot::Sender<Watched>,
}

/// Demands that may wait. Each is answered within a minute or so.
const MOST_DEMANDS: usize = 16;

#[derive(Debug, Default)]
struct Route {
    invariants: Watched,
    aggregates: Vec<Tally>,
    seeded: Seeded,
    at_millis: Option<u64>,
}

/// What is configured of one route.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    pub invariants: u64,
    pub aggregates: Vec<Aggregate>,
}

impl Watches {
    /// `probes`: how many each rollout has.
    pub fn new(
        routes: impl IntoIterator<Item = Configured>,
        probes: impl IntoIterator<Item = u64>,
    ) -> Watches {
        let route = |configured| Mutex::new(Route::of(configured));
        let probe = |configured| Mutex::new(Watched { configured, ..Watched::default() });
        let (door, demands) = mpsc::channel(MOST_DEMANDS);
        Watches {
            routes: routes.into_iter().map(route).collect(),
            probes: probes.into_iter().map(probe).collect(),
            door: Some(door),
            demands: Mutex::new(Some(demands)),
        }
    }

    /// One pair was judged by the invariants of its route. `broken`: what did not hold, in words.
    pub fn judged(&self, route: usize, broken: Option<String>, now_millis: u64) {
        if let Some(mut route) = self.route(route) {
            let invariants = &mut route.invariants;
            invariants.checked += 1;
            invariants.failed += u64::from(broken.is_some());
            invariants.at_millis = Some(now_millis);
            invariants.says = broken.or_else(|| invariants.says.take());
        }
    }

    /// What both replies of one pair have to add, in the order of the aggregates.
    pub fn tallied(&self, route: usize, found: Vec<[Found; 2]>, now_millis: u64) {
        let Some(mut route) = self.route(route) else { return };
        for (tally, [old, new]) in route.aggregates.iter_mut().zip(found) {
            tally.add(old, new);
        }
        route.at_millis = Some(now_millis);
    }

    /// A pair of which a body could not be looked at.
    pub fn untallied(&self, route: usize) {
        if let Some(mut route) = self.route(route) {
            route.aggregates.iter_mut().for_each(Tally::leave_out);
        }
    }

    /// A difference was planted, and found or not.
    pub fn seeded(&self, route: usize, found: bool) {
        if let Some(mut route) = self.route(route) {
            route.seeded.planted += 1;
            route.seeded.missed += u64::from(!found);
        }
    }

    /// The probes of a rollout were run, all of them: what did not match is what counts until the next time.
    pub fn probed(&self, rollout: usize, ran: u64, failed: &[String], now_millis: u64) {
        if let Some(probes) = self.probes.get(rollout) {
            let mut probes = probes.lock().unwrap_or_else(PoisonError::into_inner);
            probes.checked = ran;
            probes.failed = failed.len() as u64;
            probes.at_millis = Some(now_millis);
            probes.says = (!failed.is_empty()).then(|| failed.join("; "));
        }
    }

    /// For whoever runs probes: what others want of it. The first one gets it.
    pub fn demands(&self) -> Option<mpsc::Receiver<Demand>> {
        self.demands.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Has all probes of a rollout run now, and says how they stand then, within a minute for each that waits. No answer
    /// where nobody runs them any more, or too many wait: then they are not known to match.
    pub fn run_probes(&self, rollout: usize) -> oneshot::Receiver<Watched> {
        let (answer, answered) = oneshot::channel();
        if let Some(door) = &self.door {
            // What does not fit is dropped with its sender, and that is the answer.
            let _ = door.try_send(Demand { rollout, answer });
        }
        answered
    }

    pub fn invariants_of(&self, route: usize) -> Watched {
        self.route(route).map(|route| route.invariants.clone()).unwrap_or_default()
    }

    pub fn aggregates_of(&self, route: usize) -> Watched {
        let Some(route) = self.route(route) else { return Watched::default() };
        let beyond: Vec<String> = route.aggregates.iter().filter_map(Tally::beyond).collect();
        Watched {
            configured: route.aggregates.len() as u64,
            checked: route.aggregates.iter().map(Tally::pairs).max().unwrap_or_default(),
            failed: beyond.len() as u64,
            at_millis: route.at_millis,
            says: (!beyond.is_empty()).then(|| beyond.join("; ")),
        }
    }

    /// The aggregates of a route, group by group.
    pub fn views_of(&self, route: usize) -> Vec<View> {
        self.route(route).map(|route| route.aggregates.iter().map(Tally::view).collect()).unwrap_or_default()
    }

    pub fn seeded_of(&self, route: usize) -> Seeded {
        self.route(route).map(|route| route.seeded).unwrap_or_default()
    }

    pub fn probes_of(&self, rollout: usize) -> Watched {
        let probes = self.probes.get(rollout);
        probes.map(|probes| probes.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// The evidence of a route begins anew.
    pub fn begin_anew(&self, route: usize) {
        if let Some(mut route) = self.route(route) {
            let aggregates = route.aggregates.iter().map(|tally| tally.aggregate().clone()).collect();
            *route = Route::of(Configured { invariants: route.invariants.configured, aggregates });
        }
    }

    /// Other things are watched of a route from now on.
    pub fn configure(&self, route: usize, configured: Configured) {
        if let Some(mut route) = self.route(route) {
            let same = route.aggregates.iter().map(Tally::aggregate).eq(&configured.aggregates)
                && route.invariants.configured == configured.invariants;
            if !same {
                *route = Route::of(configured);
            }
        }
    }

    /// A rollout has so many probes from now on. What is known of them stays until they were run.
    pub fn configure_probes(&self, rollout: usize, probes: u64) {
        if let Some(known) = self.probes.get(rollout) {
            known.lock().unwrap_or_else(PoisonError::into_inner).configured = probes;
        }
    }

    fn route(&self, route: usize) -> Option<MutexGuard<'_, Route>> {
        Some(self.routes.get(route)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Route {
    /// With nothing seen yet.
    fn of(configured: Configured) -> Route {
        Route {
            invariants: Watched { configured: configured.invariants, ..Watched::default() },
            aggregates: configured.aggregates.into_iter().map(Tally::new).collect(),
            ..Route::default()
        }
    }
}
