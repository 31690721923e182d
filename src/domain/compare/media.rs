//! What a content type says about how a body is read.

use std::borrow::Cow;

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

    /// Whether not any bytes, nor any text, can be read so.
    pub const fn is_of_a_format(self) -> bool {
        !matches!(self, Reading::Bytes | Reading::Text)
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

/// Types read as one thing, by their whole name.
const KINDS: &[(&str, Reading)] = &[
    ("application/json", Reading::Json),
    ("text/json", Reading::Json),
    ("application/x-ndjson", Reading::Lines),
    ("application/ndjson", Reading::Lines),
    ("application/jsonl", Reading::Lines),
    ("application/xml", Reading::Xml),
    ("text/xml", Reading::Xml),
    ("application/xml-dtd", Reading::Text),
    ("text/html", Reading::Html),
    ("application/x-www-form-urlencoded", Reading::Form),
    ("application/msgpack", Reading::MessagePack),
    ("application/x-msgpack", Reading::MessagePack),
    ("application/vnd.msgpack", Reading::MessagePack),
    ("application/cbor", Reading::Cbor),
    ("application/grpc", Reading::Grpc),
    // A stream without an end; where one is seen all the same, it is no document.
    ("text/event-stream", Reading::Bytes),
    ("application/javascript", Reading::Text),
    ("application/x-javascript", Reading::Text),
    ("application/ecmascript", Reading::Text),
    ("application/yaml", Reading::Text),
    ("application/x-yaml", Reading::Text),
    ("application/toml", Reading::Text),
    ("application/graphql", Reading::Text),
    ("application/sql", Reading::Text),
    ("application/x-sh", Reading::Text),
    ("application/x-pem-file", Reading::Text),
];

/// Types read as one thing, by how their name begins. The encoding of a gRPC message is its own affair.
const BEGINNINGS: &[(&str, Reading)] =
    &[("application/grpc+", Reading::Grpc), ("multipart/", Reading::Multipart), ("text/", Reading::Text)];

/// Structured syntax suffixes (RFC 6839 and 8949); they go before a beginning, but for gRPC's.
const SUFFIXES: &[(&str, Reading)] = &[
    ("+json", Reading::Json),
    ("+xml", Reading::Xml),
    ("+cbor", Reading::Cbor),
    ("+msgpack", Reading::MessagePack),
    ("+yaml", Reading::Text),
];

/// As the reply says. Never guessed from the body: what nobody declared is bytes.
pub fn reading(fields: &Fields) -> Reading {
    fields.get("content-type").map_or(Reading::Bytes, of)
}

/// By the value of a content type.
fn of(value: &[u8]) -> Reading {
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    // Frames inside base64 or with a trailer of their own, whatever the messages are: not read.
    if kind.starts_with(b"application/grpc-web") {
        return Reading::Bytes;
    }
    let whole = KINDS.iter().find(|(name, _)| kind == name.as_bytes());
    let begins = |(name, _): &&(&str, Reading)| kind.starts_with(name.as_bytes());
    let ends = |(name, _): &&(&str, Reading)| kind.ends_with(name.as_bytes());
    let grpc = || BEGINNINGS.iter().find(begins).filter(|(_, reading)| *reading == Reading::Grpc);
    let found = whole.or_else(grpc).or_else(|| SUFFIXES.iter().find(ends));
    found.or_else(|| BEGINNINGS.iter().find(begins)).map_or(Reading::Bytes, |(_, reading)| *reading)
}

fn has_json_suffix(kind: &[u8]) -> bool {
    let suffix = kind.len().checked_sub(5).and_then(|at| kind.get(at..)).unwrap_or_default();
    suffix.eq_ignore_ascii_case(b"+json")
}

/// A parameter of a header value by its name, which has no case; without the quotes around it.
pub fn parameter(value: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(value);
    parts(&text).skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| unquoted(value.trim()).into_owned())
    })
}

/// The headers without which nobody knows what the bytes of a body say.
pub const SAYS_HOW_TO_READ: &[&str] = &["content-type", "content-encoding", GRPC_ENCODING];

/// How the messages of a gRPC call are compressed.
pub const GRPC_ENCODING: &str = "grpc-encoding";

/// What the head says that the same bytes may say two things by: the boundary of a multipart body, and how
/// the messages of a gRPC call are compressed.
pub fn key(fields: &Fields) -> Option<String> {
    match reading(fields) {
        Reading::Grpc => {
            let named = fields.get(GRPC_ENCODING)?.trim_ascii().to_ascii_lowercase();
            Some(String::from_utf8_lossy(&named).into_owned()).filter(|coding| coding != "identity")
        }
        _ => boundary(fields),
    }
}

/// What sets the parts of a multipart body apart, where it is one.
pub fn boundary(fields: &Fields) -> Option<String> {
    let value = fields.get("content-type")?;
    if of(value) == Reading::Multipart { parameter(value, "boundary") } else { None }
}

/// What stands between semicolons that are in no quotes.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        quoted ^= letter == '"' && !escaped;
        escaped = quoted && letter == '\\' && !escaped;
        letter == ';' && !quoted
    })
}

fn unquoted(value: &str) -> Cow<'_, str> {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if inner.contains('\\') => {
            let mut letters = inner.chars();
            let next = || match letters.next()? {
                '\\' => letters.next(),
                letter => Some(letter),
            };
            Cow::Owned(std::iter::from_fn(next).collect())
        }
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(value),
    }
}

/// A content type as it compares: without regard to case and blanks, its parameters in order of name,
/// and without the charset that JSON has anyway: it is UTF-8, and has no such parameter (RFC 8259, 8.1
/// and 11). Any other charset of JSON stays, and of text every one does: there it says how to read. The
/// boundary of a multipart body goes: most servers make one up for every reply, and it says nothing
/// once the parts are read.
pub fn normal(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut parts = parts(&text).map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json =
        kind == "application/json" || (has_json_suffix(kind.as_bytes()) && !kind.starts_with("text/"));
    let is_multipart = kind.starts_with("multipart/");
    let mut parameters: Vec<_> = parts.filter(|part| !part.is_empty()).map(respelled).collect();
    parameters.retain(|parameter| !is_json || parameter != "charset=utf-8");
    parameters.retain(|parameter| !is_multipart || !parameter.starts_with("boundary="));
    parameters.sort_unstable();
    std::iter::once(kind).chain(parameters).collect::<Vec<_>>().join("; ")
}

fn respelled(text: &str) -> String {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    // What only quotes keep together stays in them.
    let plain = Some(unquoted(value)).filter(|plain| !plain.contains([';', '"'])).unwrap_or(value.into());
    // The one parameter whose value is said to be without case (RFC 9110, 8.3.2).
    if name == "charset" {
        format!("{name}={}", plain.to_ascii_lowercase())
    } else {
        format!("{name}={plain}")
    }
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
            ("application/grpc+json", Reading::Grpc),
            ("application/grpc+proto", Reading::Grpc),
            ("application/grpc", Reading::Grpc),
            ("application/grpc-web", Reading::Bytes),
            ("application/xml", Reading::Xml),
            ("text/xml;charset=utf-8", Reading::Xml),
            ("application/xhtml+xml", Reading::Xml),
            ("image/svg+xml", Reading::Xml),
            ("application/soap+xml; action=\"a;b\"", Reading::Xml),
            ("text/html", Reading::Html),
            ("TEXT/HTML; charset=latin1", Reading::Html),
            ("text/plain", Reading::Text),
            ("text/csv", Reading::Text),
            ("text/vnd.anything", Reading::Text),
            ("application/javascript", Reading::Text),
            ("application/yaml", Reading::Text),
            ("text/event-stream", Reading::Bytes),
            ("application/x-www-form-urlencoded", Reading::Form),
            ("multipart/form-data; boundary=x", Reading::Multipart),
            ("multipart/mixed", Reading::Multipart),
            ("application/msgpack", Reading::MessagePack),
            ("application/x-msgpack", Reading::MessagePack),
            ("application/vnd.msgpack", Reading::MessagePack),
            ("application/cbor", Reading::Cbor),
            ("application/senml+cbor", Reading::Cbor),
            ("application/json-seq", Reading::Bytes),
            ("application/octet-stream", Reading::Bytes),
            ("image/png", Reading::Bytes),
            ("text", Reading::Bytes),
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
        assert!(same("a/b; x=\"1; y=2\"", "a/b;x=\"1; y=2\""));
        assert!(!same("a/b; x=\"1; y=2\"", "a/b;x=1;y=2"));
        assert!(same("multipart/mixed; boundary=A", "multipart/mixed; boundary=\"b\""));
        assert!(!same("multipart/mixed; boundary=A", "multipart/related; boundary=A"));
    }

    #[test]
    fn a_parameter_is_found_by_its_name_and_outside_of_quotes() {
        for (value, found) in [
            ("multipart/mixed; boundary=abc", Some("abc")),
            ("multipart/mixed;BOUNDARY=\"a b;c\"; x=1", Some("a b;c")),
            ("multipart/mixed; x=\"; boundary=no\"; boundary = yes ", Some("yes")),
            ("multipart/mixed; x=\"\\\"; boundary=no\"; boundary=\"y\\\"es\"", Some("y\"es")),
            ("multipart/mixed; xboundary=no", None),
            ("boundary=no", None),
            ("", None),
        ] {
            assert_eq!(parameter(value.as_bytes(), "boundary").as_deref(), found, "{value}");
        }
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
