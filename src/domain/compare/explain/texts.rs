//! What turns one text into another: another case, form or encoding, a piece of it.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    cause::{Cause, Mark, UnicodeForm, Way},
    escapes,
    times::Moment,
};

/// Bytes of a beginning or end that is replaced: host names, prefixes of identifiers.
const LONGEST_PIECE: usize = 64;
/// Bytes that have to stay the same beside it, or it would be another text.
const LEAST_KEPT: usize = 4;
const MARKS: [Mark; 3] = [Mark::None, Mark::Ellipsis, Mark::Dots];

pub fn causes(old: &str, new: &str) -> Vec<Cause> {
    let simple = [Cause::LineEnds, Cause::Blanks, Cause::Case, Cause::Accents];
    let unmapped = ['?', '\u{fffd}'].map(Cause::Unmapped);
    let both = Way::BOTH.into_iter().flat_map(|way| {
        let escaped = [Cause::Html(way), Cause::Percent(way), Cause::Mojibake(way)];
        escaped.into_iter().chain(cut(old, new, way))
    });
    let simple = simple.into_iter().chain(unmapped).chain(unicode_form(old, new).map(Cause::Unicode));
    // Two moments share most of their signs and mean another by each.
    let moments = Moment::of_text(old).is_some() && Moment::of_text(new).is_some();
    let pieces = [beginning(old, new), ending(old, new)].into_iter().flatten().filter(|_| !moments);
    let guesses = simple.chain(both).chain(pieces);
    guesses.filter(|cause| holds(cause, old, new)).collect()
}

pub fn holds(cause: &Cause, old: &str, new: &str) -> bool {
    if old == new {
        return false;
    }
    match cause {
        Cause::LineEnds => same_lines(old, new),
        Cause::Blanks => old.trim() == new.trim(),
        Cause::Case => old.to_lowercase() == new.to_lowercase(),
        Cause::Accents => {
            !old.is_ascii() && old.nfd().filter(|letter| !is_combining_mark(*letter)).eq(new.chars())
        }
        Cause::Unmapped(sign) => unmapped(old, new, *sign),
        Cause::Unicode(form) => unicode_form(old, new) == Some(*form),
        Cause::Html(way) => {
            let (text, escaped) = way.of(old, new);
            escaped.contains('&') && escapes::from_html(escaped) == text
        }
        Cause::Percent(way) => {
            let (text, escaped) = way.of(old, new);
            let undone = |plus| escapes::from_percent(escaped, plus).is_some_and(|undone| undone == text);
            undone(false) || (escaped.contains('%') && undone(true))
        }
        Cause::Mojibake(way) => {
            let (text, garbled) = way.of(old, new);
            escapes::garbled(text, false) == garbled || escapes::garbled(text, true) == garbled
        }
        Cause::Cut { characters, mark, way } => {
            let (text, piece) = way.of(old, new);
            piece.strip_suffix(mark.text()).is_some_and(|piece| {
                text.starts_with(piece) && piece.len() < text.len() && piece.chars().count() == *characters
            })
        }
        Cause::Beginning { old: ours, new: theirs } => old
            .strip_prefix(ours.as_str())
            .is_some_and(|rest| new.strip_prefix(theirs.as_str()) == Some(rest)),
        Cause::Ending { old: ours, new: theirs } => old
            .strip_suffix(ours.as_str())
            .is_some_and(|rest| new.strip_suffix(theirs.as_str()) == Some(rest)),
        _ => false,
    }
}

fn same_lines(old: &str, new: &str) -> bool {
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    (old.contains('\r') || new.contains('\r')) && lines(old) == lines(new)
}

fn unicode_form(old: &str, new: &str) -> Option<UnicodeForm> {
    if old.is_ascii() && new.is_ascii() {
        return None;
    }
    if old.nfc().eq(new.chars()) {
        Some(UnicodeForm::Composed)
    } else if old.nfd().eq(new.chars()) {
        Some(UnicodeForm::Decomposed)
    } else if old.nfkc().eq(new.chars()) {
        Some(UnicodeForm::Compatible)
    } else {
        old.nfkc().eq(new.nfkc()).then_some(UnicodeForm::Other)
    }
}

/// One sign for each letter, or for each byte of its UTF-8.
fn unmapped(old: &str, new: &str, sign: char) -> bool {
    let letters = old.chars().map(|letter| if letter.is_ascii() { letter } else { sign });
    let bytes = old.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { sign });
    letters.eq(new.chars()) || bytes.eq(new.chars())
}

fn cut(old: &str, new: &str, way: Way) -> Vec<Cause> {
    let (_, piece) = way.of(old, new);
    let kept = |mark: Mark| {
        let kept = piece.strip_suffix(mark.text())?.chars().count();
        (kept > 0).then_some(Cause::Cut { characters: kept, mark, way })
    };
    MARKS.into_iter().filter_map(kept).collect()
}

fn beginning(old: &str, new: &str) -> Option<Cause> {
    let both = old.char_indices().rev().zip(new.char_indices().rev());
    let kept: usize = both
        .take_while(|((_, one), (_, other))| one == other)
        .map(|((_, letter), _)| letter.len_utf8())
        .sum();
    let (ours, theirs) = (old.get(..old.len() - kept)?, new.get(..new.len() - kept)?);
    let plausible = kept >= LEAST_KEPT && ours.len().max(theirs.len()) <= LONGEST_PIECE;
    plausible.then(|| Cause::Beginning { old: ours.to_owned(), new: theirs.to_owned() })
}

fn ending(old: &str, new: &str) -> Option<Cause> {
    let kept = old.chars().zip(new.chars()).take_while(|(one, other)| one == other);
    let kept: usize = kept.map(|(letter, _)| letter.len_utf8()).sum();
    let (ours, theirs) = (old.get(kept..)?, new.get(kept..)?);
    let plausible = kept >= LEAST_KEPT && ours.len().max(theirs.len()) <= LONGEST_PIECE;
    plausible.then(|| Cause::Ending { old: ours.to_owned(), new: theirs.to_owned() })
}
