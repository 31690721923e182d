//! XML 1.0 with namespaces, as a tree of elements (`elements`).
//!
//! A document is its root element; a document type stands beside it as `!DOCTYPE`. A name in a namespace
//! is `{uri}local`, of an attribute `@{uri}local`; prefixes and their declarations mean nothing else.
//! A processing instruction is an element by the name `?target`; one outside of the root element stands
//! beside it. Comments say nothing, CDATA is text. Text of white space between
//! elements is no content, unless `xml:space="preserve"` or other text beside it in the same element
//! says that it is; all other text stays as it is, and so do blanks that are spelled out (`&#32;`).
//!
//! Strict: what is not well-formed is refused. No entity is expanded and nothing outside is looked at,
//! so a document costs what it is long.

mod characters;
mod names;

use std::{borrow::Cow, collections::HashSet};

use characters::{Refusal, is_blank};
use names::Scope;
use quick_xml::{
    Error, Reader,
    errors::IllFormedError,
    events::{BytesStart, Event, attributes::AttrError},
};

use super::{
    super::tree::{Bounds, Document, Unreadable},
    elements::Elements,
};

/// Of an attribute that stands twice in one tag.
const TWICE: &str = "an attribute that is not there yet";

pub fn read(text: &str, bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    if let Some(at) = characters::forbidden(text) {
        return refused((at, "no control character"));
    }
    let mixed = mixed(text, bounds.depth);
    let mut walk = Walk {
        text,
        elements: Elements::of_one(bounds)?,
        mixed: mixed.into_iter(),
        open: Vec::new(),
        scope: Scope::default(),
        run: String::new(),
        says: false,
        has_doctype: false,
        has_root: false,
    };
    walk.all()?;
    walk.elements.finish()
}

fn refused<T>((at, expected): Refusal) -> Result<T, Unreadable> {
    Err(Unreadable::Malformed { at, expected: expected.into() })
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    reader
}

/// For each element in the order of their start tags, whether text stands in it between its elements.
/// This takes a reading of its own: white space at an element's beginning depends on what comes later.
fn mixed(text: &str, depth: usize) -> Vec<bool> {
    let mut reader = reader(text);
    let (mut mixed, mut open) = (Vec::new(), Vec::new());
    loop {
        let says = match reader.read_event() {
            Ok(Event::Start(_)) if open.len() <= depth => {
                open.push(mixed.len());
                mixed.push(false);
                continue;
            }
            Ok(Event::Empty(_)) => {
                mixed.push(false);
                continue;
            }
            Ok(Event::End(_)) => open.pop().is_none(),
            Ok(Event::Text(text)) => !text.bytes().all(is_blank),
            Ok(Event::CData(text)) => !text.is_empty(),
            Ok(Event::GeneralRef(_)) => true,
            Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_)) => false,
            // The walk over the same text tells what is wrong.
            Ok(Event::Start(_) | Event::Eof) | Err(_) => return mixed,
        };
        if let Some(element) = open.last().and_then(|at| mixed.get_mut(*at)) {
            *element |= says;
        }
    }
}

/// An element whose end tag is due.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// White space in it is text.
    keeps_blanks: bool,
    /// What `xml:space` says for it and for what it holds.
    preserves: bool,
    has_elements: bool,
    /// Namespace declarations that outlast it.
    scope: usize,
}

/// Its name as it is spelled, its value and its place.
type Attribute<'t> = (&'t str, Cow<'t, str>, usize);

/// One pass over a document.
#[derive(Debug)]
struct Walk<'t> {
    text: &'t str,
    elements: Elements,
    mixed: std::vec::IntoIter<bool>,
    open: Vec<Open>,
    scope: Scope<'t>,
    /// Text since the last tag.
    run: String,
    /// The run holds more than white space, or white space that somebody spelled out.
    says: bool,
    has_doctype: bool,
    has_root: bool,
}

impl<'t> Walk<'t> {
    fn all(&mut self) -> Result<(), Unreadable> {
        let mut reader = reader(self.text);
        loop {
            let at = reader.buffer_position() as usize;
            match reader.read_event() {
                Ok(Event::Start(tag)) => self.start(&tag, at)?,
                Ok(Event::Empty(tag)) => {
                    self.start(&tag, at)?;
                    self.end()?;
                }
                Ok(Event::End(_)) => self.end()?,
                Ok(Event::Text(text)) => self.characters(&text, at)?,
                Ok(Event::CData(text)) => self.spelled_out(&characters::lines(&text), at)?,
                Ok(Event::GeneralRef(name)) => {
                    let letter = characters::reference(&name).or_else(|expected| refused((at, expected)))?;
                    self.spelled_out(letter.encode_utf8(&mut [0; 4]), at)?;
                }
                Ok(Event::Decl(_)) if at > 0 => return refused((at, "a declaration only at the beginning")),
                Ok(Event::DocType(text)) => self.doctype(&text, at)?,
                Ok(Event::PI(instruction)) => self.instruction(&instruction)?,
                Ok(Event::Comment(_) | Event::Decl(_)) => {}
                Ok(Event::Eof) => return self.eof(),
                Err(error) => return refused((reader.error_position() as usize, expected(&error))),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'t>, at: usize) -> Result<(), Unreadable> {
        if self.open.is_empty() && self.has_root {
            return refused((at, "the end, since there is one root element"));
        }
        self.has_root = true;
        if let Some(parent) = self.open.last_mut() {
            parent.has_elements = true;
        }
        self.flush();
        let scope = self.scope.depth();
        let (name, attributes) = self.tag(tag, at)?;
        let or = |expected| Unreadable::Malformed { at: at + 1, expected: Cow::Borrowed(expected) };
        self.elements.start(&self.scope.element(name).map_err(or)?)?;
        let mut preserves = self.open.last().is_some_and(|parent| parent.preserves);
        let mut seen = HashSet::new();
        let is_single = attributes.len() == 1;
        for (name, value, at) in attributes {
            let name = self.scope.attribute(name).or_else(|expected| refused((at, expected)))?;
            if name.strip_prefix('{').and_then(|name| name.strip_prefix(names::XML)) == Some("}space") {
                preserves = value == "preserve";
            }
            self.elements.attribute(&name, &value)?;
            if !is_single && !seen.insert(name) {
                return refused((at, TWICE));
            }
        }
        let keeps_blanks = self.mixed.next().unwrap_or_default() || preserves;
        self.open.push(Open { keeps_blanks, preserves, has_elements: false, scope });
        Ok(())
    }

    /// The name and the attributes of a start tag, each with its place; declares what they declare.
    fn tag(&mut self, tag: &BytesStart<'t>, at: usize) -> Result<(&'t str, Vec<Attribute<'t>>), Unreadable> {
        let (name, _) = self.within(tag.name().as_ref());
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.or_else(|error| match error {
                AttrError::Duplicated(there, _) => refused((at + 1 + there, TWICE)),
                _ => refused((at, "attributes as names with values in quotes")),
            })?;
            let (key, key_at) = self.within(attribute.key.as_ref());
            let (raw, raw_at) = self.within(&attribute.value);
            if !self.text.as_bytes().get(key_at.wrapping_sub(1)).copied().is_some_and(is_blank) {
                return refused((key_at, "white space before an attribute"));
            }
            let value =
                characters::attribute(raw).or_else(|(at, expected)| refused((raw_at + at, expected)))?;
            let declared = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            let Some(prefix) = declared else {
                attributes.push((key, value, key_at));
                continue;
            };
            let is_name =
                prefix.is_empty() || names::parts(prefix).is_ok_and(|(prefix, _)| prefix.is_empty());
            let declared = if is_name { self.scope.declare(prefix, value) } else { Err("a prefix") };
            declared.or_else(|expected| refused((key_at, expected)))?;
        }
        Ok((name, attributes))
    }

    /// A slice of the text that a reader lent, as one of the text itself, with its place.
    fn within(&self, part: &str) -> (&'t str, usize) {
        let at = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        (self.text.get(at..at.wrapping_add(part.len())).unwrap_or_default(), at)
    }

    fn end(&mut self) -> Result<(), Unreadable> {
        self.flush();
        if let Some(open) = self.open.pop() {
            self.scope.leave(open.scope);
        }
        self.elements.end()
    }

    fn characters(&mut self, text: &str, at: usize) -> Result<(), Unreadable> {
        let says = text.bytes().position(|byte| !is_blank(byte));
        if let Some(there) = says.filter(|_| self.open.is_empty()) {
            return refused((at + there, "no text outside of the root element"));
        }
        if let Some(there) = memchr::memmem::find(text.as_bytes(), b"]]>") {
            return refused((at + there, "no `]]>` in text"));
        }
        self.says |= says.is_some();
        self.run.push_str(&characters::lines(text));
        Ok(())
    }

    fn spelled_out(&mut self, text: &str, at: usize) -> Result<(), Unreadable> {
        if self.open.is_empty() {
            return refused((at, "no text outside of the root element"));
        }
        self.says |= !text.is_empty();
        self.run.push_str(text);
        Ok(())
    }

    /// At a tag: passes the text before it on, where it is content.
    fn flush(&mut self) {
        let is_content = self.open.last().is_some_and(|open| {
            // White space that is all an element holds may be its value.
            self.says || open.keeps_blanks || !open.has_elements
        });
        if is_content {
            self.elements.text(&self.run);
        }
        self.run.clear();
        self.says = false;
    }

    /// Told as an element by the name `?target`, or beside the root element.
    fn instruction(&mut self, instruction: &str) -> Result<(), Unreadable> {
        let target =
            instruction.split(|letter: char| letter.is_ascii_whitespace()).next().unwrap_or_default();
        let data = instruction.get(target.len()..).unwrap_or_default().trim_ascii_start();
        let (target, data) = (format!("?{target}"), characters::lines(data));
        let Some(parent) = self.open.last_mut() else { return self.elements.member(&target, &data) };
        parent.has_elements = true;
        self.flush();
        self.elements.start(&target)?;
        self.elements.text(&data);
        self.elements.end()
    }

    fn doctype(&mut self, text: &str, at: usize) -> Result<(), Unreadable> {
        if self.has_root || std::mem::replace(&mut self.has_doctype, true) {
            return refused((at, "one document type before the root element"));
        }
        self.elements.member("!DOCTYPE", &respaced(text))
    }

    fn eof(&self) -> Result<(), Unreadable> {
        match (self.has_root, self.open.is_empty()) {
            (true, true) => Ok(()),
            (false, _) => refused((self.text.len(), "a root element")),
            (true, false) => refused((self.text.len(), "the end tag of an element")),
        }
    }
}

fn expected(error: &Error) -> &'static str {
    match error {
        Error::IllFormed(IllFormedError::MismatchedEndTag { .. }) => "the end tag of the innermost element",
        Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => "no end tag, since no element is open",
        Error::IllFormed(IllFormedError::UnclosedReference) => "`;` at the end of a reference",
        Error::IllFormed(IllFormedError::DoubleHyphenInComment) => "no `--` in a comment",
        Error::Syntax(_) => "the end of what begins here",
        _ => "well-formed XML",
    }
}

/// A document type with one blank for each run of white space that is in no quotes.
fn respaced(text: &str) -> String {
    let (mut quote, mut out) = (None, String::with_capacity(text.len()));
    for letter in text.trim_matches([' ', '\t', '\n', '\r']).chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            _ => {}
        }
        let blank = quote.is_none() && matches!(letter, ' ' | '\t' | '\n' | '\r');
        if !blank {
            out.push(letter);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
