//! What is told of comparisons, and what has to be set right when they were written down and are read again.

use super::{Comparisons, Units};
use crate::domain::evidence::{StalenessSummary, UnitCounts};

impl Comparisons {
    pub fn summary(&self) -> UnitCounts {
        UnitCounts {
            settled: self.watermark.settled(),
            known: self.known,
            stage: self.stage,
            flaky: self.flaky,
            unheld: self.unheld,
            beyond_key: self.beyond_key,
            requests: self.requests,
            lately: self.lately.rate(),
            indeterminate: self.indeterminate,
        }
    }

    pub const fn staleness(&self) -> StalenessSummary {
        StalenessSummary {
            finals: self.finals,
            late: self.late(),
            transient: self.transient,
            indeterminate: self.indeterminate,
        }
    }

    /// Reads that had not healed at the staleness budget and did later, or may still.
    pub const fn late(&self) -> u64 {
        self.late + self.awaited.late()
    }

    #[cfg(test)]
    pub fn awaits_nothing(&self) -> bool {
        self.awaited.is_empty()
    }

    pub const fn keep(&mut self, units: &Units) {
        self.held = units.len();
    }

    /// What was written down is read again with these units. Those that are missing do not count: they would count
    /// twice when they are seen again.
    pub fn restored(&mut self, units: &Units) {
        self.awaited.orphan();
        let missing = self.held.saturating_sub(units.len()) as u64;
        self.watermark.lose(missing);
        for counts in [&mut self.known, &mut self.stage] {
            counts.n = counts.n.saturating_sub(missing).max(counts.k);
        }
        self.finals = self.finals.saturating_sub(missing);
    }
}
