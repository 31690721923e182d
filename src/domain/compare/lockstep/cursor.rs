//! One JSON text read token by token, as strictly as the reader that builds a tree (`formats::json`).
//!
//! `None` everywhere means: not to the letter of RFC 8259, or past a bound. What that makes of the body is
//! never decided here.

use super::super::tree::text;

/// Where the next token begins.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'t> {
    bytes: &'t [u8],
    pub at: usize,
}

/// A token as it is spelled.
#[derive(Clone, Copy, Debug)]
pub struct Spelled<'t> {
    pub text: &'t [u8],
    /// A string that holds escapes.
    pub escaped: bool,
}

impl<'t> Cursor<'t> {
    /// `bytes` are known to be UTF-8.
    pub const fn new(bytes: &'t [u8]) -> Cursor<'t> {
        Cursor { bytes, at: 0 }
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What is left.
    pub fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub fn since(&self, start: usize) -> &'t [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    pub fn space(&mut self) {
        if self.peek().is_none_or(|byte| byte > b' ') {
            return;
        }
        // An indented text has runs of them.
        while self.rest().first_chunk::<8>() == Some(b"        ") {
            self.at += 8;
        }
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    pub fn take(&mut self, sign: u8) -> bool {
        let there = self.peek() == Some(sign);
        self.at += usize::from(there);
        there
    }

    /// A string, quotes and all.
    pub fn string(&mut self) -> Option<Spelled<'t>> {
        let start = self.at;
        let mut escaped = false;
        if !self.take(b'"') {
            return None;
        }
        loop {
            self.at = text::next_special(self.bytes, self.at);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
            escaped = true;
        }
        self.at += 1;
        Some(Spelled { text: self.since(start), escaped })
    }

    fn escape(&mut self) -> Option<()> {
        self.at += 1;
        let letter = self.peek()?;
        self.at += 1;
        match letter {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// A number, and what follows is the caller's to judge.
    pub fn number(&mut self) -> Option<Spelled<'t>> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Spelled { text: self.since(start), escaped: false })
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// `true`, `false` or `null`.
    pub fn word(&mut self) -> Option<Spelled<'t>> {
        let start = self.at;
        let word =
            [&b"true"[..], b"false", b"null"].into_iter().find(|word| self.rest().starts_with(word))?;
        self.at += word.len();
        Some(Spelled { text: self.since(start), escaped: false })
    }

    /// A whole value, with no more than so many containers inside each other.
    pub fn skip(&mut self, depth: usize) -> Option<&'t [u8]> {
        let start = self.at;
        let mut open: Vec<u8> = Vec::new();
        loop {
            let sign = self.peek()?;
            match sign {
                b'{' | b'[' => {
                    if open.len() >= depth {
                        return None;
                    }
                    self.at += 1;
                    self.space();
                    let end = if sign == b'{' { b'}' } else { b']' };
                    if !self.take(end) {
                        open.push(end);
                        self.key_if(end)?;
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => drop(self.number()?),
                _ => drop(self.word()?),
            }
            // Up through what ends here, to where another value is due.
            loop {
                let Some(end) = open.last().copied() else { return Some(self.since(start)) };
                self.space();
                if self.take(b',') {
                    self.space();
                    self.key_if(end)?;
                    break;
                }
                if !self.take(end) {
                    return None;
                }
                open.pop();
            }
        }
    }

    fn key_if(&mut self, end: u8) -> Option<()> {
        if end == b'}' {
            self.string()?;
            self.colon()?;
        }
        Some(())
    }

    /// The colon after a key, and up to the value.
    pub fn colon(&mut self) -> Option<()> {
        self.space();
        let there = self.take(b':');
        self.space();
        there.then_some(())
    }
}
