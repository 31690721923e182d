//! One program has a folder at a time. The operating system takes the lock back when the program is gone, however it
//! ended.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::super::{Trouble, trouble};

const FILE: &str = "readshift.lock";

pub struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Lock, Trouble> {
        let path = dir.join(FILE);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|error| trouble::of_io(&path, "made or opened", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Trouble::Store(format!(
                "{} is in use by another readshift. Give each one a state_dir of its own, or stop the other one",
                dir.display()
            ))),
            Err(TryLockError::Error(error)) => Err(trouble::of_io(&path, "locked", &error)),
        }
    }
}
