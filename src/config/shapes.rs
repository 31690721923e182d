//! What forms are put together into: lists, choices, what may or must be given, what is secret.

use std::marker::PhantomData;

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::{
    problem::Origin,
    reader::{Form, Reader, Step, shortened},
    schema::form,
    tree::{Kind, Node},
    values::{self, write_text},
};

/// The most items of any list, and the most routes: each costs a scan or a label.
pub const MOST_ITEMS: usize = 1_000;

/// A value, or a word that says there is none.
macro_rules! or_word {
    ($( $(#[doc = $doc:literal])+ $name:ident = $word:literal; )+) => { $(
        $(#[doc = $doc])+
        pub struct $name<F>(PhantomData<F>);

        impl<F: Form> Form for $name<F> {
            type Value = Option<F::Value>;

            fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
                match &node.kind {
                    Kind::Scalar { text, .. } if text == $word => Some(None),
                    _ => F::read(node, reader).map(Some),
                }
            }

            fn write(value: &Self::Value) -> Option<String> {
                value.as_ref().map_or_else(|| Some($word.to_owned()), F::write)
            }

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                form(json!({ "anyOf": [{ "const": $word }, F::schema(generator).to_value()] }))
            }
        }
    )+ };
}

or_word! {
    /// No bound.
    OrNone = "none";
    /// As many as the machine has.
    OrAuto = "auto";
}

/// What may be left out, and then is decided elsewhere.
pub struct Optional<F>(PhantomData<F>);

impl<F: Form> Form for Optional<F> {
    type Value = Option<F::Value>;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        F::read(node, reader).map(Some)
    }

    fn write(value: &Self::Value) -> Option<String> {
        value.as_ref().and_then(F::write)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        F::schema(generator)
    }
}

/// What has to be given. `None` only after a problem was told.
pub struct Needed<F>(PhantomData<F>);

impl<F: Form> Form for Needed<F> {
    type Value = Option<F::Value>;
    const NEEDED: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        F::read(node, reader).map(Some)
    }

    fn absent(reader: &mut Reader, _: Self::Value, around: Origin) -> Self::Value {
        reader.problem(around, "missing");
        None
    }

    fn write(value: &Self::Value) -> Option<String> {
        value.as_ref().and_then(F::write)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        F::schema(generator)
    }
}

/// A list.
pub struct Items<F>(PhantomData<F>);

impl<F: Form> Form for Items<F> {
    type Value = Vec<F::Value>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        let Kind::List(items) = &node.kind else {
            reader.unexpected(node, "a list");
            return None;
        };
        if items.len() > MOST_ITEMS {
            reader.problem(node.origin, format!("expected at most {MOST_ITEMS} items, got {}", items.len()));
        }
        let items = items.iter().take(MOST_ITEMS).enumerate();
        Some(items.filter_map(|(place, item)| reader.item::<F>(place, item)).collect())
    }

    fn write(value: &Self::Value) -> Option<String> {
        let items: Option<Vec<String>> = value.iter().map(F::write).collect();
        Some(format!("[{}]", items?.join(", ")))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "array", "items": F::schema(generator).to_value() }))
    }
}

/// A section that is written on one line, as an item of a list that is shown as a whole.
pub struct Compact<F>(PhantomData<F>);

/// What a compact section comes to.
pub trait Line: Form {
    type Meaning;

    /// `None` where something is missing that a problem was told of.
    fn meaning(section: Self::Value) -> Option<Self::Meaning>;

    fn line(meaning: &Self::Meaning) -> String;
}

impl<F: Line> Form for Compact<F> {
    type Value = F::Meaning;

    fn read(node: &Node, reader: &mut Reader) -> Option<F::Meaning> {
        reader.unlisted(|reader| F::read(node, reader)).and_then(F::meaning)
    }

    fn write(value: &F::Meaning) -> Option<String> {
        Some(F::line(value))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        F::schema(generator)
    }
}

/// A list, or the one item it would hold.
pub struct OneOrMany<F>(PhantomData<F>);

impl<F: Form> Form for OneOrMany<F> {
    type Value = Vec<F::Value>;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        match &node.kind {
            Kind::Scalar { .. } => F::read(node, reader).map(|one| vec![one]),
            _ => Items::<F>::read(node, reader),
        }
    }

    fn write(value: &Self::Value) -> Option<String> {
        Items::<F>::write(value)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = F::schema(generator).to_value();
        form(json!({ "anyOf": [one, { "type": "array", "items": one }] }))
    }
}

/// What may hold secrets: its lines of the file are never shown.
pub struct Secret<F>(PhantomData<F>);

impl<F: Form> Form for Secret<F> {
    type Value = F::Value;
    const NEEDED: bool = F::NEEDED;
    const MAY_BE_NOTHING: bool = F::MAY_BE_NOTHING;

    fn read(node: &Node, reader: &mut Reader) -> Option<F::Value> {
        reader.keep_secret(node);
        F::read(node, reader)
    }

    fn absent(reader: &mut Reader, built_in: F::Value, around: Origin) -> F::Value {
        F::absent(reader, built_in, around)
    }

    fn write(value: &F::Value) -> Option<String> {
        F::write(value)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        F::schema(generator)
    }
}

/// Header names and the values to send. The values may be secrets: they are never shown.
pub struct HeaderValues;

impl Form for HeaderValues {
    type Value = Vec<(String, String)>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        let entries = reader.entries(node, "a mapping of header names to values")?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for entry in entries {
            reader.within(Step::Key(shortened(&entry.key)), |reader| {
                let name = values::free_header_name(&entry.key);
                let name = name.map_err(|message| reader.problem(entry.origin, message)).ok();
                let value = reader.scalar(&entry.value, "the value of a header").map(|(text, _)| text);
                let value = value.map(values::header_value).and_then(|value| {
                    value.map_err(|message| reader.problem(entry.value.origin, message)).ok()
                });
                let (Some(name), Some(value)) = (name, value) else { return };
                // The same word is told of as a repeated key; only the case differs here.
                if headers.iter().any(|(known, _)| *known == name) && entry.key != name {
                    reader.problem(entry.origin, "given a second time: case makes no difference here");
                }
                headers.push((name, value));
            });
        }
        Some(headers)
    }

    fn write(value: &Self::Value) -> Option<String> {
        let hidden = value.iter().map(|(name, _)| format!("{}: \"***\"", write_text(name)));
        Some(format!("{{{}}}", hidden.collect::<Vec<_>>().join(", ")))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "object", "additionalProperties": { "type": "string" } }))
    }
}
