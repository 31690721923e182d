//! Any text is settings or a list of problems, and never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::config::{Config, Sources, effective};

fuzz_target!(|text: &str| {
    let file = Some(("r.yaml".to_owned(), text.to_owned()));
    match Config::load(&Sources { file, ..Sources::default() }) {
        Ok(loaded) => assert!(!effective(&loaded).is_empty()),
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
});
