//! Every kind of request there was, what share it has, and how much of it was compared (statistics 3). Counts all
//! reads, also those that were not mirrored: what was never seen cannot be missed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Cell, CellSummary, Confirmed, Novelty, Unseen};
use crate::domain::stats::unseen::Frequencies;

/// Kinds told apart. Past that a request belongs to none, and counts as not compared and as new.
const MOST_CELLS: usize = 10_000;
/// Of the text of a kind.
const MOST_TEXT: usize = 200;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Census {
    requests: u64,
    #[serde(with = "by_hash")]
    cells: HashMap<u64, Counts>,
    /// Of kinds, as a person reads them. Told once by whoever sees a kind first, so they outlive the counts.
    #[serde(with = "by_hash")]
    texts: HashMap<u64, Box<str>>,
    lost: u64,
    novelty: Novelty,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    requests: u64,
    units: u64,
    mismatches: u64,
}

impl Census {
    pub fn see(&mut self, cell: &Cell, in_stage: bool) {
        if let Some(text) = &cell.text {
            self.learn(cell.hash, text);
        }
        self.requests += 1;
        let known = self.cells.len();
        let is_new = match self.cells.get_mut(&cell.hash) {
            Some(counts) => {
                counts.requests += 1;
                false
            }
            None if known < MOST_CELLS => {
                self.cells.insert(cell.hash, Counts { requests: 1, ..Counts::default() });
                true
            }
            None => {
                self.lost += 1;
                true
            }
        };
        if in_stage {
            self.novelty.requests += 1;
            self.novelty.new_cells += u64::from(is_new);
        }
    }

    fn learn(&mut self, hash: u64, text: &str) {
        if self.texts.len() < MOST_CELLS && !self.texts.contains_key(&hash) {
            let end = text.floor_char_boundary(MOST_TEXT);
            self.texts.insert(hash, text.get(..end).unwrap_or_default().into());
        }
    }

    /// Units of a kind were compared.
    pub fn gained(&mut self, cell: u64, counted: Confirmed) {
        if let Some(counts) = self.cells.get_mut(&cell) {
            counts.units += counted.n;
            counts.mismatches += counted.k;
        }
    }

    pub const fn stage_began(&mut self) {
        self.novelty = Novelty { requests: 0, new_cells: 0 };
    }

    /// Counts begin anew; what kinds are called stays known.
    pub fn begin_anew(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        *self = Census { texts, ..Census::default() };
    }

    pub const fn requests(&self) -> u64 {
        self.requests
    }

    pub const fn lost(&self) -> u64 {
        self.lost
    }

    pub const fn novelty(&self) -> Novelty {
        self.novelty
    }

    /// The largest first.
    pub fn cells(&self) -> Vec<CellSummary> {
        let mut cells: Vec<_> = self.cells.iter().collect();
        cells.sort_unstable_by_key(|(hash, counts)| (std::cmp::Reverse(counts.requests), **hash));
        let all = self.requests.max(1) as f64;
        let row = |(hash, counts): (&u64, &Counts)| CellSummary {
            text: self.texts.get(hash).map_or_else(|| format!("{hash:016x}"), |text| text.to_string()),
            share: counts.requests as f64 / all,
            units: counts.units,
            mismatches: counts.mismatches,
        };
        cells.into_iter().map(row).collect()
    }

    pub fn unseen(&self) -> Unseen {
        let seen = Frequencies::of(self.cells.values().map(|counts| counts.requests));
        Unseen {
            missing: seen.missing_corrected(),
            missing_at_most: seen.missing_at_most(),
            kinds: seen.kinds,
            kinds_at_least: seen.kinds_at_least(),
        }
    }
}

mod by_hash {
    //! Numbers are no keys of an object of JSON, and a map has no order of its own.

    use std::collections::HashMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<V: Serialize, S: Serializer>(map: &HashMap<u64, V>, to: S) -> Result<S::Ok, S::Error> {
        let mut pairs: Vec<_> = map.iter().collect();
        pairs.sort_unstable_by_key(|(hash, _)| **hash);
        to.collect_seq(pairs)
    }

    pub fn deserialize<'de, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<HashMap<u64, V>, D::Error> {
        Ok(Vec::<(u64, V)>::deserialize(from)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(hash: u64) -> Cell {
        Cell { hash, text: None }
    }

    #[test]
    fn shares_are_of_all_reads_and_units_of_those_compared() {
        let mut census = Census::default();
        census.see(&Cell { hash: 1, text: Some("GET /users/{id}".into()) }, true);
        (0..2).for_each(|_| census.see(&cell(1), true));
        census.see(&cell(2), true);
        census.gained(1, Confirmed::ONE);
        census.gained(1, Confirmed::ONE_MISMATCH);
        let told = census.cells();
        assert_eq!(
            told[0],
            CellSummary { text: "GET /users/{id}".into(), share: 0.75, units: 2, mismatches: 1 }
        );
        assert_eq!((told[1].share, told[1].text.len()), (0.25, 16));
    }

    #[test]
    fn a_kind_is_new_once_and_again_in_no_later_stage() {
        let mut census = Census::default();
        (0..5).for_each(|hash| census.see(&cell(hash), true));
        assert_eq!(census.novelty(), Novelty { requests: 5, new_cells: 5 });
        census.stage_began();
        (0..7).for_each(|hash| census.see(&cell(hash), true));
        census.see(&cell(100), false);
        assert_eq!(census.novelty(), Novelty { requests: 7, new_cells: 2 });
    }

    #[test]
    fn kinds_past_the_bound_are_lost_and_every_request_of_them_is_new() {
        let mut census = Census::default();
        (0..MOST_CELLS as u64 + 5).for_each(|hash| census.see(&cell(hash), true));
        census.see(&cell(u64::MAX), true);
        census.see(&cell(0), true);
        assert_eq!((census.cells().len(), census.lost()), (MOST_CELLS, 6));
        assert_eq!(
            census.novelty(),
            Novelty { requests: MOST_CELLS as u64 + 7, new_cells: MOST_CELLS as u64 + 6 }
        );
    }

    #[test]
    fn when_counts_begin_anew_kinds_keep_their_names() {
        let mut census = Census::default();
        census.see(&Cell { hash: 1, text: Some("x".repeat(500).into()) }, true);
        census.begin_anew();
        assert_eq!(census.requests(), 0);
        census.see(&cell(1), true);
        assert_eq!(census.cells()[0].text, "x".repeat(MOST_TEXT));
    }

    #[test]
    fn a_census_is_read_as_it_was_written() {
        let mut census = Census::default();
        (0..50).for_each(|n| census.see(&Cell { hash: u64::MAX - n % 7, text: Some("é".into()) }, true));
        let text = serde_json::to_string(&census).unwrap();
        assert_eq!(serde_json::from_str::<Census>(&text).unwrap(), census);
    }
}
