//! JSON Pointers with wildcards, and the walk of many of them down one document at once.
//!
//! A pattern is cut into segments once; going down a document only moves places along them, so no
//! pointer is ever built or matched as text.

/// Longer ones are a mistake, and every place costs work at every node.
const MOST_SEGMENTS: usize = 64;

/// A JSON Pointer in which `*` stands for any one member or element and `**` for any number of them.
/// `~0` is `~`, `~1` is `/` and `~2` is a `*` that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerPattern {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// The key, and the position in an array it may also name.
    Exact(String, Option<usize>),
    Any,
    AnyDepth,
}

/// One step down a document.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    Key(&'a [u8]),
    /// The position in both arrays; differs where elements were matched across positions.
    Index {
        old: usize,
        new: usize,
    },
}

/// How far along its segments one pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pattern: u32,
    segment: u32,
}

impl PointerPattern {
    /// Why `text` is no pattern, in words, where it is none.
    pub fn parse(text: &str) -> Result<PointerPattern, String> {
        let mut segments = Vec::new();
        if let Some(rest) = text.strip_prefix('/') {
            for part in rest.split('/') {
                let segment = Segment::parse(part)?;
                if !(segment == Segment::AnyDepth && segments.last() == Some(&Segment::AnyDepth)) {
                    segments.push(segment);
                }
            }
        } else if !text.is_empty() {
            return Err(format!("`{text}` has to begin with `/`"));
        }
        if segments.len() > MOST_SEGMENTS {
            return Err(format!("has {} segments, {MOST_SEGMENTS} at most are allowed", segments.len()));
        }
        Ok(PointerPattern { text: text.to_owned(), segments })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names nothing in particular: the root, or wildcards only.
    pub fn is_anything(&self) -> bool {
        self.segments.iter().all(|segment| !matches!(segment, Segment::Exact(..)))
    }

    fn segment(&self, at: u32) -> Option<&Segment> {
        self.segments.get(at as usize)
    }
}

impl Segment {
    fn parse(part: &str) -> Result<Segment, String> {
        match part {
            "*" => return Ok(Segment::Any),
            "**" => return Ok(Segment::AnyDepth),
            _ if part.contains('*') => {
                return Err(format!(
                    "in `{part}`: `*` stands for a whole segment; write `~2` for the sign itself"
                ));
            }
            _ => {}
        }
        let mut key = String::with_capacity(part.len());
        let mut signs = part.chars();
        while let Some(sign) = signs.next() {
            key.push(match sign {
                '~' => match signs.next() {
                    Some('0') => '~',
                    Some('1') => '/',
                    Some('2') => '*',
                    _ => return Err(format!("in `{part}`: `~` has to be followed by 0, 1 or 2")),
                },
                sign => sign,
            });
        }
        // RFC 6901: no leading zeros, so `01` only ever names a key.
        let canonical = key == "0" || !key.starts_with(['0', '+']);
        let index = if canonical { key.parse().ok() } else { None };
        Ok(Segment::Exact(key, index))
    }

    fn takes(&self, step: Step<'_>) -> bool {
        match (self, step) {
            (Segment::Any | Segment::AnyDepth, _) => true,
            (Segment::Exact(key, _), Step::Key(found)) => key.as_bytes() == found,
            // A rule for a position is about that position on both sides.
            (Segment::Exact(_, index), Step::Index { old, new }) => *index == Some(old) && old == new,
        }
    }
}

/// Where all patterns stand at the root; those that are `None` stand nowhere.
pub fn at_root<'p>(patterns: impl Iterator<Item = Option<&'p PointerPattern>>, places: &mut Vec<Place>) {
    for (number, pattern) in patterns.enumerate() {
        let Some(pattern) = pattern else { continue };
        enter(pattern, Place { pattern: number as u32, segment: 0 }, 0, places);
    }
}

/// Appends where the patterns that stand at `from..to` of `places` are after one more step.
pub fn advance<'p>(
    pattern: impl Fn(usize) -> Option<&'p PointerPattern>,
    step: Step<'_>,
    from: usize,
    to: usize,
    places: &mut Vec<Place>,
) {
    for at in from..to {
        let Some(place) = places.get(at).copied() else { return };
        let Some(pattern) = pattern(place.pattern as usize) else { continue };
        match pattern.segment(place.segment) {
            Some(segment @ Segment::AnyDepth) if segment.takes(step) => enter(pattern, place, to, places),
            Some(segment) if segment.takes(step) => {
                enter(pattern, Place { segment: place.segment + 1, ..place }, to, places);
            }
            _ => {}
        }
    }
}

/// Adds a place, and those after it that `**` standing for nothing leads to.
fn enter(pattern: &PointerPattern, mut place: Place, since: usize, places: &mut Vec<Place>) {
    loop {
        // Patterns are gone through one after the other, so that its own places stand at the end.
        let of_it = places.iter().skip(since).rev().take_while(|added| added.pattern == place.pattern);
        if !of_it.into_iter().any(|added| *added == place) {
            places.push(place);
        }
        if pattern.segment(place.segment) != Some(&Segment::AnyDepth) {
            return;
        }
        place.segment += 1;
    }
}

impl Place {
    pub const fn pattern(self) -> usize {
        self.pattern as usize
    }

    /// Whether the pattern has arrived: what stands here is what it names.
    pub fn is_at_end(self, pattern: &PointerPattern) -> bool {
        self.segment as usize == pattern.segments.len()
    }

    /// Whether a position in an array is still named ahead, so that elements must stay where they are.
    pub fn names_a_position(self, pattern: &PointerPattern) -> bool {
        pattern
            .segments
            .iter()
            .skip(self.segment as usize)
            .any(|segment| matches!(segment, Segment::Exact(_, Some(_))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str, path: &[&str]) -> bool {
        let pattern = PointerPattern::parse(pattern).unwrap();
        let mut places = Vec::new();
        at_root([Some(&pattern)].into_iter(), &mut places);
        let mut from = 0;
        for part in path {
            let to = places.len();
            let step = match part.strip_prefix('#') {
                Some(index) => Step::Index { old: index.parse().unwrap(), new: index.parse().unwrap() },
                None => Step::Key(part.as_bytes()),
            };
            advance(|_| Some(&pattern), step, from, to, &mut places);
            from = to;
        }
        places[from..].iter().any(|place| place.is_at_end(&pattern))
    }

    #[test]
    fn a_pattern_names_what_it_says() {
        for (pattern, path) in [
            ("", &[][..]),
            ("/a", &["a"]),
            ("/a/0", &["a", "#0"]),
            ("/a/0", &["a", "0"]),
            ("/items/*/id", &["items", "#7", "id"]),
            ("/*", &["x"]),
            ("/**", &[]),
            ("/**", &["a", "#1", "b"]),
            ("/**/id", &["id"]),
            ("/**/id", &["a", "id", "#3", "id"]),
            ("/a/**/b/*/c", &["a", "b", "b", "#1", "c"]),
            ("/a/**", &["a"]),
            ("/a~1b/m~0n/~2", &["a/b", "m~n", "*"]),
            ("/", &[""]),
            ("/**/**/x", &["x"]),
        ] {
            assert!(names(pattern, path), "{pattern} {path:?}");
        }
    }

    #[test]
    fn a_pattern_names_nothing_else() {
        for (pattern, path) in [
            ("", &["a"][..]),
            ("/a", &[]),
            ("/a", &["a", "b"]),
            ("/a/0", &["a", "#1"]),
            ("/a/01", &["a", "#1"]),
            ("/a/-", &["a", "#0"]),
            ("/items/*/id", &["items", "id"]),
            ("/items/*/id", &["items", "#1", "x", "id"]),
            ("/**/id", &["id", "x"]),
            ("/~2", &["x"]),
            ("/", &[]),
        ] {
            assert!(!names(pattern, path), "{pattern} {path:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, why) in [
            ("a", "begin with `/`"),
            ("$.a", "begin with `/`"),
            ("/a~", "followed by 0, 1 or 2"),
            ("/a~3", "followed by 0, 1 or 2"),
            ("/a*", "whole segment"),
            ("/***", "whole segment"),
        ] {
            assert!(PointerPattern::parse(text).unwrap_err().contains(why), "{text}");
        }
        assert!(PointerPattern::parse(&"/a".repeat(65)).unwrap_err().contains("65 segments"));
    }

    #[test]
    fn many_wildcards_cost_no_more_than_their_segments() {
        let pattern = PointerPattern::parse(&"/**/a".repeat(32)).unwrap();
        let mut places = Vec::new();
        at_root([Some(&pattern)].into_iter(), &mut places);
        let mut from = 0;
        for _ in 0..500 {
            let to = places.len();
            advance(|_| Some(&pattern), Step::Key(b"a"), from, to, &mut places);
            from = to;
            assert!(places.len() - from <= 65);
        }
    }
}
