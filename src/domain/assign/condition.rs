//! When a pin holds.

use super::BucketBy;

/// `header:x-tenant == acme`, or any of several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub of: BucketBy,
    pub is_any_of: Vec<String>,
}
