//! Whatever new does, the client gets old's reply, whole and at once, and the books say what new did.

use readshift::domain::outcome::{Outcome, Verdict};
use serde_json::json;

use crate::lab::{ANY, Backend, Gate, Lab, Reply, Settled, Step, until, within};

/// Short, so that a test need not wait for what never comes.
const QUICK: &str = "new: { timeout: 300ms, first_byte_timeout: 300ms }\n";
const LIVE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"1\"\r\nContent-Length: 9\r\n\r\nold's own";

fn send(text: impl Into<Vec<u8>>) -> Step {
    Step::Send(text.into())
}

/// What old says arrives as if new were well, and new is charged with `reason`.
async fn charges(reason: &str, misbehave: impl FnOnce(&Backend)) {
    let lab = Lab::with(QUICK).await;
    lab.old.replies_raw(ANY, LIVE);
    let well = lab.get("/well").await;
    lab.settled().await;
    lab.new.closes_all();
    misbehave(&lab.new);
    let reply = lab.get("/ill").await;
    assert_eq!((&reply.head, &reply.body, reply.ending), (&well.head, &well.body, well.ending), "{reason}");
    let settled = lab.settled().await;
    let row = |settled: &Settled| settled.rows("all").into_iter().find(|(row, _)| *row == reason);
    assert_eq!(row(&settled), Some((reason, 1)), "{:?}", settled.rows("all"));
    assert_eq!(settled.with(Verdict::Mismatch) + settled.with(Verdict::Incomparable), 2);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    charges("new_timeout", |new| new.hangs()).await;
}

#[tokio::test]
async fn a_reply_that_trickles_is_a_timeout() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12";
    charges("new_timeout", |new| new.does(ANY, [send(head), Step::Hang])).await;
}

#[tokio::test]
async fn nobody_there_is_a_refusal() {
    charges("new_refused", Backend::refuses).await;
}

#[tokio::test]
async fn a_connection_that_ends_before_the_head_is_a_reset() {
    charges("new_reset", |new| new.does(ANY, [Step::Close])).await;
    charges("new_reset", |new| new.replies_and_resets(ANY, "HTTP/1.1 200 OK\r\nConte")).await;
}

#[tokio::test]
async fn a_body_that_ends_early_is_truncated() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this";
    charges("new_truncated", |new| new.replies_and_closes(ANY, head)).await;
    charges("new_truncated", |new| new.replies_and_resets(ANY, head)).await;
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc";
    charges("new_truncated", |new| new.replies_and_closes(ANY, chunk)).await;
}

#[tokio::test]
async fn what_is_no_http_is_malformed() {
    let many: String = (0..300).map(|n| format!("x-{n}: 1\r\n")).collect();
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok".to_owned(),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(100_000)),
        "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100),
    ] {
        charges("new_malformed", |new| new.replies_raw(ANY, bytes)).await;
    }
}

#[tokio::test]
async fn a_body_without_end_is_given_up_and_never_held() {
    let lab = Lab::with("shadow: { max_body: 64 KiB }\n").await;
    let endless = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1099511627776\r\n\r\n";
    lab.new.does(ANY, [send(endless), Step::Fill(1 << 40)]);
    let reply = lab.old.holds(ANY);
    let mut client = lab.raw().await;
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until("much more has come than may be held", || lab.new.filled() > 16 << 20).await;
    assert!(lab.app().facts().shadow.held_bytes <= 128 << 10);
    reply.open();
    assert!(client.reply().await.is_whole());
    assert_eq!(lab.settled().await.rows("all"), [("new_overlong", 1)]);
    lab.new.is_left().await;
}

#[tokio::test]
async fn a_body_that_is_only_spelled_at_length_is_compared_to_its_end() {
    let lab = Lab::start().await;
    lab.old.replies("/a", json!({ "name": "Ada" }));
    let spaced = format!("{{{}\"name\": \"Ada\"}}", " ".repeat(60_000));
    lab.new.replies_raw(
        "/a",
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{spaced}",
            spaced.len()
        ),
    );
    assert!(lab.get("/a").await.is_whole());
    assert_eq!(lab.settled().await.rows("all"), [("equal", 1)]);
}

#[tokio::test]
async fn surplus_bytes_of_new_spoil_no_later_comparison() {
    let lab = Lab::with("workers: 1\n").await;
    lab.old.replies("/a", json!(1));
    lab.new.replies_raw(
        "/a",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1SURPLUS",
    );
    for _ in 0..5 {
        assert_eq!(lab.get("/a").await.json(), json!(1));
        assert_eq!(lab.settled().await.with(Verdict::Mismatch), 0);
    }
    assert_eq!(lab.settled().await.rows("all"), [("exact", 5)]);
}

#[tokio::test]
async fn promise_1_the_client_never_waits_for_a_shadow() {
    let lab = Lab::start().await;
    let gate = lab.new.holds(ANY);
    for n in 0..20 {
        assert!(lab.get(&format!("/{n}")).await.is_whole());
    }
    assert_eq!(lab.app().account().total().in_flight, 20, "every shadow is still out");
    gate.open();
    assert_eq!(lab.settled().await.rows("all"), [("exact", 20)]);
}

#[tokio::test]
async fn promise_1_a_large_reply_does_not_wait_for_a_shadow_that_does_not_read() {
    let lab = Lab::with(&format!("{QUICK}shadow: {{ max_body: 64 KiB }}\n")).await;
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 32 << 20);
    lab.old.does(ANY, [send(large), Step::Fill(32 << 20)]);
    lab.new.hangs();
    let reply = lab.get("/large").await;
    assert!(reply.is_whole() && reply.length == 32 << 20, "{} of it", reply.length);
    assert_eq!(lab.settled().await.rows("all"), [("new_timeout", 1)]);
}

#[tokio::test]
async fn promise_2_a_reply_of_new_stays_with_us_even_where_old_fails() {
    let lab = Lab::start().await;
    lab.new.replies("/a", json!({"secret": "of new"}));
    lab.old.does("/a", [Step::Close]);
    let reply = lab.get("/a").await;
    assert_eq!((reply.status, reply.text().contains("secret")), (502, false));
    assert_eq!(lab.settled().await.rows("all"), [("old_failed", 1)]);
}

#[tokio::test]
async fn where_both_fail_nobody_is_charged() {
    let lab = Lab::start().await;
    lab.old.does(ANY, [Step::Close]);
    lab.new.does(ANY, [Step::Close]);
    assert_eq!(lab.get("/a").await.status, 502);
    assert_eq!(lab.settled().await.rows("all"), [("both_failed", 1)]);
}

#[tokio::test]
async fn an_error_that_only_new_answers_with_is_a_mismatch() {
    let lab = Lab::start().await;
    lab.old.replies("/a", json!({"a": 1}));
    lab.new.replies_with("/a", 500, &json!({"a": 1}));
    assert_eq!(lab.get("/a").await.status, 200);
    assert_eq!(lab.settled().await.rows("all"), [("differs", 1)]);
    let sample = lab.settled().await.samples("all").remove(0);
    assert_eq!((sample.old_status, sample.new_status), (200, Some(500)));
}

#[tokio::test]
async fn promise_8_no_more_shadows_are_out_than_allowed() {
    let lab = Lab::with("shadow: { max_in_flight: 4, breaker: { failures: 1000 } }\n").await;
    let gate = lab.new.holds(ANY);
    for n in 0..30 {
        assert!(lab.get(&format!("/{n}")).await.is_whole());
    }
    assert_eq!((lab.new.gets(4).await.len(), lab.new.accepted()), (4, 4));
    gate.open();
    assert_eq!(lab.settled().await.rows("all"), [("exact", 4), ("shed_in_flight", 26)]);
}

#[tokio::test]
async fn promise_8_no_more_shadows_a_second_than_allowed() {
    let start = readshift::clock::now();
    let lab = Lab::with("shadow: { max_rate: 10 }\n").await;
    for n in 0..60 {
        assert!(lab.get(&format!("/{n}")).await.is_whole());
    }
    let settled = lab.settled().await;
    let allowed = 2 + 10 * (readshift::clock::now() - start).as_secs() + 10;
    let mirrored = settled.count(Outcome::Exact);
    assert!((1..=allowed).contains(&mirrored), "{mirrored} of {allowed}");
    assert_eq!(settled.count(Outcome::ShedRate), 60 - mirrored);
    assert_eq!(lab.new.received().len() as u64, mirrored);
}

#[tokio::test]
async fn promise_8_no_more_bytes_are_held_than_allowed() {
    let lab = Lab::with("shadow: { memory: 1 MiB, max_body: 512 KiB }\n").await;
    let body = "x".repeat(300 << 10);
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    lab.old.replies_raw(ANY, reply.clone());
    lab.new.replies_raw(ANY, reply);
    let gate = lab.new.holds(ANY);
    for n in 0..6 {
        assert_eq!(lab.get(&format!("/{n}")).await.body.len(), body.len());
        assert!(lab.app().facts().shadow.held_bytes <= 1 << 20);
    }
    assert_eq!(lab.app().account().total().of(Outcome::ShedMemory), 3);
    gate.open();
    let settled = lab.settled().await;
    assert_eq!(settled.count(Outcome::Exact) + settled.count(Outcome::ShedMemory), 6);
    until("nothing is held", || lab.app().facts().shadow.held_bytes == 0).await;
}

#[tokio::test]
async fn promise_8_no_more_pairs_wait_for_their_comparison_than_allowed() {
    let lab = Lab::with("shadow: { compare_queue: 1, max_body: 2 MiB }\n").await;
    let list =
        |last: u32| json!((0..40_000).map(|n| json!({"id": n})).chain([json!(last)]).collect::<Vec<_>>());
    lab.old.replies(ANY, list(1));
    lab.new.replies(ANY, list(2));
    let gate = lab.new.holds(ANY);
    for n in 0..8 {
        assert!(lab.get(&format!("/{n}")).await.is_whole());
    }
    gate.open();
    let settled = lab.settled().await;
    assert!(settled.count(Outcome::ShedCompare) > 0, "{:?}", settled.rows("all"));
    assert!(settled.count(Outcome::Differs) > 0, "{:?}", settled.rows("all"));
    assert_eq!(settled.count(Outcome::ShedCompare) + settled.count(Outcome::Differs), 8);
}

#[tokio::test]
async fn bodies_past_the_capture_limit_are_compared_by_their_hash() {
    let lab = Lab::with("shadow: { max_body: 1 KiB }\n").await;
    let reply =
        |end: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n{}{end}", "x".repeat(100_000));
    lab.old.replies_raw(ANY, reply("a"));
    lab.new.replies_raw("/same", reply("a"));
    lab.new.replies_raw("/other", reply("b"));
    assert!(lab.get("/same").await.is_whole());
    assert_eq!(lab.settled().await.with(Verdict::Match), 1);
    assert!(lab.get("/other").await.is_whole());
    assert_eq!(lab.settled().await.count(Outcome::TooLargeUndiffed), 1);
}

/// Asks until new has been asked this often.
async fn asks_until_new_is(lab: &Lab, times: usize) {
    within("new is tried again", async {
        while lab.new.received().len() < times {
            assert!(lab.get("/again").await.is_whole());
        }
    })
    .await;
}

fn shed(lab: &Lab) -> u64 {
    lab.app().account().total().of(Outcome::ShedBreaker)
}

#[tokio::test]
async fn after_failures_in_a_row_new_is_left_alone() {
    let lab = Lab::with("shadow: { breaker: { failures: 3, backoff: 1h, max_backoff: 1h } }\n").await;
    lab.new.does(ANY, [Step::Close]);
    for n in 0..10 {
        assert!(lab.get(&format!("/{n}")).await.is_whole());
        lab.settled().await;
    }
    assert_eq!(lab.settled().await.rows("all"), [("new_reset", 3), ("shed_breaker", 7)]);
    assert_eq!((lab.new.received().len(), lab.old.received().len()), (3, 10));
}

#[tokio::test]
async fn an_error_status_is_a_reply_and_leaves_new_in() {
    let lab = Lab::with("shadow: { breaker: { failures: 1 } }\n").await;
    lab.new.replies_with(ANY, 500, &json!({}));
    for n in 0..5 {
        lab.get(&format!("/{n}")).await;
        lab.settled().await;
    }
    assert_eq!(lab.settled().await.rows("all"), [("differs", 5)]);
}

#[tokio::test]
async fn after_a_pause_one_request_tries_new_and_its_reply_brings_new_back() {
    let lab = Lab::with("shadow: { breaker: { failures: 1, backoff: 20ms, max_backoff: 1s } }\n").await;
    lab.new.does(ANY, [Step::Close]);
    lab.get("/fails").await;
    lab.settled().await;
    let gate: Gate = {
        lab.new.replies_raw(ANY, LIVE);
        lab.new.holds(ANY)
    };
    lab.old.replies_raw(ANY, LIVE);
    asks_until_new_is(&lab, 2).await;
    let before = shed(&lab);
    for n in 0..5 {
        lab.get(&format!("/{n}")).await;
    }
    assert_eq!((shed(&lab), lab.new.received().len()), (before + 5, 2), "one trial, and no more");
    gate.open();
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    lab.get("/well").await;
    assert_eq!(lab.settled().await.count(Outcome::Exact), 2);
}

#[tokio::test]
async fn a_trial_that_fails_makes_the_pause_longer_and_new_is_tried_again() {
    let lab = Lab::with("shadow: { breaker: { failures: 1, backoff: 10ms, max_backoff: 40ms } }\n").await;
    lab.new.does(ANY, [Step::Close]);
    asks_until_new_is(&lab, 4).await;
    lab.settled().await;
    lab.new.replies_raw(ANY, LIVE);
    lab.old.replies_raw(ANY, LIVE);
    let back = || lab.app().account().total().of(Outcome::Exact) > 0;
    within("new is back", async {
        while !back() {
            let reply: Reply = lab.get("/again").await;
            assert!(reply.is_whole());
        }
    })
    .await;
}
