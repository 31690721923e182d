//! One HTTP/2 connection of a client: hyper speaks it, and each stream becomes an exchange.

use std::{cell::Cell, convert::Infallible, future::Future, io::Cursor, pin::pin, rc::Rc, time::Duration};

use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, join},
    task::spawn_local,
};

use super::{
    exchange::{Exchange, Relay},
    request::head_of,
};
use crate::net::{
    alarm::{Alarm, Elapsed, Stopping, Ticker},
    downstream::Downstream,
    h1::conn::Conn,
    handler::{Handler, Limits, Peer},
};

/// Streams a client may have open on one connection.
const MAX_STREAMS: u32 = 256;
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        spawn_local(async move {
            future.await;
        });
    }
}

/// Serves one connection that has sent the preface.
pub async fn serve<H: Handler>(
    conn: Conn,
    peer: Rc<Peer>,
    handler: Rc<H>,
    limits: &Limits,
    ticker: &Rc<Ticker>,
) {
    let Conn { reader, writer } = conn;
    let (reading, unread) = reader.into_socket();
    let Some(writing) = writer.into_socket() else { return };
    let io = TokioIo::new(join(Cursor::new(unread.freeze()).chain(reading), writing));
    let streams = Rc::new(Cell::new(0));
    let service = service_fn(|request| {
        let (peer, handler, ticker, open) =
            (peer.clone(), handler.clone(), ticker.clone(), Open::new(&streams));
        async move { Ok::<_, Infallible>(stream(request, peer, handler, ticker, open).await) }
    });
    let mut builder = http2::Builder::new(OnThisThread);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(limits.head.bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .auto_date_header(false);
    let mut serving = pin!(builder.serve_connection(io, service));
    let alarm = Alarm::new(ticker);
    loop {
        alarm.set(limits.idle);
        match alarm.guard_until(Stopping::Draining, serving.as_mut()).await {
            Ok(_) => return,
            Err(Elapsed) if ticker.is_draining() || streams.get() == 0 => break,
            Err(Elapsed) => {}
        }
    }
    // GOAWAY: what is under way ends in peace, and then the connection does.
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}

/// One of the streams that are open on a connection.
struct Open(Rc<Cell<usize>>);

impl Open {
    fn new(streams: &Rc<Cell<usize>>) -> Open {
        streams.set(streams.get() + 1);
        Open(streams.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

async fn stream<H: Handler>(
    request: http::Request<Incoming>,
    peer: Rc<Peer>,
    handler: Rc<H>,
    ticker: Rc<Ticker>,
    open: Open,
) -> http::Response<Relay> {
    let (parts, body) = request.into_parts();
    let (exchange, opened) = Exchange::open(body);
    match head_of(&parts, exchange.body()) {
        Err(refusal) => {
            handler.refused(&refusal);
            let mut downstream = Downstream::H2(exchange);
            spawn_local(async move {
                let (_, mut download) = downstream.split();
                download.answer(refusal.status, refusal.why);
                // A client that has gone needs no answer.
                let _ = download.flush(|| ()).await;
            });
        }
        Ok(head) => {
            spawn_local(async move {
                let alarm = Alarm::new(&ticker);
                let mut downstream = Downstream::H2(exchange);
                handler.handle(head, &mut downstream, &peer, &alarm).await;
                drop(open);
            });
        }
    }
    opened.response().await
}
