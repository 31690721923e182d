//! Moves as rows: the entry of the journal and the state it leads to, always in one transaction.

use rusqlite::{OptionalExtension as _, Result, Row, Transaction, params, types::Type};

use super::{
    base::{Base, Durability},
    text,
};
use crate::domain::{
    journal::{Draft, Entry, Head, seal_beside, via},
    plan::Stage,
    rollout::{Actor, State},
};

/// The order of `entry`.
pub const ENTRY: &str = "number, at, rollout, actor, via, what, from_stage, to_stage, why, past_gate, version, \
                         evidence, config_digest, previous, seal";

/// What came of a write by compare-and-set.
#[derive(Debug)]
pub enum Outcome {
    Written(Box<Entry>),
    /// The version that is recorded instead.
    Outdated(u64),
    /// Nobody waits for it any more.
    GivenUp,
}

/// Writes both, if the recorded version is `expected` and somebody still waits for it when the file is ours.
pub fn compare_and_set(
    base: &Base,
    draft: Draft,
    state: &State,
    expected: u64,
    is_wanted: impl Fn() -> bool,
) -> Result<Outcome> {
    base.write(Durability::Full, |change| {
        let found = version_of(change, &draft.rollout)?;
        if !is_wanted() {
            return Ok(Outcome::GivenUp);
        }
        if found != expected {
            return Ok(Outcome::Outdated(found));
        }
        let entry = append(change, draft)?;
        put(change, state, &entry)?;
        Ok(Outcome::Written(Box::new(entry)))
    })
}

/// Writes both, whatever is recorded.
pub fn set(base: &Base, draft: Draft, state: &State) -> Result<Entry> {
    base.write(Durability::Full, |change| {
        let entry = append(change, draft)?;
        put(change, state, &entry)?;
        Ok(entry)
    })
}

/// What is recorded of a rollout as it is written in the file.
pub fn recorded(base: &Base, rollout: &str) -> Result<Option<String>> {
    let mut found = base.connection.prepare("SELECT state FROM rollouts WHERE id = ?1")?;
    found.query_row([rollout], |row| row.get(0)).optional()
}

fn version_of(change: &Transaction<'_>, rollout: &str) -> Result<u64> {
    let mut found = change.prepare("SELECT version FROM rollouts WHERE id = ?1")?;
    Ok(found.query_row([rollout], |row| row.get(0)).optional()?.map_or(0, text::count))
}

fn append(change: &Transaction<'_>, draft: Draft) -> Result<Entry> {
    let entry = draft.sealed(&head(change)?);
    let Entry { number, draft, previous, seal } = &entry;
    let mut insert = change.prepare(
        "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    insert.execute(params![
        text::int(*number),
        text::at(draft.at_millis),
        draft.rollout,
        draft.by.name,
        via(draft),
        draft.what,
        draft.from.to_string(),
        draft.to.to_string(),
        draft.why,
        draft.past_gate,
        text::int(draft.version),
        draft.evidence,
        draft.config_digest,
        previous,
        seal,
    ])?;
    let mut end = change.prepare(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    )?;
    end.execute(params!["journal_entries", number.to_string()])?;
    end.execute(params!["journal_seal", seal])?;
    Ok(entry)
}

/// Where the next entry goes. Where entries were cut off at the end, they leave a gap that shows.
fn head(connection: &rusqlite::Connection) -> Result<Head> {
    let said = said_head(connection)?;
    let last = connection
        .prepare("SELECT number, seal FROM journal ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { number: text::count(row.get(0)?), seal: row.get(1)? }))
        .optional()?
        .unwrap_or_default();
    Ok(said.filter(|said| said.number >= last.number).unwrap_or(last))
}

/// Where the journal is said to end, apart from itself.
pub fn said_head(connection: &rusqlite::Connection) -> Result<Option<Head>> {
    let mut meta = connection.prepare("SELECT value FROM meta WHERE name = ?1")?;
    let number: Option<String> = meta.query_row(["journal_entries"], |row| row.get(0)).optional()?;
    let seal: Option<String> = meta.query_row(["journal_seal"], |row| row.get(0)).optional()?;
    let both = number.and_then(|number| number.parse().ok()).zip(seal);
    Ok(both.map(|(number, seal)| Head { number, seal }))
}

fn put(change: &Transaction<'_>, state: &State, entry: &Entry) -> Result<()> {
    let stored = Stored::of(&entry.draft.rollout, state, entry)?;
    let mut put =
        change.prepare("INSERT OR REPLACE INTO rollouts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    put.execute(params![
        stored.id,
        text::int(stored.version),
        stored.stage,
        stored.since,
        stored.latched,
        stored.state,
        text::int(stored.entry),
        stored.seal,
    ])?;
    Ok(())
}

/// A row of `rollouts`.
pub struct Stored {
    pub id: String,
    pub version: u64,
    pub stage: String,
    pub since: String,
    pub latched: Option<String>,
    pub state: String,
    pub entry: u64,
    pub seal: String,
}

impl Stored {
    fn of(id: &str, state: &State, entry: &Entry) -> Result<Stored> {
        let mut stored = Stored {
            id: id.to_owned(),
            version: state.version,
            stage: state.stage.to_string(),
            since: text::at(state.since_millis),
            latched: state.latch.as_ref().map(|latch| latch.why.clone()),
            state: serde_json::to_string(state)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?,
            entry: entry.number,
            seal: String::new(),
        };
        stored.seal = stored.sealed_to(&entry.seal);
        Ok(stored)
    }

    /// As the row says it, column by column.
    fn sealed_to(&self, entry_seal: &str) -> String {
        let Stored { id, version, stage, since, latched, state, entry, seal: _ } = self;
        let columns = serde_json::json!([id, version, stage, since, latched, state, entry]);
        seal_beside(entry_seal, &columns.to_string())
    }

    /// `entry_seal`: of the newest entry of this rollout, with its number.
    pub fn is_what_was_sealed(&self, newest: &Head) -> bool {
        self.entry == newest.number && self.sealed_to(&newest.seal) == self.seal
    }
}

/// Every row of `rollouts`, each with the newest entry about it.
pub fn every(connection: &rusqlite::Connection) -> Result<Vec<(Stored, Head)>> {
    let mut all = connection.prepare(
        "SELECT id, version, stage, since, latched, state, entry, seal, \
         (SELECT max(number) FROM journal WHERE rollout = id), \
         (SELECT j.seal FROM journal j WHERE j.rollout = id ORDER BY number DESC LIMIT 1) \
         FROM rollouts ORDER BY id",
    )?;
    let rows = all.query_map([], |row| {
        let stored = Stored {
            id: row.get(0)?,
            version: text::count(row.get(1)?),
            stage: row.get(2)?,
            since: row.get(3)?,
            latched: row.get(4)?,
            state: row.get(5)?,
            entry: text::count(row.get(6)?),
            seal: row.get(7)?,
        };
        let number: Option<i64> = row.get(8)?;
        let seal: Option<String> = row.get(9)?;
        let newest = Head { number: number.map_or(0, text::count), seal: seal.unwrap_or_default() };
        Ok((stored, newest))
    })?;
    rows.collect()
}

/// A row of the journal, selected by `ENTRY`.
pub fn entry(row: &Row<'_>) -> Result<Entry> {
    let at: String = row.get(1)?;
    let via: String = row.get(4)?;
    let stage = |column: usize| -> Result<Stage> {
        let text: String = row.get(column)?;
        text.parse().map_err(|error: String| odd(column, error))
    };
    Ok(Entry {
        number: text::count(row.get(0)?),
        draft: Draft {
            at_millis: text::millis(&at).ok_or_else(|| odd(1, format!("{at:?} is no moment")))?,
            rollout: row.get(2)?,
            by: Actor {
                name: row.get(3)?,
                via: serde_json::from_value(via.into()).map_err(|error| odd(4, error.to_string()))?,
            },
            what: row.get(5)?,
            from: stage(6)?,
            to: stage(7)?,
            why: row.get(8)?,
            past_gate: row.get(9)?,
            version: text::count(row.get(10)?),
            evidence: row.get(11)?,
            config_digest: row.get(12)?,
        },
        previous: row.get(13)?,
        seal: row.get(14)?,
    })
}

fn odd(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}
