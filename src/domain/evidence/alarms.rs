//! The detectors of mismatches of one route (statistics 1.1, 2.1 and 7). Their bounds are fixed when a stage begins:
//! a detector whose bound moves promises nothing.

use serde::{Deserialize, Serialize};

use super::{Bounds, DetectorLevels};
use crate::domain::{gate::Criteria, stats::watch::Watch};

/// How much more often requests may differ than units: one hot record is many requests.
const REQUESTS_FACTOR: f64 = 10.0;
/// How much more often reads may differ at first sight than they did in the stage before.
const RAW_FACTOR: f64 = 5.0;
/// Of `stale_rate_max`, that reads may still differ at the staleness budget besides errors.
const EARLY_FACTOR: f64 = 2.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarms {
    /// Final comparisons of units.
    pub units: Watch,
    /// All comparisons, repeats included, as they become final.
    pub requests: Watch,
    /// First looks at a unit; an event when it still differs at the staleness budget.
    pub early: Watch,
    /// First looks at a unit; an event when it differs at all.
    pub raw: Watch,
    /// As `units`, but at the bound of a pass: for incidents, not for a breach.
    pub warning: Watch,
}

impl Alarms {
    /// `raw_before`: how often units differed at first sight in the stage before, where that is known.
    pub fn new(criteria: &Criteria, bounds: Bounds, raw_before: Option<f64>) -> Alarms {
        let hot = REQUESTS_FACTOR * bounds.abort;
        Alarms {
            units: Watch::new(bounds.abort),
            requests: Watch::new(hot),
            early: Watch::new(bounds.abort + EARLY_FACTOR * criteria.staleness.rate),
            raw: Watch::new(hot.max(RAW_FACTOR * raw_before.unwrap_or(0.0))),
            warning: Watch::new(bounds.max),
        }
    }

    pub const fn bounds(&self) -> Bounds {
        Bounds { max: self.warning.bound(), abort: self.units.bound() }
    }

    pub fn levels(&self) -> DetectorLevels {
        DetectorLevels {
            units: self.units.highest(),
            requests: self.requests.highest(),
            early: self.early.highest(),
            raw: self.raw.highest(),
            ..DetectorLevels::default()
        }
    }

    /// A span ends after which highs are forgotten.
    pub fn turn(&mut self) {
        for watch in [&mut self.units, &mut self.requests, &mut self.early, &mut self.raw, &mut self.warning]
        {
            watch.turn();
        }
    }
}
