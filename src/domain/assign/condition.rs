//! When a pin holds.

use super::{BucketBy, Request};

/// `header:x-tenant == acme`, or any of several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub of: BucketBy,
    pub is_any_of: Vec<String>,
}

impl Condition {
    /// A request that has nothing there fulfils no condition.
    pub fn holds(&self, request: &Request<'_>) -> bool {
        self.of.key(request).is_some_and(|key| self.is_any_of.iter().any(|value| value.as_bytes() == &*key))
    }
}
