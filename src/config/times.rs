//! The durations of the file: waits, and times that may last for days.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::{
    reader::{Form, Reader},
    schema::form,
    tree::Node,
    values,
};

/// A form that is a duration: how it is parsed, written and described. Of at least so many milliseconds: zero where
/// "not at all" means something.
macro_rules! durations {
    ($( $(#[doc = $doc:literal])+ $name:ident = $example:literal, $parse:expr, $write:expr, $pattern:literal; )+) => { $(
        $(#[doc = $doc])+
        pub struct $name<const LEAST_MS: u64 = 1>;

        impl<const LEAST_MS: u64> Form for $name<LEAST_MS> {
            type Value = Duration;

            fn read(node: &Node, reader: &mut Reader) -> Option<Duration> {
                let (text, _) = reader.scalar(node, concat!("a duration such as ", $example))?;
                match $parse(text) {
                    Ok(duration) if duration >= Duration::from_millis(LEAST_MS) => return Some(duration),
                    Ok(_) => reader.problem(node.origin, "expected a duration longer than zero"),
                    Err(message) => reader.problem(node.origin, message),
                }
                None
            }

            fn write(value: &Duration) -> Option<String> {
                Some($write(*value))
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                form(json!({ "type": "string", "pattern": $pattern }))
            }
        }
    )+ };
}

durations! {
    /// A wait.
    Time = "500ms, 2s, 5m or 1h", values::duration, values::write_duration, r"^\d+ ?(ms|s|m|h)$";
    /// A time that may last for days.
    Span = "5m, 8h or 7d", values::span, values::write_span, r"^\d+ ?(ms|s|m|h|d)$";
}
