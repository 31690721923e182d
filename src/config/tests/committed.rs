//! What is committed beside the code: the example and the schema, and that neither has drifted.

use serde_json::Value;

use super::*;

#[test]
fn what_a_file_amounts_to_can_be_given_back_as_a_file() {
    let loaded = load(EXAMPLE).unwrap();
    let shown = effective(&loaded);
    let again = load(&shown).unwrap_or_else(|problems| panic!("{problems}\n{shown}"));
    let values = |loaded: &Loaded| -> Vec<_> {
        loaded.origins.iter().map(|setting| (setting.path(), setting.value.clone())).collect()
    };
    assert_eq!(values(&loaded), values(&again));
    assert!(shown.contains("  proxy: 0.0.0.0:8080"), "{shown}");
    assert!(shown.contains("  - id: get-user"), "{shown}");
}

#[test]
fn the_example_is_right_and_says_the_built_in_values() {
    let example = load(EXAMPLE).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(example.warnings, []);
    let plain = Config::load(&Sources {
        flags: Flags {
            old: Some("http://127.0.0.1:9001".into()),
            new: Some("http://127.0.0.1:9002".into()),
            ..Flags::default()
        },
        ..Sources::default()
    })
    .unwrap();
    let shows = ["rollouts", "routes", "new.headers", "new.withhold"];
    for setting in plain.origins.iter().filter(|s| !shows.iter().any(|p| s.path().starts_with(p))) {
        let said = example.origins.iter().find(|other| other.steps == setting.steps).unwrap();
        assert_eq!(said.value, setting.value, "{}", setting.path());
    }
}

#[test]
fn the_example_says_every_key_of_the_schema_in_its_section() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut lacking = Vec::new();
    let mut keys = 0;
    compare_keys(&schema, &schema, &[&tree::parse(EXAMPLE).unwrap()], "", &mut keys, &mut lacking);
    // A kind of rule has two shapes, of which the example shows one; `rules.rs` reads all kinds in both.
    let said = ["at", "by", "within", "regex", "is", "as", "why", "owner", "expires"];
    lacking.retain(|path| {
        let rest = path.strip_prefix(".routes.compare.").and_then(|rest| rest.split_once('.'));
        !rest.is_some_and(|(kind, key)| kind != "headers" && said.contains(&key))
    });
    // A probe's section is a route's, which says all of it.
    lacking.retain(|path| !path.starts_with(".rollouts.probes.compare."));
    assert!(lacking.is_empty(), "config/example.yaml lacks {lacking:?}");
    assert!(keys > 80, "the schema was not walked: {keys} keys");
}

/// Looks for every key that this part of the schema allows in at least one of the nodes. That the
/// example is read without a problem says the opposite direction.
fn compare_keys(
    part: &Value,
    schema: &Value,
    nodes: &[&Node],
    path: &str,
    keys: &mut usize,
    lacking: &mut Vec<String>,
) {
    for list in ["allOf", "anyOf"] {
        for part in part[list].as_array().into_iter().flatten() {
            compare_keys(part, schema, nodes, path, keys, lacking);
        }
    }
    if let Some(pointer) = part["$ref"].as_str() {
        let part = schema.pointer(pointer.trim_start_matches('#')).unwrap();
        compare_keys(part, schema, nodes, path, keys, lacking);
    }
    if part["items"].is_object() {
        let lists = nodes.iter().filter_map(|node| match &node.kind {
            Kind::List(items) => Some(items),
            _ => None,
        });
        let items: Vec<&Node> = lists.flatten().collect();
        compare_keys(&part["items"], schema, &items, path, keys, lacking);
    }
    for (key, part) in part["properties"].as_object().into_iter().flatten() {
        *keys += 1;
        let path = format!("{path}.{key}");
        let values: Vec<&Node> = nodes.iter().filter_map(|node| node.get(key)).collect();
        if values.is_empty() {
            lacking.push(path);
        } else {
            compare_keys(part, schema, &values, &path, keys, lacking);
        }
    }
}

#[test]
fn the_committed_schema_is_current() {
    assert!(SCHEMA == schema(), "renew it: readshift schema > config/readshift.schema.json");
    assert!(EXAMPLE.starts_with("# yaml-language-server: $schema=./readshift.schema.json\n"));
}
