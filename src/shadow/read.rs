//! What is known of one read by the time it is judged: what was asked, where, and what both sides did.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::{
    domain::{
        account::Heading,
        compare::{self, bindings::Bindings, rules::Rules},
        observation::Observation,
    },
    net::capture::Holding,
    store::ledger::Case,
};

/// What the shadow path knows of a route.
#[derive(Debug)]
pub struct Route {
    pub id: String,
    pub heading: Heading,
    pub rules: Rules,
    /// Held while a pair is judged, so that one thread's first sight is another's second.
    pub bindings: Mutex<Bindings>,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Bytes,
    pub target: Bytes,
}

impl Asked {
    pub fn as_seen(&self) -> compare::Asked<'_> {
        compare::Asked { method: &self.method, target: &self.target }
    }
}

/// What one side did, and the budget its bytes are held against.
pub struct Seen {
    pub observation: Observation,
    pub holding: Option<Holding>,
}

/// A read of which both sides have ended.
pub struct Both {
    pub case: Case,
    pub route: Arc<Route>,
    pub asked: Asked,
    pub old: Seen,
    pub new: Seen,
}
