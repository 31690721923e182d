//! What is done about trouble: the file is looked at again, and when it can be written, what waited is written first.

use std::time::Duration;

use super::{
    super::{Trouble, base::Base, moves::InTime, rollouts},
    Writer,
};
use crate::{
    clock,
    domain::{
        journal::Draft,
        rollout::{Actor, State, Via},
    },
};

/// How seldom what fails again and again is tried: a damaged file is read through each time.
const SELDOM: Duration = Duration::from_secs(10);

impl Writer {
    /// Whether the file is still there, and where there is trouble, whether it is over.
    pub(super) fn look(&mut self) {
        if let Some(Err(trouble)) = self.base.as_ref().map(Base::is_still_there) {
            self.shut();
            self.fail(trouble);
        }
        if self.trouble.is_some() {
            match self.recover() {
                Ok(()) => {
                    tracing::info!("the store can be written again");
                    self.trouble = None;
                    self.tries = 0;
                    self.inbox.tell(|health| health.trouble = None);
                }
                Err(trouble) => {
                    self.tries = self.tries.saturating_add(1);
                    self.fail(trouble);
                }
            }
        }
        self.look_at = clock::now() + self.pause();
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

    /// Before the next look.
    fn pause(&self) -> Duration {
        let longer = self.look_every.saturating_mul(1 << self.tries.min(8));
        longer.min(SELDOM.max(self.look_every))
    }
}

/// The last entry of this run about a rollout, for a file that does not have it.
fn written_again(rollout: &str, last: Option<&Draft>, state: &State) -> Draft {
    let now_millis = clock::unix_millis();
    let why = "the file did not hold what the program goes by, so it was written again";
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
