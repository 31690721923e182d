//! Evidence comes back whole, or not at all.

use serde_json::json;

use super::{
    super::{Archive, KeptEvidence, Row},
    made::{Folder, batch, in_memory, record},
};

async fn keep(archive: &Archive, epoch: &str, minute: u64, units: &[u64]) {
    archive.keep(batch("get-user", epoch, minute, units));
    archive.settle().await.unwrap();
}

fn kept(epoch: &str, n: usize, units: &[u64]) -> KeptEvidence {
    KeptEvidence {
        route: "get-user".to_owned(),
        epoch: epoch.to_owned(),
        state: json!({ "n": n }),
        units: units.to_vec(),
    }
}

#[tokio::test]
async fn evidence_is_gone_on_with_after_a_restart() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 1, &[1, u64::MAX]).await;
    keep(&archive, "a", 2, &[3]).await;
    let left = folder.copy();
    let (archive, found) = left.open();
    assert_eq!(found.evidence, [kept("a", 1, &[1, u64::MAX, 3])]);

    keep(&archive, "a", 3, &[4]).await;
    assert_eq!(left.copy().open().1.evidence, [kept("a", 1, &[1, u64::MAX, 3, 4])]);
}

#[tokio::test]
async fn units_fill_as_many_chunks_as_they_need_and_keep_their_order() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    let all: Vec<u64> = (0..7_001).map(|n| n * 0x9e37_79b9).collect();
    for part in all.chunks(333) {
        keep(&archive, "a", 1, part).await;
    }
    assert_eq!(folder.copy().open().1.evidence[0].units, all);
}

#[tokio::test]
async fn a_batch_for_the_same_minute_replaces_and_another_run_adds() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 7, &[1, 2]).await;
    keep(&archive, "a", 7, &[1, 2, 3]).await;
    keep(&archive, "a", 7, &[1, 2, 3]).await;
    let minutes = archive.minutes("get-user".to_owned(), 0, 9).await.unwrap().unwrap();
    assert_eq!(
        minutes.iter().map(|row| (row.minute.minute, row.minute.requests)).collect::<Vec<_>>(),
        [(7, 3)]
    );

    let left = folder.copy();
    // Another run of the program, by its moment and number: here both are the same process.
    left.change("UPDATE evidence SET instance = 'another'");
    let (archive, _) = left.open();
    keep(&archive, "a", 7, &[4]).await;
    let minutes = archive.minutes("get-user".to_owned(), 0, 9).await.unwrap().unwrap();
    assert_eq!(
        minutes.iter().map(|row| (row.minute.minute, row.minute.requests)).collect::<Vec<_>>(),
        [(7, 4)]
    );
}

#[tokio::test]
async fn counts_and_units_agree_whenever_the_program_is_killed() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    let mut sum = 0;
    for n in 0..60_u64 {
        let units: Vec<u64> = (0..n * 7 % 90).map(|unit| n << 32 | unit).collect();
        sum += units.len() as u64;
        let mut next = batch("get-user", "a", n, &units);
        next.state = json!({ "n": sum });
        archive.keep(next);
        // While the thread may be in the midst of writing: the files as they are now.
        let left = folder.copy();
        if let [found] = left.open().1.evidence.as_slice() {
            assert_eq!(found.state["n"], found.units.len() as u64);
        }
    }
}

#[tokio::test]
async fn evidence_that_is_forgotten_does_not_come_back() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 1, &[1, 2]).await;
    archive.forget("get-user", "a");
    archive.settle().await.unwrap();
    assert_eq!(folder.copy().open().1.evidence, []);

    keep(&archive, "a", 2, &[3]).await;
    assert_eq!(folder.copy().open().1.evidence, [kept("a", 1, &[3])]);
}

#[tokio::test]
async fn another_epoch_begins_without_the_units_of_the_one_before() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 1, &[1, 2]).await;
    keep(&archive, "b", 1, &[3]).await;
    assert_eq!(folder.copy().open().1.evidence, [kept("b", 1, &[3])]);
    keep(&archive, "a", 1, &[4]).await;
    assert_eq!(folder.copy().open().1.evidence, [kept("a", 1, &[4])]);
}

#[tokio::test]
async fn sums_without_all_of_their_units_are_not_gone_on_with() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 1, &[1, 2]).await;
    let left = folder.copy();
    left.change("DELETE FROM units");
    assert_eq!(left.open().1.evidence, []);
}

#[tokio::test]
async fn evidence_in_a_file_that_is_not_what_was_written_is_dropped() {
    let folder = Folder::new();
    let (archive, _) = folder.open();
    keep(&archive, "a", 1, &[1, 2]).await;
    folder.change("UPDATE evidence_state SET units = 1");
    keep(&archive, "a", 1, &[3]).await;
    keep(&archive, "a", 1, &[4]).await;
    assert_eq!(folder.copy().open().1.evidence, []);
    // A new epoch is whole again.
    keep(&archive, "b", 1, &[5]).await;
    assert_eq!(folder.copy().open().1.evidence, [kept("b", 1, &[5])]);
}

#[tokio::test]
async fn rows_for_people_are_kept_and_what_fits_no_table_is_counted() {
    let archive = in_memory();
    let sample = |at_millis: u64, body: &str| Row::Sample {
        route: "get-user".to_owned(),
        signature: "200/200 /total number".to_owned(),
        at_millis,
        sample: json!({ "old": body }),
    };
    archive.note(sample(1, "a"));
    archive.note(sample(2, "b"));
    archive.note(Row::Aggregate {
        route: "get-user".to_owned(),
        at_millis: 1,
        name: "sum of /total".to_owned(),
        group: "EUR".to_owned(),
        old: f64::NAN,
        new: 1.0,
    });
    archive.note(Row::Signature {
        route: "get-user".to_owned(),
        signature: "200/500".to_owned(),
        requests: 1,
        first_millis: 1,
        last_millis: 2,
    });
    archive.note(Row::Probe {
        rollout: "users".to_owned(),
        name: "ada".to_owned(),
        at_millis: 1,
        matched: true,
        says: String::new(),
    });
    archive.settle().await.unwrap();
    let samples = archive.samples("get-user".to_owned(), 1).await.unwrap().unwrap();
    assert_eq!((samples.len(), &samples[0].sample), (1, &json!({ "old": "b" })));
    assert_eq!((archive.health().lost_batches, archive.health().trouble), (0, None));
    record(&archive, "users", 1).await.unwrap();
}
