//! What goes through goes through byte for byte, but for what belongs to one connection only.

use readshift::domain::outcome::{Outcome, Verdict};
use serde_json::json;

use crate::lab::{ANY, Gate, Lab, Step, until};

const QUIET: &str = "forwarding: { via: false, x_forwarded: 'off', forwarded: 'off' }";

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    let lab = Lab::start().await;
    let target = "/A%2f..%2F/./b//c;d=1?q=%20+&&x=[]{}|^`\"<>\\&a=1?a=2";
    assert_eq!(lab.get(target).await.status, 200);
    assert_eq!(lab.old.only().target(), target);
    assert_eq!(lab.new.gets(1).await[0].target(), target);
}

#[tokio::test]
async fn request_fields_keep_their_case_their_order_and_their_repeats() {
    let lab = Lab::with(QUIET).await;
    let fields = "HOST: Lab.Example:80\r\nX-b: 1\r\nx-A: \"ü,;  x\r\nX-B: 2\r\naccept: */*\r\nX-b:\r\nCookie: a=1; b=2\r\nCookie: c\r\n";
    lab.send(format!("GET /a HTTP/1.1\r\n{fields}\r\n")).await;
    let expected = format!("GET /a HTTP/1.1\r\n{}\r\n", fields.replace("X-b:\r\n", "X-b: \r\n"));
    assert_eq!(String::from_utf8(lab.old.only().head).unwrap(), expected);
}

#[tokio::test]
async fn reply_fields_and_reason_keep_every_byte() {
    let lab = Lab::start().await;
    let head = "HTTP/1.1 200 Ganz OK\r\nSet-Cookie: a=1; Path=/\r\nX-b: 1\r\nset-cookie: b=2\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nx-B: \"2\"\r\nContent-length: 2\r\nServer: old/1\r\n\r\n";
    lab.old.replies_raw("/a", format!("{head}ok"));
    let reply = lab.get("/a").await;
    assert_eq!(reply.head_text(), head);
    assert_eq!(reply.text(), "ok");
}

#[tokio::test]
async fn hop_by_hop_and_listed_fields_stay_on_their_connection_both_ways() {
    let lab = Lab::with(QUIET).await;
    lab.old.replies_raw(
        "/a",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Own\r\nKeep-Alive: timeout=5\r\nX-Own: 1\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n",
    );
    let reply = lab
        .send("GET /a HTTP/1.1\r\nHost: lab\r\nConnection: X-Private, keep-alive\r\nx-private: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nX-Kept: 1\r\n\r\n")
        .await;
    assert_eq!(lab.old.only().lines(), ["Host: lab", "X-Kept: 1"]);
    let kept = [("X-Kept", "1"), ("Content-Length", "0")];
    assert_eq!(reply.fields(), kept.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_connection_list_removes_neither_host_nor_framing() {
    let lab = Lab::with(QUIET).await;
    lab.send("POST /a HTTP/1.1\r\nHost: lab\r\nConnection: host, content-length, content-type, close\r\nContent-Length: 2\r\nContent-Type: a/b\r\n\r\nhi")
        .await;
    let request = lab.old.gets_whole().await;
    assert_eq!(request.lines(), ["Host: lab", "Content-Length: 2", "Content-Type: a/b"]);
    assert_eq!(request.text(), "hi");
}

#[tokio::test]
async fn the_trail_of_hops_is_appended_to() {
    let lab = Lab::with("forwarding: { via: edge, x_forwarded: append, forwarded: append }").await;
    lab.send("GET /a HTTP/1.1\r\nHost: lab\r\nVia: 1.0 first\r\nX-Forwarded-For: 10.1.1.1\r\nForwarded: for=10.1.1.1\r\n\r\n").await;
    let request = lab.old.only();
    assert_eq!(request.all("via").join(", "), "1.0 first, 1.1 edge");
    assert_eq!(request.all("x-forwarded-for"), ["10.1.1.1, 127.0.0.1"]);
    assert_eq!(request.all("x-forwarded-host"), ["lab"]);
    assert_eq!(request.all("x-forwarded-proto"), ["http"]);
    assert_eq!(request.all("forwarded"), ["for=10.1.1.1, for=127.0.0.1;host=\"lab\";proto=http"]);
}

#[tokio::test]
async fn a_trail_that_clients_could_forge_is_replaced_where_the_settings_say_so() {
    let lab = Lab::with("forwarding: { via: false, x_forwarded: replace, forwarded: replace }").await;
    lab.send("GET /a HTTP/1.1\r\nHost: lab\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.1.1.1\r\n\r\n").await;
    let request = lab.old.only();
    assert_eq!(request.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(request.all("x-forwarded-proto"), ["http"]);
    assert_eq!(request.all("forwarded"), ["for=127.0.0.1;host=\"lab\";proto=http"]);
    assert!(request.all("via").is_empty());
}

#[tokio::test]
async fn an_http_1_0_request_goes_on_as_1_1_with_exactly_one_host() {
    let lab = Lab::with(QUIET).await;
    lab.send("GET /a HTTP/1.0\r\n\r\n").await;
    lab.send("GET /b HTTP/1.0\r\nHost: lab\r\n\r\n").await;
    for request in lab.old.gets(2).await {
        assert!(request.line().ends_with(" HTTP/1.1"));
        assert_eq!(request.all("host").len(), 1, "{}", request.line());
    }
}

#[tokio::test]
async fn an_absolute_target_replaces_host() {
    let lab = Lab::with(QUIET).await;
    lab.send("GET http://other.example:81/a?b HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    let request = lab.old.only();
    assert_eq!(
        (request.target().as_str(), request.all("host")),
        ("/a?b", vec!["other.example:81".to_owned()])
    );
}

#[tokio::test]
async fn options_of_the_whole_server_go_through() {
    let lab = Lab::start().await;
    assert_eq!(lab.send("OPTIONS * HTTP/1.1\r\nHost: lab\r\n\r\n").await.status, 200);
    assert_eq!(lab.old.only().line(), "OPTIONS * HTTP/1.1");
}

#[tokio::test]
async fn a_host_and_fields_from_the_settings_are_put_in_and_taken_out() {
    let lab = Lab::with(
        "{ old: { host: v1.internal, headers: { set: { x-env: blue }, remove: [x-secret] } }, new: { withhold: [cookie] } }",
    )
    .await;
    lab.send("GET /a HTTP/1.1\r\nHost: lab\r\nX-Env: red\r\nX-Secret: 1\r\nCookie: c\r\n\r\n").await;
    let old = lab.old.only();
    assert_eq!(old.all("host"), ["v1.internal"]);
    assert_eq!((old.all("x-env"), old.all("x-secret")), (vec!["blue".to_owned()], vec![]));
    assert_eq!(old.all("cookie"), ["c"]);
    let new = lab.new.gets(1).await.remove(0);
    assert_eq!((new.all("host"), new.all("cookie")), (vec!["lab".to_owned()], vec![]));
}

#[tokio::test]
async fn redirects_go_to_the_client_and_are_not_followed() {
    let lab = Lab::start().await;
    lab.old.replies_raw(
        "/a",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/b\r\nContent-Length: 0\r\n\r\n",
    );
    let reply = lab.get("/a").await;
    assert_eq!((reply.status, reply.all("location")), (302, vec!["http://127.0.0.1:1/b".to_owned()]));
    assert_eq!(lab.old.received().len(), 1);
}

#[tokio::test]
async fn errors_of_old_pass_unchanged() {
    let lab = Lab::start().await;
    for status in [400, 404, 408, 429, 500, 502, 503, 599] {
        let head = format!("HTTP/1.1 {status} Own Words\r\nX-Why: {status}\r\nContent-Length: 4\r\n\r\n");
        lab.old.replies_raw("/a", format!("{head}oops"));
        let reply = lab.get("/a").await;
        assert_eq!((reply.head_text(), reply.text()), (head, "oops".to_owned()));
    }
}

#[tokio::test]
async fn promise_2_no_shadow_byte_reaches_a_client() {
    let lab = Lab::start().await;
    lab.old.replies("/users/1", json!({"name": "Ada"}));
    lab.new
        .replies_raw("/users/1", "HTTP/1.1 500 Bad\r\nSet-Cookie: shadow\r\nContent-Length: 6\r\n\r\nshadow");
    let reply = lab.get("/users/1").await;
    assert_eq!(reply.json(), json!({"name": "Ada"}));
    assert!(!reply.head_text().contains("shadow"));
    assert_eq!(lab.settled().await.with(Verdict::Mismatch), 1);
}

#[tokio::test]
async fn a_difference_is_found_where_it_is_and_the_client_sees_none_of_it() {
    let lab = Lab::start().await;
    lab.old.replies("/users/1", json!({"id": 1, "name": "Ada"}));
    lab.new.replies("/users/1", json!({"id": 1, "name": "Ida"}));
    assert_eq!(lab.get("/users/1").await.json(), json!({"id": 1, "name": "Ada"}));
    assert_eq!(lab.settled().await.mismatches("all"), ["/name"]);
}

#[tokio::test]
async fn promise_3_only_reads_are_shadowed() {
    let lab = Lab::start().await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        lab.send(format!("{method} /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\n\r\nhi")).await;
    }
    assert_eq!(lab.old.received().len(), 6);
    assert!(lab.old.received().iter().all(|request| request.text() == "hi"));
    let settled = lab.settled().await;
    assert_eq!((settled.received(), settled.with(Verdict::Unpaired)), (6, 6));
    assert!(lab.new.received().is_empty());
}

#[tokio::test]
async fn promise_3_a_write_with_the_path_of_a_read_goes_to_old_once_and_untouched() {
    let lab = Lab::with("{ forwarding: { via: false, x_forwarded: 'off' }, routes: [{ id: u, match: { method: GET, path: '/u/{id}' } }] }").await;
    let text = "DELETE /u/1 HTTP/1.1\r\nHost: lab\r\nIf-Match: \"x\"\r\n\r\n";
    lab.send(text).await;
    assert_eq!(lab.old.only().head, text.as_bytes());
    assert!(lab.new.received().is_empty());
    assert_eq!(lab.settled().await.received(), 1);
}

#[tokio::test]
async fn promise_3_a_read_that_may_be_a_write_in_disguise_is_not_shadowed() {
    let lab = Lab::start().await;
    lab.send("GET /a HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\n\r\nhi").await;
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        lab.send(format!("GET /a HTTP/1.1\r\nHost: lab\r\n{name}: DELETE\r\n\r\n")).await;
        lab.send(format!("GET /a HTTP/1.1\r\nHost: lab\r\n{name}: GET\r\n{name}: PUT\r\n\r\n")).await;
    }
    assert_eq!(lab.settled().await.count(Outcome::NotARead), 7);
    assert_eq!((lab.old.received().len(), lab.new.received().len()), (7, 0));
}

#[tokio::test]
async fn a_mirrored_request_is_marked_and_is_not_mirrored_again() {
    let lab = Lab::start().await;
    lab.get("/a").await;
    assert_eq!(lab.new.gets(1).await[0].all("x-readshift-shadow"), ["1"]);
    assert!(lab.old.only().all("x-readshift-shadow").is_empty());
    lab.send("GET /a HTTP/1.1\r\nHost: lab\r\nX-Readshift-Shadow: 1\r\n\r\n").await;
    assert_eq!(lab.settled().await.count(Outcome::OptedOut), 1);
    assert_eq!(lab.new.received().len(), 1);
}

#[tokio::test]
async fn promise_4_every_request_is_accounted_for() {
    let lab = Lab::start().await;
    lab.old.replies("/same", json!([1]));
    lab.new.replies("/same", json!([1]));
    lab.get("/same").await;
    lab.post("/write", "x").await;
    lab.send("GET nonsense HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    let settled = lab.settled().await;
    let counted = [Outcome::Exact, Outcome::NotARead, Outcome::NoRoute, Outcome::Refused]
        .map(|row| settled.in_all(row));
    assert_eq!((counted[0], counted[1] + counted[2], counted[3]), (1, 1, 1));
    assert_eq!(settled.received(), 3);
}

#[tokio::test]
async fn promise_1_a_hung_new_side_costs_the_client_nothing() {
    let lab = Lab::start().await;
    lab.new.hangs();
    for _ in 0..300 {
        assert!(lab.get("/a").await.is_whole());
    }
    assert_eq!(lab.old.received().len(), 300);
    assert!(lab.new.accepted() <= 256, "{}", lab.new.accepted());
}

#[tokio::test]
async fn promise_1_a_dead_or_hostile_new_side_changes_no_live_byte() {
    for script in
        [&b""[..], b"\0\0\0", b"HTTP/1.1 103 A\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
    {
        let lab = Lab::start().await;
        lab.new.replies_and_closes(ANY, script);
        assert_eq!(lab.get("/a").await.text(), "ok");
        assert_eq!(lab.settled().await.with(Verdict::Mismatch), 1, "{script:?}");
    }
    let lab = Lab::start().await;
    lab.new.refuses();
    assert_eq!(lab.get("/a").await.text(), "ok");
    assert_eq!(lab.settled().await.count(Outcome::NewRefused), 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let lab = Lab::start().await;
    for name in ["/1", "/2", "/3"] {
        lab.old.replies(name, json!(name));
    }
    let first = lab.old.holds("/1");
    let mut client = lab.raw().await;
    client.write("GET /1 HTTP/1.1\r\nHost: lab\r\n\r\nGET /2 HTTP/1.1\r\nHost: lab\r\n\r\nGET /3 HTTP/1.1\r\nHost: lab\r\n\r\n").await;
    lab.old.gets(1).await;
    first.open();
    for name in ["/1", "/2", "/3"] {
        assert_eq!(client.reply().await.json(), json!(name));
    }
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_pipeline_ends_it_there() {
    let lab = Lab::start().await;
    let mut client = lab.raw().await;
    client
        .write(
            "GET /1 HTTP/1.1\r\nHost: lab\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nHost: lab\r\n\r\n",
        )
        .await;
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(client.reply().await.status, 400);
    assert_eq!(client.rest().await, b"");
    assert_eq!(lab.old.received().len(), 1);
}

#[tokio::test]
async fn one_connection_to_old_serves_request_after_request() {
    let lab = Lab::with("workers: 1").await;
    let mut client = lab.raw().await;
    for _ in 0..20 {
        assert_eq!(client.get("/a").await.status, 200);
    }
    assert_eq!(lab.old.accepted(), 1);
}

#[tokio::test]
async fn a_stale_connection_to_old_is_replaced_without_the_client_noticing() {
    let lab = Lab::with("workers: 1").await;
    for round in 0..50 {
        assert_eq!(lab.get("/a").await.status, 200, "round {round}");
        lab.old.closes_all();
    }
    assert_eq!(lab.old.received().len(), 50);
}

#[tokio::test]
async fn a_get_whose_reused_connection_dies_is_sent_once_more() {
    let lab = Lab::with("workers: 1").await;
    lab.get("/warm").await;
    // Taken in whole and then dropped: the proxy cannot have known beforehand.
    lab.old.does("/dies", [Step::Close]);
    assert_eq!(lab.get("/dies").await.status, 502);
    let tries = |lab: &Lab| lab.old.received().iter().filter(|one| one.target() == "/dies").count();
    assert_eq!(tries(&lab), 2);
    // A fresh connection is not tried again.
    assert_eq!(lab.get("/dies").await.status, 502);
    assert_eq!(tries(&lab), 3);
}

#[tokio::test]
async fn no_post_is_sent_twice() {
    let lab = Lab::with("workers: 1").await;
    lab.old.does("/dies", [Step::Close]);
    for _ in 0..50 {
        lab.get("/warm").await;
        lab.post("/dies", "x").await;
    }
    let posts = lab.old.received().iter().filter(|one| one.target() == "/dies").count();
    assert_eq!(posts, 50);
}

#[tokio::test]
async fn a_post_notices_that_its_connection_was_closed_while_it_lay_idle() {
    let lab = Lab::with("workers: 1").await;
    for round in 0..50 {
        assert_eq!(lab.get("/warm").await.status, 200);
        lab.old.closes_all();
        lab.old.is_left().await;
        assert_eq!(lab.post("/a", "x").await.status, 200, "round {round}");
    }
    assert_eq!(lab.old.received().len(), 100);
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_to_old_along() {
    let lab = Lab::start().await;
    lab.old.does("/slow", [Step::Hang]);
    for bye in [true, false] {
        let mut client = lab.raw().await;
        client.write("GET /slow HTTP/1.1\r\nHost: lab\r\n\r\n").await;
        until("old has the request", || lab.old.open() == 1).await;
        lab.old.gets(if bye { 1 } else { 2 }).await;
        if bye {
            client.reset()
        } else {
            drop(client)
        }
        lab.old.is_left().await;
    }
    assert_eq!(lab.settled().await.count(Outcome::ClientCancelled), 2);
}

#[tokio::test]
async fn surplus_bytes_of_old_spoil_its_connection() {
    let lab = Lab::with("workers: 1").await;
    lab.old.replies_raw(
        "/more",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
    );
    assert_eq!(lab.get("/more").await.text(), "ok");
    assert_eq!(lab.get("/a").await.text(), "ok");
    assert_eq!(lab.old.accepted(), 2);
}

#[tokio::test]
async fn unsolicited_bytes_of_old_spoil_its_idle_connection() {
    let lab = Lab::with("workers: 1").await;
    let gate = Gate::new();
    let ok = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec());
    let poison = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison".to_vec());
    lab.old.does("/late", [ok, Step::Wait(gate.clone()), poison, Step::Fill(1), Step::Hang]);
    assert_eq!(lab.get("/late").await.text(), "ok");
    gate.open();
    until("the bytes are with the proxy", || lab.old.filled() == 1).await;
    // Asks the kernel; a GET asks the runtime only, which may not have heard of them yet.
    assert_eq!(lab.post("/a", "x").await.text(), "ok");
    assert_eq!(lab.get("/a").await.text(), "ok");
    assert_eq!(lab.old.accepted(), 2);
}

#[tokio::test]
async fn a_connection_that_old_wants_closed_is_not_used_again() {
    let lab = Lab::with("workers: 1").await;
    lab.old.replies_raw("/a", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    for _ in 0..3 {
        assert_eq!(lab.get("/a").await.text(), "ok");
    }
    assert_eq!(lab.old.accepted(), 3);
}

#[tokio::test]
async fn paths_of_the_other_listeners_mean_nothing_on_this_one() {
    let lab = Lab::start().await;
    for path in ["/metrics", "/livez", "/readyz", "/api/status", "/"] {
        assert_eq!(lab.get(path).await.text(), "ok", "{path}");
    }
    assert_eq!(lab.old.received().len(), 5);
}
