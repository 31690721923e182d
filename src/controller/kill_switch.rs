//! The file that brings every read back to old while it exists. It is only looked for, never opened.
//!
//! On a thread of its own, for a disk that hangs must not hang anybody else. The thread brings reads back itself, past
//! the loop; only the loop lets them go again.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::watch;

use super::board::Board;
use crate::store::flags::Flags;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// At start nothing is served before the first look, and a disk that gives no answer by then is taken for a yes.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// Starts to look, and has looked once when it returns. The thread ends when the receiver is gone.
pub fn start(board: &Arc<Board>, flags: &Arc<Flags>) -> io::Result<watch::Receiver<bool>> {
    let (told, watched) = watch::channel(false);
    let (looked, first) = mpsc::sync_channel(1);
    let mut looking = Looking { board: board.clone(), flags: flags.clone(), told, last: None };
    thread::Builder::new().name("kill-switch".to_owned()).spawn(move || {
        while !looking.told.is_closed() {
            looking.look();
            // Only the first look is waited for.
            let _ = looked.try_send(());
            thread::sleep(LOOK_EVERY);
        }
    })?;
    if first.recv_timeout(FIRST_LOOK).is_err() {
        tracing::error!(
            "nobody can tell whether the kill-switch file exists: old serves every read until then"
        );
        force_all(flags, true);
        board.set_killed(true);
    }
    Ok(watched)
}

/// Nothing is served by new, or what is published holds again.
pub fn force_all(flags: &Flags, forced: bool) {
    (0..flags.len()).for_each(|place| flags.force_old(place, forced));
}

struct Looking {
    board: Arc<Board>,
    flags: Arc<Flags>,
    told: watch::Sender<bool>,
    /// What came of the last look; `None` before the first.
    last: Option<Look>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Exists,
    Missing,
    /// It could not be looked for, and counts as it did before; at start it counts as there.
    Unknown {
        exists: bool,
    },
}

impl Look {
    const fn exists(self) -> bool {
        matches!(self, Look::Exists | Look::Unknown { exists: true })
    }
}

impl Looking {
    fn look(&mut self) {
        let setup = self.board.setup.load();
        let look = setup.kill_switch.as_deref().map_or(Look::Missing, |path| self.look_for(path));
        self.last = Some(look);
        if look.exists() {
            // Each time: whoever has lifted it by mistake is corrected.
            force_all(&self.flags, true);
        }
        self.board.set_killed(look.exists());
        self.told.send_if_modified(|told| std::mem::replace(told, look.exists()) != look.exists());
    }

    fn look_for(&self, path: &Path) -> Look {
        let error = match fs::symlink_metadata(path) {
            Ok(_) => return Look::Exists,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Look::Missing;
            }
            Err(error) => error,
        };
        let look = Look::Unknown { exists: self.last.is_none_or(Look::exists) };
        if self.last != Some(look) {
            tracing::error!(path = %path.display(), %error, "the kill-switch file cannot be looked for");
        }
        look
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        controller::{Setup, tests::ALL},
        domain::plan::Stage,
    };

    /// A path in a folder that is this test's alone.
    fn path(test: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("readshift-{}-{test}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder.join("kill")
    }

    fn started(kill_switch: &Path) -> (Arc<Flags>, Arc<Board>) {
        let setup = Setup { kill_switch: Some(kill_switch.to_owned()), ..Setup::default() };
        let (board, flags) = (Arc::new(Board::new(setup, &[])), Arc::new(Flags::new([ALL])));
        // Dropped at once: the thread looks once, and ends.
        drop(start(&board, &flags).unwrap());
        (flags, board)
    }

    #[test]
    fn a_file_that_is_there_at_start_holds_before_anything_is_served() {
        let path = path("there");
        fs::write(&path, "").unwrap();
        let (flags, board) = started(&path);
        assert_eq!((flags.stage(0), board.is_killed()), (Stage::Shadow, true));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_file_that_is_not_there_does_nothing() {
        let path = path("missing");
        let (flags, board) = started(&path);
        assert_eq!((flags.stage(0), board.is_killed()), (ALL, false));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_looked_for_at_start_is_taken_to_be_there() {
        let (flags, _) = started(Path::new(&"x".repeat(100_000)));
        assert_eq!(flags.stage(0), Stage::Shadow);
    }
}
