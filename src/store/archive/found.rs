//! What a file tells at start. What is not what was sealed is not gone on with.

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::{Found, evidence, evidence::Continuity, rollouts};
use crate::domain::{journal::Entry, rollout::State};

pub fn read(connection: &Connection, continuity: &mut Continuity) -> Result<Found> {
    let mut found = Found::default();
    for (stored, newest) in rollouts::every(connection)? {
        let state = serde_json::from_str::<State>(&stored.state);
        match state {
            Ok(state) if stored.is_what_was_sealed(&newest) && state.version == stored.version => {
                found.rollouts.push((stored.id, state));
            }
            Ok(_) => found.miss(&format!(
                "what is recorded of {} was changed by somebody else than the program",
                stored.id
            )),
            Err(error) => found.miss(&format!("what is recorded of {} cannot be read ({error})", stored.id)),
        }
    }
    found.evidence = evidence::load(connection, continuity)?;
    found.last_entry = last_entry(connection)?;
    Ok(found)
}

fn last_entry(connection: &Connection) -> Result<Option<Entry>> {
    let sql = format!("SELECT {} FROM journal ORDER BY number DESC LIMIT 1", rollouts::ENTRY);
    match connection.query_row(&sql, [], rollouts::entry).optional() {
        // An entry somebody changed is for `verify` to tell of.
        Err(rusqlite::Error::FromSqlConversionFailure(..)) => Ok(None),
        entry => entry,
    }
}

impl Found {
    fn miss(&mut self, what: &str) {
        self.unreadable = Some(match self.unreadable.take() {
            None => what.to_owned(),
            Some(before) => format!("{before}; {what}"),
        });
    }
}
