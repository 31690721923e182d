//! What the file asks of replies besides being alike: invariants and aggregates.

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use crate::domain::{aggregate::Function, compare::rules::PointerPattern, invariant::Invariant};

use super::{
    forms::text_forms,
    problem::brief,
    reader::{Form, Reader, Step, shortened},
    schema::form,
    shapes::MOST_ITEMS,
    tree::Node,
    values::{identifier, name_of, one_of, write_text},
};

text_forms! {
    /// What an aggregate does with its values.
    FunctionWord: Function = "sum, count or distinct", |text: &str| one_of(text, FUNCTIONS),
        |v: &Function| name_of(v, FUNCTIONS), json!({ "enum": ["sum", "count", "distinct"] });
    /// Places of a body.
    Pointer: String = "a JSON Pointer such as /items/*/total", pointer, |v: &String| write_text(v),
        json!({ "type": "string", "pattern": "^(/|$)" });
}

const FUNCTIONS: &[(&str, Function)] =
    &[("sum", Function::Sum), ("count", Function::Count), ("distinct", Function::Distinct)];

fn pointer(text: &str) -> Result<String, String> {
    PointerPattern::parse(text)
        .map_err(|why| format!("expected a JSON Pointer such as /items/*/total: {}", brief(&why)))?;
    Ok(text.to_owned())
}

/// Longer ones belong into a program.
const LONGEST_EXPRESSION: usize = 4_096;

/// Names and expressions, each of which is one.
pub struct Invariants;

impl Form for Invariants {
    type Value = Vec<(String, String)>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        let entries = reader.entries(node, "a mapping of names to expressions")?;
        if entries.len() > MOST_ITEMS {
            reader
                .problem(node.origin, format!("expected at most {MOST_ITEMS} items, got {}", entries.len()));
        }
        let mut found = Vec::new();
        for entry in entries.iter().take(MOST_ITEMS) {
            reader.within(Step::Key(shortened(&entry.key)), |reader| {
                reader.met(entry.origin);
                let name = identifier(&entry.key);
                let name = name.map_err(|message| reader.problem(entry.origin, message)).ok();
                let text = reader.scalar(&entry.value, "an expression such as new.body.balance >= 0");
                let text = text.map(|(text, _)| text.to_owned()).and_then(|text| {
                    let wrong = expression(&entry.key, &text).err();
                    wrong.map_or(Some(text), |why| {
                        reader.problem(entry.value.origin, why);
                        None
                    })
                });
                found.extend(name.zip(text));
            });
        }
        Some(found)
    }

    fn write(value: &Self::Value) -> Option<String> {
        let pairs: Vec<String> =
            value.iter().map(|(name, text)| format!("{name}: {}", write_text(text))).collect();
        Some(format!("{{{}}}", pairs.join(", ")))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "object", "additionalProperties": { "type": "string" } }))
    }
}

fn expression(name: &str, text: &str) -> Result<Invariant, String> {
    if text.len() > LONGEST_EXPRESSION {
        return Err(format!("is longer than {LONGEST_EXPRESSION} bytes"));
    }
    Invariant::parse(name, text).map_err(|why| format!("is no expression: {}", brief(&why)))
}
