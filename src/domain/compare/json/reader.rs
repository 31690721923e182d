//! RFC 8259 to the letter: what it does not allow is refused, with the place and what was expected.
//!
//! Walks with a stack of its own, so that no nesting reaches the thread's. Two things the RFC leaves
//! open are settled here: a byte order mark is refused, and a lone surrogate escape is accepted, since
//! it can be compared exactly (`Document::string`).

use super::{Document, Id, Node, Type, text};

/// What a document may grow to.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Objects and arrays inside each other.
    pub depth: usize,
    /// Values and keys.
    pub nodes: usize,
}

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    NotJson { at: usize, expected: &'static str },
    TooDeep,
    TooLarge,
}

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
        reader.value()?;
        while matches!(reader.peek(), Some(b' ' | b'\t' | b'\r')) {
            reader.at += 1;
        }
        if !matches!(reader.peek(), None | Some(b'\n')) {
            return reader.refuse("a new line");
        }
    }
    reader.close(Id::ROOT);
    Ok(reader.document())
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Id>,
    repeats: bool,
    bounds: Bounds,
}

impl<'t> Reader<'t> {
    fn new(bytes: &'t [u8], bounds: Bounds) -> Result<Reader<'t>, Unreadable> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Unreadable::TooLarge);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Unreadable::NotJson { at: e.valid_up_to(), expected: "UTF-8" })?;
        let nodes = Vec::with_capacity((bytes.len() / 12).min(bounds.nodes));
        Ok(Reader { text, bytes, at: 0, nodes, open: Vec::new(), repeats: false, bounds })
    }

    fn document(self) -> Document<'t> {
        Document { text: self.text, nodes: self.nodes, repeats: self.repeats }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn refuse<T>(&self, expected: &'static str) -> Result<T, Unreadable> {
        Err(Unreadable::NotJson { at: self.at, expected })
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// One value with all it holds.
    fn value(&mut self) -> Result<(), Unreadable> {
        let ground = self.open.len();
        loop {
            let entered = match self.peek() {
                Some(b'{') => self.enter(Type::Object, b'}')?,
                Some(b'[') => self.enter(Type::Array, b']')?,
                Some(b'"') => self.string().map(|()| false)?,
                Some(b'-' | b'0'..=b'9') => self.number().map(|()| false)?,
                Some(b't') => self.word("true", Type::True).map(|()| false)?,
                Some(b'f') => self.word("false", Type::False).map(|()| false)?,
                Some(b'n') => self.word("null", Type::Null).map(|()| false)?,
                _ => return self.refuse("a value"),
            };
            if !entered && !self.climb(ground)? {
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
            self.close(id);
            return Ok(false);
        }
        self.open.push(id);
        if kind == Type::Object {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: up through what ends here. Whether another value is due.
    fn climb(&mut self, ground: usize) -> Result<bool, Unreadable> {
        while self.open.len() > ground {
            let Some(id) = self.open.last().copied() else { break };
            let is_object = self.nodes.get(id.index()).is_some_and(|node| node.kind == Type::Object);
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
                Some(b'}') if is_object => {}
                Some(b']') if !is_object => {}
                _ => return self.refuse(if is_object { "`,` or `}`" } else { "`,` or `]`" }),
            }
            self.at += 1;
            self.open.pop();
            self.close(id);
        }
        Ok(false)
    }

    fn key(&mut self) -> Result<(), Unreadable> {
        if self.peek() != Some(b'"') {
            return self.refuse("a key in quotes");
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return self.refuse("`:`");
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at = text::next_special(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return self.refuse("no control character in a string"),
                None => return self.refuse("the end of the string"),
            }
            escaped = true;
        }
        self.at += 1;
        self.push(Type::String, escaped, start).map(drop)
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
        let at = self.nodes.len();
        if at >= self.bounds.nodes {
            return Err(Unreadable::TooLarge);
        }
        let id = Id(at as u32);
        self.nodes.push(Node { kind, flag, start: start as u32, end: self.at as u32, next: id.0 + 1 });
        Ok(id)
    }

    fn close(&mut self, id: Id) {
        let (end, next) = (self.at as u32, self.nodes.len() as u32);
        let Some(node) = self.nodes.get_mut(id.index()) else { return };
        (node.end, node.next) = (end, next);
        if node.kind == Type::Object && self.has_a_repeat(id) {
            self.repeats = true;
            if let Some(node) = self.nodes.get_mut(id.index()) {
                node.flag = true;
            }
        }
    }

    /// Whether a key stands twice in the object that just closed.
    fn has_a_repeat(&self, object: Id) -> bool {
        const FEW: usize = 16;
        let mut spans = [(0u32, 0u32); FEW];
        let (mut count, mut escaped) = (0, false);
        let end = self.nodes.len() as u32;
        let mut at = object.0 + 1;
        while at < end {
            let Some(key) = self.nodes.get(at as usize) else { break };
            if let Some(span) = spans.get_mut(count) {
                *span = (key.start, key.end);
            }
            escaped |= key.flag;
            count += 1;
            at = self.nodes.get(at as usize + 1).map_or(end, |value| value.next);
        }
        if count > FEW || escaped {
            return self.has_a_repeat_among_many(object);
        }
        let spelled = |(start, end): (u32, u32)| self.bytes.get(start as usize..end as usize);
        spans.iter().take(count).enumerate().any(|(n, one)| {
            let length = one.1 - one.0;
            spans.iter().take(n).any(|other| other.1 - other.0 == length && spelled(*one) == spelled(*other))
        })
    }

    fn has_a_repeat_among_many(&self, object: Id) -> bool {
        let end = self.nodes.len() as u32;
        let mut keys = Vec::new();
        let mut at = object.0 + 1;
        while at < end {
            let Some(key) = self.nodes.get(at as usize) else { break };
            let inner = self.bytes.get(key.start as usize + 1..key.end as usize - 1).unwrap_or_default();
            keys.push(if key.flag {
                text::unescaped(inner).into()
            } else {
                std::borrow::Cow::Borrowed(inner)
            });
            at = self.nodes.get(at as usize + 1).map_or(end, |value| value.next);
        }
        keys.sort_unstable();
        keys.array_windows::<2>().any(|[one, other]| one == other)
    }
}
