//! Which caller a read belongs to, and who is served by a named side whatever the share.
//!
//! Statistics section 9: a key, hashed within its group. Without a key a read stays with old until new serves all.

mod claim;
mod client;
mod condition;
mod key;
#[cfg(test)]
mod tests;

pub use condition::Condition;
pub use key::{BucketBy, Request};

use subtle::ConstantTimeEq as _;

use super::{percent::Bucket, side::Side};

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

    /// The side that is named for this read, by whoever tests or by a pin. Holds at live stages only.
    pub fn wish(&self, request: &Request<'_>) -> Option<Side> {
        let tested = self.tester.as_ref().and_then(|tester| tester.wish(request));
        tested.or_else(|| self.pins.iter().find(|pin| pin.when.holds(request)).map(|pin| pin.serve))
    }

    /// Where the caller falls; `None` without a key.
    pub fn bucket(&self, request: &Request<'_>) -> Option<Bucket> {
        self.by.key(request).map(|key| self.bucket_of(&key))
    }

    /// Where a key falls that is known already.
    pub fn bucket_of(&self, key: &[u8]) -> Bucket {
        Bucket::of(&self.group, key)
    }
}

impl Tester {
    /// A wrong secret is as good as no header.
    fn wish(&self, request: &Request<'_>) -> Option<Side> {
        let value = request.fields.get(&self.header)?;
        let (side, secret) = value.split_at_checked(4)?;
        let side = match side {
            b"old " => Side::Old,
            b"new " => Side::New,
            _ => return None,
        };
        // However much of a guess is right, to find out takes as long.
        let is_known = bool::from(secret.ct_eq(self.secret.as_bytes()));
        (is_known && !self.secret.is_empty()).then_some(side)
    }
}
