//! The tower layers of both routers, composed in one place: how much may be asked at once, and for
//! how long.

use std::time::Duration;

use axum::{
    BoxError, Router,
    error_handling::HandleErrorLayer,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
};
use tower::{
    ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::error::Overloaded, timeout::error::Elapsed,
};

use super::problem::Problem;

/// Requests answered at the same time. A scraper, a dashboard and a few people need no more; past it
/// the answer is 503 at once, never a queue.
const AT_ONCE: usize = 16;
/// For one answer. They all come from memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// The router with its bounds, and with the fields that every answer carries.
pub fn bounded(router: Router) -> Router {
    guarded(limited(router))
}

/// The router with bounds of its own.
pub fn limited(router: Router) -> Router {
    let layers = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(refused))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
        .timeout(PATIENCE);
    router.layer(layers)
}

/// The router whose answers all carry what keeps them from being kept or taken for something else.
pub fn guarded(router: Router) -> Router {
    router.layer(map_response(with_fields))
}

async fn refused(error: BoxError) -> Response {
    let problem = if error.is::<Overloaded>() {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "as many requests are being answered as allowed; try again",
        )
    } else if error.is::<Elapsed>() {
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "the answer took too long; try again")
    } else {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be answered")
    };
    problem.into_response()
}

/// Answers may hold excerpts of replies: no cache keeps them, and no browser takes them for a page.
async fn with_fields(mut response: Response) -> Response {
    let fields = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fields {
        // An answer that is a page says itself what may be in it.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::sync::{Semaphore, mpsc};

    use super::*;
    use crate::admin::{server::Limits, wire::Served};

    #[tokio::test]
    async fn one_request_too_many_is_refused_at_once_over_all_routes_together() {
        let (entered, mut entering) = mpsc::channel(AT_ONCE);
        let finish = Arc::new(Semaphore::new(0));
        let wait = {
            let finish = Arc::clone(&finish);
            move || async move {
                entered.send(()).await.unwrap();
                drop(finish.acquire().await);
            }
        };
        let router = Router::new().route("/slow", get(wait)).route("/quick", get(async || "hello"));
        let served = Arc::new(Served::with(bounded(router), Limits::default()).await);
        for _ in 0..AT_ONCE {
            let served = Arc::clone(&served);
            tokio::spawn(async move { served.get("/slow", "a").await });
            entering.recv().await.unwrap();
        }
        let reply = served.get("/quick", "a").await;
        assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("as many requests"), "{reply}");
        finish.add_permits(AT_ONCE);
        while !served.get("/quick", "a").await.ends_with("hello") {}
    }
}
