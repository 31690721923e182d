//! The door to the archive: hands things in, and says how it does. Nothing here touches a file.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Chain, EvidenceBatch, Found, Health, Row, Settings, Trouble,
    inbox::Inbox,
    moves::{Awaited, InTime, Move},
    queries::{self, KeptMinute, KeptSample, Query},
    verify,
    writer::Writer,
};
use crate::domain::{
    journal::{Draft, Entry},
    rollout::State,
};

/// Questions on their way to the thread that reads. Each is a person's.
const MOST_QUERIES: usize = 64;

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    inner: Arc<Inner>,
}

struct Inner {
    inbox: Arc<Inbox>,
    /// To the thread that reads the file. What is in memory is read by the thread that writes.
    reader: Option<mpsc::SyncSender<Query>>,
}

/// An answer that comes later.
type Later<T> = oneshot::Receiver<Result<T, Trouble>>;

impl Archive {
    /// Opens what there is, and starts the thread that writes. A file that is newer than the program, or is none of
    /// its own, is left as it is and told of; the archive then works in memory and says so in `health`: what is to be
    /// written in time is kept, what is asked for is refused, and the file is tried again every few seconds.
    pub fn open(settings: &Settings) -> (Archive, Found) {
        Archive::open_with(settings, |_| {})
    }

    pub(super) fn open_with(settings: &Settings, change: impl FnOnce(&mut Writer)) -> (Archive, Found) {
        let inbox = Arc::new(Inbox::default());
        let (mut writer, found) = Writer::open(settings, inbox.clone());
        change(&mut writer);
        let reader = settings.dir.as_deref().and_then(|dir| read(dir, &inbox));
        let spawned = thread::Builder::new().name("archive".to_owned()).spawn(move || writer.run());
        if let Err(error) = spawned {
            inbox.end();
            inbox.tell(|health| {
                health.trouble =
                    Some(format!("the thread that writes the store could not be started: {error}"));
            });
        }
        (Archive { inner: Arc::new(Inner { inbox, reader }) }, found)
    }

    /// Writes the entry and the state it leads to in one transaction, if the recorded version is `expected`; of a
    /// rollout that is not recorded that is 0. The answer comes when it is on disk. Who does not wait for it any more
    /// when its turn comes has given it up.
    pub fn record(&self, draft: Draft, state: State, expected: u64) -> Later<Entry> {
        let (answer, answered) = oneshot::channel();
        let next = Move::Awaited(Box::new(Awaited { draft, state, expected, answer }));
        if let Err((Move::Awaited(refused), trouble)) = self.inner.inbox.put(next) {
            let _ = refused.answer.send(Err(trouble));
        }
        answered
    }

    /// Writes the entry and the state whatever was recorded before, as soon as it can be written: kept in memory and
    /// tried again until then. For moves toward safety.
    pub fn record_in_time(&self, draft: Draft, state: State) {
        let (rollout, what) = (draft.rollout.clone(), draft.what.clone());
        let next = Move::InTime(Box::new(InTime { draft, state, dropped: 0 }));
        if let Err((_, trouble)) = self.inner.inbox.put(next) {
            tracing::error!(rollout, what, %trouble, "a move is not written down");
        }
    }

    /// Best effort: what the disk does not follow is lost and counted.
    pub fn keep(&self, batch: EvidenceBatch) {
        self.inner.inbox.keep(batch);
    }

    pub fn note(&self, row: Row) {
        self.inner.inbox.note(row);
    }

    /// The evidence of a route is over.
    pub fn forget(&self, route: &str, epoch: &str) {
        self.inner.inbox.forget(route, epoch);
    }

    /// The newest entries, newest first; of one rollout where one is named.
    pub fn journal(&self, rollout: Option<String>, most: usize) -> Later<Vec<Entry>> {
        self.ask(move |base| queries::journal(base, rollout.as_deref(), most))
    }

    pub fn verify(&self) -> Later<Chain> {
        self.ask(verify::walk)
    }

    /// The newest samples of a route, newest first.
    pub fn samples(&self, route: String, most: usize) -> Later<Vec<KeptSample>> {
        self.ask(move |base| queries::samples(base, &route, most))
    }

    /// The minutes of a route from that moment on, the oldest first, by stage and epoch, of all runs of the program
    /// together.
    pub fn minutes(&self, route: String, since_millis: u64, most: usize) -> Later<Vec<KeptMinute>> {
        self.ask(move |base| queries::minutes(base, &route, since_millis, most))
    }

    pub fn health(&self) -> Health {
        self.inner.inbox.health()
    }

    /// What failed is tried again now, and not in a few seconds.
    pub fn try_again(&self) {
        self.inner.inbox.again();
    }

    /// Resolves when everything handed in before is written, or was tried and failed.
    pub fn settle(&self) -> oneshot::Receiver<()> {
        self.inner.inbox.settle()
    }

    /// Everything handed in is written, or given up at the deadline; then the file is closed.
    pub fn close(&self, deadline: Duration) {
        self.inner.inbox.close();
        self.inner.inbox.wait_for_the_end(deadline);
        let left = self.health().waiting;
        if left > 0 {
            tracing::error!(left, "moves toward old are not written down: the store could not be written");
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&queries::Source<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Later<T> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |source| {
            let _ = answer.send(source.and_then(|source| question(&source)));
        });
        self.hand(query);
        answered
    }

    /// On the thread that writes, with its connection.
    #[cfg(test)]
    pub(super) fn ask_writer(&self, query: Query) {
        assert!(self.inner.inbox.ask(query).is_ok());
    }

    fn hand(&self, query: Query) {
        let refused = match &self.inner.reader {
            None => self.inner.inbox.ask(query).err(),
            Some(reader) => reader.try_send(query).err().map(|error| match error {
                mpsc::TrySendError::Full(query) => (query, Trouble::Behind),
                mpsc::TrySendError::Disconnected(query) => (query, Trouble::closed()),
            }),
        };
        if let Some((query, trouble)) = refused {
            query(Err(trouble));
        }
    }
}

impl Drop for Inner {
    /// Nobody can hand anything in any more.
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// A thread of its own for questions, so that a long answer never delays a move.
fn read(dir: &Path, inbox: &Arc<Inbox>) -> Option<mpsc::SyncSender<Query>> {
    let (questions, asked) = mpsc::sync_channel::<Query>(MOST_QUERIES);
    let (path, inbox) = (dir.join(super::FILE), inbox.clone());
    let reading = move || {
        for query in asked {
            if inbox.is_readable() {
                queries::read(&path, query);
            } else {
                // What lies there may be another program's.
                query(Err(inbox.health().trouble.map_or_else(Trouble::closed, Trouble::Store)));
            }
        }
    };
    thread::Builder::new().name("archive-reader".to_owned()).spawn(reading).ok().map(|_| questions)
}
