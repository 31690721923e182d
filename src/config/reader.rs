//! Walks the tree and turns it into values: every key once, every problem noted, nothing thrown.
//!
//! A section is written down once, by `section!`, as a list of keys with their meaning, form and
//! built-in value; the struct, what reads it, the schema and what lists the effective settings all
//! come from that list, so that none can drift from the others. What is wrong with a value is
//! known to its form (`forms.rs`), what is wrong between values to `check.rs`.

use std::collections::HashMap;

use schemars::{Schema, SchemaGenerator};

use super::{
    problem::{MOST_PROBLEMS, Origin, Problem, Problems, did_you_mean},
    tree::{Entry, Kind, Node},
};

/// How a value is written in the file.
pub trait Form {
    type Value;
    /// The schema asks for the key.
    const NEEDED: bool = false;
    /// A key with nothing behind it is as good as no key: a section whose every line is commented out.
    const MAY_BE_NOTHING: bool = false;

    /// The value, or `None` after a problem was told.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self::Value>;

    /// What holds where the key is not given. `around`: where the mapping stands that lacks it.
    fn absent(reader: &mut Reader, built_in: Self::Value, around: Origin) -> Self::Value {
        let _ = around;
        reader.list(Self::write(&built_in), Origin::Default);
        built_in
    }

    /// The value as the file would say it; `None` for what is listed key by key, or not at all.
    fn write(value: &Self::Value) -> Option<String>;

    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// One step of the way to a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Item(usize),
}

/// One effective setting, and where it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub steps: Vec<Step>,
    pub value: String,
    pub origin: Origin,
}

impl Setting {
    /// `routes[0].match.path`
    pub fn path(&self) -> String {
        path(&self.steps)
    }
}

/// What is known while the tree is walked.
#[derive(Debug, Default)]
pub struct Reader {
    steps: Vec<Step>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    more: usize,
    settings: Vec<Setting>,
    /// Where each key and item stands that was met, by its path.
    places: HashMap<String, Origin>,
    /// Lines of the file, first and last, that hold secrets and are never shown.
    secret: Vec<(usize, usize)>,
}

impl Reader {
    /// Notes a problem with what is being read.
    pub fn problem(&mut self, origin: Origin, message: impl Into<String>) {
        let path = path(&self.steps);
        self.note(Problem::new(origin, path, message));
    }

    /// Notes a problem with what was read before, or should have been.
    pub fn problem_at(&mut self, path: &str, message: impl Into<String>) {
        let origin = self.place(path);
        self.note(Problem::new(origin, path, message));
    }

    pub fn warn_at(&mut self, path: &str, message: impl Into<String>) {
        if self.warnings.len() < MOST_PROBLEMS {
            self.warnings.push(Problem::new(self.place(path), path, message));
        }
    }

    pub fn note(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Whether something is wrong at this path or below it.
    pub fn is_wrong(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| {
            problem
                .path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Whether something is wrong at this path, and not only below it.
    pub fn is_wrong_itself(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| problem.path == path)
    }

    /// Where a path was given, or the nearest thing around it.
    pub fn place(&self, path: &str) -> Origin {
        let mut path = path;
        loop {
            if let Some(origin) = self.places.get(path) {
                return *origin;
            }
            match path.rfind(['.', '[']) {
                Some(at) => path = path.get(..at).unwrap_or_default(),
                None => return Origin::Default,
            }
        }
    }

    /// The lines of this node are never shown.
    pub fn keep_secret(&mut self, node: &Node) {
        if let Some(first) = node.origin.line() {
            self.secret.push((first, node.last_line.max(first)));
        }
    }

    /// Lists the effective value of what is being read.
    pub fn list(&mut self, value: Option<String>, origin: Origin) {
        if let Some(value) = value {
            self.settings.push(Setting { steps: self.steps.clone(), value, origin });
        }
    }

    /// The entries of a mapping with these keys, each told of that is unknown or repeated.
    pub fn mapping<'n>(&mut self, node: &'n Node, keys: &[&str]) -> Option<&'n [Entry]> {
        let entries = self.entries(node, "a mapping")?;
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.as_str())) {
            let nearest = did_you_mean(&entry.key, keys.iter().copied());
            // A misspelled section may hold secrets like the one that was meant.
            if !matches!(entry.value.kind, Kind::Scalar { .. }) {
                self.keep_secret(&entry.value);
            }
            self.within(Step::Key(shortened(&entry.key)), |reader| {
                reader.problem(entry.origin, format!("unknown key{nearest}"));
            });
        }
        Some(entries)
    }

    /// The entries of a mapping with any keys, each told of that is repeated.
    pub fn entries<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Entry]> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries.as_slice(),
            _ if node.is_nothing() => &[],
            _ => {
                self.unexpected(node, expected);
                return None;
            }
        };
        let mut first: HashMap<&str, Origin> = HashMap::new();
        for entry in entries {
            if let Some(before) = first.insert(&entry.key, entry.origin) {
                self.within(Step::Key(shortened(&entry.key)), |reader| {
                    reader.problem(entry.origin, format!("given a second time; first at {before}"));
                });
            }
        }
        Some(entries)
    }

    /// One key of a mapping.
    pub fn key<F: Form>(
        &mut self,
        entries: &[Entry],
        key: &str,
        built_in: F::Value,
        around: Origin,
    ) -> F::Value {
        let given = entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        self.within(Step::Key(key.to_owned()), |reader| match given {
            Some(node) if !(F::MAY_BE_NOTHING && node.is_nothing()) => {
                reader.read::<F>(node).unwrap_or(built_in)
            }
            _ => F::absent(reader, built_in, given.map_or(around, |node| node.origin)),
        })
    }

    /// One item of a list; the list as a whole says what it holds.
    pub fn item<F: Form>(&mut self, place: usize, node: &Node) -> Option<F::Value> {
        self.within(Step::Item(place), |reader| {
            reader.places.insert(path(&reader.steps), node.origin);
            F::read(node, reader)
        })
    }

    /// Notes where what is being read stands.
    pub fn met(&mut self, origin: Origin) {
        self.places.insert(path(&self.steps), origin);
    }

    /// Reads what is listed as a whole, and not key by key.
    pub fn unlisted<T>(&mut self, read: impl FnOnce(&mut Reader) -> T) -> T {
        let listed = self.settings.len();
        let value = read(self);
        self.settings.truncate(listed);
        value
    }

    fn read<F: Form>(&mut self, node: &Node) -> Option<F::Value> {
        self.places.insert(path(&self.steps), node.origin);
        let value = F::read(node, self)?;
        self.list(F::write(&value), node.origin);
        Some(value)
    }

    /// The text of a scalar, whether it was written without quotes, or a problem.
    pub fn scalar<'n>(&mut self, node: &'n Node, expected: &str) -> Option<(&'n str, bool)> {
        match &node.kind {
            Kind::Scalar { text, plain } if !node.is_nothing() => {
                // What stands before an `@` may be a password.
                if text.contains('@') {
                    self.keep_secret(node);
                }
                Some((text, *plain))
            }
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    pub fn unexpected(&mut self, node: &Node, expected: &str) {
        let got = match &node.kind {
            Kind::Refused(what) => what,
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar { .. } if node.is_nothing() => "nothing",
            Kind::Scalar { .. } => "a single value",
        };
        self.problem(node.origin, format!("expected {expected}, got {got}"));
    }

    pub fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Reader) -> T) -> T {
        self.steps.push(step);
        let value = read(self);
        self.steps.pop();
        value
    }

    /// The problems, or else the warnings and the effective settings, with the lines they are about.
    pub fn finish(mut self, file: &str, text: &str) -> Result<(Vec<Problem>, Vec<Setting>), Problems> {
        let lines: Vec<&str> = text.lines().collect();
        let secret = std::mem::take(&mut self.secret);
        let placed = |list: Vec<Problem>| -> Vec<Problem> {
            let shown = |line: &usize| !secret.iter().any(|(first, last)| (first..=last).contains(&line));
            let source = |line: usize| lines.get(line - 1).copied();
            let mut list: Vec<Problem> = list
                .into_iter()
                .map(|problem| {
                    let line = problem.origin.line().filter(shown);
                    problem.placed(file, line.and_then(source))
                })
                .collect();
            list.sort_by_key(|problem| match problem.origin {
                Origin::File { line, column } => (1, line, column),
                _ => (0, 0, 0),
            });
            list
        };
        if self.problems.is_empty() {
            return Ok((placed(self.warnings), self.settings));
        }
        Err(Problems { list: placed(self.problems), more: self.more })
    }
}

fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Item(place) => path.push_str(&format!("[{place}]")),
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
    }
    path
}

/// A key of the file's own making, as a path repeats it.
pub fn shortened(key: &str) -> String {
    key.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The name of a key as the file spells it, of a field that had to be spelled otherwise.
pub const fn key_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// A section of the file: `key: Type as Form = built-in value`, with the key's meaning before it.
macro_rules! section {
    ($(
        $(#[doc = $about:literal])+
        $name:ident { $( $(#[doc = $doc:literal])+ $key:ident: $value:ty as $form:ty = $built_in:expr ),+ $(,)? }
    )+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $( $(#[doc = $doc])+ pub $key: $value ),+ }

        impl $crate::config::reader::Form for $name {
            type Value = $name;
            const NEEDED: bool = false $( || <$form as $crate::config::reader::Form>::NEEDED )+;
            const MAY_BE_NOTHING: bool = true;

            fn read(
                node: &$crate::config::tree::Node,
                reader: &mut $crate::config::reader::Reader,
            ) -> Option<$name> {
                use $crate::config::reader::key_name;
                let entries = reader.mapping(node, &[$( key_name(stringify!($key)) ),+])?;
                Some($name { $(
                    $key: reader.key::<$form>(entries, key_name(stringify!($key)), $built_in, node.origin)
                ),+ })
            }

            fn absent(
                reader: &mut $crate::config::reader::Reader,
                built_in: $name,
                around: $crate::config::problem::Origin,
            ) -> $name {
                Self::read(&$crate::config::tree::Node::empty(around), reader).unwrap_or(built_in)
            }

            fn write(_: &$name) -> Option<String> {
                None
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<$name>()
            }
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $( $key: $built_in ),+ }
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::config::schema::section(concat!($($about),+), vec![$(
                    $crate::config::schema::property::<$form>(
                        generator,
                        $crate::config::reader::key_name(stringify!($key)),
                        concat!($($doc),+),
                        &$built_in,
                    )
                ),+])
            }
        }
    )+ };
}
pub(in crate::config) use section;
