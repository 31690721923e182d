//! One HTTP/1 connection of a client, request after request.

use std::{rc::Rc, time::Duration};

use tokio::net::TcpStream;

use super::{
    conn::{BUFFER_KEPT, Conn, Reader},
    exchange::{After, Download, Exchange, ReplyState},
    request,
};
use crate::net::{
    alarm::{Alarm, Elapsed, Stopping, Ticker},
    downstream::{self, Downstream},
    handler::{Handler, Limits, Peer},
    message::RequestHead,
    refusal::Refusal,
};

/// After this much is thrown away, a client that is still sending is cut off.
const LINGER_BYTES: usize = 256 << 10;
const LINGER: Duration = Duration::from_secs(1);

/// What a connection turned out to be.
pub enum Ended {
    Closed,
    /// The client speaks HTTP/2 from its first byte (RFC 9113, 3.3); what was read of it so far is unread.
    Http2(Conn),
}

/// How long a client that has just come may take to say something while the program drains: its request
/// is on the way, or it came only to be ready.
const FIRST_WORDS: Duration = Duration::from_secs(1);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves a connection until either side has had enough.
pub async fn serve<H: Handler>(
    socket: TcpStream,
    peer: &Peer,
    handler: &Rc<H>,
    limits: &Limits,
    ticker: &Rc<Ticker>,
) -> Ended {
    let alarm = Alarm::new(ticker);
    let mut conn = Conn::new(socket);
    let mut first = true;
    loop {
        let head = match next_head(&mut conn.reader, &alarm, limits, ticker, first).await {
            Next::Request(head) => head,
            Next::Http2 => return Ended::Http2(conn),
            Next::Refused(refusal) => {
                handler.refused(&refusal);
                refuse(conn, &refusal, &alarm, ticker).await;
                return Ended::Closed;
            }
            Next::Nothing => return Ended::Closed,
        };
        first = false;
        let mut downstream = Downstream::H1(Exchange::new(&mut conn, &head, limits.read_ahead, ticker));
        handler.handle(head, &mut downstream, peer, &alarm).await;
        alarm.limit(None);
        let after = match downstream {
            Downstream::H1(exchange) => exchange.after(),
            Downstream::H2(_) => After::Closed,
        };
        match after {
            After::Open => {}
            After::Lingering => {
                linger(conn, &alarm).await;
                return Ended::Closed;
            }
            After::Closed => return Ended::Closed,
        }
    }
}

enum Next {
    Request(RequestHead),
    Http2,
    Refused(Refusal),
    Nothing,
}

async fn next_head(
    reader: &mut Reader,
    alarm: &Alarm,
    limits: &Limits,
    ticker: &Ticker,
    first: bool,
) -> Next {
    let mut waiting = reader.input.is_empty();
    // For a moment the buffer is kept: most clients that ask again do so at once.
    let mut keeps_buffer = waiting && !first;
    // A client that has just come when the program closes gets a moment to say why.
    let mut in_grace = false;
    alarm.set(if keeps_buffer { BUFFER_KEPT.min(limits.idle) } else { limits.head_timeout });
    loop {
        let seen = reader.input.len().min(PREFACE.len());
        let maybe_http2 = first && seen > 0 && reader.input.get(..seen) == PREFACE.get(..seen);
        if maybe_http2 && seen == PREFACE.len() {
            return Next::Http2;
        }
        if !maybe_http2 {
            match request::take(&mut reader.scanner, &mut reader.input, &limits.head) {
                Ok(Some(head)) => return Next::Request(head),
                Ok(None) => {}
                Err(refusal) => return Next::Refused(refusal),
            }
        }
        let read = if waiting && !in_grace {
            alarm.guard_until(Stopping::Closing, reader.fill(0)).await
        } else {
            alarm.guard(reader.fill(0)).await
        };
        match read {
            Ok(Ok(0) | Err(_)) => return Next::Nothing,
            Ok(Ok(_)) if waiting => {
                waiting = false;
                alarm.set(limits.head_timeout);
            }
            Ok(Ok(_)) => {}
            Err(Elapsed) if waiting && first && !in_grace && ticker.stopping() >= Stopping::Closing => {
                in_grace = true;
                alarm.set(FIRST_WORDS);
            }
            Err(Elapsed) if waiting && keeps_buffer && ticker.stopping() < Stopping::Closing => {
                keeps_buffer = false;
                reader.rest();
                alarm.set(limits.idle.saturating_sub(BUFFER_KEPT));
            }
            Err(Elapsed) if waiting => return Next::Nothing,
            Err(Elapsed) => {
                return Next::Refused(Refusal { status: 408, why: "the request head took too long" });
            }
        }
    }
}

async fn refuse(mut conn: Conn, refusal: &Refusal, alarm: &Alarm, ticker: &Ticker) {
    let mut state = ReplyState::of_refusal();
    let mut download = downstream::Download::H1(Download::new(&mut conn.writer, &mut state, ticker));
    download.answer(refusal.status, refusal.why);
    alarm.set(LINGER);
    if let Ok(Ok(())) = alarm.guard(download.flush(|| ())).await {
        conn.writer.end();
        linger(conn, alarm).await;
    }
}

/// Lets the client read what it was told before the connection goes: closing it with bytes unread would
/// have the kernel throw the reply away.
async fn linger(conn: Conn, alarm: &Alarm) {
    let Conn { mut reader, writer } = conn;
    drop(writer);
    alarm.set(LINGER);
    let mut thrown = 0;
    while thrown < LINGER_BYTES {
        reader.input.clear();
        match alarm.guard(reader.fill(0)).await {
            Ok(Ok(read)) if read > 0 => thrown += read,
            _ => return,
        }
    }
}
