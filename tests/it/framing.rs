//! Where a message ends, both ways and for every kind of client.

use crate::lab::{Ending, Lab, Step};

#[tokio::test]
async fn head_has_the_fields_of_a_body_and_no_body() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/a", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: x\r\n\r\n");
    let mut client = lab.raw().await;
    client.write("HEAD /a HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    let reply = client.reply_to("HEAD").await;
    assert_eq!((reply.status, reply.all("content-length")), (200, vec!["7".to_owned()]));
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn replies_that_have_no_body_leave_the_connection_usable() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/204", "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n");
    lab.old.replies_raw("/304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n");
    let mut client = lab.raw().await;
    assert_eq!(client.get("/204").await.head_text(), "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n");
    let reply = client.get("/304").await;
    assert_eq!((reply.status, reply.all("content-length")), (304, vec!["99".to_owned()]));
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn interim_replies_go_to_the_client_as_they_come() {
    let lab = Lab::start().await;
    lab.old.replies_raw(
        "/a",
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let reply = lab.get("/a").await;
    assert_eq!(reply.interim.len(), 2);
    assert_eq!(reply.interim[0], b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    assert_eq!(reply.text(), "ok");
}

#[tokio::test]
async fn an_http_1_0_client_gets_no_interim_reply() {
    let lab = Lab::start().await;
    lab.old.replies_raw("/a", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let reply = lab.send("GET /a HTTP/1.0\r\nHost: lab\r\n\r\n").await;
    assert_eq!((reply.interim.len(), reply.text().as_str()), (0, "ok"));
}

#[tokio::test]
async fn eleven_interim_replies_are_a_flood_and_ten_are_not() {
    let lab = Lab::start().await;
    for (count, status) in [(10, 200), (11, 502)] {
        let flood = "HTTP/1.1 103 Early\r\n\r\n".repeat(count);
        lab.old.replies_raw("/a", format!("{flood}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        assert_eq!(lab.get("/a").await.status, status);
    }
}

#[tokio::test]
async fn an_expectation_is_met_by_old_and_not_by_the_proxy() {
    let lab = Lab::start().await;
    let gate = crate::lab::Gate::new();
    lab.old.does(
        "/a",
        [
            Step::Wait(gate.clone()),
            Step::Send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
            Step::ReadBody,
            Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone".to_vec()),
        ],
    );
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").await;
    assert_eq!(lab.old.gets(1).await[0].all("expect"), ["100-continue"]);
    gate.open();
    assert_eq!(client.any_head().await, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write("hello").await;
    assert_eq!(client.reply().await.text(), "done");
    assert_eq!(lab.old.only().text(), "hello");
}

#[tokio::test]
async fn an_expectation_that_old_refuses_gets_its_refusal_without_the_body() {
    let lab = Lab::start().await;
    lab.old
        .does("/a", [Step::Send(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n".to_vec()), Step::ReadBody]);
    let reply =
        lab.send("POST /a HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").await;
    assert_eq!((reply.status, reply.is_whole()), (417, true));
}

#[tokio::test]
async fn chunked_bodies_go_up_with_their_trailers() {
    let lab = Lab::start().await;
    lab.send("POST /a HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\nx-SUM: 8\r\n\r\n")
        .await;
    let request = lab.old.gets_whole().await;
    assert_eq!(request.text(), "hello!");
    assert_eq!(request.all("transfer-encoding"), ["chunked"]);
    assert!(request.all("content-length").is_empty());
    assert_eq!(request.trailers, b"X-Sum: 7\r\nx-SUM: 8\r\n");
}

#[tokio::test]
async fn chunked_bodies_come_down_with_their_trailers() {
    let lab = Lab::start().await;
    lab.old.replies_raw(
        "/a",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n",
    );
    let mut client = lab.raw().await;
    let reply = client.get("/a").await;
    assert_eq!((reply.text().as_str(), &*reply.trailers), ("hello!", &b"X-Sum: 7\r\n"[..]));
    assert_eq!(reply.all("transfer-encoding"), ["chunked"]);
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn a_body_of_known_length_stays_one_both_ways() {
    let lab = Lab::start().await;
    let reply = lab.post("/a", "hello").await;
    assert_eq!((reply.text().as_str(), reply.all("content-length")), ("ok", vec!["2".to_owned()]));
    let request = lab.old.gets_whole().await;
    assert_eq!((request.text().as_str(), request.all("content-length")), ("hello", vec!["5".to_owned()]));
    assert!(request.all("transfer-encoding").is_empty());
}

#[tokio::test]
async fn a_post_of_length_zero_says_so_to_old() {
    let lab = Lab::start().await;
    lab.post("/a", "").await;
    assert_eq!(lab.old.only().all("content-length"), ["0"]);
}

#[tokio::test]
async fn a_reply_that_ends_with_its_connection_is_chunked_for_1_1() {
    let lab = Lab::start().await;
    lab.old.replies_and_closes("/a", "HTTP/1.1 200 OK\r\nX: 1\r\n\r\nhello");
    let mut client = lab.raw().await;
    let reply = client.get("/a").await;
    assert_eq!(
        (reply.text().as_str(), reply.all("transfer-encoding")),
        ("hello", vec!["chunked".to_owned()])
    );
    assert!(reply.is_whole());
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn replies_of_open_length_end_with_the_connection_for_1_0() {
    let lab = Lab::start().await;
    lab.old.replies_and_closes("/close", "HTTP/1.1 200 OK\r\n\r\nhello");
    lab.old.replies_raw(
        "/chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    for target in ["/close", "/chunked"] {
        let reply =
            lab.send(format!("GET {target} HTTP/1.0\r\nHost: lab\r\nConnection: keep-alive\r\n\r\n")).await;
        assert_eq!((reply.text().as_str(), reply.ending), ("hello", Ending::Whole));
        assert!(reply.all("transfer-encoding").is_empty());
        assert_eq!(reply.all("connection"), ["close"]);
    }
}

#[tokio::test]
async fn http_1_0_closes_unless_it_asked_to_stay() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.0\r\nHost: lab\r\n\r\n").await;
    assert_eq!(client.reply().await.all("connection"), ["close"]);
    assert_eq!(client.end().await, Ending::Short);

    let mut client = lab.raw().await;
    for _ in 0..3 {
        client.write("GET /a HTTP/1.0\r\nHost: lab\r\nConnection: keep-alive\r\n\r\n").await;
        assert_eq!(client.reply().await.all("connection"), ["keep-alive"]);
    }
}

#[tokio::test]
async fn a_client_that_asks_to_close_is_closed_after_its_reply() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").await;
    let reply = client.reply().await;
    assert_eq!((reply.text().as_str(), reply.all("connection")), ("ok", vec!["close".to_owned()]));
    assert_eq!(client.end().await, Ending::Short);
}

#[tokio::test]
async fn an_http_1_0_reply_of_old_is_forwarded_as_1_1() {
    let lab = Lab::start().await;
    lab.old.replies_and_closes("/a", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let reply = lab.get("/a").await;
    assert!(reply.head_text().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(reply.text(), "hello");
}

#[tokio::test]
async fn a_body_that_old_cuts_short_is_cut_short_for_the_client() {
    let lab = Lab::start().await;
    for head in [
        "Content-Length: 100\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n\r\n50\r\nhello",
    ] {
        lab.old.replies_and_closes("/a", format!("HTTP/1.1 200 OK\r\n{head}"));
        for version in ["1.1", "1.0"] {
            let reply = lab.send(format!("GET /a HTTP/{version}\r\nHost: lab\r\n\r\n")).await;
            assert_eq!(reply.status, 200);
            // HTTP/1.0 has no other way to tell a cut body from a whole one; to 1.1 it is the plainest.
            assert_eq!(reply.ending, Ending::Reset, "{version} {head:?}");
        }
    }
}

#[tokio::test]
async fn a_reset_within_a_reply_that_ends_with_its_connection_is_no_end() {
    let lab = Lab::start().await;
    let gate = crate::lab::Gate::new();
    let head = Step::Send(b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec());
    lab.old.does("/a", [head, Step::Wait(gate.clone()), Step::Reset]);
    for version in ["1.1", "1.0"] {
        let mut client = lab.raw().await;
        client.write(format!("GET /a HTTP/{version}\r\nHost: lab\r\n\r\n")).await;
        client.head().await;
        gate.open();
        assert_eq!(client.end().await, Ending::Reset, "{version}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_its_framing_never_looks_whole() {
    let lab = Lab::start().await;
    for chunks in [
        "5\r\nhelloXX",
        "zz\r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
        "-5\r\n",
        "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
    ] {
        lab.old.replies_raw("/a", format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));
        let reply = lab.get("/a").await;
        assert!(reply.status == 502 || !reply.is_whole(), "{chunks:?}: {reply:?}");
    }
}
