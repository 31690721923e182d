//! Where the walk stands, and how that place is written: as an RFC 6901 pointer and as a shape.

use super::super::{
    super::side::Side,
    pattern,
    tree::{Document, Id},
};

/// A pointer longer than this is cut: its beginning says where to look, and keys are as long as a
/// hostile document likes.
const LONGEST: usize = 1_024;

/// One step down both documents.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// By a key, which stands in old.
    OldKey(Id),
    /// By a key that is read in new, where old has none.
    NewKey(Id),
    /// By the positions; the same one twice where only one side has an element.
    Element { old: usize, new: usize },
}

/// Both documents.
#[derive(Clone, Copy)]
pub struct Docs<'a> {
    pub old: &'a Document<'a>,
    pub new: &'a Document<'a>,
}

impl<'a> Docs<'a> {
    pub const fn of(self, side: Side) -> &'a Document<'a> {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }

    /// Calls with the step as the patterns of rules see it.
    pub fn with_step<T>(self, step: Step, see: impl FnOnce(pattern::Step<'_>) -> T) -> T {
        match step {
            Step::OldKey(id) => see(pattern::Step::Key(&self.old.string(id))),
            Step::NewKey(id) => see(pattern::Step::Key(&self.new.string(id))),
            Step::Element { old, new } => see(pattern::Step::Index { old, new }),
        }
    }

    fn key(self, step: Step) -> Option<std::borrow::Cow<'a, [u8]>> {
        match step {
            Step::OldKey(id) => Some(self.old.string(id)),
            Step::NewKey(id) => Some(self.new.string(id)),
            Step::Element { .. } => None,
        }
    }

    /// The place as a pointer into old; into new where only new has it.
    pub fn pointer(self, path: &[Step]) -> String {
        self.written(path, |step, key| match (step, key) {
            (_, Some(key)) => escaped(key),
            (Step::Element { old, .. }, None) => old.to_string(),
            (_, None) => String::new(),
        })
    }

    /// The place with what varies from reply to reply taken out.
    pub fn shape(self, path: &[Step]) -> String {
        self.written(path, |_, key| match key {
            None => "*".to_owned(),
            Some(key) if is_minted(key) => "{}".to_owned(),
            Some(key) => escaped(key),
        })
    }

    fn written(self, path: &[Step], segment: impl Fn(Step, Option<&[u8]>) -> String) -> String {
        let mut text = String::new();
        for step in path {
            text.push('/');
            text.push_str(&segment(*step, self.key(*step).as_deref()));
            if text.len() > LONGEST {
                return super::super::difference::cut(&text, LONGEST);
            }
        }
        text
    }
}

fn escaped(key: &[u8]) -> String {
    // Only the beginning of a very long key is ever shown.
    let shown = key.get(..LONGEST * 4).unwrap_or(key);
    String::from_utf8_lossy(shown).replace('~', "~0").replace('/', "~1")
}

/// Whether a key looks like an identifier rather than a name: maps that are keyed by identifiers would
/// give every reply a signature of its own.
fn is_minted(key: &[u8]) -> bool {
    let all = |of: fn(&u8) -> bool| key.iter().all(of);
    let any_digit = key.iter().any(u8::is_ascii_digit);
    key.len() > 64
        || key.len() >= 5 && all(u8::is_ascii_digit)
        || key.len() >= 16 && any_digit && all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        || key.len() >= 20 && any_digit && all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_names() {
        for id in [
            "12345",
            "0f8fad5b-d9cb-469f-a165-70867728950e",
            "507f1f77bcf86cd799439011",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        ] {
            assert!(is_minted(id.as_bytes()), "{id}");
        }
        for name in
            ["", "0", "2024", "name", "address_line_1", "internationalisation", "sha256", "deadbeefdeadbeef"]
        {
            assert!(!is_minted(name.as_bytes()), "{name}");
        }
    }
}
