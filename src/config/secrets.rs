//! Secrets of the file, such as tokens: read, never shown again, and as well given in a file of their own.

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::{
    file::File,
    reader::{Form, Reader},
    schema::form,
    tree::Node,
};

/// What stands for a secret wherever settings are shown.
const HIDDEN: &str = "***";

/// Longer ones are a mistake: the wrong file, most likely.
const LONGEST: usize = 4_096;

/// The settings that name a file with a secret.
pub const OPERATOR: &str = "tokens.operator_file";
pub const VIEWER: &str = "tokens.viewer_file";
pub const TESTER: &str = "tester.secret_file";

/// Shorter ones can be guessed.
pub const SHORT: usize = 16;

/// A secret that a caller shows.
pub struct Token;

impl Form for Token {
    type Value = String;

    fn read(node: &Node, reader: &mut Reader) -> Option<String> {
        reader.keep_secret(node);
        let (text, _) = reader.scalar(node, "a secret")?;
        token(text).map_err(|message| reader.problem(node.origin, message)).ok()
    }

    fn write(_: &String) -> Option<String> {
        Some(format!("\"{HIDDEN}\""))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "string" }))
    }
}

/// A secret as a header can carry it. Never repeated in a message.
pub fn token(text: &str) -> Result<String, String> {
    if text == HIDDEN {
        return Err("expected a secret, got what is shown in place of one".to_owned());
    }
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("a secret is 1 to {LONGEST} printable ASCII characters without spaces"));
    }
    Ok(text.to_owned())
}

pub fn check(file: &File, reader: &mut Reader) {
    let (tokens, tester) = (&file.tokens, &file.tester);
    let given = [
        ("tokens.operator", &tokens.operator, &tokens.operator_file),
        ("tokens.viewer", &tokens.viewer, &tokens.viewer_file),
        ("tester.secret", &tester.secret, &tester.secret_file),
    ];
    for (path, secret, named) in given {
        if secret.is_some() && named.is_some() {
            reader.problem_at(path, format!("is given here and in a file, by `{path}_file`: one of them"));
        }
        if secret.as_ref().is_some_and(|secret| secret.len() < SHORT) {
            reader.warn_at(path, format!("is shorter than {SHORT} characters: it can be guessed"));
        }
    }
    if tokens.operator.is_some() && tokens.operator == tokens.viewer {
        reader.problem_at("tokens.viewer", "is the operator's: whoever may look could move reads");
    }
    let has = |secret: &Option<String>, named: &Option<String>| secret.is_some() || named.is_some();
    if has(&tokens.viewer, &tokens.viewer_file) && !has(&tokens.operator, &tokens.operator_file) {
        let message = "says nothing without an operator's: everybody who reaches the API may move reads";
        reader.warn_at("tokens.viewer", message);
    }
    let admin = file.listen.admin;
    if !admin.ip().to_canonical().is_loopback() && !has(&tokens.operator, &tokens.operator_file) {
        let message = "other machines reach this address and could move reads: give `tokens.operator` or \
                       `tokens.operator_file`, or use a loopback address such as 127.0.0.1:9902";
        reader.problem_at("listen.admin", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_into_a_header_and_is_not_what_is_shown_in_its_place() {
        assert!(token("c2VjcmV0IQ==.-_~").is_ok());
        for text in ["", "a b", "a\n", "***", "geheim\u{e9}", &"x".repeat(5_000)] {
            assert!(
                token(text).is_err_and(|message| text.is_empty() || !message.contains("geheim")),
                "{text}"
            );
        }
    }
}
