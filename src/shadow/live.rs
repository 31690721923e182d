//! What the live request tells its shadow and the evidence while it is served. It cannot slow it down: every call
//! returns at once.

use std::{rc::Rc, time::Instant};

use bytes::Bytes;

use super::{
    exchange::Copy,
    look::Alone,
    mirror::{Begun, Mirror, Mirrors},
    pair::{LiveEnd, Pair},
    read::Seen,
    tape::{Replay, Tape},
};
use crate::{
    clock,
    domain::{
        evidence::Served,
        fields::Fields,
        observation::{Failure, Observation, Reply},
        outcome::Outcome,
        payload::Chunks,
        side::Side,
    },
    net::{
        alarm::Stopping,
        capture::{Capture, Holding},
        message::ReplyHead,
    },
};

/// From here on a status says that the server failed.
const FAILED: u16 = 500;

/// The live half of a read. Dropped before its end, the client went away.
pub struct Live {
    pair: Pair,
    mirrors: Rc<Mirrors>,
    /// Which side the client's reply comes from, and which one was to give it.
    serving: Side,
    planned: Side,
    /// The planned side failed.
    failed: bool,
    started: Instant,
    /// The shadow's copy, which leaves when the request's body is whole.
    copy: Option<Held>,
    /// Of a request with a body; `None` once too much of it has gone by to be sent again.
    tape: Option<Tape>,
    /// There is no going back to the beginning of the body.
    lost: bool,
    reply: Option<Replying>,
    ended: bool,
}

/// Why old answers in place of new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    Failed(Failure),
    /// New's own reply is an error; it is read on for the comparison.
    Declined,
    /// A revert took the request back.
    Recalled,
}

struct Held {
    method: Bytes,
    head: Bytes,
}

/// A reply on its way to the client.
struct Replying {
    status: u16,
    build: u64,
    length: u64,
    /// What is kept of it to be compared.
    kept: Option<(ReplyHead, Capture)>,
}

impl Live {
    pub const fn new(pair: Pair, mirrors: Rc<Mirrors>, planned: Side, started: Instant) -> Live {
        Live {
            pair,
            mirrors,
            serving: planned,
            planned,
            failed: false,
            started,
            copy: None,
            tape: None,
            lost: false,
            reply: None,
            ended: false,
        }
    }

    /// There will be no pair, for this reason.
    pub fn alone(&self, outcome: Outcome) {
        self.pair.give_up(outcome);
    }

    /// The request has a body, of which so much is kept as it goes by.
    pub fn tape(&mut self, limit: usize, chunked: bool) {
        let holding = Holding::new(self.mirrors.new.admission.budget().clone());
        self.tape = Some(Tape::new(holding, limit, chunked));
    }

    /// The shadow's copy leaves now; of a request with a body, once that has been seen whole.
    pub fn mirror(&mut self, method: Bytes, head: Bytes) {
        if self.tape.is_some() {
            self.copy = Some(Held { method, head });
        } else {
            self.launch(Copy { method, head, body: Chunks::default(), holding: None });
        }
    }

    /// The serving side is sent this head.
    pub fn asked(&self, head: &Bytes) {
        self.pair.asked(self.serving, head);
    }

    /// A piece of the request's body went to the serving side.
    pub fn request_data(&mut self, data: &Bytes) {
        let Some(tape) = &mut self.tape else {
            self.lost = true;
            return;
        };
        if let Err(refusal) = tape.push(data) {
            self.tape = None;
            self.lost = true;
            if self.copy.take().is_some() {
                self.pair.give_up(refusal);
            }
        }
    }

    pub fn request_ended(&mut self, trailers: Option<&Fields>) {
        // The side could not begin before: its time is counted as its shadow's is.
        self.started = clock::now();
        let Some(tape) = &mut self.tape else { return };
        tape.end(trailers);
        if let (Some(Held { method, head }), Some((body, holding))) = (self.copy.take(), tape.copy()) {
            self.launch(Copy { method, head, body, holding: Some(holding) });
        }
    }

    fn launch(&self, copy: Copy) {
        let mirror = self.mirrors.to(self.planned.other());
        match mirror.admission.ask(clock::now()) {
            Err(shed) => self.pair.give_up(shed),
            Ok(permit) => {
                let (sender, pair) = (mirror.clone(), self.pair.clone());
                // Boxed: a task is moved several times before it runs, and again when it ends.
                mirror.tasks.spawn_local(Box::pin(async move { sender.send(copy, pair, permit).await }));
            }
        }
    }

    /// The head is on its way to the client.
    pub fn reply_began(&mut self, head: &ReplyHead) {
        let is_stream = head.fields.get("content-type").is_some_and(|value| {
            value.get(..17).is_some_and(|start| start.eq_ignore_ascii_case(b"text/event-stream"))
        });
        if is_stream {
            self.pair.give_up(Outcome::Streaming);
        }
        if self.copy.is_none() {
            // Nobody needs the request any more.
            self.lost |= self.tape.take().is_some();
        }
        let kept = (!self.pair.is_settled()).then(|| (head.clone(), self.capturing().capture()));
        let build = self.pair.build(self.serving, &head.fields);
        self.reply = Some(Replying { status: head.status, build, length: 0, kept });
    }

    fn capturing(&self) -> &Mirror {
        self.mirrors.to(self.serving)
    }

    pub fn reply_data(&mut self, data: &Bytes) {
        let Some(reply) = &mut self.reply else { return };
        reply.length += data.len() as u64;
        if let Some((_, capture)) = &mut reply.kept
            && capture.push(data).is_err()
        {
            reply.kept = None;
            self.pair.give_up(Outcome::ShedMemory);
        }
    }

    /// The reply is whole.
    pub fn reply_ended(&mut self, trailers: Fields) {
        let Some(Replying { status, build, length, kept }) = self.reply.take() else { return };
        self.failed |= self.serving == self.planned && status >= FAILED;
        let took = self.took();
        let seen = kept.map(|(head, capture)| {
            let (body, holding) = capture.finish();
            let reply = Reply { status, fields: head.fields, body, trailers };
            Seen { observation: Observation { result: Ok(reply), took }, holding: Some(holding) }
        });
        let side = self.serving;
        self.end(Alone { side, status: Some(status), took: Some(took), size: length, build }, seen);
    }

    /// The serving side failed, or the client went away, and nobody answers in its place.
    pub fn failed(&mut self, failure: Failure) {
        let reply = self.reply.take();
        let is_its_own = failure != Failure::Cancelled;
        self.failed |= is_its_own && self.serving == self.planned;
        let took = self.took();
        let (size, build) = reply.map_or((0, 0), |reply| (reply.length, reply.build));
        let alone = Alone { side: self.serving, status: None, took: is_its_own.then_some(took), size, build };
        self.end(
            alone,
            Some(Seen { observation: Observation { result: Err(failure), took }, holding: None }),
        );
    }

    pub const fn can_replay(&self) -> bool {
        !self.lost
    }

    /// What of the request's body can be sent again, if all of it can that was taken from the client.
    pub fn replay(&self) -> Option<Replay> {
        if self.lost { None } else { Some(self.tape.as_ref().map(Tape::replay).unwrap_or_default()) }
    }

    /// New has not answered, and old answers in its place.
    pub fn rescued(&mut self, why: Instead) {
        match why {
            Instead::Failed(failure) => {
                let observation = Observation { result: Err(failure), took: self.took() };
                self.pair.saw(self.serving, Seen { observation, holding: None });
            }
            Instead::Declined => {}
            Instead::Recalled => self.pair.give_up(Outcome::Recalled),
        }
        self.failed = why != Instead::Recalled;
        // Old gets the request as the live one: a copy that has not left would only be another.
        self.copy = None;
        self.serving = self.serving.other();
        self.started = clock::now();
    }

    /// The head of new's reply was read and is not passed on: the rest is read for the comparison.
    pub fn declined(&self, begun: Begun) {
        let mirror = self.mirrors.to(self.serving);
        match mirror.admission.ask(clock::now()) {
            Err(shed) => self.pair.give_up(shed),
            Ok(permit) => {
                let (reader, pair) = (mirror.clone(), self.pair.clone());
                mirror.tasks.spawn_local(Box::pin(async move { reader.finish(begun, pair, permit).await }));
            }
        }
    }

    pub const fn started(&self) -> Instant {
        self.started
    }

    fn took(&self) -> std::time::Duration {
        clock::now().saturating_duration_since(self.started)
    }

    fn end(&mut self, alone: Alone, seen: Option<Seen>) {
        if self.copy.take().is_some() {
            // The side answered without waiting for the whole request: there is no whole copy to send.
            self.pair.give_up(Outcome::RequestBodyIncomplete);
        }
        self.ended = true;
        let served = Served {
            by: self.serving,
            planned_new: self.planned == Side::New,
            rescued: self.serving != self.planned && alone.status.is_some(),
            failed: self.failed,
        };
        self.pair.live_ended(LiveEnd { alone, served, seen });
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.mirrors.new.ticker.stopping() == Stopping::Aborting {
            // Cut off by us: the client would have stayed.
            self.pair.give_up(Outcome::Draining);
        }
        self.failed(Failure::Cancelled);
    }
}
