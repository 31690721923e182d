//! Bodies read by libraries that know nothing of ours, and what they say told as one text each: two bodies
//! that our comparison takes for equal have one text, or it has passed what differs.
//!
//! Coarser than ours wherever the libraries are: a text says less than all, and never more.

use std::collections::BTreeMap;

/// What a body says; `None` where the library does not read it, or not in a way that can be told.
pub fn said(kind: &str, body: &[u8]) -> Option<String> {
    match kind {
        "application/cbor" => {
            let mut rest = body;
            let value: ciborium::Value = ciborium::from_reader(&mut rest).ok()?;
            if rest.is_empty() { cbor(&value) } else { None }
        }
        "application/msgpack" => {
            let mut rest = body;
            let value = rmpv::decode::read_value_ref(&mut rest).ok()?;
            if rest.is_empty() { msgpack(&value) } else { None }
        }
        "application/x-www-form-urlencoded" => Some(form(body)),
        "application/xml" => {
            let text = std::str::from_utf8(body).ok()?;
            if text.to_ascii_lowercase().contains("encoding") {
                return None;
            }
            let document = roxmltree::Document::parse(text).ok()?;
            let mut out = String::new();
            xml(document.root_element(), &mut out);
            Some(out)
        }
        "text/plain" => std::str::from_utf8(body).ok().map(str::to_owned),
        _ => None,
    }
}

/// Whether what the library says is all there is: then bodies of one text have to agree.
pub fn says_all(kind: &str) -> bool {
    kind == "application/x-www-form-urlencoded"
}

fn form(body: &[u8]) -> String {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(body) {
        all.entry(key.into_owned()).or_default().push(value.into_owned());
    }
    format!("{all:?}")
}

fn float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return Some(format!("{value:?}"));
    }
    if value.abs() >= 1e18 {
        // A float may stand beside a whole number that is as large, spelled in another way.
        return None;
    }
    let spelled = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:?}") };
    Some(if spelled == "-0" { "0".to_owned() } else { spelled })
}

fn members(all: Vec<(String, String)>) -> String {
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    all.into_iter().for_each(|(key, value)| by_key.entry(key).or_default().push(value));
    format!("{by_key:?}")
}

fn cbor(value: &ciborium::Value) -> Option<String> {
    use ciborium::Value;
    Some(match value {
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Bytes(bytes) => format!("bytes {bytes:?}"),
        Value::Float(value) => float(*value)?,
        Value::Text(text) => format!("text {text:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        Value::Tag(55_799, inner) => cbor(inner)?,
        Value::Tag(2 | 3, _) => return None,
        Value::Tag(tag, inner) => format!("tag {tag} ({})", cbor(inner)?),
        Value::Array(all) => format!("{:?}", all.iter().map(cbor).collect::<Option<Vec<_>>>()?),
        Value::Map(all) => {
            let pairs = all.iter().map(|(key, value)| Some((cbor(key)?, cbor(value)?)));
            members(pairs.collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    })
}

fn msgpack(value: &rmpv::ValueRef<'_>) -> Option<String> {
    use rmpv::ValueRef;
    Some(match value {
        ValueRef::Nil => "null".to_owned(),
        ValueRef::Boolean(value) => value.to_string(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::F32(value) => float(f64::from(*value))?,
        ValueRef::F64(value) => float(*value)?,
        ValueRef::String(text) => format!("text {:?}", text.as_str()?),
        ValueRef::Binary(bytes) => format!("bytes {bytes:?}"),
        ValueRef::Array(all) => format!("{:?}", all.iter().map(msgpack).collect::<Option<Vec<_>>>()?),
        ValueRef::Map(all) => {
            let pairs = all.iter().map(|(key, value)| Some((msgpack(key)?, msgpack(value)?)));
            members(pairs.collect::<Option<Vec<_>>>()?)
        }
        ValueRef::Ext(-1, data) if [4, 8, 12].contains(&data.len()) => "moment".to_owned(),
        ValueRef::Ext(kind, data) => format!("ext {kind} {data:?}"),
    })
}

/// Without white space that stands alone, which may or may not be content.
fn xml(node: roxmltree::Node<'_, '_>, out: &mut String) {
    let name = |namespace: Option<&str>, name: &str| format!("{{{}}}{name}", namespace.unwrap_or_default());
    out.push_str(&format!("<{}", name(node.tag_name().namespace(), node.tag_name().name())));
    let mut attributes: Vec<_> =
        node.attributes().map(|it| (name(it.namespace(), it.name()), it.value().to_owned())).collect();
    attributes.sort();
    out.push_str(&format!("{attributes:?}>"));
    let mut text = String::new();
    let flush = |text: &mut String, out: &mut String| {
        if !text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            out.push_str(&format!("{text:?}"));
        }
        text.clear();
    };
    for child in node.children() {
        if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        } else if child.is_element() {
            flush(&mut text, out);
            xml(child, out);
        }
    }
    flush(&mut text, out);
    out.push_str("</>");
}
