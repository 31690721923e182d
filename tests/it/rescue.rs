//! A client never sees an error of new that old could have answered, and new is charged with it all the same.

use readshift::domain::{evidence::ErrorSummary, plan::Stage};
use serde_json::json;

use crate::lab::{ANY, Backend, Ending, Lab, Step, until};

const ALL: &str = "
    rollouts: [{ id: all, stages: [shadow, '100%'] }]
    new: { first_byte_timeout: 200ms, timeout: 2s, connect_timeout: 500ms }
    workers: 1
";
const OLD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nold's own";

fn send(text: impl Into<Vec<u8>>) -> Step {
    Step::Send(text.into())
}

/// What the live path was seen to do, once so many requests are counted.
async fn errors(lab: &Lab, requests: u64) -> ErrorSummary {
    let errors = || lab.app().controller().view().rollouts[0].routes.first().map(|route| route.errors);
    let counted = |errors: ErrorSummary| errors.new_served + errors.old_served >= requests;
    until("the requests are counted", || errors().is_some_and(counted)).await;
    errors().unwrap()
}

async fn rescues(lab: &Lab, reason: &str, misbehave: impl FnOnce(&Backend)) {
    let lab_row = format!("new_{reason}");
    lab.old.replies_raw(ANY, OLD);
    misbehave(&lab.new);
    let reply = lab.get("/a").await;
    assert_eq!((reply.status, reply.text(), reply.ending), (200, "old's own".to_owned(), Ending::Whole));
    assert_eq!(lab.settled().await.rows("all"), [(&*lab_row, 1)], "{reason}");
    let errors = errors(lab, 1).await;
    assert_eq!((errors.new_served, errors.new_failed, errors.rescued), (1, 1, 1), "{reason}: {errors:?}");
}

#[tokio::test]
async fn a_new_that_cannot_be_reached_is_rescued() {
    rescues(&Lab::with(ALL).await.climbs().await, "refused", Backend::refuses).await;
}

#[tokio::test]
async fn a_new_that_says_nothing_is_rescued() {
    rescues(&Lab::with(ALL).await.climbs().await, "timeout", Backend::hangs).await;
}

#[tokio::test]
async fn a_new_that_closes_or_resets_is_rescued() {
    rescues(&Lab::with(ALL).await.climbs().await, "reset", |new| new.does(ANY, [Step::Close])).await;
    rescues(&Lab::with(ALL).await.climbs().await, "reset", |new| new.replies_and_resets(ANY, "HTTP/1.1 20"))
        .await;
}

#[tokio::test]
async fn a_new_that_speaks_no_http_is_rescued() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        // Broken from the first byte of its body on: the client has been told nothing yet.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    ] {
        rescues(&Lab::with(ALL).await.climbs().await, "malformed", |new| new.replies_raw(ANY, garbage)).await;
    }
}

#[tokio::test]
async fn what_has_begun_is_not_answered_twice() {
    let lab = Lab::with(ALL).await.climbs().await;
    lab.new.does(ANY, [send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnew's"), Step::Reset]);
    let reply = lab.get("/a").await;
    assert_eq!((reply.status, reply.text()), (200, "new's".to_owned()));
    assert_ne!(reply.ending, Ending::Whole);
    assert_eq!(lab.settled().await.rows("all"), [("new_truncated", 1)]);
    let errors = errors(&lab, 1).await;
    assert_eq!((errors.new_failed, errors.rescued), (1, 0));
}

#[tokio::test]
async fn a_server_error_of_new_is_passed_on_unless_the_rollout_has_it_rescued() {
    for rescue in [false, true] {
        let lab = Lab::tuned(ALL, |config| config.rollouts[0].rescue_5xx = rescue).await;
        let lab = lab.climbs().await;
        lab.old.replies(ANY, json!({ "from": "old" }));
        lab.new.replies_with(ANY, 503, &json!({ "from": "new" }));
        assert_eq!(lab.get("/a").await.status, if rescue { 200 } else { 503 });
        assert_eq!(lab.settled().await.rows("all"), [("differs", 1)], "{rescue}");
        let errors = errors(&lab, 1).await;
        assert_eq!((errors.new_failed, errors.rescued), (1, u64::from(rescue)));
        // Its error is read to the end, and its connection is used again.
        lab.get("/a").await;
        lab.settled().await;
        assert_eq!(lab.new.accepted(), 1, "{rescue}");
    }
}

#[tokio::test]
async fn a_body_is_sent_to_old_again_as_far_as_it_was_taken() {
    let yaml =
        format!("{ALL}\n    routes: [{{ id: all, read: true, match: {{ method: POST, path: /** }} }}]\n");
    for (framing, first, rest) in [
        ("Content-Length: 6", "abc", "def"),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n", "3\r\ndef\r\n0\r\n\r\n"),
    ] {
        let lab = Lab::with(&yaml).await.climbs().await;
        lab.old.replies_raw(ANY, OLD);
        // Takes half of the body, and goes away.
        lab.new.does(ANY, [send("HTTP/1.1 100 Continue\r\n\r\n"), Step::Reset, Step::ReadBody]);
        let mut client = lab.raw().await;
        client.write(format!("POST /a HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{first}")).await;
        client.any_head().await;
        lab.old.gets(1).await;
        client.write(rest).await;
        assert_eq!(client.reply().await.text(), "old's own");
        assert_eq!(lab.old.gets_whole().await.text(), "abcdef", "{framing}");
        assert_eq!(lab.old.received().len(), 1);
        assert_eq!(lab.settled().await.rows("all"), [("new_reset", 1)]);
    }
}

#[tokio::test]
async fn a_whole_body_is_sent_to_old_again() {
    let yaml =
        format!("{ALL}\n    routes: [{{ id: all, read: true, match: {{ method: POST, path: /** }} }}]\n");
    let lab = Lab::with(&yaml).await.climbs().await;
    lab.old.replies_raw(ANY, OLD);
    lab.new.does(ANY, [Step::ReadBody, Step::Close]);
    let reply = lab.send(
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    assert_eq!(reply.await.text(), "old's own");
    lab.settled().await;
    for request in lab.old.received() {
        assert_eq!((request.text(), request.whole), ("abc".to_owned(), true));
        assert!(String::from_utf8_lossy(&request.trailers).contains("X-Sum: 1"));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_to_be_kept_is_not_rescued_and_counted() {
    let yaml = format!(
        "{ALL}\n    shadow: {{ max_request_body: 2 B }}\n    routes: [{{ id: all, read: true, match: {{ method: POST, path: /** }} }}]\n"
    );
    let lab = Lab::with(&yaml).await.climbs().await;
    lab.new.does(ANY, [Step::ReadBody, Step::Close]);
    assert_eq!(lab.post("/a", "abc").await.status, 502);
    assert_eq!(lab.settled().await.rows("all"), [("request_body_too_large", 1)]);
    let errors = errors(&lab, 1).await;
    assert_eq!((errors.new_failed, errors.rescued), (1, 0));
    // Nothing of it was taken where new cannot even be reached.
    lab.new.refuses();
    assert_eq!(lab.post("/a", "abc").await.status, 200);
}

#[tokio::test]
async fn half_of_the_time_a_client_has_is_kept_for_old() {
    let yaml = "
        rollouts: [{ id: all, stages: [shadow, '100%'] }]
        limits: { request: 2s }
    ";
    let lab = Lab::with(yaml).await.climbs().await;
    lab.old.replies_raw(ANY, OLD);
    lab.new.hangs();
    assert_eq!(lab.get("/a").await.text(), "old's own");
    assert_eq!(lab.settled().await.rows("all"), [("new_timeout", 1)]);
}

#[tokio::test]
async fn where_old_fails_as_well_the_client_is_told() {
    let lab = Lab::with(ALL).await.climbs().await;
    lab.new.refuses();
    lab.old.does(ANY, [Step::Close]);
    assert_eq!(lab.get("/a").await.status, 502);
    assert_eq!(lab.settled().await.rows("all"), [("both_failed", 1)]);
    let errors = errors(&lab, 1).await;
    assert_eq!((errors.new_failed, errors.rescued), (1, 0));
}

#[tokio::test]
async fn interim_replies_of_a_new_that_fails_do_not_spoil_the_answer_of_old() {
    let lab = Lab::with(ALL).await.climbs().await;
    lab.old.replies_raw(ANY, OLD);
    lab.new.does(ANY, [send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), Step::Close]);
    let reply = lab.get("/a").await;
    assert_eq!((reply.interim.len(), reply.text()), (1, "old's own".to_owned()));
}

#[tokio::test]
async fn a_revert_may_take_back_what_new_has_not_begun_to_answer() {
    let lab = Lab::with("rollouts: [{ id: all, stages: [shadow, '100%'] }]\n").await.climbs().await;
    lab.old.replies_raw(ANY, OLD);
    lab.new.does("/slow", [Step::Hang]);
    lab.new.does("/begun", [send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nne"), Step::Hang]);
    let flags = lab.app().controller().flags().clone();
    flags.publish(0, Stage::Live(readshift::domain::percent::Share::ALL));
    let (mut slow, mut begun) = (lab.raw().await, lab.raw().await);
    slow.write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    begun.write("GET /begun HTTP/1.1\r\nHost: h\r\n\r\n").await;
    begun.head().await;
    lab.new.gets(2).await;
    flags.publish(0, Stage::Shadow);
    flags.abort_in_flight(0);
    assert_eq!(slow.reply().await.text(), "old's own");
    // What has begun goes on.
    lab.new.closes_all();
    let settled = lab.settled().await;
    assert_eq!(settled.rows("all"), [("new_truncated", 1), ("recalled", 1)]);
}

#[tokio::test]
async fn rescues_are_counted_by_route_and_reason() {
    let lab = Lab::with(ALL).await.climbs().await;
    lab.new.refuses();
    lab.get("/a").await;
    let status = lab.app().status;
    let mut client = crate::lab::Client::connect(status).await;
    let metrics = client.get("/metrics").await.text();
    assert!(metrics.contains(r#"readshift_rescues_total{reason="refused",route="all"} 1"#), "{metrics}");
}
