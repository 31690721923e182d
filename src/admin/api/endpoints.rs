//! The one table of what the API has: the router is made from it, and so is its description.

use axum::{
    http::Method,
    routing::{MethodRouter, get, post},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{
    Doors,
    asked::{Asked, AskedAdvance, AskedRevert},
    journal, moves, openapi, reports, rollouts,
};
use crate::admin::rollouts::{
    ChainView, GateView, JournalView, MovedAllView, MovedView, RolloutView, RolloutsView,
};

/// One path and method.
pub struct Endpoint {
    pub kind: Kind,
    pub method: Method,
    pub path: &'static str,
    pub says: &'static str,
    /// Of the query, where it may have one.
    pub query: Option<Describe>,
    pub body: Option<Describe>,
    pub answer: Answer,
    /// Besides those that every request may meet.
    pub problems: &'static [u16],
    pub handler: fn() -> MethodRouter<Doors>,
}

pub type Describe = fn(&mut SchemaGenerator) -> Schema;

/// Each kind is bounded apart from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    View,
    Move,
    /// Toward safety.
    Revert,
}

/// What an answer is.
#[derive(Clone, Copy)]
pub enum Answer {
    Json(Describe),
    /// JSON, or a text where the query asks for one.
    Shown(Describe),
    /// One JSON object a line.
    Lines,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const fn view(
    path: &'static str,
    says: &'static str,
    query: Option<Describe>,
    answer: Answer,
    problems: &'static [u16],
    handler: fn() -> MethodRouter<Doors>,
) -> Endpoint {
    Endpoint {
        kind: Kind::View,
        method: Method::GET,
        path,
        says,
        query,
        body: None,
        answer,
        problems,
        handler,
    }
}

const fn moved(
    path: &'static str,
    says: &'static str,
    body: Describe,
    handler: fn() -> MethodRouter<Doors>,
) -> Endpoint {
    Endpoint {
        kind: Kind::Move,
        method: Method::POST,
        path,
        says,
        query: None,
        body: Some(body),
        answer: Answer::Json(of::<MovedView>),
        problems: &[400, 404, 409, 413, 415, 422, 503],
        handler,
    }
}

const fn safe(
    path: &'static str,
    says: &'static str,
    answer: Describe,
    handler: fn() -> MethodRouter<Doors>,
) -> Endpoint {
    Endpoint {
        kind: Kind::Revert,
        method: Method::POST,
        path,
        says,
        query: None,
        body: Some(of::<AskedRevert>),
        answer: Answer::Json(answer),
        problems: &[400, 404, 503],
        handler,
    }
}

pub const ENDPOINTS: &[Endpoint] = &[
    view(
        "/api/v1/rollouts",
        "Where every rollout stands, what its gate says and what is missing",
        Some(of::<rollouts::Shown>),
        Answer::Shown(of::<RolloutsView>),
        &[400],
        || get(rollouts::all),
    ),
    view(
        "/api/v1/rollouts/{id}",
        "Where one rollout stands",
        None,
        Answer::Json(of::<RolloutView>),
        &[404],
        || get(rollouts::one),
    ),
    view(
        "/api/v1/rollouts/{id}/gate",
        "Whether a rollout may stand on a stage",
        Some(of::<rollouts::To>),
        Answer::Json(of::<GateView>),
        &[400, 404],
        || get(rollouts::gate),
    ),
    moved("/api/v1/rollouts/{id}/advance", "One stage up, where the gate passes", of::<AskedAdvance>, || {
        post(moves::advance)
    }),
    moved(
        "/api/v1/rollouts/{id}/resume",
        "Lift the latch of a revert; from off, back to shadow",
        of::<Asked>,
        || post(moves::resume),
    ),
    moved("/api/v1/rollouts/{id}/approve", "Agree to the next advance beforehand", of::<Asked>, || {
        post(moves::approve)
    }),
    moved("/api/v1/rollouts/{id}/drill", "Revert and return, and measure it", of::<Asked>, || {
        post(moves::drill)
    }),
    moved(
        "/api/v1/rollouts/{id}/restart",
        "Begin the evidence anew without a change, which is counted",
        of::<Asked>,
        || post(moves::restart),
    ),
    safe("/api/v1/rollouts/{id}/revert", "Every read back to old, at once", of::<MovedView>, || {
        post(moves::revert)
    }),
    safe(
        "/api/v1/rollouts/{id}/off",
        "Every read back to old, and nothing mirrored either",
        of::<MovedView>,
        || post(moves::off),
    ),
    safe(
        "/api/v1/rollouts/revert",
        "Every read of every rollout back to old, at once",
        of::<MovedAllView>,
        || post(moves::revert_all),
    ),
    view(
        "/api/v1/journal",
        "The newest moves, newest first",
        Some(of::<journal::Asked>),
        Answer::Shown(of::<JournalView>),
        &[400, 404, 503],
        || get(journal::journal),
    ),
    view(
        "/api/v1/journal/verify",
        "Whether every entry of the journal is what was sealed",
        None,
        Answer::Json(of::<ChainView>),
        &[503],
        || get(journal::verify),
    ),
    view(
        "/api/v1/report",
        "What is known of every route and every rollout",
        Some(of::<reports::Asked>),
        Answer::Shown(|_| openapi::report()),
        &[400],
        || get(reports::report),
    ),
    view(
        "/api/v1/status",
        "Where the program stands: the report without its routes",
        None,
        Answer::Json(|_| openapi::report()),
        &[],
        || get(reports::status),
    ),
    view(
        "/api/v1/exhibits",
        "Pairs that were kept with their bodies, one a line",
        Some(of::<reports::OfRoute>),
        Answer::Lines,
        &[400, 404],
        || get(reports::exhibits_of),
    ),
    view("/openapi.json", "This description", None, Answer::Json(|_| openapi::report()), &[], || {
        get(openapi::serve)
    }),
];
