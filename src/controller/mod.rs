//! THE CONTROL PATH: one mailbox, one loop; the only writer of rollout state.
//!
//! Decides nothing itself: `domain::gate` judges, `domain::rollout` steps, and what they say is carried out here in
//! the order they say it. A revert is published before anything else is done about it.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    domain::{
        evidence::Summary,
        gate::Decision,
        rollout::{Event, Refusal, State},
    },
    store::{archive::Health, flags::Flags},
};

/// The door to the controller. Cheap to clone.
#[derive(Clone)]
pub struct Controller {
    mailbox: mpsc::Sender<Asked>,
    view: watch::Receiver<Arc<View>>,
    flags: Arc<Flags>,
}

/// One wish, and where its answer goes.
pub struct Asked {
    pub rollout: String,
    pub event: Event,
    pub answer: oneshot::Sender<Result<State, Refusal>>,
}

/// Everything there is to see, at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub at_millis: u64,
    /// In the order of the config.
    pub rollouts: Vec<RolloutView>,
    pub store: Health,
    /// Facts that were lost for want of room.
    pub facts_lost: u64,
    /// The file that brings every read back while it exists.
    pub killed: bool,
    /// What came of the last reload.
    pub reload: Option<Reload>,
}

#[derive(Clone, Debug)]
pub struct RolloutView {
    pub id: String,
    pub ladder: Vec<crate::domain::plan::Stage>,
    pub automatic: bool,
    pub state: State,
    pub decision: Decision,
    /// In the order of the config.
    pub routes: Vec<Summary>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    pub at_millis: u64,
    /// Why the old settings stayed, if they did.
    pub problem: Option<String>,
}

impl Controller {
    pub fn new(
        mailbox: mpsc::Sender<Asked>,
        view: watch::Receiver<Arc<View>>,
        flags: Arc<Flags>,
    ) -> Controller {
        Controller { mailbox, view, flags }
    }

    /// What there is to see now.
    pub fn view(&self) -> Arc<View> {
        self.view.borrow().clone()
    }

    /// Asks for a move of one rollout. A revert is carried out even where nobody reads the mailbox any more.
    pub async fn ask(&self, rollout: &str, event: Event) -> Result<State, Refusal> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked { rollout: rollout.to_owned(), event, answer };
        if self.mailbox.send(asked).await.is_err() {
            return Err(Refusal::Stopping);
        }
        answered.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// The published stages.
    pub const fn flags(&self) -> &Arc<Flags> {
        &self.flags
    }
}
