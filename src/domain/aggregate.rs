//! Sums and counts over many replies, old against new: errors that no single pair shows.

/// `sum of /total by /currency`
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub name: String,
    pub of: Function,
    /// JSON Pointer; with `*` for every element.
    pub at: String,
    /// Groups by the value here.
    pub by: Option<String>,
    /// The most that new may differ by, as a part of old's.
    pub max: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Sum,
    Count,
    Distinct,
}
