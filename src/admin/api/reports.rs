//! What was seen: the report, the status, and pairs with their bodies. Only read.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Doors, elsewhere, json, text};
use crate::admin::{
    exhibits,
    problem::Problem,
    report::{Paint, Report},
};

/// Columns of a text report whose reader's terminal is not known.
const WIDTH: usize = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfRoute {
    /// Only the pairs of this route.
    route: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Text,
}

pub async fn report(State(doors): State<Doors>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        let detail = "the query may say format=json or format=text, and nothing else";
        return Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query").into_response();
    };
    elsewhere(move || {
        let report = Report::build(&(doors.facts)());
        match asked.format {
            Format::Json => json(report.to_json()),
            Format::Text => text(report.to_text(WIDTH, Paint::Plain)),
        }
    })
    .await
}

pub async fn status(State(doors): State<Doors>) -> Response {
    elsewhere(move || json(Report::build(&(doors.facts)()).status(doors.readiness.phase().name()).to_json()))
        .await
}

/// Bodies of replies: only where whoever asks may see them, which is what the admin listener is for.
pub async fn exhibits_of(
    State(doors): State<Doors>,
    asked: Result<Query<OfRoute>, QueryRejection>,
) -> Response {
    let Ok(Query(OfRoute { route })) = asked else {
        let detail = "the query may name a route, as route=ID, and nothing else";
        return Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query").into_response();
    };
    elsewhere(move || {
        let known = |route: &String| (doors.facts)().setting.routes.iter().any(|known| known.id == *route);
        if route.as_ref().is_some_and(|route| !known(route)) {
            return Problem::new(StatusCode::NOT_FOUND, "there is no route of that id").into_response();
        }
        let kept = &doors.samples.exhibits;
        let lines = exhibits::lines(&kept.of(route.as_deref()), kept.forgotten());
        ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
    })
    .await
}
