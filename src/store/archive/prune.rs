//! What is too old, or too much, goes; a little at a time, so that a move never waits long behind it.
//!
//! Never the journal, never a rollout, and never the units of evidence that is still gathered.

use rusqlite::{Connection, Result, Transaction, params};

use super::{
    Settings,
    base::{Base, Durability},
    text,
};

/// Rows of one table that go in one pass.
const ROWS: i64 = 1_000;
/// Chunks of units that go in one pass, a page each.
const CHUNKS: i64 = 1_000;
/// Pages given back to the file system in one pass.
const PAGES: i64 = 1_024;
const DAY_MILLIS: u64 = 86_400_000;

/// Tables of things that grow old, with the column that says when they are of. Of too much the first go first: they
/// are the largest, and say the least about a decision.
const AGEING: [(&str, &str); 5] = [
    ("samples", "at"),
    ("aggregates", "at"),
    ("probes", "at"),
    ("signatures", "last_seen"),
    ("evidence", "minute"),
];

/// One pass. Gives whether there is more to do.
pub fn pass(base: &Base, settings: &Settings, now_millis: u64) -> Result<bool> {
    let days = u64::from(settings.keep_days.max(1));
    let oldest = text::at(now_millis.saturating_sub(days.saturating_mul(DAY_MILLIS)));
    let mut more = base.write(Durability::Normal, |change| {
        let mut more = false;
        for (table, column) in AGEING {
            more |= drop_older(change, table, column, &oldest)? >= ROWS;
        }
        // Of a route that is no more in the settings.
        change.execute("DELETE FROM evidence_state WHERE at < ?1", [&oldest])?;
        Ok(more | (drop_orphans(change)? >= CHUNKS))
    })?;
    if used(&base.connection)? > settings.max_bytes {
        more |= base.write(Durability::Normal, drop_oldest)?;
    }
    shrink(&base.connection)?;
    Ok(more)
}

fn drop_older(change: &Transaction<'_>, table: &str, column: &str, oldest: &str) -> Result<i64> {
    let sql = format!(
        "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} < ?1 ORDER BY {column} LIMIT ?2)"
    );
    change.prepare(&sql)?.execute(params![oldest, ROWS]).map(rows)
}

/// Of the first table that holds anything the oldest rows.
fn drop_oldest(change: &Transaction<'_>) -> Result<bool> {
    for (table, column) in AGEING {
        let sql = format!(
            "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} ORDER BY {column} LIMIT ?1)"
        );
        if change.prepare(&sql)?.execute([ROWS])? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Units of evidence that is over.
fn drop_orphans(change: &Transaction<'_>) -> Result<i64> {
    let sql = "DELETE FROM units WHERE (evidence, chunk) IN (SELECT evidence, chunk FROM units \
               WHERE evidence NOT IN (SELECT id FROM evidence_state) LIMIT ?1)";
    change.prepare(sql)?.execute([CHUNKS]).map(rows)
}

/// Bytes in use, without the pages that are free already.
fn used(connection: &Connection) -> Result<u64> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
    Ok(text::count(pages.saturating_mul(number("page_size")?)))
}

fn shrink(connection: &Connection) -> Result<()> {
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut pages = vacuum.query([])?;
    // Each step gives one page back.
    while pages.next()?.is_some() {}
    Ok(())
}

fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
