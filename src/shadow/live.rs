//! What the live request tells its shadow while it is served. It cannot slow it down: every call returns at once.

use std::{rc::Rc, time::Instant};

use bytes::{Bytes, BytesMut};

use super::{exchange::Copy, mirror::Mirror, pair::Pair, read::Seen};
use crate::{
    clock,
    domain::{
        fields::Fields,
        observation::{Failure, Observation, Reply},
        outcome::Outcome,
        payload::{Chunks, Payload},
        side::Side,
    },
    net::{
        alarm::Stopping,
        capture::{Capture, Holding},
        headers,
        message::ReplyHead,
    },
};

/// The live half of a pair. Dropped before its end, the client went away.
pub struct Live {
    pair: Pair,
    mirror: Rc<Mirror>,
    started: Instant,
    /// The copy that leaves when the request's body is whole.
    held: Option<Held>,
    reply: Option<(ReplyHead, Capture)>,
    ended: bool,
}

struct Held {
    method: Bytes,
    head: Bytes,
    /// A copy: the pieces may be small parts of large buffers, or a flood of tiny ones.
    body: BytesMut,
    holding: Holding,
    limit: usize,
    /// Its length was not known beforehand, so it is sent as one chunk.
    chunked: bool,
}

impl Live {
    pub fn new(pair: Pair, mirror: Rc<Mirror>, started: Instant) -> Live {
        Live { pair, mirror, started, held: None, reply: None, ended: false }
    }

    /// The copy leaves now.
    pub fn mirror_now(&self, method: Bytes, head: Bytes) {
        self.launch(Copy { method, head, body: Chunks::default(), holding: None });
    }

    /// The copy leaves once the request's body has been seen whole, if that is no larger than `limit`.
    pub fn mirror_with_body(&mut self, method: Bytes, head: Bytes, limit: usize, chunked: bool) {
        let holding = Holding::new(self.mirror.admission.budget().clone());
        self.held = Some(Held { method, head, body: BytesMut::new(), holding, limit, chunked });
    }

    /// Old is sent this head.
    pub fn asked_old(&self, head: &Bytes) {
        self.pair.asked_old(head);
    }

    /// A piece of the request's body went to old.
    pub fn request_data(&mut self, data: &Bytes) {
        let Some(held) = &mut self.held else { return };
        let refusal = if held.body.len() + data.len() > held.limit {
            Outcome::RequestBodyTooLarge
        } else if held.holding.grow(data.len()) {
            held.body.extend_from_slice(data);
            return;
        } else {
            Outcome::ShedMemory
        };
        self.held = None;
        self.pair.give_up(refusal);
    }

    pub fn request_ended(&mut self, trailers: Option<&Fields>) {
        let Some(Held { method, head, body, holding, chunked, .. }) = self.held.take() else { return };
        let body = body.freeze();
        let body = if chunked { as_one_chunk(body, trailers) } else { Chunks::from(body) };
        self.launch(Copy { method, head, body, holding: Some(holding) });
    }

    fn launch(&self, copy: Copy) {
        match self.mirror.admission.ask(clock::now()) {
            Err(shed) => self.pair.give_up(shed),
            Ok(permit) => {
                let (mirror, pair) = (self.mirror.clone(), self.pair.clone());
                // Boxed: a task is moved several times before it runs, and again when it ends.
                self.mirror.tasks.spawn_local(Box::pin(async move { mirror.send(copy, pair, permit).await }));
            }
        }
    }

    /// Old's head is on its way to the client.
    pub fn reply_began(&mut self, head: &ReplyHead) {
        let is_stream = head.fields.get("content-type").is_some_and(|value| {
            value.get(..17).is_some_and(|start| start.eq_ignore_ascii_case(b"text/event-stream"))
        });
        if is_stream {
            self.pair.give_up(Outcome::Streaming);
        } else if !self.pair.is_settled() {
            self.reply = Some((head.clone(), self.mirror.capture()));
        }
    }

    pub fn reply_data(&mut self, data: &Bytes) {
        if let Some((_, capture)) = &mut self.reply
            && capture.push(data).is_err()
        {
            self.reply = None;
            self.pair.give_up(Outcome::ShedMemory);
        }
    }

    /// Old's reply is whole.
    pub fn reply_ended(&mut self, trailers: Fields) {
        let Some((head, capture)) = self.reply.take() else {
            self.ended = true;
            return;
        };
        let (body, holding): (Payload, Holding) = capture.finish();
        let reply = Reply { status: head.status, fields: head.fields, body, trailers };
        self.end(Ok(reply), Some(holding));
    }

    pub fn failed(&mut self, failure: Failure) {
        self.reply = None;
        self.end(Err(failure), None);
    }

    fn end(&mut self, result: Result<Reply, Failure>, holding: Option<Holding>) {
        if self.held.take().is_some() {
            // Old answered without waiting for the whole request: there is no whole copy to send.
            self.pair.give_up(Outcome::RequestBodyIncomplete);
        }
        self.ended = true;
        let took = clock::now().saturating_duration_since(self.started);
        self.pair.saw(Side::Old, Seen { observation: Observation { result, took }, holding });
    }
}

fn as_one_chunk(body: Bytes, trailers: Option<&Fields>) -> Chunks {
    let mut framed = Chunks::default();
    if !body.is_empty() {
        framed.push(Bytes::from(format!("{:x}\r\n", body.len())));
        framed.push(body);
        framed.push(Bytes::from_static(b"\r\n"));
    }
    framed.push(headers::last_chunk(trailers));
    framed
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.mirror.ticker.stopping() == Stopping::Aborting {
            // Cut off by us: the client would have stayed.
            self.pair.give_up(Outcome::Draining);
        }
        self.failed(Failure::Cancelled);
    }
}
