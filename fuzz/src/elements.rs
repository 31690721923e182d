//! Elements made of choices, each written as XML in any of the ways that mean the same.

use crate::Choices;

#[derive(Clone, Debug)]
pub enum Node {
    Text(String),
    Element { name: Name, attributes: Vec<(Name, String)>, inside: Vec<Node> },
}

/// The number of a namespace, with none for 0, and a name in it.
pub type Name = (usize, &'static str);

const URIS: [&str; 3] = ["", "urn:one", "urn:two"];
const NAMES: &[&str] = &["a", "b", "é", "long-name", "xmlnsx"];
const TEXTS: &[&str] = &["x", "1 2", "<&>", "]]>", "é", " a", "a\n", "&amp;", "x\ty", "\u{1F600}"];
const DEEPEST: usize = 4;

impl Node {
    pub fn of(choices: &mut Choices<'_>, depth: usize) -> Node {
        let name = |choices: &mut Choices<'_>| (choices.below(URIS.len()), choices.of(NAMES));
        let element = name(choices);
        let mut attributes: Vec<(Name, String)> = Vec::new();
        for _ in 0..choices.below(3) {
            let name = name(choices);
            if !attributes.iter().any(|(other, _)| *other == name) {
                attributes.push((name, choices.of(TEXTS).to_owned()));
            }
        }
        let many = if depth < DEEPEST && !choices.is_over() { choices.below(5) } else { choices.below(2) };
        let child = |choices: &mut Choices<'_>| match choices.below(3) {
            0 => Node::Text(choices.of(TEXTS).to_owned()),
            _ if depth >= DEEPEST => Node::Text(choices.of(TEXTS).to_owned()),
            _ => Node::of(choices, depth + 1),
        };
        Node::Element { name: element, attributes, inside: (0..many).map(|_| child(choices)).collect() }
    }

    pub fn mutate(&mut self, at: &mut usize, choices: &mut Choices<'_>) -> bool {
        let Node::Element { name, attributes, inside } = self else {
            if *at == 0 {
                *self = Node::Text(choices.of(TEXTS).to_owned());
                return true;
            }
            *at -= 1;
            return false;
        };
        if *at > 0 {
            *at -= 1;
            return inside.iter_mut().any(|node| node.mutate(at, choices));
        }
        match choices.below(8) {
            0 => name.0 = choices.below(URIS.len()),
            1 => name.1 = choices.of(NAMES),
            2 => drop(attributes.pop()),
            3 if !attributes.is_empty() => attributes[0].1 = choices.of(TEXTS).to_owned(),
            4 if !attributes.is_empty() => attributes[0].0.0 = choices.below(URIS.len()),
            5 => drop(inside.pop()),
            6 => inside.reverse(),
            _ => inside.push(Node::of(choices, DEEPEST)),
        }
        true
    }

    /// One text for all that is equal; `None` where an attribute stands twice.
    pub fn canonical(&self) -> Option<String> {
        let mut out = String::new();
        self.tell(&mut out)?;
        Some(out)
    }

    fn tell(&self, out: &mut String) -> Option<()> {
        let Node::Element { name, attributes, inside } = self else { return Some(()) };
        let mut attributes = attributes.clone();
        attributes.sort();
        if attributes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        out.push_str(&format!("<{name:?} {attributes:?}>"));
        let mut text = String::new();
        for node in inside {
            if let Node::Text(more) = node {
                text.push_str(more);
                continue;
            }
            out.push_str(&format!("{text:?}"));
            text.clear();
            node.tell(out)?;
        }
        out.push_str(&format!("{text:?}</>"));
        Some(())
    }

    pub fn xml(&self, choices: &mut Choices<'_>) -> String {
        let mut out = choices
            .of(&[
                "",
                "<?xml version='1.0'?>",
                "<!-- c -->\n",
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
            ])
            .to_owned();
        self.write(choices, &mut out);
        out.push_str(choices.of(&["", "\n", "<!-- - -->", "<?p i?>"]));
        out
    }

    fn write(&self, choices: &mut Choices<'_>, out: &mut String) {
        let Node::Element { name, attributes, inside } = self else {
            if let Node::Text(text) = self {
                write_text(text, choices, out);
            }
            return;
        };
        // Every element declares what it needs, by prefixes that mean another thing each time.
        let turned = choices.below(2);
        let prefixes = if turned == 0 { ["", "p", "q"] } else { ["", "q", "p"] };
        let by_default = name.0 != 0 && choices.below(2) == 0;
        let tag = match name.0 {
            0 => name.1.to_owned(),
            _ if by_default => name.1.to_owned(),
            n => format!("{}:{}", prefixes[n], name.1),
        };
        let default = if by_default { URIS[name.0] } else { "" };
        out.push_str(&format!("<{tag}"));
        let mut all = vec![
            ("xmlns".to_owned(), default.to_owned()),
            (format!("xmlns:{}", prefixes[1]), URIS[1].to_owned()),
            (format!("xmlns:{}", prefixes[2]), URIS[2].to_owned()),
        ];
        all.extend(attributes.iter().map(|((n, name), value)| {
            let name = if *n == 0 { (*name).to_owned() } else { format!("{}:{name}", prefixes[*n]) };
            (name, value.clone())
        }));
        let turn = choices.below(all.len());
        all.rotate_left(turn);
        for (name, value) in all {
            let quote = choices.of(&['"', '\'']);
            out.push_str(choices.of(&[" ", "\n", "\t "]));
            out.push_str(&format!("{name}{}={quote}", choices.of(&["", " "])));
            for sign in value.chars() {
                write_sign(sign, true, choices, out);
            }
            out.push(quote);
        }
        if inside.is_empty() && choices.below(2) == 0 {
            return out.push_str(choices.of(&["/>", " />"]));
        }
        out.push('>');
        let only_elements =
            !inside.is_empty() && inside.iter().all(|node| matches!(node, Node::Element { .. }));
        for node in inside {
            if only_elements {
                out.push_str(choices.of(&["", "\n  ", "\r\n"]));
            }
            out.push_str(choices.of(&["", "", "<!-- c -->", "<?p i?>", "<![CDATA[]]>"]));
            node.write(choices, out);
        }
        out.push_str(&format!("</{tag}{}>", choices.of(&["", " "])));
    }
}

fn write_text(text: &str, choices: &mut Choices<'_>, out: &mut String) {
    if !text.contains("]]>") && choices.below(4) == 0 {
        return out.push_str(&format!("<![CDATA[{text}]]>"));
    }
    for sign in text.chars() {
        write_sign(sign, false, choices, out);
        if choices.below(8) == 1 {
            out.push_str("<!-- c -->");
        }
    }
}

fn write_sign(sign: char, in_attribute: bool, choices: &mut Choices<'_>, out: &mut String) {
    let plain = match sign {
        '<' => "&lt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '>' => "&gt;".to_owned(),
        '\t' | '\n' if in_attribute => format!("&#{};", u32::from(sign)),
        sign => sign.to_string(),
    };
    out.push_str(&match choices.below(8) {
        1 if !sign.is_whitespace() => format!("&#{};", u32::from(sign)),
        2 if !sign.is_whitespace() => format!("&#x{:X};", u32::from(sign)),
        _ => plain,
    });
}
