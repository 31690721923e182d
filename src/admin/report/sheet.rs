//! The page a report is written on: lines of a bounded width, with or without colour.

use crate::admin::words::{fit, plain, wrapped};

/// Whether the text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

const NARROWEST: usize = 40;

#[derive(Clone, Copy)]
pub enum Tone {
    Usual,
    Heading,
    Bad,
    Aside,
}

pub struct Sheet {
    text: String,
    width: usize,
    paint: Paint,
}

impl Sheet {
    /// A narrow one is taken for 40.
    pub fn new(width: usize, paint: Paint) -> Sheet {
        Sheet { text: String::new(), width: width.max(NARROWEST), paint }
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// One line. Everything foreign is made harmless here, so that nothing can be forgotten.
    pub fn line(&mut self, tone: Tone, text: &str) {
        let text = fit(&plain(text), self.width);
        let code = match tone {
            Tone::Usual => "",
            Tone::Heading => "\u{1b}[1m",
            Tone::Bad => "\u{1b}[31m",
            Tone::Aside => "\u{1b}[2m",
        };
        if self.paint == Paint::Plain || code.is_empty() {
            self.text.push_str(text.trim_end());
        } else {
            self.text.extend([code, text.trim_end(), "\u{1b}[0m"]);
        }
        self.text.push('\n');
    }

    /// A sentence over as many lines as it needs.
    pub fn sentence(&mut self, tone: Tone, mark: &str, text: &str) {
        let indent = " ".repeat(mark.chars().count());
        for (place, line) in wrapped(text, self.width.saturating_sub(indent.len())).iter().enumerate() {
            let start = if place == 0 { mark } else { &indent };
            self.line(tone, &format!("{start}{line}"));
        }
    }

    pub fn gap(&mut self) {
        self.text.push('\n');
    }
}
