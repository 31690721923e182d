//! How long a side is waited for, and what makes another side answer in its place.

use std::{cell::RefCell, future::poll_fn, pin::pin, task::Poll, time::Duration};

use super::forward::Broken;
use crate::{shadow::live::Live, store::flags::Flags};

/// How long a side is waited for, and what makes another answer in its place.
pub struct Patience<'a> {
    /// From the request sent to the first byte of the reply.
    pub first_byte: Duration,
    /// From now to the head of the reply, so that time is left for another side.
    pub head: Option<Duration>,
    /// From now to the last byte.
    pub whole: Option<Duration>,
    /// Its server errors are not passed on.
    pub declines_errors: bool,
    pub recall: Option<Recall<'a>>,
}

/// Whether a request is still wanted where it was sent.
pub struct Recall<'a> {
    pub flags: &'a Flags,
    pub rollout: usize,
    /// As when the request was planned.
    pub at: u32,
}

impl Recall<'_> {
    fn is_out(&self) -> bool {
        self.flags.recalls(self.rollout) != self.at
    }
}

impl Patience<'_> {
    /// What `work` gives, unless the request is taken back before. It is looked at whenever the task is woken, which a
    /// recall does.
    pub async fn unless_recalled<F: Future>(
        &self,
        live: &RefCell<Option<Live>>,
        work: F,
    ) -> Result<F::Output, Broken> {
        let Some(recall) = &self.recall else { return Ok(work.await) };
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if recall.is_out() && can_be_sent_again(live) => Poll::Ready(Err(Broken::Recalled)),
            Poll::Pending => Poll::Pending,
        })
        .await
    }
}

/// Whether another side can answer.
pub fn can_be_sent_again(live: &RefCell<Option<Live>>) -> bool {
    live.borrow().as_ref().is_some_and(Live::can_replay)
}

pub const fn sooner(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.as_nanos() < b.as_nanos() { a } else { b }),
        (one, None) | (None, one) => one,
    }
}
