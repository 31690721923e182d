//! Moves over the API: what is asked of the controller, and what is answered.

use std::time::Duration;

use super::*;

const MOVES: [&str; 7] = ["advance", "revert", "off", "resume", "approve", "drill", "restart"];

#[tokio::test]
async fn each_move_asks_the_controller_and_answers_the_state_it_leads_to() {
    let scene = Scene::new().await;
    for name in MOVES {
        let reply = scene.post(&format!("/api/v1/rollouts/users/{name}"), r#"{"why": " so "}"#).await;
        assert_eq!(status(&reply), 200, "{reply}");
        let moved = read(&reply);
        assert_eq!((&moved["id"], &moved["state"]["version"]), (&"users".into(), &8.into()));
        let asked = scene.seen.all();
        assert!(asked.len() == 1 && asked[0].starts_with(&format!("users: {name} by somebody")), "{asked:?}");
        assert!(asked[0].contains(": so"), "{asked:?}");
    }
}

#[tokio::test]
async fn an_advance_says_who_why_at_which_version_and_whether_past_the_gate() {
    let scene = Scene::new().await;
    let body = r#"{"why":"all is well","version":7,"override":true,"actor":"ada","via":"command_line"}"#;
    scene.post("/api/v1/rollouts/users/advance", body).await;
    assert_eq!(scene.seen.all(), ["users: advance by ada (CommandLine): all is well, Some(7), true"]);
}

#[tokio::test]
async fn a_revert_needs_no_reason_and_no_body() {
    let scene = Scene::new().await;
    let reply = scene.served.send("POST", "/api/v1/rollouts/users/revert", "", "").await;
    assert_eq!(status(&reply), 200, "{reply}");
    assert_eq!(scene.seen.all(), ["users: revert by somebody (Api): no readable reason was given"]);
}

#[tokio::test]
async fn a_revert_is_never_refused_over_its_body() {
    let scene = Scene::new().await;
    let (json, form) =
        ("content-type: application/json\r\n", "content-type: text/plain; charset=nonsense\r\n");
    let large = format!(r#"{{"why":"{}"}}"#, "a".repeat(64 << 10));
    for (fields, body, by, why) in [
        ("", "", "somebody", "no readable reason was given"),
        (json, "", "somebody", "no readable reason was given"),
        (json, "now!", "somebody", "no readable reason was given"),
        (json, "[1]", "somebody", "no readable reason was given"),
        (json, &large, "somebody", "no readable reason was given"),
        (json, r#"{"reason":"slow","actor":"ada"}"#, "ada", "no readable reason was given"),
        (
            json,
            r#"{"why":7,"actor":["ada"],"via":"pigeon","abort_in_flight":"yes"}"#,
            "somebody",
            "no readable reason was given",
        ),
        (json, r#"{"why":"slow","version":3,"override":true}"#, "somebody", "slow"),
        (form, r#"{"why":"slow","actor":"ada"}"#, "ada", "slow"),
        ("", r#"{"why":"slow","actor":"ada"}"#, "ada", "slow"),
        (
            "content-type: application/x-www-form-urlencoded\r\n",
            "why=slow",
            "somebody",
            "no readable reason was given",
        ),
    ] {
        for (target, told) in [
            ("users/revert", vec![format!("users: revert by {by} (Api): {why}")]),
            ("users/off", vec![format!("users: off by {by}: {why}")]),
            ("revert", ["orders", "users"].map(|id| format!("{id}: revert by {by} (Api): {why}")).to_vec()),
        ] {
            let reply = scene.served.send("POST", &format!("/api/v1/rollouts/{target}"), fields, body).await;
            assert_eq!(status(&reply), 200, "{target} {fields} {body:.80}: {reply}");
            let mut asked = scene.seen.all();
            asked.sort();
            assert_eq!(asked, told, "{fields} {body:.80}");
        }
    }
}

#[tokio::test]
async fn a_revert_does_not_wait_for_a_body_that_never_comes() {
    let scene = Scene::new().await;
    let mut slow = scene.served.connect().await;
    let head = "POST /api/v1/rollouts/users/revert HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{";
    let reply = crate::admin::wire::exchange(&mut slow, head).await;
    assert_eq!(status(&reply), 200, "{reply}");
    assert_eq!(scene.seen.all(), ["users: revert by somebody (Api): no readable reason was given"]);
}

#[tokio::test]
async fn all_rollouts_are_reverted_at_once() {
    let scene = Scene::new().await;
    let reply = scene.post("/api/v1/rollouts/revert", r#"{"why":"new is down","actor":"ada"}"#).await;
    assert_eq!(read(&reply)["rollouts"].as_array().unwrap().len(), 2, "{reply}");
    let mut asked = scene.seen.all();
    asked.sort();
    assert_eq!(
        asked,
        ["orders: revert by ada (Api): new is down", "users: revert by ada (Api): new is down"]
    );
}

#[tokio::test]
async fn a_revert_with_nothing_to_do_is_done() {
    let scene = Scene::refusing(Refusal::Nothing { why: "it stands at shadow".into() }).await;
    let reply = scene.post("/api/v1/rollouts/orders/revert", "{}").await;
    assert_eq!((status(&reply), &read(&reply)["state"]["stage"]), (200, &"shadow".into()), "{reply}");
    assert_eq!(status(&scene.post("/api/v1/rollouts/orders/resume", r#"{"why":"so"}"#).await), 409);
}

#[tokio::test]
async fn a_body_that_is_not_understood_moves_nothing_and_says_what_was_expected() {
    let scene = Scene::new().await;
    let target = |name: &str| format!("/api/v1/rollouts/users/{name}");
    for (name, body, code, says) in [
        ("advance", "", 422, "a reason is needed"),
        ("advance", r#"{"why":"  "}"#, 422, "a reason is needed"),
        ("advance", "{}", 400, "missing field `why`"),
        ("advance", r#"{"why":"a","overide":true}"#, 400, "`override`"),
        ("advance", r#"{"why":"a","version":"7"}"#, 400, "expected u64"),
        ("resume", r#"{"why":"a","override":true}"#, 400, "unknown field `override`"),
        ("restart", "now", 400, "nothing was done"),
        ("drill", r#"{"why":"a","via":"gate"}"#, 400, "`command_line`"),
    ] {
        let reply = scene.post(&target(name), body).await;
        assert_eq!(status(&reply), code, "{name} {body}: {reply}");
        assert!(read(&reply)["detail"].as_str().unwrap().contains(says), "{name} {body}: {reply}");
    }
    let long = format!(r#"{{"why":"{}"}}"#, "a".repeat(2_001));
    assert_eq!(status(&scene.post(&target("advance"), &long).await), 400);
    for fields in ["content-type: text/plain\r\n", ""] {
        let reply = scene.served.send("POST", &target("approve"), fields, "{}").await;
        assert_eq!(status(&reply), 415, "{reply}");
    }
    let reply = scene.post(&target("advance"), &" ".repeat((64 << 10) + 1)).await;
    assert_eq!(status(&reply), 413, "{reply}");
    assert_eq!(scene.seen.all(), [""; 0]);
}

#[tokio::test]
async fn a_refusal_is_told_by_kind_in_words_and_with_what_is_missing() {
    let why = || "because".to_owned();
    for (refusal, code, kind) in [
        (Refusal::Outdated { seen: 7, current: 9 }, 409, "outdated"),
        (Refusal::Held { unmet: vec!["a".into(), "b".into()] }, 409, "held"),
        (Refusal::Latched { why: why() }, 409, "latched"),
        (Refusal::Frozen { why: why() }, 409, "frozen"),
        (Refusal::NotApproved, 409, "not-approved"),
        (Refusal::TooSoon { left: Duration::from_secs(60) }, 409, "too-soon"),
        (Refusal::AtTop, 409, "at-top"),
        (Refusal::Busy, 409, "busy"),
        (Refusal::Nothing { why: why() }, 409, "nothing-to-do"),
        (Refusal::NoReason, 422, "no-reason"),
        (Refusal::Unknown { id: "users".into() }, 404, "unknown-rollout"),
        (Refusal::NotRecorded { why: why() }, 503, "not-recorded"),
        (Refusal::Stopping, 503, "stopping"),
    ] {
        let words = refusal.to_string();
        let scene = Scene::refusing(refusal).await;
        let reply = scene.post("/api/v1/rollouts/users/advance", r#"{"why":"so"}"#).await;
        let problem = read(&reply);
        assert_eq!((&problem["status"], status(&reply)), (&code.into(), code), "{reply}");
        assert_eq!(problem["type"], format!("urn:readshift:problem:{kind}"));
        assert_eq!(problem["detail"], words);
        match kind {
            "held" => assert_eq!(problem["unmet"], serde_json::json!(["a", "b"])),
            "outdated" => assert_eq!(problem["current"], 9),
            _ => assert!(problem.get("unmet").is_none()),
        }
    }
}

#[tokio::test]
async fn a_reason_that_is_foreign_text_comes_back_as_text() {
    let scene = Scene::refusing(Refusal::Latched { why: "\u{1b}[2J\u{9b}".into() }).await;
    let reply = scene.post("/api/v1/rollouts/users/advance", r#"{"why":"so"}"#).await;
    assert!(!reply.contains('\u{1b}') && !reply.contains('\u{9b}'), "{reply}");
}
