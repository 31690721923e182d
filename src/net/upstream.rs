//! One side as one thread sees it: its connections, idle and new. The only HTTP client of the program.
//!
//! Each thread keeps connections of its own to each side, so that nothing is locked and a shadow can
//! never take a connection from a live request. To put TLS or HTTP/2 here changes `connect` and `Lease`,
//! and nothing above.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use prometheus::IntCounter;
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::{
    alarm::{Alarm, Elapsed},
    h1::{
        body::{Body, Chunked},
        conn::{BUFFER_KEPT, BodyError, Conn, Reader},
        reply,
        scan::HeadLimits,
    },
    message::{ReplyFraming, ReplyHead},
};
use crate::domain::{observation::Failure, side::Side, throttle::Throttle};

/// Interim replies to one request; more is a flood.
const MAX_INTERIM: usize = 10;
/// How often a thread tells that it cannot connect.
const TELL_EVERY: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct Settings {
    pub side: Side,
    pub host: String,
    pub port: u16,
    pub connect_timeout: Duration,
    /// From the request sent to the first byte of the reply.
    pub first_byte_timeout: Duration,
    /// Between two reads or writes of a body.
    pub stall_timeout: Duration,
    /// Idle connections are closed after this long; less than the upstream's own limit.
    pub idle_timeout: Duration,
    /// Idle connections kept, for each thread.
    pub max_idle: usize,
    pub limits: HeadLimits,
    pub opened: IntCounter,
    pub retried: IntCounter,
}

pub struct Upstream {
    pub settings: Settings,
    idle: RefCell<Vec<Idle>>,
    /// The address that answered last, tried first.
    address: Cell<Option<SocketAddr>>,
    /// For telling that nobody can be reached.
    throttle: RefCell<Throttle>,
}

struct Idle {
    conn: Conn,
    since: Instant,
}

/// A connection for one request.
pub struct Lease {
    pub conn: Conn,
    /// It has served before, so the upstream may have closed it in the meantime.
    pub reused: bool,
}

/// What came in answer to a request.
pub enum Answer {
    /// More is to come after this one: 100, 103.
    Interim(ReplyHead),
    /// The head of the reply, and how its body is delimited.
    Final(ReplyHead, ReplyFraming),
    /// The upstream now speaks another protocol on this connection.
    Switched(ReplyHead),
}

impl Upstream {
    pub fn new(settings: Settings) -> Rc<Upstream> {
        Rc::new(Upstream {
            settings,
            idle: RefCell::default(),
            address: Cell::new(None),
            throttle: RefCell::new(Throttle::new(1, TELL_EVERY)),
        })
    }

    /// An idle connection, or a new one.
    pub async fn lease(&self, alarm: &Alarm, reuse: Reuse) -> Result<Lease, Failure> {
        if let Some(conn) = self.take_idle(reuse) {
            return Ok(Lease { conn, reused: true });
        }
        alarm.set(self.settings.connect_timeout);
        match alarm.guard(self.connect()).await {
            Err(Elapsed) => Err(Failure::Timeout),
            Ok(Err(error)) => {
                self.tell_why(&error, alarm.now());
                Err(Failure::Refused)
            }
            Ok(Ok(conn)) => Ok(Lease { conn, reused: false }),
        }
    }

    /// Why nothing comes of a side is in no reply, so it is in the log; not for every request.
    fn tell_why(&self, error: &io::Error, now: Instant) {
        if self.throttle.borrow_mut().say(now).is_some() {
            let Settings { side, host, port, .. } = &self.settings;
            tracing::warn!(%side, %host, port, %error, "could not connect");
        }
    }

    fn take_idle(&self, reuse: Reuse) -> Option<Conn> {
        if reuse == Reuse::Never {
            return None;
        }
        loop {
            let idle = self.idle.borrow_mut().pop()?;
            // Closed, or bytes that nobody asked for: not a connection to send a request on.
            if !is_quiet(&idle.conn, reuse) {
                continue;
            }
            return Some(idle.conn);
        }
    }

    /// A connection whose reply was read to its end, and which the upstream keeps open.
    pub fn give_back(&self, conn: Conn, now: Instant) {
        let mut idle = self.idle.borrow_mut();
        if conn.reader.input.is_empty() && conn.writer.is_flushed() && idle.len() < self.settings.max_idle {
            idle.push(Idle { conn, since: now });
        }
    }

    /// Closes what has been idle for too long, and takes the buffers of what has been idle for a while.
    /// Those used least recently lie first.
    pub fn reap(&self, now: Instant) {
        let mut idle = self.idle.borrow_mut();
        let stale = idle
            .partition_point(|one| now.saturating_duration_since(one.since) >= self.settings.idle_timeout);
        idle.drain(..stale);
        let resting = idle.partition_point(|one| now.saturating_duration_since(one.since) >= BUFFER_KEPT);
        idle.iter_mut().take(resting).for_each(|one| one.conn.reader.rest());
    }

    async fn connect(&self) -> io::Result<Conn> {
        if let Some(known) = self.address.get()
            && let Ok(socket) = open(known).await
        {
            self.settings.opened.inc();
            return Ok(Conn::new(socket));
        }
        self.address.set(None);
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in lookup_host((self.settings.host.as_str(), self.settings.port)).await? {
            match open(address).await {
                Ok(socket) => {
                    self.address.set(Some(address));
                    self.settings.opened.inc();
                    return Ok(Conn::new(socket));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Which connections will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Any that looks open: a request that is repeated if it was not.
    IfOpen,
    /// Only one that the kernel, asked now, says is open: a request that must not be sent twice.
    IfSurelyOpen,
    Never,
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_nodelay(true)?;
    socket.set_keepalive(true)?;
    socket.connect(address).await
}

/// Whether nothing has come and nothing has ended. Without a system call unless one is asked for.
fn is_quiet(conn: &Conn, reuse: Reuse) -> bool {
    let stream = conn.reader.socket().as_ref();
    let mut byte = [0u8; 1];
    if reuse == Reuse::IfSurelyOpen {
        use rustix::net::{RecvFlags, recv};
        let seen = recv(stream, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
        return matches!(seen, Err(rustix::io::Errno::AGAIN));
    }
    match stream.try_read(&mut byte) {
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        Ok(_) => false,
    }
}

/// The next head on a connection.
pub async fn answer(
    reader: &mut Reader,
    method: &[u8],
    limits: &HeadLimits,
    asked_to_switch: bool,
) -> Result<Answer, Failure> {
    loop {
        let head =
            reply::take(&mut reader.scanner, &mut reader.input, limits).map_err(|_| Failure::Malformed)?;
        match head {
            Some(head) if head.status == 101 && asked_to_switch => return Ok(Answer::Switched(head)),
            Some(head) if head.status == 101 => return Err(Failure::Malformed),
            Some(head) if head.status < 200 => return Ok(Answer::Interim(head)),
            Some(head) => {
                let framing = reply::framing(method, &head).map_err(|_| Failure::Malformed)?;
                return Ok(Answer::Final(head, framing));
            }
            None => {}
        }
        match reader.fill(0).await {
            Ok(0) | Err(_) => return Err(Failure::Reset),
            Ok(_) => {}
        }
    }
}

impl Lease {
    /// Whether the upstream closed this connection while it lay idle, and never saw the request.
    pub fn is_stale(&self, failure: Failure) -> bool {
        self.reused && failure == Failure::Reset && self.conn.reader.input.is_empty()
    }
}

/// Counts interim replies; more than a few is a flood.
#[derive(Debug, Default)]
pub struct InterimCount(usize);

impl InterimCount {
    pub const fn one_more(&mut self) -> Result<(), Failure> {
        self.0 += 1;
        if self.0 > MAX_INTERIM { Err(Failure::Malformed) } else { Ok(()) }
    }
}

/// Where a body with that framing begins.
pub const fn body_of(framing: ReplyFraming) -> Body {
    match framing {
        ReplyFraming::None => Body::Done,
        ReplyFraming::Length(length) => Body::Length(length),
        ReplyFraming::Chunked => Body::Chunked(Chunked::Size),
        ReplyFraming::UntilClose => Body::UntilClose,
    }
}

/// What a broken body says about the side it came from.
pub const fn failure_of(error: BodyError) -> Failure {
    match error {
        BodyError::Truncated => Failure::Truncated,
        BodyError::Broken => Failure::Malformed,
    }
}
