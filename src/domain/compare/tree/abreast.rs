//! Two values held against each other node by node, for as long as they say the same in the same order.
//!
//! Most pairs of values do, all the way. What it means where they part is for the walks to decide.

use super::{
    super::{decimal, rules::Numbers},
    Document, Id, Node, Type,
};

/// Containers no longer than this are compared as text first. Each byte is read once for every such
/// container around it, so that the deepest nesting stays cheap.
const SHORT: usize = 1_024;

impl Document<'_> {
    /// The first node from a value on that does not say what the other document says there; the node after
    /// the value where all of it does. A container that ends before that node is the same as a whole.
    pub fn abreast(&self, id: Id, other: &Document<'_>, theirs: Id, numbers: Numbers) -> Id {
        let ours = self.nodes.get(id.index()..self.after(id).index()).unwrap_or_default();
        let others = other.nodes.get(theirs.index()..).unwrap_or_default();
        // Nodes at one distance from each other hold as much where their ends are at that distance too.
        let shift = theirs.0.wrapping_sub(id.0);
        let mut at = 0;
        while let (Some(one), Some(two)) = (ours.get(at), others.get(at)) {
            at += match (one.kind, two.kind) {
                (Type::Object, Type::Object) | (Type::Array, Type::Array) => {
                    if two.next.wrapping_sub(one.next) != shift {
                        break;
                    }
                    let length = one.length();
                    let alike =
                        length <= SHORT && length == two.length() && self.bytes(one) == other.bytes(two);
                    if alike { ((one.next - id.0) as usize).saturating_sub(at) } else { 1 }
                }
                (kind, same) if kind == same && self.same_node(one, other, two, numbers) => 1,
                _ => break,
            };
        }
        Id(id.0 + at as u32)
    }

    /// Whether two plain values are equal, and how many bytes it took to tell. `None` of two containers.
    #[inline]
    pub fn leaves(
        &self,
        id: Id,
        other: &Document<'_>,
        theirs: Id,
        numbers: Numbers,
    ) -> Option<(bool, usize)> {
        let (one, two) = (self.node(id), other.node(theirs));
        if one.kind.nests() && two.kind.nests() {
            return None;
        }
        let alike = one.kind == two.kind && self.same_node(&one, other, &two, numbers);
        Some((alike, one.length().max(two.length())))
    }

    /// Whether this is how a string is spelled.
    pub fn is_spelled(&self, id: Id, spelling: &str) -> bool {
        let node = self.node(id);
        node.length() == spelling.len() && self.bytes(&node) == spelling.as_bytes()
    }

    fn same_node(&self, one: &Node, other: &Document<'_>, two: &Node, numbers: Numbers) -> bool {
        if matches!(one.kind, Type::Null | Type::True | Type::False) {
            return true;
        }
        self.bytes(one) == other.bytes(two)
            || match one.kind {
                Type::Number if numbers == Numbers::Exact => {
                    decimal::same_number(self.spelled(one), other.spelled(two))
                }
                Type::String => (one.flag || two.flag) && self.said(one) == other.said(two),
                _ => false,
            }
    }

    /// How many bytes lie between the beginnings of two nodes.
    pub fn bytes_between(&self, from: Id, to: Id) -> usize {
        let end = self.nodes.get(to.index()).map_or(self.text.len(), |node| node.start as usize);
        end.saturating_sub(self.node(from).start as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::formats::json, Bounds},
        *,
    };

    /// Where the first of two documents parts from the second, as what is spelled there.
    fn parts(old: &str, new: &str) -> String {
        let bounds = Bounds { depth: 100, nodes: 1 << 20, text: 0 };
        let (old, new) =
            (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
        let at = old.abreast(Id::ROOT, &new, Id::ROOT, Numbers::Exact);
        if at == old.after(Id::ROOT) { "nowhere".to_owned() } else { old.raw(at).to_owned() }
    }

    #[test]
    fn they_part_at_the_first_node_that_says_something_else() {
        for (old, new, at) in [
            ("[1,2]", "[ 1.0, 20e-1 ]", "nowhere"),
            (r#"{"a":["x"]}"#, r#"{"\u0061":["\u0078"]}"#, "nowhere"),
            ("[1,2,3]", "[1,2,4]", "3"),
            ("[1,[2,3],4]", "[1,[2],3,4]", "[2,3]"),
            ("[1,[2],3]", "[1,[2,3]]", "[2]"),
            ("[[],1]", "[[1]]", "[]"),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, "\"a\""),
            (r#"["a",1]"#, r#"{"a":1}"#, r#"["a",1]"#),
            ("[1]", "[1,2]", "[1]"),
            ("true", "false", "true"),
            ("\"1\"", "1", "\"1\""),
            (r#""\ud800""#, r#""\ud801""#, r#""\ud800""#),
            ("18446744073709551616", "18446744073709551617", "18446744073709551616"),
        ] {
            assert_eq!(parts(old, new), at, "{old} {new}");
        }
    }

    #[test]
    fn where_the_spelling_of_numbers_counts_they_part_there() {
        let bounds = Bounds { depth: 100, nodes: 100, text: 0 };
        let (old, new) = (json::read(b"[1,1.0]", bounds).unwrap(), json::read(b"[1,1.00]", bounds).unwrap());
        let at = |numbers| old.abreast(Id::ROOT, &new, Id::ROOT, numbers).index();
        assert_eq!((at(Numbers::Exact), at(Numbers::Spelled)), (3, 2));
    }
}
