//! The one layout of elements, for XML and HTML alike.
//!
//! An element is an object with a single key, its name. Its value is an object: each attribute as
//! `@name`, and its content as `#`: absent where it is empty, a string where it is one run of text, else
//! the array of its strings and elements in their order. So `<order id="1"><price>12</price>net</order>`
//! is `{"order": {"@id": "1", "#": [{"price": {"#": "12"}}, "net"]}}`, and a rule for the price is
//! `/order/#/*/price/#`, or `/**/price/#` wherever it stands.

use super::super::tree::{Bounds, Builder, Document, Unreadable};

/// The name of the member that holds an element's content.
const CONTENT: &str = "#";
/// The member of an element whose end tag is missing, in formats that put up with that.
const UNCLOSED: &str = "unclosed";

/// Elements as they are read, from the outermost in.
#[derive(Debug)]
pub struct Elements {
    builder: Builder,
    /// For each open element, whether its content has turned out to be an array.
    open: Vec<bool>,
    /// Text since the last tag.
    text: String,
}

impl Elements {
    /// Of a document that is one element; beside it, members may say more of the document.
    pub fn of_one(bounds: Bounds) -> Result<Elements, Unreadable> {
        let mut builder = Builder::new(bounds);
        builder.begin_object()?;
        Ok(Elements { builder, open: Vec::new(), text: String::new() })
    }

    /// Of a document that holds any elements and text, laid out as the content of one without a name.
    pub fn of_many(bounds: Bounds) -> Result<Elements, Unreadable> {
        let mut elements = Elements::of_one(bounds)?;
        elements.builder.key(CONTENT)?;
        elements.builder.begin_array()?;
        elements.open.push(true);
        Ok(elements)
    }

    /// Something said of the document as a whole, before its elements.
    pub fn member(&mut self, name: &str, value: &str) -> Result<(), Unreadable> {
        self.builder.key(name)?;
        self.builder.string(value)
    }

    /// A new element in the innermost that is open. Its attributes come next, then its content.
    pub fn start(&mut self, name: &str) -> Result<(), Unreadable> {
        if let Some(is_array) = self.open.last_mut() {
            if !std::mem::replace(is_array, true) {
                self.builder.key(CONTENT)?;
                self.builder.begin_array()?;
            }
            self.flush()?;
            self.builder.begin_object()?;
        }
        self.builder.key(name)?;
        self.builder.begin_object()?;
        self.open.push(false);
        Ok(())
    }

    pub fn attribute(&mut self, name: &str, value: &str) -> Result<(), Unreadable> {
        self.member(&format!("@{name}"), value)
    }

    /// Text of the innermost element, joined with what came before it.
    pub fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the innermost element.
    pub fn end(&mut self) -> Result<(), Unreadable> {
        self.content()?;
        self.builder.end();
        self.builder.end();
        Ok(())
    }

    /// Ends the innermost element, which has no end tag and ought to have one.
    pub fn end_unclosed(&mut self) -> Result<(), Unreadable> {
        self.content()?;
        self.builder.key(UNCLOSED)?;
        self.builder.boolean(true)?;
        self.builder.end();
        self.builder.end();
        Ok(())
    }

    pub fn finish(mut self) -> Result<Document<'static>, Unreadable> {
        self.flush()?;
        Ok(self.builder.finish())
    }

    fn content(&mut self) -> Result<(), Unreadable> {
        if self.open.pop() == Some(true) {
            self.flush()?;
            self.builder.end();
        } else if !self.text.is_empty() {
            self.builder.key(CONTENT)?;
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Unreadable> {
        if !self.text.is_empty() {
            self.builder.string(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }
}
