//! One measured run, as a value: what is written to the JSON file and what everything else is computed from.

use serde::Serialize;

use crate::spread::Key;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Run {
    pub scenario: &'static str,
    /// What was varied within the scenario: a body size, or a situation of memory.
    pub case: String,
    pub who: String,
    pub rep: u32,
    pub requests_per_s: Option<f64>,
    /// What an open-loop generator was told to ask.
    pub asked_per_s: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub p999_ms: Option<f64>,
    /// Requests without a 2xx or 3xx answer, and socket errors.
    pub errors: Option<u64>,
    /// CPU of the proxy process for each request; without a proxy, that of the backend.
    pub cpu_us: Option<f64>,
    /// Share of one core that process used. Far below 1: the generator was the limit.
    pub busy: Option<f64>,
    /// Share of the time in which the proxy could have run and something else held its core: the machine's noise.
    pub waited: Option<f64>,
    /// Requests the new side received for each live one.
    pub mirrored: Option<f64>,
    pub rss_mib: Option<f64>,
    pub peak_mib: Option<f64>,
    /// The peak above the size after the warm-up.
    pub growth_mib: Option<f64>,
}

pub type Field = fn(&Run) -> Option<f64>;

/// Outcome of the whole: what was measured, and what was not and why.
#[derive(Debug, Default)]
pub struct Outcome {
    pub runs: Vec<Run>,
    /// Whom the person wanted measured, whether or not it could be.
    pub asked: Vec<Key>,
    pub skipped: Vec<String>,
}

impl Outcome {
    pub fn ask(&mut self, scenario: &'static str, case: &str, who: &str) {
        self.asked.push(Key { scenario, case: case.to_owned(), who: who.to_owned() });
    }

    pub fn skip(&mut self, word: String) {
        if !self.skipped.contains(&word) {
            eprintln!("  skipped: {word}");
            self.skipped.push(word);
        }
    }
}
