//! Documents and rules made up at random, and a plain reference for when two documents are equal.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::super::{
    super::side::Side,
    rules::{
        Expression, Forgive, Format, FullMatch, JsonPath, PointerPattern, Rewrite, Rule, Rules, Selector,
        Tolerance,
    },
};

/// A document whose numbers are spellings and whose keys may stand twice.
#[derive(Clone, Debug, PartialEq)]
pub enum Doc {
    Plain(&'static str),
    Number(&'static str),
    Text(&'static str),
    Array(Vec<Doc>),
    Object(Vec<(&'static str, Doc)>),
}

const PLAIN: &[&str] = &["null", "true", "false"];
const NUMBERS: &[&str] = &[
    "0",
    "-0.0",
    "1",
    "1.0",
    "10e-1",
    "1.25",
    "2",
    "-1",
    "1e400",
    "10e399",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551616",
    "18446744073709551617",
    "0.1",
    "0.1000000000000000055",
    "1704067200",
    "1704067203000",
];
const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    " a",
    "b",
    "é\\n",
    "1",
    "1.0",
    "01",
    "\\u0061",
    "\\ud800",
    "2024-01-01T00:00:00Z",
    "2024-01-01T01:00:03+01:00",
    "http://old/a",
    "http://new/a",
    "ff",
];
const KEYS: &[&str] = &["a", "b", "id", "x/y", "0", "\\u0061b"];

fn leaf() -> impl Strategy<Value = Doc> {
    prop_oneof![
        prop::sample::select(PLAIN).prop_map(Doc::Plain),
        prop::sample::select(NUMBERS).prop_map(Doc::Number),
        prop::sample::select(TEXTS).prop_map(Doc::Text),
    ]
}

pub fn documents() -> impl Strategy<Value = Doc> {
    prop_oneof![trees(), lists()]
}

/// Lists of records, as most replies are.
fn lists() -> impl Strategy<Value = Doc> {
    let id = prop::sample::select(vec![
        Doc::Number("1"),
        Doc::Number("1.0"),
        Doc::Number("1.25"),
        Doc::Number("2"),
        Doc::Text("1"),
        Doc::Text("a"),
        Doc::Text("b"),
    ]);
    let value = prop::sample::select(kin().into_iter().flat_map(|(kin, _)| kin).collect::<Vec<_>>());
    let record = (id, prop::option::of(value.clone()), prop::option::of(value)).prop_map(|(id, a, b)| {
        let others = [("a", a), ("b", b)].into_iter().filter_map(|(key, value)| Some((key, value?)));
        Doc::Object([("id", id)].into_iter().chain(others).collect())
    });
    prop::collection::vec(record, 1..6).prop_map(Doc::Array)
}

fn trees() -> impl Strategy<Value = Doc> {
    leaf().prop_recursive(4, 24, 5, |inner| {
        let key = prop::sample::select(KEYS);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Doc::Array),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| Doc::Object(members.into_iter().collect())),
        ]
    })
}

impl Doc {
    pub fn text(&self) -> String {
        let list = |all: Vec<String>| all.join(", ");
        match self {
            Doc::Plain(word) | Doc::Number(word) => (*word).to_owned(),
            Doc::Text(inner) => format!("\"{inner}\""),
            Doc::Array(all) => format!("[{}]", list(all.iter().map(Doc::text).collect())),
            Doc::Object(all) => {
                let member = |(key, value): &(&str, Doc)| format!("\"{key}\": {}", value.text());
                format!("{{{}}}", list(all.iter().map(member).collect()))
            }
        }
    }

    /// The plain reference: member by member, with repeated values in their order.
    pub fn equals(&self, other: &Doc) -> bool {
        match (self, other) {
            (Doc::Plain(one), Doc::Plain(other)) => one == other,
            (Doc::Number(one), Doc::Number(other)) => decimal(one) == decimal(other),
            (Doc::Text(one), Doc::Text(other)) => plain(one) == plain(other),
            (Doc::Array(one), Doc::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.equals(other))
            }
            (Doc::Object(one), Doc::Object(other)) => {
                let (one, other) = (by_key(one), by_key(other));
                one.len() == other.len()
                    && one.iter().all(|(key, all)| {
                        other.get(key).is_some_and(|others| {
                            all.len() == others.len()
                                && all.iter().zip(others).all(|(one, it)| one.equals(it))
                        })
                    })
            }
            _ => false,
        }
    }

    /// With the members of objects, and where asked the elements, in another order.
    pub fn shuffled(&self, elements: bool, turn: usize) -> Doc {
        match self {
            Doc::Array(all) => {
                let mut all: Vec<_> = all.iter().map(|value| value.shuffled(elements, turn)).collect();
                if elements && !all.is_empty() {
                    let by = turn % all.len();
                    all.rotate_left(by);
                    if turn.is_multiple_of(2) {
                        all.reverse();
                    }
                }
                Doc::Array(all)
            }
            Doc::Object(all) => {
                let mut all: Vec<_> =
                    all.iter().map(|(key, value)| (*key, value.shuffled(elements, turn))).collect();
                if !all.is_empty() {
                    let by = turn % all.len();
                    all.rotate_left(by);
                }
                Doc::Object(all)
            }
            leaf => leaf.clone(),
        }
    }

    /// Another spelling of the same in the same order.
    pub fn respelled(&self) -> Doc {
        match self {
            Doc::Number(word) => {
                let same = |other: &&&str| *other != word && decimal(other) == decimal(word);
                Doc::Number(NUMBERS.iter().find(same).unwrap_or(word))
            }
            Doc::Text("a") => Doc::Text("\\u0061"),
            Doc::Array(all) => Doc::Array(all.iter().map(Doc::respelled).collect()),
            Doc::Object(all) => {
                Doc::Object(all.iter().map(|(key, value)| (*key, value.respelled())).collect())
            }
            leaf => leaf.clone(),
        }
    }

    /// Changes the place that `at` counts to in one of many ways; whether there was such a place.
    pub fn mutate(&mut self, at: &mut usize, how: usize) -> bool {
        if *at == 0 {
            self.change(how);
            return true;
        }
        *at -= 1;
        match self {
            Doc::Array(all) => all.iter_mut().any(|value| value.mutate(at, how)),
            Doc::Object(all) => all.iter_mut().any(|(_, value)| value.mutate(at, how)),
            _ => false,
        }
    }

    /// Puts others of one kin in the place of plain values, here and there.
    fn vary(&mut self, kin: &[Doc], turn: &mut usize) {
        *turn = turn.wrapping_mul(31).wrapping_add(7) % 10_007;
        match self {
            Doc::Array(all) => all.iter_mut().for_each(|value| value.vary(kin, turn)),
            Doc::Object(all) => {
                all.iter_mut().for_each(|(_, value)| value.vary(kin, turn));
                if turn.is_multiple_of(2) && kin.contains(&Doc::Plain("null")) {
                    all.retain(|(_, value)| !kin.contains(value));
                }
            }
            leaf if turn.is_multiple_of(2) && kin.contains(leaf) => {
                kin.get(*turn / 2 % kin.len()).into_iter().for_each(|other| leaf.clone_from(other));
            }
            _ => {}
        }
    }

    fn change(&mut self, how: usize) {
        let pick = |all: &'static [&'static str]| all[how / 8 % all.len()];
        match (how % 8, &mut *self) {
            (0, Doc::Array(all)) => all.push(Doc::Number(pick(NUMBERS))),
            (1, Doc::Array(all)) if !all.is_empty() => drop(all.remove(how / 8 % all.len())),
            (2, Doc::Array(all)) if all.len() > 1 => all.swap(0, 1),
            (3, Doc::Array(all)) if !all.is_empty() => all.push(all[0].clone()),
            (0, Doc::Object(all)) => all.push((pick(KEYS), Doc::Plain("null"))),
            (1, Doc::Object(all)) if !all.is_empty() => drop(all.remove(how / 8 % all.len())),
            (2, Doc::Object(all)) if !all.is_empty() => all[0].0 = pick(KEYS),
            (3, Doc::Object(all)) if !all.is_empty() => all.push(all[0].clone()),
            (4, _) => *self = Doc::Array(vec![self.clone()]),
            (5, _) => *self = Doc::Plain(pick(PLAIN)),
            (6, _) => *self = Doc::Number(pick(NUMBERS)),
            _ => *self = Doc::Text(pick(TEXTS)),
        }
    }
}

/// Values that some rule takes for each other, and such rules.
fn kin() -> Vec<(Vec<Doc>, Vec<Forgive>)> {
    use Doc::{Number, Plain, Text};
    let host = || rewrite("^http://[a-z]+", "", None);
    let near = |most| Forgive::Tolerance(Tolerance::Absolute(most));
    vec![
        (vec![Text("a"), Text("A"), Text(" a")], vec![Forgive::Trim, Forgive::CaseInsensitive]),
        (vec![Text("a"), Text("\\u0061"), Text("b")], vec![rewrite("a", "b", None)]),
        (
            vec![Text("a"), Number("1"), Text("1")],
            vec![Forgive::NumberIsString, rewrite("a", "1", Some(Side::Old))],
        ),
        (vec![Number("1"), Text("1"), Number("1.25")], vec![Forgive::NumberIsString, near(0.25)]),
        (vec![Plain("null"), Text("")], vec![Forgive::NullIsMissing, Forgive::EmptyIsMissing]),
        (
            vec![Number("1704067200"), Number("1704067203000"), Text("2024-01-01T00:00:00Z")],
            vec![Forgive::TimeWithin(Duration::from_secs(3))],
        ),
        (vec![Text("http://old/a"), Text("http://new/a")], vec![host()]),
        (vec![Number("1"), Number("1.25"), Number("1.0"), Number("2")], vec![near(0.25)]),
        (vec![Number("1"), Number("1.25"), Number("2")], vec![Forgive::Tolerance(Tolerance::Relative(0.5))]),
        (vec![Number("0.1"), Number("0.1000000000000000055")], vec![Forgive::Tolerance(Tolerance::Ulp(1))]),
        (vec![Text("ff"), Text("b"), Text("01")], vec![Forgive::Format(Format::Hex)]),
        (vec![Number("1"), Number("2"), Text("1")], vec![Forgive::Bind("one".to_owned())]),
    ]
}

/// A document, one like it with elements in another order, values that rules may forgive and changes they
/// may not, and rules.
pub fn pairs() -> impl Strategy<Value = (Doc, Doc, Vec<Made>)> {
    let changes = prop::collection::vec((0..40usize, 0..400usize), 0..2);
    let at = prop::sample::select(vec!["/**", "/**", "/*", "/*/*"]);
    let turns = (0..12usize, 0..1_000usize, 0..3usize);
    (documents(), turns, prop::sample::select(kin()), changes, any_rules(), at).prop_map(
        |(one, (turn, mut wheel, freed), (kin, forgiving), changes, mut rules, at)| {
            let mut near = one.shuffled(turn > 4, turn);
            near.vary(&kin, &mut wheel);
            for (mut at, how) in changes {
                near.mutate(&mut at, how);
            }
            if turn % 4 > 0 {
                rules.extend(forgiving.into_iter().map(|forgive| (at.to_owned(), forgive)));
            }
            let free =
                [Forgive::Unordered, Forgive::KeyBy("id".to_owned()), Forgive::Sorted(Some("id".to_owned()))];
            if turn > 4 {
                rules.push((String::new(), free[freed].clone()));
            }
            (one, near, rules)
        },
    )
}

fn rewrite(find: &str, replace: &str, side: Option<Side>) -> Forgive {
    let find = Expression::parse(find).unwrap();
    Forgive::Rewrite(Rewrite { find, replace: replace.to_owned(), side })
}

fn by_key(members: &[(&str, Doc)]) -> BTreeMap<String, Vec<Doc>> {
    let mut all: BTreeMap<String, Vec<Doc>> = BTreeMap::new();
    members.iter().for_each(|(key, value)| all.entry(plain(key)).or_default().push(value.clone()));
    all
}

/// What stands between quotes, of the few escapes that are used here.
fn plain(text: &str) -> String {
    text.replace("\\u0061", "a")
}

/// The sign, the digits without zeros at either end, and the power of ten of the last one.
fn decimal(spelled: &str) -> (bool, String, i64) {
    let (mantissa, power) = spelled.split_once('e').unwrap_or((spelled, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = digits.trim_end_matches('0');
    let power = power.parse::<i64>().unwrap() - fraction.len() as i64 + (digits.len() - kept.len()) as i64;
    match kept.trim_start_matches('0') {
        "" => (false, String::new(), 0),
        kept => (spelled.starts_with('-'), kept.to_owned(), power),
    }
}

/// A rule as it is made up: where, and what.
pub type Made = (String, Forgive);

pub fn any_rules() -> impl Strategy<Value = Vec<Made>> {
    let segment = prop::sample::select(vec!["a", "b", "id", "*", "*", "**", "0", "1"]);
    let pointer = prop::collection::vec(segment, 0..4)
        .prop_map(|parts| parts.iter().map(|part| format!("/{part}")).collect::<String>());
    let path =
        prop::sample::select(vec!["$", "$..id", "$.a", "$[0]", "$[*]", "$..[?@.id]", "$[?@.a==1].b", "$..*"]);
    let anywhere = prop::sample::select(vec!["/**", "/**", "/*", "", "", "/*/a", "/*/b", "/*/id"]);
    let anywhere = anywhere.prop_map(str::to_owned);
    let at = prop_oneof![2 => pointer, 4 => anywhere, 1 => path.prop_map(str::to_owned)];
    prop::collection::vec((at, prop::sample::select(forgiving())), 0..4)
}

fn forgiving() -> Vec<Forgive> {
    vec![
        Forgive::Ignore,
        Forgive::Unordered,
        Forgive::KeyBy("id".to_owned()),
        Forgive::Sorted(Some("id".to_owned())),
        Forgive::Sorted(None),
        Forgive::Tolerance(Tolerance::Absolute(0.25)),
        Forgive::Tolerance(Tolerance::Relative(0.5)),
        Forgive::Tolerance(Tolerance::Ulp(1)),
        Forgive::SameType,
        Forgive::Matches(FullMatch::parse("[a-z0-9]+").unwrap()),
        Forgive::Format(Format::Hex),
        Forgive::Format(Format::Integer),
        Forgive::TimeWithin(Duration::from_secs(3)),
        rewrite("^http://[a-z]+", "", None),
        rewrite("a", "b", None),
        rewrite("a", "1", Some(Side::Old)),
        rewrite("^$", "null", Some(Side::New)),
        Forgive::CaseInsensitive,
        Forgive::Trim,
        Forgive::NullIsMissing,
        Forgive::EmptyIsMissing,
        Forgive::NumberIsString,
        Forgive::Bind("one".to_owned()),
        Forgive::Bind("other".to_owned()),
    ]
}

pub fn built(all: &[Made]) -> Rules {
    let rule = |(at, forgive): &Made| {
        let at = if at.starts_with('$') {
            Selector::Path(JsonPath::parse(at).unwrap())
        } else {
            Selector::Pointer(PointerPattern::parse(at).unwrap())
        };
        Rule { at, forgive: forgive.clone(), why: None, owner: None, expires_millis: None }
    };
    Rules::new(all.iter().map(rule).collect(), Vec::new())
}

/// The same rules for the sides exchanged.
pub fn turned(all: &[Made]) -> Vec<Made> {
    let mut all = all.to_vec();
    for (_, forgive) in &mut all {
        if let Forgive::Rewrite(Rewrite { side: Some(side), .. }) = forgive {
            *side = if *side == Side::Old { Side::New } else { Side::Old };
        }
    }
    all
}

pub fn frees_elements(forgive: &Forgive) -> bool {
    matches!(forgive, Forgive::Unordered | Forgive::KeyBy(_) | Forgive::Sorted(_))
}

/// Whether identifiers may be bound within arrays in free order: who is laid beside whom is then found
/// by trying what seems best, and not by trying all.
pub fn guesses(all: &[Made]) -> bool {
    all.iter().any(|(_, forgive)| matches!(forgive, Forgive::Bind(_)))
        && all.iter().any(|(_, forgive)| frees_elements(forgive))
}
