//! THE LIVE PATH: the life of a request, from its head to the last byte of its reply.
//!
//! `handle` is the whole of it in five steps: route, plan, offer, forward, respond. What a shadow does is out of sight
//! here: it is offered the request, told what the side that serves replied, and never waited for.

mod forward;
mod offer;
mod patience;
mod rescue;
pub mod routing;

use std::{borrow::Cow, cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use forward::Broken;
use routing::{Current, Route, Routing};

use crate::{
    domain::{
        account::Heading,
        assign,
        observation::Failure,
        outcome::Outcome,
        percent::Share,
        plan::{Plan, Stage, plan},
        route::Found,
        side::Side,
    },
    metrics::ByRouteAndReason,
    net::{
        alarm::{Alarm, Ticker},
        downstream::Downstream,
        handler::{Handler, Peer},
        headers::{Edits, Forwarding, Outgoing},
        message::{ClientError, RequestHead},
        refusal::Refusal,
        upstream::Upstream,
    },
    shadow::{
        live::Live,
        mirror::{Dice, Mirrors},
        pair::Bench,
    },
    store::{
        flags::{Flags, Published},
        ledger::Ledger,
    },
};

/// One thread's live path.
pub struct Proxy {
    pub routing: Current,
    pub flags: Arc<Flags>,
    pub ledger: Arc<Ledger>,
    /// The ledger's shard of this thread, and that of the facts.
    pub shard: usize,
    pub old: Rc<Upstream>,
    pub new: Rc<Upstream>,
    pub old_edits: Edits,
    pub new_edits: Edits,
    pub forwarding: Forwarding,
    pub mirrors: Rc<Mirrors>,
    pub bench: Rc<Bench>,
    pub dice: Dice,
    pub ticker: Rc<Ticker>,
    /// Request bodies of declared reads are kept up to this size.
    pub max_request_body: usize,
    /// The share of plain reads that is drawn to be asked of old twice.
    pub control: Share,
    /// Between two reads or writes of a client's body.
    pub stall: Duration,
    /// The longest a client waits for its last byte.
    pub whole_request: Option<Duration>,
    /// The longest old may take in all.
    pub old_timeout: Option<Duration>,
    /// The longest new may take to the head of its reply, before old answers in its place.
    pub new_patience: Duration,
    pub rescues: ByRouteAndReason,
    pub refused: Box<dyn Fn(&Refusal)>,
}

/// What is decided about a request before it goes anywhere.
struct Planned<'a> {
    plan: Plan,
    /// The route it is a read of; otherwise why it goes to old alone, and the evidence does not hear of it.
    read: Result<&'a Route, Outcome>,
    /// Who asks, where callers are told apart.
    caller: Option<Cow<'a, [u8]>>,
    /// Nobody named the side that serves it.
    drawn: bool,
    /// Of the stage it was planned by, and what had been taken back by then.
    generation: u32,
    recalls: u32,
    /// Headers that no side gets.
    stripped: &'a [String],
}

impl<'a> Planned<'a> {
    const fn old_only(reason: Outcome, stripped: &'a [String]) -> Planned<'a> {
        let plan = Plan::OLD_ONLY;
        Planned { plan, read: Err(reason), caller: None, drawn: true, generation: 0, recalls: 0, stripped }
    }
}

/// Fields by which a request may say that it means another method.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// How long a client may take to read an error of ours.
const LAST_WORDS: Duration = Duration::from_secs(5);

impl Handler for Proxy {
    async fn handle(&self, head: RequestHead, downstream: &mut Downstream<'_>, peer: &Peer, alarm: &Alarm) {
        // 1. route
        let routing = self.routing.get();
        let found = routing.table.find(&head.method, &head.host, head.path());
        let case = self.ledger.open(self.shard, Heading::of(found));

        // 2. plan
        let planned = self.plan(&routing, found, &head, peer);

        // 3. offer
        let live = RefCell::new(self.offer(&planned, &head, case, peer));

        // 4. forward
        let ended = self.serve(&planned, (&head, peer), downstream, alarm, &live).await;

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
    fn plan<'a>(
        &self,
        routing: &'a Routing,
        found: Found,
        head: &'a RequestHead,
        peer: &'a Peer,
    ) -> Planned<'a> {
        let old_only = |reason| Planned::old_only(reason, routing.stripped());
        let route = match found {
            Found::Nothing => return old_only(Outcome::NoRoute),
            Found::NotARead(_) => return old_only(Outcome::NotARead),
            Found::Read(place) => routing.routes.get(place),
        };
        let Some(route) = route else { return old_only(Outcome::NoRoute) };
        if is_overridden(head) || (head.has_body() && !route.declared_read) {
            return old_only(Outcome::NotARead);
        }
        // Looked at before the stage: what is taken back after it was planned is seen to be.
        let recalls = self.flags.recalls(route.rollout);
        let Published { stage, generation } = self.flags.published(route.rollout);
        if stage == Stage::Off {
            return old_only(Outcome::Off);
        }
        if head.upgrade {
            return old_only(Outcome::Upgrade);
        }
        let request =
            assign::Request { target: &head.target, fields: &head.fields, peer: peer.address.as_bytes() };
        let caller = route.assignment.by.key(&request);
        let falls = || caller.as_ref().map(|key| route.assignment.bucket_of(key));
        let bucket = stage.divides().then(falls).flatten();
        let wish = stage.is_live().then(|| route.assignment.wish(&request)).flatten();
        let (plan, drawn, stripped) = (plan(stage, bucket, wish), wish.is_none(), routing.stripped());
        Planned { plan, read: Ok(route), caller, drawn, generation, recalls, stripped }
    }

    /// The head as a side gets it, with these fields of our own.
    fn outgoing(
        &self,
        planned: &Planned<'_>,
        head: &RequestHead,
        side: Side,
        peer: &Peer,
        own: &[(&'static str, Bytes)],
    ) -> Bytes {
        let edits = match side {
            Side::Old => &self.old_edits,
            Side::New => &self.new_edits,
        };
        let mut out = BytesMut::new();
        let (forwarding, stripped, peer) = (&self.forwarding, planned.stripped, &*peer.address);
        let (framing, upgrade) = (head.framing, head.upgrade);
        Outgoing { head, edits, forwarding, peer, framing, stripped, own, upgrade }.write(&mut out);
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
        // Only where another side can answer, and then it has.
        Broken::Declined | Broken::Recalled => (502, "the upstream's answer was not taken"),
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
