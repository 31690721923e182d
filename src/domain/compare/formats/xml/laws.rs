//! What holds for any XML: nothing that says something else is missed, nothing that says the same found.

use proptest::prelude::*;

use super::{tests::differences, *};

const BOUNDS: Bounds = Bounds { depth: 60, nodes: 2000, text: 20_000 };

/// A document before it is spelled.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Element { name: &'static str, attributes: Vec<(&'static str, String)>, inside: Vec<Node> },
}

/// Names in one of two namespaces or in none.
const NAMES: &[&str] = &["a", "b", "p:a", "q:a", "long-name"];

fn elements() -> impl Strategy<Value = Node> {
    let value = || prop::sample::select(vec!["", "x", "1", "a<b>&\"'", " ", "é\n"]).prop_map(str::to_owned);
    let name = || prop::sample::select(NAMES.to_vec());
    let attributes = move || {
        prop::collection::btree_map(name(), value(), 0..3).prop_map(|all| all.into_iter().collect::<Vec<_>>())
    };
    let element = |name, attributes, inside| Node::Element { name, attributes, inside };
    let leaf = (name(), attributes(), prop::option::of(prop::sample::select(vec!["x", "1 2", "<&>"])));
    let leaf = leaf.prop_map(move |(name, attributes, text)| {
        element(name, attributes, text.into_iter().map(|text| Node::Text(text.to_owned())).collect())
    });
    leaf.prop_recursive(4, 20, 4, move |inner| {
        let child = prop_oneof![4 => inner, 1 => Just(Node::Text("t".to_owned()))];
        (name(), attributes(), prop::collection::vec(child, 0..4)).prop_map(
            move |(name, attributes, inside)| {
                let mut joined: Vec<Node> = Vec::new();
                for node in inside {
                    // Two texts side by side are one.
                    if !matches!((joined.last(), &node), (Some(Node::Text(_)), Node::Text(_))) {
                        joined.push(node);
                    }
                }
                element(name, attributes, joined)
            },
        )
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
}

/// How a document is spelled where nothing is said by it.
#[derive(Clone, Copy, Default)]
struct Style {
    backwards: bool,
    blanks: bool,
    comments: bool,
    renamed: bool,
}

fn spelled(root: &Node, style: Style) -> String {
    let mut out = String::new();
    spell(root, style, true, &mut out);
    out
}

fn spell(node: &Node, style: Style, is_root: bool, out: &mut String) {
    let Node::Element { name, attributes, inside } = node else {
        let Node::Text(text) = node else { return };
        let (first, rest) = text.split_at(1);
        out.push_str(&escaped(first));
        if style.comments {
            out.push_str("<!-- c --><!--d--><![CDATA[]]>");
        }
        return out.push_str(&escaped(rest));
    };
    let prefixed = |name: &str| match style.renamed {
        true => name.replace("p:", "other:").replace("q:", "p:"),
        false => name.to_owned(),
    };
    out.push_str(&format!("<{}", prefixed(name)));
    if is_root {
        out.push_str(if style.renamed { " xmlns:other='u' xmlns:p='v'" } else { " xmlns:p='u' xmlns:q='v'" });
    }
    let mut all: Vec<_> = attributes.iter().collect();
    if style.backwards {
        all.reverse();
    }
    for (name, value) in all {
        out.push_str(&format!(" {}=\"{}\"", prefixed(name), escaped(value)));
    }
    out.push('>');
    let only_elements = inside.iter().all(|node| matches!(node, Node::Element { .. })) && !inside.is_empty();
    for node in inside {
        if style.blanks && only_elements {
            out.push_str("\n  ");
        }
        if style.comments {
            out.push_str("<!-- c -->");
        }
        spell(node, style, false, out);
    }
    out.push_str(&format!("</{}>", prefixed(name)));
}

/// Changes the `at`th element in one way; whether there was one.
fn mutate(node: &mut Node, at: &mut usize, how: u8) -> bool {
    let Node::Element { name, attributes, inside } = node else { return false };
    if *at > 0 {
        *at -= 1;
        return inside.iter_mut().any(|inner| mutate(inner, at, how));
    }
    match how {
        0 => *name = if *name == "a" { "b" } else { "a" },
        1 if !attributes.is_empty() => attributes[0].1.push('!'),
        2 if !attributes.is_empty() => drop(attributes.remove(0)),
        3 => attributes.push(("new", String::new())),
        4 => inside.push(Node::Element { name: "a", attributes: Vec::new(), inside: Vec::new() }),
        5 if !inside.is_empty() => drop(inside.remove(0)),
        6 if inside.len() > 1 => inside.reverse(),
        7 => match inside.first_mut() {
            Some(Node::Text(text)) => text.insert(0, ' '),
            _ => inside.insert(0, Node::Text("!".to_owned())),
        },
        8 => match inside.last_mut() {
            Some(Node::Text(text)) => text.push('!'),
            _ => inside.push(Node::Text("!".to_owned())),
        },
        _ => return false,
    }
    true
}

/// The document with texts side by side as one, which they are once they are spelled.
fn joined(node: &Node) -> Node {
    let Node::Element { name, attributes, inside } = node else { return node.clone() };
    let mut all: Vec<Node> = Vec::new();
    for node in inside {
        match (all.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(text),
            _ => all.push(joined(node)),
        }
    }
    let mut attributes = attributes.clone();
    attributes.sort();
    Node::Element { name, attributes, inside: all }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_one_change_is_found(document in elements(), at in 0..12usize, how in 0..9u8) {
        let mut changed = document.clone();
        mutate(&mut changed, &mut { at }, how);
        let (old, new) = (spelled(&document, Style::default()), spelled(&changed, Style::default()));
        let same = joined(&document) == joined(&changed);
        prop_assert_eq!(differences(&old, &new).is_empty(), same, "{} {}", old, new);
    }

    #[test]
    fn how_it_is_spelled_is_never_found(
        document in elements(),
        (backwards, blanks, comments, renamed) in any::<(bool, bool, bool, bool)>(),
    ) {
        let plain = spelled(&document, Style::default());
        let other = spelled(&document, Style { backwards, blanks, comments, renamed });
        prop_assert_eq!(differences(&plain, &other), [""; 0], "{} {}", plain, other);
    }

    #[test]
    fn any_text_is_read_within_bounds_or_refused_within_itself(text in "[<>/a:='\"& ;#x!?\\-\\[\\]]{0,40}") {
        bounded(&text)?;
    }

    #[test]
    fn any_edit_of_a_document_is_read_within_bounds_or_refused_within_itself(
        document in elements(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<prop::sample::Index>()), 1..5),
    ) {
        let mut letters: Vec<char> = spelled(&document, Style { comments: true, ..Style::default() }).chars().collect();
        for (place, what, letter) in edits {
            let at = place.index(letters.len().max(1));
            let letter = *letter.get(&['<', '>', '/', '&', ';', '"', '=', ' ', 'a', '!', '[', ']', '-', '?', ':']);
            match what {
                0 => letters.insert(at.min(letters.len()), letter),
                1 if at < letters.len() => letters[at] = letter,
                2 if at < letters.len() => drop(letters.remove(at)),
                _ => {}
            }
        }
        bounded(&letters.into_iter().collect::<String>())?;
    }
}

fn bounded(text: &str) -> Result<(), TestCaseError> {
    match read(text, BOUNDS) {
        Ok(document) => prop_assert!(document.size() <= BOUNDS.nodes),
        Err(Unreadable::Malformed { at, .. }) => prop_assert!(at <= text.len(), "{} {}", at, text),
        Err(_) => {}
    }
    Ok(())
}
