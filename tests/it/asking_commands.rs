//! The commands that ask a running readshift: what they send, what they print, and how they end.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::Value;

use crate::command_line::program::{Backend, Ended, File, PATIENCE, Running, ended, readshift, told};

/// Stands where an admin listener would, and says the same to everybody.
struct Stub {
    address: String,
    asked: Receiver<(String, Value)>,
}

impl Stub {
    fn saying(status: u16, body: &'static str) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (send, asked) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let request = read(&stream);
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let mut stream = stream;
                let _ = stream.write_all(answer.as_bytes());
                if send.send(request).is_err() {
                    return;
                }
            }
        });
        Stub { address, asked }
    }

    fn run(&self, args: &[&str]) -> Ended {
        ended(&[args, &["--admin", &self.address]].concat())
    }

    /// The head and the body of the next request.
    fn asked(&self) -> (String, Value) {
        self.asked.recv_timeout(PATIENCE).unwrap()
    }
}

fn read(stream: &TcpStream) -> (String, Value) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    (head, serde_json::from_slice(&body).unwrap_or_default())
}

const MOVED: &str = r#"{"id":"users","state":{"stage":"shadow","version":8,"latch":{"why":"new is down"}}}"#;

fn running() -> (Running, String) {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let running = Running::between(&old, &new);
    let admin = running.admin.to_string();
    (running, admin)
}

#[test]
fn a_move_is_sent_with_who_why_and_the_version_it_is_meant_for() {
    let stub = Stub::saying(200, MOVED);
    for (args, name, body) in [
        (
            &["advance", "users", "--override", "--version", "7"][..],
            "advance",
            r#"{"why":"so","version":7,"actor":"ada","via":"command_line","override":true}"#,
        ),
        (
            &["advance", "users"],
            "advance",
            r#"{"why":"so","version":null,"actor":"ada","via":"command_line","override":false}"#,
        ),
        (&["resume", "users"], "resume", r#"{"why":"so","version":null,"actor":"ada","via":"command_line"}"#),
        (
            &["approve", "users"],
            "approve",
            r#"{"why":"so","version":null,"actor":"ada","via":"command_line"}"#,
        ),
        (&["drill", "users"], "drill", r#"{"why":"so","version":null,"actor":"ada","via":"command_line"}"#),
        (
            &["restart", "users"],
            "restart",
            r#"{"why":"so","version":null,"actor":"ada","via":"command_line"}"#,
        ),
        (&["off", "users"], "off", r#"{"why":"so","actor":"ada","via":"command_line"}"#),
        (
            &["revert", "users", "--abort-in-flight"],
            "revert",
            r#"{"why":"so","abort_in_flight":true,"actor":"ada","via":"command_line"}"#,
        ),
    ] {
        let told = stub.run(&[args, &["--why", "so", "--as", "ada"]].concat());
        assert_eq!(
            (told.code, &*told.out),
            (0, "users at shadow, version 8; latched: new is down\n"),
            "{}",
            told.err
        );
        let (head, sent) = stub.asked();
        assert!(head.starts_with(&format!("POST /api/v1/rollouts/users/{name} HTTP/1.0\r\n")), "{head}");
        assert_eq!(sent, serde_json::from_str::<Value>(body).unwrap());
    }
    let told =
        told(readshift(&["revert", "--all", "--admin", &stub.address]).env("USER", "bob").output().unwrap());
    assert_eq!(told.code, 0);
    let (head, sent) = stub.asked();
    assert!(head.starts_with("POST /api/v1/rollouts/revert HTTP/1.0\r\n"), "{head}");
    assert_eq!((&sent["actor"], &sent["why"]), (&"bob".into(), &Value::Null));
}

#[test]
fn a_refusal_is_told_in_its_own_words_and_by_the_exit_code() {
    let held =
        r#"{"type":"urn:readshift:problem:held","detail":"the gate does not pass: a; b","unmet":["a","b"]}"#;
    let latched = r#"{"type":"urn:readshift:problem:latched","detail":"latched"}"#;
    for (status, body, code, err) in [
        (409, held, 3, "readshift: the gate does not pass:\n  a\n  b\n"),
        (409, latched, 1, "readshift: latched\n"),
        (503, r#"{"type":"urn:readshift:problem:not-recorded","detail":"full"}"#, 2, "readshift: full\n"),
    ] {
        let told = Stub::saying(status, body).run(&["advance", "users", "--why", "so"]);
        assert_eq!((told.code, &*told.out, &*told.err), (code, "", err));
    }
}

#[test]
fn a_gate_answers_by_its_exit_code() {
    for (body, code, out) in [
        (r#"{"rollout":"users","to":"25%","verdict":"pass","why":[]}"#, 0, "users to 25%: pass\n"),
        (r#"{"rollout":"users","to":"25%","verdict":"hold","why":["a"]}"#, 3, "users to 25%: hold\n  a\n"),
        (r#"{"rollout":"users","to":null,"verdict":"breach","why":["b"]}"#, 1, "users: breach\n  b\n"),
        (r#"{"rollout":"users"}"#, 2, ""),
    ] {
        let stub = Stub::saying(200, body);
        let told = stub.run(&["gate", "users", "--to", "25%"]);
        assert_eq!((told.code, &*told.out), (code, out), "{}", told.err);
        assert!(stub.asked().0.starts_with("GET /api/v1/rollouts/users/gate?to=25%25 "));
        let json = stub.run(&["gate", "users", "--format", "json"]);
        assert_eq!((json.code, &*json.out), (code, if code == 2 { "" } else { body }));
    }
}

#[test]
fn a_revert_that_nobody_answers_says_what_else_brings_reads_back() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let nobody = ended(&["revert", "--all", "--why", "so", "--admin", &free]);
    let busy = Stub::saying(503, r#"{"detail":"too many"}"#).run(&["revert", "users"]);
    for (told, why) in [(nobody, "is readshift running there?"), (busy, "too many")] {
        assert_eq!((told.code, &*told.out), (2, ""));
        for part in [why, "kill -USR1", "kill_switch"] {
            assert!(told.err.contains(part), "{part} in {}", told.err);
        }
    }
    let told = ended(&["advance", "users", "--why", "so", "--admin", &free]);
    assert!(told.err.contains(&free) && !told.err.contains("kill"), "{}", told.err);
}

#[test]
fn what_is_to_be_moved_has_to_be_said() {
    for args in
        [&["revert"][..], &["revert", "users", "--all"], &["advance", "users"], &["gate", "a/b"], &["off"]]
    {
        let told = ended(args);
        assert_eq!(told.code, 2, "{args:?}: {}", told.out);
    }
}

#[test]
fn a_running_one_tells_where_its_rollouts_stand_and_is_reverted() {
    let (_running, admin) = running();
    let asked = |args: &[&str]| told(readshift(args).env("READSHIFT_ADMIN", &admin).output().unwrap());
    let text = asked(&["status"]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(text.out.contains("default   at shadow for"), "{}", text.out);
    let json: Value = serde_json::from_str(&asked(&["status", "--format", "json"]).out).unwrap();
    assert_eq!(json["rollouts"][0]["state"]["stage"], "shadow");
    // Nobody looks on, so there is nothing to draw anew.
    assert_eq!(asked(&["status", "--watch"]).code, 0);
    assert_eq!(asked(&["gate", "default"]).code, 3);
    let reverted = asked(&["revert", "default", "--why", "practice"]);
    assert_eq!(reverted.code, 0, "{}", reverted.err);
    assert!(reverted.out.starts_with("default at shadow, version "), "{}", reverted.out);
    let unknown = asked(&["revert", "nobody"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("there is no rollout named nobody"), "{}", unknown.err);
}

#[test]
fn every_move_is_in_the_journal_and_a_change_of_it_shows() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let folder = std::env::temp_dir().join(format!("readshift-journal-{}", std::process::id()));
    let dir = folder.to_str().unwrap();
    let config = File::of(&format!(
        "state_dir: {dir}\nrollouts: [{{ id: users, stages: [shadow, 5%, 100%] }}]\n\
         routes: [{{ id: a, rollout: users, match: {{ method: GET, path: /** }}, bucket_by: header:x-user }}]\n"
    ));
    let running = Running::start(&[config.path(), "--old", &old.url(), "--new", &new.url()]);
    let admin = running.admin.to_string();
    let asked = |args: &[&str]| ended(&[args, &["--admin", &admin]].concat());
    let held = asked(&["advance", "users", "--why", "too early"]);
    assert!([1, 3].contains(&held.code), "{}", held.err);
    let told = asked(&["advance", "users", "--why", "demo day", "--override", "--as", "ada"]);
    assert_eq!(
        (told.code, told.out.starts_with("users at 5%, version ")),
        (0, true),
        "{}{}",
        told.out,
        told.err
    );
    assert_eq!(asked(&["revert", "users", "--why", "enough", "--as", "bob"]).code, 0);
    let status = asked(&["status"]);
    for part in ["past an unmet gate", "demo day", "latched: reverted from 5%", "bob"] {
        assert!(status.out.contains(part), "{part} in {}", status.out);
    }
    let journal = asked(&["journal", "users", "--limit", "2"]);
    let lines: Vec<_> = journal.out.lines().collect();
    assert!(lines[0].contains("revert 5% -> shadow  by bob (command line): enough"), "{}", journal.out);
    assert!(lines[1].contains("advance shadow -> 5%, past an unmet gate  by ada"), "{}", journal.out);
    let json: Value = serde_json::from_str(&asked(&["journal", "--format", "json"]).out).unwrap();
    assert_eq!(json["entries"][0]["why"], "enough");
    let intact = asked(&["journal", "verify"]);
    assert_eq!((intact.code, intact.out.starts_with("intact: ")), (0, true), "{}{}", intact.out, intact.err);
    assert_eq!(ended(&["journal", "verify", "--state-dir", dir]).out, intact.out);

    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.ended().0, 0);
    let file = rusqlite::Connection::open(folder.join("readshift.db")).unwrap();
    file.execute_batch(
        "DROP TRIGGER journal_stays_as_it_is; UPDATE journal SET why = 'all is well' WHERE why = 'demo day'",
    )
    .unwrap();
    drop(file);
    let broken = ended(&["journal", "verify", "--state-dir", dir]);
    assert_eq!(
        (broken.code, broken.out.starts_with("broken at entry ")),
        (1, true),
        "{}{}",
        broken.out,
        broken.err
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn where_a_token_is_set_it_is_asked_for() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let config = File::of("tokens: { operator: captain, viewer: guest }\n");
    let running = Running::start(&[config.path(), "--old", &old.url(), "--new", &new.url()]);
    let admin = running.admin.to_string();
    let none = ended(&["status", "--admin", &admin]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("a token is needed") && none.err.contains("--token-file"), "{}", none.err);
    let by = |token: &str, args: &[&str]| {
        told(
            readshift(&[args, &["--admin", &admin]].concat()).env("READSHIFT_TOKEN", token).output().unwrap(),
        )
    };
    assert_eq!(by("guest", &["status"]).code, 0);
    assert_eq!(by("guest", &["revert", "--all"]).code, 2);
    assert_eq!(by("captain", &["revert", "--all"]).code, 0);
    let file = File::ending("token", "captain\n");
    assert_eq!(ended(&["report", "--admin", &admin, "--token-file", file.path()]).code, 0);
}

#[test]
fn what_commands_are_asked_by_is_no_setting_to_complain_of() {
    let output = readshift(&["check", "--old", "http://127.0.0.1:1", "--new", "http://127.0.0.1:2"])
        .env("READSHIFT_ADMIN", "127.0.0.1:3")
        .env("READSHIFT_TOKEN", "captain")
        .output();
    let told = told(output.unwrap());
    assert_eq!((told.code, told.out.contains("captain")), (0, false), "{}", told.err);
}

#[test]
fn a_report_comes_in_every_form() {
    let (running, admin) = running();
    crate::command_line::program::get(running.proxy, "/a").unwrap();
    let report = |format: &str| {
        let told = ended(&["report", "--admin", &admin, "--format", format]);
        assert_eq!(told.code, 0, "{}", told.err);
        told.out
    };
    let (html, markdown, lines) = (report("html"), report("md"), report("ndjson"));
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"), "{html}");
    assert!(["<script", "http-equiv", "src=", "href="].iter().all(|part| !html.contains(part)), "{html}");
    assert!(markdown.starts_with("## ") && markdown.contains("```text\n"), "{markdown}");
    for page in [&html, &markdown, &report("text")] {
        assert!(page.contains("default   at shadow for") && page.contains("at shadow"), "{page}");
    }
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds[..2], ["report", "rollout"]);
    assert!(kinds.iter().any(|kind| kind == "route"), "{kinds:?}");
}

#[test]
fn a_shell_is_told_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let told = ended(&["completions", shell]);
        assert_eq!(told.code, 0, "{}", told.err);
        assert!(
            ["advance", "revert", "abort-in-flight"].iter().all(|word| told.out.contains(word)),
            "{shell}"
        );
    }
}
