//! The API on the admin listener. So far it only reads; whatever will change something goes through
//! the controller, and never through GET.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    bounds::bounded,
    exhibits,
    facts::Facts,
    hosts::Hosts,
    problem::Problem,
    readiness::Readiness,
    report::{Paint, Report},
};
use crate::store::samples::Samples;

/// Columns of a text report whose reader's terminal is not known.
const WIDTH: usize = 100;

#[derive(Clone)]
struct Api {
    facts: Arc<dyn Fn() -> Facts + Send + Sync>,
    readiness: Readiness,
    samples: Arc<Samples>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRoute {
    route: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Text,
}

/// The API for a listener bound to `listen`. `facts` are gathered anew for every answer.
pub fn router(
    listen: SocketAddr,
    readiness: Readiness,
    samples: Arc<Samples>,
    facts: impl Fn() -> Facts + Send + Sync + 'static,
) -> Router {
    let router = Router::new()
        .route("/api/v1/report", get(report))
        .route("/api/v1/status", get(status))
        .route("/api/v1/exhibits", get(exhibits_of))
        .with_state(Api { facts: Arc::new(facts), readiness, samples })
        .fallback(async || {
            let detail = "there is /api/v1/report, /api/v1/status and /api/v1/exhibits";
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this is only read, with GET")
        })
        .layer(from_fn_with_state(Hosts::of(listen), under_our_name));
    bounded(router)
}

async fn under_our_name(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.allow(&request) {
        return next.run(request).await;
    }
    let detail = "the Host field has to be localhost, a loopback address or the address listened on";
    Problem::new(StatusCode::FORBIDDEN, detail).into_response()
}

async fn report(State(api): State<Api>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        let detail = "the query may say format=json or format=text, and nothing else";
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    };
    let report = Report::build(&(api.facts)());
    match asked.format {
        Format::Json => json(report.to_json()),
        Format::Text => {
            let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            (kind, report.to_text(WIDTH, Paint::Plain)).into_response()
        }
    }
}

async fn status(State(api): State<Api>) -> Response {
    json(Report::build(&(api.facts)()).status(api.readiness.phase().name()).to_json())
}

/// Bodies of replies: only where whoever asks may see them, which is what the admin listener is for.
async fn exhibits_of(State(api): State<Api>, asked: Result<Query<OfRoute>, QueryRejection>) -> Response {
    let Ok(Query(OfRoute { route })) = asked else {
        let detail = "the query may name a route, as route=ID, and nothing else";
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    };
    let known = |route: &String| (api.facts)().setting.routes.iter().any(|known| known.id == *route);
    if route.as_ref().is_some_and(|route| !known(route)) {
        return Problem::new(StatusCode::NOT_FOUND, "there is no route of that id").into_response();
    }
    let kept = &api.samples.exhibits;
    let lines = exhibits::lines(&kept.of(route.as_deref()), kept.forgotten());
    ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::{
            facts::{Setting, ShadowState},
            server::Limits,
            wire::{Served, body},
        },
        metrics::Breaker,
        store::ledger::Page,
    };

    fn facts() -> Facts {
        Facts {
            setting: Setting {
                version: "0.1.0".into(),
                old: "http://old".into(),
                new: "http://new".into(),
                started_millis: 0,
                routes: vec![],
            },
            noise: Vec::new(),
            same_place: Vec::new(),
            now_millis: 60_000,
            shadow: ShadowState {
                in_flight: 0,
                max_in_flight: 1,
                held_bytes: 0,
                max_held_bytes: 1,
                breaker: Breaker::Closed,
            },
            unrouted: Page::default(),
            routes: vec![],
        }
    }

    async fn served() -> Served {
        let listen = "127.0.0.1:9902".parse().unwrap();
        let samples = Arc::new(Samples::new(crate::store::samples::Limits::default()));
        Served::with(router(listen, Readiness::new(), samples, facts), Limits::default()).await
    }

    #[tokio::test]
    async fn the_report_comes_as_json_or_as_text() {
        let served = served().await;
        let json = served.get("/api/v1/report", "localhost").await;
        assert!(json.contains("content-type: application/json\r\n"), "{json}");
        let read: serde_json::Value = serde_json::from_str(body(&json)).unwrap();
        assert_eq!(read["total"]["received"], 0);
        let text = served.get("/api/v1/report?format=text", "localhost").await;
        assert!(body(&text).starts_with("no request in 1 min"), "{text}");
    }

    #[tokio::test]
    async fn the_status_says_where_the_program_stands() {
        let reply = served().await.get("/api/v1/status", "127.0.0.1:9902").await;
        let read: serde_json::Value = serde_json::from_str(body(&reply)).unwrap();
        assert_eq!((&read["phase"], &read["old"]), (&"starting".into(), &"http://old".into()));
    }

    #[tokio::test]
    async fn a_request_under_a_foreign_name_learns_nothing() {
        let served = served().await;
        for target in ["/api/v1/report", "/api/v1/status", "/nothing"] {
            let reply = served.get(target, "evil.example:9902").await;
            assert!(reply.starts_with("HTTP/1.1 403"), "{target}: {reply}");
            assert!(reply.contains("application/problem+json") && reply.contains("no-store"), "{reply}");
        }
    }

    #[tokio::test]
    async fn errors_say_in_json_what_is_possible() {
        let served = served().await;
        for (method, target, status) in [
            ("GET", "/api/v1/report?format=xml", 400),
            ("GET", "/api/v1/report?fromat=text", 400),
            ("GET", "/api/v1/exhibits?rule=a", 400),
            ("GET", "/api/v1/exhibits?route=a", 404),
            ("GET", "/", 404),
            ("POST", "/api/v1/report", 405),
        ] {
            let reply = served.ask(method, target, "localhost").await;
            let read: serde_json::Value = serde_json::from_str(body(&reply)).unwrap();
            assert_eq!(read["status"], status, "{reply}");
            assert!(reply.contains("content-type: application/problem+json"), "{reply}");
            assert!(reply.contains("x-content-type-options: nosniff"), "{reply}");
        }
    }
}
