//! What a content type says about how a body is read.

use super::super::fields::Fields;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Json,
    /// JSON texts on lines of their own.
    Lines,
    Xml,
    Html,
    /// Lines of text.
    Text,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The parts of any `multipart/*`, each read by its own type.
    Multipart,
    MessagePack,
    Cbor,
    /// The messages of a gRPC call.
    Grpc,
    Bytes,
}

impl Reading {
    /// By the names the config has for them.
    pub const ALL: &'static [(&'static str, Reading)] = &[
        ("json", Reading::Json),
        ("json-lines", Reading::Lines),
        ("xml", Reading::Xml),
        ("html", Reading::Html),
        ("text", Reading::Text),
        ("form", Reading::Form),
        ("multipart", Reading::Multipart),
        ("msgpack", Reading::MessagePack),
        ("cbor", Reading::Cbor),
        ("grpc", Reading::Grpc),
        ("bytes", Reading::Bytes),
    ];

    pub fn name(self) -> &'static str {
        Reading::ALL.iter().find(|(_, reading)| *reading == self).map_or("", |(name, _)| name)
    }

    /// As a sentence has it: "no JSON".
    pub const fn title(self) -> &'static str {
        match self {
            Reading::Json => "JSON",
            Reading::Lines => "JSON lines",
            Reading::Xml => "XML",
            Reading::Html => "HTML",
            Reading::Text => "text",
            Reading::Form => "form",
            Reading::Multipart => "multipart",
            Reading::MessagePack => "MessagePack",
            Reading::Cbor => "CBOR",
            Reading::Grpc => "gRPC",
            Reading::Bytes => "bytes",
        }
    }
}

/// As the reply says. Never guessed from the body: what nobody declared is bytes.
pub fn reading(fields: &Fields) -> Reading {
    let Some(value) = fields.get("content-type") else { return Reading::Bytes };
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is = |name: &str| kind.eq_ignore_ascii_case(name.as_bytes());
    if let Some(reading) = binary(kind) {
        reading
    } else if is("application/json") || is("text/json") || has_json_suffix(kind) {
        Reading::Json
    } else if is("application/x-ndjson") || is("application/ndjson") || is("application/jsonl") {
        Reading::Lines
    } else {
        Reading::Bytes
    }
}

/// Formats that are no text, and gRPC whatever its messages are: `application/grpc+json` is frames and
/// no JSON, and those of grpc-web are not read.
fn binary(kind: &[u8]) -> Option<Reading> {
    const GRPC: &[u8] = b"application/grpc";
    let is = |name: &str| kind.eq_ignore_ascii_case(name.as_bytes());
    let ends = |suffix: &str| {
        kind.len()
            .checked_sub(suffix.len())
            .and_then(|at| kind.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix.as_bytes()))
    };
    let is_grpc = kind.split_at_checked(GRPC.len()).is_some_and(|(name, codec)| {
        name.eq_ignore_ascii_case(GRPC) && (codec.is_empty() || codec.starts_with(b"+"))
    });
    let is_web =
        kind.get(..GRPC.len() + 4).is_some_and(|name| name.eq_ignore_ascii_case(b"application/grpc-web"));
    if is_grpc {
        Some(Reading::Grpc)
    } else if is_web {
        Some(Reading::Bytes)
    } else if is("application/cbor") || ends("+cbor") {
        Some(Reading::Cbor)
    } else if is("application/msgpack")
        || is("application/x-msgpack")
        || is("application/vnd.msgpack")
        || ends("+msgpack")
    {
        Some(Reading::MessagePack)
    } else {
        None
    }
}

fn has_json_suffix(kind: &[u8]) -> bool {
    let suffix = kind.len().checked_sub(5).and_then(|at| kind.get(at..)).unwrap_or_default();
    suffix.eq_ignore_ascii_case(b"+json")
}

/// A content type as it compares: without regard to case and blanks, its parameters in order of name,
/// and without the charset that JSON has anyway: it is UTF-8, and has no such parameter (RFC 8259, 8.1
/// and 11). Any other charset of JSON stays, and of text every one does: there it says how to read.
pub fn normal(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json =
        kind == "application/json" || (has_json_suffix(kind.as_bytes()) && !kind.starts_with("text/"));
    let mut parameters: Vec<_> = parts.filter(|part| !part.is_empty()).map(parameter).collect();
    parameters.retain(|parameter| !is_json || parameter != "charset=utf-8");
    parameters.sort_unstable();
    std::iter::once(kind).chain(parameters).collect::<Vec<_>>().join("; ")
}

fn parameter(text: &str) -> String {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    let plain = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    // The one parameter whose value is said to be without case (RFC 9110, 8.3.2).
    let plain = if name == "charset" { plain.to_ascii_lowercase() } else { plain.to_owned() };
    format!("{name}={plain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_decides_and_nothing_else() {
        for (value, expected) in [
            ("application/json", Reading::Json),
            ("Application/JSON ; charset=utf-8", Reading::Json),
            ("application/problem+json", Reading::Json),
            ("text/json", Reading::Json),
            ("application/x-ndjson", Reading::Lines),
            ("application/jsonp", Reading::Bytes),
            ("application/grpc", Reading::Grpc),
            ("Application/GRPC+proto; x=1", Reading::Grpc),
            ("application/grpc+json", Reading::Grpc),
            ("application/grpc-web", Reading::Bytes),
            ("application/grpc-web+json", Reading::Bytes),
            ("application/cbor", Reading::Cbor),
            ("application/senml+CBOR", Reading::Cbor),
            ("application/msgpack", Reading::MessagePack),
            ("application/x-msgpack", Reading::MessagePack),
            ("application/vnd.msgpack", Reading::MessagePack),
            ("application/vnd.a+msgpack", Reading::MessagePack),
            ("msgpack", Reading::Bytes),
            ("json", Reading::Bytes),
            ("text/html", Reading::Bytes),
            ("", Reading::Bytes),
        ] {
            assert_eq!(reading(&Fields::from_pairs([("content-type", value)])), expected, "{value}");
        }
        assert_eq!(reading(&Fields::new()), Reading::Bytes);
    }

    #[test]
    fn the_spelling_of_a_content_type_is_no_difference() {
        let same = |one: &str, other: &str| normal(one.as_bytes()) == normal(other.as_bytes());
        assert!(same("application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""));
        assert!(same("a/b; x=1; y=2", "a/b;y=2;x=1"));
        assert!(!same("a/b; boundary=A", "a/b; boundary=a"));
    }

    #[test]
    fn utf_8_means_nothing_for_json_and_something_for_text() {
        let same = |one: &str, other: &str| normal(one.as_bytes()) == normal(other.as_bytes());
        for kind in ["application/json", "Application/JSON", "application/problem+json", "a/b+JSON"] {
            for charset in ["charset=utf-8", "Charset=\"UTF-8\"", "charset = Utf-8"] {
                assert!(same(kind, &format!("{kind}; {charset}")), "{kind} {charset}");
            }
            assert!(!same(kind, &format!("{kind}; charset=iso-8859-1")));
            assert!(!same(kind, &format!("{kind}; charset=utf-8; profile=x")));
        }
        for kind in ["text/html", "text/json", "application/xml", "application/jsonp"] {
            assert!(!same(kind, &format!("{kind}; charset=utf-8")), "{kind}");
        }
    }
}
