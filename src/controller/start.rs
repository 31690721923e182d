//! Starting the threads of the control path, and stopping them again.

use std::{io, sync::Arc, thread};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Begun, Controller, Setup,
    board::Board,
    door::MAILBOX,
    evidence::{self, Evidence, unjudged},
    kill_switch,
    run::{self, Inbox, Loop},
};
use crate::store::{archive::Archive, facts::Facts, flags::Flags, noise::Noises, watched::Watches};

/// Decisions on their way to the loop, for each rollout. One is made every second.
const DECISIONS: usize = 8;

/// What the control path works with.
pub struct Parts {
    pub setup: Setup,
    pub flags: Arc<Flags>,
    pub facts: Arc<Facts>,
    /// What is watched beside the comparison.
    pub watches: Arc<Watches>,
    /// Where old differs from itself.
    pub noises: Arc<Noises>,
    pub archive: Archive,
}

/// The threads.
pub struct Running {
    board: Arc<Board>,
    archive: Archive,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Starts the threads. When it returns, a kill switch that is there holds already.
pub fn start(parts: Parts, begun: Begun) -> io::Result<(Controller, Running)> {
    let Parts { setup, flags, facts, watches, noises, archive } = parts;
    for (mut draft, state) in begun.entries {
        draft.config_digest.clone_from(&setup.digest);
        archive.record_in_time(draft, state);
    }
    let (mailbox, asked) = mpsc::channel(MAILBOX);
    let (judged, decisions) = mpsc::channel(DECISIONS * begun.states.len().max(1));
    let (view, seen) = watch::channel(Arc::new(unjudged(&setup, &begun.states)));
    let board = Arc::new(Board::new(setup, &begun.states));
    let killed = kill_switch::start(&board, &flags)?;
    let (stop, stopped) = oneshot::channel();
    let inbox = Inbox { mailbox: asked, judged: decisions, killed, stop: stopped };
    let this = (board.clone(), flags.clone(), archive.clone(), watches.clone(), begun.states);
    let controller = thread::Builder::new().name("controller".to_owned()).spawn(move || {
        let (board, flags, archive, watches, states) = this;
        run::run(Loop::new(board, flags, archive, watches, states), inbox);
    })?;
    let watching = Evidence {
        board: board.clone(),
        facts,
        watches,
        noises,
        flags: flags.clone(),
        archive: archive.clone(),
        judged,
        view,
    };
    let kept = begun.evidence;
    let judging =
        thread::Builder::new().name("evidence".to_owned()).spawn(move || evidence::run(watching, kept))?;
    let door = Controller::new(mailbox, seen, flags).with_board(board.clone());
    Ok((door, Running { board, archive, stop: Some(stop), threads: vec![controller, judging] }))
}

impl Running {
    /// Ends the threads, the evidence kept, and closes the archive.
    pub fn stop(mut self, deadline: std::time::Duration) {
        self.end();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the control path ended by a panic");
            }
        }
        self.archive.close(deadline);
    }

    fn end(&mut self) {
        self.board.stop();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Where the program does not come up, no thread is left behind.
impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
