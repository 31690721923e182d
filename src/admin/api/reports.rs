//! What was seen: the report, the status, and pairs with their bodies. Only read.

use std::time::Duration;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::timeout;

use super::{Doors, elsewhere, journal::told, json, rollouts, text};
use crate::{
    admin::{
        exhibits,
        facts::Facts,
        problem::Problem,
        report::{Paint, Report},
    },
    domain::journal::Entry,
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
    /// Markdown.
    Md,
    /// One JSON object a line.
    Ndjson,
    Html,
}

/// A page has its own style, and nothing else: no script, nothing from elsewhere.
const OF_A_PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Of the newest moves in a report.
const MOVES: usize = 20;
/// A store that does not answer keeps no report waiting.
const STORE_PATIENCE: Duration = Duration::from_secs(1);

pub async fn report(State(doors): State<Doors>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        let detail = "the query may say format=json, text, md, ndjson or html, and nothing else";
        return Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query").into_response();
    };
    let moves = newest_moves(&doors).await;
    elsewhere(move || {
        let report = Report::build(&gathered(&doors, &moves));
        let typed = |kind: &'static str, text: String| ([(header::CONTENT_TYPE, kind)], text).into_response();
        match asked.format {
            Format::Json => json(report.to_json()),
            Format::Text => text(report.to_text(WIDTH, Paint::Plain)),
            Format::Md => typed("text/markdown; charset=utf-8", report.to_markdown(WIDTH)),
            Format::Ndjson => typed("application/x-ndjson", report.to_ndjson()),
            Format::Html => {
                let mut page = typed("text/html; charset=utf-8", report.to_html(WIDTH));
                page.headers_mut()
                    .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OF_A_PAGE));
                page
            }
        }
    })
    .await
}

/// None where the store cannot tell: that it is in trouble is told with the rest.
async fn newest_moves(doors: &Doors) -> Vec<Entry> {
    let told = timeout(STORE_PATIENCE, told(doors.archive.journal(None, MOVES))).await;
    told.ok().and_then(Result::ok).unwrap_or_default()
}

fn gathered(doors: &Doors, moves: &[Entry]) -> Facts {
    let view = doors.controller.view();
    (doors.facts)().with_rollouts(&view, rollouts::told(doors, &view), moves)
}

pub async fn status(State(doors): State<Doors>) -> Response {
    elsewhere(move || {
        let phase = doors.readiness.phase().name();
        json(Report::build(&gathered(&doors, &[])).status(phase).to_json())
    })
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
