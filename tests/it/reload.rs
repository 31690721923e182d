//! Changed settings are taken over while requests run, or left alone as a whole.

use std::{
    env, fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use readshift::{app::reload::Reloads, controller::Reload, domain::outcome::Verdict};
use serde_json::json;

use crate::lab::{Lab, until};

const BEFORE: &str = "recheck: { delays: [] }
control: { share: 0% }
routes:
  - { id: a, match: { path: /a } }
  - { id: b, match: { path: /b } }
";

/// A file that is gone with the test.
struct Written(PathBuf);

impl Written {
    fn new(text: &str) -> Written {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let written =
            Written(env::temp_dir().join(format!("readshift-reload-{}-{number}.yaml", std::process::id())));
        written.says(text);
        written
    }

    fn says(&self, text: &str) {
        fs::write(&self.0, text).unwrap();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

struct Followed {
    file: Written,
    lab: Lab,
    reloads: Reloads,
}

impl Followed {
    async fn with(text: &str) -> Followed {
        let file = Written::new(text);
        let (lab, reloads) = Lab::following(&file.0).await;
        lab.old.replies("/a", json!({ "name": "Ada", "at": 1 }));
        lab.new.replies("/a", json!({ "name": "Ada", "at": 2 }));
        Followed { file, lab, reloads }
    }

    fn told(&self) -> Option<Reload> {
        self.lab.app().controller().view().reload.clone()
    }

    /// What comes of a wish to read the settings again.
    async fn asked(&self) -> Option<String> {
        let before = self.told();
        // Whoever asks while the thread looks by itself is not heard twice.
        until("the reload is told of", || {
            self.reloads.ask();
            self.told() != before
        })
        .await;
        self.told().unwrap().problem
    }

    fn epochs(&self) -> Vec<u32> {
        self.lab.app().controller().setup().unwrap().routes.iter().map(|route| route.epoch).collect()
    }
}

#[tokio::test]
async fn a_rule_change_is_in_force_and_begins_new_evidence_only_for_the_routes_it_touches() {
    let followed = Followed::with(BEFORE).await;
    let lab = &followed.lab;
    lab.get("/a").await;
    assert_eq!(lab.settled().await.with(Verdict::Mismatch), 1);

    followed
        .file
        .says(&BEFORE.replace("match: { path: /a }", "match: { path: /a }, compare: { ignore: [/at] }"));
    assert_eq!(followed.asked().await, None);
    assert_eq!(followed.epochs(), [1, 0]);
    lab.get("/a").await;
    let settled = lab.settled().await;
    assert_eq!((settled.with(Verdict::Mismatch), settled.with(Verdict::Forgiven)), (1, 1));
    assert_eq!(settled.facts.setting.routes[0].rules.len(), 1);
}

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_is_told_of() {
    let followed = Followed::with(BEFORE).await;
    for (text, part) in [
        (BEFORE.replace("path: /a", "path: a"), "a path pattern starts with '/'"),
        (BEFORE.replace("id: b", "id: c"), "by a restart only"),
        (format!("{BEFORE}drain: 1s\n"), "drain: takes a restart: 30s now, 1s here"),
        ("\u{1}".to_owned(), "not YAML"),
    ] {
        followed.file.says(&text);
        let problem = followed.asked().await.unwrap_or_default();
        assert!(problem.contains(part), "{text}: {problem}");
        assert_eq!(followed.epochs(), [0, 0]);
    }
    fs::remove_file(&followed.file.0).unwrap();
    assert!(followed.asked().await.unwrap().contains("could not open the config"));
    assert_eq!(followed.lab.get("/a").await.status, 200);
    followed.file.says(BEFORE);
    assert_eq!(followed.asked().await, None);
}

#[tokio::test]
async fn a_changed_file_is_seen_without_being_asked_for() {
    let followed = Followed::with(BEFORE).await;
    followed.file.says(&format!("{BEFORE}rollouts: [{{ id: default, hold: 7m, approval: true }}]\n"));
    until("the file is looked at", || followed.told().is_some()).await;
    assert_eq!(followed.told().unwrap().problem, None);
    let setup = followed.lab.app().controller().setup().unwrap();
    assert!(setup.rollouts[0].policy.approval && setup.rollouts[0].policy.hold.as_secs() == 420);
    assert_eq!(followed.epochs(), [0, 0]);
}
