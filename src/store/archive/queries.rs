//! Questions people ask of what is kept.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{Minute, Trouble, base::reading, rollouts, text, trouble};
use crate::domain::journal::Entry;

/// Rows one answer has at most.
const MOST: usize = 10_000;

/// What is read from, and its name for words.
pub struct Source<'a> {
    pub connection: &'a Connection,
    pub path: &'a Path,
}

/// One question. It answers by itself.
pub type Query = Box<dyn FnOnce(Result<Source<'_>, Trouble>) + Send>;

/// A kept sample.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSample {
    pub signature: String,
    pub at_millis: u64,
    pub sample: serde_json::Value,
}

/// The counts of one minute of one stage and epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMinute {
    pub stage: String,
    pub epoch: String,
    pub minute: Minute,
}

impl Source<'_> {
    pub fn trouble(&self, error: &rusqlite::Error) -> Trouble {
        trouble::of(self.path, error)
    }
}

/// Asks the file.
pub fn read(path: &Path, query: Query) {
    match reading(path) {
        Ok(connection) => query(Ok(Source { connection: &connection, path })),
        Err(error) => query(Err(trouble::of(path, &error))),
    }
}

pub fn journal(source: &Source<'_>, rollout: Option<&str>, most: usize) -> Result<Vec<Entry>, Trouble> {
    let sql = format!(
        "SELECT {} FROM journal WHERE ?1 IS NULL OR rollout = ?1 ORDER BY number DESC LIMIT ?2",
        rollouts::ENTRY
    );
    let read = || -> rusqlite::Result<Vec<Entry>> {
        let mut entries = source.connection.prepare(&sql)?;
        entries.query_map(params![rollout, limit(most)], rollouts::entry)?.collect()
    };
    read().map_err(|error| source.trouble(&error))
}

pub fn samples(source: &Source<'_>, route: &str, most: usize) -> Result<Vec<KeptSample>, Trouble> {
    let read = || -> rusqlite::Result<Vec<KeptSample>> {
        let mut samples = source.connection.prepare(
            "SELECT signature, at, sample FROM samples WHERE route = ?1 ORDER BY at DESC, rowid DESC LIMIT ?2",
        )?;
        let rows = samples.query_map(params![route, limit(most)], |row| {
            let (at, sample): (String, String) = (row.get(1)?, row.get(2)?);
            Ok(KeptSample {
                signature: row.get(0)?,
                at_millis: text::millis(&at).unwrap_or(0),
                sample: serde_json::from_str(&sample).unwrap_or_default(),
            })
        })?;
        rows.collect()
    };
    read().map_err(|error| source.trouble(&error))
}

pub fn minutes(
    source: &Source<'_>,
    route: &str,
    since_millis: u64,
    most: usize,
) -> Result<Vec<KeptMinute>, Trouble> {
    let read = || -> rusqlite::Result<Vec<KeptMinute>> {
        let mut minutes = source.connection.prepare(
            "SELECT minute, stage, epoch, sum(requests), sum(compared), sum(matched), sum(forgiven), \
             sum(mismatched), sum(vacuous), sum(dropped), sum(new_served), sum(new_failed), sum(rescued), sum(units) \
             FROM evidence WHERE route = ?1 AND minute >= ?2 GROUP BY minute, stage, epoch \
             ORDER BY minute, stage, epoch LIMIT ?3",
        )?;
        let rows = minutes.query_map(params![route, text::at(since_millis), limit(most)], |row| {
            let at: String = row.get(0)?;
            let count = |column| row.get(column).map(text::count);
            let minute = Minute {
                minute: text::millis(&at).unwrap_or(0) / 60_000,
                requests: count(3)?,
                compared: count(4)?,
                matched: count(5)?,
                forgiven: count(6)?,
                mismatched: count(7)?,
                vacuous: count(8)?,
                dropped: count(9)?,
                new_served: count(10)?,
                new_failed: count(11)?,
                rescued: count(12)?,
                units: count(13)?,
            };
            Ok(KeptMinute { stage: row.get(1)?, epoch: row.get(2)?, minute })
        })?;
        rows.collect()
    };
    read().map_err(|error| source.trouble(&error))
}

fn limit(most: usize) -> i64 {
    i64::try_from(most.min(MOST)).unwrap_or(0)
}
