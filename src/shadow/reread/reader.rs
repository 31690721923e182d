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
        observation::{Failure, Reply},
        payload::Chunks,
        recheck::{Next, Recheck, Sandwich},
        side::Side,
    },
    metrics::BySideAndResult,
    net::{
        alarm::{Alarm, Ticker},
        capture::{Capture, Holding},
        message::ReplyHead,
        server::Phase,
        upstream::{Reuse, Upstream},
    },
    shadow::{
        exchange::{self, Copy, GoesOn, Stopped},
        mirror::{Dice, is_overlong},
        permit::{Admission, Permit},
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
            Job::Control(both, permit) => {
                let usual = both.old.observation.result.as_ref().map_or(0, |reply| reply.status);
                let second = tokio::select! {
                    biased;
                    () = drained(&mut phase) => None,
                    second = self.ask_old(&both.asked, usual, permit) => Some(second),
                };
                self.control(*both, second).await;
            }
            Job::Whole(mut both, permit) => {
                let replies = tokio::select! {
                    biased;
                    () = drained(&mut phase) => None,
                    replies = self.whole(&both, permit) => replies,
                };
                if let Some([old, new]) = replies {
                    // Judged by what is there for everyone; how long each took is known of the request itself.
                    for (seen, (reply, holding)) in [(&mut both.old, old), (&mut both.new, new)] {
                        seen.observation.result = Ok(reply);
                        seen.holding = Some(holding);
                    }
                }
                self.judge(*both).await;
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
                Some((at, sandwich)) => {
                    if sandwich.olds && !sandwich.agrees() {
                        open.differs(at);
                    }
                    recheck.saw(at, sandwich);
                }
                None => recheck.failed(),
            }
        }
    }

    /// Old, new, old; `None` where a reply is lacking or cannot be compared.
    async fn sandwich(&self, open: &mut Open) -> Option<(Duration, Sandwich)> {
        // New is given time to recover. Asked before old is, which would be asked for nothing.
        if !matches!(self.admission.breaker_state(), State::Closed { .. }) {
            return None;
        }
        let (first, _first_held) = self.read_old(open).await?;
        let (new, held) = self.ask_new(&open.asked, &first).await?;
        let at = clock::now().saturating_duration_since(open.began);
        let (second, _second_held) = self.read_old(open).await?;
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
        open.new_said(new, held).then_some((at, sandwich))
    }

    async fn judge(&self, both: Both) {
        let (recorder, limits) = (self.recorder.clone(), self.limits);
        let judged = spawn_blocking(move || {
            let judgement = both.judge(&limits);
            recorder.judged(both, judgement);
        });
        if judged.await.is_err() {
            tracing::error!("the judgement of a pair broke off");
        }
    }

    /// What both sides answer to the request without its conditions; `None` where one does not.
    async fn whole(&self, both: &Both, permit: Permit) -> Option<[(Reply, Holding); 2]> {
        if !matches!(self.admission.breaker_state(), State::Closed { .. }) {
            return None;
        }
        // Any answer to all of it is as good as the one to a part.
        const ANSWERED: u16 = 200;
        let old = self.ask_old(&both.asked, ANSWERED, permit).await?;
        let new = self.ask_new(&both.asked, &old.0).await?;
        Some([old, new])
    }

    async fn read_old(&self, open: &Open) -> Option<(Reply, Holding)> {
        let permit = self.recorder.rereads.leave().ask(clock::now()).ok()?;
        self.ask_old(&open.asked, open.old_status, permit).await
    }

    /// The pair is judged as any other. `second`: what old said when it was asked again, where it was.
    async fn control(&self, both: Both, second: Option<Option<(Reply, Holding)>>) {
        let (recorder, limits) = (self.recorder.clone(), self.limits);
        let judged = spawn_blocking(move || {
            let judgement = both.judge(&limits);
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

    /// What old says to what it was asked before, when its status was `usual`. That it is in trouble now ends
    /// this for others, too.
    async fn ask_old(&self, asked: &Asked, usual: u16, permit: Permit) -> Option<(Reply, Holding)> {
        let again = asked.again.as_ref()?;
        let read = self.ask(Side::Old, asked, &again.old, &|_, _| Ok(())).await;
        match &read {
            Ok((reply, _)) if judge::is_overload(reply.status) && !judge::is_overload(usual) => {
                permit.failed(clock::now());
            }
            Ok(_) => permit.replied(),
            Err(Stopped::Failed(_)) => permit.failed(clock::now()),
            Err(Stopped::Unwanted | Stopped::OutOfBudget) => {}
        }
        read.ok()
    }

    /// What new says to what it was asked before. `old`: what old says, which tells how much there is to read.
    async fn ask_new(&self, asked: &Asked, old: &Reply) -> Option<(Reply, Holding)> {
        let again = asked.again.as_ref()?;
        let (length, coded) = (old.body.length(), old.fields.has("content-encoding"));
        let goes_on = |head: &ReplyHead, so_far| match is_overlong(head, so_far, length, coded) {
            true => Err(Stopped::Failed(Failure::Overlong)),
            false => Ok(()),
        };
        self.ask(Side::New, asked, &again.new, &goes_on).await.ok()
    }

    async fn ask(
        &self,
        side: Side,
        asked: &Asked,
        sent: &[u8],
        goes_on: GoesOn<'_>,
    ) -> Result<(Reply, Holding), Stopped> {
        let upstream = match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        };
        let head = head::again(sent, &self.dice);
        let copy = Copy { method: asked.method.clone(), head, body: Chunks::default(), holding: None };
        let alarm = Alarm::new(&self.ticker);
        alarm.limit(Some(self.timeout));
        let capture = Capture::new(self.max_body, self.admission.budget().clone());
        let read = exchange::ask(upstream, &copy, Reuse::IfSurelyOpen, capture, &alarm, goes_on).await;
        self.sent.of(side, read.is_ok()).inc();
        read
    }
}

/// Returns when the program begins to end.
async fn drained(phase: &mut watch::Receiver<Phase>) {
    // A sender that is gone is an end as well.
    let _ = phase.wait_for(|phase| *phase >= Phase::Draining).await;
}
