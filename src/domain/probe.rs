//! A named read that has to match before an advance: the known tricky account.

use std::time::Duration;

use super::compare::rules::Rules;

/// Run on both sides on a schedule, and before each advance.
#[derive(Clone, Debug)]
pub struct Probe {
    pub name: String,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub rules: Rules,
    pub every: Duration,
}
