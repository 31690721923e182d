//! Folders, moves and batches for tests.

use std::{
    fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::json;

use super::super::{Archive, EvidenceBatch, Found, Minute, Settings, Trouble, writer::Writer};
use crate::domain::{
    journal::{Draft, Entry},
    percent::Share,
    plan::Stage,
    rollout::{Actor, State, Via},
};

static NEXT: AtomicU64 = AtomicU64::new(0);

pub const NOW: u64 = 1_790_000_000_000;

/// A folder of its own, gone with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("readshift-archive-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn settings(&self) -> Settings {
        Settings { dir: Some(self.0.clone()), keep_days: 30, max_bytes: 64 << 20 }
    }

    /// What fails is tried again only when the test says so.
    pub fn open(&self) -> (Archive, Found) {
        Archive::open_with(&self.settings(), Writer::look_seldom)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join(super::super::FILE)
    }

    /// Changes the file behind the program's back.
    pub fn change(&self, sql: &str) {
        rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    /// As it would be found if the program ended now.
    pub fn copy(&self) -> Folder {
        let copy = Folder::new();
        for entry in fs::read_dir(&self.0).unwrap() {
            let from = entry.unwrap().path();
            fs::copy(&from, copy.0.join(from.file_name().unwrap())).unwrap();
        }
        copy
    }
}

impl Drop for Folder {
    /// A thread that has just been let go may still be closing its file.
    fn drop(&mut self) {
        for _ in 0..1_000 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            std::thread::yield_now();
        }
    }
}

pub fn in_memory() -> Archive {
    Archive::open(&Settings { dir: None, keep_days: 30, max_bytes: 64 << 20 }).0
}

pub fn live(percent: u32) -> Stage {
    Stage::Live(Share::from_ppm(percent * 10_000).unwrap())
}

/// A move of a rollout to its state of that version: version 3 stands at 3 %.
pub fn moved(rollout: &str, version: u64) -> (Draft, State) {
    let to = live(version as u32 % 100);
    let draft = Draft {
        at_millis: NOW + version,
        rollout: rollout.to_owned(),
        by: Actor { name: "ada".to_owned(), via: Via::Api },
        what: "advance".to_owned(),
        from: Stage::Shadow,
        to,
        why: format!("move {version}"),
        past_gate: false,
        version,
        evidence: r#"{"call":"pass"}"#.to_owned(),
        config_digest: "c0ffee".to_owned(),
    };
    (draft, State { version, ..State::new(to, NOW + version) })
}

pub fn batch(route: &str, epoch: &str, minute: u64, units: &[u64]) -> EvidenceBatch {
    EvidenceBatch {
        route: route.to_owned(),
        epoch: epoch.to_owned(),
        stage: Stage::Shadow,
        at_millis: crate::clock::unix_millis(),
        state: json!({"n": units.len()}),
        new_units: units.to_vec(),
        minute: Minute { minute, requests: units.len() as u64, ..Minute::default() },
    }
}

/// The disk has room for so many more pages.
pub async fn leave_room_for(archive: &Archive, pages: i64) {
    archive.ask_writer(Box::new(move |source| {
        let connection = source.unwrap().connection;
        let used: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(())).unwrap();
    }));
    archive.settle().await.unwrap();
}

/// What is wrong, in words.
pub fn trouble(archive: &Archive) -> String {
    archive.health().trouble.unwrap_or_default()
}

/// Tries again what failed, and waits until that is done.
pub async fn try_again(archive: &Archive) {
    archive.try_again();
    archive.settle().await.unwrap();
}

/// Records a move and waits for it.
pub async fn record(archive: &Archive, rollout: &str, version: u64) -> Result<Entry, Trouble> {
    let (draft, state) = moved(rollout, version);
    archive.record(draft, state, version - 1).await.unwrap()
}

pub fn record_in_time(archive: &Archive, rollout: &str, version: u64) {
    let (draft, state) = moved(rollout, version);
    archive.record_in_time(draft, state);
}
