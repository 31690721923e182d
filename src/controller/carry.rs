//! Steps, and the carrying out of what they say, in the order they say it.
//!
//! What is published holds with one store to memory, and is the first thing done. What is to be written down is only
//! queued here, behind the answer to whoever asked; the store gets it when everything that has come in is done.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::{sync::oneshot, time::timeout};

use super::run::{Answer, Loop, Write, tell};
use crate::{
    clock,
    domain::{
        journal::Entry,
        plan::Stage,
        rollout::{Effect, Event, Refusal, State, Via, admit, step},
    },
    store::archive::Trouble,
};

/// A move that is not on disk by then is given up. Should it be written later, it is taken back.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);
/// Answers of the store waited for at once, those that were given up included.
const MOST_UNANSWERED: usize = 64;

type Receipt = oneshot::Receiver<Result<Entry, Trouble>>;

/// What came of handing a move to the store.
pub struct Written {
    pub(super) place: usize,
    pub(super) version: u64,
    pub(super) came: Came,
}

pub(super) enum Came {
    /// It is on disk.
    Done,
    Failed(Trouble),
    /// Nobody will answer any more.
    Gone,
    /// Not yet. What it comes to is still waited for.
    NotYet(Receipt),
}

impl Loop {
    /// One step, its effects, and the answer: at once, or where a move has to be recorded first, when that is known.
    pub fn carry(&mut self, place: usize, event: Event, answer: Option<Answer>) {
        let taken = self.take(place, event);
        let (Some(answer), Some(desk)) = (answer, self.desks.get_mut(place)) else { return };
        match (taken, &desk.state.pending) {
            (Err(refusal), _) => tell(answer, Err(refusal)),
            (Ok(()), Some(pending)) => desk.moving = Some((pending.version, answer)),
            (Ok(()), None) => tell(answer, Ok(desk.state.clone())),
        }
    }

    /// One step and its effects.
    pub fn take(&mut self, place: usize, event: Event) -> Result<(), Refusal> {
        let setup = self.setup.clone();
        let (Some(rollout), Some(desk)) = (setup.rollouts.get(place), self.desks.get(place)) else {
            return Err(Refusal::Stopping);
        };
        let not_recorded = match &event {
            Event::NotRecorded { why, .. } => Some(why.clone()),
            _ => None,
        };
        let (state, effects) = step(rollout, &desk.state, event, clock::unix_millis())?;
        self.follow(place, state, effects);
        self.settle(place, not_recorded);
        Ok(())
    }

    /// The settings have changed: each rollout goes on as they admit it.
    pub fn admit_all(&mut self) {
        let setup = self.setup.clone();
        for (place, rollout) in setup.rollouts.iter().enumerate() {
            let Some(desk) = self.desks.get(place) else { continue };
            let (state, effects) = admit(rollout, &desk.state, Via::Program, clock::unix_millis());
            self.follow(place, state, effects);
            self.settle(place, None);
        }
    }

    fn follow(&mut self, place: usize, state: State, effects: Vec<Effect>) {
        let mut void = false;
        for effect in effects {
            match effect {
                Effect::Publish(stage) => {
                    self.publish(place, stage);
                    void = true;
                }
                Effect::Record { draft, state, expected } => {
                    self.writes.push_back(Write { place, draft, state, expected });
                }
                Effect::Forget => {
                    self.board.forget(place);
                    void = true;
                }
            }
        }
        if let Some(desk) = self.desks.get_mut(place)
            && desk.state != state
        {
            self.board.post(place, &state);
            desk.state = state;
        }
        if void {
            if let Some(desk) = self.desks.get_mut(place) {
                desk.probing.moved();
            }
            self.judge_anew(place);
        }
    }

    fn publish(&self, place: usize, stage: Stage) {
        let before = self.flags.published(place).stage;
        self.flags.publish(place, stage);
        if before.is_live() && !stage.is_live() {
            self.board.reverted(place, clock::unix_millis());
        }
    }

    /// Whoever waits for a move that is made, or will not be made any more, is told.
    fn settle(&mut self, place: usize, not_recorded: Option<String>) {
        let Some(desk) = self.desks.get_mut(place) else { return };
        let state = &desk.state;
        let still = |(version, _): &mut (u64, Answer)| {
            state.pending.as_ref().is_none_or(|pending| pending.version != *version)
        };
        let Some((version, answer)) = desk.moving.take_if(still) else { return };
        let outcome = match (state.version == version, not_recorded, &state.latch) {
            (true, ..) => Ok(state.clone()),
            (false, Some(why), _) => Err(Refusal::NotRecorded { why }),
            (false, None, Some(latch)) => Err(Refusal::Latched { why: latch.why.clone() }),
            (false, None, None) => {
                Err(Refusal::NotRecorded { why: "it was given up before it was recorded".to_owned() })
            }
        };
        tell(answer, outcome);
    }

    /// Hands the store what is to be written down.
    pub fn write(&mut self) {
        while let Some(Write { place, mut draft, state, expected }) = self.writes.pop_front() {
            tracing::info!(
                rollout = draft.rollout, what = draft.what, by = draft.by.name, from = %draft.from, to = %draft.to,
                why = draft.why, "rollout"
            );
            draft.config_digest.clone_from(&self.setup.digest);
            let version = state.version;
            match expected {
                None => self.archive.record_in_time(*draft, *state),
                Some(_) if self.written.len() >= MOST_UNANSWERED => {
                    let came = Came::Failed(Trouble::Behind);
                    self.written.push(std::future::ready(Written { place, version, came }).boxed_local());
                }
                Some(expected) => {
                    let receipt = self.archive.record(*draft, *state, expected);
                    self.written.push(in_time(place, version, receipt).boxed_local());
                }
            }
        }
    }

    pub fn answered(&mut self, written: Written) {
        let Written { place, version, came } = written;
        let why = match came {
            Came::Done => return self.carry(place, Event::Recorded { version }, None),
            Came::Failed(Trouble::Outdated { found, rollout, expected }) => {
                let why = Trouble::Outdated { found, rollout, expected }.to_string();
                self.carry(place, Event::NotRecorded { version, why }, None);
                // A move of ours that was given up and written all the same: taken back.
                if self.desks.get(place).is_some_and(|desk| found <= desk.state.handed) {
                    self.carry(place, Event::Recorded { version: found }, None);
                }
                return;
            }
            Came::Failed(trouble) => trouble.to_string(),
            Came::Gone => "the store has ended".to_owned(),
            Came::NotYet(receipt) => {
                self.written.push(late(place, version, receipt).boxed_local());
                format!("the store did not answer within {WRITTEN_WITHIN:?}")
            }
        };
        self.carry(place, Event::NotRecorded { version, why }, None);
    }
}

async fn in_time(place: usize, version: u64, mut receipt: Receipt) -> Written {
    let came = match timeout(WRITTEN_WITHIN, &mut receipt).await {
        Ok(answer) => came(answer),
        Err(_) => Came::NotYet(receipt),
    };
    Written { place, version, came }
}

async fn late(place: usize, version: u64, receipt: Receipt) -> Written {
    Written { place, version, came: came(receipt.await) }
}

fn came(answer: Result<Result<Entry, Trouble>, oneshot::error::RecvError>) -> Came {
    match answer {
        Ok(Ok(_)) => Came::Done,
        Ok(Err(trouble)) => Came::Failed(trouble),
        Err(_) => Came::Gone,
    }
}
