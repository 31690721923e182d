//! How numbers, spans of time and foreign text are written for a person.
//!
//! Foreign text is whatever a client or an upstream chose. On its way to a terminal it is escaped, so
//! that a value can neither move the cursor nor pretend to be ours.

use std::fmt::Write;

/// `12,408`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 request`, `12,408 requests`, `2 matches`.
pub fn counted(number: u64, noun: &str) -> String {
    let ending = match number {
        1 => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", count(number))
}

/// `0.3 %`. Never rounded to nothing or to everything unless it is.
pub fn share(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 2000 + u128::from(whole)) / (u128::from(whole) * 2).max(1);
    match tenths {
        0 if part > 0 => "under 0.1 %".to_owned(),
        1000.. if part < whole => "over 99.9 %".to_owned(),
        tenths if tenths.is_multiple_of(10) => format!("{} %", tenths / 10),
        tenths => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// A short time from its microseconds, to about three digits: `850 µs`, `12.3 ms`, `1.25 s`.
pub fn short(micros: u64) -> String {
    let (whole, part, unit) = match micros {
        0..1_000 => return format!("{micros} µs"),
        1_000..1_000_000 => (micros / 1_000, micros % 1_000, "ms"),
        _ => (micros / 1_000_000, micros / 1_000 % 1_000, "s"),
    };
    match whole {
        0..10 => format!("{whole}.{:02} {unit}", part / 10),
        10..100 => format!("{whole}.{} {unit}", part / 100),
        _ => format!("{whole} {unit}"),
    }
}

/// A long time from its milliseconds: `45 s`, `10 min`, `3 h 20 min`, `2 d 3 h`.
pub fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, 1..10) if !seconds.is_multiple_of(60) => format!("{minutes} min {} s", seconds % 60),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// Foreign text, harmless on a terminal: control characters, and those that hide or turn around what
/// follows, are written out.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if letter.is_control() || misleads(letter) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(letter));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

/// Characters without a width, line separators, and those that turn the direction of writing.
const fn misleads(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// JSON text in which the control characters that JSON allows as they are, are escaped as well.
pub fn json_for_terminals(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        // Outside strings JSON has none of these but the line break between its lines.
        if letter != '\n' && (letter.is_control() || misleads(letter)) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// At most so many characters; what is cut shows.
pub fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Lines of at most so many characters, cut between words; a longer word gets a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!(
            [0, 999, 1_000, 12_408, 1_234_567].map(count),
            ["0", "999", "1,000", "12,408", "1,234,567"]
        );
        assert_eq!(
            [counted(1, "request"), counted(2, "request"), counted(0, "match")],
            ["1 request", "2 requests", "0 matches"]
        );
        assert_eq!(
            [7, 1_234, 12_345, 456_000, 1_250_000].map(short),
            ["7 µs", "1.23 ms", "12.3 ms", "456 ms", "1.25 s"]
        );
        assert_eq!(
            [45_000, 90_000, 600_000, 12_000_000, 180_000_000].map(span),
            ["45 s", "1 min 30 s", "10 min", "3 h 20 min", "2 d 2 h"]
        );
    }

    #[test]
    fn a_share_is_nothing_or_everything_only_where_it_is() {
        let told = [(0, 9), (1, 9_999), (3, 1_000), (1, 2), (9_998, 9_999), (9, 9), (0, 0)];
        assert_eq!(
            told.map(|(part, whole)| share(part, whole)),
            ["0 %", "under 0.1 %", "0.3 %", "50 %", "over 99.9 %", "100 %", "0 %"]
        );
    }

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}d ä"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{202e}d ä");
        assert_eq!(json_for_terminals("{\n \"\u{9b}\u{e0001}\"}"), "{\n \"\\u009b\\udb40\\udc01\"}");
    }

    #[test]
    fn what_is_cut_shows_and_words_stay_whole() {
        assert_eq!((fit("abcdef", 4), fit("abcd", 4)), ("abc…".into(), "abcd".into()));
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    }
}
