//! The forms of what a route's comparison forgives: pointers, alone or with a reason or a measure.

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use crate::domain::compare::rules::PointerPattern;

use super::{
    forms::Words,
    problem::quoted,
    reader::{Form, Reader, Step, section, shortened},
    schema::form,
    shapes::{Needed, Optional},
    tree::{Kind, Node},
    values::write_text,
};

/// A JSON Pointer in which `*` stands for one step and `**` for any number.
pub struct Pointer;

impl Form for Pointer {
    type Value = PointerPattern;

    fn read(node: &Node, reader: &mut Reader) -> Option<PointerPattern> {
        let (text, _) = reader.scalar(node, "a JSON Pointer such as /items/*/id")?;
        parsed(text).map_err(|message| reader.problem(node.origin, message)).ok()
    }

    fn write(value: &PointerPattern) -> Option<String> {
        Some(write_text(value.text()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "string", "pattern": "^(/|$)" }))
    }
}

fn parsed(text: &str) -> Result<PointerPattern, String> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err(format!("expected a JSON Pointer, which starts with '/', got {}", quoted(text)));
    }
    PointerPattern::parse(text)
}

section! {
    /// A place in a reply, and why a difference there is no error.
    Reasoned {
        /// A JSON Pointer; * stands for any one member or element, ** for any number of them.
        at: Option<PointerPattern> as Needed<Pointer> = None,
        /// Why, in words; shown wherever the rule is.
        why: Option<String> as Optional<Words> = None,
    }
}

/// A place where a difference is forgiven.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub at: PointerPattern,
    pub why: Option<String>,
}

/// `/meta/request_id`, or `{ at: /meta/request_id, why: minted per request }`.
pub struct AnyPlace;

impl Form for AnyPlace {
    type Value = Place;

    fn read(node: &Node, reader: &mut Reader) -> Option<Place> {
        match node.kind {
            Kind::Scalar { .. } => Some(Place { at: Pointer::read(node, reader)?, why: None }),
            Kind::Map(_) => {
                let found = reader.unlisted(|reader| Reasoned::read(node, reader))?;
                Some(Place { at: found.at?, why: found.why })
            }
            _ => {
                reader.unexpected(node, "a JSON Pointer, or { at: pointer, why: reason }");
                None
            }
        }
    }

    fn write(value: &Place) -> Option<String> {
        let at = write_text(value.at.text());
        Some(match &value.why {
            None => at,
            Some(why) => format!("{{ at: {at}, why: {} }}", write_text(why)),
        })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let reasoned = generator.subschema_for::<Reasoned>().to_value();
        form(json!({ "anyOf": [Pointer::schema(generator).to_value(), reasoned] }))
    }
}

/// Pointers, each with what goes with it.
trait Measure {
    type Value;
    const WHAT: &'static str;
    fn parse(text: &str) -> Option<Self::Value>;
}

fn measured<M: Measure>(node: &Node, reader: &mut Reader) -> Option<Vec<(PointerPattern, M::Value)>> {
    let entries = reader.entries(node, &format!("a mapping of JSON Pointers to {}", M::WHAT))?;
    let mut found = Vec::new();
    for entry in entries {
        reader.within(Step::Key(shortened(&entry.key)), |reader| {
            let at = parsed(&entry.key).map_err(|message| reader.problem(entry.origin, message)).ok();
            let Some((text, _)) = reader.scalar(&entry.value, M::WHAT) else { return };
            match (at, M::parse(text)) {
                (Some(at), Some(value)) => found.push((at, value)),
                (_, Some(_)) => {}
                (_, None) => {
                    let message = format!("expected {}, got {}", M::WHAT, quoted(text));
                    reader.problem(entry.value.origin, message);
                }
            }
        });
    }
    Some(found)
}

fn written<V>(value: &[(PointerPattern, V)], write: impl Fn(&V) -> String) -> Option<String> {
    let entries = value.iter().map(|(at, value)| format!("{}: {}", write_text(at.text()), write(value)));
    Some(format!("{{{}}}", entries.collect::<Vec<_>>().join(", ")))
}

/// `{ /items: id }`: arrays whose elements are told apart by a member.
pub struct Members;

impl Measure for Members {
    type Value = String;
    const WHAT: &'static str = "the name of a member";

    fn parse(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Form for Members {
    type Value = Vec<(PointerPattern, String)>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        measured::<Members>(node, reader)
    }

    fn write(value: &Self::Value) -> Option<String> {
        written(value, |member| write_text(member))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "object", "additionalProperties": { "type": "string" } }))
    }
}

/// `{ /balance: 0.005 }`: numbers that may differ by so much.
pub struct Tolerances;

impl Measure for Tolerances {
    type Value = f64;
    const WHAT: &'static str = "a number that is not negative";

    fn parse(text: &str) -> Option<f64> {
        // `inf` and `nan` would parse, and would forgive everything.
        let number = text.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
        text.parse().ok().filter(|v: &f64| number && v.is_finite() && *v >= 0.0)
    }
}

impl Form for Tolerances {
    type Value = Vec<(PointerPattern, f64)>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value> {
        measured::<Tolerances>(node, reader)
    }

    fn write(value: &Self::Value) -> Option<String> {
        written(value, f64::to_string)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "object", "additionalProperties": { "type": "number", "minimum": 0 } }))
    }
}
