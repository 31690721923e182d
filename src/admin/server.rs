//! The accept loop of the admin and the status listener.
//!
//! Bounded in connections, in the time a request head may take and in the life of a connection, and
//! it ends when told to, within a deadline. Requests of clients never come through here.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

/// What bounds one listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open at the same time; one more is closed at once.
    pub connections: usize,
    /// From opening a connection, or from the last answer, to the end of the next request's head.
    pub head: Duration,
    /// After this long a connection is closed, between two requests if the client lets us.
    pub life: Duration,
    /// For requests in flight when the listener stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 64,
            head: Duration::from_secs(10),
            life: Duration::from_secs(300),
            drain: Duration::from_secs(5),
        }
    }
}

/// Out of descriptors, accepting fails at once and again; this is how long to let others finish.
const BREATH: Duration = Duration::from_millis(50);
const HEAD_FIELDS: usize = 64;
const HEAD_BYTES: usize = 32 << 10;

/// Serves until `stop`, then finishes what is in flight within the drain time.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let (closing, closed) = watch::channel(());
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = open.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else { continue };
                    let (router, closed) = (router.clone(), closed.clone());
                    open.spawn(async move {
                        converse(stream, router, limits, closed).await;
                        drop(permit);
                    });
                }
                Err(problem) => {
                    tracing::debug!(%problem, "cannot accept on an admin or status listener");
                    sleep(BREATH).await;
                }
            },
        }
    }
    drop(listener);
    drop(closing);
    let drained = async { while open.join_next().await.is_some() {} };
    // What is left after the deadline ends with the set it is in.
    let _ = timeout(limits.drain, drained).await;
}

async fn converse(stream: TcpStream, router: Router, limits: Limits, mut closed: watch::Receiver<()>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(HEAD_FIELDS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    tokio::select! {
        // Whatever ended it concerns that one caller.
        _ = connection.as_mut() => return,
        _ = closed.changed() => {}
        () = sleep(limits.life) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.drain, connection).await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{io::AsyncReadExt, sync::oneshot};

    use super::*;
    use crate::admin::wire::{Served, exchange};

    fn hello() -> Router {
        Router::new().route("/", get(|| async { "hello" }))
    }

    #[tokio::test]
    async fn one_connection_too_many_is_closed_and_the_next_is_served_after_one_ends() {
        let served = Served::with(hello(), Limits { connections: 1, ..Limits::default() }).await;
        let first = served.connect().await;
        let mut second = served.connect().await;
        assert_eq!(second.read(&mut [0; 8]).await.unwrap_or(0), 0);
        drop(first);
        // The end of the first reaches the accept loop in its own time.
        while !served.get("/", "localhost").await.starts_with("HTTP/1.1 200") {}
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_cut_off() {
        let limits = Limits { head: Duration::from_millis(50), ..Limits::default() };
        let served = Served::with(hello(), limits).await;
        let mut slow = served.connect().await;
        let reply = exchange(&mut slow, "GET / HTTP/1.1\r\nhost: a\r\n").await;
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 408"), "{reply}");
    }

    #[tokio::test]
    async fn a_stop_finishes_the_request_in_flight_and_frees_the_port() {
        let (entered, entering) = oneshot::channel::<()>();
        let (finish, finishing) = oneshot::channel::<()>();
        let ends = Arc::new(tokio::sync::Mutex::new(Some((entered, finishing))));
        let router = Router::new().route(
            "/",
            get(move || {
                let ends = Arc::clone(&ends);
                async move {
                    let (entered, finishing) = ends.lock().await.take().unwrap();
                    entered.send(()).unwrap();
                    finishing.await.unwrap();
                    "done"
                }
            }),
        );
        let served = Served::with(router, Limits::default()).await;
        let mut client = served.connect().await;
        let reply =
            tokio::spawn(async move { exchange(&mut client, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await });
        entering.await.unwrap();
        let address = served.address;
        let stopped = served.stop();
        while TcpStream::connect(address).await.is_ok() {}
        finish.send(()).unwrap();
        assert!(reply.await.unwrap().ends_with("done"));
        stopped.await.unwrap();
    }
}
