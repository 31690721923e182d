//! The fourth step: the planned side is asked, and where that is new and it fails before the first byte of its reply
//! has gone to the client, old answers within the time the client has.

use std::{cell::RefCell, time::Duration};

use bytes::Bytes;

use super::{
    Planned, Proxy,
    forward::{Broken, Serving, forward},
    patience::{Patience, Recall, sooner},
};
use crate::{
    domain::{observation::Failure, side::Side},
    net::{alarm::Alarm, downstream::Downstream, handler::Peer, message::RequestHead},
    shadow::{
        live::{Instead, Live},
        tape::Replay,
    },
};

/// Of what a client may wait in all, new gets one part in so many until the head of its reply: the rest is old's.
const PARTS: u32 = 2;

/// What is asked of which side, and how.
struct Asking<'a> {
    side: Side,
    bytes: Bytes,
    patience: Patience<'a>,
    replay: Replay,
}

impl Proxy {
    /// Forwards the request, and says what went wrong where the client did not get a whole reply.
    pub(super) async fn serve(
        &self,
        planned: &Planned<'_>,
        (head, peer): (&RequestHead, &Peer),
        downstream: &mut Downstream<'_>,
        alarm: &Alarm,
        live: &RefCell<Option<Live>>,
    ) -> Result<(), Broken> {
        let began = alarm.now();
        let patience = match (planned.plan.serve, planned.read) {
            (Side::New, Ok(route)) => {
                let recall = Recall { flags: &self.flags, rollout: route.rollout, at: planned.recalls };
                self.patience_with_new(head, route.rescue_5xx, recall)
            }
            _ => self.patience_with_old(Duration::ZERO),
        };
        let bytes = self.outgoing(planned, head, planned.plan.serve, peer, &[]);
        let asking = Asking { side: planned.plan.serve, bytes, patience, replay: Replay::default() };
        let ended = self.ask(asking, head, downstream, alarm, live).await;
        let Err(broken) = ended else { return ended };
        let (Side::New, Some((why, reason))) = (planned.plan.serve, instead(broken)) else { return ended };
        let has_begun = downstream.split().1.has_begun();
        let replay = live.borrow().as_ref().and_then(Live::replay).filter(|_| !has_begun);
        let Some(replay) = replay else { return ended };
        if let (Some(live), Ok(route)) = (live.borrow_mut().as_mut(), planned.read) {
            self.rescues.of(&route.shadow.id, reason).inc();
            live.rescued(why);
        }
        let patience = self.patience_with_old(alarm.now().saturating_duration_since(began));
        let bytes = self.outgoing(planned, head, Side::Old, peer, &[]);
        self.ask(Asking { side: Side::Old, bytes, patience, replay }, head, downstream, alarm, live).await
    }

    async fn ask(
        &self,
        asking: Asking<'_>,
        head: &RequestHead,
        downstream: &mut Downstream<'_>,
        alarm: &Alarm,
        live: &RefCell<Option<Live>>,
    ) -> Result<(), Broken> {
        let Asking { side, bytes, patience, replay } = asking;
        if let Some(live) = &*live.borrow() {
            live.asked(&bytes);
        }
        let (upstream, ticker, stall) = (self.upstream(side), &self.ticker, self.stall);
        let serving = Serving { upstream, ticker, stall, patience, replay };
        forward(&serving, head, bytes, downstream, alarm, live).await
    }

    /// So much of the client's time has passed.
    fn patience_with_old(&self, passed: Duration) -> Patience<'_> {
        let left = self.whole_request.map(|whole| whole.saturating_sub(passed));
        Patience {
            first_byte: self.old.settings.first_byte_timeout,
            head: None,
            whole: sooner(left, self.old_timeout),
            declines_errors: false,
            recall: None,
        }
    }

    /// A client is not cut off in the middle of a reply because shadows have to end by then: what is given to new's
    /// whole reply bounds the wait for its head.
    fn patience_with_new<'a>(
        &self,
        head: &RequestHead,
        declines_errors: bool,
        recall: Recall<'a>,
    ) -> Patience<'a> {
        let part = self.whole_request.map(|whole| whole / PARTS);
        Patience {
            first_byte: part.map_or(self.new_patience, |part| part.min(self.new_patience)),
            // What a client takes for its own body is not new's time.
            head: part.filter(|_| !head.has_body()),
            whole: self.whole_request,
            declines_errors,
            recall: Some(recall),
        }
    }
}

/// Why old answers in place of new, and the word for it in the metric; `None` where it is not new that failed.
const fn instead(broken: Broken) -> Option<(Instead, &'static str)> {
    match broken {
        Broken::Upstream(Failure::Cancelled) | Broken::Client(_) | Broken::ClientStalled => None,
        Broken::Upstream(failure) => Some((Instead::Failed(failure), failure.name())),
        Broken::Declined => Some((Instead::Declined, "5xx")),
        Broken::Recalled => Some((Instead::Recalled, "recalled")),
    }
}
