//! What the API has, described for programs (OpenAPI 3.1), from the table that the router is made from.

use std::sync::LazyLock;

use axum::response::Response;
use schemars::{Schema, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

use super::{
    endpoints::{Answer, ENDPOINTS, Endpoint, Kind},
    json,
};
use crate::admin::{problem, rollouts::to_json};

/// What every request may meet.
const ALWAYS: [u16; 5] = [401, 403, 500, 503, 504];

const FOLLOWED_ANYWAY: &str = "Whatever is sent, the move is made: without a body, with one of another content type, \
                               one that is too large or is no JSON, and with keys that mean nothing here. Of a JSON \
                               object what can be read is used.";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| to_json(&document()));

pub async fn serve() -> Response {
    json(DOCUMENT.clone())
}

/// An object whose members are told elsewhere.
pub fn report() -> Schema {
    json_schema!({ "type": "object", "description": "See docs/report.md." })
}

/// The whole description.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<problem::Body<'_>>().to_value();
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        let operation = operation(endpoint, &mut generator, &problem);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "readshift",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What a running readshift knows, and what can be asked of it. Errors are problem \
                            details (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed where the settings have a token. A viewer's token is for GET only.",
                },
            },
        },
        "security": [{ "token": [] }, {}],
    })
}

fn operation(endpoint: &Endpoint, generator: &mut schemars::SchemaGenerator, problem: &Value) -> Value {
    let mut parameters = Vec::new();
    if endpoint.path.contains("{id}") {
        parameters.push(json!({
            "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            "description": "The id of a rollout.",
        }));
    }
    if let Some(describe) = endpoint.query {
        parameters.extend(parameters_of(&inline(describe(generator).to_value(), generator)));
    }
    let mut responses = Map::new();
    let content = match endpoint.answer {
        Answer::Json(describe) => json!({ "application/json": { "schema": describe(generator) } }),
        Answer::Shown(describe) => json!({
            "application/json": { "schema": describe(generator) },
            "text/plain": { "schema": { "type": "string" } },
        }),
        Answer::Lines => json!({ "application/x-ndjson": { "schema": { "type": "string" } } }),
    };
    responses.insert("200".to_owned(), json!({ "description": "It is so.", "content": content }));
    let mut problems: Vec<u16> = endpoint.problems.iter().chain(&ALWAYS).copied().collect();
    problems.sort_unstable();
    problems.dedup();
    for status in problems {
        let content = json!({ "application/problem+json": { "schema": problem } });
        responses.insert(status.to_string(), json!({ "description": meaning(status), "content": content }));
    }
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.says,
        "parameters": parameters,
        "responses": responses,
    });
    if let (Some(describe), Some(members)) = (endpoint.body, operation.as_object_mut()) {
        let mut body = json!({
            // What brings reads back to old is followed without a reason as well.
            "required": endpoint.kind != Kind::Revert,
            "content": { "application/json": { "schema": describe(generator) } },
        });
        if let (Kind::Revert, Some(body)) = (endpoint.kind, body.as_object_mut()) {
            body.insert("description".to_owned(), FOLLOWED_ANYWAY.into());
        }
        members.insert("requestBody".to_owned(), body);
    }
    operation
}

/// `get_rollouts_id_gate`.
fn operation_id(endpoint: &Endpoint) -> String {
    let path = endpoint.path.trim_start_matches("/api/v1");
    let words = path.split(['/', '.']).filter(|word| !word.is_empty());
    let method = endpoint.method.as_str().to_ascii_lowercase();
    words.fold(method, |id, word| format!("{id}_{}", word.trim_matches(['{', '}'])))
}

/// The schema itself where it is only referred to.
fn inline(schema: Value, generator: &schemars::SchemaGenerator) -> Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    name.and_then(|name| generator.definitions().get(name)).cloned().unwrap_or(schema)
}

/// Each member of an object as a part of the query.
fn parameters_of(schema: &Value) -> Vec<Value> {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    members
        .map(|(name, schema)| json!({ "name": name, "in": "query", "required": false, "schema": schema }))
        .collect()
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "What was sent is not understood; nothing was done.",
        401 => "A token is needed, or the one sent is none of ours.",
        403 => {
            "The token is one to see with, or the request came under a foreign name or from a foreign page."
        }
        404 => "There is no such rollout or route.",
        409 => "The rollout does not move: `type` tells why, and `unmet` what is missing.",
        413 => "The body may have 64 KiB at most.",
        415 => "The body has to be JSON.",
        422 => "A reason is needed.",
        503 => {
            "It cannot be done or told now: the store, too many requests at once, or the program is stopping."
        }
        504 => "The answer took too long.",
        _ => "A defect of the program.",
    }
}
