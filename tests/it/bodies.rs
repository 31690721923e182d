//! Bodies stream both ways: nothing waits for their end, and nobody holds more of them than one read.

use crate::lab::{Ending, Gate, Lab, Process, Step, until};

const MIB: u64 = 1 << 20;
/// Memory that streaming may cost, as the requirement says.
const ALLOWED: u64 = 64 * MIB;

#[tokio::test]
async fn the_first_bytes_come_down_before_the_last_are_there() {
    let lab = Lab::start().await;
    let gate = Gate::new();
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    lab.old.does(
        "/a",
        [Step::Send(head.into()), Step::Wait(gate.clone()), Step::Send(b"1\r\n!\r\n0\r\n\r\n".to_vec())],
    );
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    client.head().await;
    assert_eq!(client.bytes(10).await, b"5\r\nhello\r\n");
    gate.open();
    assert_eq!(client.bytes(11).await, b"1\r\n!\r\n0\r\n\r\n");
}

#[tokio::test]
async fn the_first_bytes_go_up_before_the_last_are_there() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 10\r\n\r\nhello").await;
    until("old has the first half", || lab.old.received().first().is_some_and(|one| one.length == 5)).await;
    client.write("world").await;
    assert_eq!(client.reply().await.text(), "ok");
    assert_eq!(lab.old.only().text(), "helloworld");
}

#[tokio::test]
async fn a_reply_may_come_while_the_upload_goes_on() {
    let lab = Lab::start().await;
    let early = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n";
    lab.old.does("/a", [Step::Send(early.into()), Step::ReadBody, Step::Send(b"0\r\n\r\n".to_vec())]);
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 10\r\n\r\nhello").await;
    client.head().await;
    assert_eq!(client.bytes(10).await, b"5\r\nearly\r\n");
    client.write("world").await;
    assert_eq!(client.bytes(5).await, b"0\r\n\r\n");
    assert_eq!(lab.old.gets_whole().await.text(), "helloworld");
    assert_eq!(client.get("/b").await.text(), "ok");
}

#[tokio::test]
async fn a_whole_reply_that_comes_too_early_reaches_the_client_and_ends_the_upload() {
    let lab = Lab::start().await;
    let early = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
    lab.old.does("/a", [Step::Send(early.into()), Step::ReadBody]);
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 1000000\r\n\r\nhello").await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.text().as_str()), (413, "no"));
    assert_eq!(client.end().await, Ending::Short);
    lab.old.is_left().await;
}

#[tokio::test]
async fn an_upload_that_its_client_abandons_never_looks_whole_to_old() {
    let lab = Lab::start().await;
    for framing in ["Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let mut client = lab.raw().await;
        client.write(format!("POST /a HTTP/1.1\r\nHost: lab\r\n{framing}")).await;
        until("old has the first half", || lab.old.received().last().is_some_and(|one| one.length == 5))
            .await;
        drop(client);
        lab.old.is_left().await;
        assert!(!lab.old.received().last().unwrap().whole);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_old_from_sending() {
    let lab = Lab::start().await;
    let length = 256 * MIB;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    lab.old.does("/a", [Step::Send(head.into()), Step::Fill(length)]);
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    client.head().await;
    let stopped = standstill(|| lab.old.filled()).await;
    assert!(stopped < 32 * MIB, "{stopped}");
}

#[tokio::test]
async fn an_old_that_does_not_read_stops_the_client_from_sending() {
    let lab = Lab::start().await;
    let gate = Gate::new();
    lab.old.does(
        "/a",
        [
            Step::Wait(gate.clone()),
            Step::ReadBody,
            Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ],
    );
    let mut client = lab.raw().await;
    client.write("POST /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 268435456\r\n\r\n").await;
    let mut sent = 0;
    let piece = vec![b'x'; 1 << 16];
    while let Ok(Ok(())) =
        tokio::time::timeout(std::time::Duration::from_millis(300), client.wire.write(&piece)).await
    {
        sent += piece.len() as u64;
        assert!(sent < 32 * MIB);
    }
}

/// Where a count stays.
async fn standstill(count: impl Fn() -> u64) -> u64 {
    let mut last = count();
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if last > 0 && count() == last {
            break;
        }
        last = count();
    }
    last
}

/// 64 MiB and not more, for the sake of time: the bound is the same as for 1 GiB, since nothing is kept.
const LARGE: u64 = 64 * MIB;

#[tokio::test]
async fn large_bodies_stream_through_in_bounded_memory() {
    let lab = Lab::start().await;
    let process = Process::start(&lab.old, &lab.new, &[]).await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n");
    lab.old.does("/down", [Step::Send(head.clone().into()), Step::Fill(LARGE)]);
    lab.new.does("/down", [Step::Send(head.into()), Step::Fill(LARGE)]);
    let mut client = process.raw().await;
    assert_eq!(client.get("/a").await.status, 200);
    let before = process.resident();

    let reply = client.get("/down").await;
    assert_eq!((reply.length, reply.ending), (LARGE, Ending::Whole));
    let after_down = process.resident();
    client.write(format!("POST /up HTTP/1.1\r\nHost: lab\r\nContent-Length: {LARGE}\r\n\r\n")).await;
    let piece = vec![b'x'; 1 << 16];
    for _ in 0..LARGE / piece.len() as u64 {
        client.write(&piece).await;
    }
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(lab.old.received().last().unwrap().length, LARGE);
    let grown = process.resident().max(after_down).saturating_sub(before);
    assert!(grown < ALLOWED / 2, "{grown}");
}

#[tokio::test]
async fn eight_stalled_readers_cost_little_memory() {
    let lab = Lab::start().await;
    let process = Process::start(&lab.old, &lab.new, &[]).await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n");
    lab.old.does("/down", [Step::Send(head.into()), Step::Fill(LARGE)]);
    assert_eq!(process.raw().await.get("/a").await.status, 200);
    let before = process.resident();
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = process.raw().await;
        client.write("GET /down HTTP/1.1\r\nHost: lab\r\n\r\n").await;
        client.head().await;
        clients.push(client);
    }
    standstill(|| lab.old.filled()).await;
    let grown = process.resident().saturating_sub(before);
    assert!(grown < ALLOWED, "{grown}");
}
