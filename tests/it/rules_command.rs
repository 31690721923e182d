//! `readshift rules` as a person meets it who changes rules: pairs of a running readshift judged anew.

use serde_json::Value;

use crate::command_line::program::{Backend, File, Running, ended, get, until_told};

const OLD: &str = r#"{"id":1,"name":"Ada","when":"10:00"}"#;
const NEW: &str = r#"{"id":2,"name":"ADA","when":"10:00"}"#;

const FORGIVES_ID: &str = "compare: { ignore: [{ at: /id, why: minted }] }";
const FORGIVES_BOTH: &str = "compare: { ignore: [{ at: /id, why: minted }, { at: /name, why: shouted }] }";

fn config(old: &Backend, new: &Backend, users: &str) -> File {
    let (old, new) = (old.url(), new.url());
    File::of(&format!(
        "old: {{ url: '{old}' }}\nnew: {{ url: '{new}' }}\nroutes:\n  \
         - id: users\n    match: {{ path: '/users/{{id}}' }}\n    {users}\n  \
         - id: rest\n    match: {{ path: /** }}\n"
    ))
}

/// Runs with these rules for users until so many pairs were kept, and answers with their lines.
fn running(old: &Backend, new: &Backend, users: &str, targets: &[&str]) -> (Running, String) {
    let file = config(old, new, users);
    let running = Running::start(&[file.path()]);
    targets.iter().for_each(|target| drop(get(running.proxy, target).unwrap()));
    let all = |_: u16, body: &str| body.lines().count() >= targets.len();
    let lines = until_told(running.admin, "/api/v1/exhibits", all);
    (running, lines)
}

#[test]
fn kept_pairs_have_both_bodies_and_are_told_by_the_admin_listener_only() {
    let (old, new) = (Backend::replying(OLD), Backend::replying(NEW));
    let (running, lines) = running(&old, &new, FORGIVES_ID, &["/users/1", "/other"]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["route"], &first["verdict"]), (&"rest".into(), &"mismatch".into()));
    assert!(first["old"]["body"].is_string() && first["new"]["body"].is_string());
    assert_eq!(get(running.admin, "/api/v1/exhibits?route=users").unwrap().1.lines().count(), 1);
    assert_eq!(get(running.admin, "/api/v1/exhibits?route=nobody").unwrap().0, 404);
    assert_eq!(get(running.status, "/api/v1/exhibits").unwrap().0, 404);
    let exported = ended(&["rules", "export", "--admin", &running.admin.to_string()]);
    assert_eq!((exported.code, exported.out), (0, lines));
}

#[test]
fn a_rule_that_forgives_a_mismatch_is_shown_before_it_is_deployed() {
    let (old, new) = (Backend::replying(OLD), Backend::replying(NEW));
    let (running, _) = running(&old, &new, FORGIVES_ID, &["/users/1"]);
    let changed = config(&old, &new, FORGIVES_BOTH);
    let told = ended(&["rules", "try", changed.path(), "--admin", &running.admin.to_string()]);
    assert_eq!(told.code, 0, "{} {}", told.out, told.err);
    for part in ["users\n  would be forgiven\n", "200/200 /name text", "by /name: ignored, shouted"] {
        assert!(told.out.contains(part), "{part} in {}", told.out);
    }
    assert!(!told.out.contains("newly"), "{}", told.out);
}

#[test]
fn a_rule_that_is_taken_away_shows_what_would_newly_differ() {
    let (old, new) = (Backend::replying(r#"{"id":1}"#), Backend::replying(r#"{"id":2}"#));
    let (running, lines) = running(&old, &new, FORGIVES_ID, &["/users/1"]);
    let unchanged = config(&old, &new, FORGIVES_ID);
    let admin = running.admin.to_string();
    let told = ended(&["rules", "try", unchanged.path(), "--admin", &admin]);
    assert_eq!(told.code, 0, "{} {}", told.out, told.err);
    assert!(told.out.contains("is forgiven as before"), "{}", told.out);

    let section = File::of("compare: {}\n");
    let told = ended(&["rules", "try", section.path(), "--route", "users", "--admin", &admin]);
    assert_eq!(told.code, 1, "{} {}", told.out, told.err);
    for part in ["would newly differ", "/id: ignored, minted", "/id number: 1 → 2"] {
        assert!(told.out.contains(part), "{part} in {}", told.out);
    }
    let file = File::ending("ndjson", &lines);
    let again = ended(&["rules", "try", section.path(), "--route", "users", "--exhibits", file.path()]);
    assert_eq!((again.code, again.out), (1, told.out));
}

#[test]
fn where_nothing_can_be_judged_nothing_is_promised() {
    let section = File::of("ignore: [/id]\n");
    let nothing = File::ending("ndjson", "");
    let told = ended(&["rules", "try", section.path(), "--route", "a", "--exhibits", nothing.path()]);
    assert_eq!(told.code, 2, "{}", told.out);
    assert!(told.out.contains("nothing is known"), "{}", told.out);
    let broken = File::ending("ndjson", "{}\n");
    let told = ended(&["rules", "try", section.path(), "--route", "a", "--exhibits", broken.path()]);
    assert!(told.code == 2 && told.err.contains("line 1"), "{}", told.err);
    let told = ended(&["rules", "try", section.path(), "--exhibits", nothing.path()]);
    assert!(told.code == 2 && told.err.contains("--route"), "{}", told.err);
    let wrong = File::of("ignroe: [/id]\n");
    let told = ended(&["rules", "try", wrong.path(), "--route", "a", "--exhibits", nothing.path()]);
    assert!(told.code == 2 && told.err.contains("did you mean"), "{}", told.err);
}

#[test]
fn a_body_too_large_to_be_kept_is_told_as_not_judged() {
    let large: &'static str = Box::leak(format!("[{}1]", "1,".repeat(40_000)).into_boxed_str());
    let (old, new) = (Backend::replying(large), Backend::replying("[1]"));
    let (running, _) = running(&old, &new, FORGIVES_ID, &["/users/1"]);
    let section = File::of("ignore: [/id]\n");
    let admin = running.admin.to_string();
    let told = ended(&["rules", "try", section.path(), "--route", "users", "--admin", &admin]);
    assert_eq!(told.code, 2, "{}", told.out);
    assert!(told.out.contains("a body was too large to be kept"), "{}", told.out);
}
