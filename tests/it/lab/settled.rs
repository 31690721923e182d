//! What readshift knows once every request has its row.

use readshift::{
    admin::facts::Facts,
    domain::{
        account::{Account, Counts, UNROUTED},
        outcome::{Outcome, Verdict},
    },
    store::samples::Sample,
};

/// The route that is there where a config names none.
pub const DEFAULT_ROUTE: &str = "all";

pub struct Settled {
    pub account: Account,
    pub facts: Facts,
}

impl Settled {
    /// The books have to balance before anything is read from them.
    pub fn new(account: Account, facts: Facts) -> Settled {
        account.routes.iter().for_each(|(route, counts)| assert!(counts.adds_up(), "{route}: {counts:?}"));
        Settled { account, facts }
    }

    pub fn route(&self, id: &str) -> &Counts {
        let found = self.account.routes.iter().find(|(name, _)| name == id);
        &found.unwrap_or_else(|| panic!("there is no route {id}")).1
    }

    /// Of the route that is there where a config names none.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.route(DEFAULT_ROUTE).of(outcome)
    }

    /// Of all routes together.
    pub fn in_all(&self, outcome: Outcome) -> u64 {
        self.account.total().of(outcome)
    }

    pub fn with(&self, verdict: Verdict) -> u64 {
        self.account.total().with(verdict)
    }

    pub fn received(&self) -> u64 {
        self.account.total().received
    }

    pub fn unrouted(&self) -> &Counts {
        self.route(UNROUTED)
    }

    /// Every row of a route that has a count, by its reason.
    pub fn rows(&self, id: &str) -> Vec<(&'static str, u64)> {
        let rows = self.route(id).rows().filter(|(_, count)| *count > 0);
        rows.map(|(outcome, count)| (outcome.reason(), count)).collect()
    }

    /// The kept examples of a route's mismatches.
    pub fn samples(&self, id: &str) -> Vec<Sample> {
        let place = self.facts.setting.routes.iter().position(|route| route.id == id).expect("such a route");
        let shapes = self.facts.routes[place].1.shapes.iter();
        shapes.flat_map(|shape| shape.samples.iter().cloned()).collect()
    }

    /// Where the replies of a route differed, as the report shows it.
    pub fn mismatches(&self, id: &str) -> Vec<String> {
        let places = self.samples(id).into_iter().flat_map(|sample| sample.differences);
        places.map(|difference| difference.place.to_string()).collect()
    }
}
