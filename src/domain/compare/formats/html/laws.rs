//! What holds for any HTML: two that differ in more than what does not show are never laid out alike.

use proptest::prelude::*;

use super::{tests::differences, *};

const BOUNDS: Bounds = Bounds { depth: 60, nodes: 2000, text: 20_000 };

/// A part of a page before it is spelled.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Element { name: &'static str, attributes: Vec<(&'static str, String)>, inside: Vec<Node> },
}

/// Blocks, so that white space between two of them never shows; and what is open in a line.
const BLOCKS: &[&str] = &["div", "section", "table", "h1"];
const NAMES: &[&str] = &["div", "section", "table", "h1", "b", "span", "a", "x-y"];

fn pages() -> impl Strategy<Value = Node> {
    let value = || prop::sample::select(vec!["", "x", "1", "a<b>&\"'", " ", "é\n"]).prop_map(str::to_owned);
    let key = || prop::sample::select(vec!["id", "class", "data-x"]);
    let attributes = move || {
        prop::collection::btree_map(key(), value(), 0..3).prop_map(|all| all.into_iter().collect::<Vec<_>>())
    };
    let text = || prop::sample::select(vec!["x", "1 2", "<&>"]).prop_map(|text| Node::Text(text.to_owned()));
    let name = || prop::sample::select(NAMES.to_vec());
    let leaf = (name(), attributes(), prop::option::of(text()));
    let leaf = leaf.prop_map(|(name, attributes, text)| Node::Element {
        name,
        attributes,
        inside: text.into_iter().collect(),
    });
    leaf.prop_recursive(4, 20, 4, move |inner| {
        let child = prop_oneof![4 => inner, 1 => text()];
        (name(), attributes(), prop::collection::vec(child, 0..4))
            .prop_map(|(name, attributes, inside)| Node::Element { name, attributes, inside })
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// How a page is spelled where nothing is said by it.
#[derive(Clone, Copy, Default)]
struct Style {
    backwards: bool,
    blanks: bool,
    comments: bool,
    upper: bool,
}

fn spelled(node: &Node, style: Style) -> String {
    let mut out = String::new();
    spell(node, style, &mut out);
    out
}

fn spell(node: &Node, style: Style, out: &mut String) {
    let (name, attributes, inside) = match node {
        Node::Text(text) => {
            if style.comments {
                out.push_str("<!-- c -->");
            }
            return out.push_str(&escaped(text));
        }
        Node::Element { name, attributes, inside } => (name, attributes, inside),
    };
    let cased = |name: &str| if style.upper { name.to_uppercase() } else { name.to_owned() };
    let blank = if style.blanks && BLOCKS.contains(name) { "\n \t" } else { "" };
    out.push_str(&format!("{blank}<{}", cased(name)));
    let mut all: Vec<_> = attributes.iter().collect();
    if style.backwards {
        all.reverse();
    }
    for (name, value) in all {
        out.push_str(&format!(" {}=\"{}\"", cased(name), escaped(value)));
    }
    out.push_str(&format!(">{blank}"));
    for node in inside {
        spell(node, style, out);
    }
    out.push_str(&format!("{blank}</{}>{blank}", cased(name)));
}

/// Changes the `at`th element in one way.
fn mutate(node: &mut Node, at: &mut usize, how: u8) -> bool {
    let Node::Element { name, attributes, inside } = node else { return false };
    if *at > 0 {
        *at -= 1;
        return inside.iter_mut().any(|inner| mutate(inner, at, how));
    }
    match how {
        0 => *name = if *name == "div" { "b" } else { "div" },
        1 if !attributes.is_empty() => attributes[0].1.push('!'),
        2 if !attributes.is_empty() => drop(attributes.remove(0)),
        3 => attributes.push(("new", String::new())),
        4 => inside.push(Node::Element { name: "span", attributes: Vec::new(), inside: Vec::new() }),
        5 if !inside.is_empty() => drop(inside.remove(0)),
        6 if inside.len() > 1 => inside.reverse(),
        7 => inside.insert(0, Node::Text("!".to_owned())),
        8 => inside.push(Node::Text("!".to_owned())),
        _ => return false,
    }
    true
}

/// The page with texts side by side as one, which they are once they are spelled.
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

/// The tokens of a document, without what may differ unseen: comments, and how white space runs.
fn tokens(text: &str) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut all, mut run) = (Vec::new(), String::new());
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        let shown = match &token {
            Token::String(text) => {
                run.push_str(&said(text));
                continue;
            }
            Token::Comment(_) | Token::Error(_) => continue,
            // A slash of an empty element says nothing, nor does the way in which one was closed.
            Token::StartTag(tag) => format!("<{} {:?}", said(&tag.name), tag.attributes),
            other => format!("{other:?}"),
        };
        all.push(std::mem::take(&mut run).split_whitespace().collect());
        all.push(shown);
    }
    all.push(run.split_whitespace().collect());
    all.retain(|token| !token.is_empty());
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_one_change_is_found(page in pages(), at in 0..12usize, how in 0..9u8) {
        let mut changed = page.clone();
        mutate(&mut changed, &mut { at }, how);
        let (old, new) = (spelled(&page, Style::default()), spelled(&changed, Style::default()));
        let same = joined(&page) == joined(&changed);
        prop_assert_eq!(differences(&old, &new).is_empty(), same, "{} {}", old, new);
    }

    #[test]
    fn how_it_is_spelled_is_never_found(
        page in pages(),
        (backwards, blanks, comments, upper) in any::<(bool, bool, bool, bool)>(),
    ) {
        let plain = spelled(&page, Style::default());
        let other = spelled(&page, Style { backwards, blanks, comments, upper });
        prop_assert_eq!(differences(&plain, &other), [""; 0], "{} {}", plain, other);
    }

    #[test]
    fn other_tokens_are_never_laid_out_alike(
        one in "(</?(p|b|li|br|svg|td)( a| a=b)?/?>|[a ]|<!--c-->){0,6}",
        other in "(</?(p|b|li|br|svg|td)( a| a=b)?/?>|[a ]|<!--c-->){0,6}",
        at in any::<prop::sample::Index>(),
    ) {
        // Two of any kind, and two that are alike but for a tag.
        let tags: Vec<&str> = one.split_inclusive('>').collect();
        let without = tags.iter().enumerate().filter(|(n, _)| *n != at.index(tags.len().max(1)));
        let near: String = without.map(|(_, tag)| *tag).collect();
        for other in [&other, &near] {
            if tokens(&one) != tokens(other) {
                prop_assert_ne!(differences(&one, other), [""; 0], "{} {}", one, other);
            }
        }
    }

    #[test]
    fn any_text_is_read_within_bounds(text in "[<>/pbr!='\"& ;#x\\-\\[\\]C\0é]{0,60}") {
        bounded(&text)?;
    }

    #[test]
    fn any_edit_of_a_page_is_read_within_bounds(
        page in pages(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<prop::sample::Index>()), 1..5),
    ) {
        let mut letters: Vec<char> = spelled(&page, Style { comments: true, ..Style::default() }).chars().collect();
        for (place, what, letter) in edits {
            let at = place.index(letters.len().max(1));
            let letter = *letter.get(&['<', '>', '/', '&', ';', '"', '=', ' ', 'a', '!', '[', ']', '-', '?', '\0']);
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
        Err(why) => prop_assert!(matches!(why, Unreadable::TooDeep | Unreadable::TooLarge), "{:?}", why),
    }
    Ok(())
}
