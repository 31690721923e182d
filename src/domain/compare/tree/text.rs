//! What stands between the quotes of a JSON string: where it ends, and what its escapes mean. And what
//! stands outside of all quotes and means nothing.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The first place from `at` on that is a quote, a backslash or a control character.
pub fn next_special(bytes: &[u8], mut at: usize) -> usize {
    // Eight bytes at a step: most of any document is the inside of strings.
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let found = equals(word, b'"') | equals(word, b'\\') | below_space(word);
        if found != 0 {
            // The lowest marked byte is exact; only higher ones can be marked by a borrow.
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\') {
        at += 1;
    }
    at
}

const fn equals(word: u64, byte: u8) -> u64 {
    let zero = word ^ (LOW * byte as u64);
    zero.wrapping_sub(LOW) & !zero & HIGH
}

const fn below_space(word: u64) -> u64 {
    word.wrapping_sub(LOW * b' ' as u64) & !word & HIGH
}

/// The inside of a string that the reader has accepted, with its escapes undone.
pub fn unescaped(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        let (text, escape) = rest.split_at(plain);
        out.extend_from_slice(text);
        let Some(letter) = escape.get(1) else { return out };
        rest = escape.get(2..).unwrap_or_default();
        match letter {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let (unit, after) = (hex(rest), rest.get(4..).unwrap_or_default());
                rest = after;
                let low = after.strip_prefix(br"\u").map(hex);
                match low {
                    Some(low) if (0xD800..0xDC00).contains(&unit) && (0xDC00..0xE000).contains(&low) => {
                        push(&mut out, 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
                        rest = after.get(6..).unwrap_or_default();
                    }
                    _ => push(&mut out, unit),
                }
            }
            itself => out.push(*itself),
        }
    }
}

/// Text with what JSON does not allow between quotes written as escapes.
pub fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            letter => out.push(letter),
        }
    }
}

fn hex(text: &[u8]) -> u32 {
    text.iter().take(4).fold(0, |sum, digit| sum << 4 | (*digit as char).to_digit(16).unwrap_or(0))
}

/// Appends a code point as UTF-8 spells it, surrogates as well.
fn push(out: &mut Vec<u8>, code: u32) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    match code {
        0..0x80 => out.push(code as u8),
        0x80..0x800 => out.extend([0xC0 | (code >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend([0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// A JSON text without the blanks outside its strings, cut to so many characters with a mark where
/// something is missing.
pub fn compact(text: &str, characters: usize) -> String {
    /// Letters looked at for one that is kept: what is indented deeper than this is shown as cut.
    const MOST_BLANKS: usize = 64;
    let (mut in_string, mut escaped, mut kept) = (false, false, 0);
    let mut out = String::new();
    for (looked_at, letter) in text.chars().enumerate() {
        if looked_at > characters.saturating_mul(MOST_BLANKS) {
            out.push('…');
            break;
        }
        if !in_string && matches!(letter, ' ' | '\n' | '\r' | '\t') {
            continue;
        }
        if kept >= characters {
            out.push('…');
            break;
        }
        in_string ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        out.push(letter);
        kept += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_outside_of_strings_go() {
        let pretty = "{\n  \"a b\": [ 1,\t2 ],\r\n  \"c\\\" d\\\\\": \" e \"\n}";
        assert_eq!(compact(pretty, 99), r#"{"a b":[1,2],"c\" d\\":" e "}"#);
        assert_eq!(compact(&format!("[{}1]", " ".repeat(10_000)), 20), "[…");
        assert_eq!((compact("[ é, 2 ]", 5), compact("[ é, 2 ]", 4)), ("[é,2]".into(), "[é,2…".into()));
    }

    #[test]
    fn the_end_of_a_string_is_found_wherever_it_lies() {
        for special in [b'"', b'\\', 0, b'\n', 0x1F] {
            for at in 0..40 {
                let mut bytes = vec![b'\x7F'; 40];
                bytes[at] = special;
                assert_eq!(next_special(&bytes, 0), at, "{special}");
                assert_eq!(next_special("é€😀 !#[]".repeat(9).as_bytes(), at), "é€😀 !#[]".len() * 9);
            }
        }
    }

    #[test]
    fn escapes_mean_what_they_say() {
        for (escaped, text) in [
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u20AC", "Aé€"),
            (r"\ud83d\ude00x", "😀x"),
            ("plain", "plain"),
        ] {
            assert_eq!(unescaped(escaped.as_bytes()), text.as_bytes());
        }
    }

    #[test]
    fn lone_surrogates_stay_apart_from_each_other_and_from_everything_else() {
        let all = [r"\ud800", r"\ud801", r"\udc00", r"\ud800x", r"\udc00\ud800", r"\ufffd", r"\ud800\u0041"];
        for (n, one) in all.iter().enumerate() {
            for other in &all[n + 1..] {
                assert_ne!(unescaped(one.as_bytes()), unescaped(other.as_bytes()), "{one} {other}");
            }
        }
    }
}
