//! A source file as the house test reads it: its lines without comments, and every path it names.
//!
//! No full parser: it knows `use` trees, `crate::` and `super::` paths, and where test code begins.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// How paths begin that are looked for outside of `use`.
const INLINE: [&str; 6] = ["crate::", "super::", "std::", "tokio::", "hyper::", "tracing::"];

/// One file under `src/`.
#[derive(Clone)]
pub struct Source {
    /// Relative to the package: `src/domain/plan.rs`.
    pub path: String,
    pub lines: Vec<String>,
    /// Nothing of it is in the program.
    only_tests: bool,
}

/// A path that code names, from the root on: `crate::domain::side::Side`, `std::fs::File`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub path: Vec<String>,
    /// It stands in code that only tests are built from.
    pub in_test: bool,
}

/// Every file under `src/`, in the order of their names.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    gather(&root.join("src"), &mut files);
    files.sort();
    let tests = test_modules(&files);
    files
        .iter()
        .map(|file| Source {
            path: file.strip_prefix(root).unwrap().to_str().unwrap().to_owned(),
            lines: fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect(),
            only_tests: tests.iter().any(|module| file.starts_with(module)),
        })
        .collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The files and folders of modules that are declared under `#[cfg(test)]`.
fn test_modules(files: &[PathBuf]) -> HashSet<PathBuf> {
    let mut found = HashSet::new();
    for file in files {
        let home = home_of(file);
        let text = fs::read_to_string(file).unwrap();
        for rest in text.split("#[cfg(test)]\n").skip(1) {
            let declared = rest.lines().next().and_then(|line| line.strip_prefix("mod "));
            if let Some(name) = declared.and_then(|rest| rest.strip_suffix(';')) {
                found.extend([home.join(name), home.join(format!("{name}.rs"))]);
            }
        }
    }
    found
}

/// Where the modules of a file lie.
fn home_of(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let folder = file.parent().unwrap();
    if ["mod", "lib", "main"].contains(&stem) { folder.to_owned() } else { folder.join(stem) }
}

impl Source {
    /// The room: `domain` for `src/domain/plan.rs` and `proxy` for `src/proxy.rs`.
    pub fn room(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap();
        below.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The modules on the way to this file: `[domain, plan]`.
    pub fn modules(&self) -> Vec<&str> {
        let below = self.path.strip_prefix("src/").unwrap().trim_end_matches(".rs");
        below.split('/').filter(|part| !["mod", "lib", "main"].contains(part)).collect()
    }

    /// Every path it names by `use`, `crate::` or `super::`.
    pub fn named(&self) -> Vec<Named> {
        let code: Vec<&str> = self.lines.iter().map(|line| without_comment(line)).collect();
        let test_from = code.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{'));
        let mut named = Vec::new();
        for (at, line) in code.iter().enumerate() {
            let in_test = self.only_tests || test_from.is_some_and(|from| at > from);
            let mut add = |path: Vec<String>| named.push(Named { line: at + 1, path, in_test });
            if let Some(start) = use_of(line) {
                let statement = format!("{start}\n{}", code[at + 1..].join("\n"));
                let tree = statement.split(';').next().unwrap();
                trees(tree).into_iter().map(|path| self.without_supers(path, in_test)).for_each(&mut add);
            } else {
                for start in INLINE {
                    for (place, _) in line.match_indices(start).filter(|(place, _)| begins(line, *place)) {
                        let path = line[place..].split(|c: char| !is_part(c)).next().unwrap();
                        add(self.without_supers(path.split("::").map(str::to_owned).collect(), in_test));
                    }
                }
            }
        }
        named
    }

    /// `super::` undone, as far as the modules of this file tell.
    fn without_supers(&self, path: Vec<String>, in_test: bool) -> Vec<String> {
        let ups = path.iter().take_while(|step| *step == "super").count();
        if ups == 0 {
            return path;
        }
        // Tests stand in a module of their own, inside the file.
        let inside = usize::from(in_test && !self.only_tests);
        let modules = self.modules();
        let kept = (modules.len() + inside).saturating_sub(ups).min(modules.len());
        let root = std::iter::once("crate").chain(modules[..kept].iter().copied());
        root.map(str::to_owned).chain(path[ups..].iter().cloned()).collect()
    }
}

fn without_comment(line: &str) -> &str {
    // A `//` inside of a text, as in a URL, follows a colon.
    let at = line.match_indices("//").map(|(at, _)| at).find(|at| !line[..*at].ends_with(':'));
    at.map_or(line, |at| &line[..at]).trim_end()
}

fn use_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["use ", "pub use ", "pub(crate) use ", "pub(super) use "]
        .iter()
        .find_map(|start| line.strip_prefix(start))
}

const fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn begins(line: &str, at: usize) -> bool {
    !line[..at].ends_with(is_part)
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn trees(text: &str) -> Vec<Vec<String>> {
    let (head, inner) = match text.split_once('{') {
        None => (text, None),
        Some((head, rest)) => (head, Some(rest.trim_end().trim_end_matches('}'))),
    };
    let head = head.split(" as ").next().unwrap();
    let head: Vec<String> =
        head.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let Some(inner) = inner else { return vec![head] };
    let mut paths = Vec::new();
    let (mut depth, mut from) = (0, 0);
    let ends = inner.char_indices().filter_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (c == ',' && depth == 0).then_some(at)
    });
    for end in ends.chain([inner.len()]).collect::<Vec<_>>() {
        let branch = inner[from..end].trim();
        from = (end + 1).min(inner.len());
        if !branch.is_empty() {
            // The last closing brace of a branch is its own.
            let whole = if branch.contains('{') { branch } else { branch.trim_end_matches('}') };
            paths.extend(trees(whole).into_iter().map(|path| [head.clone(), path].concat()));
        }
    }
    paths
}

#[test]
fn a_use_tree_is_read_to_its_leaves() {
    let told = |text| trees(text).into_iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(told("std::fs::File"), ["std::fs::File"]);
    assert_eq!(
        told("crate::{\n clock,\n domain::{side::Side as S, plan::{Plan, plan}},\n}"),
        [
            "crate::clock",
            "crate::domain::side::Side",
            "crate::domain::plan::Plan",
            "crate::domain::plan::plan",
        ]
    );
    assert_eq!(
        told("super::{mirror::{Copy, Mirror}, pair::Pair}"),
        ["super::mirror::Copy", "super::mirror::Mirror", "super::pair::Pair",]
    );
}
