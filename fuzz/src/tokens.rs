//! JSON texts taken apart and put together again in another spelling, or with one value changed.
//!
//! Knows nothing of our reader: what it is given has been accepted by another.

use crate::Choices;

/// A piece of a JSON text.
#[derive(Clone, Debug)]
pub enum Token {
    Sign(u8),
    Number(String),
    Word(String),
    /// What stands between the quotes.
    Text(String),
}

/// The pieces of a JSON text that is known to be one.
pub fn of(text: &str) -> Vec<Token> {
    let (bytes, mut at, mut all) = (text.as_bytes(), 0, Vec::new());
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let run = |at: usize, inside: fn(u8) -> bool| {
            at + bytes[at..].iter().take_while(|byte| inside(**byte)).count()
        };
        match byte {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                at += 1;
                all.push(Token::Sign(*byte));
            }
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                all.push(Token::Text(text[start + 1..at - 1].to_owned()));
            }
            b'a'..=b'z' => {
                at = run(at, |byte| byte.is_ascii_lowercase());
                all.push(Token::Word(text[start..at].to_owned()));
            }
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            _ => {
                at = run(at, |byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
                all.push(Token::Number(text[start..at].to_owned()));
            }
        }
    }
    all
}

/// How deep the deepest value stands.
pub fn depth(tokens: &[Token]) -> usize {
    let (mut depth, mut most) = (0, 0);
    for token in tokens {
        match token {
            Token::Sign(b'{' | b'[') => depth += 1,
            Token::Sign(b'}' | b']') => depth -= 1,
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

/// The same text in another spelling.
pub fn respelled(tokens: &[Token], choices: &mut Choices<'_>) -> String {
    let mut out = String::new();
    for token in tokens {
        out.push_str(choices.of(&["", " ", "\n", "\t\r", ""]));
        match token {
            Token::Sign(sign) => out.push(char::from(*sign)),
            Token::Word(word) => out.push_str(word),
            Token::Number(number) => out.push_str(&number_respelled(number, choices)),
            Token::Text(inner) => out.push_str(&format!("\"{}\"", text_respelled(inner, choices))),
        }
    }
    out.push_str(choices.of(&[" ", "\n"]));
    out
}

fn number_respelled(number: &str, choices: &mut Choices<'_>) -> String {
    let (mantissa, power) = number.split_once(['e', 'E']).unwrap_or((number, ""));
    let point = if mantissa.contains('.') { "" } else { "." };
    // Exponents past what is read as a number are compared by their letters.
    if power.len() > 30 {
        return number.to_owned();
    }
    match choices.below(5) {
        0 if power.is_empty() => format!("{mantissa}e0"),
        1 if power.is_empty() => format!("{mantissa}{point}0E-00"),
        2 if !power.is_empty() => format!("{mantissa}{point}00E{power}"),
        3 if power.starts_with('-') => format!("{mantissa}e-0{}", &power[1..]),
        _ => number.to_owned(),
    }
}

fn text_respelled(inner: &str, choices: &mut Choices<'_>) -> String {
    let (mut out, mut signs) = (String::new(), inner.chars());
    while let Some(sign) = signs.next() {
        if sign == '\\' {
            out.push(sign);
            let escape = signs.next().expect("what is escaped");
            out.push(escape);
            if escape == 'u' {
                let digits: String = signs.by_ref().take(4).collect();
                out.push_str(&if choices.below(2) == 0 {
                    digits.to_uppercase()
                } else {
                    digits.to_lowercase()
                });
            }
        } else if choices.below(3) == 0 {
            let mut units = [0; 2];
            sign.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(sign);
        }
    }
    out
}

/// One value or key made another; `None` where there is none to change.
pub fn changed(tokens: &[Token], choices: &mut Choices<'_>) -> Option<Vec<Token>> {
    let places: Vec<usize> = (0..tokens.len()).filter(|at| !matches!(tokens[*at], Token::Sign(_))).collect();
    let at = *places.get((choices.below(256) * 256 + choices.below(256)) % places.len().max(1))?;
    let mut all = tokens.to_vec();
    all[at] = match &tokens[at] {
        Token::Word(word) if word == "true" => Token::Word("false".to_owned()),
        Token::Word(word) if word == "false" => Token::Word("null".to_owned()),
        Token::Word(_) => Token::Number("0".to_owned()),
        Token::Number(number) => Token::Number(number_changed(number, choices)),
        Token::Text(inner) => {
            Token::Text(format!("{inner}{}", choices.of(&["x", "\\u0000", " ", "\\ud800"])))
        }
        Token::Sign(_) => return None,
    };
    Some(all)
}

/// With a digit before it, or one behind its fraction: more by a power of ten in either case.
fn number_changed(number: &str, choices: &mut Choices<'_>) -> String {
    let (minus, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let mark = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, power) = rest.split_at(mark);
    let point = if mantissa.contains('.') { "" } else { "." };
    match choices.below(2) {
        0 => format!("{minus}1{rest}"),
        _ => format!("{minus}{mantissa}{point}1{power}"),
    }
}
