//! The program as an operator meets it: commands, settings, signals, exit codes, its log.

pub mod program;

use std::{
    net::{TcpListener, TcpStream},
    thread,
};

use program::{Backend, File, Running, ended, get, readshift, told, until_told};
use rustix::process::Signal;
use serde_json::Value;

use crate::scrape::Scrape;

const TWO: &str = "old: { url: 'http://127.0.0.1:9001' }\nnew: { url: 'http://127.0.0.1:9002' }\n";
const TWO_FLAGS: [&str; 4] = ["--old", "http://127.0.0.1:9001", "--new", "http://127.0.0.1:9002"];

fn check(yaml: &str, more: &[&str]) -> program::Ended {
    let file = File::of(yaml);
    ended(&[&["check", file.path()], more].concat())
}

#[test]
fn check_tells_every_problem_of_a_wrong_file_with_its_place() {
    let told =
        check("old: { url: https://a }\nlisten: { proxy: nowhere }\nshadwo: {}\nroutes: [{ id: a }]\n", &[]);
    assert_eq!(told.code, 1, "{}", told.err);
    for part in [":1:", "old.url", ":2:", "listen.proxy", ":3:", "shadow", ":4:", "match.path", "new.url"] {
        assert!(told.err.contains(part), "{part} in {}", told.err);
    }
    assert_eq!(told.out, "");
}

#[test]
fn check_prints_a_right_file_so_that_it_can_be_given_back() {
    let first = check(&format!("{TWO}shadow: {{ sample: 7% }}\n"), &[]);
    assert_eq!((first.code, &*first.err), (0, ""));
    assert!(first.out.lines().any(|line| line.contains("sample: 7%") && line.ends_with("# file line 3")));
    let again = check(&first.out, &[]);
    assert_eq!(again.code, 0, "{}", again.err);
    let values = |text: &str| {
        text.lines().map(|l| l.split(" #").next().unwrap().trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&again.out), values(&first.out));
}

#[test]
fn check_warns_of_what_makes_evidence_worthless() {
    let told = check(&format!("{TWO}shadow: {{ sample: 0% }}\n"), &[]);
    assert_eq!(told.code, 0);
    assert!(told.err.starts_with("warning: ") && told.err.contains("no evidence"), "{}", told.err);
}

#[test]
fn check_reads_the_descriptors_that_a_file_names() {
    let named = |path: &str| check(&format!("{TWO}compare: {{ descriptors: {path} }}\n"), &[]);
    let broken = File::of("syntax = \"proto3\";");
    for (path, why) in [("nowhere.binpb", "could not be read"), (broken.path(), "is no descriptor set")] {
        let told = named(path);
        assert_eq!((told.code, &*told.out), (1, ""));
        for part in [":3:", "compare.descriptors", path, why, "--include_imports"] {
            assert!(told.err.contains(part), "{part} in {}", told.err);
        }
    }
    // A file with a service that has no methods, as protoc writes it.
    let right = File::of("\n\u{8}\n\u{1}a2\u{3}\n\u{1}S");
    let told = named(right.path());
    assert_eq!((told.code, &*told.err), (0, ""));
    assert_eq!(check(&format!("{TWO}compare: {{ descriptors: none }}\n"), &[]).code, 0);
}

#[test]
fn the_example_is_right_and_the_schema_is_the_committed_one() {
    let root = env!("CARGO_MANIFEST_DIR");
    assert_eq!(ended(&["check", &format!("{root}/config/example.yaml")]).code, 0);
    let schema = ended(&["schema"]);
    assert_eq!(schema.code, 0);
    assert_eq!(schema.out, std::fs::read_to_string(format!("{root}/config/readshift.schema.json")).unwrap());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = File::of(&format!("{TWO}shadow: {{ sample: 7% }}\nlog: {{ level: warn }}\nworkers: 3\n"));
    let output = readshift(&["check", file.path(), "--sample", "9%"])
        .env("READSHIFT_SAMPLE", "8%")
        .env("READSHIFT_LOG_LEVEL", "debug")
        .output();
    let told = told(output.unwrap());
    let holds = |value: &str, origin: &str| {
        assert!(told.out.lines().any(|l| l.contains(value) && l.ends_with(origin)), "{value}\n{}", told.out);
    };
    holds("sample: 9%", "# flag --sample");
    holds("level: debug", "# environment READSHIFT_LOG_LEVEL");
    holds("workers: 3", "# file line 5");
}

#[test]
fn a_wrong_value_is_told_with_the_flag_or_variable_it_came_by() {
    let output = readshift(&["check", "--old", "ftp://a", "--new", "http://b"])
        .env("READSHIFT_WORKERS", "many")
        .env("READSHIFT_SAMPEL", "1%")
        .output();
    let told = told(output.unwrap());
    assert_eq!(told.code, 1);
    for part in ["--old", "READSHIFT_WORKERS", "READSHIFT_SAMPEL", "READSHIFT_SAMPLE"] {
        assert!(told.err.contains(part), "{part} in {}", told.err);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_trouble_and_not_a_wrong_file() {
    let told = ended(&["check", "/nowhere/readshift.yaml"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("could not open the config /nowhere/readshift.yaml"), "{}", told.err);
}

#[test]
fn what_is_no_command_is_refused_in_words() {
    for args in [&["run", "--no-such-flag"][..], &["fly"], &[], &["report", "--format", "xml"]] {
        let told = ended(args);
        assert_eq!(told.code, 2, "{args:?}");
        assert!(told.err.contains("Usage") || told.err.contains("possible values"), "{}", told.err);
    }
    for args in [["--help"], ["--version"]] {
        assert_eq!(ended(&args).code, 0);
    }
}

#[test]
fn run_refuses_wrong_settings_before_it_binds_anything() {
    let told = ended(&["run", "--old", "http://127.0.0.1:9001"]);
    assert_eq!((told.code, &*told.out), (2, ""));
    assert!(told.err.contains("new.url") && told.err.contains("--new"), "{}", told.err);
}

#[test]
fn one_system_as_both_sides_is_refused_unless_it_is_meant() {
    let backend = Backend::replying("{}");
    let url = backend.url();
    let told = ended(&["check", "--old", &url, "--new", &url]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("the same system"), "{}", told.err);
    let running = Running::start(&["--old", &url, "--new", &url, "--self-check"]);
    assert_eq!(get(running.proxy, "/a").unwrap(), (200, "{}".to_owned()));
}

#[test]
fn a_port_in_use_is_said_by_its_key_and_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, key) in
        [("--listen", "listen.proxy"), ("--status", "listen.status"), ("--admin", "listen.admin")]
    {
        let mut ports = vec!["--listen", "127.0.0.1:0", "--status", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let at = ports.iter().position(|part| *part == flag).unwrap();
        ports[at + 1] = &address;
        let told = ended(&[&["run"], &TWO_FLAGS[..], &ports].concat());
        assert_eq!(told.code, 2, "{}", told.err);
        assert!(told.err.contains(&format!("{key}: could not listen on {address}")), "{}", told.err);
    }
}

#[test]
fn run_needs_no_file_and_serves_what_old_says() {
    let (old, new) = (Backend::replying(r#"{"name":"Ada"}"#), Backend::replying(r#"{"name":"Ida"}"#));
    let mut running = Running::between(&old, &new);
    assert_eq!(get(running.proxy, "/users/1").unwrap(), (200, r#"{"name":"Ada"}"#.to_owned()));
    let line: Value = serde_json::from_str(&running.line_with("/name")).unwrap();
    assert_eq!(line["message"], "a new kind of mismatch");
}

#[test]
fn the_log_is_a_json_object_a_line_where_nobody_looks_on() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[2]"));
    let running = Running::between(&old, &new);
    (0..3).for_each(|n| drop(get(running.proxy, &format!("/{n}\u{7f}%0a\""))));
    running.signal(Signal::TERM);
    let (code, lines) = running.ended();
    assert_eq!(code, 0);
    assert!(lines.len() >= 3, "{lines:#?}");
    for line in &lines {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(["timestamp", "level", "message"].iter().all(|key| read[key].is_string()), "{line}");
    }
}

#[test]
fn the_log_is_text_where_that_is_asked_for() {
    let (old, new) = (Backend::replying("1"), Backend::replying("1"));
    let running =
        Running::start(&["--old", &old.url(), "--new", &new.url(), "--log-format", "text", "--workers", "1"]);
    running.signal(Signal::INT);
    let (code, lines) = running.ended();
    assert_eq!(code, 0);
    assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_err()), "{lines:#?}");
}

#[test]
fn the_status_listener_says_alive_ready_and_an_account_that_adds_up() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let running = Running::between(&old, &new);
    for n in 0..20 {
        get(running.proxy, &format!("/{n}")).unwrap();
        Scrape::read(&get(running.status, "/metrics").unwrap().1).adds_up();
    }
    let text = until_told(running.status, "/metrics", |_, text| Scrape::read(text).settled("exact") == 20);
    assert_eq!(Scrape::read(&text).received(), 20);
    assert_eq!(get(running.status, "/livez").unwrap().0, 200);
    assert_eq!(get(running.status, "/readyz").unwrap(), (200, "ready\n".to_owned()));
    assert_eq!(get(running.status, "/api/v1/report").unwrap().0, 404);
}

#[test]
fn report_tells_what_a_running_one_knows_in_words_and_as_json() {
    let (old, new) = (Backend::replying(r#"{"name":"Ada"}"#), Backend::replying(r#"{"name":"Ida"}"#));
    let mut running = Running::between(&old, &new);
    get(running.proxy, "/users/1").unwrap();
    running.line_with("/name");
    let admin = running.admin.to_string();
    let text = ended(&["report", "--admin", &admin]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(["/name", "Ada", "Ida", "/users/1"].iter().all(|part| text.out.contains(part)), "{}", text.out);
    let json: Value =
        serde_json::from_str(&ended(&["report", "--admin", &admin, "--format", "json"]).out).unwrap();
    let shape = &json["routes"][0]["signatures"][0];
    assert_eq!((&json["total"]["mismatched"], &shape["count"]), (&1.into(), &1.into()), "{json:#}");
    assert_eq!(shape["samples"][0]["differences"][0]["old"], r#""Ada""#);
}

#[test]
fn report_says_so_where_nobody_answers_or_somebody_else_does() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let told = ended(&["report", "--admin", &free]);
    assert_eq!((told.code, &*told.out), (2, ""));
    assert!(told.err.contains("is readshift running there?"), "{}", told.err);

    let (old, new) = (Backend::replying("1"), Backend::replying("1"));
    let running = Running::between(&old, &new);
    let told = ended(&["report", "--admin", &running.status.to_string()]);
    assert_eq!((told.code, &*told.out), (2, ""));
    assert!(told.err.contains("answered 404"), "{}", told.err);
}

#[test]
fn sigterm_lets_what_is_under_way_end_and_is_not_ready_meanwhile() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let running = Running::between(&old, &new);
    let (proxy, status) = (running.proxy, running.status);
    let client = thread::spawn(move || get(proxy, "/held"));
    old.holds(1);
    running.signal(Signal::TERM);
    until_told(status, "/readyz", |code, text| code == 503 && text.starts_with("draining"));
    assert_eq!(get(status, "/livez").unwrap().0, 200);
    old.lets_go();
    new.lets_go();
    assert_eq!(client.join().unwrap(), Some((200, "[1]".to_owned())));
    let (code, lines) = running.ended();
    assert_eq!(code, 0, "{lines:#?}");
    let last = lines.iter().rfind(|line| line.contains("in flight")).unwrap();
    assert!(last.contains("0 in flight; since the start 1 seen, 1 compared"), "{last}");
}

#[test]
fn signals_that_do_not_stop_it_are_told_of_and_end_nothing() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let running = Running::between(&old, &new);
    running.signal(Signal::HUP);
    running.signal(Signal::USR1);
    assert_eq!(get(running.proxy, "/after").unwrap().0, 200);
    running.signal(Signal::TERM);
    let (code, lines) = running.ended();
    assert_eq!(code, 0, "{lines:#?}");
    assert!(
        ["SIGHUP", "SIGUSR1"].iter().all(|name| lines.iter().any(|line| line.contains(name))),
        "{lines:#?}"
    );
}

#[test]
fn on_sighup_the_settings_are_read_again() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let file = File::of("shadow: { sample: 100% }\n");
    let mut running = Running::start(&[file.path(), "--old", &old.url(), "--new", &new.url()]);
    std::fs::write(file.path(), "shadow: { sample: 0% }\n").unwrap();
    running.signal(Signal::HUP);
    running.line_with("shadow.sample: 100% is now 0%");
    running.line_with("are in force");
    std::fs::write(file.path(), "shadow: { sample: 101% }\n").unwrap();
    running.signal(Signal::HUP);
    running.line_with("not taken over");
    assert_eq!(get(running.proxy, "/after").unwrap().0, 200);
}

#[test]
fn while_the_drain_is_delayed_connections_are_still_taken() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let file = File::of("drain_delay: 20s\ndrain: 30s\n");
    let running = Running::start(&[file.path(), "--old", &old.url(), "--new", &new.url()]);
    running.signal(Signal::TERM);
    until_told(running.status, "/readyz", |code, _| code == 503);
    assert_eq!(get(running.proxy, "/late").unwrap().0, 200);
    // The second one ends the delay, and there is nothing to wait for then.
    running.signal(Signal::TERM);
    assert_eq!(running.ended().0, 0);
}

#[test]
fn what_has_not_ended_at_the_deadline_is_cut_short_and_said() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let file = File::of("drain: 300ms\n");
    let running = Running::start(&[file.path(), "--old", &old.url(), "--new", &new.url()]);
    let proxy = running.proxy;
    let client = thread::spawn(move || get(proxy, "/held"));
    old.holds(1);
    running.signal(Signal::TERM);
    let (code, lines) = running.ended();
    assert_eq!((code, client.join().unwrap()), (1, None));
    assert!(lines.iter().any(|line| line.contains("cut short")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("0 in flight; since the start 1 seen")), "{lines:#?}");
}

#[test]
fn a_second_sigterm_means_now() {
    let (old, new) = (Backend::replying("[1]"), Backend::replying("[1]"));
    let mut running = Running::between(&old, &new);
    let proxy = running.proxy;
    let client = thread::spawn(move || get(proxy, "/held"));
    old.holds(1);
    running.signal(Signal::TERM);
    running.line_with("stopping");
    // Until the proxy takes nobody any more, a further one only ends the delay before that.
    while TcpStream::connect(proxy).is_ok() {}
    running.signal(Signal::TERM);
    assert_eq!(client.join().unwrap(), None);
    assert_eq!(running.ended().0, 1);
    assert_eq!(old.seen().len(), 1);
}
