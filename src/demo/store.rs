//! What both backends stand on: the shop's data, and the writes on their way from old to new.
//!
//! Old is the system of record, and a write counts there at once. New sees it when the lag is over.
//! There is no task that carries writes across: each is kept with the moment it arrives at new, and a
//! read looks at that. The clock is an argument.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{data::Data, defects, dice, flavour::Flavour};

/// Renames of one user that may be under way at once; past it the eldest arrives early.
const MAX_UNDER_WAY: usize = 32;

/// How bad the defects are that tests want to turn off, or to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub seed: u64,
    /// How long a write takes from old to new.
    pub lag: Duration,
    /// What new's daily report takes longer than old's.
    pub slower: Duration,
    /// Reads of new that are answered with an error, in a million.
    pub failing_ppm: u32,
}

impl Settings {
    /// What [`defects::DEFECTS`] says.
    pub const fn of_the_demo(seed: u64) -> Settings {
        Settings {
            seed,
            lag: Duration::from_millis(300),
            slower: Duration::from_millis(250),
            failing_ppm: 5_000,
        }
    }
}

/// One shop, seen by both backends.
#[derive(Debug)]
pub struct Store {
    settings: Settings,
    data: Data,
    /// At most one entry for each user there is.
    names: Mutex<HashMap<u32, Renamed>>,
    minted: AtomicU64,
    reads_of_new: AtomicU64,
}

/// What one user was renamed to.
#[derive(Debug, Default)]
struct Renamed {
    at_old: String,
    /// `None`: new still has the first name.
    at_new: Option<String>,
    /// In the order they were written, which is the order they arrive in.
    under_way: VecDeque<(Instant, String)>,
}

impl Store {
    pub fn new(settings: Settings) -> Store {
        Store {
            settings,
            data: Data::generate(settings.seed),
            names: Mutex::default(),
            minted: AtomicU64::new(0),
            reads_of_new: AtomicU64::new(0),
        }
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub const fn data(&self) -> &Data {
        &self.data
    }

    /// `false` where there is no such user.
    pub fn rename(&self, user: u32, name: &str, now: Instant) -> bool {
        if self.data.user(user).is_none() {
            return false;
        }
        let mut names = self.names();
        let renamed = names.entry(user).or_default();
        renamed.arrive(now);
        if renamed.under_way.len() >= MAX_UNDER_WAY
            && let Some((_, eldest)) = renamed.under_way.pop_front()
        {
            renamed.at_new = Some(eldest);
        }
        name.clone_into(&mut renamed.at_old);
        renamed.under_way.push_back((now + self.settings.lag, name.to_owned()));
        true
    }

    /// The name a user was given by a write, as far as that side has heard; `None`: still the first one.
    pub fn name(&self, user: u32, flavour: Flavour, now: Instant) -> Option<String> {
        let mut names = self.names();
        let renamed = names.get_mut(&user)?;
        match flavour {
            Flavour::Old => Some(renamed.at_old.clone()),
            Flavour::New => {
                renamed.arrive(now);
                renamed.at_new.clone()
            }
        }
    }

    /// An id no other request has, on either side: what real backends put into their replies.
    pub fn mint(&self) -> String {
        let nth = self.minted.fetch_add(1, Ordering::Relaxed);
        let high = dice::scramble(nth.wrapping_add(1));
        format!("{high:016x}{:016x}", dice::scramble(high ^ self.settings.seed))
    }

    /// Whether new fails the read that is asked of it now.
    pub fn next_read_of_new_fails(&self) -> bool {
        let nth = self.reads_of_new.fetch_add(1, Ordering::Relaxed);
        defects::fails(self.settings.seed, nth, self.settings.failing_ppm)
    }

    fn names(&self) -> MutexGuard<'_, HashMap<u32, Renamed>> {
        // Every change under the lock is whole at each step.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Renamed {
    fn arrive(&mut self, now: Instant) {
        while self.under_way.front().is_some_and(|(due, _)| *due <= now) {
            self.at_new = self.under_way.pop_front().map(|(_, name)| name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::clock;

    fn store() -> Store {
        Store::new(Settings::of_the_demo(1))
    }

    #[test]
    fn a_write_is_seen_by_old_at_once_and_by_new_after_the_lag() {
        let (store, start) = (store(), clock::now());
        let lag = store.settings().lag;
        assert!(store.rename(7, "Ida", start));

        assert_eq!(store.name(7, Flavour::Old, start).as_deref(), Some("Ida"));
        assert_eq!(store.name(7, Flavour::New, start + lag - Duration::from_millis(1)), None);
        assert_eq!(store.name(7, Flavour::New, start + lag).as_deref(), Some("Ida"));
    }

    #[test]
    fn writes_arrive_one_by_one_and_in_order() {
        let (store, start) = (store(), clock::now());
        let lag = store.settings().lag;
        let later = start + Duration::from_millis(100);
        store.rename(7, "Ida", start);
        store.rename(7, "Ada", later);

        assert_eq!(store.name(7, Flavour::Old, later).as_deref(), Some("Ada"));
        assert_eq!(store.name(7, Flavour::New, start + lag).as_deref(), Some("Ida"));
        assert_eq!(store.name(7, Flavour::New, later + lag).as_deref(), Some("Ada"));
    }

    #[test]
    fn no_more_writes_are_under_way_than_the_bound() {
        let (store, start) = (store(), clock::now());
        for n in 0..1_000 {
            store.rename(7, &n.to_string(), start);
        }
        assert_eq!(store.names().get(&7).unwrap().under_way.len(), MAX_UNDER_WAY);
        assert_eq!(store.name(7, Flavour::New, start).as_deref(), Some("967"));
    }

    #[test]
    fn a_user_there_is_not_cannot_be_renamed() {
        assert!(!store().rename(0, "Ida", clock::now()));
    }

    #[test]
    fn no_two_requests_get_the_same_id() {
        let store = store();
        let ids: HashSet<_> = (0..1_000).map(|_| store.mint()).collect();
        assert_eq!(ids.len(), 1_000);
    }
}
