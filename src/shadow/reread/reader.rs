//! The thread that reads again: one request after another to old and to new, and what comes of it.
//!
//! Its requests are marked, are never sent twice, and are never sent while the program drains. Replies are
//! compared beside the thread, so that a costly comparison delays no reading.

use std::{rc::Rc, sync::Arc, time::Duration};

use tokio::{sync::watch, task::spawn_blocking, time::sleep_until};
use tokio_util::task::TaskTracker;

use super::{
    Inbox, Job, Open, head,
    judge::{self, Reading},
};
use crate::{
    clock,
    domain::{
        breaker::State,
        compare::Limits,
        observation::Reply,
        outcome::Outcome,
        payload::Chunks,
        recheck::{Next, Recheck, Sandwich},
        side::Side,
    },
    metrics::BySideAndResult,
    net::{
        alarm::{Alarm, Ticker},
        capture::{Capture, Holding},
        server::Phase,
        upstream::{Reuse, Upstream},
    },
    shadow::{
        exchange::{self, Copy},
        mirror::Dice,
        permit::Admission,
        read::{Asked, Both},
        record::Recorder,
    },
};

/// Everything the thread works with.
pub struct Reader {
    pub old: Rc<Upstream>,
    pub new: Rc<Upstream>,
    pub ticker: Rc<Ticker>,
    pub admission: Arc<Admission>,
    pub recorder: Arc<Recorder>,
    pub dice: Dice,
    pub limits: Limits,
    pub delays: Vec<Duration>,
    /// Each reply has to be there within this time.
    pub timeout: Duration,
    pub max_body: usize,
    pub sent: BySideAndResult,
    pub phase: watch::Receiver<Phase>,
}

impl Reader {
    /// Works until the program drains; then judges what it still has.
    pub async fn run(self: Rc<Reader>, mut inbox: Inbox) {
        let tasks = TaskTracker::new();
        let mut phase = self.phase.clone();
        loop {
            let job = tokio::select! {
                biased;
                () = drained(&mut phase) => break,
                job = inbox.recv() => job,
            };
            let Some(job) = job else { break };
            tasks.spawn_local(self.clone().work(job));
        }
        inbox.close();
        while let Some(job) = inbox.recv().await {
            tasks.spawn_local(self.clone().work(job));
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn work(self: Rc<Reader>, job: Job) {
        let mut phase = self.phase.clone();
        match job {
            Job::Recheck(open) => tokio::select! {
                biased;
                // What is dropped here stays unchecked.
                () = drained(&mut phase) => {}
                () = self.recheck(*open) => {}
            },
            Job::Control(both, _seat) => {
                let second = tokio::select! {
                    biased;
                    () = drained(&mut phase) => None,
                    second = self.read(Side::Old, &both.asked) => Some(second),
                };
                self.control(*both, second).await;
            }
        }
    }

    async fn recheck(&self, mut open: Open) {
        let mut recheck = Recheck::new(&self.delays);
        loop {
            match recheck.next() {
                Next::Done(ruling) => return open.end(ruling),
                Next::Read { after } => sleep_until(open.moment(after).into()).await,
            }
            let read = if open.may_read(clock::now()) { self.sandwich(&mut open).await } else { None };
            match read {
                Some((at, sandwich)) => recheck.saw(at, sandwich),
                None => recheck.failed(),
            }
        }
    }

    /// Old, new, old; `None` where a reply is lacking or cannot be compared.
    async fn sandwich(&self, open: &mut Open) -> Option<(Duration, Sandwich)> {
        let (first, _first_held) = self.read(Side::Old, &open.asked).await?;
        let (new, held) = self.read(Side::New, &open.asked).await?;
        let at = clock::now().saturating_duration_since(open.began);
        let (second, _second_held) = self.read(Side::Old, &open.asked).await?;
        let reading = Reading {
            first,
            new: new.clone(),
            second,
            before: open.new.clone(),
            old_status: open.old_status,
        };
        let (route, asked, limits) = (open.route.clone(), open.asked.clone(), self.limits);
        let recorder = self.recorder.clone();
        let judged = spawn_blocking(move || {
            let is_noise = |judgement: &_| recorder.is_noise(route.heading, judgement);
            judge::sandwich(&reading, &route, &asked, &limits, is_noise)
        })
        .await;
        let sandwich = judged.ok()??;
        open.new_said(new, held);
        Some((at, sandwich))
    }

    /// The pair is judged as any other. `second`: what old said when it was asked again, where it was.
    async fn control(&self, both: Both, second: Option<Option<(Reply, Holding)>>) {
        let (recorder, limits) = (self.recorder.clone(), self.limits);
        let judged = spawn_blocking(move || {
            let Some(judgement) = both.judge(&limits) else {
                return recorder.settle(both, Outcome::BothFailed);
            };
            let second = second.map(|read| read.map(|(reply, _)| reply));
            let (control, triple) = judge::control(&both, second, &judgement, &limits);
            both.case.folio().book(|rereads| rereads.control(control));
            let heading = both.route.heading;
            if let (Ok(old), Ok(new)) = (&both.old.observation.result, &both.new.observation.result) {
                recorder.noises.see_heads(heading, &old.fields, &new.fields);
            }
            // Judged by what was known before it.
            recorder.judged(both, judgement);
            if let Some(triple) = triple {
                recorder.noises.see(heading, &triple);
            }
        });
        if judged.await.is_err() {
            tracing::error!("the judgement of a control pair broke off");
        }
    }

    /// One reply of one side to what it was asked before.
    async fn read(&self, side: Side, asked: &Asked) -> Option<(Reply, Holding)> {
        let again = asked.again.as_ref()?;
        let (upstream, sent) = match side {
            Side::Old => (&self.old, &again.old),
            Side::New => (&self.new, &again.new),
        };
        // New is given time to recover.
        if side == Side::New && matches!(self.admission.breaker_state(), State::Open { .. }) {
            return None;
        }
        let head = head::again(sent, &self.dice);
        let copy = Copy { method: asked.method.clone(), head, body: Chunks::default(), holding: None };
        let alarm = Alarm::new(&self.ticker);
        alarm.limit(Some(self.timeout));
        let capture = Capture::new(self.max_body, self.admission.budget().clone());
        let read = exchange::ask(upstream, &copy, Reuse::IfSurelyOpen, capture, &alarm, |_, _| Ok(())).await;
        self.sent.of(side, read.is_ok()).inc();
        read.ok()
    }
}

/// Returns when the program begins to end.
async fn drained(phase: &mut watch::Receiver<Phase>) {
    // A sender that is gone is an end as well.
    let _ = phase.wait_for(|phase| *phase >= Phase::Draining).await;
}
