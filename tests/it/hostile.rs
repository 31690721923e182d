//! What two readers could take differently is refused, and nothing of it reaches old.

use crate::lab::{Ending, Lab};

/// Refused with that status, closed, and nothing sent to old.
async fn refused(lab: &Lab, request: impl AsRef<[u8]>, status: u16) {
    let shown = String::from_utf8_lossy(request.as_ref()).chars().take(200).collect::<String>();
    let mut client = lab.raw().await;
    client.write(&request).await;
    // Whatever is smuggled behind must not be answered either.
    let reply = client.reply().await;
    assert_eq!(reply.status, status, "{shown:?}");
    assert_eq!(reply.all("connection"), ["close"], "{shown:?}");
    assert!(reply.is_whole() && reply.text().starts_with("readshift: "), "{shown:?}");
    assert_eq!(client.end().await, Ending::Short, "{shown:?}");
    assert!(lab.old.received().is_empty(), "{shown:?}");
    assert!(lab.new.received().is_empty(), "{shown:?}");
}

/// A POST with these field lines, and a request hidden in its body.
fn with(lines: &str) -> String {
    format!("POST /a HTTP/1.1\r\nHost: lab\r\n{lines}\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: lab\r\n\r\n")
}

#[tokio::test]
async fn conflicting_framing_is_refused() {
    let lab = Lab::start().await;
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\ncontent-length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5,6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5e0\r\n",
        "Content-Length: \r\n",
        "Content-Length: five\r\n",
        "Content-Length: 18446744073709551617\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding: chunk\x0bed, chunked\r\n",
    ] {
        refused(&lab, with(lines), 400).await;
    }
    for lines in ["Transfer-Encoding: identity\r\n", "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: \r\n"]
    {
        refused(&lab, with(lines), 501).await;
    }
}

#[tokio::test]
async fn transfer_encoding_on_http_1_0_is_refused() {
    let lab = Lab::start().await;
    refused(&lab, "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400).await;
}

#[tokio::test]
async fn odd_field_lines_are_refused() {
    let lab = Lab::start().await;
    for lines in [
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "X: a\r\n Transfer-Encoding: chunked\r\n",
        "X: a\r\n\tfolded\r\n",
        "X: a\nTransfer-Encoding: chunked\r\n",
        "X: a\rTransfer-Encoding: chunked\r\n",
        "X: a\0b\r\n",
        "X\0: a\r\n",
        "X: a\x01b\r\n",
        "X: a\x7fb\r\n",
        "Transfer\u{2d}Encoding\u{a0}: chunked\r\n",
        ": nameless\r\n",
        "no colon\r\n",
        "X(y): z\r\n",
        "X\n: y\r\n",
    ] {
        refused(&lab, with(lines), 400).await;
    }
}

#[tokio::test]
async fn bare_line_feeds_are_refused() {
    let lab = Lab::start().await;
    for request in [
        "GET /a HTTP/1.1\nHost: lab\n\n",
        "GET /a HTTP/1.1\r\nHost: lab\n\r\n",
        "GET /a HTTP/1.1\r\nHost: lab\r\n\n",
        "\nGET /a HTTP/1.1\r\nHost: lab\r\n\r\n",
    ] {
        refused(&lab, request, 400).await;
    }
}

#[tokio::test]
async fn odd_hosts_are_refused() {
    let lab = Lab::start().await;
    for host in [
        "",
        "Host:\r\n",
        "Host: lab\r\nHost: lab\r\n",
        "Host: lab\r\nhost: other\r\n",
        "Host: a b\r\n",
        "Host: a,b\r\n",
        "Host: user@lab\r\n",
        "Host: lab/x\r\n",
        "Host: lab?x\r\n",
        "Host: lab#x\r\n",
        "Host: lab:x\r\n",
        "Host: lab:80:80\r\n",
        "Host: [::1\r\n",
        "Host: http://lab\r\n",
        "Host: l\\ab\r\n",
    ] {
        refused(&lab, format!("GET /a HTTP/1.1\r\n{host}\r\n"), 400).await;
    }
}

#[tokio::test]
async fn odd_request_lines_are_refused() {
    let lab = Lab::start().await;
    for (line, status) in [
        ("GET a HTTP/1.1", 400),
        ("GET /a#b HTTP/1.1", 400),
        ("GET http://user@lab/a HTTP/1.1", 400),
        ("GET http://user:pass@lab/a HTTP/1.1", 400),
        ("GET http:///a HTTP/1.1", 400),
        ("GET ftp://lab/a HTTP/1.1", 400),
        ("GET * HTTP/1.1", 400),
        ("CONNECT lab:443 HTTP/1.1", 501),
        ("GET /a HTTP/1.2", 400),
        ("GET /a HTTP/2.0", 400),
        ("GET /a HTTP/0.9", 400),
        ("GET /a http/1.1", 400),
        ("GET /a HTTP/1.1 ", 400),
        ("GET  /a HTTP/1.1", 400),
        ("GET /a  HTTP/1.1", 400),
        ("GET\t/a HTTP/1.1", 400),
        (" GET /a HTTP/1.1", 400),
        ("GET /a b HTTP/1.1", 400),
        ("GET /a\0 HTTP/1.1", 400),
        ("GET /a", 400),
        ("G(T /a HTTP/1.1", 400),
    ] {
        refused(&lab, format!("{line}\r\nHost: lab\r\n\r\n"), status).await;
    }
}

#[tokio::test]
async fn other_protocols_are_refused() {
    let lab = Lab::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"SSH-2.0-x\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        refused(&lab, bytes, 400).await;
    }
}

#[tokio::test]
async fn heads_past_a_limit_are_refused_with_their_status() {
    let lab = Lab::start().await;
    let long = "a".repeat(70_000);
    refused(&lab, format!("GET /{long} HTTP/1.1\r\nHost: lab\r\n\r\n"), 414).await;
    refused(&lab, format!("GET /a HTTP/1.1\r\nHost: lab\r\nX: {long}\r\n\r\n"), 431).await;
    let many: String = (0..200).map(|n| format!("X-{n}: v\r\n")).collect();
    refused(&lab, format!("GET /a HTTP/1.1\r\nHost: lab\r\n{many}\r\n"), 431).await;
    let far_too_many: String = (0..600).map(|n| format!("X-{n}: v\r\n")).collect();
    refused(&lab, format!("GET /a HTTP/1.1\r\nHost: lab\r\n{far_too_many}\r\n"), 431).await;
}

#[tokio::test]
async fn as_many_fields_as_allowed_go_through_both_ways() {
    let lab = Lab::start().await;
    let many: String = (0..199).map(|n| format!("X-{n}: v\r\n")).collect();
    lab.old.replies_raw("/a", format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 2\r\n\r\nok"));
    let reply = lab.send(format!("GET /a HTTP/1.1\r\nHost: lab\r\n{many}\r\n")).await;
    assert_eq!((reply.status, reply.fields().len()), (200, 200));
    assert_eq!(lab.old.only().lines().iter().filter(|line| line.starts_with("X-1")).count(), 110);
}

#[tokio::test]
async fn a_reply_with_too_many_fields_is_a_bad_gateway() {
    let lab = Lab::start().await;
    let many: String = (0..201).map(|n| format!("X-{n}: v\r\n")).collect();
    lab.old.replies_raw("/a", format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 2\r\n\r\nok"));
    assert_eq!(lab.get("/a").await.status, 502);
}

#[tokio::test]
async fn an_unmet_expectation_is_refused() {
    let lab = Lab::start().await;
    refused(&lab, with("Expect: 200-maybe\r\nContent-Length: 3\r\n"), 417).await;
}

#[tokio::test]
async fn an_upgrade_with_a_body_is_refused() {
    let lab = Lab::start().await;
    refused(&lab, with("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n"), 400).await;
    refused(&lab, with("Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n"), 400)
        .await;
}

#[tokio::test]
async fn a_broken_chunk_is_the_clients_fault_and_old_never_sees_an_end() {
    for chunks in [
        "zz\r\nhello\r\n",
        "5\r\nhelloXX",
        "5\nhello\n0\n\n",
        "-5\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        " 5\r\nhello\r\n",
        "ffffffffffffffff0\r\nhello\r\n",
        "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
        "\r\n",
    ] {
        let lab = Lab::start().await;
        let mut client = lab.raw().await;
        client
            .write(format!("POST /a HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"))
            .await;
        assert_eq!(client.reply().await.status, 400, "{chunks:?}");
        assert_eq!(client.end().await, Ending::Short);
        lab.old.is_left().await;
        assert!(lab.old.received().iter().all(|request| !request.whole), "{chunks:?}");
    }
}

#[tokio::test]
async fn promise_3_a_hidden_request_behind_a_body_is_a_request_of_its_own() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 35\r\n\r\nGET /hidden HTTP/1.1\r\nHost: lab\r\n\r\nGET /b HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    client.reply().await;
    client.reply().await;
    let targets: Vec<_> = lab.old.received().iter().map(|request| request.target()).collect();
    assert_eq!(targets, ["/a", "/b"]);
    assert!(lab.old.received()[0].text().starts_with("GET /hidden"));
}

#[tokio::test]
async fn replies_that_two_readers_could_take_differently_are_a_bad_gateway() {
    let lab = Lab::start().await;
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/3 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "\0\x01\x02garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
    ] {
        lab.old.replies_and_closes("/a", reply);
        let got = lab.get("/a").await;
        assert_eq!(got.status, 502, "{reply:?}");
        assert!(got.text().starts_with("readshift: "), "{reply:?}");
    }
}
