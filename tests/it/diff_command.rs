//! `readshift diff` as a person who writes rules meets it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    process::Stdio,
    thread,
};

use serde_json::Value;

use crate::command_line::program::{Backend, Ended, File, ended, readshift, told};

fn diff(ending: &str, old: &str, new: &str, more: &[&str]) -> Ended {
    let (old, new) = (File::ending(ending, old), File::ending(ending, new));
    ended(&[&["diff", old.path(), new.path()], more].concat())
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {} {}", ended.out, ended.err))
}

#[test]
fn the_same_is_0_another_spelling_too_and_a_difference_1() {
    for (old, new, code, verdict) in [
        (r#"{"a":1}"#, r#"{"a":1}"#, 0, "match"),
        (r#"{"a":1,"b":[]}"#, r#"{ "b": [], "a": 1.0 }"#, 0, "match"),
        (r#"{"a":1}"#, r#"{"a":2}"#, 1, "mismatch"),
        ("{\"a\":18446744073709551616}", "{\"a\":18446744073709551617}", 1, "mismatch"),
        ("{", r#"{"a":2}"#, 2, "incomparable"),
    ] {
        let told = diff("json", old, new, &[]);
        assert_eq!(told.code, code, "{} {}", told.out, told.err);
        assert!(told.out.starts_with(&format!("{verdict}: ")), "{}", told.out);
    }
}

#[test]
fn a_difference_is_told_with_its_place_its_kind_and_both_values() {
    let told = diff("json", r#"{"items":[{"n":1},{"n":2}]}"#, r#"{"items":[{"n":0},{"n":1},{"n":3}]}"#, &[]);
    assert!(told.out.contains("number  2 → 3") || told.out.contains("added"), "{}", told.out);
    let page = json(&diff("json", r#"{"a":"x"}"#, r#"{"a":"y","b":null}"#, &["--format", "json"]));
    assert_eq!((&page["verdict"], &page["reason"]), (&"mismatch".into(), &"differs".into()));
    let lines: Vec<_> = page["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| format!("{} {} {} {}", d["place"], d["kind"], d["old"], d["new"]))
        .collect();
    assert_eq!(lines, [r#""/a" "text" "\"x\"" "\"y\"""#, r#""/b" "added" null "null""#]);
}

#[test]
fn rules_forgive_and_are_named() {
    let rules = File::of("compare:\n  ignore: [{ at: /id, why: minted per request }]\n");
    let told = diff("json", r#"{"id":1,"a":1}"#, r#"{"id":2,"a":1}"#, &["--rules", rules.path()]);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.starts_with("forgiven: "), "{}", told.out);
    assert!(told.out.contains("1 place by /id: ignored, minted per request"), "{}", told.out);
}

#[test]
fn wrong_rules_are_told_with_their_place() {
    let rules = File::of("ignroe: [/id]\n");
    let told = diff("json", "1", "2", &["--rules", rules.path()]);
    assert_eq!((told.code, &*told.out), (2, ""));
    assert!(told.err.contains(":1:1:") && told.err.contains("did you mean `ignore`"), "{}", told.err);
}

#[test]
fn a_patch_is_printed_alone_and_leaves_out_what_is_forgiven() {
    let (old, new) = (r#"{"id":1,"l":[2,3]}"#, r#"{"id":2,"l":[1,2,3.0]}"#);
    let rules = File::of("ignore: [/id]\n");
    let told = diff("json", old, new, &["--patch", "--rules", rules.path()]);
    assert_eq!((told.code, &*told.out), (1, "[\n  {\"op\":\"add\",\"path\":\"/l/0\",\"value\":1}\n]\n"));
    assert_eq!(diff("json", old, old, &["--patch"]).out, "[]\n");
    let told = diff("json", r#"{"a":1,"a":2}"#, "{}", &["--patch"]);
    assert_eq!((told.code, &*told.out), (2, ""));
    assert!(told.err.contains("more than once"), "{}", told.err);
}

#[test]
fn the_type_is_what_the_name_says_or_what_is_asked_for() {
    assert_eq!(diff("bin", "[1]", "[ 1 ]", &[]).code, 1);
    assert_eq!(diff("bin", "[1]", "[ 1 ]", &["--type", "json"]).code, 0);
    assert_eq!(diff("json", "[1]", "[ 1 ]", &["--type", "bytes"]).code, 1);
    assert_eq!(diff("ndjson", "{\"a\":1,\"b\":2}\n1\n", "{\"b\":2,\"a\":1}\n1.0", &[]).code, 0);
    let told = diff("json", "1", "2", &["--type", "jsno"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("json-lines"), "{}", told.err);
}

#[test]
fn one_side_may_be_standard_input() {
    let old = File::ending("json", r#"{"a":1}"#);
    let mut child = readshift(&["diff", old.path(), "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"{"a" : 2}"#).unwrap();
    let told = told(child.wait_with_output().unwrap());
    assert_eq!((told.code, json(&told)["differences"][0]["place"].clone()), (1, "/a".into()));
    assert_eq!(ended(&["diff", "-", "-"]).code, 2);
}

#[test]
fn colour_is_for_a_person_who_wants_it() {
    let plain = diff("json", "1", "2", &[]);
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
    let painted = diff("json", "1", "2", &["--color", "always"]);
    assert!(painted.out.contains("\u{1b}[31m"), "{}", painted.out);
    assert!(!diff("json", "1", "2", &["--color", "never"]).out.contains('\u{1b}'));
}

#[test]
fn what_cannot_be_read_is_trouble_in_words() {
    let file = File::ending("json", "1");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (new, why) in [
        ("/nowhere/b.json".to_owned(), "could not open /nowhere/b.json"),
        (format!("http://{nobody}/"), "could not get"),
        ("https://example.org/".to_owned(), "TLS is not available yet"),
        ("ftp://example.org/".to_owned(), "http://"),
    ] {
        let told = ended(&["diff", file.path(), &new]);
        assert_eq!((told.code, &*told.out), (2, ""));
        assert!(told.err.contains(why), "{}", told.err);
    }
    let told = diff("json", "1", "2", &["--header", "a: b"]);
    assert!(told.code == 2 && told.err.contains("neither side is a URL"), "{}", told.err);
}

#[test]
fn two_urls_are_compared_as_live_replies_are() {
    let (old, new) = (Backend::replying(r#"{"a":1}"#), Backend::replying(r#"{"a":2}"#));
    let told = ended(&[
        "diff",
        &format!("{}/x?y=1", old.url()),
        &format!("{}/z", new.url()),
        "--format",
        "json",
        "--header",
        "X-Me: 1",
    ]);
    assert_eq!(told.code, 1, "{}", told.err);
    assert_eq!(json(&told)["differences"][0]["place"], "/a");
    assert_eq!(
        (old.seen(), new.seen()),
        (vec!["GET /x?y=1 HTTP/1.1".to_owned()], vec!["GET /z HTTP/1.1".to_owned()])
    );
    let file = File::ending("json", r#"{"a": 1.0}"#);
    assert_eq!(ended(&["diff", &format!("{}/x", old.url()), file.path()]).code, 0);
}

/// Answers every connection with these bytes and closes it.
fn answering(reply: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if !matches!(stream.read(&mut byte), Ok(1)) {
                    break;
                }
                head.push(byte[0]);
            }
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    address
}

#[test]
fn the_status_the_headers_and_the_cookies_of_urls_are_compared() {
    let old = answering(
        "HTTP/1.1 200 OK\r\nvary: a, b\r\nset-cookie: s=1; Secure\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    );
    let new = answering("HTTP/1.1 200 OK\r\nvary: B,a\r\nset-cookie: s=2\r\nlocation: /a\r\n\r\nx");
    let told = ended(&["diff", &format!("http://{old}/"), &format!("http://{new}/"), "--format", "json"]);
    let page = json(&told);
    let places: Vec<_> = page["differences"].as_array().unwrap().iter().map(|d| d["place"].clone()).collect();
    assert_eq!((told.code, places), (1, vec!["header location".into(), "cookie s".into()]), "{page:#}");
    let gone = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    let told = ended(&["diff", &format!("http://{gone}/"), &format!("http://{new}/")]);
    assert!(told.code == 1 && told.out.contains("status  changed  404 → 200"), "{}", told.out);
    let file = File::ending("json", "1");
    let told = ended(&["diff", &format!("http://{gone}/"), file.path()]);
    assert!(told.code == 2 && told.err.contains("answered 404"), "{}", told.err);
    let cut = answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx");
    let told = ended(&["diff", &format!("http://{cut}/"), file.path()]);
    assert!(told.code == 2 && told.err.contains("ended before the reply did"), "{}", told.err);
}
