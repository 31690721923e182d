//! Nothing waits for ever, and whoever is late is told so.

use readshift::domain::outcome::Outcome;

use crate::lab::{ANY, Ending, Lab, Step};

#[tokio::test]
async fn a_head_that_never_ends_is_a_408_and_closed() {
    let lab = Lab::with("limits: { head_timeout: 300ms }").await;
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: l").await;
    assert_eq!(client.reply().await.status, 408);
    assert_eq!(client.end().await, Ending::Short);
    assert!(lab.old.received().is_empty());
    assert_eq!(lab.settled().await.in_all(Outcome::Refused), 1);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_does_not_buy_time() {
    let lab = Lab::with("limits: { head_timeout: 300ms }").await;
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nX: ").await;
    let cut = tokio::time::timeout(crate::lab::PATIENCE, async {
        loop {
            if client.wire.write(b"x").await.is_err() || !is_silent(&client.wire.stream) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    cut.await.expect("the proxy loses its patience");
    assert!(matches!(client.reply().await.status, 408 | 0));
}

/// Whether the proxy has said nothing so far.
fn is_silent(stream: &tokio::net::TcpStream) -> bool {
    let seen = rustix::net::recv(
        stream,
        &mut [0u8; 1],
        rustix::net::RecvFlags::PEEK | rustix::net::RecvFlags::DONTWAIT,
    );
    matches!(seen, Err(rustix::io::Errno::AGAIN))
}

#[tokio::test]
async fn a_client_that_says_nothing_at_all_is_closed() {
    let lab = Lab::with("limits: { head_timeout: 200ms }").await;
    assert_eq!(lab.raw().await.end().await, Ending::Short);
    let mut client = lab.raw().await;
    client.write("PRI * HTTP/2.0\r\n\r\n").await;
    assert_ne!(client.end().await, Ending::Whole);
}

#[tokio::test]
async fn a_connection_that_lies_idle_is_closed_without_a_word() {
    let lab = Lab::with("limits: { idle: 200ms }").await;
    let mut client = lab.raw().await;
    assert_eq!(client.get("/a").await.status, 200);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn an_idle_http2_connection_is_closed_too() {
    let lab = Lab::with("limits: { idle: 200ms }").await;
    let mut client = lab.h2().await;
    assert_eq!(client.get("/a").await.status, 200);
    client.end().await.expect("an orderly end");
}

#[tokio::test]
async fn an_old_that_does_not_answer_is_a_504() {
    let lab = Lab::with("old: { first_byte_timeout: 200ms }").await;
    lab.old.hangs();
    let reply = lab.get("/a").await;
    assert_eq!(
        (reply.status, reply.all("content-type")),
        (504, vec!["text/plain; charset=utf-8".to_owned()])
    );
    assert!(reply.is_whole() && reply.text().starts_with("readshift: "));
    lab.old.is_left().await;
    assert_eq!(lab.post("/a", "hello").await.status, 504);
}

#[tokio::test]
async fn the_time_for_a_first_byte_begins_when_the_upload_has_ended() {
    let lab = Lab::with("old: { first_byte_timeout: 200ms }").await;
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\n\r\n").await;
    for byte in ["h", "e", "l", "l", "o"] {
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        client.write(byte).await;
    }
    assert_eq!(client.reply().await.status, 200);
}

#[tokio::test]
async fn an_old_that_stalls_within_its_reply_is_cut_off() {
    let lab = Lab::with("limits: { body_stall: 200ms }").await;
    lab.old.does(
        "/a",
        [Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello".to_vec()), Step::Hang],
    );
    let reply = lab.get("/a").await;
    assert_eq!((reply.status, reply.ending), (200, Ending::Reset));
    lab.old.is_left().await;
}

#[tokio::test]
#[ignore = "old.timeout is read from the config and used nowhere"]
async fn a_reply_that_never_ends_is_bounded_by_the_whole_timeout_of_old() {
    let lab = Lab::with("old: { timeout: 300ms }").await;
    lab.old.hangs();
    assert_eq!(lab.get("/a").await.status, 504);
}

#[tokio::test]
async fn a_client_that_stalls_within_its_body_is_a_408() {
    let lab = Lab::with("limits: { body_stall: 200ms }").await;
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 100\r\n\r\nhello").await;
    assert_eq!(client.reply().await.status, 408);
    assert_eq!(client.end().await, Ending::Short);
    lab.old.is_left().await;
    assert!(!lab.old.only().whole);
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off() {
    let lab = Lab::with("limits: { body_stall: 300ms }").await;
    let length = 64 << 20;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    lab.old.does("/a", [Step::Send(head.into()), Step::Fill(length)]);
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    client.head().await;
    lab.old.is_left().await;
    assert_eq!(client.end().await, Ending::Reset);
}

#[tokio::test]
async fn a_bound_on_the_whole_request_holds() {
    let lab = Lab::with("limits: { request: 300ms }").await;
    lab.old.hangs();
    assert_eq!(lab.get("/a").await.status, 504);
}

#[tokio::test]
async fn an_old_that_refuses_is_a_502_with_a_reason() {
    let lab = Lab::start().await;
    lab.old.refuses();
    for method in ["GET", "POST"] {
        let reply = lab.send(format!("{method} /a HTTP/1.1\r\nHost: lab\r\n\r\n")).await;
        assert_eq!((reply.status, reply.is_whole()), (502, true));
        assert!(reply.text().starts_with("readshift: "), "{}", reply.text());
    }
}

#[tokio::test]
async fn an_old_that_closes_without_a_word_is_a_502() {
    let lab = Lab::start().await;
    for steps in
        [vec![Step::Close], vec![Step::Reset], vec![Step::Send(b"HTTP/1.1 200".to_vec()), Step::Close]]
    {
        lab.old.does(ANY, steps);
        let reply = lab.get("/a").await;
        assert_eq!((reply.status, reply.is_whole()), (502, true));
    }
    assert_eq!(lab.settled().await.received(), 3);
}

#[tokio::test]
async fn the_connection_of_the_client_survives_a_failure_of_old() {
    let lab = Lab::start().await;
    lab.old.does("/dies", [Step::Close]);
    let mut client = lab.raw().await;
    assert_eq!(client.get("/dies").await.status, 502);
    assert_eq!(client.get("/a").await.text(), "ok");
}

#[tokio::test]
async fn a_new_side_that_is_late_is_charged_to_new() {
    let lab = Lab::with("new: { timeout: 200ms }").await;
    lab.new.hangs();
    assert_eq!(lab.get("/a").await.text(), "ok");
    assert_eq!(lab.settled().await.count(Outcome::NewTimeout), 1);
}
