//! Mismatches that are being read again, and so are neither for nor against new yet.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::units::Id;

/// Held at a time. Past that a mismatch counts at once, as one nobody reads again.
const MOST: usize = 16_384;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    pub began_millis: u64,
    pub cell: u64,
    /// Requests that saw it.
    pub requests: u64,
    /// It still differed when the staleness budget was over.
    pub late: bool,
    /// The unit had matched before.
    pub flaky: bool,
    pub in_stage: bool,
    /// Whoever read it again has stopped with the program: nothing will be heard of it.
    #[serde(skip)]
    pub orphaned: bool,
}

/// By unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(Id, Awaited)>", into = "Vec<(Id, Awaited)>")]
pub struct AwaitedUnits {
    held: HashMap<Id, Awaited>,
    /// First looks that still differed when the staleness budget was over.
    late: u64,
}

impl AwaitedUnits {
    /// Whether there was room.
    #[must_use]
    pub fn put(&mut self, id: Id, awaited: Awaited) -> bool {
        let room = self.held.len() < MOST;
        if room {
            self.held.insert(id, awaited);
        }
        room
    }

    pub fn get_mut(&mut self, id: Id) -> Option<&mut Awaited> {
        // Most of the time nothing is awaited, and every comparison asks.
        if self.held.is_empty() { None } else { self.held.get_mut(&id) }
    }

    /// Still different at the budget: `None` where that was known, or is not awaited.
    pub fn is_late(&mut self, id: Id) -> Option<Awaited> {
        let awaited = self.held.get_mut(&id).filter(|awaited| !awaited.late)?;
        awaited.late = true;
        self.late += u64::from(!awaited.flaky);
        Some(*awaited)
    }

    pub fn take(&mut self, id: Id) -> Option<Awaited> {
        let awaited = self.held.remove(&id)?;
        self.late -= u64::from(awaited.late && !awaited.flaky);
        Some(awaited)
    }

    /// Those that began before then, in the order they began: the same evidence gives the same detectors.
    pub fn begun_before(&self, millis: u64) -> Vec<Id> {
        let due = self.held.iter().filter(|(_, awaited)| awaited.began_millis < millis);
        let mut due: Vec<(u64, Id)> = due.map(|(id, awaited)| (awaited.began_millis, *id)).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }

    pub const fn late(&self) -> u64 {
        self.late
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub fn orphan(&mut self) {
        self.held.values_mut().for_each(|awaited| awaited.orphaned = true);
    }
}

impl From<Vec<(Id, Awaited)>> for AwaitedUnits {
    fn from(held: Vec<(Id, Awaited)>) -> AwaitedUnits {
        let late = held.iter().filter(|(_, awaited)| awaited.late && !awaited.flaky).count() as u64;
        AwaitedUnits { held: held.into_iter().collect(), late }
    }
}

impl From<AwaitedUnits> for Vec<(Id, Awaited)> {
    fn from(units: AwaitedUnits) -> Vec<(Id, Awaited)> {
        let mut held: Vec<_> = units.held.into_iter().collect();
        held.sort_unstable_by_key(|(id, _)| *id);
        held
    }
}
