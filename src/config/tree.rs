//! The text of the file as a tree that knows where each of its parts stands. The only place that
//! knows the YAML library; what a value means is not known here.
//!
//! A part that this program does not read (an alias, a tag) stays in the tree as refused, so that
//! whoever meets it can say so together with everything else.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::problem::Origin;

/// Mappings and lists inside each other; the deepest setting needs eight.
const DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub origin: Origin,
    /// The last line the node takes up; zero outside of a file.
    pub last_line: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Scalar {
        text: String,
        /// Written without quotes.
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// What stands here cannot be read, and why.
    Refused(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub origin: Origin,
    pub value: Node,
}

impl Node {
    /// A mapping without entries, as if it stood at `origin`.
    pub const fn empty(origin: Origin) -> Node {
        Node { origin, last_line: 0, kind: Kind::Map(Vec::new()) }
    }

    /// A value that was given outside of the file.
    pub fn plain(origin: Origin, text: &str) -> Node {
        Node { origin, last_line: 0, kind: Kind::Scalar { text: text.to_owned(), plain: true } }
    }

    /// What holds where the file says nothing, as the file would say it.
    pub fn built_in(text: &str) -> Node {
        let mut node = parse(text).unwrap_or(Node::empty(Origin::Default));
        node.forget_place();
        node
    }

    fn forget_place(&mut self) {
        (self.origin, self.last_line) = (Origin::Default, 0);
        match &mut self.kind {
            Kind::List(items) => items.iter_mut().for_each(Node::forget_place),
            Kind::Map(entries) => entries.iter_mut().for_each(|entry| {
                entry.origin = Origin::Default;
                entry.value.forget_place();
            }),
            Kind::Scalar { .. } | Kind::Refused(_) => {}
        }
    }

    /// Whether nothing stands here: a key without a value.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// The value of a key, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// Puts a value at a path of keys, in place of whatever stands there. Where a parent is no
    /// mapping nothing happens: reading it tells so.
    pub fn put(&mut self, path: &[&str], value: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if self.is_nothing() {
            self.kind = Kind::Map(Vec::new());
        }
        let Kind::Map(entries) = &mut self.kind else { return };
        match entries.iter_mut().find(|entry| entry.key == *first) {
            Some(entry) => entry.value.put(rest, value),
            None => {
                let mut node = Node::empty(value.origin);
                let origin = value.origin;
                node.put(rest, value);
                entries.push(Entry { key: (*first).to_owned(), origin, value: node });
            }
        }
    }
}

/// The tree of a text, or the first place at which it is no YAML.
pub fn parse(text: &str) -> Result<Node, (Origin, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder { parser: Parser::new_from_str(text) };
    let mut root = None;
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamEnd => return Ok(root.unwrap_or(Node::empty(Origin::Default))),
            Event::DocumentStart(..) if root.is_some() => {
                return Err((
                    origin(&span),
                    "a second document begins here; the settings are one".to_owned(),
                ));
            }
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            event => root = Some(builder.node(event, span, 0)?),
        }
    }
}

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
}

type Stop = (Origin, String);

impl<'t> Builder<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..) | Event::Anchor(..), _))) => {}
                Some(Ok(found)) => return Ok(found),
                Some(Err(error)) => {
                    let mark = error.marker();
                    let origin = Origin::File { line: mark.line().max(1), column: mark.col() + 1 };
                    return Err((origin, format!("this is not YAML: {}", error.info())));
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Stop> {
        let start = origin(&span);
        if depth > DEPTH {
            return Err((start, format!("nested more than {DEPTH} deep")));
        }
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor != 0, tag.is_some()),
            _ => (false, false),
        };
        let mut last_line = span.end.line();
        let mut kind = match event {
            Event::Scalar(text, style, ..) => {
                Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => self.list(depth, &mut last_line)?,
            Event::MappingStart(..) => self.map(depth, &mut last_line)?,
            _ => Kind::Refused("an alias; anchors and aliases are not read here, write the value out"),
        };
        if anchor {
            kind = Kind::Refused("an anchor; anchors and aliases are not read here, write the value out");
        }
        if tag {
            kind = Kind::Refused("a tag; tags are not read here, leave it out");
        }
        Ok(Node { origin: start, last_line, kind })
    }

    fn list(&mut self, depth: usize, last_line: &mut usize) -> Result<Kind, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::SequenceEnd => {
                    *last_line = span.end.line();
                    return Ok(Kind::List(items));
                }
                Event::StreamEnd => return Err((origin(&span), "the file ends within a list".to_owned())),
                event => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize, last_line: &mut usize) -> Result<Kind, Stop> {
        let mut entries = Vec::new();
        let mut odd_key = false;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::MappingEnd => {
                    *last_line = span.end.line();
                    break;
                }
                Event::StreamEnd => return Err((origin(&span), "the file ends within a mapping".to_owned())),
                event => {
                    let key = self.node(event, span, depth + 1)?;
                    let (event, span) = self.next()?;
                    let mut value = self.node(event, span, depth + 1)?;
                    // An empty value stands nowhere; the parser says "before the next token".
                    if value.is_nothing() {
                        value.origin = key.origin;
                    }
                    match key.kind {
                        Kind::Scalar { text, .. } => {
                            entries.push(Entry { key: text, origin: key.origin, value });
                        }
                        _ => odd_key = true,
                    }
                }
            }
        }
        Ok(if odd_key {
            Kind::Refused("a mapping with a key that is no plain word")
        } else {
            Kind::Map(entries)
        })
    }
}

fn origin(span: &Span) -> Origin {
    Origin::File { line: span.start.line().max(1), column: span.start.col() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(node: &Node) -> &[Entry] {
        match &node.kind {
            Kind::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_part_knows_its_line_and_column() {
        let root = parse("a: 1\nb:\n  - { c: x }\nd:\n").unwrap();
        let found = entries(&root);
        assert_eq!(found[0].value.origin, Origin::File { line: 1, column: 4 });
        assert_eq!(found[1].origin, Origin::File { line: 2, column: 1 });
        let Kind::List(items) = &found[1].value.kind else { panic!() };
        assert_eq!(entries(&items[0])[0].value.origin, Origin::File { line: 3, column: 10 });
        assert_eq!(found[2].value.origin, Origin::File { line: 4, column: 1 });
    }

    #[test]
    fn what_is_no_yaml_stops_at_its_place() {
        for (text, line, part) in [
            ("a: [1, 2\nb: 3\n", 2, "not YAML"),
            ("a:\n\tb: 1\n", 2, "tab"),
            ("a: 'x\n", 1, "not YAML"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("a: *x\n", 1, "not YAML"),
        ] {
            let (origin, message) = parse(text).unwrap_err();
            assert!(message.contains(part), "{text:?}: {message}");
            assert!(origin.line().unwrap() >= line, "{text:?}: {origin:?}");
        }
    }

    #[test]
    fn aliases_tags_and_deep_nests_are_refused_where_they_stand() {
        let root = parse("a: &x 1\nb: *x\nc: !!str 1\nd: { [1]: 2 }\n").unwrap();
        for entry in entries(&root) {
            assert!(matches!(entry.value.kind, Kind::Refused(_)), "{entry:?}");
        }
        let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        assert!(format!("{:?}", parse(&deep)).contains("32 deep"));
        let _ = parse(&"[".repeat(100_000));
        let _ = parse(&"- ".repeat(100_000));
    }

    #[test]
    fn a_value_put_from_outside_takes_the_place_of_the_files() {
        let mut root = parse("old: { url: a, timeout: 2s }\nshadow:\n").unwrap();
        let flag = Origin::Flag("--old");
        root.put(&["old", "url"], Node::plain(flag, "b"));
        root.put(&["shadow", "sample"], Node::plain(flag, "5%"));
        root.put(&["new", "url"], Node::plain(flag, "c"));
        let old = entries(&entries(&root)[0].value);
        assert_eq!((old.len(), old[0].value.origin), (2, flag));
        assert_eq!(entries(&entries(&root)[1].value)[0].key, "sample");
        assert_eq!(entries(&entries(&root)[2].value)[0].value, Node::plain(flag, "c"));
    }
}
