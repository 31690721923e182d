//! What the characters between the tags of XML say: references resolved, ends of lines made alike.
//!
//! Only what the standard itself defines is resolved: an entity that a document declares is not, and so
//! none is ever expanded.

use std::borrow::Cow;

/// A place in the text that was read, and what was expected there.
pub type Refusal = (usize, &'static str);

/// White space as XML has it, and no other.
pub const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The first place where a character stands that no XML may hold.
pub fn forbidden(text: &str) -> Option<usize> {
    let control = text.bytes().position(|byte| byte < b' ' && !is_blank(byte));
    let none = ["\u{FFFE}", "\u{FFFF}"].map(|none| memchr::memmem::find(text.as_bytes(), none.as_bytes()));
    control.into_iter().chain(none.into_iter().flatten()).min()
}

/// Text with its ends of lines as line feeds.
pub fn lines(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}

/// What stands between `&` and `;`.
pub fn reference(name: &str) -> Result<char, &'static str> {
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    let Some(number) = name.strip_prefix('#') else {
        return Err("one of the five entities that XML knows");
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    let spelled = digits.bytes().all(|digit| (digit as char).is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| spelled);
    let letter = code.and_then(char::from_u32).filter(|letter| is_allowed(*letter));
    letter.ok_or("the number of a character")
}

const fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// The value of an attribute: its white space as blanks, its references resolved.
pub fn attribute(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    if let Some(at) = memchr::memchr(b'<', raw.as_bytes()) {
        return Err((at, "no `<` in the value of an attribute"));
    }
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let (mut value, mut rest, mut at) = (String::with_capacity(raw.len()), raw, 0);
    while let Some((plain, after)) = rest.split_once('&') {
        value.push_str(&blanks(plain));
        at += plain.len();
        let (name, after) = after.split_once(';').ok_or((at, "`;` at the end of a reference"))?;
        value.push(reference(name).map_err(|expected| (at, expected))?);
        at += name.len() + 2;
        rest = after;
    }
    value.push_str(&blanks(rest));
    Ok(Cow::Owned(value))
}

fn blanks(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\r', '\n', '\t'], " ")
}
