//! The page that people read: lines of a bounded width, written out as plain text, with colours for a terminal, as
//! Markdown, or as a page of its own for a browser.

use super::words::{fit, plain, wrapped};

/// Whether the text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

const NARROWEST: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Usual,
    Heading,
    Bad,
    Aside,
}

pub struct Sheet {
    lines: Vec<(Tone, String)>,
    width: usize,
}

/// A heading, where there is one, and the lines below it.
type Section<'a> = (Option<&'a str>, Vec<&'a (Tone, String)>);

impl Sheet {
    /// A narrow one is taken for 40.
    pub fn new(width: usize) -> Sheet {
        Sheet { lines: Vec::new(), width: width.max(NARROWEST) }
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    /// Lines so far.
    pub const fn height(&self) -> usize {
        self.lines.len()
    }

    /// One line. Everything foreign is made harmless here, so that nothing can be forgotten.
    pub fn line(&mut self, tone: Tone, text: &str) {
        let text = fit(&plain(text), self.width);
        self.lines.push((tone, text.trim_end().to_owned()));
    }

    /// A sentence over as many lines as it needs.
    pub fn sentence(&mut self, tone: Tone, mark: &str, text: &str) {
        let indent = " ".repeat(mark.chars().count());
        for (place, line) in wrapped(text, self.width.saturating_sub(indent.len())).iter().enumerate() {
            let start = if place == 0 { mark } else { &indent };
            self.line(tone, &format!("{start}{line}"));
        }
    }

    /// The lines of another one, which is no wider.
    pub fn append(&mut self, other: Sheet) {
        self.lines.extend(other.lines);
    }

    /// No more than so many lines; that some are missing is said.
    pub fn cut(&mut self, most: usize) {
        if self.lines.len() > most {
            let missing = self.lines.len().saturating_sub(most).saturating_add(1);
            self.lines.truncate(most.saturating_sub(1));
            self.line(Tone::Aside, &format!("and {missing} more lines, for which there is no room"));
        }
    }

    pub fn gap(&mut self) {
        self.lines.push((Tone::Usual, String::new()));
    }

    pub fn to_text(&self, paint: Paint) -> String {
        let mut text = String::new();
        for (tone, line) in &self.lines {
            let code = match tone {
                Tone::Usual => "",
                Tone::Heading => "\u{1b}[1m",
                Tone::Bad => "\u{1b}[31m",
                Tone::Aside => "\u{1b}[2m",
            };
            if paint == Paint::Plain || code.is_empty() {
                text.push_str(line);
            } else {
                text.extend([code, line, "\u{1b}[0m"]);
            }
            text.push('\n');
        }
        text
    }

    /// Headings as such, everything between them as it stands.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for (heading, lines) in self.sections() {
            if let Some(heading) = heading {
                text.push_str(&format!("## {}\n\n", escaped_for_markdown(heading)));
            }
            let body: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
            let body = body.join("\n");
            let body = body.trim_matches('\n');
            if !body.is_empty() {
                let fence = fence(body);
                text.push_str(&format!("{fence}text\n{body}\n{fence}\n\n"));
            }
        }
        format!("{}\n", text.trim_end())
    }

    /// A whole document that needs nothing from elsewhere.
    pub fn to_html(&self, title: &str) -> String {
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n",
            escaped_for_html(title)
        );
        for (heading, lines) in self.sections() {
            if let Some(heading) = heading {
                text.push_str(&format!("<h2>{}</h2>\n", escaped_for_html(heading)));
            }
            if lines.iter().all(|(_, line)| line.is_empty()) {
                continue;
            }
            text.push_str("<pre>\n");
            for (tone, line) in lines {
                let line = escaped_for_html(line);
                text.push_str(&match tone {
                    Tone::Bad => format!("<span class=\"bad\">{line}</span>\n"),
                    Tone::Aside => format!("<span class=\"aside\">{line}</span>\n"),
                    Tone::Usual | Tone::Heading => format!("{line}\n"),
                });
            }
            text.push_str("</pre>\n");
        }
        text + "</body>\n</html>\n"
    }

    /// Each heading with the lines below it.
    fn sections(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> = vec![(None, Vec::new())];
        let mut previous = Tone::Usual;
        for line in &self.lines {
            if line.0 == Tone::Heading && previous != Tone::Heading {
                sections.push((Some(&line.1), Vec::new()));
            } else if let Some((_, lines)) = sections.last_mut() {
                lines.push(line);
            }
            previous = line.0;
        }
        sections
    }
}

const STYLE: &str = "body{font-family:sans-serif;margin:2em;max-width:110ch}pre{font-size:14px;overflow-x:auto}\
                     .bad{color:#b00020}.aside{color:#666}\
                     @media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.bad{color:#ff8080}}";

/// One backtick more than the text has anywhere, and three at least.
fn fence(text: &str) -> String {
    let (mut longest, mut run) = (0_usize, 0_usize);
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat((longest + 1).max(3))
}

fn escaped_for_markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation()
            && !matches!(letter, '.' | ',' | ':' | '%' | '/' | '-' | ';' | '(' | ')')
        {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

fn escaped_for_html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(60);
        sheet.line(Tone::Heading, "a *bold* <claim>");
        sheet.line(Tone::Usual, "see ```this``` & <script>alert('x')</script>");
        sheet.gap();
        sheet.line(Tone::Heading, "and");
        sheet.line(Tone::Bad, "  \u{1b}[31mred\"");
        sheet
    }

    #[test]
    fn foreign_text_is_no_markup_in_any_form() {
        assert_eq!(
            sheet().to_markdown(),
            "## a \\*bold\\* \\<claim\\>\n\n````text\nsee ```this``` & <script>alert('x')</script>\n````\n\n\
             ## and\n\n```text\n  \\u{1b}[31mred\"\n```\n"
        );
        let html = sheet().to_html("<t>");
        assert!(html.contains("<title>&lt;t&gt;</title>") && !html.contains("<script"), "{html}");
        assert!(html.contains("<h2>a *bold* &lt;claim&gt;</h2>"), "{html}");
        assert!(html.contains("<span class=\"bad\">  \\u{1b}[31mred&quot;</span>"), "{html}");
    }
}
