//! Accepting connections on one thread, and letting them end in peace.

use std::{
    io,
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use prometheus::{IntCounter, IntGauge};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::{
    alarm::{Stopping, Ticker},
    h1::{self, serve::Ended},
    h2,
    handler::{Handler, Limits, Peer},
};

/// Connections the kernel holds until they are accepted.
const BACKLOG: i32 = 4096;
/// After a failed accept, most likely for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// The stages of stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Serving,
    /// Connections are still accepted, and told to close after their next reply.
    Draining,
    /// None are accepted any more; those that are open finish what they do.
    Closing,
    /// The deadline has passed: whatever is left is cut off.
    Aborting,
}

/// What all threads that accept have in common.
#[derive(Clone)]
pub struct Shared {
    pub open: Arc<AtomicUsize>,
    pub open_gauge: IntGauge,
    pub turned_away: IntCounter,
    pub phase: watch::Receiver<Phase>,
}

/// A listener that several threads may hold at once, each with a queue of its own.
pub fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts and serves until the program closes and the last connection has ended.
pub async fn run<H: Handler>(
    listener: std::net::TcpListener,
    handler: Rc<H>,
    limits: Rc<Limits>,
    ticker: Rc<Ticker>,
    shared: Shared,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut phase = shared.phase.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            changed = phase.changed() => {
                let now = if changed.is_err() { Phase::Closing } else { *phase.borrow_and_update() };
                match now {
                    Phase::Serving => {}
                    Phase::Draining => ticker.stop(Stopping::Draining),
                    Phase::Closing | Phase::Aborting => {
                        ticker.stop(Stopping::Closing);
                        break;
                    }
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((socket, address)) => {
                    let Some(seat) = Seat::take(&shared, limits.connections) else {
                        shared.turned_away.inc();
                        continue;
                    };
                    let (handler, limits, ticker) = (handler.clone(), limits.clone(), ticker.clone());
                    connections.spawn_local(async move {
                        let _seat = seat;
                        connection(socket, address, handler, &limits, &ticker).await;
                    });
                }
                // A client that was gone before it was accepted is nobody's trouble; all else passes only with time.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connection<H: Handler>(
    socket: TcpStream,
    address: SocketAddr,
    handler: Rc<H>,
    limits: &Limits,
    ticker: &Rc<Ticker>,
) {
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let peer = Rc::new(Peer { address: address.ip().to_canonical().to_string() });
    match h1::serve::serve(socket, &peer, &handler, limits, ticker).await {
        Ended::Closed => {}
        Ended::Http2(conn) => h2::serve::serve(conn, peer, handler, limits, ticker).await,
    }
}

/// One of the connections the process may have open.
struct Seat {
    open: Arc<AtomicUsize>,
    gauge: IntGauge,
}

impl Seat {
    fn take(shared: &Shared, limit: usize) -> Option<Seat> {
        let before = shared.open.fetch_add(1, Ordering::Relaxed);
        if before >= limit {
            shared.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        shared.open_gauge.inc();
        Some(Seat { open: shared.open.clone(), gauge: shared.open_gauge.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.gauge.dec();
    }
}
