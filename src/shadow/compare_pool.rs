//! A few threads of low priority that compare what is not the same to the byte.
//!
//! Its queue is bounded; past the bound a pair is shed, and the thread that serves requests never waits.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use prometheus::IntGauge;
use rustix::{process::setpriority_process, thread::gettid};

use super::{read::Both, record::Recorder};
use crate::domain::{compare::Limits, outcome::Outcome};

/// Behind everything that serves requests.
const NICENESS: i32 = 10;

/// Puts this thread behind everything that serves requests.
pub fn step_back() {
    // Refused only where the system does not allow it; then it runs as everyone else.
    let _ = setpriority_process(Some(gettid()), NICENESS);
}

pub struct Pool {
    queue: SyncSender<Both>,
    waiting: IntGauge,
}

impl Pool {
    /// Starts the threads. They end when the pool is dropped and its queue is empty.
    pub fn start(
        threads: usize,
        bound: usize,
        limits: Limits,
        recorder: &Arc<Recorder>,
        waiting: IntGauge,
    ) -> io::Result<(Arc<Pool>, Vec<thread::JoinHandle<()>>)> {
        let (queue, work) = sync_channel::<Both>(bound);
        let work = Arc::new(Mutex::new(work));
        let handles = (0..threads.max(1))
            .map(|n| {
                let (work, recorder, waiting) = (work.clone(), recorder.clone(), waiting.clone());
                thread::Builder::new().name(format!("compare-{n}")).spawn(move || {
                    step_back();
                    while let Some(both) = next(&work) {
                        waiting.dec();
                        judge(both, limits, &recorder);
                    }
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok((Arc::new(Pool { queue, waiting }), handles))
    }

    /// Queued to be compared, or shed.
    pub fn submit(&self, both: Both, recorder: &Recorder) {
        self.queue(both, recorder, Outcome::ShedCompare);
    }

    /// What came of the pair is known, and how it looked is written down where that delays no request. Where there
    /// is no room, its row has to do.
    pub fn note(&self, both: Both, outcome: Outcome, recorder: &Recorder) {
        self.queue(both, recorder, outcome);
    }

    fn queue(&self, both: Both, recorder: &Recorder, otherwise: Outcome) {
        self.waiting.inc();
        match self.queue.try_send(both) {
            Ok(()) => {}
            Err(TrySendError::Full(both) | TrySendError::Disconnected(both)) => {
                self.waiting.dec();
                recorder.settle(both, otherwise);
            }
        }
    }
}

fn next(work: &Mutex<Receiver<Both>>) -> Option<Both> {
    work.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn judge(both: Both, limits: Limits, recorder: &Recorder) {
    let judge = move || {
        let judgement = both.judge(&limits);
        if let Some(note) = both.sow(&judgement, &limits) {
            recorder.notary.put_aside(note);
        }
        recorder.judged(both, judgement);
    };
    // The thread goes on whatever one pair does to it. A pair that is dropped has its row.
    if catch_unwind(AssertUnwindSafe(judge)).is_err() {
        tracing::error!("a judgement could not be written down");
    }
}
