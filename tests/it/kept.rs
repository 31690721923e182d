//! What anybody can read of a run in the database that it leaves behind.

use std::{path::PathBuf, time::Duration};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::lab::{Lab, until};

/// A folder that is this test's alone.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn signatures_samples_and_probes_are_found_by_sql_and_credentials_are_not() {
    let folder = Folder(std::env::temp_dir().join(format!("readshift-kept-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let yaml = format!(
        "state_dir: {}
rollouts: [{{ id: users, stages: [shadow], probes: [{{ name: tricky, path: /users/7, every: 1h }}] }}]
routes: [{{ id: all, match: {{ path: /** }} }}]",
        folder.0.display()
    );
    let lab = Lab::with(&yaml).await;
    for (side, name) in [(&lab.old, "Ada"), (&lab.new, "Ida")] {
        side.replies("/a", json!({ "name": name }));
        side.replies("/users/7", json!({ "name": "same" }));
    }
    for _ in 0..3 {
        lab.get("/a?token=open-sesame&page=2").await;
    }
    lab.settled().await;
    until("the probe has run", || lab.app().watches().probes_of(0).checked == 1).await;
    lab.stop(Duration::from_secs(8)).await;

    let base = Connection::open(folder.0.join("readshift.db")).unwrap();
    let row = "SELECT route, signature, requests FROM signatures";
    let told: (String, String, i64) =
        base.query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(told, ("all".to_owned(), "200/200 /name text".to_owned(), 3));
    let row = "SELECT s.sample FROM samples s JOIN signatures USING (route, signature) ORDER BY s.at LIMIT 1";
    let sample: String = base.query_row(row, [], |row| row.get(0)).unwrap();
    assert!(!sample.contains("sesame"), "{sample}");
    let sample: Value = serde_json::from_str(&sample).unwrap();
    assert_eq!(sample["target"], "/a?token=withheld&page=2");
    assert_eq!(sample["differences"][0]["place"], "/name");
    let row = "SELECT matched FROM probes WHERE rollout = 'users' AND name = 'tricky'";
    assert!(base.query_row(row, [], |row| row.get::<_, bool>(0)).unwrap());
}
