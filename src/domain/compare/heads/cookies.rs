//! Cookies that replies set: which, where they go, and how long they last.
//!
//! Read as browsers read them (RFC 6265, 5.2). A value is each system's own and a secret besides: it is
//! compared, and shown, only where a route names the cookie.

use std::collections::BTreeMap;

use super::{
    super::{
        super::fields::Fields,
        Limits,
        difference::{Difference, Kind, Place, cut},
        rules::Rules,
    },
    date,
};

pub const HEADER: &str = "set-cookie";

/// Lives this close to each other are the same: two clocks, two moments of answering. In seconds.
const SLACK: i64 = 60;
/// The same of lives that are long, as a share: one in so many.
const SLACK_SHARE: i64 = 20;
/// Characters kept of a cookie's name.
const LONGEST_NAME: usize = 64;

/// One `Set-Cookie` field.
#[derive(Debug)]
struct Cookie<'a> {
    value: &'a [u8],
    path: Option<&'a [u8]>,
    domain: Option<Vec<u8>>,
    same_site: Option<Vec<u8>>,
    secure: bool,
    http_only: bool,
    partitioned: bool,
    life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Until the browser closes.
    Session,
    /// It is taken away.
    Deleted,
    Seconds(i64),
}

/// Whether two fields set the same cookie in the same words, but for a value that is not compared.
/// Cheap, and says yes only where `compare` finds nothing.
pub fn same_but_for_value(ours: &[u8], theirs: &[u8], rules: &Rules) -> bool {
    let ((ours, our_words), (theirs, their_words)) = (halves(ours), halves(theirs));
    let ((name, our_value), (other, their_value)) = (name_and_value(ours), name_and_value(theirs));
    let are_both_set = our_value.is_empty() == their_value.is_empty();
    our_words == their_words && name == other && are_both_set && !is_value_compared(name, rules)
}

/// What differs between the cookies of two replies. `now`, in seconds since 1970, is what dates are held
/// against.
pub fn compare(old: &Fields, new: &Fields, rules: &Rules, limits: &Limits, now: i64) -> Vec<Difference> {
    let mut named: BTreeMap<&[u8], (Vec<Cookie<'_>>, Vec<Cookie<'_>>)> = BTreeMap::new();
    for field in old.all(HEADER) {
        let (name, cookie) = read(field, now);
        named.entry(name).or_default().0.push(cookie);
    }
    for field in new.all(HEADER) {
        let (name, cookie) = read(field, now);
        named.entry(name).or_default().1.push(cookie);
    }
    let mut found = Vec::new();
    for (name, (mut ours, mut theirs)) in named {
        // Cookies of one name that go to different places are different cookies, in whatever order.
        for cookies in [&mut ours, &mut theirs] {
            cookies.sort_by(|one, other| one.reach().cmp(&other.reach()));
        }
        let place = cut(&String::from_utf8_lossy(name), LONGEST_NAME);
        let mut ours = ours.into_iter();
        let mut theirs = theirs.into_iter();
        loop {
            let (kind, old, new) = match (ours.next(), theirs.next()) {
                (None, None) => break,
                (Some(old), None) => (Kind::Removed, Some(old.told()), None),
                (None, Some(new)) => (Kind::Added, None, Some(new.told())),
                (Some(old), Some(new)) => {
                    let Some((old, new)) = old.differs(&new, is_value_compared(name, rules)) else {
                        continue;
                    };
                    (Kind::Changed, Some(old), Some(new))
                }
            };
            let cut = |text: Option<String>| text.map(|text| cut(&text, limits.excerpt));
            found.push(Difference::at(Place::Cookie(place.clone()), kind, cut(old), cut(new)));
        }
    }
    found
}

fn is_value_compared(name: &[u8], rules: &Rules) -> bool {
    rules.cookies.iter().any(|compared| compared.as_bytes() == name)
}

/// The pair in front, and the attributes.
fn halves(field: &[u8]) -> (&[u8], &[u8]) {
    match field.iter().position(|byte| *byte == b';') {
        Some(at) => field.split_at(at),
        None => (field, &[]),
    }
}

/// A field without `=` sets a cookie without a name, as browsers have it.
fn name_and_value(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => {
            let (name, value) = pair.split_at(at);
            (name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii())
        }
        None => (&[], pair.trim_ascii()),
    }
}

fn read(field: &[u8], now: i64) -> (&[u8], Cookie<'_>) {
    let (pair, attributes) = halves(field);
    let (name, value) = name_and_value(pair);
    let mut cookie = Cookie {
        value,
        path: None,
        domain: None,
        same_site: None,
        secure: false,
        http_only: false,
        partitioned: false,
        life: Life::Session,
    };
    let (mut max_age, mut expires) = (None, None);
    for attribute in attributes.split(|byte| *byte == b';') {
        let (word, value) = match attribute.iter().position(|byte| *byte == b'=') {
            Some(_) => name_and_value(attribute),
            None => (attribute.trim_ascii(), &[][..]),
        };
        // Of repeats the last one holds; what cannot be read does not.
        match word.to_ascii_lowercase().as_slice() {
            b"path" => cookie.path = value.starts_with(b"/").then_some(value),
            b"domain" => {
                let host = value.strip_prefix(b".").unwrap_or(value);
                cookie.domain = (!host.is_empty()).then(|| host.to_ascii_lowercase());
            }
            b"samesite" => cookie.same_site = Some(value.to_ascii_lowercase()),
            b"secure" => cookie.secure = true,
            b"httponly" => cookie.http_only = true,
            b"partitioned" => cookie.partitioned = true,
            b"max-age" => max_age = seconds(value).or(max_age),
            b"expires" => expires = date::read(value).or(expires),
            _ => {}
        }
    }
    cookie.life = match (max_age, expires) {
        (None, None) => Life::Session,
        (Some(seconds), _) => Life::lasting(seconds),
        (None, Some(moment)) => Life::lasting(moment.saturating_sub(now)),
    };
    (name, cookie)
}

/// Digits, or digits after a minus; longer than any life they stand for the longest.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = str::from_utf8(value).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(if digits == text { i64::MAX } else { i64::MIN }))
}

impl Life {
    const fn lasting(seconds: i64) -> Life {
        if seconds > 0 { Life::Seconds(seconds) } else { Life::Deleted }
    }

    fn is_like(self, other: Life) -> bool {
        match (self, other) {
            (Life::Seconds(one), Life::Seconds(other)) => {
                one.abs_diff(other) <= SLACK.max(one.max(other) / SLACK_SHARE).unsigned_abs()
            }
            _ => self == other,
        }
    }

    fn told(self) -> String {
        match self {
            Life::Session => "for the session".to_owned(),
            Life::Deleted => "deleted".to_owned(),
            Life::Seconds(seconds) => format!("for {seconds} s"),
        }
    }
}

impl Cookie<'_> {
    fn reach(&self) -> (Option<&[u8]>, Option<&[u8]>) {
        (self.domain.as_deref(), self.path)
    }

    /// Its attributes in words, each comparable to the one at the same place of another cookie.
    fn words(&self) -> [String; 6] {
        let valued = |name: &str, value: Option<&[u8]>| match value {
            Some(value) => format!("{name}={}", value.escape_ascii()),
            None => format!("no {name}"),
        };
        let flag = |name: &str, set: bool| if set { name.to_owned() } else { format!("no {name}") };
        [
            valued("Domain", self.domain.as_deref()),
            valued("Path", self.path),
            flag("Secure", self.secure),
            flag("HttpOnly", self.http_only),
            valued("SameSite", self.same_site.as_deref()),
            flag("Partitioned", self.partitioned),
        ]
    }

    /// The whole cookie but for its value.
    fn told(&self) -> String {
        let words = self.words().into_iter().filter(|word| !word.starts_with("no "));
        words.chain([self.life.told()]).collect::<Vec<_>>().join("; ")
    }

    /// Both in words, reduced to what differs; `None` where nothing does.
    fn differs(&self, other: &Cookie<'_>, value_too: bool) -> Option<(String, String)> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (one, other) in self.words().into_iter().zip(other.words()).filter(|(one, other)| one != other) {
            ours.push(one);
            theirs.push(other);
        }
        if !self.life.is_like(other.life) {
            ours.push(self.life.told());
            theirs.push(other.life.told());
        }
        let is_taken_away = self.life == Life::Deleted || other.life == Life::Deleted;
        if !value_too && !is_taken_away && self.value.is_empty() != other.value.is_empty() {
            let told = |value: &[u8]| if value.is_empty() { "no value" } else { "a value" }.to_owned();
            ours.push(told(self.value));
            theirs.push(told(other.value));
        }
        if value_too && self.value != other.value {
            ours.push(format!("value {}", self.value.escape_ascii()));
            theirs.push(format!("value {}", other.value.escape_ascii()));
        }
        (!ours.is_empty()).then(|| (ours.join("; "), theirs.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn found(old: &[&str], new: &[&str], compared: &[&str]) -> Vec<String> {
        let fields = |all: &[&str]| Fields::from_pairs(all.iter().map(|value| ("Set-Cookie", *value)));
        let mut rules = Rules::default();
        rules.cookies.extend(compared.iter().map(|name| (*name).to_owned()));
        let differences = compare(&fields(old), &fields(new), &rules, &Limits::default(), NOW);
        let told = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let line =
            |d: Difference| format!("{} {}: {} → {}", d.place, d.kind.name(), told(d.old), told(d.new));
        let cheap = old.len() == new.len()
            && old.iter().zip(new).all(|(a, b)| same_but_for_value(a.as_bytes(), b.as_bytes(), &rules));
        assert!(!cheap || differences.is_empty(), "{old:?} {new:?}");
        differences.into_iter().map(line).collect()
    }

    #[track_caller]
    fn same(old: &str, new: &str) {
        assert_eq!(found(&[old], &[new], &[]), [""; 0]);
    }

    #[track_caller]
    fn differ(old: &str, new: &str, words: &str) {
        assert_eq!(found(&[old], &[new], &[]), [format!("cookie a changed: {words}")]);
    }

    #[test]
    fn a_value_and_a_spelling_are_no_difference() {
        same("a=1", "a=2");
        same("a=1; Path=/; Secure; HttpOnly", " a = 2;httponly;SECURE ;path=/; Priority=High");
        same("a=1; Domain=.Example.com", "a=1; domain=example.com");
        same("a=1; Path=x", "a=1");
        same("a=1; Path=/a; Path=/b", "a=1; Path=/b");
        same("a=1; SameSite=Lax", "a=1; samesite=lax");
        same("a=1; Max-Age=x", "a=1; Expires=soon");
        assert_eq!(found(&["a=1", "b=1"], &["b=2", "a=2"], &[]), [""; 0]);
    }

    #[test]
    fn where_a_cookie_goes_is_compared() {
        differ("a=1; Path=/", "a=1", "Path=/ → no Path");
        differ("a=1; Secure; HttpOnly", "a=1; Secure", "HttpOnly → no HttpOnly");
        differ(
            "a=1; SameSite=Lax",
            "a=1; SameSite=None; Secure",
            "no Secure; SameSite=lax → Secure; SameSite=none",
        );
        differ("a=1; Domain=a.b", "a=1; Domain=b", "Domain=a.b → Domain=b");
        differ("a=1; Path=/A", "a=1; Path=/a", "Path=/A → Path=/a");
        differ("a=1; Partitioned", "a=1", "Partitioned → no Partitioned");
    }

    #[test]
    fn how_long_a_cookie_lasts_is_compared_but_for_moments() {
        let expires = "Wed, 15 Nov 2023 22:13:20 GMT";
        assert_eq!(date::read(expires.as_bytes()), Some(NOW + 86_400));
        same("a=1; Max-Age=86400", &format!("a=1; Expires={expires}"));
        same("a=1; Max-Age=100", "a=1; Max-Age=130");
        same("a=1; Max-Age=0", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        same("a=1; Max-Age=-1; Expires=Fri, 01-Jan-2100 00:00:00 GMT", "a=1; Max-Age=0");
        same("a=1; Max-Age=99999999999999999999", "a=1; Max-Age=9223372036854775807");
        differ("a=1; Max-Age=3600", "a=1", "for 3600 s → for the session");
        differ("a=1; Max-Age=3600", "a=1; Max-Age=86400", "for 3600 s → for 86400 s");
        differ("a=1", "a=; Max-Age=0", "for the session → deleted");
    }

    #[test]
    fn each_cookie_is_compared_with_the_one_of_its_name() {
        assert_eq!(
            found(&["a=1; Path=/", "b=1"], &["c=1", "b=1; Secure"], &[]),
            [
                "cookie a removed: Path=/; for the session → -",
                "cookie b changed: no Secure → Secure",
                "cookie c added: - → for the session",
            ]
        );
        assert_eq!(
            found(&["a=1", "a=2; Path=/x"], &["a=1", "a=2; Path=/y"], &[]),
            ["cookie a changed: Path=/x → Path=/y"]
        );
        assert_eq!(found(&["a"], &["a="], &[]).len(), 2);
    }

    #[test]
    fn cookies_of_one_name_are_told_apart_by_where_they_go() {
        assert_eq!(found(&["a=1; Path=/x", "a=1; Path=/y"], &["a=1; Path=/y", "a=1; Path=/x"], &[]), [""; 0]);
        assert_eq!(
            found(&["a=1; Path=/x", "a=1; Path=/y; Secure"], &["a=1; Path=/y", "a=1; Path=/x"], &[]),
            ["cookie a changed: Secure → no Secure"]
        );
    }

    #[test]
    fn a_cookie_that_is_set_to_nothing_is_another_and_its_value_is_no_secret_then() {
        differ("a=1; Path=/", "a=; Path=/", "a value → no value");
        same("a=; Path=/", "a=; Path=/");
        same("a=x; Max-Age=0", "a=; Max-Age=0");
    }

    #[test]
    fn a_value_is_compared_and_shown_only_where_its_cookie_is_named() {
        assert_eq!(found(&["a=1", "b=1"], &["a=2", "b=2"], &["a"]), ["cookie a changed: value 1 → value 2"]);
        assert_eq!(found(&["A=1"], &["A=2"], &["a"]), [""; 0]);
        assert!(found(&["a=secret"], &[], &["a"]).iter().all(|line| !line.contains("secret")));
    }
}
