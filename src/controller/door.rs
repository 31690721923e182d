//! How the rest of the program asks for moves and sees what there is to see. Cheap to clone.
//!
//! A way back to old holds here, before the loop has heard of it and whatever has become of the loop: with one store to
//! memory no request is planned for new any more. The loop makes a move of it, with its reason, and lifts that hold.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

use super::{Reload, Setup, View, board::Board, view::undecided};
use crate::{
    clock,
    domain::{
        plan::Stage,
        rollout::{Actor, Event, Latch, Refusal, State},
    },
    store::flags::Flags,
};

/// Wishes that wait to be read. The loop takes microseconds for each.
pub const MAILBOX: usize = 256;

/// Past this the loop is taken not to work.
const PATIENCE: Duration = Duration::from_secs(1);

/// The door to the controller.
#[derive(Clone)]
pub struct Controller {
    mailbox: mpsc::Sender<Asked>,
    view: watch::Receiver<Arc<View>>,
    flags: Arc<Flags>,
    /// Absent where there is nothing behind the door but a mailbox.
    board: Option<Arc<Board>>,
}

/// One wish, and where its answer goes.
pub struct Asked {
    pub rollout: String,
    pub event: Event,
    pub answer: oneshot::Sender<Result<State, Refusal>>,
    /// When it was asked.
    pub at: Instant,
}

impl Controller {
    pub fn new(
        mailbox: mpsc::Sender<Asked>,
        view: watch::Receiver<Arc<View>>,
        flags: Arc<Flags>,
    ) -> Controller {
        Controller { mailbox, view, flags, board: None }
    }

    pub(super) fn with_board(self, board: Arc<Board>) -> Controller {
        Controller { board: Some(board), ..self }
    }

    /// What there is to see now. Decisions and sums are at most a second old, states are not old at all.
    pub fn view(&self) -> Arc<View> {
        let mut view = self.view.borrow().clone();
        let Some(board) = &self.board else { return view };
        for place in 0..view.rollouts.len() {
            let Some(state) = board.state(place) else { continue };
            if view.rollouts.get(place).is_some_and(|shown| shown.state != *state)
                && let Some(shown) = Arc::make_mut(&mut view).rollouts.get_mut(place)
            {
                if shown.decision.from != state.stage {
                    // What was said of the stage before says nothing of this one.
                    shown.decision = undecided(state.stage, &shown.ladder);
                }
                shown.state = State::clone(&state);
            }
        }
        let reload = board.reload.load();
        let (killed, reload) = (board.is_killed(), reload.as_deref());
        if view.killed != killed || view.reload.as_ref() != reload {
            let view = Arc::make_mut(&mut view);
            (view.killed, view.reload) = (killed, reload.cloned());
        }
        view
    }

    /// Asks for a move of one rollout. A way back is carried out even where nobody reads the mailbox any more.
    pub async fn ask(&self, rollout: &str, event: Event) -> Result<State, Refusal> {
        let back = WayBack::of(&event);
        let (answer, answered) = oneshot::channel();
        let asked = Asked { rollout: rollout.to_owned(), event, answer, at: clock::now() };
        let Some(back) = back else {
            return match timeout(PATIENCE, self.mailbox.send(asked)).await {
                Ok(Ok(())) => answered.await.unwrap_or(Err(Refusal::Stopping)),
                Ok(Err(_)) => Err(Refusal::Stopping),
                Err(_) => Err(Refusal::Busy),
            };
        };
        let place = self.place(rollout).ok_or_else(|| Refusal::Unknown { id: rollout.to_owned() })?;
        // In this order: the loop lifts the hold when it has made a move of the wish.
        self.flags.force_old(place, true);
        if back.to == Stage::Off {
            // Reads are back, and copies go on until the loop has stopped them. A wish that is not taken is dropped,
            // and its answer with it.
            drop(self.mailbox.try_send(asked));
            return match timeout(PATIENCE, answered).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => Ok(self.unheard(place, back)),
            };
        }
        if self.mailbox.is_closed() || self.mailbox.capacity() == 0 {
            return Ok(self.unheard(place, back));
        }
        // Nobody who wants reads back waits until another thread gets its turn, not even to be woken. They are back.
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move {
            drop(mailbox.try_send(asked));
            if !matches!(timeout(PATIENCE, answered).await, Ok(Ok(_))) {
                tracing::error!("{UNHEARD}");
            }
        });
        Ok(self.back(place, back))
    }

    /// Every read of every rollout back to old. What each came to is in the log.
    pub async fn revert_all(&self, by: &Actor, why: &str) {
        let wishes = self.ids().into_iter().map(|id| async move {
            let event = Event::Revert { by: by.clone(), why: why.to_owned() };
            match self.ask(&id, event).await {
                Ok(state) => tracing::warn!(rollout = id, by = by.name, stage = %state.stage, "reverted"),
                Err(refusal) => {
                    tracing::error!(rollout = id, by = by.name, %refusal, "could not be reverted")
                }
            }
        });
        futures_util::future::join_all(wishes).await;
    }

    /// The published stages.
    pub const fn flags(&self) -> &Arc<Flags> {
        &self.flags
    }

    /// Other settings are in force from now on, for the same rollouts and the same routes.
    pub fn set_up(&self, setup: Setup) {
        if let Some(board) = &self.board {
            board.setup.store(Arc::new(setup));
            (0..board.rollouts()).for_each(|place| board.next_turn(place));
            board.want();
        }
    }

    /// Settings in force; `None` where there is nothing behind the door.
    pub fn setup(&self) -> Option<Arc<Setup>> {
        self.board.as_ref().map(|board| board.setup.load_full())
    }

    /// Tells everyone what came of a reload.
    pub fn reloaded(&self, reload: Reload) {
        if let Some(board) = &self.board {
            board.reload.store(Some(Arc::new(reload)));
        }
    }

    /// When reads of a rollout were last brought back, in milliseconds since 1970; 0 for never.
    pub fn reverted_millis(&self, place: usize) -> u64 {
        self.board.as_ref().map_or(0, |board| board.reverted_millis(place))
    }

    /// Past the loop, which learns of it from the flags, should it ever go on.
    fn unheard(&self, place: usize, back: WayBack) -> State {
        tracing::error!(place, "{UNHEARD}");
        let why =
            format!("{} (the controller does not answer: old is forced, nothing is recorded)", back.why);
        self.back(place, WayBack { why, ..back })
    }

    /// What the loop will make of it.
    fn back(&self, place: usize, back: WayBack) -> State {
        let mut state = self.state(place).unwrap_or_else(|| State::new(Stage::Shadow, clock::unix_millis()));
        let from = state.stage;
        if from > back.to || state.latch.is_none() || state.pending.is_some() {
            state.version = state.version.max(state.handed).saturating_add(1);
            state.handed = state.version;
        }
        state.pending = None;
        state.stage = from.min(back.to);
        state.latch.get_or_insert_with(|| Latch {
            by: back.by,
            why: back.why,
            at_millis: clock::unix_millis(),
            from,
        });
        state
    }

    /// As new as it is, without all the rest there is to see.
    fn state(&self, place: usize) -> Option<State> {
        match &self.board {
            Some(board) => board.state(place).map(|state| State::clone(&state)),
            None => self.view.borrow().rollouts.get(place).map(|shown| shown.state.clone()),
        }
    }

    fn place(&self, id: &str) -> Option<usize> {
        match &self.board {
            Some(board) => board.place(id),
            None => self.view.borrow().rollouts.iter().position(|rollout| rollout.id == id),
        }
    }

    fn ids(&self) -> Vec<String> {
        match &self.board {
            Some(board) => (0..board.rollouts()).map(|place| board.id(place).to_owned()).collect(),
            None => self.view.borrow().rollouts.iter().map(|rollout| rollout.id.clone()).collect(),
        }
    }
}

const UNHEARD: &str = "the controller does not answer: reads were brought back past it, unrecorded";

/// Who wants reads back, how far, and why.
struct WayBack {
    by: Actor,
    why: String,
    to: Stage,
}

impl WayBack {
    fn of(event: &Event) -> Option<WayBack> {
        match event {
            Event::Revert { by, why } => {
                Some(WayBack { by: by.clone(), why: why.clone(), to: Stage::Shadow })
            }
            Event::Off { by, why } => Some(WayBack { by: by.clone(), why: why.clone(), to: Stage::Off }),
            _ => None,
        }
    }
}
