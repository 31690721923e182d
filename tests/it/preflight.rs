//! `check --probe`: would these settings work here and now?

use serde_json::json;

use crate::{
    command_line::program::{Ended, File, ended},
    lab::{Backend, within},
};

async fn check(old: &Backend, new: &Backend, rest: &str) -> Ended {
    let text =
        format!("old: {{ url: 'http://{}' }}\nnew: {{ url: 'http://{}' }}\n{rest}", old.address, new.address);
    let asked = tokio::task::spawn_blocking(move || {
        let file = File::of(&text);
        ended(&["check", file.path(), "--probe"])
    });
    within("the check ends", asked).await.unwrap()
}

fn found(told: &Ended) -> Vec<&str> {
    told.out.lines().filter_map(|line| line.strip_prefix("# ")).collect()
}

fn reply(head: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{head}\r\n")
}

#[tokio::test]
async fn both_systems_are_asked_and_every_probe_is_compared() {
    let (old, new) = (Backend::start().await, Backend::start().await);
    for side in [&old, &new] {
        side.replies("/users/1", json!({ "name": "Ada" }));
    }
    old.replies("/users/2", json!({ "name": "Ada", "at": 1 }));
    new.replies("/users/2", json!({ "name": "Ida", "at": 2 }));
    let probes = |name: &str| {
        format!(
            "rollouts: [{{ id: x, probes: [{{ name: ada, path: /users/1, headers: {{ k: v }} }}, {{ name: {name}, path: /users/2, compare: {{ ignore: [/at] }} }}] }}]"
        )
    };
    let told = check(&old, &new, &probes("ida")).await;
    let lines = found(&told);
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(
        lines[0].starts_with("old at http://127.0.0.1:") && lines[0].contains("answers GET / with"),
        "{lines:#?}"
    );
    assert!(lines.contains(&"probe x/ada: matches (200)"), "{lines:#?}");
    assert!(lines.contains(&"WRONG: probe x/ida: differs"), "{lines:#?}");
    assert!(told.out.contains("/name") && !told.out.contains("/at is"), "{}", told.out);
    let asked = new.received();
    assert!(asked.iter().all(|request| request.all("x-readshift-probe") == ["1"]));
    assert_eq!(asked.iter().find(|request| request.target() == "/users/1").unwrap().all("k"), ["v"]);

    new.replies("/users/2", json!({ "name": "Ada", "at": 2 }));
    assert_eq!(check(&old, &new, &probes("ida")).await.code, 0);
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_told_of() {
    let (old, new) = (Backend::start().await, Backend::start().await);
    new.refuses();
    let told = check(&old, &new, "").await;
    assert_eq!(told.code, 1);
    assert!(found(&told)[1].starts_with("WRONG: new at http://127.0.0.1:"), "{}", told.out);
}

#[tokio::test]
async fn clocks_that_are_apart_are_warned_of() {
    let (old, new) = (Backend::start().await, Backend::start().await);
    old.replies_raw("/", reply("Date: Sat, 01 Jan 2000 00:00:00 GMT\r\n"));
    new.replies_raw("/", reply("Date: Sat, 01 Jan 2000 00:01:30 GMT\r\n"));
    let told = check(&old, &new, "").await;
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.contains("warning: the clock of new is 90 s ahead of that of old"), "{}", told.out);
    assert!(told.out.contains("warning: the clock of old is") && told.out.contains("s behind the one here"));
}

#[tokio::test]
async fn two_names_of_one_system_are_found_out() {
    let (old, new) = (Backend::start().await, Backend::start().await);
    for side in [&old, &new] {
        side.replies_raw("/", reply("X-Instance-Id: i-0a1b2c3d4e5f67\r\n"));
    }
    let told = check(&old, &new, "").await;
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(
        found(&told).iter().any(|line| line.starts_with("WRONG: ") && line.contains("x-instance-id")),
        "{}",
        told.out
    );
}
