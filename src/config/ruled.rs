//! Rules as the file gives them: a list of places, or places with what goes with each of them.
//!
//! One form for every kind of rule. What a kind is given besides its place, and what it forgives with
//! that, is known to the kind (`kinds.rs`).

use std::{collections::HashMap, marker::PhantomData};

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::domain::compare::rules::{Forgive, JsonPath, PointerPattern, Rule, Selector};

use super::{
    forms::{Date, Words},
    problem::{Origin, brief, quoted},
    reader::{Form, Reader, Step, shortened},
    schema::form,
    shapes::{MOST_ITEMS, Needed, Optional},
    tree::{Kind, Node},
    values::write_text,
};

/// One kind of rule.
pub trait RuleKind {
    /// What is given besides the place.
    const ARGUMENTS: &'static [Argument] = &[];

    /// What is forgiven with these arguments, or each that is wrong and why.
    fn forgive(given: &[Option<&str>]) -> Result<Forgive, Vec<(usize, String)>>;

    /// The arguments again, as the file would say them.
    fn arguments(forgive: &Forgive) -> Vec<Option<String>>;
}

/// What one kind of rule is given besides its place.
pub struct Argument {
    pub key: &'static str,
    pub needed: bool,
    pub what: &'static str,
    pub schema: fn() -> Value,
}

/// A rule, and by which step of its section it is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub rule: Rule,
    pub step: Step,
}

impl Placed {
    /// The path of the rule below the path of its section.
    pub fn path(&self, section: &str) -> String {
        match &self.step {
            Step::Item(place) => format!("{section}[{place}]"),
            Step::Key(key) => format!("{section}.{key}"),
        }
    }
}

/// Some places of a reply: a JSON Pointer with wildcards, or a JSONPath query, which begins with `$`.
pub struct Place;

const PLACE: &str = "a JSON Pointer such as /items/*/id, or a JSONPath such as $.items[?@.draft]";

impl Form for Place {
    type Value = Selector;

    fn read(node: &Node, reader: &mut Reader) -> Option<Selector> {
        let (text, _) = reader.scalar(node, PLACE)?;
        selector(text).map_err(|message| reader.problem(node.origin, message)).ok()
    }

    fn write(value: &Selector) -> Option<String> {
        Some(write_text(value.text()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "string", "pattern": r"^(/|\$|$)" }))
    }
}

fn selector(text: &str) -> Result<Selector, String> {
    if text.starts_with('$') {
        let query = JsonPath::parse(text);
        return query.map(Selector::Path).map_err(|why| format!("is no JSONPath: {}", brief(&why)));
    }
    if !text.is_empty() && !text.starts_with('/') {
        return Err(format!(
            "expected a JSON Pointer, which starts with '/', or a JSONPath, which starts with '$', got {}",
            quoted(text)
        ));
    }
    PointerPattern::parse(text).map(Selector::Pointer)
}

/// The rules of one kind.
pub struct Ruled<K>(PhantomData<K>);

impl<K: RuleKind> Form for Ruled<K> {
    type Value = Vec<Placed>;
    const MAY_BE_NOTHING: bool = true;

    fn read(node: &Node, reader: &mut Reader) -> Option<Vec<Placed>> {
        let most = |reader: &mut Reader, count: usize| {
            if count > MOST_ITEMS {
                reader.problem(node.origin, format!("expected at most {MOST_ITEMS} rules, got {count}"));
            }
        };
        let mut found: Vec<(Placed, Origin)> = Vec::new();
        match (&node.kind, K::ARGUMENTS) {
            (Kind::List(items), _) => {
                most(reader, items.len());
                for (place, item) in items.iter().take(MOST_ITEMS).enumerate() {
                    let rule = reader.item::<Item<K>>(place, item);
                    let placed = |rule| (Placed { rule, step: Step::Item(place) }, item.origin);
                    found.extend(rule.map(placed));
                }
            }
            (Kind::Map(_), [argument]) => {
                let entries = reader.entries(node, "a mapping")?;
                most(reader, entries.len());
                for entry in entries.iter().take(MOST_ITEMS) {
                    let step = Step::Key(shortened(&entry.key));
                    let rule = reader.within(step.clone(), |reader| {
                        reader.met(entry.origin);
                        let at = selector(&entry.key);
                        let at = at.map_err(|message| reader.problem(entry.origin, message)).ok();
                        let given = reader.scalar(&entry.value, argument.what).map(|(text, _)| text)?;
                        let forgive = forgive::<K>(&[Some((given, entry.value.origin))], reader)?;
                        Some(Rule { at: at?, forgive, why: None, owner: None, expires_millis: None })
                    });
                    found.extend(rule.map(|rule| (Placed { rule, step }, entry.origin)));
                }
            }
            _ => {
                reader.unexpected(node, &expected::<K>());
                return None;
            }
        }
        refuse(&found, reader);
        Some(found.into_iter().map(|(placed, _)| placed).collect())
    }

    fn write(value: &Vec<Placed>) -> Option<String> {
        let bare = |rule: &Rule| rule.why.is_none() && rule.owner.is_none() && rule.expires_millis.is_none();
        let pairs = value.iter().map(|Placed { rule, .. }| {
            let argument = K::arguments(&rule.forgive).into_iter().next().flatten();
            argument.filter(|_| K::ARGUMENTS.len() == 1 && bare(rule)).map(|text| (rule, text))
        });
        if let Some(pairs) = pairs.collect::<Option<Vec<_>>>().filter(|_| !value.is_empty()) {
            let pairs = pairs.iter().map(|(rule, text)| format!("{}: {text}", write_text(rule.at.text())));
            return Some(format!("{{{}}}", pairs.collect::<Vec<_>>().join(", ")));
        }
        let items: Option<Vec<String>> = value.iter().map(|placed| Item::<K>::write(&placed.rule)).collect();
        Some(format!("[{}]", items?.join(", ")))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let list = json!({ "type": "array", "items": Item::<K>::schema(generator).to_value() });
        match K::ARGUMENTS {
            [argument] => {
                let mapping = json!({ "type": "object", "additionalProperties": (argument.schema)() });
                form(json!({ "anyOf": [mapping, list] }))
            }
            _ => form(list),
        }
    }
}

/// Tells of rules that leave nothing to compare, and of what is said twice.
fn refuse(found: &[(Placed, Origin)], reader: &mut Reader) {
    let mut first: HashMap<&str, (&Placed, Origin)> = HashMap::new();
    for (placed, origin) in found {
        let mut problem = |message: String| {
            reader.within(placed.step.clone(), |reader| reader.problem(*origin, message));
        };
        if placed.rule.is_blinding() {
            problem(match placed.rule.forgive {
                Forgive::Ignore => "ignores the whole reply, so that nothing is compared".to_owned(),
                _ => "forgives everything, so that nothing is compared".to_owned(),
            });
        }
        let place = placed.rule.at.text();
        let Some((before, at)) = first.insert(place, (placed, *origin)) else { continue };
        // One side may need another rewriting than the other, and a repeated key was told of already.
        let another =
            matches!(placed.rule.forgive, Forgive::Rewrite(_)) && placed.rule.forgive != before.rule.forgive;
        if !another && matches!(placed.step, Step::Item(_)) {
            problem(format!("{} has a rule of this kind already, at {at}", quoted(place)));
        }
    }
}

/// What a kind of rule is written as, in words.
fn expected<K: RuleKind>() -> String {
    match K::ARGUMENTS {
        [] => "a list of places".to_owned(),
        [argument] if argument.needed => format!("a mapping of places to {}, or a list", argument.what),
        [argument] => format!("a list of places, or a mapping of places to {}", argument.what),
        _ => "a list of rules".to_owned(),
    }
}

/// What the arguments come to, each wrong one told of where it stands.
fn forgive<K: RuleKind>(given: &[Option<(&str, Origin)>], reader: &mut Reader) -> Option<Forgive> {
    let texts: Vec<Option<&str>> = given.iter().map(|given| given.map(|(text, _)| text)).collect();
    let wrong = match K::forgive(&texts) {
        Ok(forgive) => return Some(forgive),
        Err(wrong) => wrong,
    };
    for (number, message) in wrong {
        let origin = given.get(number).copied().flatten().map_or(Origin::Default, |(_, origin)| origin);
        match K::ARGUMENTS {
            // A mapping says it behind the place, and there is no key to name.
            [_] => reader.problem(origin, message),
            all => {
                let key = all.get(number).map_or("", |argument| argument.key);
                reader.within(Step::Key(key.to_owned()), |reader| reader.problem(origin, message));
            }
        }
    }
    None
}

/// `/meta/request_id`, or `{ at: /meta/request_id, why: minted per request }`.
struct Item<K>(PhantomData<K>);

impl<K: RuleKind> Item<K> {
    fn needs_more() -> bool {
        K::ARGUMENTS.iter().any(|argument| argument.needed)
    }

    fn rule(node: &Node, reader: &mut Reader) -> Option<Rule> {
        let before = ["at"].into_iter().chain(K::ARGUMENTS.iter().map(|argument| argument.key));
        let keys: Vec<&str> = before.chain(["why", "owner", "expires"]).collect();
        let entries = reader.mapping(node, &keys)?;
        let at = reader.key::<Needed<Place>>(entries, "at", None, node.origin);
        let mut complete = true;
        let mut given = Vec::new();
        for argument in K::ARGUMENTS {
            let entry = entries.iter().find(|entry| entry.key == argument.key);
            given.push(reader.within(Step::Key(argument.key.to_owned()), |reader| match entry {
                Some(entry) => {
                    let text = reader.scalar(&entry.value, argument.what).map(|(text, _)| text);
                    complete &= text.is_some();
                    text.map(|text| (text, entry.value.origin))
                }
                None if argument.needed => {
                    reader.problem(node.origin, format!("missing: {}", argument.what));
                    complete = false;
                    None
                }
                None => None,
            }));
        }
        let forgive = if complete { forgive::<K>(&given, reader) } else { None };
        Some(Rule {
            why: reader.key::<Optional<Words>>(entries, "why", None, node.origin),
            owner: reader.key::<Optional<Words>>(entries, "owner", None, node.origin),
            expires_millis: reader.key::<Optional<Date>>(entries, "expires", None, node.origin),
            at: at?,
            forgive: forgive?,
        })
    }
}

impl<K: RuleKind> Form for Item<K> {
    type Value = Rule;

    fn read(node: &Node, reader: &mut Reader) -> Option<Rule> {
        match node.kind {
            Kind::Map(_) => reader.unlisted(|reader| Item::<K>::rule(node, reader)),
            Kind::Scalar { .. } if !Item::<K>::needs_more() => {
                let at = Place::read(node, reader)?;
                let forgive = forgive::<K>(&vec![None; K::ARGUMENTS.len()], reader)?;
                Some(Rule { at, forgive, why: None, owner: None, expires_millis: None })
            }
            _ => {
                let given: String = K::ARGUMENTS.iter().map(|a| format!(", {}: {}", a.key, a.what)).collect();
                let item = format!("{{ at: place{given}, why: reason }}");
                let alone = if Item::<K>::needs_more() { "" } else { "a place, or " };
                reader.unexpected(node, &format!("{alone}{item}"));
                None
            }
        }
    }

    fn write(rule: &Rule) -> Option<String> {
        let at = write_text(rule.at.text());
        let arguments = K::ARGUMENTS.iter().map(|argument| argument.key);
        let given: Vec<_> = arguments.zip(K::arguments(&rule.forgive)).collect();
        let said = [
            ("why", rule.why.as_deref().map(write_text)),
            ("owner", rule.owner.as_deref().map(write_text)),
            ("expires", rule.expires_millis.and_then(|moment| Date::write(&moment))),
        ];
        let members = given.into_iter().chain(said);
        let members = members.filter_map(|(key, text)| text.map(|text| format!(", {key}: {text}")));
        let members: String = members.collect();
        Some(if members.is_empty() && !Item::<K>::needs_more() {
            at
        } else {
            format!("{{ at: {at}{members} }}")
        })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = Map::new();
        let place = Place::schema(generator).to_value();
        let mut add = |key: &str, mut schema: Value, about: &str| {
            if let Value::Object(members) = &mut schema {
                members.insert("description".to_owned(), about.into());
            }
            properties.insert(key.to_owned(), schema);
        };
        add(
            "at",
            place.clone(),
            "A JSON Pointer, in which * stands for any one member or element and ** for any number of them, \
             or a JSONPath.",
        );
        for argument in K::ARGUMENTS {
            add(argument.key, (argument.schema)(), argument.what);
        }
        let text = json!({ "type": "string" });
        add("why", text.clone(), "Why a difference is no error, in words; shown wherever the rule is.");
        add("owner", text, "Who answers for the rule.");
        let expires = Date::schema(generator).to_value();
        add("expires", expires, "From the beginning of this day on, in UTC, the rule forgives nothing.");
        let needed = K::ARGUMENTS.iter().filter(|argument| argument.needed).map(|argument| argument.key);
        let required: Vec<&str> = ["at"].into_iter().chain(needed).collect();
        let item = json!({
            "type": "object",
            "additionalProperties": false,
            "required": required,
            "properties": properties,
        });
        form(if Item::<K>::needs_more() { item } else { json!({ "anyOf": [place, item] }) })
    }
}
