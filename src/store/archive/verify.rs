//! Whether the record of moves is what was sealed: of an open archive, or of a file from the outside.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{
    FILE, Trouble,
    base::{look, reading},
    queries::Source,
    rollouts, text, trouble,
};
use crate::domain::journal::{Chain, Walk};

/// Entries read at a time: a long read would keep the log of the file from being cut back.
const AT_ONCE: i64 = 500;

/// Checks the journal in a `state_dir`, or in a file, without changing anything: also while a program writes it.
pub fn verify_file(path: &Path) -> Result<Chain, Trouble> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    if !path.exists() {
        return Err(Trouble::Store(format!("{} is not there: nothing has been recorded", path.display())));
    }
    if look(&path)? == 0 {
        return Ok(Chain::Intact { entries: 0 });
    }
    let connection = reading(&path).map_err(|error| trouble::of(&path, &error))?;
    walk(&Source { connection: &connection, path: &path })
}

/// Entry by entry from the first one, then the states they lead to.
pub fn walk(source: &Source<'_>) -> Result<Chain, Trouble> {
    let checked = check(source.connection);
    checked.map_err(|error| source.trouble(&error))
}

fn check(connection: &Connection) -> rusqlite::Result<Chain> {
    let (mut walk, mut last) = (Walk::default(), i64::MIN);
    loop {
        let glance = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        let sql =
            format!("SELECT {} FROM journal WHERE number > ?1 ORDER BY number LIMIT ?2", rollouts::ENTRY);
        let mut page = glance.prepare(&sql)?;
        let mut rows = page.query(params![last, AT_ONCE])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            (last, read) = (row.get(0)?, read + 1);
            let entry = match rollouts::entry(row) {
                Ok(entry) => entry,
                Err(error) => {
                    return Ok(Chain::Broken { number: text::count(last), why: unreadable(&error) });
                }
            };
            if let Err(broken) = walk.step(&entry) {
                return Ok(broken);
            }
        }
        if read < AT_ONCE {
            // Of the same moment as the last entries.
            let broken = unsealed(&glance)?;
            let end = walk.end(rollouts::said_head(&glance)?.as_ref());
            return Ok(match end {
                Chain::Intact { .. } => broken.unwrap_or(end),
                end => end,
            });
        }
    }
}

/// The first rollout whose state is not the one that its newest entry led to.
fn unsealed(glance: &Transaction<'_>) -> rusqlite::Result<Option<Chain>> {
    for (stored, newest) in rollouts::every(glance)? {
        if !stored.is_what_was_sealed(&newest) {
            let why = format!("the recorded state of {} is not the one this entry led to", stored.id);
            return Ok(Some(Chain::Broken { number: newest.number, why }));
        }
    }
    let mut stateless = glance.prepare(
        "SELECT rollout, max(number) FROM journal WHERE rollout NOT IN (SELECT id FROM rollouts) \
         GROUP BY rollout ORDER BY 2 LIMIT 1",
    )?;
    let mut rows = stateless.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (rollout, number): (String, i64) = (row.get(0)?, row.get(1)?);
    let why = format!("the state of {rollout} that this entry led to is missing");
    Ok(Some(Chain::Broken { number: text::count(number), why }))
}

fn unreadable(error: &rusqlite::Error) -> String {
    format!("it cannot be read as it was written: {error}")
}
