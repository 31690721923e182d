//! A stop lets what is under way end, and takes on nothing new.

use std::time::Duration;

use readshift::domain::outcome::Outcome;
use serde_json::json;

use crate::lab::{Ending, Lab, Process, Step, within};

#[tokio::test]
async fn what_is_under_way_ends_whole_and_its_connection_is_told_to_close() {
    let lab = Lab::with("workers: 1").await;

    lab.old.replies("/slow", json!("done"));
    let gate = lab.old.holds("/slow");
    let mut client = lab.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    lab.drain();
    until_draining(&lab).await;
    gate.open();
    let reply = client.reply().await;
    assert_eq!((reply.json(), reply.all("connection")), (json!("done"), vec!["close".to_owned()]));
    assert_eq!(client.end().await, Ending::Short);
}

#[tokio::test]
async fn connections_are_still_taken_while_the_proxy_drains() {
    let lab = Lab::with("workers: 1").await;
    lab.drain();
    until_draining(&lab).await;
    assert_eq!(lab.get("/a").await.text(), "ok");
    assert!(lab.settled().await.count(Outcome::Draining) >= 2);
}

#[tokio::test]
async fn an_idle_connection_gets_one_more_reply_while_the_proxy_drains() {
    let lab = Lab::with("workers: 1").await;
    let mut client = lab.raw().await;
    assert!(client.get("/a").await.all("connection").is_empty());
    lab.drain();
    until_draining(&lab).await;
    assert_eq!(client.get("/a").await.all("connection"), ["close"]);
    assert_eq!(client.end().await, Ending::Short);
}

#[tokio::test]
async fn idle_connections_are_closed_by_a_stop() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    assert_eq!(client.get("/a").await.status, 200);
    assert!(!lab.stop(Duration::from_secs(8)).await.cut_short);
    assert_eq!(client.rest().await, b"");
}

/// Waits until the only worker has heard of it.
async fn until_draining(lab: &Lab) {
    within("the proxy drains", async { while lab.get("/a").await.all("connection").is_empty() {} }).await;
}

#[tokio::test]
async fn http2_connections_get_a_goaway_and_finish_their_streams() {
    let lab = Lab::start().await;
    lab.old.replies("/slow", json!("done"));
    let gate = lab.old.holds("/slow");
    let mut client = lab.h2().await;
    let (reply, _) = client.open(http::Request::get("http://lab/slow"), true).await;
    lab.old.gets(1).await;
    lab.drain();
    gate.open();
    assert_eq!(crate::lab::H2::reply(reply).await.body, b"\"done\"");
    client.end().await.expect("GOAWAY without an error");
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_and_takes_nothing_new() {
    let lab = Lab::start().await;
    lab.old.replies("/slow", json!("done"));
    let (gate, address) = (lab.old.holds("/slow"), lab.address());
    let mut client = lab.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    let stopping = lab.stop(Duration::from_secs(8));
    let client = async {
        within("no new connection is taken", async {
            while tokio::net::TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        gate.open();
        client.reply().await.json()
    };
    let (stopped, reply) = tokio::join!(stopping, client);
    assert_eq!(reply, json!("done"));
    assert!(!stopped.cut_short);
    assert_eq!(stopped.account.total().in_flight, 0);
}

#[tokio::test]
async fn promise_4_a_stop_at_its_deadline_accounts_for_what_it_cut_off() {
    let lab = Lab::start().await;
    lab.old.hangs();
    let mut client = lab.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    let stopped = lab.stop(Duration::from_millis(100)).await;
    assert!(stopped.cut_short);
    let total = stopped.account.total();
    assert_eq!((total.received, total.in_flight, total.settled()), (1, 0, 1));
}

#[tokio::test]
async fn a_stop_that_cuts_a_reply_off_does_not_make_it_look_whole() {
    let lab = Lab::start().await;
    lab.old.does("/a", [Step::Send(b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec()), Step::Hang]);
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.0\r\nHost: lab\r\n\r\n").await;
    client.head().await;
    assert!(lab.stop(Duration::from_millis(100)).await.cut_short);
    assert_eq!(client.end().await, Ending::Reset);
}

#[tokio::test]
async fn sigterm_lets_requests_end_and_exits_well() {
    let lab = Lab::start().await;
    let process = Process::start(&lab.old, &lab.new, &[]).await;
    lab.old.replies("/slow", json!("done"));
    let gate = lab.old.holds("/slow");
    let mut client = process.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    process.terminate();
    gate.open();
    assert_eq!(client.reply().await.json(), json!("done"));
    assert!(process.exit().await.success());
}

#[tokio::test]
async fn a_second_sigterm_ends_it_now() {
    let lab = Lab::start().await;
    let process = Process::start(&lab.old, &lab.new, &[]).await;
    lab.old.hangs();
    let mut client = process.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    process.terminate();
    within("it takes nothing new", async {
        while tokio::net::TcpStream::connect(process.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    process.terminate();
    assert_eq!(process.exit().await.code(), Some(1));
}

#[tokio::test]
async fn a_client_that_comes_and_says_nothing_holds_up_no_stop() {
    let lab = Lab::start().await;
    let mut silent = lab.raw().await;
    let stopped = lab.stop(Duration::from_secs(5)).await;
    assert!(!stopped.cut_short);
    silent.end().await;
}
