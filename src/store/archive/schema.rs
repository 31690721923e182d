//! The tables, and how an older file becomes a present one: forward only, one version at a time, each in one
//! transaction. A version that was ever released is never changed.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

/// In the header of the file, so that a database of another program is not taken for one of ours: `rdsf`.
pub const APPLICATION: i32 = 0x7264_7366;

/// What leads to version 1, 2 and so on.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// What this program writes.
pub fn version() -> usize {
    STEPS.len()
}

/// `PRAGMA user_version`. No program of ours writes a negative one.
pub fn version_of(connection: &Connection) -> Result<usize> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Brings the tables up to the present version. To be called only of a file whose version is known.
pub fn migrate(connection: &Connection) -> Result<()> {
    follow(connection, STEPS)
}

fn follow(connection: &Connection, steps: &[&str]) -> Result<()> {
    let from = version_of(connection)?;
    for (step, sql) in steps.iter().enumerate().skip(from) {
        let change = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        change.execute_batch(sql)?;
        change.pragma_update(None, "application_id", APPLICATION)?;
        change.pragma_update(None, "user_version", i32::try_from(step + 1).unwrap_or(i32::MAX))?;
        change.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDS_A_COLUMN: &str = "ALTER TABLE probes ADD COLUMN took INTEGER NOT NULL DEFAULT 0";

    fn of_version_one() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        follow(&connection, &STEPS[..1]).unwrap();
        connection
            .execute_batch("INSERT INTO probes VALUES ('users', 'ada', '2026-10-01T10:00:00.000Z', 1, '')")
            .unwrap();
        connection
    }

    #[test]
    fn a_file_without_a_version_gets_every_table() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(version_of(&connection), Ok(0));
        migrate(&connection).unwrap();
        assert_eq!(version_of(&connection), Ok(version()));
        let tables: String = connection
            .query_row(
                "SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema WHERE type = 'table' \
                 AND name NOT LIKE 'sqlite%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(
            tables,
            "aggregates evidence evidence_state journal meta probes rollouts samples signatures units"
        );
    }

    #[test]
    fn an_older_file_is_brought_forward_with_all_it_holds() {
        let connection = of_version_one();
        follow(&connection, &[STEPS[0], ADDS_A_COLUMN]).unwrap();
        assert_eq!(version_of(&connection), Ok(2));
        let row = connection.query_row("SELECT name, took FROM probes", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(row, Ok(("ada".to_owned(), 0)));
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let connection = of_version_one();
        let half = "DROP TABLE probes; SELECT * FROM nowhere";
        assert!(follow(&connection, &[STEPS[0], half]).is_err());
        assert_eq!(version_of(&connection), Ok(1));
        let left: i64 = connection.query_row("SELECT count(*) FROM probes", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 1);
    }
}
