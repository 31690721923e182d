//! The settings as a whole: what a person is told, and what holds in the end.

use proptest::prelude::*;

use super::*;

mod committed;
mod digests;
mod gates;
mod holds;
mod reload;
mod rollouts;
mod rules;
mod secrets;
mod told;

const EXAMPLE: &str = include_str!("../../../config/example.yaml");
const SCHEMA: &str = include_str!("../../../config/readshift.schema.json");
const TWO: &str = "old: { url: 'http://a' }\nnew: { url: 'http://b' }\n";

fn load(yaml: &str) -> Result<Loaded, Problems> {
    Config::load(&Sources { file: Some(("r.yaml".into(), yaml.into())), ..Sources::default() })
}

/// Each problem on one line: where, which setting, what.
fn told(yaml: &str) -> Vec<String> {
    let problems = load(yaml).err().map(|problems| problems.list).unwrap_or_default();
    problems.iter().map(|problem| problem.to_string().lines().next().unwrap().to_owned()).collect()
}

/// The settings below two right systems lead to exactly these problems, each beginning so.
#[track_caller]
fn check(rest: &str, expected: &[&str]) {
    let found = told(&format!("{TWO}{rest}"));
    let fits = found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| f.starts_with(e));
    assert!(fits, "{rest}\nfound    {found:#?}\nexpected {expected:#?}");
}

fn warned(rest: &str) -> Vec<String> {
    let loaded = load(&format!("{TWO}{rest}")).unwrap_or_else(|problems| panic!("{problems}"));
    loaded.warnings.iter().map(|w| format!("{}: {}", w.path, w.message)).collect()
}

fn config(rest: &str) -> Config {
    load(&format!("{TWO}{rest}")).unwrap_or_else(|problems| panic!("{problems}")).config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = load(&String::from_utf8_lossy(&bytes)).map(|loaded| effective(&loaded));
    }

    #[test]
    fn no_change_to_a_right_file_makes_it_panic(at in 0usize..EXAMPLE.len(), with in "[\\[\\]{}:,&*!|>'\"%@\\-\\t\\n a0é]{0,6}") {
        let mut text = EXAMPLE.to_owned();
        if text.is_char_boundary(at) {
            text.insert_str(at, &with);
        }
        if let Err(problems) = load(&text) {
            let _ = problems.to_string();
        }
    }
}
