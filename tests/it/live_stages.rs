//! At a live stage new serves its share and old is shadowed for it; the others the other way round.

use readshift::domain::{
    assign::{BucketBy, Condition, Pin, Tester},
    evidence::Summary,
    plan::Stage,
    side::Side,
};
use serde_json::json;

use crate::lab::{ANY, Backend, Lab, Step, until, within};

/// Everything is served by new.
const ALL: &str = "rollouts: [{ id: all, stages: [shadow, '100%'] }]\n";

async fn at(share: &str) -> Lab {
    Lab::with(&format!("rollouts: [{{ id: all, stages: [shadow, '{share}'] }}]\n")).await.climbs().await
}

/// Each side answers with its name.
fn say_who(lab: &Lab) {
    lab.old.replies(ANY, json!({ "from": "old" }));
    lab.new.replies(ANY, json!({ "from": "new" }));
}

async fn from(lab: &Lab, request: impl AsRef<[u8]>) -> String {
    let reply = lab.send(request).await;
    assert_eq!(reply.status, 200, "{}", reply.head_text());
    reply.json()["from"].as_str().unwrap().to_owned()
}

fn shadows(backend: &Backend) -> usize {
    backend.received().iter().filter(|request| !request.all("x-readshift-shadow").is_empty()).count()
}

/// The evidence of the only route, once it is as told.
async fn evidence(lab: &Lab, what: &str, is: impl Fn(&Summary) -> bool) -> Summary {
    let summary =
        || lab.app().controller().view().rollouts.first().and_then(|one| one.routes.first().cloned());
    until(what, || summary().is_some_and(|summary| is(&summary))).await;
    summary().unwrap()
}

#[tokio::test]
async fn at_a_hundred_percent_new_serves_and_old_is_shadowed() {
    let lab = at("100%").await;
    say_who(&lab);
    assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\nX-Mine: 1\r\n\r\n").await, "new");
    let settled = lab.settled().await;
    assert_eq!(settled.rows("all"), [("differs", 1)]);
    // A comparison runs from old to new whoever serves.
    let sample = settled.samples("all").pop().unwrap();
    assert_eq!(sample.differences[0].old.as_deref(), Some("\"old\""));
    let (old, new) = (lab.old.only(), lab.new.only());
    assert_eq!(
        (old.all("x-readshift-shadow"), new.all("x-readshift-shadow")),
        (vec!["1".to_owned()], vec![])
    );
    assert_eq!((old.all("x-mine"), new.all("x-mine")), (vec!["1".to_owned()], vec!["1".to_owned()]));
}

#[tokio::test]
async fn at_no_share_and_without_a_key_old_serves_and_new_is_shadowed() {
    for share in ["0%", "99%"] {
        let lab = at(share).await;
        say_who(&lab);
        assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await, "old", "{share}");
        lab.settled().await;
        assert_eq!((shadows(&lab.old), shadows(&lab.new)), (0, 1), "{share}");
    }
}

#[tokio::test]
async fn callers_below_the_share_are_served_by_new_every_time() {
    let yaml = "rollouts: [{ id: all, stages: [shadow, '25%'] }]\n";
    let lab = Lab::tuned(yaml, |config| {
        let assignment = &mut config.routes[0].assignment;
        assignment.by = BucketBy::Header("x-user".to_owned());
        assignment.group = "orders".to_owned();
    });
    let lab = lab.await.climbs().await;
    say_who(&lab);
    // As the test vectors of the statistics have it.
    for (user, side) in [("user:0", "old"), ("user:1", "new"), ("user:2", "old"), ("user:1", "new")] {
        let request = format!("GET /a HTTP/1.1\r\nHost: h\r\nX-User: {user}\r\n\r\n");
        assert_eq!(from(&lab, request).await, side, "{user}");
    }
    let summary = evidence(&lab, "four requests were counted", |summary| {
        summary.errors.new_served + summary.errors.old_served == 4
    });
    let summary = summary.await;
    assert_eq!((summary.errors.new_served, summary.errors.old_served), (2, 2));
}

#[tokio::test]
async fn pins_and_testers_choose_their_side_and_no_side_sees_the_secret() {
    let lab = Lab::tuned("rollouts: [{ id: all, stages: [shadow, '0%'] }]\n", |config| {
        let assignment = &mut config.routes[0].assignment;
        let of = BucketBy::Header("x-tenant".to_owned());
        assignment.pins =
            vec![Pin { when: Condition { of, is_any_of: vec!["acme".to_owned()] }, serve: Side::New }];
        assignment.tester = Some(Tester { header: "x-side".to_owned(), secret: "s3cret".to_owned() });
    });
    let lab = lab.await.climbs().await;
    say_who(&lab);
    for (fields, side) in [
        ("", "old"),
        ("X-Tenant: acme\r\n", "new"),
        ("X-Side: new s3cret\r\n", "new"),
        ("X-Tenant: acme\r\nX-Side: old s3cret\r\n", "old"),
        ("X-Side: new guess\r\n", "old"),
    ] {
        assert_eq!(from(&lab, format!("GET /a HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).await, side, "{fields}");
    }
    lab.post("/a", "x").await;
    lab.settled().await;
    let seen = [lab.old.received(), lab.new.received()].concat();
    assert_eq!(seen.len(), 11);
    assert!(seen.iter().all(|request| request.all("x-side").is_empty()));
}

#[tokio::test]
async fn only_declared_reads_go_to_new() {
    let lab = Lab::with(ALL).await.climbs().await;
    say_who(&lab);
    assert_eq!(from(&lab, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx").await, "old");
    assert_eq!(from(&lab, "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n").await, "old");
    let overridden = "GET /a HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: DELETE\r\n\r\n";
    assert_eq!(from(&lab, overridden).await, "old");
    assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx").await, "old");
    lab.settled().await;
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (4, 0));
}

#[tokio::test]
async fn an_upgrade_goes_to_old() {
    let lab = Lab::with(ALL).await.climbs().await;
    say_who(&lab);
    let request = "GET /a HTTP/1.1\r\nHost: h\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n";
    assert_eq!(from(&lab, request).await, "old");
    assert_eq!(lab.settled().await.rows("all"), [("upgrade", 1)]);
    assert!(lab.new.received().is_empty());
}

#[tokio::test]
async fn a_declared_read_with_a_body_goes_to_new_as_it_comes_and_to_old_once_it_is_whole() {
    let yaml = "
        rollouts: [{ id: all, stages: [shadow, '100%'] }]
        routes: [{ id: search, read: true, match: { method: POST, path: /search } }]
    ";
    let lab = Lab::with(yaml).await.climbs().await;
    say_who(&lab);
    lab.new.does("/search", [Step::Send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()), Step::ReadBody]);
    let mut client = lab.raw().await;
    client.write("POST /search HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    assert!(String::from_utf8_lossy(&client.any_head().await).starts_with("HTTP/1.1 100"));
    assert!(lab.old.received().is_empty());
    client.write("2\r\nde\r\n0\r\n\r\n").await;
    let old = within("old has its copy", async {
        lab.old.gets(1).await;
        lab.old.gets_whole().await
    });
    assert_eq!(old.await.text(), "abcde");
    assert_eq!(lab.new.gets_whole().await.text(), "abcde");
}

#[tokio::test]
async fn the_meaning_of_head_conditional_and_range_requests_is_kept_on_both_sides() {
    let lab = Lab::with(ALL).await.climbs().await;
    for side in [&lab.old, &lab.new] {
        side.replies_raw("/304", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
        side.replies_raw(
            "/206",
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab",
        );
        side.replies_raw("/head", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    }
    let reply = lab.send("GET /304 HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\n\r\n");
    assert_eq!(reply.await.status, 304);
    let reply = lab.send("GET /206 HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n").await;
    assert_eq!((reply.status, reply.text()), (206, "ab".to_owned()));
    assert_eq!(lab.head("/head").await.status, 200);
    for side in [&lab.old, &lab.new] {
        let received = side.gets(3).await;
        let has = |name: &str| received.iter().filter(|request| !request.all(name).is_empty()).count();
        assert_eq!((has("if-none-match"), has("range")), (1, 1));
        assert_eq!(received.iter().filter(|request| request.line().starts_with("HEAD ")).count(), 1);
    }
    // Each agrees, and none of them proves anything.
    assert_eq!(lab.settled().await.rows("all"), [("exact_vacuous", 3)]);
}

#[tokio::test]
async fn a_conditional_read_that_is_drawn_is_judged_by_what_both_sides_answer_to_everyone() {
    let lab = Lab::with(&format!("{ALL}control: {{ share: 100% }}\n")).await.climbs().await;
    let part = "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab";
    lab.old.replies_raw("/a", part);
    lab.new.replies_raw("/a", part);
    let gate = lab.new.holds("/a");
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\nIf-Range: x\r\nX-Mine: 1\r\n\r\n").await;
    for (side, name) in [(&lab.old, "Ada"), (&lab.new, "Ida")] {
        side.gets(1).await;
        side.replies("/a", json!({ "name": name }));
    }
    gate.open();
    assert_eq!(client.reply().await.text(), "ab");
    let settled = lab.settled().await;
    assert_eq!(
        (settled.rows("all"), settled.mismatches("all")),
        (vec![("differs", 1)], vec!["/name".to_owned()])
    );
    for side in [&lab.old, &lab.new] {
        let again = side.gets(2).await.pop().unwrap();
        assert_eq!((again.all("range"), again.all("if-range")), (vec![], vec![]));
        assert_eq!(
            (again.all("x-mine"), again.all("x-readshift-recheck")),
            (vec!["1".to_owned()], vec!["1".to_owned()])
        );
    }
}

#[tokio::test]
async fn promise_1_a_client_that_new_serves_does_not_wait_for_old() {
    let lab = Lab::with(ALL).await.climbs().await;
    say_who(&lab);
    lab.old.hangs();
    assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await, "new");
    lab.old.gets(1).await;
    lab.old.closes_all();
    assert_eq!(lab.settled().await.rows("all"), [("old_failed", 1)]);
}

#[tokio::test]
async fn shadows_to_old_have_bounds_of_their_own() {
    let lab = Lab::with(&format!("{ALL}shadow: {{ max_in_flight: 1 }}\n")).await.climbs().await;
    say_who(&lab);
    let gate = lab.old.holds(ANY);
    for _ in 0..3 {
        assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await, "new");
    }
    gate.open();
    assert_eq!(lab.settled().await.rows("all"), [("differs", 1), ("shed_in_flight", 2)]);
    let summary = evidence(&lab, "three requests were counted", |summary| summary.errors.new_served == 3);
    assert_eq!(summary.await.errors.new_failed, 0);
}

#[tokio::test]
async fn a_client_that_leaves_new_is_no_failure_of_either_side() {
    let lab = Lab::with(ALL).await.climbs().await;
    say_who(&lab);
    lab.new.hangs();
    let mut client = lab.raw().await;
    client.write("GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    lab.new.gets(1).await;
    client.reset();
    assert_eq!(lab.settled().await.rows("all"), [("client_cancelled", 1)]);
}

#[tokio::test]
async fn a_stage_that_is_published_holds_for_the_next_request() {
    let lab = Lab::with("rollouts: [{ id: all, stages: [shadow, '100%'] }]\n").await.climbs().await;
    say_who(&lab);
    let flags = lab.app().controller().flags().clone();
    for (stage, side) in [("100%", "new"), ("shadow", "old"), ("100%", "new"), ("off", "old")] {
        flags.publish(0, stage.parse::<Stage>().unwrap());
        assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await, side, "{stage}");
    }
    flags.publish(0, "100%".parse().unwrap());
    flags.force_old(0, true);
    assert_eq!(from(&lab, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await, "old");
}
