//! The thread that writes: takes what waits, moves first, and keeps trying where it cannot.
//!
//! In trouble a move that somebody waits for is refused at once, one that is to be written in time stays where it is,
//! and evidence gathers. Every few seconds everything is tried anew.

use std::{
    collections::HashMap,
    process,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Found, Settings, Trouble,
    base::Base,
    evidence::Continuity,
    found,
    inbox::{Appetite, Inbox, Work},
    moves::{Awaited, InTime, Move},
    pending::Gathered,
    prune,
    queries::Source,
    rollouts::{self, Outcome},
    rows, text,
};
use crate::{
    clock,
    domain::{
        journal::Draft,
        rollout::{Actor, State, Via},
    },
};

/// How often what failed is tried again, and the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often what is too old is looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

pub struct Writer {
    settings: Settings,
    inbox: Arc<Inbox>,
    /// One run of the program.
    instance: String,
    base: Option<Base>,
    trouble: Option<Trouble>,
    continuity: Continuity,
    /// What is recorded of each rollout as far as this run knows, to be written into a file that takes the place of
    /// another one. As many as there are rollouts.
    known: HashMap<String, (Option<Draft>, State)>,
    look_every: Duration,
    look_at: Instant,
    prune_at: Instant,
}

impl Writer {
    pub fn open(settings: &Settings, inbox: Arc<Inbox>) -> (Writer, Found) {
        let instance = format!("{}/{}", text::at(clock::unix_millis()), process::id());
        let now = clock::now();
        let mut writer = Writer {
            settings: settings.clone(),
            inbox,
            instance,
            base: None,
            trouble: None,
            continuity: Continuity::default(),
            known: HashMap::new(),
            look_every: LOOK_EVERY,
            look_at: now + LOOK_EVERY,
            prune_at: now + PRUNE_EVERY,
        };
        let found = writer.begin().unwrap_or_else(|trouble| {
            let unreadable = Some(trouble.to_string());
            writer.fail(trouble);
            Found { unreadable, ..Found::default() }
        });
        (writer, found)
    }

    fn begin(&mut self) -> Result<Found, Trouble> {
        let base = Base::connect(&self.settings)?;
        let ready = base.prepare(&self.instance);
        if !base.is_current() {
            return ready.map(|()| Found::default());
        }
        let found = found::read(&base.connection, &mut self.continuity);
        let found = found.map_err(|error| base.trouble(&error))?;
        for (rollout, state) in &found.rollouts {
            self.known.insert(rollout.clone(), (None, state.clone()));
        }
        match ready {
            Ok(()) => self.has_opened(base),
            // It can be read, and that is what the start needs.
            Err(trouble) => self.fail(trouble),
        }
        Ok(found)
    }

    fn has_opened(&mut self, base: Base) {
        self.inbox.tell(|health| health.bytes = base.bytes());
        self.base = Some(base);
        self.inbox.set_readable(true);
    }

    /// Until nothing is left and nothing will come.
    pub fn run(mut self) {
        let _end = Ending(self.inbox.clone());
        let mut last_try = false;
        loop {
            let appetite = self.appetite();
            if let Some(trouble) = &self.trouble {
                self.inbox.refuse(trouble);
            }
            match self.inbox.next(appetite, self.look_every) {
                // What is not written now is not written at all.
                Work::End if self.trouble.is_some() && !last_try => {
                    last_try = true;
                    self.look();
                }
                Work::End => break,
                Work::Nothing => {}
                Work::Again => self.look(),
                work => self.work(work),
            }
            self.keep_house();
        }
        // Before anybody is told of the end: the file is closed, and free for another program.
        self.shut();
    }

    /// What fails is tried again only when it is asked for, for tests.
    #[cfg(test)]
    pub fn look_seldom(&mut self) {
        self.look_every = Duration::from_secs(3_600);
        self.look_at = clock::now() + self.look_every;
        self.prune_at = self.look_at;
    }

    const fn appetite(&self) -> Appetite {
        if self.trouble.is_some() { Appetite::Questions } else { Appetite::Everything }
    }

    fn work(&mut self, work: Work) {
        match work {
            Work::Move(next) => self.carry(next),
            Work::Query(query) => match (&self.base, &self.trouble) {
                (Some(base), _) => query(Ok(Source { connection: &base.connection, path: &base.path })),
                (None, Some(trouble)) => query(Err(trouble.clone())),
                (None, None) => query(Err(Trouble::closed())),
            },
            Work::Forget(both) => {
                let done = self.with_base(|base, continuity, _| continuity.forget(base, &both.0, &both.1));
                if self.has_failed(done) {
                    self.inbox.put_back(|_, pending| pending.forget_again(both));
                }
            }
            Work::Evidence(gathered) => self.gather(*gathered),
            Work::Rows(kept) => {
                let done = self.with_base(|base, _, instance| rows::write(base, &kept, instance));
                let lost = done.as_ref().map_or(kept.len() as u64, |left_out| *left_out);
                self.inbox.tell(|health| health.lost_batches += lost);
                self.has_failed(done);
            }
            Work::Settled(settled) => {
                let _ = settled.send(());
            }
            Work::Nothing | Work::Again | Work::End => {}
        }
    }

    fn carry(&mut self, next: Move) {
        match next {
            Move::Awaited(awaited) => self.carry_awaited(*awaited),
            Move::InTime(held) => {
                if !self.carry_in_time(&held) {
                    self.inbox.put_back(|moves, _| moves.put_back(held));
                }
            }
        }
    }

    fn carry_awaited(&mut self, awaited: Awaited) {
        let Awaited { draft, state, expected, answer } = awaited;
        let Some(base) = &self.base else {
            let _ = answer.send(Err(self.trouble.clone().unwrap_or_else(Trouble::closed)));
            return;
        };
        let rollout = draft.rollout.clone();
        let written =
            rollouts::compare_and_set(base, draft.clone(), &state, expected, || !answer.is_closed());
        let told = match written {
            Ok(Outcome::Written(entry)) => {
                self.has_written(draft, state);
                Ok(*entry)
            }
            Ok(Outcome::Outdated(found)) => Err(Trouble::Outdated { rollout, found, expected }),
            Ok(Outcome::GivenUp) => return,
            Err(error) => {
                let trouble = base.trouble(&error);
                self.inbox.tell(|health| health.failed += 1);
                self.fail(trouble.clone());
                Err(trouble)
            }
        };
        let _ = answer.send(told);
    }

    /// Whether it is written.
    fn carry_in_time(&mut self, held: &InTime) -> bool {
        let done = self.with_base(|base, _, _| rollouts::set(base, held.told(), &held.state));
        if self.has_failed(done) {
            self.inbox.tell(|health| health.failed += 1);
            return false;
        }
        self.has_written(held.draft.clone(), held.state.clone());
        true
    }

    fn gather(&mut self, gathered: Gathered) {
        let done = self.with_base(|base, continuity, instance| continuity.write(base, &gathered, instance));
        if self.has_failed(done) {
            self.inbox.put_back(|_, pending| pending.put_back(gathered));
        }
    }

    fn with_base<T>(
        &mut self,
        change: impl FnOnce(&Base, &mut Continuity, &str) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        match &self.base {
            Some(base) => {
                change(base, &mut self.continuity, &self.instance).map_err(|error| base.trouble(&error))
            }
            None => Err(self.trouble.clone().unwrap_or_else(Trouble::closed)),
        }
    }

    fn has_failed<T>(&mut self, done: Result<T, Trouble>) -> bool {
        done.map_err(|trouble| self.fail(trouble)).is_err()
    }

    fn fail(&mut self, trouble: Trouble) {
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::error!(%trouble, "the store is in trouble: no rollout advances until it can be written again");
        }
        let told = trouble.to_string();
        self.inbox.tell(|health| health.trouble = Some(told));
        self.trouble = Some(trouble);
    }

    fn keep_house(&mut self) {
        let now = clock::now();
        if now >= self.look_at {
            self.look();
        }
        if now >= self.prune_at && self.trouble.is_none() {
            self.prune();
        }
    }

    /// Whether the file is still there, and where there is trouble, whether it is over.
    fn look(&mut self) {
        self.look_at = clock::now() + self.look_every;
        if let Some(Err(trouble)) = self.base.as_ref().map(Base::is_still_there) {
            self.shut();
            self.fail(trouble);
        }
        if self.trouble.is_some() {
            match self.recover() {
                Ok(()) => {
                    tracing::info!("the store can be written again");
                    self.trouble = None;
                    self.inbox.tell(|health| health.trouble = None);
                }
                Err(trouble) => self.fail(trouble),
            }
        }
        if let Some(base) = &self.base {
            self.inbox.tell(|health| health.bytes = base.bytes());
        }
    }

    /// Everything that is to be written in time is written, or it is not over yet.
    fn recover(&mut self) -> Result<(), Trouble> {
        match &self.base {
            Some(base) => {
                if let Err(trouble) = base.probe(&self.instance) {
                    // Some troubles of a file are over only for one who opens it anew.
                    if self.settings.dir.is_some() {
                        self.shut();
                    }
                    return Err(trouble);
                }
            }
            None => {
                let base = Base::open(&self.settings, &self.instance)?;
                self.has_opened(base);
            }
        }
        self.write_known()?;
        while let Some(held) = self.inbox.take_in_time() {
            let done = self.with_base(|base, _, _| rollouts::set(base, held.told(), &held.state));
            if let Err(trouble) = done {
                self.inbox.put_back(|moves, _| moves.put_back(held));
                return Err(trouble);
            }
            let InTime { draft, state, .. } = *held;
            self.has_written(draft, state);
        }
        Ok(())
    }

    /// It may be another file, in the place of the one before, and a move that could not be written may have been
    /// written all the same: what this run knows to be recorded of each rollout has to stand in it.
    fn write_known(&self) -> Result<(), Trouble> {
        let Some(base) = &self.base else { return Ok(()) };
        for (rollout, (draft, state)) in &self.known {
            let recorded = rollouts::recorded(base, rollout).map_err(|error| base.trouble(&error))?;
            let same = recorded.and_then(|text| serde_json::from_str::<State>(&text).ok());
            if same.as_ref() != Some(state) {
                let again = written_again(rollout, draft.as_ref(), state);
                rollouts::set(base, again, state).map_err(|error| base.trouble(&error))?;
            }
        }
        Ok(())
    }

    fn has_written(&mut self, draft: Draft, state: State) {
        self.known.insert(draft.rollout.clone(), (Some(draft), state));
        self.inbox.tell(|health| health.written += 1);
    }

    fn shut(&mut self) {
        self.inbox.set_readable(false);
        self.base = None;
    }

    fn prune(&mut self) {
        self.prune_at = clock::now() + PRUNE_EVERY;
        let now_millis = clock::unix_millis();
        let settings = self.settings.clone();
        let done = self.with_base(|base, _, _| prune::pass(base, &settings, now_millis));
        if matches!(done, Ok(true)) {
            self.prune_at = clock::now();
        }
        self.has_failed(done);
    }
}

/// The last entry of this run about a rollout, for a file that does not have it.
fn written_again(rollout: &str, last: Option<&Draft>, state: &State) -> Draft {
    let now_millis = clock::unix_millis();
    let why = "written again into a file that took the place of another one";
    Draft {
        at_millis: now_millis,
        rollout: rollout.to_owned(),
        by: Actor { name: "readshift".to_owned(), via: Via::Start },
        what: "restore".to_owned(),
        from: last.map_or(state.stage, |draft| draft.from),
        to: state.stage,
        why: last.map_or_else(|| why.to_owned(), |draft| format!("{why}; {}", draft.why)),
        past_gate: last.is_some_and(|draft| draft.past_gate),
        version: state.version,
        evidence: last.map(|draft| draft.evidence.clone()).unwrap_or_default(),
        config_digest: last.map(|draft| draft.config_digest.clone()).unwrap_or_default(),
    }
}

/// Nobody waits for a thread that is gone, however it went.
struct Ending(Arc<Inbox>);

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.tell(|health| {
                health.trouble = Some("the thread that writes the store has failed".to_owned())
            });
        }
        self.0.set_readable(false);
        self.0.end();
    }
}
