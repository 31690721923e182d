//! The report for programs that read line by line: one JSON object for each rollout, move, route and kind of mismatch.

use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use crate::admin::words::json_for_terminals;

impl Report {
    /// Each object says by `kind` what it is. First the report as a whole, without what has lines of its own.
    pub fn to_ndjson(&self) -> String {
        let mut text = String::new();
        let mut line = |kind: &str, value: Value| {
            let mut object = json!({ "kind": kind });
            if let (Some(object), Value::Object(members)) = (object.as_object_mut(), value) {
                object.extend(members);
            }
            text.push_str(&json_for_terminals(&object.to_string()));
            text.push('\n');
        };
        line("report", without(self, &["rollouts", "moves", "routes"]));
        self.rollouts.iter().for_each(|rollout| line("rollout", without(rollout, &[])));
        self.moves.iter().for_each(|entry| line("move", without(entry, &[])));
        for route in &self.routes {
            line("route", without(route, &["signatures"]));
            for shape in &route.signatures {
                let mut shape = without(shape, &[]);
                if let Some(shape) = shape.as_object_mut() {
                    shape.insert("route".to_owned(), route.id.clone().into());
                }
                line("signature", shape);
            }
        }
        text
    }
}

fn without(value: &impl Serialize, members: &[&str]) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        members.iter().for_each(|member| {
            object.shift_remove(*member);
        });
    }
    value
}
