//! The API on the admin listener: what can be seen, and what can be asked for.
//!
//! Nothing is decided here: who asks is looked at, what they ask for is read, and the controller is asked. Nothing
//! changes by GET. Whatever takes long to render is rendered on a thread of its own, so that a revert never waits
//! for a report.

mod asked;
mod endpoints;
mod journal;
mod moves;
mod openapi;
mod reports;
mod rollouts;

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::task::spawn_blocking;

use super::{
    auth::{Denied, Tokens},
    bounds::{guarded, limited},
    facts::Facts,
    hosts::Hosts,
    problem::Problem,
    readiness::Readiness,
};
use crate::{
    controller::Controller,
    domain::aggregate::View,
    store::{archive::Archive, samples::Samples},
};
use endpoints::{ENDPOINTS, Kind};

pub use openapi::document;

/// Everything the API has to know and whom it asks.
#[derive(Clone)]
pub struct Doors {
    pub readiness: Readiness,
    pub samples: Arc<Samples>,
    pub controller: Controller,
    pub archive: Archive,
    /// Gathered anew for every answer.
    pub facts: Arc<dyn Fn() -> Facts + Send + Sync>,
    /// What old and new of a route came to, by its id.
    pub aggregates: Arc<Aggregates>,
}

/// Of a route by its id; none of one that is not known.
pub type Aggregates = dyn Fn(&str) -> Vec<View> + Send + Sync;

#[derive(Clone)]
struct Gatekeeper {
    hosts: Hosts,
    tokens: Tokens,
}

/// The API for a listener bound to `listen`. Moves have bounds of their own, so that no number of readers keeps one
/// waiting or gets it refused.
pub fn router(listen: SocketAddr, tokens: Tokens, doors: Doors) -> Router {
    let part = |kind: Kind| {
        let own = ENDPOINTS.iter().filter(|endpoint| endpoint.kind == kind);
        own.fold(Router::new(), |router, endpoint| router.route(endpoint.path, (endpoint.handler)()))
            .method_not_allowed_fallback(wrong_method)
            .with_state(doors.clone())
    };
    let keeper = Gatekeeper { hosts: Hosts::of(listen), tokens };
    let nowhere = Router::new().fallback(nothing_there);
    let all = limited(part(Kind::View))
        .merge(limited(part(Kind::Move)))
        .merge(limited(part(Kind::Revert)))
        .merge(limited(nowhere))
        .layer(DefaultBodyLimit::max(asked::MOST_BYTES))
        .layer(from_fn_with_state(keeper, admitted));
    guarded(all)
}

async fn admitted(State(keeper): State<Gatekeeper>, request: Request, next: Next) -> Response {
    // A page that gives our address a name of its own has no token, and whoever has one may call us by any name.
    if !keeper.tokens.any() && !keeper.hosts.allow(&request) {
        let detail = "the Host field has to be localhost, a loopback address or the address listened on";
        return Problem::new(StatusCode::FORBIDDEN, detail).of_kind("foreign-host").into_response();
    }
    if !Hosts::same_origin(&request) {
        let detail = "the request was made by a browser on behalf of a page that is not ours";
        return Problem::new(StatusCode::FORBIDDEN, detail).of_kind("foreign-origin").into_response();
    }
    match keeper.tokens.admit(request.method(), request.headers()) {
        Ok(_) => next.run(request).await,
        Err(denied) => refused(denied).into_response(),
    }
}

fn refused(denied: Denied) -> Problem {
    let unknown = |detail, challenge| {
        Problem::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, challenge)
    };
    match denied {
        Denied::NoToken => unknown(
            "a token is needed: send `Authorization: Bearer TOKEN`, or give the command line --token-file or READSHIFT_TOKEN",
            "Bearer realm=\"readshift\"",
        )
        .of_kind("no-token"),
        Denied::WrongToken => unknown(
            "this is none of the tokens in the settings",
            "Bearer realm=\"readshift\", error=\"invalid_token\"",
        )
        .of_kind("wrong-token"),
        Denied::NotAllowed => {
            let detail = "a viewer's token shows everything and changes nothing";
            Problem::new(StatusCode::FORBIDDEN, detail).of_kind("not-allowed")
        }
    }
}

async fn nothing_there() -> Problem {
    let detail = "there is no such path; /openapi.json lists them all";
    Problem::new(StatusCode::NOT_FOUND, detail)
}

async fn wrong_method() -> Problem {
    let detail = "this path is not asked by that method; /openapi.json tells by which";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// What takes long, off the thread that answers.
async fn elsewhere(render: impl FnOnce() -> Response + Send + 'static) -> Response {
    spawn_blocking(render).await.unwrap_or_else(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be rendered").into_response()
    })
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
