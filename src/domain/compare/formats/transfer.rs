//! The transfer encodings of MIME parts, undone (RFC 2045, 6).

use std::borrow::Cow;

use super::form::escaped;

/// The content of a part as it was before it was encoded; `None` where it was not so encoded, or by an
/// encoding that is not known.
pub fn undone<'t>(content: &'t [u8], encoding: &[u8]) -> Option<Cow<'t, [u8]>> {
    match encoding.trim_ascii().to_ascii_lowercase().as_slice() {
        b"" | b"7bit" | b"8bit" | b"binary" => Some(Cow::Borrowed(content)),
        b"base64" => base64(content).map(Cow::Owned),
        b"quoted-printable" => quoted_printable(content).map(Cow::Owned),
        _ => None,
    }
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut digits, mut padding) = (0u32, 0usize, 0usize);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if *byte == b'=' {
            padding += 1;
            continue;
        }
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits.is_multiple_of(4) {
            out.extend(bits.to_be_bytes().iter().skip(1));
            bits = 0;
        }
    }
    let rest = match digits % 4 {
        0 => &[][..],
        2 if bits & 0xF == 0 => &[(bits >> 4) as u8][..],
        3 if bits & 0x3 == 0 => &[(bits >> 10) as u8, (bits >> 2) as u8][..],
        _ => return None,
    };
    out.extend(rest);
    (padding == (3 - rest.len()) % 3).then_some(out)
}

fn quoted_printable(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(equals) = memchr::memchr(b'=', rest) {
        let (plain, after) = rest.split_at_checked(equals)?;
        out.extend_from_slice(plain);
        let after = after.get(1..)?;
        // Behind it stand two digits, or nothing up to the end of the line, which goes on.
        rest = match escaped(after) {
            Some(byte) => {
                out.push(byte);
                after.get(2..)?
            }
            None => {
                let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                let line = after.get(blanks..)?;
                line.strip_prefix(b"\r\n")
                    .or_else(|| line.strip_prefix(b"\n"))
                    .or(line.is_empty().then_some(line))?
            }
        };
    }
    out.extend_from_slice(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_encoded_is_read_as_it_was() {
        for (content, encoding, text) in [
            (&b"a=3D"[..], "8bit", Some(&b"a=3D"[..])),
            (b"", "base64", Some(b"")),
            (b"aGk=", "BASE64", Some(b"hi")),
            (b"aGk", "base64", None),
            (b"aGl\r\nh\r\n", "base64", Some(b"hia")),
            (b"/+8A", " base64 ", Some(b"\xff\xef\0")),
            (b"YQ==", "base64", Some(b"a")),
            (b"YR==", "base64", None),
            (b"YQ==YQ==", "base64", None),
            (b"Y", "base64", None),
            (b"Y===", "base64", None),
            (b"aGlh=", "base64", None),
            (b"a_-b", "base64", None),
            (b"a=3Db=c3=A9", "quoted-printable", Some(b"a=b\xc3\xa9")),
            (b"a= \t\r\nb=\nc=", "quoted-printable", Some(b"abc")),
            (b"a=b", "quoted-printable", None),
            (b"a", "x-uuencode", None),
        ] {
            let found = undone(content, encoding.as_bytes());
            assert_eq!(found.as_deref(), text, "{encoding} {}", content.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_undone_to_fewer_or_not_at_all(bytes in "[A-Da-d0-3=+/ \r\n]{0,24}") {
            for encoding in ["base64", "quoted-printable"] {
                let found = undone(bytes.as_bytes(), encoding.as_bytes());
                prop_assert!(found.is_none_or(|content| content.len() <= bytes.len()));
            }
        }
    }
}
