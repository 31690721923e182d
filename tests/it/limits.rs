//! Bounds on what clients and shadows may take.

use readshift::domain::outcome::Outcome;

use crate::lab::{Ending, Lab, until};

#[tokio::test]
async fn connections_past_the_limit_are_turned_away_and_room_is_given_back() {
    let lab = Lab::with("limits: { connections: 2 }").await;
    let (mut first, mut second) = (lab.raw().await, lab.raw().await);
    assert_eq!(first.get("/a").await.status, 200);
    assert_eq!(second.get("/a").await.status, 200);
    assert_ne!(lab.raw().await.end().await, Ending::Whole);
    drop(first);
    let mut served = 0;
    for _ in 0..500 {
        served = lab.get("/a").await.status;
        if served == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(served, 200);
    assert_eq!(second.get("/a").await.status, 200);
}

#[tokio::test]
async fn promise_8_shadows_past_the_limit_are_shed_and_counted() {
    let lab = Lab::with("shadow: { max_in_flight: 4 }").await;
    let gate = lab.new.holds("/a");
    for _ in 0..10 {
        assert_eq!(lab.get("/a").await.text(), "ok");
    }
    assert_eq!(lab.new.gets(4).await.len(), 4);
    gate.open();
    let settled = lab.settled().await;
    assert_eq!((settled.received(), settled.count(Outcome::ShedInFlight)), (10, 6));
    assert_eq!(lab.new.received().len(), 4);
}

#[tokio::test]
async fn a_new_side_that_keeps_failing_is_left_alone() {
    let lab = Lab::with("shadow: { breaker: { failures: 3, backoff: 1m, max_backoff: 1m } }").await;
    lab.new.refuses();
    for _ in 0..10 {
        assert_eq!(lab.get("/a").await.text(), "ok");
        lab.settled().await;
    }
    assert_eq!(lab.settled().await.rows("all"), [("new_refused", 3), ("shed_breaker", 7)]);
}

#[tokio::test]
async fn mirroring_resumes_when_new_has_recovered() {
    let lab = Lab::with("{ new: { timeout: 100ms }, shadow: { breaker: { failures: 2, backoff: 100ms, max_backoff: 200ms } } }").await;
    lab.new.hangs();
    for _ in 0..5 {
        lab.get("/a").await;
        lab.settled().await;
    }
    assert!(lab.settled().await.count(Outcome::ShedBreaker) > 0);
    lab.new.does(crate::lab::ANY, []);
    lab.new.replies("/a", serde_json::json!(1));
    let before = lab.new.received().len();
    for _ in 0..200 {
        lab.get("/a").await;
        if lab.new.received().len() > before + 5 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nothing is mirrored any more");
}

#[tokio::test]
async fn what_is_sampled_out_is_counted_and_not_mirrored() {
    let lab = Lab::with("shadow: { sample: 0% }").await;
    for _ in 0..5 {
        lab.get("/a").await;
    }
    assert_eq!(lab.settled().await.count(Outcome::Unsampled), 5);
    assert!(lab.new.received().is_empty());
}

#[tokio::test]
async fn a_stage_of_off_mirrors_nothing() {
    let lab = Lab::with("rollouts: [{ id: r, stages: ['off', shadow] }]").await;
    lab.get("/a").await;
    assert_eq!(lab.settled().await.count(Outcome::Off), 1);
    assert!(lab.new.received().is_empty());
}

#[tokio::test]
async fn a_declared_read_is_mirrored_with_its_body_up_to_the_limit() {
    let lab = Lab::with("{ shadow: { max_request_body: 10 B }, routes: [{ id: s, read: true, match: { method: POST, path: /s } }] }").await;
    lab.post("/s", "0123456789").await;
    lab.send("POST /s HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\nX-T: 1\r\n\r\n").await;
    lab.post("/s", "0123456789a").await;
    lab.send(
        "POST /s HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n",
    )
    .await;
    let settled = lab.settled().await;
    assert_eq!(settled.route("s").of(Outcome::RequestBodyTooLarge), 2);
    assert_eq!(lab.old.received().len(), 4);
    until("both copies have come", || lab.new.received().iter().filter(|one| one.whole).count() == 2).await;
    let mut mirrored: Vec<_> = lab.new.received().iter().map(|one| one.text()).collect();
    mirrored.sort();
    assert_eq!(mirrored, ["0123456789", "abcdef"]);
}

#[tokio::test]
async fn promise_8_requests_that_are_sent_ahead_are_read_up_to_a_bound() {
    let lab = Lab::start().await;
    let _gate = lab.old.holds("/slow");
    let mut client = lab.raw().await;
    client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    let ahead = "GET /a HTTP/1.1\r\nHost: lab\r\n\r\n".repeat(2_000);
    let mut sent = 0;
    let pause = std::time::Duration::from_millis(300);
    while let Ok(Ok(())) = tokio::time::timeout(pause, client.wire.write(ahead.as_bytes())).await {
        sent += ahead.len();
        assert!(sent < 32 << 20);
    }
}
