//! The status listener: what a scraper and an orchestrator ask. Read-only, and without any excerpt of
//! a request or a reply, since it may be reachable from anywhere in the cluster.

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};

use tokio::task::spawn_blocking;

use super::{
    bounds::bounded,
    readiness::{Phase, Readiness},
};

/// `/metrics`, `/livez` and `/readyz`. `metrics` gives the text of a scrape.
pub fn router(readiness: Readiness, metrics: impl Fn() -> String + Send + Sync + 'static) -> Router {
    let metrics = Arc::new(metrics);
    let scrape = move || {
        let metrics = Arc::clone(&metrics);
        async move {
            // Rendered elsewhere: a move that is asked for on this thread does not wait for a scrape.
            let text =
                spawn_blocking(move || metrics()).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            Ok::<_, StatusCode>(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
        }
    };
    let ready = move || {
        let phase = readiness.phase();
        async move { told(phase) }
    };
    let router = Router::new()
        .route("/metrics", get(scrape))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .fallback(async || (StatusCode::NOT_FOUND, "only /metrics, /livez and /readyz are here\n"))
        .method_not_allowed_fallback(async || {
            (StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n")
        });
    bounded(router)
}

fn told(phase: Phase) -> impl IntoResponse {
    match phase {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting: not every listener is bound yet\n"),
        Phase::Ready => (StatusCode::OK, "ready\n"),
        Phase::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining: the program is stopping\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::{
        server::Limits,
        wire::{Served, body},
    };

    async fn served(readiness: &Readiness) -> Served {
        Served::with(router(readiness.clone(), || "readshift_x 1\n".to_owned()), Limits::default()).await
    }

    #[tokio::test]
    async fn readiness_is_told_as_a_status_and_in_words() {
        let readiness = Readiness::new();
        let served = served(&readiness).await;
        assert!(served.get("/readyz", "a").await.starts_with("HTTP/1.1 503"));
        readiness.ready();
        let reply = served.get("/readyz", "any.name:1").await;
        assert!(reply.starts_with("HTTP/1.1 200") && body(&reply) == "ready\n", "{reply}");
        readiness.draining();
        let reply = served.get("/readyz", "a").await;
        assert!(reply.starts_with("HTTP/1.1 503") && body(&reply).starts_with("draining"), "{reply}");
        assert!(served.get("/livez", "a").await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn a_scrape_gets_the_metrics_as_text() {
        let reply = served(&Readiness::new()).await.get("/metrics", "a").await;
        assert!(reply.contains("content-type: text/plain; version=0.0.4"), "{reply}");
        assert_eq!(body(&reply), "readshift_x 1\n");
    }

    #[tokio::test]
    async fn nothing_else_is_there_and_nothing_can_be_changed() {
        let served = served(&Readiness::new()).await;
        for target in ["/", "/api/v1/report", "/metrics/", "//metrics"] {
            let reply = served.get(target, "localhost").await;
            assert!(reply.starts_with("HTTP/1.1 404") && reply.contains("nosniff"), "{target}: {reply}");
        }
        assert!(served.ask("POST", "/readyz", "localhost").await.starts_with("HTTP/1.1 405"));
    }
}
