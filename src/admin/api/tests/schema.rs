//! As much of JSON Schema as our description uses, to hold answers against.

use serde_json::Value;

pub struct Checker<'a> {
    pub document: &'a Value,
}

impl Checker<'_> {
    #[track_caller]
    pub fn holds(&self, schema: &Value, value: &Value, at: &str) {
        let wrong = self.wrong(schema, value, at);
        assert!(wrong.is_empty(), "{wrong:#?}\nin {value:#}");
    }

    /// What of the value is not as the schema has it.
    fn wrong(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        if let Some(path) = schema["$ref"].as_str() {
            return self.wrong(self.document.pointer(&path[1..]).unwrap(), value, at);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let fits = any.iter().any(|one| self.wrong(one, value, at).is_empty());
            return if fits { vec![] } else { vec![format!("{at}: {value} fits none of {any:?}")] };
        }
        let mut wrong = Vec::new();
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        if !kinds.is_empty() && !kinds.iter().any(|kind| is(value, kind)) {
            wrong.push(format!("{at}: {value} is no {kinds:?}"));
        }
        if let Some(known) = schema["enum"].as_array() {
            let fits = known.contains(value);
            wrong.extend((!fits).then(|| format!("{at}: {value} is none of {known:?}")));
        }
        let Some(members) = value.as_object() else {
            let items = value.as_array().into_iter().flatten().enumerate();
            let of = |(place, item)| self.wrong(&schema["items"], item, &format!("{at}/{place}"));
            return wrong.into_iter().chain(items.flat_map(of)).collect();
        };
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let missing = !members.contains_key(needed);
            wrong.extend(missing.then(|| format!("{at}: {needed} is missing")));
        }
        if let Some(known) = schema["properties"].as_object() {
            for (key, value) in members {
                match known.get(key) {
                    Some(schema) => wrong.extend(self.wrong(schema, value, &format!("{at}/{key}"))),
                    None => wrong.push(format!("{at}: {key} is not described")),
                }
            }
        }
        wrong
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = serde_json::json!({ "a": {
        "type": "object", "required": ["n"],
        "properties": { "n": { "type": ["integer", "null"] }, "l": { "items": { "enum": ["x"] } } },
    } });
    let checker = Checker { document: &document };
    let schema = serde_json::json!({ "$ref": "#/a" });
    for (value, faults) in
        [(r#"{"n":1,"l":["x"]}"#, 0), (r#"{"n":"1"}"#, 1), ("{}", 1), (r#"{"n":null,"l":["y"],"z":1}"#, 2)]
    {
        let value = serde_json::from_str(value).unwrap();
        assert_eq!(checker.wrong(&schema, &value, "").len(), faults, "{value}");
    }
}
