//! The JSON Schema of the file, for editors: generated from the sections, never written by hand.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{file::File, reader::Form};

/// The schema as it is committed: `readshift schema > config/readshift.schema.json`.
pub fn schema() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>();
    // An editor's reader finds these two first; the order is kept when they are given anew.
    let mut members = Map::new();
    members.insert("$schema".to_owned(), Value::Null);
    members.insert("title".to_owned(), Value::Null);
    members.extend(schema.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    members.insert("title".to_owned(), "readshift".into());
    format!("{:#}\n", Value::Object(members))
}

/// One key of a section.
pub struct Property {
    key: &'static str,
    needed: bool,
    schema: Schema,
}

pub fn property<F: Form>(
    generator: &mut SchemaGenerator,
    key: &'static str,
    about: &str,
    built_in: &F::Value,
) -> Property {
    let form = F::schema(generator).to_value();
    // Whatever stands beside a `$ref` is not read by an editor of this draft.
    let mut schema = match form {
        Value::Object(form) if !form.contains_key("$ref") => form,
        form => Map::from_iter([("allOf".to_owned(), json!([form]))]),
    };
    schema.insert("description".to_owned(), about.trim().into());
    if let Some(text) = F::write(built_in).filter(|text| !text.starts_with(['[', '{'])) {
        schema.insert("default".to_owned(), serde_json::from_str(&text).unwrap_or(text.into()));
    }
    Property { key, needed: F::NEEDED, schema: schema.into() }
}

pub fn section(about: &str, properties: Vec<Property>) -> Schema {
    let needed: Vec<&str> = properties.iter().filter(|p| p.needed).map(|p| p.key).collect();
    let mut schema = Map::new();
    schema.insert("description".to_owned(), about.trim().into());
    schema.insert("type".to_owned(), "object".into());
    schema.insert("additionalProperties".to_owned(), false.into());
    if !needed.is_empty() {
        schema.insert("required".to_owned(), needed.into());
    }
    let keys = properties.into_iter().map(|p| (p.key.to_owned(), p.schema.to_value()));
    schema.insert("properties".to_owned(), Value::Object(keys.collect()));
    schema.into()
}

/// A schema of the given members.
pub fn form(members: Value) -> Schema {
    match members {
        Value::Object(members) => members.into(),
        _ => Schema::default(),
    }
}
