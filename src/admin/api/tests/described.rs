//! The description is held against the running router.

use serde_json::Value;

use super::{schema::Checker, *};

/// A request as the description has it, with what it may be answered here.
fn asked(path: &str) -> String {
    path.replace("{id}", "users")
}

#[tokio::test]
async fn everything_that_is_described_is_there_and_the_description_is_served() {
    let scene = Scene::new().await;
    let served = read(&scene.get("/openapi.json").await);
    assert_eq!(served, document());
    let mut described = 0;
    for (path, methods) in served["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let reply = scene.served.ask(&method.to_uppercase(), &asked(path), "localhost").await;
            assert!(![404, 405].contains(&status(&reply)), "{method} {path}: {reply}");
            assert!(
                operation["responses"].get(status(&reply).to_string()).is_some(),
                "{method} {path}: {reply}"
            );
            described += 1;
        }
    }
    assert_eq!(described, ENDPOINTS.len(), "a path of the router is not described");
}

#[tokio::test]
async fn answers_look_as_they_are_described() {
    let scene = Scene::new().await;
    let document = document();
    let checker = Checker { document: &document };
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let with_body = operation.get("requestBody").is_some();
            let reply = match with_body {
                true => scene.post(&asked(path), r#"{"why":"so"}"#).await,
                false => scene.served.ask(&method.to_uppercase(), &asked(path), "localhost").await,
            };
            let content = &operation["responses"][status(&reply).to_string()]["content"];
            let kind = reply
                .lines()
                .find_map(|line| line.strip_prefix("content-type: "))
                .and_then(|kind| kind.split(';').next())
                .unwrap();
            let schema = &content[kind]["schema"];
            assert!(schema.is_object(), "{method} {path} answers {kind}, which is not described");
            if kind.ends_with("/json") || kind.ends_with("+json") {
                checker.holds(schema, &read(&reply), path);
            }
        }
    }
    let orders = read(&scene.get("/api/v1/rollouts/orders").await);
    checker.holds(&serde_json::json!({ "$ref": "#/components/schemas/Rollout" }), &orders, "orders");
}

#[test]
fn every_reference_leads_somewhere_and_every_name_is_used_once() {
    let document = document();
    let mut names = Vec::new();
    for methods in document["paths"].as_object().unwrap().values() {
        names.extend(methods.as_object().unwrap().values().map(|one| one["operationId"].to_string()));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    references(&document, &mut |path| {
        assert!(document.pointer(path.trim_start_matches('#')).is_some(), "{path}");
    });
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(path) if key == "$ref" => found(path),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
