//! Which requests are mirrored, what new is sent, and what is never sent to it.

use std::collections::BTreeSet;

use readshift::domain::outcome::Outcome;

use crate::lab::{ANY, Ending, Gate, H2, Lab, Reply, Step, until, within};

const MARKER: &str = "x-readshift-shadow";
const SEARCH: &str = "routes: [{ id: all, match: { method: POST, path: /search }, read: true }]\n";
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn without(lines: Vec<String>, names: &[&str]) -> Vec<String> {
    let named = |line: &String| names.contains(&&*line.split(':').next().unwrap().to_ascii_lowercase());
    lines.into_iter().filter(|line| !named(line)).collect()
}

/// The request was served, its row is this one, and new heard nothing of it.
async fn is_served_alone(lab: &Lab, reply: &Reply, row: Outcome) {
    assert!(reply.is_whole() && reply.status == 200, "{reply:?}");
    assert_eq!(lab.settled().await.count(row), 1, "{:?}", lab.settled().await.rows("all"));
    assert_eq!(lab.new.received().len(), 0);
}

#[tokio::test]
async fn new_is_asked_in_the_words_old_is_asked_in() {
    let lab = Lab::start().await;
    let fields =
        "Host: Api.Example:81\r\nX-A: 1\r\nx-a:  two words \r\nCookie: a=b\r\nAccept-Encoding: gzip, br\r\n";
    let reply =
        lab.send(format!("GET /a/./b%2f?q=%20&&x HTTP/1.1\r\n{fields}traceparent: {TRACE}\r\n\r\n")).await;
    assert_eq!(reply.status, 200);
    let (old, new) = (lab.old.only(), lab.new.gets(1).await.remove(0));
    assert_eq!(new.line(), old.line());
    assert_eq!(without(new.lines(), &[MARKER, "traceparent"]), without(old.lines(), &["traceparent"]));
    assert_eq!((new.all(MARKER), old.all(MARKER)), (vec!["1".to_owned()], vec![]));
    assert_eq!(new.all("host"), ["Api.Example:81"]);
}

#[tokio::test]
async fn a_trace_goes_on_under_a_parent_of_our_own() {
    let lab = Lab::start().await;
    lab.send(format!("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: {TRACE}\r\ntracestate: a=1\r\n\r\n")).await;
    let (old, new) = (lab.old.only(), lab.new.gets(1).await.remove(0));
    let parent = &new.all("traceparent")[0];
    assert_eq!(old.all("traceparent"), [TRACE]);
    assert_eq!((&parent[..36], &parent[52..]), (&TRACE[..36], &TRACE[52..]));
    assert_ne!(parent[36..52], TRACE[36..52]);
    assert_eq!(new.all("tracestate"), ["a=1"]);
}

#[tokio::test]
async fn each_side_gets_the_headers_that_are_set_for_it() {
    let lab = Lab::with(
        "old: { headers: { set: { x-env: blue }, remove: [x-debug] } }\n\
         new: { host: users.internal, headers: { set: { x-env: green }, remove: [x-old] }, withhold: [cookie] }\n",
    )
    .await;
    lab.send("GET / HTTP/1.1\r\nHost: a\r\nX-Env: red\r\nx-debug: 1\r\nx-old: 1\r\ncookie: secret\r\n\r\n")
        .await;
    let (old, new) = (lab.old.only(), lab.new.gets(1).await.remove(0));
    let told = |request: &crate::lab::RawRequest| {
        ["host", "x-env", "x-debug", "x-old", "cookie"].map(|name| request.all(name).join(","))
    };
    assert_eq!(told(&old), ["a", "blue", "", "1", "secret"]);
    assert_eq!(told(&new), ["users.internal", "green", "1", "", ""]);
}

#[tokio::test]
async fn head_is_mirrored_as_head() {
    let lab = Lab::start().await;
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    lab.old.replies_raw(ANY, length);
    lab.new.replies_raw(ANY, length);
    assert_eq!(lab.head("/a").await.all("content-length"), ["5"]);
    assert_eq!(lab.new.gets(1).await[0].line(), "HEAD /a HTTP/1.1");
    assert_eq!(lab.settled().await.with(readshift::domain::outcome::Verdict::Match), 1);
}

#[tokio::test]
async fn a_request_over_http_2_is_mirrored_as_well() {
    let lab = Lab::start().await;
    let mut client: H2 = lab.h2().await;
    let request = http::Request::get("http://lab/a").header("cookie", "a=1").header("cookie", "b=2");
    assert_eq!(client.send(request, &[], None).await.status, 200);
    let new = lab.new.gets(1).await.remove(0);
    assert_eq!((new.all("cookie"), new.all(MARKER)), (vec!["a=1; b=2".to_owned()], vec!["1".to_owned()]));
}

#[tokio::test]
async fn who_asks_not_to_be_mirrored_is_not() {
    let lab = Lab::start().await;
    let reply = lab.send("GET / HTTP/1.1\r\nHost: a\r\nX-Readshift-Opt-Out: 1\r\n\r\n").await;
    is_served_alone(&lab, &reply, Outcome::OptedOut).await;
}

#[tokio::test]
async fn a_shadow_is_never_mirrored_again() {
    let lab = Lab::start().await;
    let reply = lab.send("GET / HTTP/1.1\r\nHost: a\r\nX-Readshift-Shadow: 1\r\n\r\n").await;
    is_served_alone(&lab, &reply, Outcome::OptedOut).await;
}

#[tokio::test]
async fn promise_3_what_is_no_declared_read_goes_to_old_once() {
    let lab = Lab::with("routes: [{ id: all, match: { path: \"/users/{id}\" } }]\n").await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let length = if method == "OPTIONS" { "" } else { "Content-Length: 2\r\n" };
        let body = if method == "OPTIONS" { "" } else { "{}" };
        let reply = lab.send(format!("{method} /users/1 HTTP/1.1\r\nHost: a\r\n{length}\r\n{body}")).await;
        assert_eq!(reply.status, 200, "{method}");
    }
    assert_eq!(lab.get("/orders/1").await.status, 200);
    let settled = lab.settled().await;
    assert_eq!((settled.count(Outcome::NotARead), settled.in_all(Outcome::NoRoute)), (6, 1));
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (7, 0));
}

#[tokio::test]
async fn a_post_that_is_declared_a_read_is_mirrored_with_its_body() {
    let lab = Lab::with(SEARCH).await;
    lab.post("/search", r#"{"q":"ada"}"#).await;
    let new = lab.new.gets_whole().await;
    assert_eq!((new.line(), new.text()), ("POST /search HTTP/1.1".to_owned(), r#"{"q":"ada"}"#.to_owned()));
    assert_eq!(new.all("content-length"), ["11"]);
    assert_eq!(lab.settled().await.with(readshift::domain::outcome::Verdict::Match), 1);
}

#[tokio::test]
async fn a_body_in_chunks_is_mirrored_with_its_trailers() {
    let lab = Lab::with(SEARCH).await;
    let body = "4\r\nabcd\r\n3\r\nefg\r\n0\r\nx-sum: 7\r\n\r\n";
    lab.send(format!("POST /search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}")).await;
    let (old, new) = (lab.old.gets_whole().await, lab.new.gets_whole().await);
    assert_eq!((new.text(), &new.trailers), ("abcdefg".to_owned(), &old.trailers));
    assert_eq!(new.all("transfer-encoding"), ["chunked"]);
    assert_eq!(new.all("content-length").len(), 0);
}

#[tokio::test]
async fn a_body_past_the_bound_is_served_and_not_mirrored() {
    let chunked = "Transfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n0\r\n\r\n";
    for rest in ["Content-Length: 16\r\n\r\nabcdefghabcdefgh", chunked] {
        let lab = Lab::with(&format!("{SEARCH}shadow: {{ max_request_body: 10 B }}\n")).await;
        let reply = lab.send(format!("POST /search HTTP/1.1\r\nHost: a\r\n{rest}")).await;
        is_served_alone(&lab, &reply, Outcome::RequestBodyTooLarge).await;
        assert_eq!(lab.old.only().text(), "abcdefghabcdefgh");
    }
}

#[tokio::test]
async fn an_upload_that_never_ends_is_not_mirrored() {
    let lab = Lab::with(SEARCH).await;
    let mut client = lab.raw().await;
    client.write("POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\nabc").await;
    lab.old.gets(1).await;
    client.reset();
    assert_eq!(lab.settled().await.rows("all"), [("request_body_incomplete", 1)]);
    lab.old.is_left().await;
    assert_eq!((lab.old.only().whole, lab.new.received().len()), (false, 0));
}

#[tokio::test]
async fn an_upload_that_breaks_its_framing_is_not_mirrored() {
    let lab = Lab::with(SEARCH).await;
    let head = "POST /search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(lab.send(format!("{head}4\r\nabcd\r\nnonsense\r\n")).await.status, 400);
    assert_eq!(lab.settled().await.rows("all"), [("request_body_incomplete", 1)]);
    assert_eq!(lab.new.received().len(), 0);
}

#[tokio::test]
async fn a_body_that_old_does_not_wait_for_is_not_mirrored() {
    let lab = Lab::with(SEARCH).await;
    let refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
    lab.old.does("/search", [Step::Send(refusal.to_vec()), Step::ReadBody]);
    let mut client = lab.raw().await;
    client.write("POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\nabc").await;
    assert_eq!(client.reply().await.status, 413);
    assert_eq!(lab.settled().await.rows("all"), [("request_body_incomplete", 1)]);
    assert_eq!(lab.new.received().len(), 0);
}

#[tokio::test]
async fn an_event_stream_is_passed_on_event_by_event_and_not_compared() {
    let lab = Lab::start().await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
    let more = Gate::new();
    let first = Step::Send(format!("{head}data: 1\n\n").into());
    lab.old.does(ANY, [first, Step::Wait(more.clone()), Step::Send(b"data: 2\n\n".to_vec()), Step::Close]);
    let mut client = lab.raw().await;
    client.write("GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    client.head().await;
    until("it has its row", || lab.app().account().total().of(Outcome::Streaming) == 1).await;
    more.open();
    assert!(String::from_utf8(client.rest().await).unwrap().contains("data: 2"));
    assert_eq!(lab.settled().await.rows("all"), [("streaming", 1)]);
}

#[tokio::test]
async fn an_upgrade_is_tunnelled_to_old_alone() {
    let lab = Lab::start().await;
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    lab.old.does(ANY, [Step::Send(switch.to_vec()), Step::Echo]);
    let mut client = lab.raw().await;
    client.write("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await;
    assert!(client.any_head().await.starts_with(b"HTTP/1.1 101"));
    client.write("not HTTP").await;
    assert_eq!(client.bytes(8).await, b"not HTTP");
    assert_eq!(lab.settled().await.rows("all"), [("upgrade", 1)]);
    assert_eq!(lab.new.received().len(), 0);
}

#[tokio::test]
async fn an_offer_to_speak_http_2_is_left_unanswered_and_hides_no_read() {
    let lab = Lab::with(SEARCH).await;
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    let request = format!("POST /search HTTP/1.1\r\nHost: a\r\n{offer}Content-Length: 2\r\n\r\n{{}}");
    assert!(lab.send(request).await.is_whole());
    assert_eq!(lab.settled().await.rows("all"), [("exact", 1)]);
    for asked in [lab.old.only(), lab.new.only()] {
        assert_eq!((asked.all("upgrade").len(), asked.all("http2-settings").len()), (0, 0));
    }
}

#[tokio::test]
async fn at_the_stage_off_nobody_hears_of_a_read_but_old() {
    let lab = Lab::with("rollouts: [{ id: r, stages: [off] }]\n").await;
    let reply = lab.get("/").await;
    is_served_alone(&lab, &reply, Outcome::Off).await;
}

/// The targets that were mirrored, of so many different ones.
async fn mirrored(sample: &str, targets: usize) -> BTreeSet<String> {
    let lab = Lab::with(&format!("shadow: {{ sample: {sample} }}\n")).await;
    let mut client = lab.raw().await;
    for n in 0..targets {
        assert!(client.get(&format!("/users/{n}?a=b")).await.is_whole());
    }
    let settled = lab.settled().await;
    let mirrored: BTreeSet<_> = lab.new.received().iter().map(|request| request.target()).collect();
    assert_eq!(settled.count(Outcome::Unsampled), (targets - mirrored.len()) as u64);
    mirrored
}

#[tokio::test]
async fn the_sample_is_the_same_every_time() {
    let half = mirrored("50%", 200).await;
    assert!((60..=140).contains(&half.len()), "{}", half.len());
    assert_eq!(mirrored("50%", 200).await, half);
    assert!(mirrored("20%", 200).await.is_subset(&half), "a smaller share is a part of the larger one");
}

#[tokio::test]
async fn a_sample_of_nothing_is_nothing_and_of_everything_is_everything() {
    assert_eq!((mirrored("0%", 50).await.len(), mirrored("100%", 50).await.len()), (0, 50));
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_hide_a_shadow_that_has_started() {
    let lab = Lab::with("workers: 1\n").await;
    let (_old, new) = (lab.old.holds(ANY), lab.new.holds(ANY));
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").await;
    lab.old.gets(1).await;
    lab.new.gets(1).await;
    client.reset();
    lab.old.is_left().await;
    assert_eq!(lab.app().account().total().in_flight, 1, "what new replies still counts");
    new.open();
    assert_eq!(lab.settled().await.rows("all"), [("client_cancelled", 1)]);
    // Read to its end, the reply left a connection that serves again.
    assert_eq!((lab.new.received().len(), lab.new.open(), lab.new.accepted()), (1, 1, 1));
}

#[tokio::test]
async fn a_shadow_that_new_has_seen_is_never_sent_again() {
    let lab = Lab::start().await;
    lab.new.does(ANY, [Step::Close]);
    assert!(lab.get("/a").await.is_whole());
    assert_eq!(lab.settled().await.rows("all"), [("new_reset", 1)]);
    assert_eq!(lab.new.received().len(), 1);
}

#[tokio::test]
async fn a_connection_that_new_has_closed_meanwhile_is_no_failure_of_new() {
    let lab = Lab::with("workers: 1\n").await;
    for _ in 0..20 {
        assert!(lab.get("/a").await.is_whole());
        lab.settled().await;
        lab.new.closes_all();
    }
    assert_eq!(lab.settled().await.rows("all"), [("exact", 20)]);
    assert_eq!(lab.new.received().len(), 20);
}

#[tokio::test]
async fn while_the_program_drains_reads_are_served_and_not_mirrored() {
    let lab = Lab::with("workers: 1\n").await;
    let mut fresh = lab.raw().await;
    lab.drain();
    within("the proxy tells clients to close", async {
        while lab.get("/a").await.all("connection") != ["close"] {}
    })
    .await;
    assert!(fresh.get("/on-its-way").await.is_whole(), "who has just come has its say");
    assert_eq!(fresh.end().await, Ending::Short);
    let settled = lab.settled().await;
    assert!(settled.count(Outcome::Draining) >= 1);
    assert_eq!(settled.count(Outcome::Draining) + lab.new.received().len() as u64, settled.received());
}
