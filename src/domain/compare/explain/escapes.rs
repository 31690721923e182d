//! Texts that were encoded once too often or not at all: for HTML, for a URL, or read in the wrong
//! character set. Never fails: what is no escape stays as it is.

/// The characters of a name between `&` and `;` that is still looked up.
const LONGEST_NAME: usize = 8;
const NAMED: [(&str, char); 11] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("eacute", 'é'),
    ("euro", '€'),
];
/// What Windows-1252 has at 0x80 to 0x9F; where it has nothing, the control character of Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// With character references undone, once.
pub fn from_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((referred(name)?, after)));
        let (letter, after) = reference.unwrap_or(('&', after));
        out.push(letter);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn referred(name: &str) -> Option<char> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}

/// With percent escapes undone, once; `plus`: and `+` read as a blank. `None` where that is no text.
pub fn from_percent(text: &str, plus: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default();
                out.push((digit(*high) << 4 | digit(*low)) as u8);
                after
            }
            [b'+', after @ ..] if plus => {
                out.push(b' ');
                after
            }
            [byte, after @ ..] => {
                out.push(*byte);
                after
            }
        };
    }
    String::from_utf8(out).ok()
}

/// Its UTF-8 as it looks when read as Windows-1252, or `latin`: as Latin-1.
pub fn garbled(text: &str, latin: bool) -> String {
    let read = |byte: u8| match byte {
        0x80..0xA0 if !latin => WINDOWS.get(usize::from(byte - 0x80)).copied().unwrap_or_default(),
        byte => char::from(byte),
    };
    text.bytes().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_once_and_what_is_none_stays() {
        for (html, text) in [
            ("a &amp; b", "a & b"),
            ("&lt;b&gt;&quot;&#39;&#x27;", "<b>\"''"),
            ("&amp;lt;", "&lt;"),
            ("AT&T; &nosuch; &#xD800; & &amp", "AT&T; &nosuch; &#xD800; & &amp"),
        ] {
            assert_eq!(from_html(html), text);
        }
        assert_eq!(from_percent("a%20b%C3%A9+%2", false).as_deref(), Some("a bé+%2"));
        assert_eq!(from_percent("a+b", true).as_deref(), Some("a b"));
        assert_eq!(from_percent("%ff", false), None);
    }

    #[test]
    fn utf_8_in_the_wrong_set_looks_as_everyone_has_seen_it() {
        assert_eq!(garbled("Zoë – €", false), "ZoÃ« â€“ â‚¬");
        assert_eq!(garbled("Zoë", true), "ZoÃ«");
        assert_eq!(garbled("€", true), "â\u{82}¬");
    }
}
