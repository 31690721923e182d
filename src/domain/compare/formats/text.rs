//! Text as the array of its lines.
//!
//! Nothing is lost: the lines joined by line feeds are the text again. So the end of a last line shows
//! as an empty string at the end of the array (`"a\nb\n"` is `["a", "b", ""]`), and the carriage return
//! of a line that ends in both stays at the end of its string. The line at the top is `/0`.

use super::super::tree::{Bounds, Builder, Document, Unreadable};

pub fn read(text: &str, bounds: Bounds) -> Result<Document<'static>, Unreadable> {
    let mut builder = Builder::new(bounds);
    builder.begin_array()?;
    for line in text.split('\n') {
        builder.string(line)?;
    }
    builder.end();
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::tree::Id, *};

    const BOUNDS: Bounds = Bounds { depth: 10, nodes: 1000, text: 10_000 };

    #[test]
    fn a_line_is_an_element_and_no_end_of_a_line_is_lost() {
        for (text, lines) in [
            ("", r#"[""]"#),
            ("a", r#"["a"]"#),
            ("a\nb", r#"["a","b"]"#),
            ("a\nb\n", r#"["a","b",""]"#),
            ("a\r\n\r\nb", r#"["a\r","\r","b"]"#),
            ("\"é\"\t\u{feff}", "[\"\\\"é\\\"\\t\u{feff}\"]"),
        ] {
            assert_eq!(read(text, BOUNDS).unwrap().raw(Id::ROOT), lines);
        }
        let bounds = Bounds { nodes: 10, ..BOUNDS };
        assert_eq!(read(&"\n".repeat(20), bounds).unwrap_err(), Unreadable::TooLarge);
    }

    proptest! {
        #[test]
        fn the_lines_joined_are_the_text(text in "[a\r\n\"\\\\é\0]{0,20}") {
            let document = read(&text, BOUNDS).unwrap();
            let lines: Vec<_> = document.elements(Id::ROOT).map(|id| document.string(id)).collect();
            prop_assert_eq!(lines.join(&b'\n'), text.as_bytes());
        }
    }
}
