//! Which white space of HTML shows on a page, as the style sheet of every browser has it.
//!
//! A run of it is one blank. At an edge of a block it is none: there a line begins or ends anyway. So
//! between `<b>a</b> <b>b</b>` the blank counts, and between two paragraphs or rows it does not.

/// What stands beside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A line begins or ends here.
    Block,
    /// The line goes on.
    Inline,
}

/// Elements that are lines, or sets of lines, of their own; or that are no part of the page.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "base",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "param",
    "pre",
    "search",
    "section",
    "source",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "track",
    "ul",
];
/// Elements that stand in a line and hold lines.
const BOXES: &[&str] = &["audio", "button", "canvas", "datalist", "picture", "select", "video"];
/// Elements that show nothing where they stand, and hold no elements.
const INVISIBLE: &[&str] = &["link", "meta", "script", "style"];
/// The elements of other languages in which white space is text.
const FOREIGN_TEXT: &[&str] = &["a", "text", "textpath", "tspan"];

impl Edge {
    /// Of an element, as its neighbours meet it.
    pub fn around(name: &str, in_foreign: bool) -> Edge {
        let is_block = if in_foreign { !FOREIGN_TEXT.contains(&name) } else { BLOCKS.contains(&name) };
        if is_block { Edge::Block } else { Edge::Inline }
    }

    /// Of an element, as what it holds meets it.
    pub fn inside(name: &str, is_foreign: bool) -> Edge {
        if !is_foreign && BOXES.contains(&name) { Edge::Block } else { Edge::around(name, is_foreign) }
    }
}

pub fn is_invisible(name: &str) -> bool {
    INVISIBLE.contains(&name)
}

/// White space as HTML has it: a no-break space is a letter.
const fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{C}')
}

pub fn trimmed_end(text: &str) -> &str {
    text.trim_end_matches(is_blank)
}

/// A run of text as it shows between what stands before it and next.
pub fn collapsed(text: &str, before: Edge, next: Edge) -> String {
    let text = if before == Edge::Block { text.trim_start_matches(is_blank) } else { text };
    let text = if next == Edge::Block { trimmed_end(text) } else { text };
    let mut out = String::with_capacity(text.len());
    let mut follows = false;
    for letter in text.chars() {
        if !is_blank(letter) {
            out.push(letter);
        } else if !follows {
            out.push(' ');
        }
        follows = is_blank(letter);
    }
    out
}
