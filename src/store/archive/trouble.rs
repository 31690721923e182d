//! What is wrong with the store, in words: which file, what it is, what to do.

use std::{io, path::Path};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why something cannot be kept or read. Told to people as it is.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Trouble {
    /// The file, what is wrong with it, and what to do.
    #[error("{0}")]
    Store(String),
    /// Another program moved the rollout meanwhile.
    #[error("the recorded state of {rollout} has version {found}, expected {expected}")]
    Outdated { rollout: String, found: u64, expected: u64 },
    /// The mailbox is full: the disk does not follow.
    #[error("the store is too far behind")]
    Behind,
}

impl Trouble {
    pub(super) fn closed() -> Trouble {
        Trouble::Store("the store is closed: the program is stopping".to_owned())
    }
}

/// What the database said, with the file it is about.
pub fn of(file: &Path, error: &rusqlite::Error) -> Trouble {
    let code = error.sqlite_error_code();
    let file = file.display();
    let told = match code {
        Some(ErrorCode::DiskFull) => format!("{file} cannot be written: the disk is full. Free some space"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            format!("{file} cannot be written: it or its folder is read-only. Let the program write there")
        }
        Some(ErrorCode::CannotOpen) => {
            format!("{file} cannot be opened ({error}). See that its folder is there and may be written to")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => format!(
            "{file} is locked by another program, such as a database shell in the midst of a change. Close that"
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(&file, &error.to_string()),
        _ => format!("{file} cannot be used: {error}"),
    };
    Trouble::Store(told)
}

/// What the operating system said.
pub fn of_io(file: &Path, doing: &str, error: &io::Error) -> Trouble {
    Trouble::Store(format!("{} cannot be {doing}: {error}. Set that right", file.display()))
}

pub fn of_damage(file: &Path, what: &str) -> Trouble {
    Trouble::Store(damaged(&file.display(), what))
}

fn damaged(file: &dyn std::fmt::Display, what: &str) -> String {
    format!(
        "{file} is damaged, or is no database ({what}). It is left as it is: move it away together with the files \
         beside it that end in -wal and -shm, and a new one is begun; the .recover command of the sqlite3 shell may \
         read what is left in the old one"
    )
}
