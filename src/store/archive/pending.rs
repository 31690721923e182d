//! Evidence and rows on their way to the file. Nobody waits for them, and only so much is held.
//!
//! Batches of one route are joined until they are written: the newest sums, all units, every minute. Sums without all
//! of their units are worth nothing, so where units have to be let go, the evidence is torn: its minutes are still
//! written, but a restart begins it anew.

use std::collections::{HashMap, VecDeque};

use super::{EvidenceBatch, Minute, Row};
use crate::domain::plan::Stage;

/// Units of all routes that wait, eight bytes each.
const MOST_UNITS: usize = 4_000_000;
/// Minutes of one route that wait, by stage and epoch.
const MOST_MINUTES: usize = 120;
/// Routes with evidence that waits, or is to be forgotten.
const MOST_ROUTES: usize = 4_096;
/// Rows for people. Samples may have several KiB.
const MOST_ROWS: usize = 2_048;

/// What waits of one route.
#[derive(Clone, Debug)]
pub struct Gathered {
    pub route: String,
    pub epoch: String,
    pub at_millis: u64,
    pub state: serde_json::Value,
    pub units: Vec<u64>,
    /// Units were let go.
    pub torn: bool,
    /// With the epoch they belong to; the oldest first.
    pub minutes: VecDeque<(String, Stage, Minute)>,
}

#[derive(Default)]
pub struct Pending {
    routes: HashMap<String, Gathered>,
    /// In which order they are written.
    order: VecDeque<String>,
    forgotten: VecDeque<(String, String)>,
    rows: VecDeque<Row>,
    units: usize,
    lost: u64,
}

impl Pending {
    pub fn keep(&mut self, batch: EvidenceBatch) {
        if self.routes.len() >= MOST_ROUTES && !self.routes.contains_key(&batch.route) {
            self.lost += 1;
            return;
        }
        let minutes = VecDeque::from([(batch.epoch.clone(), batch.stage, batch.minute)]);
        let newer = Gathered {
            route: batch.route,
            epoch: batch.epoch,
            at_millis: batch.at_millis,
            state: batch.state,
            units: batch.new_units,
            torn: false,
            minutes,
        };
        let joined = match self.remove(&newer.route) {
            None => newer,
            Some(older) => self.join(older, newer),
        };
        self.insert(joined);
    }

    /// It could not be written. What has come since is newer.
    pub fn put_back(&mut self, mut older: Gathered) {
        if self.forgotten.iter().any(|(route, epoch)| *route == older.route && *epoch == older.epoch) {
            older.units.clear();
            older.epoch.clear();
        }
        let joined = match self.remove(&older.route) {
            None if older.epoch.is_empty() => return,
            None => older,
            Some(newer) => self.join(older, newer),
        };
        self.insert(joined);
    }

    /// What waits of it need not be written any more, and what is written is to go.
    pub fn forget(&mut self, route: &str, epoch: &str) {
        if self.routes.get(route).is_some_and(|waiting| waiting.epoch == epoch) {
            self.remove(route);
        }
        let both = (route.to_owned(), epoch.to_owned());
        if !self.forgotten.contains(&both) {
            if self.forgotten.len() >= MOST_ROUTES {
                self.lost += 1;
                return;
            }
            self.forgotten.push_back(both);
        }
    }

    pub fn note(&mut self, row: Row) {
        if self.rows.len() >= MOST_ROWS {
            self.rows.pop_front();
            self.lost += 1;
        }
        self.rows.push_back(row);
    }

    pub fn next_forgotten(&mut self) -> Option<(String, String)> {
        self.forgotten.pop_front()
    }

    pub fn forget_again(&mut self, both: (String, String)) {
        self.forgotten.push_front(both);
    }

    pub fn next_route(&mut self) -> Option<Gathered> {
        let route = self.order.front()?.clone();
        self.remove(&route)
    }

    pub fn next_rows(&mut self, most: usize) -> Vec<Row> {
        let most = most.min(self.rows.len());
        self.rows.drain(..most).collect()
    }

    /// Batches and rows there was no room for.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    fn join(&mut self, older: Gathered, newer: Gathered) -> Gathered {
        let mut joined = newer;
        if joined.epoch == older.epoch {
            joined.torn |= older.torn;
            let newest = std::mem::replace(&mut joined.units, older.units);
            joined.units.extend(newest);
        }
        let later = std::mem::replace(&mut joined.minutes, older.minutes);
        for (epoch, stage, minute) in later {
            let same = |(of, at, known): &&mut (String, Stage, Minute)| {
                *of == epoch && *at == stage && known.minute == minute.minute
            };
            match joined.minutes.iter_mut().find(same) {
                Some((_, _, known)) => *known = minute,
                None => joined.minutes.push_back((epoch, stage, minute)),
            }
        }
        while joined.minutes.len() > MOST_MINUTES {
            joined.minutes.pop_front();
            self.lost += 1;
        }
        joined
    }

    fn insert(&mut self, mut gathered: Gathered) {
        if self.units + gathered.units.len() > MOST_UNITS {
            gathered.torn = true;
            self.lost += 1;
        }
        if gathered.torn {
            gathered.units = Vec::new();
        }
        self.units += gathered.units.len();
        self.order.push_back(gathered.route.clone());
        self.routes.insert(gathered.route.clone(), gathered);
    }

    fn remove(&mut self, route: &str) -> Option<Gathered> {
        let gathered = self.routes.remove(route)?;
        self.order.retain(|waiting| waiting != route);
        self.units -= gathered.units.len();
        Some(gathered)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::made::batch, *};

    #[test]
    fn batches_of_one_route_are_joined() {
        let mut pending = Pending::default();
        pending.keep(batch("users", "a", 1, &[1, 2]));
        pending.keep(batch("users", "a", 1, &[3]));
        pending.keep(batch("users", "a", 2, &[4]));
        let gathered = pending.next_route().unwrap();
        assert_eq!((gathered.units, gathered.minutes.len()), (vec![1, 2, 3, 4], 2));
        assert!(pending.next_route().is_none());
    }

    #[test]
    fn units_of_another_epoch_are_not_joined_but_its_minutes_are_kept() {
        let mut pending = Pending::default();
        pending.keep(batch("users", "a", 1, &[1, 2]));
        pending.keep(batch("users", "b", 1, &[3]));
        let gathered = pending.next_route().unwrap();
        assert_eq!((gathered.epoch.as_str(), gathered.units, gathered.minutes.len()), ("b", vec![3], 2));
    }

    #[test]
    fn what_is_put_back_comes_before_what_came_since() {
        let mut pending = Pending::default();
        pending.keep(batch("users", "a", 1, &[1, 2]));
        let failed = pending.next_route().unwrap();
        pending.keep(batch("users", "a", 1, &[3]));
        pending.put_back(failed);
        assert_eq!(pending.next_route().unwrap().units, [1, 2, 3]);
    }

    #[test]
    fn what_was_forgotten_meanwhile_does_not_come_back() {
        let mut pending = Pending::default();
        pending.keep(batch("users", "a", 1, &[1, 2]));
        let failed = pending.next_route().unwrap();
        pending.forget("users", "a");
        pending.keep(batch("users", "a", 1, &[3]));
        pending.put_back(failed);
        assert_eq!(pending.next_forgotten(), Some(("users".to_owned(), "a".to_owned())));
        assert_eq!(pending.next_route().unwrap().units, [3]);
    }

    #[test]
    fn evidence_whose_units_do_not_fit_is_torn_and_stays_so() {
        let mut pending = Pending::default();
        pending.keep(batch("users", "a", 1, &vec![7; MOST_UNITS - 1]));
        pending.keep(batch("orders", "a", 1, &[1, 2]));
        pending.keep(batch("orders", "a", 1, &[]));
        assert_eq!(
            pending.next_route().map(|first| (first.route, first.torn)),
            Some(("users".into(), false))
        );
        let torn = pending.next_route().unwrap();
        assert!(torn.torn && torn.units.is_empty());
        assert_eq!(pending.lost(), 1);
    }

    #[test]
    fn of_too_many_rows_the_oldest_are_lost_and_counted() {
        let mut pending = Pending::default();
        let row = |n: u64| Row::Signature {
            route: "users".into(),
            signature: n.to_string(),
            requests: n,
            first_millis: 0,
            last_millis: 0,
        };
        (0..MOST_ROWS as u64 + 3).for_each(|n| pending.note(row(n)));
        assert_eq!(pending.lost(), 3);
        assert!(matches!(&pending.next_rows(1)[0], Row::Signature { requests: 3, .. }));
    }
}
