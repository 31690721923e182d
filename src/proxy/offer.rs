//! The third step: what is begun for the shadow and the evidence before a read is forwarded. Never waits.

use std::rc::Rc;

use bytes::Bytes;

use super::{Planned, Proxy, routing::Route};
use crate::{
    clock,
    domain::{evidence::cell::Kind, outcome::Outcome, percent::Bucket, side::Side},
    net::{
        handler::Peer,
        message::{RequestFraming, RequestHead},
    },
    shadow::{
        live::Live,
        look::{Look, Names},
        mirror,
        pair::Pair,
        read,
    },
    store::ledger::Case,
};

/// A request by this header is never mirrored. Who serves it is another matter.
const OPT_OUT: &str = "x-readshift-opt-out";

impl Proxy {
    /// Starts the shadow, or settles the request with the reason why there is none. What is no read, or of a
    /// rollout that is off, is settled and no more is heard of it.
    pub(super) fn offer(
        &self,
        planned: &Planned<'_>,
        head: &RequestHead,
        case: Case,
        peer: &Peer,
    ) -> Option<Live> {
        let route = match planned.read {
            Ok(route) => route,
            Err(reason) => {
                case.settle(reason);
                return None;
            }
        };
        let started = clock::now();
        let serve = planned.plan.serve;
        let unpaired = self.why_unpaired(route, head);
        let copy = match unpaired {
            Some(_) => Bytes::new(),
            None => self.copy_for(planned, head, peer),
        };
        let asked = self.asked(route, head, &copy, serve.other());
        let pair = Pair::new(case, route.shadow.clone(), asked, self.look(planned, head), self.bench.clone());
        let mut live = Live::new(pair, Rc::clone(&self.mirrors), serve, started);
        if head.has_body() && (unpaired.is_none() || serve == Side::New) {
            // Of a body that is known to be too large nothing is kept.
            let limit = if self.is_too_large(head) { 0 } else { self.max_request_body };
            live.tape(limit, head.framing == RequestFraming::Open);
        }
        match unpaired {
            Some(reason) => live.alone(reason),
            None => live.mirror(head.method.clone(), copy),
        }
        Some(live)
    }

    fn look(&self, planned: &Planned<'_>, head: &RequestHead) -> Look {
        let names = Names::of(&head.method, &head.target, planned.caller.as_deref(), planned.drawn);
        let kind = Kind::of(&head.method, &head.target, &head.fields);
        Look::new(names, kind, planned.generation, self.shard)
    }

    fn why_unpaired(&self, route: &Route, head: &RequestHead) -> Option<Outcome> {
        if head.fields.has(mirror::MARKER) || head.fields.has(OPT_OUT) {
            return Some(Outcome::OptedOut);
        }
        if !route.sample.is_all() && !route.sample.contains(Bucket::of(&route.sample_group, &head.target)) {
            return Some(Outcome::Unsampled);
        }
        if self.ticker.is_draining() {
            return Some(Outcome::Draining);
        }
        self.is_too_large(head).then_some(Outcome::RequestBodyTooLarge)
    }

    fn is_too_large(&self, head: &RequestHead) -> bool {
        matches!(head.framing, RequestFraming::Length(length) if length > self.max_request_body as u64)
    }

    /// What is kept of the request. Only what reads by its very method, and without a body, may be asked again.
    fn asked(&self, route: &Route, head: &RequestHead, copy: &Bytes, to: Side) -> read::Asked {
        let is_plain = matches!(&*head.method, b"GET" | b"HEAD") && !head.has_body() && !copy.is_empty();
        let again = (is_plain && route.shadow.reread && copy.len() <= read::LONGEST_HEAD).then(|| {
            let drawn = self.dice.draw(self.control);
            let mut again = read::Again { old: Bytes::new(), new: Bytes::new(), drawn };
            *again.of(to) = copy.clone();
            again
        });
        read::Asked { method: head.method.clone(), target: head.target.clone(), again }
    }

    fn copy_for(&self, planned: &Planned<'_>, head: &RequestHead, peer: &Peer) -> Bytes {
        let own = mirror::own_fields(head.fields.get("traceparent"), &self.dice);
        self.outgoing(planned, head, planned.plan.serve.other(), peer, &own)
    }
}
