//! Changes to one place of a JSON text, each of which makes it say something else.

use std::ops::Range;

use super::{at, plain::Changed};
use crate::domain::compare::content::{Document, Id, Type};

/// What can be changed.
#[derive(Clone, Copy, Debug)]
enum Spot {
    Value(Id),
    Key {
        object: Id,
        key: Id,
    },
    /// An element, and whether others come before and after it.
    Element {
        id: Id,
        before: Option<Id>,
    },
}

/// One change; `None` where the text is none that was read in place, or cannot be changed.
pub fn changed(document: &Document<'_>, place: u64, how: u64) -> Option<Changed> {
    if document.repeats_a_key() {
        return None;
    }
    let spots = spots(document);
    let spot = *spots.get(at(place, spots.len()))?;
    let (span, instead, what) = match spot {
        Spot::Value(id) => value(document, id, how)?,
        Spot::Key { object, key } => renamed(document, object, key)?,
        Spot::Element { id, before } => removed(document, id, before),
    };
    let text = document.text();
    let body = [text.get(..span.start)?, &instead, text.get(span.end..)?].concat();
    Some((body.into_bytes(), format!("{what} at byte {}", span.start), true))
}

/// Every leaf, key and element, in the order of the text.
fn spots(document: &Document<'_>) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut open = vec![Id::ROOT];
    while let Some(id) = open.pop() {
        let first = open.len();
        match document.kind(id) {
            Type::Object => {
                for key in document.keys(id) {
                    spots.push(Spot::Key { object: id, key });
                    open.push(key.following());
                }
            }
            Type::Array => {
                let mut before = None;
                for element in document.elements(id) {
                    spots.push(Spot::Element { id: element, before });
                    before = Some(element);
                    open.push(element);
                }
            }
            _ => spots.push(Spot::Value(id)),
        }
        if open.len() == first && document.kind(id).nests() {
            spots.push(Spot::Value(id));
        }
    }
    spots.sort_by_key(|spot| match spot {
        Spot::Value(id) | Spot::Key { key: id, .. } | Spot::Element { id, .. } => *id,
    });
    spots
}

type Replaced = (Range<usize>, String, &'static str);

fn value(document: &Document<'_>, id: Id, how: u64) -> Option<Replaced> {
    let raw = document.raw(id);
    let (instead, what) = match document.kind(id) {
        Type::Null => (["false", "0", "\"\""].get(how as usize % 3)?.to_string(), "a null"),
        Type::True => ("false".to_owned(), "a truth"),
        Type::False => ("true".to_owned(), "a truth"),
        Type::Number if how.is_multiple_of(3) => (format!("\"{raw}\""), "the type of a number"),
        Type::Number => (another_number(raw, how.is_multiple_of(2))?, "a number"),
        Type::String if how.is_multiple_of(4) => ("null".to_owned(), "the type of a text"),
        Type::String => (format!("{}x\"", raw.strip_suffix('"')?), "a text"),
        Type::Array => ("[0]".to_owned(), "an empty list"),
        Type::Object => ("{\"x\":0}".to_owned(), "an empty map"),
        Type::Bytes | Type::Other => return None,
    };
    Some((document.span(id), instead, what))
}

/// Another digit at the front or at the end of what stands before an exponent: another number, however large.
fn another_number(raw: &str, at_front: bool) -> Option<String> {
    let end = raw.find(['e', 'E']).unwrap_or(raw.len());
    let (digits, rest) = raw.split_at(end);
    let place = if at_front { digits.find(|c: char| c.is_ascii_digit())? } else { digits.len() - 1 };
    let digit = digits.as_bytes().get(place)?;
    // Never to a zero, which might not stand in front.
    let instead = if (b'1'..b'9').contains(digit) { char::from(digit + 1) } else { '1' };
    Some(format!("{}{instead}{}{rest}", digits.get(..place)?, digits.get(place + 1..)?))
}

/// A key under a name that the object does not have.
fn renamed(document: &Document<'_>, object: Id, key: Id) -> Option<Replaced> {
    let mut name = document.raw(key).strip_suffix('"')?.to_owned();
    // Longer than every other key is the name of none.
    let longest = document.keys(object).map(|key| document.length(key)).max()?;
    name.push_str(&"x".repeat((longest + 1).saturating_sub(name.len())));
    Some((document.span(key), format!("{name}\""), "a key"))
}

/// With the comma that goes with it.
fn removed(document: &Document<'_>, id: Id, before: Option<Id>) -> Replaced {
    let span = document.span(id);
    let bytes = document.text().as_bytes();
    let start = before.map_or(span.start, |before| document.span(before).end);
    let rest = bytes.get(span.end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let comma = before.is_none() && rest.get(blanks) == Some(&b',');
    let end = if comma { span.end + blanks + 1 } else { span.end };
    (start..end, String::new(), "an element that was removed")
}
