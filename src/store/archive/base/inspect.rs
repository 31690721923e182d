//! A look at a file that changes nothing in it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Result};

use super::{
    super::{Trouble, schema, trouble},
    BUSY,
};

/// To read from while another thread, or another program, writes.
pub fn reading(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// What is wrong with the file, if anything is. Gives its version: 0 where it is empty.
pub fn look(path: &Path) -> Result<usize, Trouble> {
    let facts = reading(path).and_then(|connection| read(&connection));
    let Facts { application, version, tables } = facts.map_err(|error| trouble::of(path, &error))?;
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

fn read(connection: &Connection) -> Result<Facts> {
    Ok(Facts {
        application: connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        version: schema::version_of(connection)?,
        tables: connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    })
}
