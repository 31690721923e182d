//! A tree of a format that is not JSON, written down as it is read.
//!
//! What is written is what an excerpt shows: JSON where JSON has a word for it. A walk over the text of
//! a format may never go wrong here: calls that do not fit each other leave a poorer tree, not a panic.

use std::borrow::Cow;

use super::{Bounds, Document, Id, Nodes, Type, Unreadable};

/// Appends values in the order of the document. Between `begin` and `end` stand the elements of an
/// array, or a `key` before each value of an object.
#[derive(Debug)]
pub struct Builder {
    text: String,
    nodes: Nodes,
    open: Vec<Id>,
    bounds: Bounds,
    /// A value or key came before, so that a comma is due.
    follows: bool,
}

impl Builder {
    pub fn new(bounds: Bounds) -> Builder {
        Builder {
            text: String::new(),
            nodes: Nodes::new(16, bounds.nodes),
            open: Vec::new(),
            bounds,
            follows: false,
        }
    }

    pub fn begin_array(&mut self) -> Result<(), Unreadable> {
        self.begin(Type::Array, "[")
    }

    pub fn begin_object(&mut self) -> Result<(), Unreadable> {
        self.begin(Type::Object, "{")
    }

    fn begin(&mut self, kind: Type, sign: &str) -> Result<(), Unreadable> {
        if self.open.len() >= self.bounds.depth {
            return Err(Unreadable::TooDeep);
        }
        let id = self.value(kind, false, |text| text.push_str(sign))?;
        self.open.push(id);
        self.follows = false;
        Ok(())
    }

    /// Ends the innermost container that is open.
    pub fn end(&mut self) {
        let Some(id) = self.open.pop() else { return };
        let is_object = self.nodes.is_object(id);
        self.text.push(if is_object { '}' } else { ']' });
        self.nodes.close(id, self.text.len());
        if is_object {
            self.nodes.look_for_repeats(id, self.text.as_bytes());
        }
        self.follows = true;
    }

    /// The key of the value that follows.
    pub fn key(&mut self, key: &str) -> Result<(), Unreadable> {
        self.string(key)?;
        self.text.push(':');
        self.follows = false;
        Ok(())
    }

    pub fn string(&mut self, text: &str) -> Result<(), Unreadable> {
        let plain = text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
        self.value(Type::String, !plain, |out| {
            out.push('"');
            if plain {
                out.push_str(text)
            } else {
                super::text::escape(text, out)
            }
            out.push('"');
        })
        .map(drop)
    }

    /// A number by a spelling that JSON allows.
    pub fn number(&mut self, spelling: &str) -> Result<(), Unreadable> {
        self.value(Type::Number, false, |text| text.push_str(spelling)).map(drop)
    }

    pub fn boolean(&mut self, value: bool) -> Result<(), Unreadable> {
        let (kind, word) = if value { (Type::True, "true") } else { (Type::False, "false") };
        self.value(kind, false, |text| text.push_str(word)).map(drop)
    }

    pub fn null(&mut self) -> Result<(), Unreadable> {
        self.value(Type::Null, false, |text| text.push_str("null")).map(drop)
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |half: u8| DIGITS.get(usize::from(half)).map_or('0', |digit| *digit as char);
        self.value(Type::Bytes, false, |text| {
            text.push_str("h'");
            bytes.iter().for_each(|byte| text.extend([digit(byte >> 4), digit(byte & 15)]));
            text.push('\'');
        })
        .map(drop)
    }

    /// What JSON has no value for, by the name its format has for it.
    pub fn other(&mut self, name: &str) -> Result<(), Unreadable> {
        self.value(Type::Other, false, |text| text.push_str(name)).map(drop)
    }

    /// A whole document as one value.
    pub fn graft(&mut self, document: &Document<'_>) -> Result<(), Unreadable> {
        self.comma();
        let shift = self.text.len();
        self.text.push_str(&document.text);
        self.nodes.graft(document, shift)?;
        self.follows = true;
        self.within_bounds()
    }

    /// Closes what is still open.
    pub fn finish(mut self) -> Document<'static> {
        while !self.open.is_empty() {
            self.end();
        }
        self.nodes.over(Cow::Owned(self.text))
    }

    fn value(&mut self, kind: Type, flag: bool, write: impl FnOnce(&mut String)) -> Result<Id, Unreadable> {
        self.comma();
        let start = self.text.len();
        write(&mut self.text);
        self.follows = true;
        self.within_bounds()?;
        self.nodes.push(kind, flag, start, self.text.len())
    }

    fn comma(&mut self) {
        if self.follows {
            self.text.push(',');
        }
    }

    fn within_bounds(&self) -> Result<(), Unreadable> {
        if self.text.len() > self.bounds.text { Err(Unreadable::TooLarge) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { depth: 3, nodes: 100, text: 200 };

    #[test]
    fn what_is_built_reads_back_as_it_was_said() {
        let mut builder = Builder::new(BOUNDS);
        builder.begin_object().unwrap();
        builder.key("a \"b\"\n").unwrap();
        builder.begin_array().unwrap();
        builder.number("1.50").unwrap();
        builder.string("é\u{1}").unwrap();
        builder.bytes(&[0, 255]).unwrap();
        builder.other("NaN").unwrap();
        builder.end();
        builder.key("x").unwrap();
        builder.null().unwrap();
        builder.end();
        let document = builder.finish();
        assert_eq!(document.raw(Id::ROOT), r#"{"a \"b\"\n":[1.50,"é\u0001",h'00ff',NaN],"x":null}"#);
        let key = document.keys(Id::ROOT).next().unwrap();
        assert_eq!(&*document.string(key), b"a \"b\"\n");
        let kinds: Vec<_> = document.elements(key.following()).map(|id| document.kind(id)).collect();
        assert_eq!(kinds, [Type::Number, Type::String, Type::Bytes, Type::Other]);
        let mut outer = Builder::new(BOUNDS);
        outer.begin_array().unwrap();
        outer.boolean(true).unwrap();
        outer.graft(&document).unwrap();
        outer.boolean(false).unwrap();
        let outer = outer.finish();
        let inside = outer.elements(Id::ROOT).nth(1).unwrap();
        assert_eq!(outer.raw(inside), document.raw(Id::ROOT));
        assert_eq!(outer.elements(Id::ROOT).count(), 3);
        assert_eq!(outer.raw(outer.keys(inside).nth(1).unwrap().following()), "null");
    }

    #[test]
    fn a_key_said_twice_is_known() {
        let mut builder = Builder::new(BOUNDS);
        builder.begin_object().unwrap();
        for _ in 0..2 {
            builder.key("a").unwrap();
            builder.null().unwrap();
        }
        assert!(builder.finish().is_repeating(Id::ROOT));
    }

    #[test]
    fn what_is_built_is_bounded() {
        let mut builder = Builder::new(BOUNDS);
        assert_eq!((0..4).find_map(|_| builder.begin_array().err()), Some(Unreadable::TooDeep));
        let mut builder = Builder::new(BOUNDS);
        builder.begin_array().unwrap();
        assert_eq!(builder.string(&"x".repeat(300)), Err(Unreadable::TooLarge));
    }
}
