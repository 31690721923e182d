//! RFC 8259 to the letter: what it does not allow is refused, with the place and what was expected.
//!
//! Walks with a stack of its own, so that no nesting reaches the thread's. Two things the RFC leaves
//! open are settled here: a byte order mark is refused, and a lone surrogate escape is accepted, since
//! it can be compared exactly (`Document::string`).

use std::borrow::Cow;

use super::super::tree::{Bounds, Document, Id, Keys, Nodes, Type, Unreadable, text};

/// Of a dense text: room for the nodes is made once.
const BYTES_A_NODE: usize = 7;

/// Reads one JSON text.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Document<'_>, Unreadable> {
    let mut reader = Reader::new(bytes, bounds)?;
    reader.space();
    reader.value()?;
    reader.space();
    match reader.peek() {
        None => Ok(reader.document()),
        Some(_) => reader.refuse("the end"),
    }
}

/// Reads JSON texts on lines of their own, as one array of them. Empty lines do not count.
pub fn read_lines(bytes: &[u8], bounds: Bounds) -> Result<Document<'_>, Unreadable> {
    let mut reader = Reader::new(bytes, bounds)?;
    reader.push(Type::Array, false, 0)?;
    loop {
        reader.space();
        if reader.peek().is_none() {
            break;
        }
        let start = reader.at;
        reader.value()?;
        // Whoever reads line by line finds half a value on each.
        if let Some(end) = memchr::memchr(b'\n', bytes.get(start..reader.at).unwrap_or_default()) {
            reader.at = start + end;
            return reader.refuse("the rest of the value on its line");
        }
        while matches!(reader.peek(), Some(b' ' | b'\t' | b'\r')) {
            reader.at += 1;
        }
        if !matches!(reader.peek(), None | Some(b'\n')) {
            return reader.refuse("a new line");
        }
    }
    reader.nodes.close(Id::ROOT, reader.at);
    Ok(reader.document())
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    nodes: Nodes,
    open: Vec<Open>,
    bounds: Bounds,
}

/// A container that is being read.
struct Open {
    id: Id,
    end: u8,
    keys: Keys,
}

impl<'t> Reader<'t> {
    fn new(bytes: &'t [u8], bounds: Bounds) -> Result<Reader<'t>, Unreadable> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Unreadable::TooLarge);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Unreadable::Malformed { at: e.valid_up_to(), expected: "UTF-8".into() })?;
        let nodes = Nodes::new(bytes.len() / BYTES_A_NODE, bounds.nodes);
        Ok(Reader { text, bytes, at: 0, nodes, open: Vec::new(), bounds })
    }

    fn document(self) -> Document<'t> {
        self.nodes.over(Cow::Borrowed(self.text))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn refuse<T>(&self, expected: &'static str) -> Result<T, Unreadable> {
        Err(Unreadable::Malformed { at: self.at, expected: expected.into() })
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// One value with all it holds.
    fn value(&mut self) -> Result<(), Unreadable> {
        loop {
            let entered = match self.peek() {
                Some(b'{') => self.enter(Type::Object, b'}')?,
                Some(b'[') => self.enter(Type::Array, b']')?,
                Some(b'"') => self.string().map(|_| false)?,
                Some(b'-' | b'0'..=b'9') => self.number().map(|()| false)?,
                Some(b't') => self.word("true", Type::True).map(|()| false)?,
                Some(b'f') => self.word("false", Type::False).map(|()| false)?,
                Some(b'n') => self.word("null", Type::Null).map(|()| false)?,
                _ => return self.refuse("a value"),
            };
            if !entered && !self.climb()? {
                return Ok(());
            }
        }
    }

    /// Opens a container; whether a first value is due in it.
    fn enter(&mut self, kind: Type, end: u8) -> Result<bool, Unreadable> {
        if self.open.len() >= self.bounds.depth {
            return Err(Unreadable::TooDeep);
        }
        let id = self.push(kind, false, self.at)?;
        self.at += 1;
        self.space();
        if self.peek() == Some(end) {
            self.at += 1;
            self.nodes.close(id, self.at);
            return Ok(false);
        }
        self.open.push(Open { id, end, keys: Keys::default() });
        if kind == Type::Object {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: up through what ends here. Whether another value is due.
    fn climb(&mut self) -> Result<bool, Unreadable> {
        while let Some(top) = self.open.last() {
            let (end, is_object) = (top.end, top.end == b'}');
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    if is_object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                Some(sign) if sign == end => self.at += 1,
                _ => return self.refuse(if is_object { "`,` or `}`" } else { "`,` or `]`" }),
            }
            if let Some(Open { id, keys, .. }) = self.open.pop() {
                self.nodes.close(id, self.at);
                if keys.may_repeat() {
                    self.nodes.look_for_repeats(id, self.bytes);
                }
            }
        }
        Ok(false)
    }

    fn key(&mut self) -> Result<(), Unreadable> {
        if self.peek() != Some(b'"') {
            return self.refuse("a key in quotes");
        }
        let start = self.at;
        let escaped = self.string()?;
        if let (Some(top), Some(key)) = (self.open.last_mut(), self.bytes.get(start..self.at)) {
            top.keys.see(key, escaped);
        }
        self.space();
        if self.peek() != Some(b':') {
            return self.refuse("`:`");
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    /// Whether it holds escapes.
    #[inline(always)]
    fn string(&mut self) -> Result<bool, Unreadable> {
        let start = self.at;
        self.at = text::next_special(self.bytes, start + 1);
        let escaped = self.peek() != Some(b'"');
        if escaped {
            self.escapes()?;
        }
        self.at += 1;
        self.push(Type::String, escaped, start)?;
        Ok(escaped)
    }

    /// From the first sign of a string that does not stand for itself to its end.
    #[inline(never)]
    fn escapes(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.peek() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                Some(_) => return self.refuse("no control character in a string"),
                None => return self.refuse("the end of the string"),
            }
            self.at = text::next_special(self.bytes, self.at);
        }
    }

    fn escape(&mut self) -> Result<(), Unreadable> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                for _ in 0..4 {
                    self.at += 1;
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return self.refuse("four hexadecimal digits");
                    }
                }
                self.at += 1;
            }
            _ => return self.refuse("an escape"),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        // What cannot follow, `01` or `1x`, is refused where the next sign is due.
        self.push(Type::Number, false, start).map(drop)
    }

    fn digits(&mut self) -> Result<(), Unreadable> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.refuse("a digit");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str, kind: Type) -> Result<(), Unreadable> {
        let start = self.at;
        if !self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return self.refuse("a value");
        }
        self.at += word.len();
        self.push(kind, false, start).map(drop)
    }

    fn push(&mut self, kind: Type, flag: bool, start: usize) -> Result<Id, Unreadable> {
        self.nodes.push(kind, flag, start, self.at)
    }
}

#[cfg(test)]
mod tests;
