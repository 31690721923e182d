//! HTTP/2 by prior knowledge: the same promises on streams.

use http::{HeaderMap, Request};
use readshift::domain::outcome::Outcome;
use serde_json::json;

use crate::lab::{H2, Lab, Step, within};

#[tokio::test]
async fn a_get_over_http2_is_served_and_mirrored() {
    let lab = Lab::with("forwarding: { via: false, x_forwarded: 'off' }").await;
    lab.old.replies("/users/1", json!({"name": "Ada"}));
    let reply = lab.h2().await.get("/users/1?a=%2f&&b").await;
    assert_eq!((reply.status, &*reply.body), (200, &br#"{"name":"Ada"}"#[..]));
    assert_eq!(reply.fields["content-type"], "application/json");
    let request = lab.old.only();
    assert_eq!(request.line(), "GET /users/1?a=%2f&&b HTTP/1.1");
    assert_eq!(request.lines(), ["host: lab"]);
    assert_eq!(lab.new.gets(1).await[0].target(), "/users/1?a=%2f&&b");
}

#[tokio::test]
async fn a_body_of_open_length_goes_up_chunked_with_its_trailers() {
    let lab = Lab::start().await;
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "7".parse().unwrap());
    let reply = lab.h2().await.send(Request::post("http://lab/a"), &["hello", "world"], Some(trailers)).await;
    assert_eq!(reply.status, 200);
    let request = lab.old.gets_whole().await;
    assert_eq!((request.text().as_str(), &*request.trailers), ("helloworld", &b"x-sum: 7\r\n"[..]));
    assert_eq!(request.all("transfer-encoding"), ["chunked"]);
}

#[tokio::test]
async fn a_body_of_known_length_goes_up_with_it() {
    let lab = Lab::start().await;
    let request = Request::post("http://lab/a").header("content-length", "5");
    assert_eq!(lab.h2().await.send(request, &["hello"], None).await.status, 200);
    let request = lab.old.gets_whole().await;
    assert_eq!((request.text().as_str(), request.all("content-length")), ("hello", vec!["5".to_owned()]));
}

#[tokio::test]
async fn a_body_that_contradicts_its_length_never_looks_whole_to_old() {
    let lab = Lab::start().await;
    let request = Request::post("http://lab/a").header("content-length", "10");
    let reply = lab.h2().await.send(request, &["hello"], None).await;
    assert!(reply.error.is_some() || reply.status == 400, "{reply:?}");
    lab.old.is_left().await;
    assert!(lab.old.received().iter().all(|request| !request.whole));
}

#[tokio::test]
async fn trailers_and_bodies_of_open_length_come_down() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/a", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x-own\r\nX-Own: 1\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n");
    let reply = lab.h2().await.get("/a").await;
    assert_eq!((&*reply.body, reply.error.is_none()), (&b"hello"[..], true));
    assert_eq!(reply.trailers.unwrap()["x-sum"], "7");
    assert!(
        ["transfer-encoding", "connection", "x-own"].iter().all(|name| !reply.fields.contains_key(*name))
    );
}

#[tokio::test]
async fn the_crumbs_of_a_cookie_are_joined() {
    let lab = Lab::start().await;
    let request =
        Request::get("http://lab/a").header("cookie", "a=1").header("x", "1").header("cookie", "b=2");
    lab.h2().await.send(request, &[], None).await;
    assert_eq!(lab.old.only().all("cookie"), ["a=1; b=2"]);
}

#[tokio::test]
async fn a_reply_that_old_cuts_short_is_a_reset_stream() {
    let lab = Lab::start().await;
    for cut in ["Content-Length: 100\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        lab.old.replies_and_closes("/a", format!("HTTP/1.1 200 OK\r\n{cut}"));
        let mut client = lab.h2().await;
        let reply = client.get("/a").await;
        assert!(reply.error.as_ref().is_some_and(h2::Error::is_reset), "{cut:?} {reply:?}");
        // Only that stream: the connection goes on.
        assert_eq!(client.get("/b").await.body, b"ok");
    }
}

#[tokio::test]
async fn a_client_that_resets_its_stream_cancels_the_request_to_old() {
    let lab = Lab::start().await;
    lab.old.does("/slow", [Step::Hang]);
    let mut client = lab.h2().await;
    let (reply, mut upload) = client.open(Request::get("http://lab/slow"), true).await;
    lab.old.gets(1).await;
    upload.send_reset(h2::Reason::CANCEL);
    lab.old.is_left().await;
    drop(reply);
    assert_eq!(lab.settled().await.count(Outcome::ClientCancelled), 1);
    assert_eq!(client.get("/b").await.body, b"ok");
}

#[tokio::test]
async fn a_client_that_resets_within_the_reply_or_its_body_cancels_the_request_to_old() {
    let lab = Lab::start().await;
    lab.old.does(
        "/slow",
        [Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello".to_vec()), Step::Hang],
    );
    let mut client = lab.h2().await;
    let (reply, mut upload) = client.open(Request::get("http://lab/slow"), true).await;
    let reply = within("a head has come", reply).await.unwrap();
    upload.send_reset(h2::Reason::CANCEL);
    drop(reply);
    lab.old.is_left().await;

    let (reply, mut upload) = client.open(Request::post("http://lab/up"), false).await;
    upload.send_data("hello".into(), false).unwrap();
    lab.old.gets(2).await;
    upload.send_reset(h2::Reason::CANCEL);
    drop(reply);
    lab.old.is_left().await;
    assert!(!lab.old.received()[1].whole);
}

#[tokio::test]
async fn a_client_that_drops_its_connection_cancels_every_stream() {
    let lab = Lab::start().await;
    lab.old.hangs();
    let mut client = lab.h2().await;
    let first = client.open(Request::get("http://lab/1"), true).await;
    let second = client.open(Request::get("http://lab/2"), true).await;
    lab.old.gets(2).await;
    drop((first, second));
    client.abort();
    lab.old.is_left().await;
    assert_eq!(lab.settled().await.count(Outcome::ClientCancelled), 2);
}

#[tokio::test]
async fn head_and_empty_replies_end_with_their_head() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/a", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    lab.old.replies_raw("/204", "HTTP/1.1 204 No Content\r\n\r\n");
    let mut client = lab.h2().await;
    let reply = client.send(Request::head("http://lab/a"), &[], None).await;
    assert_eq!(
        (reply.status, reply.error.is_none(), &reply.fields["content-length"]),
        (200, true, &http::HeaderValue::from_static("7"))
    );
    let reply = client.get("/204").await;
    assert_eq!((reply.status, reply.error.is_none()), (204, true));
}

#[tokio::test]
async fn interim_replies_of_old_do_not_disturb_http2() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/a", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(lab.h2().await.get("/a").await.body, b"ok");
}

#[tokio::test]
async fn failures_of_old_are_told_over_http2() {
    let lab = Lab::with("old: { first_byte_timeout: 200ms }").await;
    lab.old.does("/hangs", [Step::Hang]);
    lab.old.does("/dies", [Step::Close]);
    let mut client = lab.h2().await;
    assert_eq!(client.get("/hangs").await.status, 504);
    let reply = client.get("/dies").await;
    assert_eq!((reply.status, reply.body.starts_with(b"readshift: ")), (502, true));
    assert_eq!(client.get("/b").await.body, b"ok");
}

#[tokio::test]
async fn requests_that_http1_would_refuse_are_refused() {
    let lab = Lab::start().await;
    let mut client = lab.h2().await;
    let contradicts = Request::get("http://lab/a").header("host", "other");
    assert_eq!(client.send(contradicts, &[], None).await.status, 400);
    let user = Request::get("http://user@lab/a");
    let reply = client.send(user, &[], None).await;
    assert!(reply.status == 400 || reply.error.is_some(), "{reply:?}");
    assert!(lab.old.received().is_empty());
}

#[tokio::test]
async fn many_streams_of_one_connection_are_served_at_once() {
    let lab = Lab::start().await;
    let gate = lab.old.holds("/slow");
    let mut client = lab.h2().await;
    let mut replies = Vec::new();
    for _ in 0..50 {
        replies.push(client.open(Request::get("http://lab/slow"), true).await.0);
    }
    lab.old.gets(50).await;
    assert_eq!(client.get("/fast").await.body, b"ok");
    gate.open();
    for reply in replies {
        assert_eq!(H2::reply(reply).await.body, b"ok");
    }
}

/// A connection that has sent its preface and this HEADERS frame, which ends the request unless a body follows.
async fn sends_frames(lab: &Lab, fields: &[(&str, &str)], body: Option<&[u8]>) -> crate::lab::Client {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    // Literal fields without indexing and without Huffman coding: any byte may stand in them.
    let block: Vec<u8> =
        fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, b""));
    bytes.extend(frame(1, if body.is_none() { 5 } else { 4 }, 1, &block));
    if let Some(body) = body {
        bytes.extend(frame(0, 1, 1, body));
    }
    let mut client = lab.raw().await;
    client.write(bytes).await;
    client
}

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":authority", "lab"), (":path", "/a")];

#[tokio::test]
async fn frames_that_are_made_by_hand_arrive() {
    let lab = Lab::start().await;
    let _client = sends_frames(&lab, &[&GET[..], &[("x-a", "b")]].concat(), Some(b"hi")).await;
    let request = lab.old.gets_whole().await;
    assert_eq!((request.line().as_str(), request.text().as_str()), ("GET /a HTTP/1.1", "hi"));
    assert_eq!(request.all("x-a"), ["b"]);
}

#[tokio::test]
async fn nothing_can_be_injected_into_the_http1_request_to_old() {
    let lab = Lab::with("workers: 1").await;
    for (name, value) in [
        ("x", "a\r\nInjected: 1"),
        ("x", "a\nInjected: 1"),
        ("x", "a\rInjected: 1"),
        ("x", "a\0b"),
        ("x: y\r\nInjected", "1"),
        ("x y", "1"),
        ("X-Upper", "1"),
        ("", "1"),
        ("transfer-encoding", "chunked"),
        ("connection", "keep-alive"),
        ("upgrade", "h2c"),
        ("content-length", "2, 2"),
        ("content-length", "+2"),
        (":path", "/b"),
        (":unknown", "1"),
        ("host", "other"),
    ] {
        let _client = sends_frames(&lab, &[&GET[..], &[(name, value)]].concat(), Some(b"hi")).await;
        probe(&lab, &format!("{name:?}: {value:?}")).await;
    }
    for (at, value) in [
        (0, "GET /b HTTP/1.1\r\nX: y\r\n"),
        (0, "CONNECT"),
        (2, "lab\r\nInjected: 1"),
        (2, "user@lab"),
        (2, "a b"),
        (2, ""),
        (3, "/b HTTP/1.1\r\nInjected: 1\r\n"),
        (3, "/b HTTP/1.1"),
        (3, "b"),
        (3, ""),
        (3, "*"),
        (3, "http://other/b"),
    ] {
        let mut fields = GET;
        fields[at].1 = value;
        let _client = sends_frames(&lab, &fields, None).await;
        probe(&lab, &format!("{}: {value:?}", GET[at].0)).await;
    }
}

/// Whatever a hostile client sent, old hears of the next one only, or of a request that is whole and its own.
async fn probe(lab: &Lab, what: &str) {
    assert_eq!(lab.post("/probe", "").await.status, 200, "{what}");
    lab.settled().await;
    for request in lab.old.received() {
        let own = request.target() == "/probe";
        let text = String::from_utf8_lossy(&request.head).into_owned();
        assert!(own, "{what}: {text}");
    }
}
