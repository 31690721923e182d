//! HTML by its tokens, as a tree of elements (`elements`).
//!
//! A document is `{"#": [...]}`: what stands at its top, a document type as `{"!doctype": {"@name": ...}}`
//! among it. So the title is `/#/*/html/#/*/head/#/*/title/#`, or `/**/title/#`. Names are in lower case,
//! comments say nothing, white space is told from text as a page shows it (`space`).
//!
//! Everything is read and nothing is put right, so that no difference is lost: an element without its
//! end tag has a member `unclosed` and ends with its parent, or where another element can only stand
//! beside it; an end tag of nothing that is open is an element by the name `/p`; and a slash that
//! closes no element is an attribute of the name `/`.

mod space;

use std::{borrow::Cow, collections::HashMap};

use html5gum::{DefaultEmitter, Doctype, HtmlString, StartTag, Token, Tokenizer};

use super::{
    super::tree::{Bounds, Document, Unreadable},
    elements::Elements,
};
use space::Edge;

/// Elements that hold nothing and have no end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements in which every letter counts.
const EXACT: &[&str] =
    &["pre", "textarea", "script", "style", "listing", "xmp", "plaintext", "iframe", "noembed", "noframes"];
/// Elements of other languages, in which a slash closes any element.
const FOREIGN: &[&str] = &["svg", "math"];
/// How a comment begins that is text in an element of another language.
const CDATA: &[u8] = b"[CDATA[";

/// What ends where another begins, since the one cannot stand in the other.
const ENDS_AT: &[(&str, &[&str])] = &[
    ("li", &["li"]),
    ("dt", &["dt", "dd"]),
    ("dd", &["dt", "dd"]),
    ("option", &["option", "optgroup"]),
    ("optgroup", &["optgroup"]),
    ("td", &["td", "th", "tr", "tbody", "thead", "tfoot"]),
    ("th", &["td", "th", "tr", "tbody", "thead", "tfoot"]),
    ("tr", &["tr", "tbody", "thead", "tfoot"]),
    ("thead", &["tbody", "tfoot"]),
    ("tbody", &["tbody", "tfoot"]),
    ("tfoot", &["tbody"]),
    ("head", &["body"]),
    (
        "p",
        &[
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "dd",
            "details",
            "dir",
            "div",
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hgroup",
            "hr",
            "li",
            "main",
            "menu",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "td",
            "th",
            "tr",
            "ul",
        ],
    ),
];

pub fn read(text: &str, bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut walk = Walk {
        elements: Elements::of_many(bounds)?,
        open: Vec::new(),
        names: HashMap::new(),
        run: String::new(),
        before: Edge::Block,
    };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => walk.start(&tag)?,
            Token::EndTag(tag) => walk.end(&said(&tag.name))?,
            Token::String(text) => walk.run.push_str(&said(&text)),
            Token::Comment(text) if text.starts_with(CDATA) => walk.run.push_str(&said(&text)),
            Token::Comment(_) | Token::Error(_) => {}
            Token::Doctype(doctype) => walk.doctype(&doctype)?,
        }
    }
    while !walk.open.is_empty() {
        walk.close_unclosed()?;
    }
    walk.flush(Edge::Block);
    walk.elements.finish()
}

fn said(text: &HtmlString) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// An element whose end tag is due.
#[derive(Debug)]
struct Open {
    name: String,
    /// White space in it is text as it stands.
    is_exact: bool,
    /// It is of another language, or in an element that is.
    is_foreign: bool,
    after: After,
}

/// What goes on behind an element.
#[derive(Clone, Copy, Debug)]
struct After {
    edge: Edge,
    /// White space before an element that does not show, which may yet stand between two that do.
    is_blank: bool,
}

/// One pass over the tokens of a document.
#[derive(Debug)]
struct Walk {
    elements: Elements,
    open: Vec<Open>,
    /// How many elements of each name are open.
    names: HashMap<String, usize>,
    /// Text since the last tag.
    run: String,
    /// What stands before that text.
    before: Edge,
}

impl Walk {
    fn start(&mut self, tag: &StartTag<()>) -> Result<(), Unreadable> {
        let name = said(&tag.name);
        while self.open.last().is_some_and(|open| ends_at(&open.name, &name)) {
            self.close_unclosed()?;
        }
        let parent = self.open.last();
        let (in_exact, in_foreign) = parent.map_or((false, false), |open| (open.is_exact, open.is_foreign));
        let after = self.pass(&name, in_exact, in_foreign);
        self.elements.start(&name)?;
        for (name, value) in &tag.attributes {
            self.elements.attribute(&said(name), &said(value))?;
        }
        let is_foreign = in_foreign || FOREIGN.contains(&&*name);
        let is_void = !is_foreign && VOID.contains(&&*name);
        if tag.self_closing && !is_void && !is_foreign {
            self.elements.attribute("/", "")?;
        }
        if is_void || is_foreign && tag.self_closing {
            self.elements.end()?;
            self.go_on(after);
            return Ok(());
        }
        self.before = Edge::inside(&name, is_foreign);
        let is_exact = in_exact || EXACT.contains(&&*name);
        *self.names.entry(name.clone().into_owned()).or_default() += 1;
        self.open.push(Open { name: name.into_owned(), is_exact, is_foreign, after });
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), Unreadable> {
        if !self.names.contains_key(name) {
            let in_foreign = self.open.last().is_some_and(|open| open.is_foreign);
            let edge = Edge::around(name, in_foreign);
            self.flush(edge);
            self.elements.start(&format!("/{name}"))?;
            self.elements.end()?;
            self.before = edge;
            return Ok(());
        }
        while self.open.last().is_some_and(|open| open.name != name) {
            self.close_unclosed()?;
        }
        let closed = self.close();
        self.elements.end()?;
        self.go_on(closed);
        Ok(())
    }

    fn close_unclosed(&mut self) -> Result<(), Unreadable> {
        let closed = self.close();
        self.elements.end_unclosed()?;
        self.go_on(closed);
        Ok(())
    }

    /// Takes the innermost element off, with the text at its end; what goes on behind it.
    fn close(&mut self) -> After {
        let edge = self.open.last().map_or(Edge::Block, |open| Edge::inside(&open.name, open.is_foreign));
        self.flush(edge);
        let Some(open) = self.open.pop() else { return After { edge: Edge::Block, is_blank: false } };
        if let Some(count) = self.names.get_mut(&open.name) {
            *count -= 1;
            if *count == 0 {
                self.names.remove(&open.name);
            }
        }
        open.after
    }

    /// At the start of an element: passes the text before it on; what goes on behind it.
    fn pass(&mut self, name: &str, in_exact: bool, in_foreign: bool) -> After {
        if in_exact || !space::is_invisible(name) {
            let edge = Edge::around(name, in_foreign);
            self.flush(edge);
            return After { edge, is_blank: false };
        }
        let text = space::trimmed_end(&self.run).len();
        let is_blank = text < self.run.len();
        let edge = if text > 0 { Edge::Inline } else { self.before };
        self.run.truncate(text);
        self.flush(Edge::Inline);
        After { edge, is_blank }
    }

    fn go_on(&mut self, after: After) {
        self.before = after.edge;
        if after.is_blank {
            self.run.push(' ');
        }
    }

    /// Passes on what of the text since the last tag is content.
    fn flush(&mut self, next: Edge) {
        let run = std::mem::take(&mut self.run);
        if self.open.last().is_some_and(|open| open.is_exact) {
            self.elements.text(&run);
        } else {
            self.elements.text(&space::collapsed(&run, self.before, next));
        }
    }

    fn doctype(&mut self, doctype: &Doctype<()>) -> Result<(), Unreadable> {
        self.flush(Edge::Block);
        self.elements.start("!doctype")?;
        self.elements.attribute("name", &said(&doctype.name))?;
        for (name, id) in [("public", &doctype.public_identifier), ("system", &doctype.system_identifier)] {
            if let Some(id) = id {
                self.elements.attribute(name, &said(id))?;
            }
        }
        if doctype.force_quirks {
            self.elements.attribute("quirks", "")?;
        }
        self.elements.end()?;
        self.before = Edge::Block;
        Ok(())
    }
}

fn ends_at(open: &str, next: &str) -> bool {
    ENDS_AT.iter().any(|(name, at)| *name == open && at.contains(&next))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
