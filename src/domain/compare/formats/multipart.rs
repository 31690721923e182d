//! Multipart bodies as the array of their parts.
//!
//! A part is `{"headers": {...}, "body": ...}`: its header fields by their names in lower case, and what
//! it holds, read by its own content type and laid out as any body of that type; without one it is text.
//! What cannot be read as its type says is bytes. A byte order mark at the head of a part shows as
//! `"bom": true`. So the total of a JSON part is `/0/body/total`, the first line of a text `/0/body/0`.
//!
//! Transfer encodings are undone; content codings of a part are not, and leave bytes. What stands before
//! the first part and behind the last says nothing, and boundaries say nothing beyond where parts end.

use super::{
    super::{
        super::fields::Fields,
        media::{self, Reading},
        tree::{Bounds, Builder, Document, Unreadable},
    },
    Context, charset, transfer,
};

/// Multipart bodies inside each other. Mail has three or four, replies one or two.
const MOST_LEVELS: usize = 4;
/// What a part takes up in the tree around what it holds: the array and the part.
const AROUND: usize = 2;

pub fn read(body: &[u8], context: &Context<'_>) -> Result<Document<'static>, Unreadable> {
    level(body, context, MOST_LEVELS)
}

fn level(body: &[u8], context: &Context<'_>, levels: usize) -> Result<Document<'static>, Unreadable> {
    let Some(levels) = levels.checked_sub(1) else { return Err(Unreadable::TooDeep) };
    let Some(boundary) = media::boundary(context.fields).filter(|boundary| !boundary.is_empty()) else {
        return malformed(0, "a boundary, which the content type does not tell");
    };
    let mut builder = Builder::new(context.bounds);
    builder.begin_array()?;
    let mut start = None;
    for delimiter in delimiters(body, &boundary) {
        if let Some(start) = start {
            let part = body.get(start..delimiter.start.max(start)).unwrap_or_default();
            write(part, start, context, levels, &mut builder)?;
        }
        if delimiter.closes {
            builder.end();
            return Ok(builder.finish());
        }
        start = Some(delimiter.end);
    }
    malformed(body.len(), "the boundary that closes the last part")
}

fn malformed<T>(at: usize, expected: &'static str) -> Result<T, Unreadable> {
    Err(Unreadable::Malformed { at, expected: expected.into() })
}

/// A line that sets parts apart, with the end of the line before it.
#[derive(Debug)]
struct Delimiter {
    start: usize,
    end: usize,
    closes: bool,
}

fn delimiters<'b>(body: &'b [u8], boundary: &str) -> impl Iterator<Item = Delimiter> + 'b {
    let line = format!("--{boundary}").into_bytes();
    let finder = memchr::memmem::Finder::new(&line).into_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + finder.find(body.get(from..)?)?;
            from = at + line.len();
            let (before, rest) = (body.get(..at)?, body.get(from..)?);
            let starts_a_line = before.is_empty() || before.ends_with(b"\n");
            let (closes, rest) = rest.strip_prefix(b"--").map_or((false, rest), |rest| (true, rest));
            let Some(rest) = end_of_line(rest).filter(|_| starts_a_line) else { continue };
            let before = before.strip_suffix(b"\n").unwrap_or(before);
            let start = before.strip_suffix(b"\r").unwrap_or(before).len();
            return Some(Delimiter { start, end: body.len() - rest.len(), closes });
        }
    })
}

/// What follows a line of which only blanks are left.
fn end_of_line(rest: &[u8]) -> Option<&[u8]> {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = rest.get(blanks..)?;
    rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).or(rest.is_empty().then_some(rest))
}

/// One part, which begins at `at` of the body.
fn write(
    part: &[u8],
    at: usize,
    context: &Context<'_>,
    levels: usize,
    builder: &mut Builder,
) -> Result<(), Unreadable> {
    let (fields, content) = head(part, at)?;
    builder.begin_object()?;
    builder.key("headers")?;
    headers(&fields, builder)?;
    let encoding = fields.get("content-transfer-encoding").unwrap_or_default();
    let decoded = transfer::undone(content, encoding);
    let reading = match (&decoded, fields.has("content-type")) {
        (None, _) => Reading::Bytes,
        (Some(_), true) => media::reading(&fields),
        (Some(_), false) => Reading::Text,
    };
    let content = decoded.as_deref().unwrap_or(content);
    let bounds = Bounds { depth: context.bounds.depth.saturating_sub(AROUND), ..context.bounds };
    let context = Context { fields: &fields, bounds, ..*context };
    let document = match reading {
        Reading::Multipart => Some(level(content, &context, levels)),
        reading => super::read(content, reading, &context),
    };
    match document {
        Some(Ok(document)) => {
            if charset::bom(content).is_some() {
                builder.key("bom")?;
                builder.boolean(true)?;
            }
            builder.key("body")?;
            builder.graft(&document)?;
        }
        Some(Err(Unreadable::Malformed { .. })) | None => {
            builder.key("body")?;
            builder.bytes(content)?;
        }
        Some(Err(why)) => return Err(why),
    }
    builder.end();
    Ok(())
}

/// The header fields of a part and what follows them.
fn head(part: &[u8], at: usize) -> Result<(Fields, &[u8]), Unreadable> {
    let mut pairs: Vec<(&[u8], Vec<u8>)> = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let here = at + (part.len() - rest.len());
        rest = after;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            break;
        }
        let continues = matches!(text.first(), Some(b' ' | b'\t'));
        if let Some((_, value)) = pairs.last_mut().filter(|_| continues) {
            value.push(b' ');
            value.extend_from_slice(text.trim_ascii());
            continue;
        }
        let Some(colon) = memchr::memchr(b':', text).filter(|colon| *colon > 0 && !continues) else {
            return malformed(here, "a header field of the part");
        };
        let (name, value) = text.split_at_checked(colon).unwrap_or_default();
        pairs.push((name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii().to_vec()));
    }
    Ok((Fields::from_pairs(pairs), rest))
}

fn headers(fields: &Fields, builder: &mut Builder) -> Result<(), Unreadable> {
    builder.begin_object()?;
    for (name, value) in fields.iter() {
        let name = name.to_ascii_lowercase();
        builder.key(&String::from_utf8_lossy(&name))?;
        match (name.as_slice(), std::str::from_utf8(value)) {
            (_, Err(_)) => builder.bytes(value)?,
            (b"content-type" | b"content-disposition", Ok(_)) => builder.string(&media::normal(value))?,
            (b"content-transfer-encoding", Ok(value)) => builder.string(&value.to_ascii_lowercase())?,
            (_, Ok(value)) => builder.string(value)?,
        }
    }
    builder.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::tree::Id, *};

    const BOUNDS: Bounds = Bounds { depth: 100, nodes: 2000, text: 100_000 };

    fn read_as(kind: &str, body: &[u8]) -> Result<Document<'static>, Unreadable> {
        let fields = Fields::from_pairs([("content-type", kind)]);
        read(body, &Context { fields: &fields, path: b"/", bounds: BOUNDS, descriptors: None })
    }

    #[track_caller]
    fn laid_out(body: &str) -> String {
        read_as("multipart/mixed; boundary=b", body.as_bytes()).unwrap().raw(Id::ROOT).to_owned()
    }

    #[test]
    fn a_part_is_its_headers_and_what_it_holds() {
        for (body, parts) in [
            ("--b--", ""),
            ("--b\r\n\r\nx\r\n--b--", r#"{"headers":{},"body":["x"]}"#),
            ("--b\r\n--b--", r#"{"headers":{},"body":[""]}"#),
            ("--b\r\n\r\n\r\n--b--", r#"{"headers":{},"body":[""]}"#),
            (
                "--b\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}\r\n--b--",
                r#"{"headers":{"content-type":"application/json"},"body":{"a": 1}}"#,
            ),
            (
                "--b\nContent-Type: Text/Plain;\n charset=\"UTF-8\"\nX: y\n\na\n\n--b--\n",
                r#"{"headers":{"content-type":"text/plain; charset=utf-8","x":"y"},"body":["a",""]}"#,
            ),
            (
                "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Type: a/b\r\n\r\n\0\r\n--b--\r\n",
                r#"{"headers":{"content-disposition":"form-data; name=a"},"body":["1"]},{"headers":{"content-type":"a/b"},"body":h'00'}"#,
            ),
            (
                "--b\r\nContent-Type: application/json\r\n\r\n[1,]\r\n--b--",
                r#"{"headers":{"content-type":"application/json"},"body":h'5b312c5d'}"#,
            ),
            (
                "--b\r\nContent-Type: application/json\r\n\r\n\u{feff}[]\r\n--b--",
                r#"{"headers":{"content-type":"application/json"},"bom":true,"body":[]}"#,
            ),
            (
                "--b\r\nContent-Transfer-Encoding: Base64\r\n\r\naGk=\r\n--b--",
                r#"{"headers":{"content-transfer-encoding":"base64"},"body":["hi"]}"#,
            ),
            (
                "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n?\r\n--b--",
                r#"{"headers":{"content-transfer-encoding":"base64"},"body":h'3f'}"#,
            ),
            (
                "--b\r\nContent-Type: multipart/mixed; boundary=\"c d\"\r\n\r\n--c d\r\n\r\nx\r\n--c d--\r\n--b--",
                r#"{"headers":{"content-type":"multipart/mixed"},"body":[{"headers":{},"body":["x"]}]}"#,
            ),
            (
                "--b\r\n\r\n--bc\r\n-- b\r\nx--b\r\n--b--",
                r#"{"headers":{},"body":["--bc\r","-- b\r","x--b"]}"#,
            ),
            ("before\r\n--b  \r\n\r\nx\r\n--b--\t\r\nbehind\r\n--b\r\n", r#"{"headers":{},"body":["x"]}"#),
        ] {
            assert_eq!(laid_out(body), format!("[{parts}]"), "{body}");
        }
    }

    #[test]
    fn boundaries_and_what_is_around_them_say_nothing() {
        let one = read_as("multipart/mixed; boundary=b", b"--b\r\na: 1\r\n\r\nx\r\n--b--").unwrap();
        let other = read_as(
            "multipart/mixed; boundary=\"other one\"",
            b"so\n--other one\nA:1\n\nx\n--other one--\nend",
        );
        assert_eq!(one.raw(Id::ROOT), other.unwrap().raw(Id::ROOT));
    }

    #[test]
    fn what_does_not_end_or_has_no_head_is_refused() {
        for (body, kind, at) in [
            ("", "multipart/mixed; boundary=b", 0),
            ("--b\r\n\r\nx\r\n", "multipart/mixed; boundary=b", 10),
            ("--b\r\n\r\nx\r\n--b", "multipart/mixed; boundary=b", 13),
            ("--b\r\n\r\nx\r\n--b-", "multipart/mixed; boundary=b", 14),
            ("--b\r\n\r\nx\r\n--b--", "multipart/mixed; boundary=c", 15),
            ("--b--", "multipart/mixed", 0),
            ("----", "multipart/mixed; boundary=\"\"", 0),
            ("--b\r\na: 1\r\nno field\r\n\r\nx\r\n--b--", "multipart/mixed; boundary=b", 11),
            ("--b\r\n a: 1\r\n\r\nx\r\n--b--", "multipart/mixed; boundary=b", 5),
        ] {
            let found = read_as(kind, body.as_bytes()).map(drop);
            assert!(
                matches!(found, Err(Unreadable::Malformed { at: there, .. }) if there == at),
                "{body} {found:?}"
            );
        }
        let nested = |levels: usize| {
            (0..levels).fold("x".to_owned(), |inner, n| {
                format!(
                    "--b{n}\r\nContent-Type: multipart/x; boundary=b{}\r\n\r\n{inner}\r\n--b{n}--",
                    n.wrapping_sub(1)
                )
            })
        };
        assert!(read_as("multipart/x; boundary=b2", nested(3).as_bytes()).is_ok());
        assert_eq!(
            read_as("multipart/x; boundary=b8", nested(9).as_bytes()).unwrap_err(),
            Unreadable::TooDeep
        );
        let many = format!("{}--b--", "--b\r\n\r\nx\r\n".repeat(1000));
        assert_eq!(read_as("multipart/x; boundary=b", many.as_bytes()).unwrap_err(), Unreadable::TooLarge);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_within_bounds_or_refused_within_themselves(
            text in "(--b\r\n|--b--|--c|\r\n|\n|Content-Type: |multipart/x; boundary=c|application/json|text/xml|[a:<>\\[\\]\\- ]){0,20}",
        ) {
            match read_as("multipart/x; boundary=b", text.as_bytes()) {
                Ok(document) => prop_assert!(document.size() <= BOUNDS.nodes),
                Err(Unreadable::Malformed { at, .. }) => prop_assert!(at <= text.len()),
                Err(_) => {}
            }
        }
    }
}
