//! Who is answered at all.

use super::*;

fn tokens() -> Tokens {
    Tokens::new(Some("captain"), Some("guest"))
}

#[tokio::test]
async fn a_request_under_a_foreign_name_learns_nothing() {
    let scene = Scene::new().await;
    for target in ["/api/v1/report", "/api/v1/status", "/api/v1/rollouts", "/nothing"] {
        let reply = scene.served.get(target, "evil.example:9902").await;
        assert_eq!(status(&reply), 403, "{target}: {reply}");
        assert!(reply.contains("application/problem+json") && reply.contains("no-store"), "{reply}");
    }
}

#[tokio::test]
async fn where_tokens_are_set_a_service_may_have_any_name_and_a_page_learns_nothing_still() {
    let scene = Scene::with(tokens(), Ok).await;
    let target = "/api/v1/rollouts/users/gate?to=25%25";
    for host in ["readshift:9902", "readshift.shop.svc.cluster.local", "localhost"] {
        let fields = |more: &str| format!("host: {host}\r\n{more}");
        let reply = scene.served.send("GET", target, &fields("authorization: Bearer guest\r\n"), "").await;
        assert_eq!(status(&reply), 200, "{reply}");
        assert_eq!(read(&reply)["data"]["verdict"], "inconclusive");
        assert_eq!(status(&scene.served.send("GET", target, &fields(""), "").await), 401);
        let page = "authorization: Bearer captain\r\norigin: http://evil.example\r\n";
        let reply = scene.served.send("POST", "/api/v1/rollouts/users/revert", &fields(page), "").await;
        assert_eq!(status(&reply), 403, "{reply}");
    }
    assert_eq!(scene.seen.all(), [""; 0]);
}

#[tokio::test]
async fn a_foreign_page_moves_nothing() {
    let scene = Scene::new().await;
    for fields in ["origin: http://evil.example\r\n", "origin: null\r\n", "sec-fetch-site: cross-site\r\n"] {
        let fields = format!("content-type: application/json\r\n{fields}");
        let reply = scene.served.send("POST", "/api/v1/rollouts/users/revert", &fields, "{}").await;
        assert_eq!(status(&reply), 403, "{reply}");
        assert_eq!(read(&reply)["type"], "urn:readshift:problem:foreign-origin");
    }
    assert_eq!(scene.seen.all(), [""; 0]);
    let own = "content-type: application/json\r\norigin: http://localhost\r\nsec-fetch-site: same-origin\r\n";
    let reply = scene.served.send("POST", "/api/v1/rollouts/users/revert", own, "{}").await;
    assert_eq!(status(&reply), 200, "{reply}");
}

#[tokio::test]
async fn where_tokens_are_set_every_path_asks_for_one() {
    let scene = Scene::with(tokens(), Ok).await;
    for target in ["/api/v1/rollouts", "/api/v1/report", "/openapi.json", "/nothing"] {
        let reply = scene.get(target).await;
        assert_eq!(status(&reply), 401, "{target}: {reply}");
        assert!(reply.contains("www-authenticate: Bearer realm=\"readshift\"\r\n"), "{reply}");
        let wrong = scene.served.send("GET", target, "authorization: Bearer nobody\r\n", "").await;
        assert_eq!(status(&wrong), 401);
        assert!(wrong.contains("error=\"invalid_token\""), "{wrong}");
    }
    let reply = scene.post("/api/v1/rollouts/users/revert", "{}").await;
    assert_eq!((status(&reply), scene.seen.all().len()), (401, 0));
}

#[tokio::test]
async fn a_viewer_sees_everything_and_an_operator_moves() {
    let scene = Scene::with(tokens(), Ok).await;
    let target = "/api/v1/rollouts/users/advance";
    let with = |token| format!("content-type: application/json\r\nauthorization: Bearer {token}\r\n");
    for token in ["guest", "captain"] {
        let reply = scene.served.send("GET", "/api/v1/rollouts", &with(token), "").await;
        assert_eq!(status(&reply), 200, "{reply}");
    }
    let reply = scene.served.send("POST", target, &with("guest"), r#"{"why": "so"}"#).await;
    assert_eq!((status(&reply), scene.seen.all().len()), (403, 0), "{reply}");
    let reply = scene.served.send("POST", target, &with("captain"), r#"{"why": "so"}"#).await;
    assert_eq!((status(&reply), scene.seen.all().len()), (200, 1), "{reply}");
}
