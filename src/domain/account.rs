//! How many requests ended how. The books balance at every moment: received = settled + in flight.

use super::{
    outcome::{Outcome, Verdict},
    route::Found,
};

/// The name under which requests that no route matched are booked. No route of a config may have it.
pub const UNROUTED: &str = "unrouted";

/// Under what a request is booked: its route, or that it has none. Not a place in the route table:
/// the two are one apart, hence a type of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heading(u32);

impl Heading {
    pub const UNROUTED: Heading = Heading(0);

    /// Of the route at this place of the config.
    pub fn route(place: usize) -> Heading {
        Heading(u32::try_from(place.saturating_add(1)).unwrap_or(0))
    }

    /// Of what the route table says.
    pub fn of(found: Found) -> Heading {
        match found {
            Found::Read(place) | Found::NotARead(place) => Heading::route(place),
            Found::Nothing => Heading::UNROUTED,
        }
    }

    /// Where it stands in an account.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The counts of one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub received: u64,
    /// Received, and not yet in a row.
    pub in_flight: u64,
    rows: [u64; Outcome::COUNT],
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { received: 0, in_flight: 0, rows: [0; Outcome::COUNT] }
    }
}

impl Counts {
    /// A request came in.
    pub fn open(&mut self) {
        self.received += 1;
        self.in_flight += 1;
    }

    /// A request that came in is put into its row.
    pub fn settle(&mut self, outcome: Outcome) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(row) = self.rows.get_mut(outcome.index()) {
            *row += 1;
        }
    }

    pub fn of(&self, outcome: Outcome) -> u64 {
        self.rows.get(outcome.index()).copied().unwrap_or(0)
    }

    pub fn with(&self, verdict: Verdict) -> u64 {
        self.rows().filter(|(outcome, _)| outcome.verdict() == verdict).map(|(_, count)| count).sum()
    }

    pub fn settled(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// Pairs that got a verdict on their content: match, forgiven or mismatch.
    pub fn compared(&self) -> u64 {
        self.with(Verdict::Match) + self.with(Verdict::Forgiven) + self.with(Verdict::Mismatch)
    }

    pub fn rows(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.iter().copied().zip(self.rows.iter().copied())
    }

    pub fn adds_up(&self) -> bool {
        self.received == self.settled() + self.in_flight
    }

    pub fn add(&mut self, other: &Counts) {
        self.received += other.received;
        self.in_flight += other.in_flight;
        self.rows.iter_mut().zip(other.rows).for_each(|(sum, count)| *sum += count);
    }
}

/// The counts of every route, in the order of the config; first the requests that no route matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub routes: Vec<(String, Counts)>,
}

impl Account {
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.routes.iter().for_each(|(_, counts)| total.add(counts));
        total
    }
}
