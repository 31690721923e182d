//! Which caller a read belongs to, and who is served by a named side whatever the share.
//!
//! Statistics section 9: a key, hashed within its group. Without a key a read stays with old until new serves all.

mod condition;
mod key;

pub use condition::Condition;
pub use key::{BucketBy, Request};

use super::side::Side;

/// How the reads of a route are shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub by: BucketBy,
    /// Routes of one group that see the same key send it to the same side.
    pub group: String,
    /// The first that holds decides.
    pub pins: Vec<Pin>,
    pub tester: Option<Tester>,
}

/// A named cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub when: Condition,
    pub serve: Side,
}

/// A header by which somebody who knows the secret chooses the side.
#[derive(Clone, PartialEq, Eq)]
pub struct Tester {
    /// In lower case; its value is `old SECRET` or `new SECRET`. Never forwarded.
    pub header: String,
    pub secret: String,
}

impl std::fmt::Debug for Tester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tester").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Assignment {
    /// Nothing tells callers apart: old until new serves everyone.
    pub const fn none() -> Assignment {
        Assignment { by: BucketBy::Nothing, group: String::new(), pins: Vec::new(), tester: None }
    }
}
