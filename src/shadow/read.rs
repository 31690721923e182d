//! What is known of one read by the time it is judged: what was asked, where, and what both sides did.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    domain::{account::Heading, compare::rules::Rules, observation::Observation},
    net::capture::Holding,
    store::ledger::Case,
};

/// What the shadow path knows of a route.
#[derive(Debug)]
pub struct Route {
    pub id: String,
    pub heading: Heading,
    pub rules: Rules,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Bytes,
    pub target: Bytes,
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
