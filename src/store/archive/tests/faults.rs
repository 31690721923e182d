//! Whatever is wrong with the file: the program starts, an advance is refused, a revert is kept, the file is told of
//! and left alone, and when the cause is gone, what waited is written.

use std::{fs, time::Duration};

use super::{
    super::{Archive, Chain, Settings, Trouble, schema},
    made::{Folder, batch, leave_room_for, moved, record, record_in_time, trouble, try_again},
};

async fn refused(archive: &Archive) -> String {
    match record(archive, "users", 1).await {
        Err(Trouble::Store(told)) => told,
        other => panic!("{other:?}"),
    }
}

/// A folder with a file in which users stands at 2 %.
async fn with_a_file() -> Folder {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    record(&archive, "users", 1).await.unwrap();
    record(&archive, "users", 2).await.unwrap();
    archive.close(Duration::from_secs(10));
    folder
}

/// What holds of every file that cannot be used: `says` is told, and not a byte of it changes.
async fn is_left_as_it_is(folder: &Folder, says: &str) {
    let before = fs::read(folder.file()).unwrap();
    let (archive, found) = folder.open();
    assert!(found.rollouts.is_empty() && found.evidence.is_empty());
    for told in [found.unreadable.unwrap(), trouble(&archive), refused(&archive).await] {
        assert!(told.contains(says) && told.contains("readshift.db"), "{told}");
    }
    record_in_time(&archive, "users", 1);
    archive.keep(batch("get-user", "a", 1, &[1]));
    try_again(&archive).await;
    assert_eq!(archive.health().waiting, 1);
    assert!(archive.journal(None, 9).await.unwrap().is_err());
    archive.close(Duration::from_secs(10));
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = Folder::new();
    fs::write(folder.file(), "dear diary, ".repeat(1_000)).unwrap();
    is_left_as_it_is(&folder, "damaged, or is no database").await;
}

#[tokio::test]
async fn a_truncated_file_is_left_as_it_is() {
    let folder = with_a_file().await;
    let bytes = fs::read(folder.file()).unwrap();
    fs::write(folder.file(), &bytes[..bytes.len() / 2]).unwrap();
    is_left_as_it_is(&folder, "move it away").await;
}

#[tokio::test]
async fn a_file_with_rubbish_in_its_midst_is_left_as_it_is() {
    let folder = with_a_file().await;
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[4_096..].fill(0xa5);
    fs::write(folder.file(), &bytes).unwrap();
    is_left_as_it_is(&folder, "damaged").await;
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    let folder = Folder::new();
    folder.change("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1");
    is_left_as_it_is(&folder, "a database of another program").await;
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_left_as_it_is() {
    let folder = with_a_file().await;
    folder.change(&format!("PRAGMA user_version = {}", schema::version() + 1));
    is_left_as_it_is(&folder, "written by a newer readshift").await;
}

#[tokio::test]
async fn a_newer_file_that_was_not_closed_is_left_as_it_is_with_its_log() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    record(&archive, "users", 1).await.unwrap();
    folder.change(&format!("PRAGMA user_version = {}", schema::version() + 1));
    let left = folder.copy();
    let log = left.file().with_extension("db-wal");
    let before = fs::read(&log).unwrap();
    assert!(!before.is_empty());
    is_left_as_it_is(&left, "written by a newer readshift").await;
    assert_eq!(fs::read(&log).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_that_is_moved_away_is_replaced_without_a_restart() {
    let folder = Folder::new();
    fs::write(folder.file(), "rubbish".repeat(1_000)).unwrap();
    let (archive, _) = folder.open();
    record_in_time(&archive, "users", 3);
    fs::rename(folder.file(), folder.0.join("aside")).unwrap();
    try_again(&archive).await;
    assert_eq!((archive.health().trouble, archive.health().waiting), (None, 0));
    assert_eq!(folder.copy().open().1.rollouts, [("users".to_owned(), moved("users", 3).1)]);
    assert!(record(&archive, "users", 4).await.is_ok());
}

#[tokio::test]
async fn a_folder_in_use_by_another_readshift_is_not_shared_and_taken_over_when_it_is_free() {
    let folder = Folder::new();
    let (first, _) = folder.open();
    record(&first, "users", 1).await.unwrap();
    let (second, found) = folder.open();
    assert!(found.unreadable.unwrap().contains("in use by another readshift"));
    assert!(refused(&second).await.contains("in use by another readshift"));
    assert!(second.journal(None, 9).await.unwrap().is_err());
    record_in_time(&second, "users", 40);
    try_again(&second).await;
    assert_eq!(second.health().waiting, 1);

    first.close(Duration::from_secs(10));
    try_again(&second).await;
    assert_eq!(second.health().trouble, None);
    let entries = second.journal(None, 9).await.unwrap().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.draft.version).collect::<Vec<_>>(), [40, 1]);
    assert_eq!(second.verify().await.unwrap(), Ok(Chain::Intact { entries: 2 }));
}

#[tokio::test]
async fn a_change_in_a_database_shell_is_waited_for_and_then_told_of() {
    let folder = with_a_file().await;
    let (archive, _) = folder.open();
    let shell = rusqlite::Connection::open(folder.file()).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (draft, state) = moved("users", 3);
    let told = archive.record(draft, state, 2).await.unwrap().unwrap_err().to_string();
    assert!(told.contains("locked by another program"), "{told}");
    record_in_time(&archive, "users", 4);
    archive.settle().await.unwrap();
    assert_eq!(archive.health().waiting, 1);

    shell.execute_batch("ROLLBACK").unwrap();
    try_again(&archive).await;
    assert_eq!((archive.health().trouble, archive.health().waiting), (None, 0));
    assert!(record(&archive, "users", 5).await.is_ok());
}

#[tokio::test]
async fn on_a_full_disk_an_advance_is_refused_and_a_revert_kept_until_there_is_room() {
    let folder = with_a_file().await;
    let (archive, _) = folder.open();
    leave_room_for(&archive, 0).await;
    let (mut draft, state) = moved("users", 3);
    draft.evidence = "x".repeat(100_000);
    let told = archive.record(draft.clone(), state.clone(), 2).await.unwrap().unwrap_err().to_string();
    assert!(told.contains("the disk is full"), "{told}");
    archive.record_in_time(draft, state);
    archive.keep(batch("get-user", "a", 1, &[1, 2]));
    archive.keep(batch("get-user", "a", 1, &[3]));
    archive.settle().await.unwrap();
    assert_eq!((archive.health().waiting, archive.health().failed), (1, 1));
    assert!(trouble(&archive).contains("Free some space"));
    // What is there can still be read.
    assert_eq!(archive.journal(None, 9).await.unwrap().unwrap().len(), 2);

    try_again(&archive).await;
    assert_eq!(archive.health().waiting, 1);
    leave_room_for(&archive, 1_000).await;
    try_again(&archive).await;
    assert_eq!((archive.health().trouble, archive.health().waiting), (None, 0));
    archive.settle().await.unwrap();
    let (_archive, found) = folder.copy().open();
    assert_eq!(found.rollouts[0].1.version, 3);
    assert_eq!(found.evidence[0].units, [1, 2, 3]);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_made_and_one_that_cannot_be_is_tried_again() {
    let folder = Folder::new();
    let settings = Settings { dir: Some(folder.0.join("a/b")), ..folder.settings() };
    let blocker = folder.0.join("a");
    fs::write(&blocker, "in the way").unwrap();
    let (archive, found) = Archive::open_with(&settings, super::super::writer::Writer::look_seldom);
    assert!(found.unreadable.unwrap().contains("cannot be made"));
    record_in_time(&archive, "users", 3);
    assert!(refused(&archive).await.contains("a/b"));

    fs::remove_file(&blocker).unwrap();
    try_again(&archive).await;
    assert_eq!((archive.health().trouble, archive.health().waiting), (None, 0));
    assert_eq!(archive.verify().await.unwrap(), Ok(Chain::Intact { entries: 1 }));
}

#[tokio::test]
async fn a_file_in_place_of_the_database_file_that_is_a_folder_is_told_of() {
    let folder = Folder::new();
    fs::create_dir(folder.file()).unwrap();
    let (archive, found) = folder.open();
    assert!(found.unreadable.unwrap().contains("readshift.db"));
    refused(&archive).await;
    archive.close(Duration::from_secs(10));
}

#[tokio::test]
async fn a_file_that_is_taken_away_in_use_is_begun_anew_with_what_is_known() {
    let folder = with_a_file().await;
    let (archive, _) = folder.open();
    record(&archive, "users", 3).await.unwrap();
    archive.keep(batch("get-user", "a", 1, &[1, 2]));
    archive.settle().await.unwrap();
    for beside in ["db", "db-wal", "db-shm"] {
        let _ = fs::rename(folder.file().with_extension(beside), folder.0.join(beside));
    }
    try_again(&archive).await;
    assert_eq!(archive.health().trouble, None);
    archive.keep(batch("get-user", "a", 1, &[3]));
    archive.settle().await.unwrap();
    let (_archive, found) = folder.copy().open();
    assert_eq!(found.rollouts, [("users".to_owned(), moved("users", 3).1)]);
    assert_eq!(found.last_entry.map(|entry| entry.draft.what), Some("restore".to_owned()));
    assert_eq!(found.evidence, [], "its first units are in the other file");
    assert!(record(&archive, "users", 4).await.is_ok());
}

#[tokio::test]
async fn a_log_without_its_file_is_not_taken_for_nothing() {
    let folder = Folder::new();
    fs::write(folder.file().with_extension("db-wal"), "moves").unwrap();
    let (archive, found) = folder.open();
    assert!(found.unreadable.unwrap().contains("without the file it belongs to"));
    archive.close(Duration::from_secs(10));
    assert_eq!(fs::read(folder.file().with_extension("db-wal")).unwrap(), b"moves");
}

#[tokio::test]
async fn after_it_is_closed_a_move_is_refused_at_once() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    archive.close(Duration::from_secs(10));
    assert!(refused(&archive).await.contains("closed"));
}
