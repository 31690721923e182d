//! Which places of a body a rule speaks of: pointers, and queries where a pointer cannot say it.

use super::PointerPattern;

/// Which places of a body a rule speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    Pointer(PointerPattern),
    Path(JsonPath),
}

/// A JSONPath query (RFC 9535), for what a pointer cannot say: filters.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
    query: serde_json_path::JsonPath,
}

impl JsonPath {
    /// Why `text` is no query, in words, where it is none.
    pub fn parse(text: &str) -> Result<JsonPath, String> {
        let query = serde_json_path::JsonPath::parse(text).map_err(|error| error.to_string())?;
        Ok(JsonPath { text: text.to_owned(), query })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub(in super::super) const fn query(&self) -> &serde_json_path::JsonPath {
        &self.query
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &JsonPath) -> bool {
        self.text == other.text
    }
}

impl Selector {
    pub fn text(&self) -> &str {
        match self {
            Selector::Pointer(pattern) => pattern.text(),
            Selector::Path(path) => path.text(),
        }
    }

    pub const fn pointer(&self) -> Option<&PointerPattern> {
        match self {
            Selector::Pointer(pattern) => Some(pattern),
            Selector::Path(_) => None,
        }
    }
}
