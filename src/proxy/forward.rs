//! One request to one upstream and its reply to the client, streaming both ways.
//!
//! Sending and receiving go on at the same time in one task, so that an early reply, a slow upload and a
//! client that walks away are each seen at once. No more than one read is ever held.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::{Either, join, select};

use super::patience::{Patience, can_be_sent_again, sooner};

use crate::{
    clock,
    domain::{fields::Fields, observation::Failure, outcome::Outcome},
    net::{
        alarm::{Alarm, Elapsed, Ticker},
        downstream::{Download, Downstream, Upload},
        h1::{
            body::Body,
            conn::{Reader, Writer},
            reply,
        },
        headers,
        message::{ClientError, Frame, ReplyFraming, ReplyHead, RequestFraming, RequestHead},
        upstream::{self, Answer, InterimCount, Reuse, Upstream},
    },
    shadow::{live::Live, mirror::Begun, tape::Replay},
};

/// The side that serves, and what the thread lends to it.
pub struct Serving<'a> {
    pub upstream: &'a Rc<Upstream>,
    pub ticker: &'a Rc<Ticker>,
    /// How long a client may stall in the middle of a body.
    pub stall: Duration,
    pub patience: Patience<'a>,
    /// What a side that failed had taken of the request's body.
    pub replay: Replay,
}

/// How forwarding ended short of a whole reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Upstream(Failure),
    Client(ClientError),
    /// The client neither went on with its body nor with our reply.
    ClientStalled,
    /// The reply is an error that is not passed on: another side answers. Only where one can.
    Declined,
    /// Taken back before there was a reply. Only where another side can answer.
    Recalled,
}

/// How a connection to the upstream is left.
enum Left {
    Reusable,
    Spent,
    /// It speaks another protocol now.
    Switched,
    /// Before the body of a reply that nobody is passed on.
    Declined(Box<ReplyHead>, ReplyFraming),
}

/// From here on a status says that the server failed.
const FAILED: u16 = 500;

/// Sends the request, and streams the reply to the client.
pub async fn forward(
    serving: &Serving<'_>,
    head: &RequestHead,
    bytes: Bytes,
    downstream: &mut Downstream<'_>,
    alarm: &Alarm,
    live: &RefCell<Option<Live>>,
) -> Result<(), Broken> {
    let upstream = serving.upstream;
    let repeatable = head.is_safe() && !head.has_body();
    let mut reuse = if repeatable { Reuse::IfOpen } else { Reuse::IfSurelyOpen };
    let began = alarm.now();
    alarm.limit(sooner(serving.patience.head, serving.patience.whole));
    loop {
        let (mut upload, download) = downstream.split();
        let leased = lease(upstream, alarm, reuse, &mut upload, head.has_body());
        let mut lease = serving.patience.unless_recalled(live, leased).await??;
        let uploaded = Cell::new(false);
        let exchange = Exchange {
            serving,
            head,
            alarm,
            live,
            began,
            uploaded: &uploaded,
            sending: Cell::new(false),
            answered: Cell::new(false),
        };
        let ended = {
            let sending = pin!(exchange.send(bytes.clone(), &mut lease.conn.writer, upload));
            let receiving = pin!(exchange.receive(&mut lease.conn.reader, download));
            match select(sending, receiving).await {
                Either::Left((broken, _)) => Err(broken),
                Either::Right((ended, _)) => ended,
            }
        };
        match ended {
            Ok(Left::Reusable) if uploaded.get() => {
                upstream.give_back(lease.conn, clock::now());
                return Ok(());
            }
            Ok(Left::Reusable | Left::Spent) => return Ok(()),
            Ok(Left::Switched) => {
                tunnel(downstream, &mut lease.conn.reader, &mut lease.conn.writer).await;
                return Ok(());
            }
            Ok(Left::Declined(head, framing)) => {
                if let Some(live) = &*live.borrow() {
                    if uploaded.get() {
                        live.declined(Begun { lease, head: *head, framing, started: live.started() });
                    } else {
                        live.alone(Outcome::RequestBodyIncomplete);
                    }
                }
                return Err(Broken::Declined);
            }
            Err(Broken::Upstream(failure)) if repeatable && lease.is_stale(failure) => {
                upstream.settings.retried.inc();
                reuse = Reuse::Never;
            }
            Err(broken) => return Err(broken),
        }
    }
}

/// A connection, unless the client goes away first.
async fn lease(
    upstream: &Upstream,
    alarm: &Alarm,
    reuse: Reuse,
    upload: &mut Upload<'_>,
    has_body: bool,
) -> Result<upstream::Lease, Broken> {
    let leased = if has_body {
        // Its body lies unread: only reading it would tell that the client has gone.
        upstream.lease(alarm, reuse).await
    } else {
        match select(pin!(upstream.lease(alarm, reuse)), pin!(upload.gone())).await {
            Either::Left((leased, _)) => leased,
            Either::Right(_) => return Err(Broken::Client(ClientError::Gone)),
        }
    };
    leased.map_err(Broken::Upstream)
}

struct Exchange<'a> {
    serving: &'a Serving<'a>,
    head: &'a RequestHead,
    alarm: &'a Alarm,
    live: &'a RefCell<Option<Live>>,
    /// When the side was first asked.
    began: Instant,
    /// The whole request has been written.
    uploaded: &'a Cell<bool>,
    /// A body is on its way up.
    sending: Cell<bool>,
    /// The head of the reply is there: what is waited for from now on is its body.
    answered: Cell<bool>,
}

impl Exchange<'_> {
    /// Sends the request; then watches whether the client stays. Ends only if it does not.
    async fn send(&self, bytes: Bytes, writer: &mut Writer, mut upload: Upload<'_>) -> Broken {
        writer.push(bytes);
        if self.head.has_body() {
            if let Err(broken) = self.send_body(writer, &mut upload).await {
                return broken;
            }
        } else {
            self.expect_first_byte();
            self.uploaded.set(writer.flush(|| ()).await.is_ok());
        }
        upload.gone().await;
        Broken::Client(ClientError::Gone)
    }

    /// An upstream that stops reading may still have answered: only the client can break this off.
    async fn send_body(&self, writer: &mut Writer, upload: &mut Upload<'_>) -> Result<(), Broken> {
        let chunked = self.head.framing == RequestFraming::Open;
        let alarm = Alarm::new(self.serving.ticker);
        let stall = self.serving.stall;
        // The upstream's own time starts when it has the whole request.
        self.sending.set(true);
        self.alarm.clear();
        let replay = &self.serving.replay;
        let push =
            |writer: &mut Writer, data| if chunked { writer.push_chunk(data) } else { writer.push(data) };
        push(writer, replay.body.clone());
        let whole = loop {
            if let Some(end) = &replay.ended {
                // Told already: whoever took it before was sent all of it.
                if chunked {
                    writer.push(headers::last_chunk(end.as_ref()));
                }
                alarm.set(stall);
                break matches!(alarm.guard(writer.flush(|| alarm.set(stall))).await, Ok(Ok(())));
            }
            alarm.set(stall);
            if !matches!(alarm.guard(writer.flush(|| alarm.set(stall))).await, Ok(Ok(()))) {
                break false;
            }
            let frame = alarm.guard(upload.frame()).await.map_err(|Elapsed| Broken::ClientStalled)?;
            let end = match frame.map_err(Broken::Client)? {
                Some(Frame::Data(data)) => {
                    self.tell(|live| live.request_data(&data));
                    push(writer, data);
                    continue;
                }
                Some(Frame::Trailers(trailers)) => Some(trailers),
                None => None,
            };
            self.tell(|live| live.request_ended(end.as_ref()));
            if chunked {
                writer.push(headers::last_chunk(end.as_ref()));
            }
            alarm.set(stall);
            break matches!(alarm.guard(writer.flush(|| alarm.set(stall))).await, Ok(Ok(())));
        };
        self.uploaded.set(whole);
        self.sending.set(false);
        self.expect_first_byte();
        Ok(())
    }

    async fn receive(&self, reader: &mut Reader, mut download: Download<'_>) -> Result<Left, Broken> {
        let (settings, patience) = (&self.serving.upstream.settings, &self.serving.patience);
        let mut interim = InterimCount::default();
        let (head, framing) = loop {
            let answer = upstream::answer(reader, &self.head.method, &settings.limits, self.head.upgrade);
            let answer = patience.unless_recalled(self.live, self.alarm.guard(answer)).await?;
            let answer = answer.map_err(|Elapsed| Broken::Upstream(Failure::Timeout))?;
            match answer.map_err(Broken::Upstream)? {
                Answer::Final(head, framing) => break (head, framing),
                Answer::Interim(head) => {
                    interim.one_more().map_err(Broken::Upstream)?;
                    download.interim(&head);
                    self.flush(&mut download).await?;
                    self.expect_first_byte();
                }
                Answer::Switched(head) => {
                    download.interim(&head);
                    self.flush(&mut download).await?;
                    return Ok(Left::Switched);
                }
            }
        };
        self.answered.set(true);
        if patience.declines_errors && head.status >= FAILED && can_be_sent_again(self.live) {
            return Ok(Left::Declined(Box::new(head), framing));
        }
        let mut body = upstream::body_of(framing);
        let next = |reader: &mut Reader, body: &mut Body| {
            reader.buffered_frame(body).map_err(|error| Broken::Upstream(upstream::failure_of(error)))
        };
        // Looked at before the client is told anything: what is broken from its first byte can still be answered
        // by another side.
        let mut buffered = next(reader, &mut body)?;
        if patience.head.is_some() {
            let passed = self.alarm.now().saturating_duration_since(self.began);
            self.alarm.limit(patience.whole.map(|whole| whole.saturating_sub(passed)));
        }
        self.tell(|live| live.reply_began(&head));
        download.head(&head, framing);

        let trailers = loop {
            let frame = match buffered {
                Some(frame) => frame,
                None => {
                    self.flush(&mut download).await?;
                    self.alarm.set(settings.stall_timeout);
                    let next = self.alarm.guard(reader.frame(&mut body)).await;
                    let next = next.map_err(|Elapsed| Broken::Upstream(Failure::Timeout))?;
                    next.map_err(|error| Broken::Upstream(upstream::failure_of(error)))?
                }
            };
            match frame {
                Some(Frame::Data(data)) => {
                    self.tell(|live| live.reply_data(&data));
                    download.data(data);
                }
                Some(Frame::Trailers(trailers)) => break Some(trailers),
                None => break None,
            }
            buffered = next(reader, &mut body)?;
        };
        download.finish(trailers.as_ref());
        // Told before the last byte is taken: a client that leaves with the whole reply has left with it.
        self.tell(|live| live.reply_ended(trailers.clone().unwrap_or_else(Fields::new)));
        self.flush(&mut download).await?;
        let reusable = reply::keeps_alive(&head) && framing != ReplyFraming::UntilClose;
        Ok(if reusable { Left::Reusable } else { Left::Spent })
    }

    async fn flush(&self, download: &mut Download<'_>) -> Result<(), Broken> {
        let stall = self.serving.stall;
        self.alarm.set(stall);
        let flushed = self.alarm.guard(download.flush(|| self.alarm.set(stall))).await;
        flushed.map_err(|Elapsed| Broken::ClientStalled)?.map_err(Broken::Client)
    }

    /// The time until the upstream has to answer starts now, unless it is still being sent to.
    fn expect_first_byte(&self) {
        if self.answered.get() {
            return;
        }
        if self.sending.get() {
            self.alarm.clear();
        } else {
            self.alarm.set(self.serving.patience.first_byte);
        }
    }

    fn tell(&self, what: impl FnOnce(&mut Live)) {
        if let Some(live) = self.live.borrow_mut().as_mut() {
            what(live);
        }
    }
}

/// Both ends have left HTTP: bytes go through as they come, until both have ended.
async fn tunnel(downstream: &mut Downstream<'_>, reader: &mut Reader, writer: &mut Writer) {
    if let Downstream::H1(exchange) = downstream {
        let (client_reader, client_writer) = exchange.tunnel();
        join(pipe(client_reader, writer), pipe(reader, client_writer)).await;
    }
}

async fn pipe(reader: &mut Reader, writer: &mut Writer) {
    loop {
        writer.push(reader.input.split().freeze());
        if writer.flush(|| ()).await.is_err() {
            break;
        }
        match reader.fill(usize::MAX).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    writer.shutdown().await;
}
