//! Rows for people: signatures, samples, aggregates, probes. Best effort.

use rusqlite::{ErrorCode, Result, Transaction, params};

use super::{
    Row,
    base::{Base, Durability},
    text,
};

/// Writes them in one transaction; a row that does not fit its table is left out. Gives how many were.
pub fn write(base: &Base, rows: &[Row], instance: &str) -> Result<u64> {
    base.write(Durability::Normal, |change| {
        let mut left_out = 0;
        for row in rows {
            match put(change, row, instance) {
                Ok(()) => {}
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    left_out += 1
                }
                Err(error) => return Err(error),
            }
        }
        Ok(left_out)
    })
}

fn put(change: &Transaction<'_>, row: &Row, instance: &str) -> Result<()> {
    match row {
        Row::Signature { route, signature, requests, first_millis, last_millis } => change
            .prepare("INSERT OR REPLACE INTO signatures VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                route,
                signature,
                instance,
                text::int(*requests),
                text::at(*first_millis),
                text::at(*last_millis)
            ]),
        Row::Sample { route, signature, at_millis, sample } => change
            .prepare("INSERT INTO samples VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![route, signature, text::at(*at_millis), sample.to_string()]),
        Row::Aggregate { route, at_millis, name, group, old, new } => change
            .prepare("INSERT INTO aggregates VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![route, name, text::at(*at_millis), group, old, new]),
        Row::Probe { rollout, name, at_millis, matched, says } => change
            .prepare("INSERT INTO probes VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![rollout, name, text::at(*at_millis), matched, says]),
    }?;
    Ok(())
}
