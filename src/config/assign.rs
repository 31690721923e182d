//! How the file says which caller a read belongs to: `header:x-user-id`, `path:id`, and conditions on such.
//!
//! A parameter of the path is known by its name here, and by its place only once the route's pattern is.

use serde_json::json;

use crate::domain::{
    assign::{BucketBy, Condition},
    route::Pattern,
    side::Side,
};

use super::{
    forms::text_forms,
    problem::{did_you_mean, quoted},
    values::{cookie_name, header_name, name_of, one_of, write_text},
};

/// By what callers are told apart, as far as it can be said without the route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOf {
    Header(String),
    Cookie(String),
    /// A parameter of the path.
    Path(String),
    Query(String),
    Jwt(String),
    Client,
    Nothing,
}

/// When a pin holds, as far as it can be said without the route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    pub of: KeyOf,
    pub is_any_of: Vec<String>,
}

text_forms! {
    /// By what callers are told apart.
    KeyWord: KeyOf = "header:NAME, cookie:NAME, path:NAME, query:NAME, jwt:CLAIM, client or none", KeyOf::parse,
        |v: &KeyOf| write_text(&v.to_string()),
        json!({ "type": "string", "pattern": r"^(none|client|(header|cookie|path|query|jwt):.+)$" });
    /// When a pin holds.
    WhenText: When = "a condition such as header:x-tenant == acme", When::parse,
        |v: &When| write_text(&v.to_string()), json!({ "type": "string", "pattern": r".( == | in \[)." });
    /// One of both systems.
    SideWord: Side = "old or new", |text: &str| one_of(text, SIDES), |v: &Side| name_of(v, SIDES),
        json!({ "enum": ["old", "new"] });
}

const SIDES: &[(&str, Side)] = &[("old", Side::Old), ("new", Side::New)];

/// What a key can be of, each with a name behind it.
const SOURCES: [&str; 5] = ["header", "cookie", "path", "query", "jwt"];

/// Values of one condition: more are a list that belongs into whatever sets the header.
const MOST_VALUES: usize = 1_000;

impl KeyOf {
    fn parse(text: &str) -> Result<KeyOf, String> {
        match text {
            "client" => return Ok(KeyOf::Client),
            "none" => return Ok(KeyOf::Nothing),
            _ => {}
        }
        let wrong = || {
            let known = "header:NAME, cookie:NAME, path:NAME, query:NAME, jwt:CLAIM, client or none";
            let named = text.split(':').next().unwrap_or_default();
            let nearest = did_you_mean(named, SOURCES.into_iter().chain(["client", "none"]));
            format!("expected {known}, got {}{nearest}", quoted(text))
        };
        let (source, name) = text.split_once(':').ok_or_else(wrong)?;
        let any = |name: &str| match name {
            "" => Err(wrong()),
            name if name.len() > 256 || name.chars().any(char::is_control) => Err(wrong()),
            name => Ok(name.to_owned()),
        };
        match source {
            "header" => header_name(name).map(KeyOf::Header),
            "cookie" => cookie_name(name).map(KeyOf::Cookie),
            "path" => any(name).map(KeyOf::Path),
            "query" => any(name).map(KeyOf::Query),
            "jwt" => any(name).map(KeyOf::Jwt),
            _ => Err(wrong()),
        }
    }

    /// The same with the place of a path's parameter. `Err`: what the pattern lacks, in words.
    pub fn in_route(&self, pattern: &Pattern, trusted_hops: u8) -> Result<BucketBy, String> {
        Ok(match self {
            KeyOf::Header(name) => BucketBy::Header(name.clone()),
            KeyOf::Cookie(name) => BucketBy::Cookie(name.clone()),
            KeyOf::Query(name) => BucketBy::Query(name.clone()),
            KeyOf::Jwt(claim) => BucketBy::Jwt(claim.clone()),
            KeyOf::Client => BucketBy::Client { trusted_hops },
            KeyOf::Nothing => BucketBy::Nothing,
            KeyOf::Path(name) => BucketBy::Path { name: name.clone(), segment: parameter(pattern, name)? },
        })
    }
}

/// The place of the segment that a parameter takes.
fn parameter(pattern: &Pattern, name: &str) -> Result<usize, String> {
    let text = pattern.to_string();
    let segments = || text.split('/').skip(1).map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let named = |name: &str| segments().position(|parameter| parameter == Some(name));
    named(name).ok_or_else(|| {
        if named(&format!("{name}*")).is_some() {
            return format!("{{{name}*}} takes the rest of a path, which is no key: name one segment");
        }
        let nearest = did_you_mean(name, segments().flatten());
        format!("the path {text:?} has no parameter {{{name}}}{nearest}")
    })
}

impl std::fmt::Display for KeyOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyOf::Header(name) => write!(f, "header:{name}"),
            KeyOf::Cookie(name) => write!(f, "cookie:{name}"),
            KeyOf::Path(name) => write!(f, "path:{name}"),
            KeyOf::Query(name) => write!(f, "query:{name}"),
            KeyOf::Jwt(claim) => write!(f, "jwt:{claim}"),
            KeyOf::Client => f.write_str("client"),
            KeyOf::Nothing => f.write_str("none"),
        }
    }
}

impl When {
    fn parse(text: &str) -> Result<When, String> {
        let wrong = |why: &str| {
            format!(
                "expected a condition such as header:x-tenant == acme, or header:x-tenant in [acme, b]: {why}"
            )
        };
        let equal = text.split_once(" == ").map(|(of, value)| (of, vec![value.trim()]));
        let listed = || {
            let (of, list) = text.split_once(" in ")?;
            let list = list.trim().strip_prefix('[')?.strip_suffix(']')?;
            Some((of, list.split(',').map(str::trim).collect()))
        };
        let (of, values) = equal.or_else(listed).ok_or_else(|| wrong(&format!("got {}", quoted(text))))?;
        if values.len() > MOST_VALUES || values.iter().any(|value| value.is_empty()) {
            return Err(wrong(&format!("each of up to {MOST_VALUES} values is a text that is not empty")));
        }
        match KeyOf::parse(of.trim())? {
            KeyOf::Nothing => Err(wrong("none is nothing that could be asked for")),
            of => Ok(When { of, is_any_of: values.into_iter().map(str::to_owned).collect() }),
        }
    }

    pub fn in_route(&self, pattern: &Pattern, trusted_hops: u8) -> Result<Condition, String> {
        let of = self.of.in_route(pattern, trusted_hops)?;
        Ok(Condition { of, is_any_of: self.is_any_of.clone() })
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.is_any_of.as_slice() {
            // A list of one says the same, and reads a value that holds a comma as it is.
            [value] => write!(f, "{} == {value}", self.of),
            values => write!(f, "{} in [{}]", self.of, values.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_is_read() {
        for text in ["header:x-user-id", "cookie:SID", "path:id", "query:user", "jwt:sub", "client", "none"] {
            assert_eq!(KeyOf::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(KeyOf::parse("header:X-User"), Ok(KeyOf::Header("x-user".to_owned())));
        for text in
            ["", "x-user-id", "header:", "header:a b", "cookie:", "path:", "jwt:", "body:/a", "clients"]
        {
            assert!(KeyOf::parse(text).is_err(), "{text}");
        }
        assert!(KeyOf::parse("heder:x").unwrap_err().contains("did you mean `header`?"));
    }

    #[test]
    fn a_parameter_of_the_path_is_found_by_its_place() {
        let pattern = Pattern::parse("/tenants/{tenant}/users/{id}/{rest*}").unwrap();
        let by = |name: &str| KeyOf::Path(name.to_owned()).in_route(&pattern, 0);
        assert_eq!(by("id"), Ok(BucketBy::Path { name: "id".to_owned(), segment: 3 }));
        assert_eq!(by("tenant"), Ok(BucketBy::Path { name: "tenant".to_owned(), segment: 1 }));
        assert!(by("tennant").unwrap_err().ends_with("did you mean `tenant`?"));
        assert!(by("rest").unwrap_err().contains("takes the rest of a path"));
        assert!(by("tenants").is_err());
    }

    #[test]
    fn a_condition_names_a_key_and_its_values() {
        for text in ["header:x-tenant == acme", "cookie:beta in [yes, always]", "query:q == a,b == c"] {
            assert_eq!(When::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(When::parse("client == ::1").unwrap().is_any_of, ["::1"]);
        for text in
            ["", "header:a", "header:a == ", "header:a=b", "none == a", "header:a in b", "header:a in [a,]"]
        {
            assert!(When::parse(text).is_err(), "{text}");
        }
    }
}
