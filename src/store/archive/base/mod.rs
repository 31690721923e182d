//! The open database: a file that is ours alone, or memory. One set of tables, and one way to write them.
//!
//! A file is looked at before it is written to: what is newer than the program, is none of ours or is damaged stays as
//! it is.

mod inspect;
mod lock;

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::{FILE, Trouble, schema, text, trouble};
use crate::{clock, store::archive::Settings};
pub use inspect::{look, reading};
use lock::Lock;

/// How long a change of another program, such as a database shell, is waited for.
const BUSY: Duration = Duration::from_secs(1);
/// The write-ahead log is cut back to this after it has grown.
const LOG_BYTES: i64 = 16 << 20;
/// In memory, beyond what retention keeps: room for the journal, which nothing removes.
const MEMORY_BEYOND: u64 = 64 << 20;
const PAGE: u64 = 4_096;
/// The most that SQLite can count.
const MOST_PAGES: u64 = 4_294_967_294;

/// How much a power failure may take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was answered. With a write-ahead log `NORMAL` does not give that: it leaves out the fsync at the
    /// commit, so a move that was acknowledged, and then published, could be gone.
    Full,
    /// The last seconds, never half of them. Of evidence that is only a little less of it, and a later commit of a
    /// move brings what was before it to disk as well.
    Normal,
}

pub struct Base {
    pub connection: Connection,
    /// For words, and for the size.
    pub path: PathBuf,
    file: Option<Mine>,
}

/// The file itself, wherever its name leads by now.
struct Mine {
    device: u64,
    inode: u64,
    _lock: Lock,
}

impl Base {
    /// Opens what the settings name: the file, made where there is none, or memory. Nothing of it is changed yet.
    pub fn connect(settings: &Settings) -> Result<Base, Trouble> {
        match &settings.dir {
            None => Base::in_memory(settings.max_bytes),
            Some(dir) => Base::of_file(dir),
        }
    }

    /// Opens it to be written.
    pub fn open(settings: &Settings, instance: &str) -> Result<Base, Trouble> {
        let base = Base::connect(settings)?;
        base.prepare(instance)?;
        Ok(base)
    }

    /// Makes it ready to be written.
    pub fn prepare(&self, instance: &str) -> Result<(), Trouble> {
        self.make_ready(instance).map_err(|error| self.trouble(&error))
    }

    /// Whether its tables are those of this program, so that they can be read even if nothing can be written.
    pub fn is_current(&self) -> bool {
        schema::version_of(&self.connection).is_ok_and(|version| version == schema::version())
    }

    fn in_memory(max_bytes: u64) -> Result<Base, Trouble> {
        let path = PathBuf::from("the store in memory");
        let opened = Connection::open_in_memory().and_then(|connection| {
            let pages = (max_bytes.saturating_add(MEMORY_BEYOND) / PAGE).min(MOST_PAGES);
            connection.pragma_update(None, "max_page_count", text::int(pages))?;
            Ok(connection)
        });
        let connection = opened.map_err(|error| trouble::of(&path, &error))?;
        Ok(Base { connection, path, file: None })
    }

    fn of_file(dir: &Path) -> Result<Base, Trouble> {
        make_dir(dir)?;
        let lock = Lock::take(dir)?;
        let path = dir.join(FILE);
        make_file(&path)?;
        look(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(&path, flags).map_err(|error| trouble::of(&path, &error))?;
        let (device, inode) = identity(&path).map_err(|error| trouble::of_io(&path, "read", &error))?;
        Ok(Base { connection, path, file: Some(Mine { device, inode, _lock: lock }) })
    }

    fn make_ready(&self, instance: &str) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.busy_timeout(BUSY)?;
        // Before there is a table: what is deleted can then be given back to the file system.
        if schema::version_of(connection)? == 0 {
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        // Where the file system cannot have it, this stays with the older journal, which is as safe and slower.
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        schema::migrate(connection)?;
        self.mark(instance)
    }

    /// Writes who has opened it. Shows at once whether it can be written at all.
    fn mark(&self, instance: &str) -> rusqlite::Result<()> {
        let now = text::at(clock::unix_millis());
        self.write(Durability::Normal, |change| {
            let mut put = change.prepare(
                "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            )?;
            change.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('created', ?1)", [&now])?;
            put.execute(["opened", &now])?;
            put.execute(["instance", instance])?;
            put.execute(["program", env!("CARGO_PKG_VERSION")])?;
            put.execute(["schema", &schema::version().to_string()])?;
            Ok(())
        })
    }

    /// Whether it can be written again, after it could not.
    pub fn probe(&self, instance: &str) -> Result<(), Trouble> {
        self.mark(instance).map_err(|error| self.trouble(&error))
    }

    /// One transaction: all of it, or nothing.
    pub fn write<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let level = if durability == Durability::Full { "FULL" } else { "NORMAL" };
        self.connection.pragma_update(None, "synchronous", level)?;
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let changed = change(&transaction)?;
        transaction.commit()?;
        Ok(changed)
    }

    pub fn trouble(&self, error: &rusqlite::Error) -> Trouble {
        trouble::of(&self.path, error)
    }

    /// Whether the name still leads to the file that is open. Where it does not, what is written is lost.
    pub fn is_still_there(&self) -> Result<(), Trouble> {
        let Some(mine) = &self.file else { return Ok(()) };
        if identity(&self.path).is_ok_and(|found| found == (mine.device, mine.inode)) {
            return Ok(());
        }
        Err(Trouble::Store(format!(
            "{} was moved away or replaced while it was in use; another one is begun in its place",
            self.path.display()
        )))
    }

    /// Of the file; 0 in memory.
    pub fn bytes(&self) -> u64 {
        if self.file.is_none() {
            return 0;
        }
        let log = self.path.with_extension("db-wal");
        [&self.path, &log].into_iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.len()).sum()
    }
}

/// What is in it are samples of replies, redacted, and reasons people gave: for the program's own user only.
fn make_dir(dir: &Path) -> Result<(), Trouble> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| trouble::of_io(dir, "made", &error))
}

fn make_file(path: &Path) -> Result<(), Trouble> {
    if path.exists() {
        return Ok(());
    }
    // Left behind by a file that was taken away: what they hold belongs to that one.
    for beside in ["db-wal", "db-shm"] {
        let beside = path.with_extension(beside);
        if beside.exists() {
            return Err(Trouble::Store(format!(
                "{} is there without the file it belongs to. Move it away, or bring {} back",
                beside.display(),
                path.display()
            )));
        }
    }
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| trouble::of_io(path, "made", &error))
}

fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}
