//! The kind of a request: what coverage is counted by (statistics 3.1).
//!
//! Of a query the names count and the type of each value, so that a cell is a way of asking and not what was asked
//! for. Made for every read on the thread that serves it: without a query it is a few hashes of a few bytes.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::domain::fields::Fields;

/// Parameters of a query that are looked at. Whatever has more is one kind with all that have more.
const MOST_PARAMETERS: usize = 32;
/// Characters shown of a name, and of a value that is shown.
const SHOWN: usize = 32;
/// Parameters whose values are few, so that each is a kind of its own.
const CHOICES: [&str; 14] = [
    "dir",
    "direction",
    "expand",
    "format",
    "include",
    "lang",
    "locale",
    "mode",
    "order",
    "sort",
    "state",
    "status",
    "type",
    "view",
];
/// Parameters that say how much is asked for: told apart by their order of magnitude.
const SIZES: [&str; 12] = [
    "count",
    "first",
    "last",
    "limit",
    "max",
    "page_size",
    "pagesize",
    "per_page",
    "perpage",
    "rows",
    "size",
    "take",
];
/// Values that are choices whatever the parameter.
const WORDS: [&str; 8] = ["true", "false", "asc", "desc", "yes", "no", "all", "none"];

/// The half of a cell that is known before the reply.
#[derive(Clone, Debug)]
pub struct Kind {
    hash: u64,
    /// Where it is an odd one, as it came but for its length.
    accept: Option<Box<[u8]>>,
    is_json: bool,
    caller: Caller,
}

/// By what a caller says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    Cookie,
    Bearer,
    Basic,
    Other,
}

impl Caller {
    fn of(fields: &Fields) -> Caller {
        let Some(value) = fields.get("authorization") else {
            return if fields.has("cookie") { Caller::Cookie } else { Caller::Nobody };
        };
        let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            Caller::Bearer
        } else if scheme.eq_ignore_ascii_case(b"basic") {
            Caller::Basic
        } else {
            Caller::Other
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Caller::Nobody => "anonymous",
            Caller::Cookie => "cookie",
            Caller::Bearer => "bearer",
            Caller::Basic => "basic",
            Caller::Other => "other credentials",
        }
    }
}

impl Kind {
    pub fn of(method: &[u8], target: &[u8], fields: &Fields) -> Kind {
        let caller = Caller::of(fields);
        let accept = fields.get("accept").unwrap_or(b"*/*");
        let is_json = accept == b"application/json";
        let is_odd = !is_json && accept != b"*/*";
        let mut hash = xxh3_64_with_seed(method, caller as u64 | u64::from(is_json) << 8);
        if is_odd {
            hash = xxh3_64_with_seed(accept, hash);
        }
        // A sum, so that the order of parameters tells nothing apart.
        let parameters =
            parameters(target).map(|(name, value)| xxh3_64_with_seed(name, class_hash(name, value)));
        hash = hash.wrapping_add(parameters.fold(0, u64::wrapping_add));
        let accept = is_odd.then(|| accept.get(..SHOWN).unwrap_or(accept).into());
        Kind { hash, accept, is_json, caller }
    }

    /// The cell of a request that was answered with this status; 0 for none.
    pub const fn cell(&self, status: u16) -> u64 {
        // Multiples of an odd number, so that no two classes are one.
        self.hash ^ 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul((status / 100) as u64)
    }

    /// The cell as a person reads it. `method` and `target`: as it was made of.
    pub fn text(&self, method: &[u8], target: &[u8], status: u16) -> String {
        let mut shown: Vec<_> = parameters(target)
            .map(|(name, value)| format!("{}={}", short(name), Class::of(name, value).text()))
            .collect();
        shown.sort_unstable();
        let mut text = short(method);
        if !shown.is_empty() {
            text.push_str(" ?");
            text.push_str(&shown.join("&"));
        }
        let accept = match &self.accept {
            Some(accept) => short(accept),
            None if self.is_json => "json".to_owned(),
            None => "any".to_owned(),
        };
        text.push_str(&format!(", accepts {accept}, {}, ", self.caller.name()));
        match status / 100 {
            0 => text.push_str("no reply"),
            class => text.push_str(&format!("{class}xx")),
        }
        text
    }
}

/// Name and value of each; of more than are looked at only that there are more.
fn parameters(target: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let query = memchr::memchr(b'?', target).and_then(|at| target.get(at + 1..)).unwrap_or_default();
    let pairs = query.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs.enumerate().take(MOST_PARAMETERS + 1).map(|(place, pair)| {
        if place == MOST_PARAMETERS {
            return (&b"..."[..], &b""[..]);
        }
        let end = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = pair.split_at(end);
        (name, value.get(1..).unwrap_or_default())
    })
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class<'v> {
    Empty,
    Int,
    /// As many binary digits.
    Size(u32),
    Uuid,
    Date,
    Choice(&'v [u8]),
    Other,
}

impl<'v> Class<'v> {
    fn of(name: &[u8], value: &'v [u8]) -> Class<'v> {
        let is =
            |known: &[&str], word: &[u8]| known.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(word));
        if value.is_empty() {
            Class::Empty
        } else if is_int(value) {
            if is(&SIZES, name) { Class::Size(magnitude(value)) } else { Class::Int }
        } else if is_uuid(value) {
            Class::Uuid
        } else if is_date(value) {
            Class::Date
        } else if is(&WORDS, value) || (is(&CHOICES, name) && is_word(value)) {
            Class::Choice(value)
        } else {
            Class::Other
        }
    }

    fn text(self) -> String {
        match self {
            Class::Empty => "empty".to_owned(),
            Class::Int => "int".to_owned(),
            Class::Size(0) => "0".to_owned(),
            Class::Size(digits) => format!("{}..", 1u64 << (digits - 1).min(63)),
            Class::Uuid => "uuid".to_owned(),
            Class::Date => "date".to_owned(),
            Class::Choice(value) => short(value),
            Class::Other => "other".to_owned(),
        }
    }
}

fn class_hash(name: &[u8], value: &[u8]) -> u64 {
    match Class::of(name, value) {
        Class::Empty => 1,
        Class::Int => 2,
        Class::Uuid => 3,
        Class::Date => 4,
        Class::Other => 5,
        Class::Size(digits) => 16 + u64::from(digits),
        Class::Choice(value) => xxh3_64_with_seed(value, 6),
    }
}

fn is_int(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    // Longer ones are no numbers to anybody who reads them.
    !digits.is_empty() && digits.len() <= 20 && digits.iter().all(u8::is_ascii_digit)
}

/// Binary digits of a whole number; 0 of what is not positive.
fn magnitude(value: &[u8]) -> u32 {
    let add =
        |sum: u64, byte: &u8| sum.saturating_mul(10).saturating_add(u64::from(byte.saturating_sub(b'0')));
    let number = if value.first() == Some(&b'-') { 0 } else { value.iter().fold(0, add) };
    u64::BITS - number.leading_zeros()
}

fn is_uuid(value: &[u8]) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(at, byte)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Begins as a day does: `2026-11-21`.
fn is_date(value: &[u8]) -> bool {
    let dash = |at: usize| matches!(at, 4 | 7);
    let day = value.get(..10).unwrap_or_default();
    day.len() == 10
        && day
            .iter()
            .enumerate()
            .all(|(at, byte)| if dash(at) { *byte == b'-' } else { byte.is_ascii_digit() })
}

/// Short, and made of letters: a choice among few, where its parameter is one.
fn is_word(value: &[u8]) -> bool {
    value.len() <= SHOWN && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.,".contains(byte))
}

fn short(text: &[u8]) -> String {
    text.get(..SHOWN).unwrap_or(text).escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(target: &str, fields: &[(&str, &str)]) -> Kind {
        Kind::of(b"GET", target.as_bytes(), &Fields::from_pairs(fields.iter().copied()))
    }

    fn cell(target: &str) -> u64 {
        kind(target, &[]).cell(200)
    }

    fn text(target: &str, fields: &[(&str, &str)], status: u16) -> String {
        kind(target, fields).text(b"GET", target.as_bytes(), status)
    }

    #[test]
    fn what_is_asked_for_makes_no_cell_and_how_it_is_asked_does() {
        let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        for (one, other) in [
            ("/users/1", "/users/2"),
            ("/a?id=1&q=x", "/a?q=yy&id=-22"),
            (&*format!("/a?id={uuid}"), "/a?id=00000000-0000-0000-0000-000000000000"),
            ("/a?from=2026-11-21", "/a?from=1999-01-01T00:00:00Z"),
            ("/a?limit=33", "/a?limit=63"),
        ] {
            assert_eq!(cell(one), cell(other), "{one} {other}");
        }
        for (one, other) in [
            ("/a", "/a?id=1"),
            ("/a?id=1", "/a?id="),
            ("/a?id=1", "/a?id=x"),
            ("/a?id=1", "/a?id=1&id=2"),
            ("/a?limit=31", "/a?limit=32"),
            ("/a?sort=name", "/a?sort=age"),
            ("/a?x=true", "/a?x=false"),
            ("/a?x=1&y=z", "/a?x=z&y=1"),
        ] {
            assert_ne!(cell(one), cell(other), "{one} {other}");
        }
    }

    #[test]
    fn who_asks_and_for_what_and_how_it_ended_tell_cells_apart() {
        let kinds = [
            kind("/", &[]),
            kind("/", &[("Accept", "application/json")]),
            kind("/", &[("Accept", "text/csv")]),
            kind("/", &[("Authorization", "Bearer x")]),
            kind("/", &[("Authorization", "Basic x")]),
            kind("/", &[("Cookie", "a=b")]),
        ];
        let cells = kinds.iter().flat_map(|kind| [0, 200, 304, 404, 500].map(|status| kind.cell(status)));
        let distinct: std::collections::HashSet<_> = cells.collect();
        assert_eq!(distinct.len(), kinds.len() * 5);
        assert_eq!(kinds[0].cell(200), kinds[0].cell(206));
        assert_eq!(kind("/", &[("Accept", "*/*")]).cell(200), kinds[0].cell(200));
        assert_eq!(kind("/", &[("Authorization", "bearer y")]).cell(200), kinds[3].cell(200));
    }

    #[test]
    fn a_cell_reads_as_a_way_of_asking() {
        assert_eq!(text("/users/7", &[], 200), "GET, accepts any, anonymous, 2xx");
        assert_eq!(
            text("/u?sort=name&limit=50&id=7&x", &[("Accept", "text/csv"), ("Cookie", "secret")], 404),
            "GET ?id=int&limit=32..&sort=name&x=empty, accepts text/csv, cookie, 4xx"
        );
        let secret = text("/u?token=hunter2", &[("Authorization", "Bearer hunter2")], 0);
        assert_eq!(secret, "GET ?token=other, accepts any, bearer, no reply");
    }

    #[test]
    fn a_query_of_many_parameters_is_of_one_kind_with_more_of_them() {
        let many = |count: usize| format!("/?{}", "a=1&".repeat(count));
        assert_ne!(cell(&many(31)), cell(&many(32)));
        assert_eq!(cell(&many(33)), cell(&many(5_000)));
        assert!(text(&many(5_000), &[], 200).len() < 1_000);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_cell_and_a_short_text(target in "\\PC{0,200}", accept in "\\PC{0,80}") {
            let text = text(&target, &[("accept", &accept)], 200);
            prop_assert!(text.len() < 40 * 200 && !text.contains('\n'));
        }

        #[test]
        fn the_order_of_parameters_makes_no_cell(mut pairs in proptest::collection::vec("[a-c]=[0-9a-z]{0,3}", 0..8)) {
            let one = cell(&format!("/?{}", pairs.join("&")));
            pairs.reverse();
            prop_assert_eq!(one, cell(&format!("/?{}", pairs.join("&"))));
        }
    }
}
