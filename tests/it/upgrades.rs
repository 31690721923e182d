//! Tunnels: after 101, and only then, bytes go through both ways as they come.

use readshift::domain::outcome::Outcome;

use crate::lab::{Client, Ending, Lab, Step};

const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";
const ASK: &str = "GET /chat HTTP/1.1\r\nHost: lab\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";

async fn tunnel(lab: &Lab, after_switch: &[u8]) -> Client {
    lab.old.does("/chat", [Step::Send([SWITCH, after_switch].concat()), Step::Echo]);
    lab.raw().await
}

#[tokio::test]
async fn an_upgrade_is_tunnelled_both_ways_and_never_shadowed() {
    let lab = Lab::start().await;
    let mut client = tunnel(&lab, b"").await;
    client.write(ASK).await;
    let head = String::from_utf8(client.any_head().await).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert!(
        head.contains("\r\nUpgrade: websocket\r\n") && head.contains("\r\nConnection: Upgrade\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nSec-WebSocket-Accept: x\r\n"), "{head}");
    for word in [&b"hello"[..], b"\0\r\n\r\nGET / HTTP/1.1\r\n", b"bye"] {
        client.write(word).await;
        assert_eq!(client.bytes(word.len()).await, word);
    }
    let request = lab.old.only();
    assert_eq!(
        (request.all("upgrade"), request.all("sec-websocket-key")),
        (vec!["websocket".to_owned()], vec!["k".to_owned()])
    );
    assert_eq!(lab.settled().await.count(Outcome::Upgrade), 1);
    assert!(lab.new.received().is_empty());
}

#[tokio::test]
async fn bytes_that_either_end_sends_early_are_not_lost() {
    let lab = Lab::start().await;
    let mut client = tunnel(&lab, b"welcome").await;
    client.write(format!("{ASK}early")).await;
    client.any_head().await;
    assert_eq!(client.bytes(12).await, b"welcomeearly");
}

#[tokio::test]
async fn the_end_of_either_side_ends_the_tunnel() {
    let lab = Lab::start().await;
    let mut client = tunnel(&lab, b"").await;
    client.write(ASK).await;
    client.any_head().await;
    drop(client);
    lab.old.is_left().await;

    lab.old.does("/chat", [Step::Send([SWITCH, b"bye"].concat()), Step::Close]);
    let mut client = lab.raw().await;
    client.write(ASK).await;
    client.any_head().await;
    assert_eq!(client.rest().await, b"bye");
}

#[tokio::test]
async fn an_upgrade_that_old_declines_is_a_usual_reply() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client.write(ASK).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok"));
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn a_switch_that_nobody_asked_for_is_a_bad_gateway() {
    let lab = Lab::start().await;
    lab.old.does("/a", [Step::Send([SWITCH, b"HTTP/1.1 200 OK\r\n\r\nstolen"].concat()), Step::Hang]);
    for lines in ["", "Upgrade: websocket\r\n", "Connection: upgrade\r\n"] {
        let reply = lab.send(format!("GET /a HTTP/1.1\r\nHost: lab\r\n{lines}\r\n")).await;
        assert_eq!(reply.status, 502, "{lines:?}");
        assert!(!reply.text().contains("stolen"));
    }
}

#[tokio::test]
async fn a_request_behind_an_unanswered_upgrade_is_not_tunnelled() {
    let lab = Lab::start().await;
    lab.old.does("/chat", [Step::Send(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec())]);
    let mut client = lab.raw().await;
    client.write(format!("{ASK}GET /b HTTP/1.1\r\n\r\n")).await;
    assert_eq!(client.reply().await.status, 403);
    assert_eq!(client.reply().await.status, 400);
    assert_eq!(client.end().await, Ending::Short);
    assert_eq!(lab.old.received().len(), 1);
}

#[tokio::test]
async fn promise_4_no_tunnel_of_http2_hides_requests_from_the_account() {
    let lab = Lab::start().await;
    let ask = "GET /a HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, h2c\r\nHTTP2-Settings: x\r\n\r\n";
    assert_eq!(lab.send(ask).await.text(), "ok");
    let request = lab.old.only();
    assert_eq!(["connection", "upgrade", "http2-settings"].map(|name| request.all(name).len()), [0, 0, 0]);
}
