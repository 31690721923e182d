//! The forms that single values take in the file: how each is read, written, and described to an
//! editor. What holds several values is in `shapes.rs`; meanings that span keys do not belong here.

use std::net::SocketAddr;

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use crate::domain::{
    compare::rules::{Numbers, Reading},
    moment::write_day,
    percent::Share,
    plan::Stage,
    route::Pattern,
};

use super::{
    dates::date,
    problem::{did_you_mean, quoted},
    reader::{Form, Reader},
    schema::form,
    tree::Node,
    upstream::{Upstream, host_name},
    values::{self, write_text},
};

/// A form that is one word or text: what it is called, how it is parsed, written and described.
macro_rules! text_forms {
    ($( $(#[doc = $doc:literal])+ $name:ident: $value:ty = $what:literal, $parse:expr, $write:expr, $schema:expr; )+) => { $(
        $(#[doc = $doc])+
        pub struct $name;

        impl $crate::config::reader::Form for $name {
            type Value = $value;

            fn read(node: &$crate::config::tree::Node, reader: &mut $crate::config::reader::Reader) -> Option<$value> {
                let (text, _) = reader.scalar(node, $what)?;
                let parsed: Result<$value, String> = $parse(text);
                parsed.map_err(|message| reader.problem(node.origin, message)).ok()
            }

            fn write(value: &$value) -> Option<String> {
                Some($write(value))
            }

            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::config::schema::form($schema)
            }
        }
    )+ };
}
pub(in crate::config) use text_forms;

text_forms! {
    /// `50%`
    Percent: Share = "a share such as 100%, 5% or 0.5%", values::share, Share::to_string,
        json!({ "type": "string", "pattern": r"^\d+(\.\d{1,4})? ?%$" });
    /// The name of a route or rollout.
    Id: String = "a name", values::identifier, |v: &String| write_text(v),
        json!({ "type": "string", "pattern": "^[a-z0-9._-]{1,64}$" });
    /// Any header.
    HeaderName: String = "the name of a header", values::header_name, |v: &String| write_text(v),
        json!({ "type": "string" });
    /// A header that may be set, removed or withheld.
    FreeHeaderName: String = "the name of a header", values::free_header_name, |v: &String| write_text(v),
        json!({ "type": "string" });
    /// A host without a port.
    HostName: String = "a host name", host_name, |v: &String| write_text(v), json!({ "type": "string" });
    /// A method, in upper case as on the wire.
    Method: String = "a method", method, |v: &String| write_text(v),
        json!({ "type": "string", "examples": ["GET", "HEAD", "POST"] });
    /// Where a system is reached.
    Url: Upstream = "http://host:port", Upstream::parse, Upstream::to_string,
        json!({ "type": "string", "pattern": "^http://" });
    /// An address to listen on.
    Address: SocketAddr = "an address and a port such as 0.0.0.0:8080", address, SocketAddr::to_string,
        json!({ "type": "string" });
    /// `/users/{id}`
    Path: Pattern = "a path pattern such as /users/{id}", Pattern::parse,
        |v: &Pattern| write_text(&v.to_string()), json!({ "type": "string", "pattern": "^/" });
    /// A stage of a rollout.
    StageWord: Stage = "a stage: off, shadow or a share such as 5%", stage, Stage::to_string,
        json!({ "type": "string", "pattern": r"^(off|shadow|\d+(\.\d{1,4})? ?%)$" });
    /// What a system is called in the requests it gets.
    Host: HostHeader = "keep, or a host name", host_header, HostHeader::written, json!({ "type": "string" });
    /// The name in the Via header, if any.
    Via: Option<String> = "true, false or a name", via, write_via, json!({ "type": ["boolean", "string"] });
    /// Where a file is.
    FilePath: String = "the path of a file", file_path, |v: &String| write_text(v),
        json!({ "type": "string", "minLength": 1 });
    /// A day, as the moment at which it begins.
    Date: u64 = "a date such as 2026-12-31", date, |v: &u64| write_day(*v),
        json!({ "type": "string", "format": "date" });
    /// A cookie, whose name minds its case.
    CookieName: String = "the name of a cookie", values::cookie_name, |v: &String| write_text(v),
        json!({ "type": "string" });
    /// What makes two numbers one.
    NumbersWord: Numbers = "exact or spelled", |text: &str| values::one_of(text, NUMBERS),
        |v: &Numbers| values::name_of(v, NUMBERS), json!({ "enum": ["exact", "spelled"] });
    /// How bodies are read, whatever their content type says.
    ReadAs: Reading = "a way to read a body, such as json or bytes",
        |text: &str| values::one_of(text, Reading::ALL), |v: &Reading| v.name().to_owned(),
        json!({ "enum": Reading::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>() });
    /// Path and query of a request.
    Target: String = "a path with its query, such as /users/42?full=1", target, |v: &String| write_text(v),
        json!({ "type": "string", "pattern": "^/" });
    /// Why something is so.
    Reason: String = "a reason", reason, |v: &String| write_text(v), json!({ "type": "string", "minLength": 1 });
    /// Anything a person writes.
    Words: String = "a text", |text: &str| Ok(text.to_owned()), |v: &String| write_text(v),
        json!({ "type": "string" });
}

fn target(text: &str) -> Result<String, String> {
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !text.starts_with('/') || !fits || text.len() > LONGEST_TARGET {
        return Err(format!(
            "expected a path with its query, such as /users/42?full=1, got {}",
            quoted(text)
        ));
    }
    Ok(text.to_owned())
}

/// More than servers take.
const LONGEST_TARGET: usize = 8_192;

fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected a reason".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

fn file_path(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("expected the path of a file".to_owned());
    }
    Ok(text.to_owned())
}

const NUMBERS: &[(&str, Numbers)] = &[("exact", Numbers::Exact), ("spelled", Numbers::Spelled)];

/// Which Host header a system gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostHeader {
    /// The client's own.
    Keep,
    Named(String),
}

impl HostHeader {
    fn written(&self) -> String {
        match self {
            HostHeader::Keep => "keep".to_owned(),
            HostHeader::Named(name) => write_text(name),
        }
    }
}

fn host_header(text: &str) -> Result<HostHeader, String> {
    if text == "keep" {
        return Ok(HostHeader::Keep);
    }
    // A Host header may name a port; the rest is a host like any other.
    let named = Upstream::parse(&format!("http://{text}")).ok().filter(|_| !text.ends_with('/'));
    match named {
        Some(_) => Ok(HostHeader::Named(text.to_ascii_lowercase())),
        None => Err(format!("expected keep, or a host name, got {}", quoted(text))),
    }
}

fn method(text: &str) -> Result<String, String> {
    if !values::is_token(text) || text.len() > 32 {
        return Err(format!("expected a method such as GET, got {}", quoted(text)));
    }
    let upper = text.to_ascii_uppercase();
    if upper != text {
        return Err(format!("methods are written in upper case, did you mean `{upper}`?"));
    }
    if text == "CONNECT" {
        return Err("CONNECT asks for a tunnel and is never forwarded".to_owned());
    }
    Ok(upper)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("expected an address and a port such as 0.0.0.0:8080, got {}", quoted(text)))
}

fn stage(text: &str) -> Result<Stage, String> {
    match text {
        "off" => Ok(Stage::Off),
        "shadow" => Ok(Stage::Shadow),
        share if share.ends_with('%') => values::share(share).map(Stage::Live),
        _ => {
            let nearest = did_you_mean(text, ["off", "shadow"]);
            Err(format!("expected a stage: off, shadow or a share such as 5%, got {}{nearest}", quoted(text)))
        }
    }
}

fn via(text: &str) -> Result<Option<String>, String> {
    match text {
        "true" => Ok(Some("readshift".to_owned())),
        "false" => Ok(None),
        name if values::is_token(name) && name.len() <= 64 => Ok(Some(name.to_owned())),
        other => Err(format!("expected true, false or a name, got {}", quoted(other))),
    }
}

fn write_via(via: &Option<String>) -> String {
    match via.as_deref() {
        None => "false".to_owned(),
        Some("readshift") => "true".to_owned(),
        Some(name) => write_text(name),
    }
}

/// A form that is one word of a few.
macro_rules! words {
    ($( $(#[doc = $about:literal])+ $name:ident { $( $(#[doc = $doc:literal])* $word:ident = $text:literal ),+ $(,)? } )+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $doc])* $word ),+ }

        impl $name {
            /// As it is written in the file.
            pub const fn name(self) -> &'static str {
                match self { $( $name::$word => $text ),+ }
            }
        }

        impl Form for $name {
            type Value = $name;

            fn read(node: &Node, reader: &mut Reader) -> Option<$name> {
                let words = [$($text),+];
                let (text, _) = reader.scalar(node, &format!("one of {}", words.join(", ")))?;
                match text {
                    $( $text => return Some($name::$word), )+
                    _ => {}
                }
                let (got, nearest) = (quoted(text), did_you_mean(text, words));
                reader.problem(node.origin, format!("expected one of {}, got {got}{nearest}", words.join(", ")));
                None
            }

            fn write(value: &$name) -> Option<String> {
                Some(value.name().to_owned())
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                form(json!({ "enum": [$($text),+] }))
            }
        }
    )+ };
}

words! {
    /// What becomes of a header that tells where a request came from.
    Trail {
        Off = "off",
        /// Added to what the client sent.
        Append = "append",
        /// In place of what the client sent.
        Replace = "replace",
    }
    /// How log lines look.
    LogFormat {
        /// Text on a terminal, JSON elsewhere.
        Auto = "auto",
        Text = "text",
        Json = "json",
    }
    /// The least important lines that are logged.
    LogLevel { Error = "error", Warn = "warn", Info = "info", Debug = "debug", Trace = "trace" }
}

/// `true` or `false`.
pub struct Switch;

impl Form for Switch {
    type Value = bool;

    fn read(node: &Node, reader: &mut Reader) -> Option<bool> {
        match reader.scalar(node, "true or false")? {
            ("true", true) => Some(true),
            ("false", true) => Some(false),
            (text, _) => {
                reader.problem(node.origin, format!("expected true or false, got {}", quoted(text)));
                None
            }
        }
    }

    fn write(value: &bool) -> Option<String> {
        Some(value.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "boolean" }))
    }
}

/// A whole number within bounds.
pub struct Whole<const LEAST: usize, const MOST: usize>;

impl<const LEAST: usize, const MOST: usize> Form for Whole<LEAST, MOST> {
    type Value = usize;

    fn read(node: &Node, reader: &mut Reader) -> Option<usize> {
        let expected = format!("a whole number from {LEAST} to {MOST}");
        let (text, plain) = reader.scalar(node, &expected)?;
        let digits = plain && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| digits && (LEAST..=MOST).contains(n));
        if number.is_none() {
            reader.problem(node.origin, format!("expected {expected}, got {}", quoted(text)));
        }
        number
    }

    fn write(value: &usize) -> Option<String> {
        Some(value.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "integer", "minimum": LEAST, "maximum": MOST }))
    }
}

/// A number of bytes within bounds.
pub struct Bytes<const LEAST: usize, const MOST: usize>;

impl<const LEAST: usize, const MOST: usize> Form for Bytes<LEAST, MOST> {
    type Value = usize;

    fn read(node: &Node, reader: &mut Reader) -> Option<usize> {
        let (text, _) = reader.scalar(node, "a size such as 64 KiB, 1 MiB or 10 MB")?;
        match values::bytes(text) {
            Ok(bytes) if (LEAST..=MOST).contains(&bytes) => return Some(bytes),
            Ok(_) => {
                let (least, most) = (values::write_bytes(LEAST), values::write_bytes(MOST));
                reader.problem(
                    node.origin,
                    format!("expected a size from {least} to {most}, got {}", quoted(text)),
                );
            }
            Err(message) => reader.problem(node.origin, message),
        }
        None
    }

    fn write(value: &usize) -> Option<String> {
        Some(values::write_bytes(*value))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "string", "pattern": r"^\d+ *([KkMmGg][Ii]?)?[Bb]$" }))
    }
}
