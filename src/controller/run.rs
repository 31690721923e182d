//! The loop: wishes, decisions and answers of the store come in, one at a time, and each becomes a step.
//!
//! Never waits for anything but its next message: no file, no judging, no rendering. What takes longer is handed to
//! the store or to the thread that judges, and comes back as a message.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot, watch},
    time::{MissedTickBehavior, interval},
};

use super::{
    Asked, Setup,
    board::Board,
    carry::Written,
    kill_switch::force_all,
    probing::{self, Probed, Probing},
};
use crate::{
    clock,
    domain::{
        gate::Decision,
        journal::Draft,
        rollout::{Actor, Event, Refusal, State, Via},
    },
    store::{archive::Archive, flags::Flags, watched::Watches},
};

/// How often it looks after what nobody tells it: the kill switch, new settings, wishes that wait too long.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A decision older than this says nothing of this moment. One is made every second.
const FRESH: Duration = Duration::from_secs(2);
/// The longest an advance waits for a decision.
const DECIDED_WITHIN: Duration = Duration::from_secs(2);
/// Advances of one rollout that wait for one decision: all but one are refused anyway.
const MOST_WAITING: usize = 8;
/// After a panic, before it goes on.
const BREATHE: Duration = Duration::from_millis(100);

pub type Answer = oneshot::Sender<Result<State, Refusal>>;

/// A decision, and the turn of its rollout it was made in.
pub struct Judged {
    pub place: usize,
    pub turn: u64,
    pub decision: Decision,
}

/// Everything that comes in.
pub struct Inbox {
    pub mailbox: mpsc::Receiver<Asked>,
    pub judged: mpsc::Receiver<Judged>,
    pub killed: watch::Receiver<bool>,
    /// Ends the loop, also when it is dropped.
    pub stop: oneshot::Receiver<()>,
}

pub struct Loop {
    pub(super) board: Arc<Board>,
    pub(super) flags: Arc<Flags>,
    pub(super) archive: Archive,
    pub(super) watches: Arc<Watches>,
    pub(super) setup: Arc<Setup>,
    pub(super) desks: Vec<Desk>,
    /// Handed to the store when everything that has come in is done.
    pub(super) writes: VecDeque<Write>,
    /// What the store has not answered yet.
    pub(super) written: FuturesUnordered<LocalBoxFuture<'static, Written>>,
    /// Runs of probes that somebody waits for.
    pub(super) probing: FuturesUnordered<LocalBoxFuture<'static, Probed>>,
    killed: bool,
}

/// What the loop knows of one rollout.
pub struct Desk {
    pub state: State,
    pub decided: Option<(Decision, Instant)>,
    /// Advances that wait for a decision, and until when.
    pub waiting: Vec<(Waiting, Instant)>,
    pub probing: Probing,
    /// Who waits for the move of this version.
    pub moving: Option<(u64, Answer)>,
    /// Since when the loop sees that reads are held back past it.
    pub forced_since: Option<Instant>,
}

/// An advance whose time has come.
pub struct Waiting {
    pub asked: Asked,
    /// Probes were to be run before it, and nobody did.
    pub unprobed: bool,
}

/// What is to be written down.
pub struct Write {
    pub place: usize,
    pub draft: Box<Draft>,
    pub state: Box<State>,
    pub expected: Option<u64>,
}

/// Runs until it is stopped. After a panic every rollout is brought back before it goes on.
pub fn run(mut this: Loop, mut inbox: Inbox) {
    let mut failed = false;
    loop {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(this.serve(&mut inbox, failed));
            std::io::Result::Ok(())
        }));
        match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::error!(%error, "the controller has no runtime: old serves every read"),
            Err(_) => tracing::error!("the controller failed: old serves every read until it goes on"),
        }
        force_all(&this.flags, true);
        failed = true;
        thread::sleep(BREATHE);
    }
}

impl Loop {
    pub fn new(
        board: Arc<Board>,
        flags: Arc<Flags>,
        archive: Archive,
        watches: Arc<Watches>,
        states: Vec<State>,
    ) -> Loop {
        let desk = |state| {
            let (waiting, probing) = (Vec::new(), Probing::default());
            Desk { state, decided: None, waiting, probing, moving: None, forced_since: None }
        };
        Loop {
            setup: board.setup.load_full(),
            board,
            flags,
            archive,
            watches,
            desks: states.into_iter().map(desk).collect(),
            writes: VecDeque::new(),
            written: FuturesUnordered::new(),
            probing: FuturesUnordered::new(),
            killed: false,
        }
    }

    async fn serve(&mut self, inbox: &mut Inbox, failed: bool) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if failed {
            self.begin_again();
        }
        loop {
            self.look(clock::now());
            self.write();
            tokio::select! {
                biased;
                Some(asked) = inbox.mailbox.recv() => self.hear(asked),
                Some(judged) = inbox.judged.recv() => self.judged(judged),
                Some(written) = self.written.next(), if !self.written.is_empty() => self.answered(written),
                Some(probed) = self.probing.next(), if !self.probing.is_empty() => self.probed(probed),
                Ok(()) = inbox.killed.changed() => {}
                _ = &mut inbox.stop => break,
                _ = ticks.tick() => self.expire(),
            }
        }
        inbox.mailbox.close();
        while let Ok(asked) = inbox.mailbox.try_recv() {
            self.hear(asked);
        }
        self.write();
    }

    /// What was under way when the loop failed is unknown, so it is over.
    fn begin_again(&mut self) {
        (self.written, self.probing) = (FuturesUnordered::new(), FuturesUnordered::new());
        for desk in &mut self.desks {
            (desk.decided, desk.moving, desk.probing) = (None, None, Probing::default());
            desk.waiting.clear();
        }
        self.revert_all(&Actor::program(), "the controller failed and began again");
    }

    fn revert_all(&mut self, by: &Actor, why: &str) {
        for place in 0..self.desks.len() {
            self.carry(place, Event::Revert { by: by.clone(), why: why.to_owned() }, None);
        }
    }

    /// What nobody tells it of.
    pub(super) fn look(&mut self, now: Instant) {
        if !Arc::ptr_eq(&self.setup, &self.board.setup.load()) {
            self.setup = self.board.setup.load_full();
            self.admit_all();
        }
        let killed = self.board.is_killed();
        if killed && !self.killed {
            let file = self.setup.kill_switch.as_deref().map(|file| file.display().to_string());
            let why = format!("the file {} exists", file.unwrap_or_default());
            tracing::warn!(why, "kill switch: old serves every read");
            self.revert_all(&Actor { name: "kill switch".to_owned(), via: Via::KillSwitch }, &why);
        } else if !killed && self.killed {
            tracing::warn!("the kill-switch file is gone: rollouts stay latched until they are resumed");
        }
        self.killed = killed;
        if !killed {
            (0..self.desks.len()).for_each(|place| self.catch_up(place, now));
        }
    }

    /// Reads were brought back past the loop, and what they came back from is over. A wish that is on its way says why
    /// itself, so it is given a moment to arrive.
    fn catch_up(&mut self, place: usize, now: Instant) {
        let Some(desk) = self.desks.get_mut(place) else { return };
        if !self.flags.is_forced(place) {
            desk.forced_since = None;
            return;
        }
        let since = *desk.forced_since.get_or_insert(now);
        if now.saturating_duration_since(since) < LOOK_EVERY {
            return;
        }
        desk.forced_since = None;
        let under_way =
            |state: &State| state.stage.is_live() || state.pending.is_some() || state.drilling.is_some();
        if self.desks.get(place).is_some_and(|desk| under_way(&desk.state)) {
            let why = "reads were brought back while the controller did not answer".to_owned();
            self.carry(place, Event::Revert { by: Actor::program(), why }, None);
        }
        self.flags.force_old(place, false);
    }

    pub(super) fn hear(&mut self, asked: Asked) {
        let Some(place) = self.board.place(&asked.rollout) else {
            return tell(asked.answer, Err(Refusal::Unknown { id: asked.rollout }));
        };
        match asked.event {
            Event::Revert { .. } | Event::Off { .. } => {
                self.carry(place, asked.event, Some(asked.answer));
                // Held back until it was made a move of.
                self.flags.force_old(place, self.board.is_killed());
            }
            _ if self.killed => {
                tell(asked.answer, Err(killed()));
            }
            Event::Advance { .. } => {
                if let Some(asked) = self.probe_first(place, asked) {
                    self.decide(place, Waiting { asked, unprobed: false });
                }
            }
            Event::Drill { .. } => self.drill(place, asked),
            Event::Resume { .. } | Event::Approve { .. } | Event::Restart { .. } => {
                self.carry(place, asked.event, Some(asked.answer));
            }
            // Told by parts of the program, never wished for.
            Event::Drilled { .. } | Event::Judged(_) | Event::Recorded { .. } | Event::NotRecorded { .. } => {
                tell(asked.answer, Err(Refusal::Nothing { why: "this is no wish".to_owned() }));
            }
        }
    }

    /// On a decision of this moment, and on no other.
    pub(super) fn decide(&mut self, place: usize, waiting: Waiting) {
        let now = clock::now();
        let Some(desk) = self.desks.get_mut(place) else { return };
        let fresh = |(_, at): &&(Decision, Instant)| now.saturating_duration_since(*at) <= FRESH;
        let Waiting { mut asked, unprobed } = waiting;
        match desk.decided.as_ref().filter(fresh) {
            _ if self.killed => tell(asked.answer, Err(killed())),
            Some((fresh, _)) => {
                if let Event::Advance { decision, .. } = &mut asked.event {
                    decision.clone_from(fresh);
                }
                if unprobed {
                    probing::held(&mut asked.event);
                }
                self.carry(place, asked.event, Some(asked.answer));
            }
            None if desk.waiting.len() >= MOST_WAITING => tell(asked.answer, Err(Refusal::Busy)),
            None => {
                desk.waiting.push((Waiting { asked, unprobed }, now + DECIDED_WITHIN));
                self.board.want();
            }
        }
    }

    /// What was decided of the rollout before now counts no more.
    pub(super) fn judge_anew(&mut self, place: usize) {
        if let Some(desk) = self.desks.get_mut(place) {
            desk.decided = None;
        }
        // Last: whoever sees the new turn sees everything before it.
        self.board.next_turn(place);
        self.board.want();
    }

    /// Back, measured, and up again. Measured is the time from the wish to the moment from which every request is
    /// planned for old. Those that are under way on new then are not waited for: nobody plans them any more.
    fn drill(&mut self, place: usize, asked: Asked) {
        match self.take(place, asked.event) {
            Err(refusal) => tell(asked.answer, Err(refusal)),
            Ok(()) => {
                let took = clock::now().saturating_duration_since(asked.at);
                self.carry(place, Event::Drilled { took }, Some(asked.answer));
            }
        }
    }

    pub(super) fn judged(&mut self, judged: Judged) {
        let Judged { place, turn, decision } = judged;
        if turn != self.board.turn(place) {
            // It is about what is over.
            return self.board.want();
        }
        let Some(desk) = self.desks.get_mut(place) else { return };
        desk.decided = Some((decision.clone(), clock::now()));
        let waiting = std::mem::take(&mut desk.waiting);
        if !self.must_probe(place, &decision) {
            self.carry(place, Event::Judged(decision), None);
        }
        for (advance, _) in waiting {
            self.decide(place, advance);
        }
    }

    fn expire(&mut self) {
        let now = clock::now();
        for desk in &mut self.desks {
            for (Waiting { asked, .. }, _) in desk.waiting.extract_if(.., |(_, until)| *until <= now) {
                let unmet = vec!["the evidence is not being judged".to_owned()];
                tell(asked.answer, Err(Refusal::Held { unmet }));
            }
        }
    }
}

fn killed() -> Refusal {
    Refusal::Frozen { why: "the kill-switch file exists".to_owned() }
}

/// Whoever asked may have stopped listening.
pub fn tell(answer: Answer, outcome: Result<State, Refusal>) {
    let _ = answer.send(outcome);
}
