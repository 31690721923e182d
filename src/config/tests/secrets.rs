//! Secrets: where they come from, who needs which, and that they are shown nowhere.

use super::*;

const OPERATOR: &str = "an-operator-of-this";

#[test]
fn a_token_may_stand_in_the_file_the_environment_or_a_file_of_its_own() {
    let from = |yaml: &str, env: &[(&str, &str)]| {
        let env = env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let file = Some(("r.yaml".into(), format!("{TWO}{yaml}")));
        Config::load(&Sources { file, env, ..Sources::default() }).unwrap()
    };
    let loaded = from(&format!("tokens: {{ operator: {OPERATOR} }}"), &[]);
    assert_eq!(loaded.config.tokens.operator.as_deref(), Some(OPERATOR));
    assert!(!effective(&loaded).contains(OPERATOR) && !format!("{:?}", loaded.config).contains(OPERATOR));
    let loaded = from(
        "",
        &[("READSHIFT_OPERATOR_TOKEN", OPERATOR), ("READSHIFT_TESTER_SECRET", "a-tester-of-this-one")],
    );
    assert_eq!(loaded.config.tokens.operator.as_deref(), Some(OPERATOR));
    let tester = loaded.config.routes[0].assignment.tester.as_ref().unwrap();
    assert_eq!((&*tester.header, &*tester.secret), ("x-readshift-serve", "a-tester-of-this-one"));
    assert!(!effective(&loaded).contains("of-this"));

    let mut config =
        from("tokens: { viewer_file: v, operator_file: o }\ntester: { secret_file: t, header: X-Side }", &[])
            .config;
    let keys: Vec<_> = config.secret_files.iter().map(|file| (file.key, &*file.path)).collect();
    assert_eq!(
        keys,
        [("tokens.operator_file", "o"), ("tokens.viewer_file", "v"), ("tester.secret_file", "t")]
    );
    config.entrust("tokens.operator_file", "one-that-is-long\n").unwrap();
    config.entrust("tester.secret_file", "two-that-is-long").unwrap();
    assert_eq!(config.tokens.operator.as_deref(), Some("one-that-is-long"));
    let tester = config.routes[0].assignment.tester.as_ref().unwrap();
    assert_eq!((&*tester.header, &*tester.secret), ("x-side", "two-that-is-long"));
    assert!(config.entrust("tokens.viewer_file", "two lines\nof it").is_err());
    assert!(config.entrust("tokens.viewer_file", " \n").is_err());
}

#[test]
fn until_its_file_was_read_there_is_no_tester() {
    let config = config("tester: { secret_file: t }");
    assert_eq!(config.routes[0].assignment.tester, None);
}

#[test]
fn tokens_that_do_not_fit_together_are_told() {
    let secret = "0123456789abcdef";
    check(
        &format!("tokens: {{ operator: {secret}, viewer: {secret}, viewer_file: v }}"),
        &[
            "r.yaml:3:47: tokens.viewer: is given here and in a file",
            "r.yaml:3:47: tokens.viewer: is the operator's",
        ],
    );
    let shown = load(&format!("{TWO}tokens: {{ operator: 'ge heim' }}")).unwrap_err().to_string();
    assert!(shown.contains("tokens.operator: a secret is 1 to 4096") && !shown.contains("heim"), "{shown}");
    assert_eq!(
        warned("tokens: { viewer: short }"),
        [
            "tokens.viewer: is shorter than 16 characters: it can be guessed",
            "tokens.viewer: says nothing without an operator's: everybody who reaches the API may move reads",
        ]
    );
    let hidden = effective(&load(&format!("{TWO}tokens: {{ operator: {secret} }}")).unwrap());
    assert!(load(&hidden).unwrap_err().to_string().contains("what is shown in place of one"));
}
