//! The shape of a mismatch: mismatches with one cause share one.

use std::{collections::BTreeSet, fmt};

use super::difference::{Difference, Place, cut};

/// Parts named; further ones only leave a mark, and not their number, which would tell apart what has
/// one cause.
const MOST_PARTS: usize = 12;
/// Characters of one part.
const LONGEST_PART: usize = 160;

/// The shape of a mismatch within one route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    text: String,
}

impl Signature {
    /// Of the differences of one pair, with array indexes collapsed. Does not depend on their order.
    pub fn of(old_status: u16, new_status: u16, differences: &[Difference]) -> Signature {
        let parts: BTreeSet<String> = differences.iter().filter_map(part).collect();
        let more = parts.len() > MOST_PARTS;
        let mut text = format!("{old_status}/{new_status}");
        for (n, part) in parts.iter().take(MOST_PARTS).enumerate() {
            text.push_str(if n == 0 { " " } else { "; " });
            text.push_str(part);
        }
        if more {
            text.push_str("; …");
        }
        Signature { text }
    }

    /// Of a failure of new.
    pub fn of_failure(old_status: u16, failure: &str) -> Signature {
        Signature { text: format!("{old_status}/{failure}") }
    }

    /// Readable and canonical: `200/200 /items/*/total number`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn part(difference: &Difference) -> Option<String> {
    let place = match &difference.place {
        // Said by the two numbers in front.
        Place::Status => return None,
        Place::Body(pointer) if pointer.is_empty() => "body".to_owned(),
        // Made by hand, with no shape of its own: the pointer is all there is.
        Place::Body(pointer) if difference.shape.is_empty() => pointer.clone(),
        Place::Body(_) => difference.shape.clone(),
        elsewhere => elsewhere.to_string(),
    };
    let kind = difference.kind.name();
    let types = difference.types.map(|(old, new)| format!(" {old}→{new}")).unwrap_or_default();
    Some(format!("{} {kind}{types}", cut(&place, LONGEST_PART)))
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::difference::Kind, *};

    fn at(pointer: &str, shape: &str, kind: Kind) -> Difference {
        Difference {
            place: Place::Body(pointer.to_owned()),
            kind,
            old: None,
            new: None,
            shape: shape.to_owned(),
            types: None,
            causes: Vec::new(),
        }
    }

    #[test]
    fn one_cause_has_one_signature() {
        let header = Difference { place: Place::Header("content-type".into()), ..at("", "", Kind::Changed) };
        let total = |n: usize| at(&format!("/items/{n}/total"), "/items/*/total", Kind::Number);
        let one = Signature::of(200, 200, &[total(0), header.clone(), total(7)]);
        let other = Signature::of(200, 200, &[header, total(3)]);
        assert_eq!(one, other);
        assert_eq!(one.text(), "200/200 /items/*/total number; header content-type changed");
    }

    #[test]
    fn two_types_are_told_from_other_types_at_the_same_place() {
        let turned = |types| Difference { types: Some(types), ..at("/id", "/id", Kind::Type) };
        let one = Signature::of(200, 200, &[turned(("number", "string"))]);
        assert_eq!(one.text(), "200/200 /id type number→string");
        assert_ne!(one, Signature::of(200, 200, &[turned(("number", "null"))]));
    }

    #[test]
    fn what_is_cut_of_a_signature_is_headers_first() {
        let header = |n| Difference { place: Place::Header(format!("a{n:02}")), ..at("", "", Kind::Removed) };
        let mut found: Vec<_> = (0..20).map(header).collect();
        found.push(at("/z", "/z", Kind::Number));
        assert!(Signature::of(200, 200, &found).text().starts_with("200/200 /z number; header a00 removed"));
    }

    #[test]
    fn a_status_says_it_all_in_front() {
        let status = Difference { place: Place::Status, ..at("", "", Kind::Changed) };
        assert_eq!(Signature::of(200, 404, &[status]).text(), "200/404");
        assert_eq!(Signature::of_failure(200, "timeout").text(), "200/timeout");
        assert_eq!(Signature::of(200, 200, &[at("", "", Kind::Bytes)]).text(), "200/200 body bytes");
    }

    #[test]
    fn a_signature_is_bounded_whatever_differs() {
        let many: Vec<_> =
            (0..500).map(|n| at("x", &format!("/k{n:03}{}", "long".repeat(500)), Kind::Added)).collect();
        let text = Signature::of(200, 200, &many).text().to_owned();
        assert!(text.chars().count() < 13 * 180 && text.ends_with("; …"), "{text}");
    }
}
