//! Mismatches are read again, which tells lag and races from errors; a few reads are asked of old twice.

use std::time::Duration;

use readshift::{
    domain::{outcome::Outcome, recheck::Class, rereads::Control},
    store::ledger::Page,
};
use serde_json::json;

use crate::lab::{Lab, RawRequest, until};

/// Soon, and far enough apart that each has its turn.
const SOON: &str = "recheck: { delays: [20ms, 60ms, 120ms], rate: 1000 }\n";
/// So late that no test sees it.
const LATE: &str = "recheck: { delays: [1h], rate: 1000 }\n";
const MARKER: &str = "x-readshift-recheck";

fn page(lab: &Lab) -> Page {
    lab.app().facts().routes.remove(0).0
}

/// Waits until that many mismatches of the first route have this class.
async fn classed(lab: &Lab, class: Class, times: u64) -> Page {
    until(&format!("{times} are {}", class.name()), || page(lab).rereads.of(class) >= times).await;
    page(lab)
}

fn classes(lab: &Lab) -> [u64; 5] {
    let rereads = page(lab).rereads;
    Class::ALL.map(|class| rereads.of(class))
}

fn rereads(requests: Vec<RawRequest>) -> Vec<RawRequest> {
    requests.into_iter().filter(|request| !request.all(MARKER).is_empty()).collect()
}

async fn differing(yaml: &str) -> Lab {
    let lab = Lab::with(yaml).await;
    lab.old.replies("/a", json!({"name": "Ada"}));
    lab.new.replies("/a", json!({"name": "Ida"}));
    lab
}

#[tokio::test]
async fn what_differs_at_every_delay_is_persistent() {
    let lab = differing(SOON).await;
    lab.get("/a").await;
    let page = classed(&lab, Class::Persistent, 1).await;
    assert_eq!(page.rereads.lag.count(), 1);
    assert_eq!(page.counts.of(Outcome::Differs), 1, "the verdict stands");
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (1 + 2 * 3, 1 + 3));
    let shapes = lab.settled().await.facts.routes.remove(0).1.shapes;
    assert_eq!(shapes[0].class(), Class::Persistent);
}

#[tokio::test]
async fn new_that_catches_up_is_transient_with_the_delay_at_which_it_was_seen() {
    let lab = differing("recheck: { delays: [20ms, 400ms], rate: 1000 }\n").await;
    lab.get("/a").await;
    // The first reading is over; the next one finds what old says.
    until("it was read once", || lab.old.received().len() == 3).await;
    lab.new.replies("/a", json!({"name": "Ada"}));
    let page = classed(&lab, Class::Transient, 1).await;
    let told: Vec<_> = page.rereads.lag.survival().iter().map(|row| (row.delay, row.resolved)).collect();
    assert_eq!(told, [(Duration::from_millis(20), 0), (Duration::from_millis(400), 1)]);
    assert!(page.rereads.lagged >= Duration::from_millis(400));
}

#[tokio::test]
async fn old_that_comes_to_what_new_said_was_racing() {
    let lab = differing("recheck: { delays: [300ms], rate: 1000 }\n").await;
    lab.get("/a").await;
    lab.settled().await;
    lab.old.replies("/a", json!({"name": "Ida"}));
    classed(&lab, Class::Racing, 1).await;
}

#[tokio::test]
async fn rereads_are_the_same_requests_marked_on_both_sides_and_traced_anew() {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let lab = differing(SOON).await;
    lab.send(format!("GET /a?b=c HTTP/1.1\r\nHost: h\r\nCookie: d=e\r\ntraceparent: {TRACE}\r\n\r\n")).await;
    classed(&lab, Class::Persistent, 1).await;
    let (old, new) = (rereads(lab.old.received()), rereads(lab.new.received()));
    assert_eq!((old.len(), new.len()), (6, 3));
    let mut parents = std::collections::BTreeSet::new();
    for request in old.iter().chain(&new) {
        assert_eq!(request.line(), "GET /a?b=c HTTP/1.1");
        assert_eq!((request.all("host"), request.all("cookie")), (vec!["h".into()], vec!["d=e".into()]));
        assert_eq!(
            (request.all(MARKER), request.all("x-readshift-shadow")),
            (vec!["1".into()], vec!["1".into()])
        );
        let trace = request.all("traceparent").remove(0);
        assert_eq!(trace[..36], TRACE[..36]);
        parents.insert(trace);
    }
    assert_eq!(parents.len(), 9, "each has a parent of its own");
}

#[tokio::test]
async fn what_is_no_plain_safe_read_is_never_sent_again() {
    let lab = differing(&format!(
        "{SOON}routes:\n  - {{ id: all, match: {{ path: /a, method: [GET, POST] }}, read: true }}\n"
    ))
    .await;
    lab.post("/a", "{}").await;
    for field in ["Range: bytes=0-1", "If-None-Match: \"x\"", "If-Modified-Since: y", "Content-Length: 2"] {
        let body = if field.starts_with("Content") { "{}" } else { "" };
        lab.send(format!("GET /a HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n{body}")).await;
    }
    lab.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").await;
    lab.send(format!("GET /a HTTP/1.1\r\nHost: h\r\nX-Large: {}\r\n\r\n", "x".repeat(20_000))).await;
    lab.settled().await;
    classed(&lab, Class::Unchecked, 7).await;
    assert_eq!(classes(&lab), [7, 0, 0, 0, 0]);
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (7, 7));
}

#[tokio::test]
async fn past_the_budget_mismatches_stay_unchecked_and_are_counted() {
    let lab = differing("recheck: { delays: [1h], max_waiting: 1, rate: 1000 }\n").await;
    let mut client = lab.raw().await;
    for _ in 0..5 {
        assert!(client.get("/a").await.is_whole());
    }
    let page = classed(&lab, Class::Unchecked, 4).await;
    assert_eq!((page.counts.of(Outcome::Differs), classes(&lab)), (5, [4, 0, 0, 0, 0]));
    let text = scraped(&lab).await;
    assert!(text.contains("readshift_rereads_skipped_total{reason=\"waiting\"} 4\n"), "{text}");
    assert!(text.contains("readshift_rechecks_open 1\n"), "{text}");
}

async fn scraped(lab: &Lab) -> String {
    let mut client = crate::lab::Client::connect(lab.app().status).await;
    client.get("/metrics").await.text()
}

#[tokio::test]
async fn old_that_wants_no_more_of_it_proves_nothing() {
    let lab = differing("recheck: { delays: [300ms, 310ms], rate: 1000 }\n").await;
    lab.get("/a").await;
    lab.settled().await;
    let expired = json!({"error": "expired"});
    lab.old.replies_with("/a", 401, &expired);
    lab.new.replies_with("/a", 401, &expired);
    until("it was read again", || lab.new.received().len() >= 3).await;
    assert_eq!(classes(&lab), [0; 5]);
}

#[tokio::test]
async fn one_shape_is_read_again_a_few_times_only() {
    let lab = differing(LATE).await;
    let mut client = lab.raw().await;
    for _ in 0..20 {
        assert!(client.get("/a").await.is_whole());
    }
    let page = classed(&lab, Class::Unchecked, 17).await;
    assert_eq!(page.counts.of(Outcome::Differs), 20);
    assert!(scraped(&lab).await.contains("readshift_rereads_skipped_total{reason=\"signature\"} 17\n"));
}

#[tokio::test]
async fn rechecks_of_a_new_that_is_dead_meanwhile_harm_nobody() {
    let lab = differing("recheck: { delays: [20ms], rate: 1000 }\n").await;
    lab.get("/a").await;
    lab.settled().await;
    lab.new.refuses();
    // It ends a few seconds later, when the readings have been made up for in vain; nobody waits for it.
    until("old was asked again", || lab.old.received().len() > 1).await;
    assert_eq!(lab.get("/a").await.json(), json!({"name": "Ada"}));
    assert!(!lab.stop(Duration::from_secs(8)).await.cut_short);
}

#[tokio::test]
async fn a_stop_ends_rechecks_at_once_and_they_stay_unchecked() {
    let lab = differing(LATE).await;
    lab.get("/a").await;
    lab.settled().await;
    let stopped = lab.stop(Duration::from_secs(8)).await;
    assert!(!stopped.cut_short);
    let page = &stopped.facts.routes[0].0;
    assert_eq!((page.counts.of(Outcome::Differs), page.rereads.of(Class::Unchecked)), (1, 1));
}

#[tokio::test]
async fn an_error_of_new_that_goes_away_is_no_lag() {
    let lab = differing(SOON).await;
    lab.new.replies_with("/a", 503, &json!({"error": "busy"}));
    lab.get("/a").await;
    classed(&lab, Class::Unchecked, 1).await;
    lab.new.replies("/a", json!({"name": "Ada"}));
    assert_eq!((classes(&lab), lab.new.received().len()), ([1, 0, 0, 0, 0], 1));
}

#[tokio::test]
async fn a_new_that_fails_is_not_asked_again() {
    let lab = Lab::with(SOON).await;
    lab.new.replies_and_closes("/a", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    lab.get("/a").await;
    classed(&lab, Class::Unchecked, 1).await;
    assert_eq!((lab.settled().await.count(Outcome::NewTruncated), lab.old.received().len()), (1, 1));
}

fn controls(lab: &Lab) -> Vec<(&'static str, u64)> {
    let rereads = page(lab).rereads;
    let told = rereads.controls().filter(|(_, count)| *count > 0);
    told.map(|(control, count)| (control.name(), count)).collect()
}

#[tokio::test]
async fn a_read_that_is_drawn_is_asked_of_old_twice_and_judged_as_any_other() {
    let lab = Lab::with("control: { share: 100% }\n").await;
    lab.old.replies("/a", json!(1));
    lab.new.replies("/a", json!(1));
    lab.old.replies("/b", json!(1));
    lab.new.replies("/b", json!(2));
    lab.get("/a").await;
    lab.get("/b").await;
    let settled = lab.settled().await;
    assert_eq!((settled.count(Outcome::Exact), settled.count(Outcome::Differs)), (1, 1));
    assert_eq!(controls(&lab), [("agreed", 2)]);
    assert_eq!((rereads(lab.old.received()).len(), rereads(lab.new.received()).len()), (2, 0));
}

#[tokio::test]
async fn control_pairs_find_a_place_where_old_differs_from_itself_and_hide_no_error() {
    let lab = Lab::with("workers: 1\ncontrol: { share: 100% }\n").await;
    let mut client = lab.raw().await;
    for n in 0..60 {
        // Old mints another id for every reply, so does new; from the thirtieth on new is wrong besides.
        let wrong = n >= 30;
        lab.old.replies("/a", json!({"id": format!("{:08x}", n * 3), "sum": 7}));
        lab.new.replies("/a", json!({"id": format!("{:08x}", n * 3 + 1), "sum": if wrong { 8 } else { 7 }}));
        let new = lab.new.holds("/a");
        assert!(client.get("/a").await.is_whole());
        lab.old.replies("/a", json!({"id": format!("{:08x}", n * 3 + 2), "sum": 7}));
        new.open();
        lab.settled().await;
    }
    assert_eq!(controls(&lab), [("disagreed", 60)]);
    let page = page(&lab);
    assert_eq!(page.counts.of(Outcome::Differs), 60, "noise is a mismatch all the same");
    let (noise, unchecked) = (page.rereads.of(Class::Noise), page.rereads.of(Class::Unchecked));
    assert!((15..=30).contains(&noise) && unchecked == 60 - noise, "{noise} {unchecked}");
    let report = readshift::admin::report::Report::build(&lab.app().facts());
    let noise = &report.routes[0].noise;
    let states: Vec<_> = noise.places.iter().map(|place| (place.place.as_str(), place.state)).collect();
    assert_eq!(states, [("/id", "noisy"), ("/sum", "strict")]);
    assert_eq!(noise.suggestions.len(), 1, "{noise:?}");
}

#[tokio::test]
async fn an_error_beside_a_noisy_place_is_persistent_and_no_race() {
    let lab = Lab::with(&format!("workers: 1\ncontrol: {{ share: 100% }}\n{SOON}")).await;
    let mint = |n: usize, sum: u32| {
        lab.old.replies("/a", json!({"id": format!("{n:08x}"), "sum": 7}));
        lab.new.replies("/a", json!({"id": format!("{:08x}", n + 1_000_000), "sum": sum}));
    };
    let mut client = lab.raw().await;
    for n in 0..40 {
        mint(2 * n, 7);
        let new = lab.new.holds("/a");
        assert!(client.get("/a").await.is_whole());
        mint(2 * n + 1, 7);
        new.open();
        lab.settled().await;
    }
    mint(100, 8);
    assert!(client.get("/a").await.is_whole());
    // From now on old says something else at every reading, as it always did, and new is wrong besides.
    let minting = async {
        for n in 101.. {
            mint(n, 8);
            tokio::task::yield_now().await;
        }
    };
    let class = || {
        let shapes = lab.app().facts().routes.remove(0).1.shapes;
        let wrong = shapes.into_iter().find(|shape| shape.signature.text().contains("/sum"));
        wrong.map_or(Class::Unchecked, |shape| shape.class())
    };
    tokio::select! {
        () = minting => {}
        () = until("it is ruled", || class() != Class::Unchecked) => assert_eq!(class(), Class::Persistent),
    }
}

#[tokio::test]
async fn one_system_behind_both_addresses_is_told_by_the_name_of_its_instance() {
    let lab = Lab::with("control: { share: 100% }\n").await;
    let reply = "HTTP/1.1 200 OK\r\nX-Pod-Name: users-7d9c5b6f4-x2lqp\r\nContent-Length: 2\r\n\r\nok";
    lab.old.replies_raw("/a", reply);
    lab.new.replies_raw("/a", reply);
    let mut client = lab.raw().await;
    for _ in 0..25 {
        assert!(client.get("/a").await.is_whole());
        lab.settled().await;
    }
    let report = readshift::admin::report::Report::build(&lab.app().facts());
    assert_eq!(report.warnings[0].code, "same_place", "{:?}", report.warnings);
}

#[tokio::test]
async fn no_read_with_a_body_is_asked_of_old_twice() {
    let lab = Lab::with(
        "control: { share: 100% }\nroutes: [{ id: all, match: { method: POST, path: /a }, read: true }]\n",
    )
    .await;
    lab.post("/a", "{}").await;
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    assert_eq!((controls(&lab), lab.old.received().len()), (vec![], 1));
}

#[tokio::test]
async fn old_that_gives_no_second_reply_does_not_take_the_pair_away() {
    let lab = Lab::with("control: { share: 100% }\nold: { first_byte_timeout: 100ms }\n").await;
    lab.old.replies("/a", json!(1));
    lab.new.replies("/a", json!(1));
    let gate = lab.new.holds("/a");
    lab.get("/a").await;
    lab.old.does("/a", [crate::lab::Step::Hang]);
    gate.open();
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    assert_eq!(controls(&lab), [(Control::Lost.name(), 1)]);
}

#[tokio::test]
async fn pairs_that_wait_for_old_when_the_program_stops_are_judged_without_it() {
    let lab = Lab::with("control: { share: 100% }\n").await;
    let new = lab.new.holds("/a");
    lab.get("/a").await;
    lab.old.does("/a", [crate::lab::Step::Hang]);
    new.open();
    lab.old.gets(2).await;
    let stopped = lab.stop(Duration::from_secs(8)).await;
    let counts = &stopped.facts.routes[0].0.counts;
    assert_eq!((stopped.cut_short, counts.of(Outcome::Exact), counts.in_flight), (false, 1, 0));
}

/// Reads `/a` once; old answers the client, and the second time it does what `again` has it do.
async fn asked_twice(lab: &Lab, again: impl FnOnce(&Lab)) {
    lab.old.replies("/a", json!(1));
    lab.new.replies("/a", json!(1));
    let gate = lab.new.holds("/a");
    lab.get("/a").await;
    again(lab);
    gate.open();
    lab.settled().await;
}

#[tokio::test]
async fn old_that_fails_when_it_is_read_again_gets_only_what_clients_ask() {
    for trouble in ["hang", "overload"] {
        let lab = Lab::with(
            "workers: 1\ncontrol: { share: 100% }\nrecheck: { delays: [1h] }\nold: { first_byte_timeout: 100ms }\n",
        )
        .await;
        for _ in 0..3 {
            asked_twice(&lab, |lab| match trouble {
                "hang" => lab.old.does("/a", [crate::lab::Step::Hang]),
                _ => lab.old.replies_with("/a", 503, &json!("busy")),
            })
            .await;
        }
        assert_eq!((controls(&lab), lab.old.received().len()), (vec![("lost", 3)], 6), "{trouble}");
        lab.old.replies("/a", json!(1));
        lab.new.replies("/a", json!(1));
        lab.get("/a").await;
        lab.settled().await;
        lab.new.replies("/a", json!(2));
        lab.get("/a").await;
        let settled = lab.settled().await;
        assert_eq!((settled.count(Outcome::Exact), settled.count(Outcome::Differs)), (4, 1), "{trouble}");
        assert_eq!((controls(&lab), lab.old.received().len()), (vec![("lost", 3), ("skipped", 2)], 8));
        let text = scraped(&lab).await;
        assert!(text.contains("readshift_rereads_breaker_state 2\n"), "{text}");
        assert!(text.contains("readshift_rereads_skipped_total{reason=\"old_failing\"} 1\n"), "{text}");
    }
}

#[tokio::test]
async fn credentials_that_have_run_out_are_no_trouble_of_old() {
    let lab = Lab::with("workers: 1\ncontrol: { share: 100% }\n").await;
    for _ in 0..4 {
        asked_twice(&lab, |lab| lab.old.replies_with("/a", 401, &json!("expired"))).await;
    }
    assert_eq!((controls(&lab), lab.old.received().len()), (vec![("lost", 4)], 8));
}

#[tokio::test]
async fn a_route_may_be_left_out_of_reading_again() {
    let lab = differing(
        "control: { share: 100% }\nrecheck: { delays: [20ms], rate: 1000 }\n\
         routes: [{ id: all, match: { path: /a, method: GET }, reread: false }]\n",
    )
    .await;
    lab.get("/a").await;
    classed(&lab, Class::Unchecked, 1).await;
    assert_eq!((controls(&lab), lab.old.received().len(), lab.new.received().len()), (vec![], 1, 1));
    assert!(scraped(&lab).await.contains("readshift_rereads_skipped_total{reason=\"off\"} 1\n"));
}

#[tokio::test]
async fn no_pair_is_held_back_for_old_once_half_of_the_memory_is_in_use() {
    let lab = Lab::with("control: { share: 100% }\nshadow: { memory: 1 MiB, max_body: 1 MiB }\n").await;
    let large = json!("x".repeat(300 << 10));
    lab.old.replies("/a", large.clone());
    lab.new.replies("/a", large);
    lab.get("/a").await;
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    assert_eq!((controls(&lab), lab.old.received().len()), (vec![("skipped", 1)], 1));
}

#[tokio::test]
async fn that_both_send_the_caller_elsewhere_later_does_not_make_an_error_a_lag() {
    let lab = differing("recheck: { delays: [300ms, 310ms], rate: 1000 }\n").await;
    lab.get("/a").await;
    lab.settled().await;
    let login = "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
    lab.old.replies_raw("/a", login);
    lab.new.replies_raw("/a", login);
    until("it was read again twice", || lab.new.received().len() >= 3).await;
    assert_eq!(classes(&lab), [0; 5]);
}

#[tokio::test]
async fn a_reply_without_an_end_is_not_read_to_it_when_it_is_read_again() {
    let lab = differing("recheck: { delays: [100ms], rate: 1000 }\nnew: { timeout: 1m }\n").await;
    lab.get("/a").await;
    lab.settled().await;
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n".to_vec();
    lab.new.does("/a", [crate::lab::Step::Send(head), crate::lab::Step::Fill(999_999_999_999)]);
    until("new is left", || lab.new.received().get(1).is_some_and(|again| again.left)).await;
}

#[tokio::test]
async fn what_is_read_again_is_not_mirrored_by_another_readshift_and_no_client_can_cause_it() {
    let lab = differing(SOON).await;
    lab.send("GET /a HTTP/1.1\r\nHost: h\r\nX-Readshift-Shadow: 1\r\nX-Readshift-Recheck: 1\r\n\r\n").await;
    assert_eq!(lab.settled().await.count(Outcome::OptedOut), 1);
    lab.new.replies("/a", json!({"name": "Ada"}));
    lab.send("GET /a HTTP/1.1\r\nHost: h\r\nX-Readshift-Recheck: 1\r\n\r\n").await;
    assert_eq!(lab.settled().await.count(Outcome::Exact), 1);
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (2, 1));
}

#[tokio::test]
async fn credentials_of_a_request_are_in_no_report() {
    let lab = differing("").await;
    lab.send(
        "GET /a?page=7&token=hunter2 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer hunter2\r\nCookie: a=hunter2\r\n\r\n",
    )
    .await;
    assert_eq!(lab.settled().await.count(Outcome::Differs), 1);
    for target in ["/api/v1/report", "/api/v1/report?format=text", "/api/v1/exhibits"] {
        let mut client = crate::lab::Client::connect(lab.app().admin).await;
        client.write(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        let told = client.reply().await.text();
        assert!(told.contains("page=7") && !told.contains("hunter2"), "{target}: {told}");
    }
}
