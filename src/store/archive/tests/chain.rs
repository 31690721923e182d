//! What is done to the record shows, and what a dead program left can be read.

use super::{
    super::{Chain, Found, Trouble, verify_file},
    made::{Folder, moved, record},
};

/// A file with three moves of users, and three of orders between them; closed.
async fn six_moves() -> Folder {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    for version in 1..=3 {
        record(&archive, "users", version).await.unwrap();
        record(&archive, "orders", version).await.unwrap();
    }
    archive.close(std::time::Duration::from_secs(10));
    folder
}

fn rollouts(found: &Found) -> Vec<&str> {
    found.rollouts.iter().map(|(id, _)| id.as_str()).collect()
}

#[tokio::test]
async fn a_change_in_the_file_is_named_by_its_entry() {
    const UNLOCK: &str = "DROP TRIGGER journal_stays_as_it_is; DROP TRIGGER journal_keeps_everything;";
    let cases = [
        ("UPDATE journal SET why = 'nothing' WHERE number = 2", 2, "not what was sealed"),
        ("UPDATE journal SET at = '2026-01-01T00:00:00.000Z' WHERE number = 4", 4, "not what was sealed"),
        ("UPDATE journal SET past_gate = 1 WHERE number = 5", 5, "not what was sealed"),
        ("UPDATE journal SET via = 'pigeon' WHERE number = 3", 3, "cannot be read as it was written"),
        ("UPDATE journal SET to_stage = 'high' WHERE number = 3", 3, "cannot be read as it was written"),
        ("DELETE FROM journal WHERE number = 3", 3, "it is missing: the entry after 2 is 4"),
        ("DELETE FROM journal WHERE number = 6", 6, "it is missing: the journal is said to end with entry 6"),
        ("DELETE FROM journal WHERE number = 1", 1, "it is missing"),
        ("UPDATE meta SET value = '4' WHERE name = 'journal_entries'", 6, "said to end with entry 4"),
        ("UPDATE rollouts SET stage = '100%' WHERE id = 'users'", 5, "the recorded state of users"),
        ("UPDATE rollouts SET state = replace(state, '3%', '90%') WHERE id = 'users'", 5, "of users"),
        ("DELETE FROM rollouts WHERE id = 'orders'", 6, "the state of orders"),
    ];
    for (change, at, says) in cases {
        let folder = six_moves().await;
        assert_eq!(verify_file(&folder.0), Ok(Chain::Intact { entries: 6 }));
        folder.change(&format!("{UNLOCK} {change}"));
        match verify_file(&folder.0) {
            Ok(Chain::Broken { number, why }) if number == at && why.contains(says) => {}
            other => panic!("{change}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn entries_are_neither_changed_nor_removed_by_mistake() {
    let folder = six_moves().await;
    for change in ["UPDATE journal SET why = ''", "DELETE FROM journal"] {
        let shell = rusqlite::Connection::open(folder.file()).unwrap();
        let told = shell.execute_batch(change).unwrap_err().to_string();
        assert!(told.contains("the journal is only added to"), "{told}");
    }
}

#[tokio::test]
async fn a_stage_that_somebody_wrote_into_the_file_is_not_gone_on_with() {
    let folder = six_moves().await;
    folder.change("UPDATE rollouts SET state = replace(state, '\"3%\"', '\"90%\"') WHERE id = 'users'");
    let (_archive, found) = folder.open();
    assert_eq!(rollouts(&found), ["orders"]);
    let told = found.unreadable.unwrap();
    assert!(told.contains("what is recorded of users was changed"), "{told}");
}

#[tokio::test]
async fn a_state_from_before_put_back_by_hand_is_not_gone_on_with() {
    let folder = six_moves().await;
    folder.change("ATTACH ':memory:' AS aside; CREATE TABLE aside.kept AS SELECT * FROM rollouts");
    let copy = folder.copy();
    let (archive, _) = folder.open();
    record(&archive, "users", 4).await.unwrap();
    drop(archive);
    folder.change(&format!(
        "ATTACH '{}' AS before; DELETE FROM rollouts; INSERT INTO rollouts SELECT * FROM before.rollouts",
        copy.file().display()
    ));
    assert!(matches!(verify_file(&folder.0), Ok(Chain::Broken { number: 7, .. })));
}

#[tokio::test]
async fn entries_cut_off_at_the_end_are_still_missed_after_the_next_one() {
    let folder = six_moves().await;
    folder.change("DROP TRIGGER journal_keeps_everything; DELETE FROM journal WHERE number = 6");
    let (archive, found) = folder.open();
    assert_eq!(rollouts(&found), ["users"]);
    let entry = record(&archive, "users", 4).await.unwrap();
    assert_eq!(entry.number, 7);
    let why = "it is missing: the entry after 5 is 7".to_owned();
    assert_eq!(archive.verify().await.unwrap(), Ok(Chain::Broken { number: 6, why }));
}

#[tokio::test]
async fn what_a_killed_program_left_is_readable_and_its_chain_intact() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    for version in 1..=20 {
        record(&archive, "users", version).await.unwrap();
        // Nothing is closed: this is what lies there when the program is killed now.
        let left = folder.copy();
        let (archive, found) = left.open();
        assert_eq!(found.rollouts, [("users".to_owned(), moved("users", version).1)]);
        assert_eq!(archive.verify().await.unwrap(), Ok(Chain::Intact { entries: version }));
    }
}

#[tokio::test]
async fn a_journal_that_is_not_there_is_no_intact_journal() {
    let folder = Folder::new();
    let told = verify_file(&folder.0).unwrap_err();
    assert!(matches!(&told, Trouble::Store(told) if told.contains("nothing has been recorded")), "{told}");
}
