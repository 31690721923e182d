//! Names of XML: which words may be one, and which namespace a prefix stands for where it is used.
//!
//! A name in a namespace is told by its URI, as `{uri}local`: the prefix is each document's own choice.

use std::{borrow::Cow, collections::HashMap};

/// Bound to the prefix `xml` without a declaration.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What `xmlns` itself is bound to; nothing else may be.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The namespaces declared around a place. The default one has the empty prefix.
#[derive(Debug, Default)]
pub struct Scope<'t> {
    bound: HashMap<&'t str, Vec<Cow<'t, str>>>,
    /// In the order they were declared.
    declared: Vec<&'t str>,
}

impl<'t> Scope<'t> {
    /// Binds a prefix to a namespace for the element that begins. What was expected, where it may not be.
    pub fn declare(&mut self, prefix: &'t str, uri: Cow<'t, str>) -> Result<(), &'static str> {
        if prefix == "xmlns" || uri == XMLNS || (prefix == "xml") != (uri == XML) {
            return Err("no other meaning for a reserved prefix or namespace");
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err("a namespace for the prefix");
        }
        self.bound.entry(prefix).or_default().push(uri);
        self.declared.push(prefix);
        Ok(())
    }

    /// How many declarations are in force.
    pub const fn depth(&self) -> usize {
        self.declared.len()
    }

    /// Ends all declarations past the first so many.
    pub fn leave(&mut self, depth: usize) {
        for prefix in self.declared.drain(depth.min(self.declared.len())..) {
            self.bound.get_mut(prefix).and_then(Vec::pop);
        }
    }

    pub fn element(&self, name: &'t str) -> Result<Cow<'t, str>, &'static str> {
        let (prefix, local) = parts(name)?;
        self.expanded(prefix, local)
    }

    /// The default namespace is none of an attribute's.
    pub fn attribute(&self, name: &'t str) -> Result<Cow<'t, str>, &'static str> {
        match parts(name)? {
            ("", local) => Ok(Cow::Borrowed(local)),
            (prefix, local) => self.expanded(prefix, local),
        }
    }

    fn expanded(&self, prefix: &str, local: &'t str) -> Result<Cow<'t, str>, &'static str> {
        match self.bound.get(prefix).and_then(|all| all.last()) {
            Some(uri) if uri.is_empty() => Ok(Cow::Borrowed(local)),
            Some(uri) => Ok(Cow::Owned(format!("{{{uri}}}{local}"))),
            None if prefix.is_empty() => Ok(Cow::Borrowed(local)),
            None if prefix == "xml" => Ok(Cow::Owned(format!("{{{XML}}}{local}"))),
            None => Err("a prefix that is declared"),
        }
    }
}

/// Prefix and local part of a name.
pub fn parts(name: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let is_whole = is_word(local) && (is_word(prefix) || prefix.is_empty() && !name.starts_with(':'));
    if is_whole { Ok((prefix, local)) } else { Err("a name") }
}

/// An NCName: a name without a colon.
fn is_word(word: &str) -> bool {
    word.chars().next().is_some_and(begins_a_name) && word.chars().all(continues_a_name)
}

const fn begins_a_name(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

const fn continues_a_name(letter: char) -> bool {
    begins_a_name(letter)
        || matches!(letter,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
