//! A look at a file that changes nothing in it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{
    super::{Trouble, schema, trouble},
    BUSY,
};

/// To read from while another thread, or another program, writes.
pub fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// What is read at start. The others are for people, may be large, and are not looked through here.
const WHOLE: [&str; 5] = ["meta", "rollouts", "journal", "evidence_state", "units"];

/// What is wrong with the file, if anything is. Gives its version: 0 where it is empty.
pub fn look(path: &Path) -> Result<usize, Trouble> {
    let opened = reading(path).and_then(|connection| Ok((read(&connection)?, connection)));
    let (facts, connection) = opened.map_err(|error| trouble::of(path, &error))?;
    let version = judge(path, &facts)?;
    if version == schema::version() {
        let damage = damage(&connection).map_err(|error| trouble::of(path, &error))?;
        damage.map_or(Ok(()), |what| Err(trouble::of_damage(path, &what)))?;
    }
    Ok(version)
}

fn judge(path: &Path, facts: &Facts) -> Result<usize, Trouble> {
    let Facts { application, version, tables } = *facts;
    let newest = schema::version();
    if tables == 0 && version == 0 {
        Ok(0)
    } else if application != schema::APPLICATION {
        Err(Trouble::Store(format!(
            "{} is a database of another program. It is left as it is: give readshift a state_dir of its own",
            path.display()
        )))
    } else if version > newest {
        Err(Trouble::Store(format!(
            "{} was written by a newer readshift (its tables have version {version}, this one knows {newest}). It is \
             left as it is: run the newer program, or give this one another state_dir",
            path.display()
        )))
    } else {
        Ok(version)
    }
}

struct Facts {
    application: i32,
    version: usize,
    tables: i64,
}

/// What the database finds wrong with its own pages.
fn damage(connection: &Connection) -> rusqlite::Result<Option<String>> {
    for table in WHOLE {
        let told: String =
            connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
        if told != "ok" {
            return Ok(Some(told));
        }
    }
    Ok(None)
}

fn read(connection: &Connection) -> rusqlite::Result<Facts> {
    Ok(Facts {
        application: connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        version: schema::version_of(connection)?,
        tables: connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    })
}
