//! THE LIVE PATH: the life of a request, from its head to the last byte of its reply.
//!
//! `handle` is the whole of it in five steps: route, plan, offer, forward, respond. What a shadow does is
//! out of sight here: it is offered the request, told what old replied, and never waited for.

mod forward;
pub mod routing;

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use forward::{Broken, Serving, forward};
use routing::{Current, Route, Routing};

use crate::{
    clock,
    domain::{
        account::Heading,
        observation::Failure,
        outcome::Outcome,
        percent::{Bucket, Share},
        plan::{Plan, plan},
        route::Found,
        side::Side,
    },
    net::{
        alarm::{Alarm, Ticker},
        downstream::Downstream,
        handler::{Handler, Peer},
        headers::{Edits, Forwarding, Outgoing},
        message::{ClientError, RequestFraming, RequestHead},
        refusal::Refusal,
        upstream::Upstream,
    },
    shadow::{
        live::Live,
        mirror::{self, Dice, Mirror},
        pair::{Bench, Pair},
        read,
    },
    store::{
        flags::Flags,
        ledger::{Case, Ledger},
    },
};

/// One thread's live path.
pub struct Proxy {
    pub routing: Current,
    pub flags: Arc<Flags>,
    pub ledger: Arc<Ledger>,
    /// The ledger's shard of this thread.
    pub shard: usize,
    pub old: Rc<Upstream>,
    pub new: Rc<Upstream>,
    pub old_edits: Edits,
    pub new_edits: Edits,
    pub forwarding: Forwarding,
    pub mirror: Rc<Mirror>,
    pub bench: Rc<Bench>,
    pub dice: Dice,
    pub ticker: Rc<Ticker>,
    /// Request bodies of declared reads are kept up to this size.
    pub max_request_body: usize,
    /// The share of plain reads that is drawn to be asked of old twice.
    pub control: Share,
    /// Between two reads or writes of a client's body.
    pub stall: Duration,
    pub whole_request: Option<Duration>,
    pub refused: Box<dyn Fn(&Refusal)>,
}

/// A request by this header is never mirrored.
const OPT_OUT: &str = "x-readshift-opt-out";

/// Fields by which a request may say that it means another method.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// How long a client may take to read an error of ours.
const LAST_WORDS: Duration = Duration::from_secs(5);

impl Handler for Proxy {
    async fn handle(&self, head: RequestHead, downstream: &mut Downstream<'_>, peer: &Peer, alarm: &Alarm) {
        alarm.limit(self.whole_request);

        // 1. route
        let routing = self.routing.get();
        let found = routing.table.find(&head.method, &head.host, head.path());
        let case = self.ledger.open(self.shard, Heading::of(found));

        // 2. plan
        let plan = self.plan(&routing, found);

        // 3. offer
        let live = RefCell::new(self.offer(&routing, found, plan, &head, case, peer));

        // 4. forward
        let bytes = self.outgoing(&head, plan.serve, peer, &[], head.upgrade);
        if let Some(live) = &*live.borrow() {
            live.asked_old(&bytes);
        }
        let side = Serving { upstream: self.upstream(plan.serve), ticker: &self.ticker, stall: self.stall };
        let ended = forward(&side, &head, bytes, downstream, alarm, &live).await;

        // 5. respond: a whole reply is with the client already; what is left is to say what went wrong.
        if let Err(broken) = ended {
            respond(&broken, downstream, alarm, live.into_inner()).await;
        }
    }

    fn refused(&self, refusal: &Refusal) {
        self.ledger.open(self.shard, Heading::UNROUTED).settle(Outcome::Refused);
        (self.refused)(refusal);
    }
}

impl Proxy {
    fn plan(&self, routing: &Routing, found: Found) -> Plan {
        match found {
            Found::Read(place) => match routing.routes.get(place) {
                Some(route) => plan(self.flags.stage(route.rollout), None, None),
                None => Plan::OLD_ONLY,
            },
            Found::NotARead(_) | Found::Nothing => Plan::OLD_ONLY,
        }
    }

    /// Starts the shadow, or settles the request with the reason why there is none. Never waits.
    fn offer(
        &self,
        routing: &Routing,
        found: Found,
        plan: Plan,
        head: &RequestHead,
        case: Case,
        peer: &Peer,
    ) -> Option<Live> {
        let (route, shadow) = match self.may_mirror(routing, found, plan, head) {
            Ok(both) => both,
            Err(reason) => {
                case.settle(reason);
                return None;
            }
        };
        debug_assert_eq!(shadow, Side::New, "only new is shadowed until live stages exist");
        let copy = self.copy_for(head, peer);
        let started = clock::now();
        let asked = self.asked(route, head, &copy);
        let pair = Pair::new(case, route.shadow.clone(), asked, self.bench.clone());
        let mut live = Live::new(pair, self.mirror.clone(), started);
        if head.has_body() {
            let chunked = head.framing == RequestFraming::Open;
            live.mirror_with_body(head.method.clone(), copy, self.max_request_body, chunked);
        } else {
            live.mirror_now(head.method.clone(), copy);
        }
        Some(live)
    }

    fn may_mirror<'r>(
        &self,
        routing: &'r Routing,
        found: Found,
        plan: Plan,
        head: &RequestHead,
    ) -> Result<(&'r Route, Side), Outcome> {
        let place = match found {
            Found::Nothing => return Err(Outcome::NoRoute),
            Found::NotARead(_) => return Err(Outcome::NotARead),
            Found::Read(place) => place,
        };
        let route = routing.routes.get(place).ok_or(Outcome::NoRoute)?;
        if is_overridden(head) || (head.has_body() && !route.declared_read) {
            return Err(Outcome::NotARead);
        }
        let shadow = plan.shadow.ok_or(Outcome::Off)?;
        if head.upgrade {
            return Err(Outcome::Upgrade);
        }
        if head.fields.has(mirror::MARKER) || head.fields.has(OPT_OUT) {
            return Err(Outcome::OptedOut);
        }
        if !route.sample.is_all() && !route.sample.contains(Bucket::of(&route.sample_group, &head.target)) {
            return Err(Outcome::Unsampled);
        }
        if self.ticker.is_draining() {
            return Err(Outcome::Draining);
        }
        if matches!(head.framing, RequestFraming::Length(length) if length > self.max_request_body as u64) {
            return Err(Outcome::RequestBodyTooLarge);
        }
        Ok((route, shadow))
    }

    /// What is kept of the request. Only what reads by its very method, and without a body, may be asked again.
    fn asked(&self, route: &Route, head: &RequestHead, copy: &Bytes) -> read::Asked {
        let is_plain = matches!(&*head.method, b"GET" | b"HEAD") && !head.has_body();
        let again = (is_plain && route.shadow.reread && copy.len() <= read::LONGEST_HEAD).then(|| {
            read::Again { old: Bytes::new(), new: copy.clone(), drawn: self.dice.draw(self.control) }
        });
        read::Asked { method: head.method.clone(), target: head.target.clone(), again }
    }

    fn copy_for(&self, head: &RequestHead, peer: &Peer) -> Bytes {
        let own = mirror::own_fields(head.fields.get("traceparent"), &self.dice);
        self.outgoing(head, Side::New, peer, &own, false)
    }

    fn outgoing(
        &self,
        head: &RequestHead,
        side: Side,
        peer: &Peer,
        own: &[(&'static str, Bytes)],
        upgrade: bool,
    ) -> Bytes {
        let edits = match side {
            Side::Old => &self.old_edits,
            Side::New => &self.new_edits,
        };
        let mut out = BytesMut::new();
        let forwarding = &self.forwarding;
        Outgoing { head, edits, forwarding, peer: &peer.address, framing: head.framing, own, upgrade }
            .write(&mut out);
        out.freeze()
    }

    const fn upstream(&self, side: Side) -> &Rc<Upstream> {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }
}

/// Whether some servers would take the request for one of another method, and that is no read.
fn is_overridden(head: &RequestHead) -> bool {
    let is_read = |method: &[u8]| method.eq_ignore_ascii_case(b"GET") || method.eq_ignore_ascii_case(b"HEAD");
    METHOD_OVERRIDES.iter().any(|name| !head.fields.all(name).all(is_read))
}

/// Tells the client what went wrong, where it has not been told anything yet. Where it has, its reply
/// ends abnormally: a reply that was cut short is never made to look whole.
async fn respond(broken: &Broken, downstream: &mut Downstream<'_>, alarm: &Alarm, live: Option<Live>) {
    if let (Some(mut live), Broken::Upstream(failure)) = (live, broken) {
        live.failed(*failure);
    }
    let (_, mut download) = downstream.split();
    if download.has_begun() {
        return;
    }
    let (status, why) = match broken {
        Broken::Upstream(Failure::Timeout) => (504, "the upstream did not answer in time"),
        Broken::Upstream(Failure::Refused) => (502, "the upstream cannot be reached"),
        Broken::Upstream(Failure::Reset) => (502, "the upstream closed the connection without an answer"),
        Broken::Upstream(_) => (502, "the upstream's answer is no valid HTTP"),
        Broken::Client(ClientError::Broken) => (400, "the request body is not framed as it says"),
        Broken::ClientStalled => (408, "the request body took too long"),
        Broken::Client(ClientError::Gone) => return,
    };
    if !matches!(broken, Broken::Upstream(_)) {
        download.close_after();
    }
    download.answer(status, why);
    alarm.limit(None);
    alarm.set(LAST_WORDS);
    // Nothing more can be done for a client that does not take even this.
    let _ = alarm.guard(download.flush(|| ())).await;
}
