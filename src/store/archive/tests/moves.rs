//! Moves are recorded, once, in order, and found again.

use std::time::Duration;

use super::{
    super::{Chain, Trouble, verify_file},
    made::{Folder, in_memory, live, moved, record, record_in_time},
};
use crate::domain::journal::NOTHING_BEFORE;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_recorded_move_is_found_after_a_restart() {
    let folder = Folder::new();
    let (archive, found) = folder.open();
    assert!(found.rollouts.is_empty() && found.unreadable.is_none());
    let entry = record(&archive, "users", 1).await.unwrap();
    assert_eq!((entry.number, entry.previous.as_str()), (1, NOTHING_BEFORE));
    archive.close(SOON);

    let (archive, found) = folder.open();
    assert_eq!(found.rollouts, [("users".to_owned(), moved("users", 1).1)]);
    assert_eq!((found.last_entry, found.unreadable), (Some(entry), None));
    assert_eq!(archive.verify().await.unwrap(), Ok(Chain::Intact { entries: 1 }));
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_the_other_is_told() {
    for archive in [in_memory(), Folder::new().open().0] {
        record(&archive, "users", 1).await.unwrap();
        let (ada, bob) = (moved("users", 2), moved("users", 2));
        let ada = archive.record(ada.0, ada.1, 1);
        let bob = archive.record(bob.0, bob.1, 1);
        assert!(ada.await.unwrap().is_ok());
        let told = Trouble::Outdated { rollout: "users".to_owned(), found: 2, expected: 1 };
        assert_eq!(bob.await.unwrap(), Err(told));
        assert_eq!(archive.journal(None, 9).await.unwrap().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_move_toward_safety_is_written_whatever_was_recorded_and_before_what_comes_after_it() {
    let archive = in_memory();
    record(&archive, "users", 1).await.unwrap();
    record_in_time(&archive, "users", 40);
    assert!(record(&archive, "users", 41).await.is_ok());
    let entries = archive.journal(Some("users".to_owned()), 9).await.unwrap().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.draft.version).collect::<Vec<_>>(), [41, 40, 1]);
}

#[tokio::test]
async fn the_journal_tells_the_newest_first_of_one_rollout_or_of_all() {
    let archive = in_memory();
    for version in 1..=3 {
        record(&archive, "users", version).await.unwrap();
        record(&archive, "orders", version).await.unwrap();
    }
    let all = archive.journal(None, 4).await.unwrap().unwrap();
    assert_eq!(all.iter().map(|entry| entry.number).collect::<Vec<_>>(), [6, 5, 4, 3]);
    let orders = archive.journal(Some("orders".to_owned()), 2).await.unwrap().unwrap();
    assert_eq!(orders.iter().map(|entry| entry.draft.to).collect::<Vec<_>>(), [live(3), live(2)]);
}

#[tokio::test]
async fn who_does_not_wait_any_more_has_given_the_move_up() {
    let archive = in_memory();
    let (draft, state) = moved("users", 1);
    drop(archive.record(draft, state, 0));
    archive.settle().await.unwrap();
    assert!(archive.journal(None, 9).await.unwrap().unwrap().len() <= 1);
}

#[tokio::test]
async fn the_journal_is_checked_from_the_outside_while_the_program_writes() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    record(&archive, "users", 1).await.unwrap();
    assert_eq!(verify_file(&folder.0), Ok(Chain::Intact { entries: 1 }));
    record(&archive, "users", 2).await.unwrap();
    assert_eq!(verify_file(&folder.file()), Ok(Chain::Intact { entries: 2 }));
}
