//! The account of every request: opened when it is received, settled once, into exactly one row.
//!
//! One shard per serving thread, so that its lock is almost never waited for. A request is opened and
//! settled on the same shard, wherever its comparison runs, so each shard balances for itself and so
//! does every snapshot. Nothing allocates after the first request of its kind.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::tally::Tally;
use crate::domain::{
    account::{Account, Counts, Heading, UNROUTED},
    latency::Latency,
    outcome::Outcome,
    rereads::Rereads,
};

/// Pairs of status codes told apart per route. Services use a dozen; a hostile one gets no more.
const STATUS_PAIRS: usize = 32;
/// Rules told apart per route.
const RULES: usize = 256;
/// Notes told apart per route. Some hold words of the upstream's; each is cut by the comparison.
const NOTES: usize = 16;
/// Headers told apart per route. Their names are the upstream's; each is cut by the comparison.
const HEADERS: usize = 32;

/// All books.
#[derive(Debug)]
pub struct Ledger {
    names: Vec<String>,
    shards: Vec<Arc<Shard>>,
}

/// Aligned, so that two threads do not write to one cache line.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<Vec<Page>>);

/// What is booked under one heading.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub counts: Counts,
    pub old_took: Latency,
    pub new_took: Latency,
    /// By the status of old and of new.
    pub statuses: Tally<(u16, u16), STATUS_PAIRS>,
    /// How many places each rule forgave, by the rule's place in its route.
    pub forgiven: Tally<usize, RULES>,
    /// How many pairs differed in a header that is not compared, by its name.
    pub uncompared: Tally<String, HEADERS>,
    /// How many places differed that no rule forgave.
    pub reported: u64,
    /// How many compared pairs had something to note that is no difference.
    pub notes: Tally<String, NOTES>,
    pub rereads: Rereads,
}

/// What is known of a request besides its row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details<'a> {
    /// `None` where the side was not asked, or was interrupted by somebody else.
    pub old_took: Option<Duration>,
    pub new_took: Option<Duration>,
    /// Of old and of new, where both replied.
    pub statuses: Option<(u16, u16)>,
    /// As in `Judgement::forgiven`.
    pub forgiven: &'a [(usize, usize)],
    /// As in `Judgement::uncompared`.
    pub uncompared: &'a [String],
    /// Places that differ and are not forgiven.
    pub reported: usize,
    /// As in `Judgement::notes`.
    pub notes: &'a [String],
}

/// One request that was received and is not settled. Dropped unsettled it counts as `draining`: only
/// a stop of the program takes a request away from whoever was to settle it.
#[derive(Debug)]
#[must_use]
pub struct Case {
    shard: Arc<Shard>,
    heading: Heading,
    open: bool,
}

impl Ledger {
    /// `route_ids` in the order of the config.
    pub fn new(route_ids: &[String], shards: usize) -> Ledger {
        Ledger::reading_again(route_ids, shards, &[])
    }

    /// As `new`, of mismatches that are read again after these delays.
    pub fn reading_again(route_ids: &[String], shards: usize, delays: &[Duration]) -> Ledger {
        let page = Page { rereads: Rereads::new(delays), ..Page::default() };
        let names: Vec<_> = std::iter::once(UNROUTED.to_owned()).chain(route_ids.iter().cloned()).collect();
        let empty = || Arc::new(Shard(Mutex::new(vec![page.clone(); names.len()])));
        let shards = std::iter::repeat_with(empty).take(shards.max(1)).collect();
        Ledger { names, shards }
    }

    /// A request came in on the thread that has this shard.
    #[expect(
        clippy::indexing_slicing,
        reason = "there is at least one shard, and the rest of a division lies below"
    )]
    pub fn open(&self, shard: usize, heading: Heading) -> Case {
        let shard = Arc::clone(&self.shards[shard % self.shards.len()]);
        shard.book(heading, |page| page.counts.open());
        Case { shard, heading, open: true }
    }

    /// How many requests ended how. At every moment received = settled + in flight.
    pub fn account(&self) -> Account {
        let mut counts = vec![Counts::default(); self.names.len()];
        for shard in &self.shards {
            counts.iter_mut().zip(shard.pages().iter()).for_each(|(sum, page)| sum.add(&page.counts));
        }
        Account { routes: self.names.iter().cloned().zip(counts).collect() }
    }

    /// Everything that is booked, under the names of `account`.
    pub fn pages(&self) -> Vec<(String, Page)> {
        let mut sums = vec![Page::default(); self.names.len()];
        for shard in &self.shards {
            sums.iter_mut().zip(shard.pages().iter()).for_each(|(sum, page)| sum.add(page));
        }
        self.names.iter().cloned().zip(sums).collect()
    }

    /// What reading again came to, under the names of `account`.
    pub fn rereads(&self) -> Vec<(String, Rereads)> {
        let mut sums = vec![Rereads::default(); self.names.len()];
        for shard in &self.shards {
            sums.iter_mut().zip(shard.pages().iter()).for_each(|(sum, page)| sum.add(&page.rereads));
        }
        self.names.iter().cloned().zip(sums).collect()
    }

    /// How long old and new took, under the names of `account`.
    pub fn durations(&self) -> Vec<(String, [Latency; 2])> {
        let mut sums = vec![<[Latency; 2]>::default(); self.names.len()];
        for shard in &self.shards {
            for ([old, new], page) in sums.iter_mut().zip(shard.pages().iter()) {
                old.add(&page.old_took);
                new.add(&page.new_took);
            }
        }
        self.names.iter().cloned().zip(sums).collect()
    }
}

impl Shard {
    /// A panic of another holder leaves whole numbers behind, and the books go on.
    fn pages(&self) -> MutexGuard<'_, Vec<Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A heading that is not in the books counts as unrouted: to be misfiled is better than to be lost.
    fn book(&self, heading: Heading, entry: impl FnOnce(&mut Page)) {
        let mut pages = self.pages();
        let place = if heading.index() < pages.len() { heading } else { Heading::UNROUTED };
        if let Some(page) = pages.get_mut(place.index()) {
            entry(page);
        }
    }
}

impl Page {
    fn settle(&mut self, outcome: Outcome, details: &Details<'_>) {
        self.counts.settle(outcome);
        details.old_took.into_iter().for_each(|took| self.old_took.observe(took));
        details.new_took.into_iter().for_each(|took| self.new_took.observe(took));
        details.statuses.into_iter().for_each(|pair| self.statuses.count(&pair, 1));
        details.forgiven.iter().for_each(|(rule, places)| self.forgiven.count(rule, *places as u64));
        details.uncompared.iter().for_each(|name| self.uncompared.count(name.as_str(), 1));
        self.reported = self.reported.saturating_add(details.reported as u64);
        details.notes.iter().for_each(|note| self.notes.count(note.as_str(), 1));
    }

    fn add(&mut self, other: &Page) {
        self.counts.add(&other.counts);
        self.old_took.add(&other.old_took);
        self.new_took.add(&other.new_took);
        self.statuses.add(&other.statuses);
        self.forgiven.add(&other.forgiven);
        self.uncompared.add(&other.uncompared);
        self.reported = self.reported.saturating_add(other.reported);
        self.notes.add(&other.notes);
        self.rereads.add(&other.rereads);
    }
}

impl Case {
    /// Where more can be booked of this request once it is settled.
    pub fn folio(&self) -> Folio {
        Folio { shard: self.shard.clone(), heading: self.heading }
    }

    pub const fn heading(&self) -> Heading {
        self.heading
    }

    pub fn settle(self, outcome: Outcome) {
        self.settle_with(outcome, &Details::default());
    }

    pub fn settle_with(mut self, outcome: Outcome, details: &Details<'_>) {
        self.open = false;
        self.shard.book(self.heading, |page| page.settle(outcome, details));
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if self.open {
            self.shard.book(self.heading, |page| page.counts.settle(Outcome::Draining));
        }
    }
}

/// The page a request was booked on, for what is found out of it later.
#[derive(Clone, Debug)]
pub struct Folio {
    shard: Arc<Shard>,
    heading: Heading,
}

impl Folio {
    pub fn book(&self, entry: impl FnOnce(&mut Rereads)) {
        self.shard.book(self.heading, |page| entry(&mut page.rereads));
    }

    pub const fn heading(&self) -> Heading {
        self.heading
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    fn ledger(shards: usize) -> Ledger {
        Ledger::new(&["users".to_owned(), "orders".to_owned()], shards)
    }

    #[test]
    fn requests_are_booked_under_their_route_and_the_others_under_none() {
        let ledger = ledger(1);
        ledger.open(0, Heading::UNROUTED).settle(Outcome::NoRoute);
        ledger.open(0, Heading::route(1)).settle(Outcome::Exact);
        let routes = ledger.account().routes;
        assert_eq!(
            routes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["unrouted", "users", "orders"]
        );
        assert_eq!((routes[0].1.of(Outcome::NoRoute), routes[2].1.of(Outcome::Exact)), (1, 1));
    }

    #[test]
    fn a_case_in_flight_is_in_the_books_and_one_that_is_dropped_is_draining() {
        let ledger = ledger(2);
        let case = ledger.open(7, Heading::route(0));
        assert_eq!((ledger.account().total().received, ledger.account().total().in_flight), (1, 1));
        drop(case);
        assert_eq!(ledger.account().total().of(Outcome::Draining), 1);
        assert!(ledger.account().total().adds_up());
    }

    #[test]
    fn a_heading_of_another_config_is_booked_as_unrouted() {
        let ledger = ledger(1);
        ledger.open(0, Heading::route(99)).settle(Outcome::Exact);
        assert_eq!(ledger.account().routes[0].1.of(Outcome::Exact), 1);
    }

    #[test]
    fn what_is_known_of_a_pair_is_summed_over_the_shards() {
        let ledger = ledger(2);
        for shard in [0, 1] {
            let took = Some(Duration::from_millis(5));
            let details = Details {
                old_took: took,
                new_took: took,
                statuses: Some((200, 404)),
                forgiven: &[(3, 2)],
                uncompared: &["x-total-count".to_owned()],
                reported: 5,
                notes: &["content coding: old gzip, new br".to_owned()],
            };
            ledger.open(shard, Heading::route(0)).settle_with(Outcome::Differs, &details);
        }
        let (_, page) = ledger.pages().swap_remove(1);
        assert_eq!(page.statuses.by_weight(), [((200, 404), 2)]);
        assert_eq!(page.forgiven.by_weight(), [(3, 4)]);
        assert_eq!(page.uncompared.by_weight(), [("x-total-count".to_owned(), 2)]);
        assert_eq!(page.notes.by_weight(), [("content coding: old gzip, new br".to_owned(), 2)]);
        assert_eq!((page.reported, page.old_took.count()), (10, 2));
        assert_eq!(ledger.durations()[1].1[1], page.new_took);
    }

    #[test]
    fn the_books_balance_at_every_moment_while_threads_hammer_them() {
        const EACH: usize = 20_000;
        let ledger = Arc::new(ledger(2));
        let (send, compared) = mpsc::channel::<Case>();
        thread::scope(|scope| {
            for shard in 0..4 {
                let (ledger, send) = (Arc::clone(&ledger), send.clone());
                scope.spawn(move || {
                    for n in 0..EACH {
                        let case = ledger.open(shard, Heading::route(n % 2));
                        match n % 3 {
                            0 => case.settle(Outcome::Exact),
                            1 => drop(case),
                            _ => send.send(case).unwrap(),
                        }
                    }
                });
            }
            drop(send);
            scope.spawn(move || compared.into_iter().for_each(|case| case.settle(Outcome::Differs)));
            let mut before = 0;
            while before < 4 * EACH as u64 {
                let account = ledger.account();
                assert!(account.routes.iter().all(|(_, counts)| counts.adds_up()), "{account:?}");
                let received = account.total().received;
                assert!(received >= before);
                before = received;
            }
        });
        let total = ledger.account().total();
        assert_eq!((total.received, total.in_flight, total.settled()), (80_000, 0, 80_000));
        assert!(size_of::<Case>() <= 16);
    }
}
