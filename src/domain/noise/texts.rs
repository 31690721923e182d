//! The shape of texts: length, letters, identifiers, and whether they come from a small set.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::stats::{ln_threshold, rare::ln_e_lo},
    value::Value,
};

/// Values of a set that are remembered; with more it is no set.
const MOST_VALUES: usize = 32;
/// A set is taken for complete when it is proven that fewer texts than this share bring a value of their own,
const NEWCOMERS: f64 = 0.01;
/// wrongly with at most this chance.
const SET_ERROR: f64 = 0.01;

/// What is known of old's texts at one place.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// Texts known in full.
    seen: u64,
    /// Characters of the shortest and of the longest.
    lengths: Option<(usize, usize)>,
    /// Whether any was too long to be seen to its end.
    long: bool,
    /// Kinds of characters seen, as bits.
    letters: u16,
    uuids: u64,
    /// Versions and variants of the UUIDs, as bits.
    versions: u16,
    variants: u16,
    /// Hashes of the values; emptied when there are too many.
    values: HashSet<u64>,
    unbounded: bool,
    /// Texts whose value had not been there before.
    newcomers: u64,
}

impl Texts {
    pub fn learn(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.learn_text(text),
            Value::Long(start) => {
                self.long = true;
                self.letters |= letters(start);
            }
            _ => {}
        }
    }

    fn learn_text(&mut self, text: &str) {
        self.seen += 1;
        let length = text.chars().count();
        let (shortest, longest) = self.lengths.unwrap_or((length, length));
        self.lengths = Some((shortest.min(length), longest.max(length)));
        self.letters |= letters(text);
        if let Some((version, variant)) = uuid(text) {
            self.uuids += 1;
            self.versions |= 1 << version;
            self.variants |= 1 << variant;
        }
        if !self.unbounded && self.values.insert(xxh3_64(text.as_bytes())) {
            self.newcomers += 1;
            self.unbounded = self.values.len() > MOST_VALUES;
        }
        if self.unbounded {
            self.values = HashSet::new();
        }
    }

    pub fn breach(&self, new: &Value) -> Option<&'static str> {
        let text = match new {
            // Past the bound only its letters are known, and that old is as long.
            Value::Long(_) if !self.long => return Some("a longer text than old ever has"),
            Value::Long(text) | Value::Text(text) => text,
            _ => return None,
        };
        if self.are_uuids() {
            match uuid(text) {
                None => return Some("no UUID, where old has one"),
                Some((version, _)) if self.versions & 1 << version == 0 => {
                    return Some("a UUID of another version than old's");
                }
                Some((_, variant)) if self.variants & 1 << variant == 0 => {
                    return Some("a UUID of another variant than old's");
                }
                Some(_) => {}
            }
        }
        if letters(text) & !self.letters != 0 {
            return Some("characters of a kind that old never has here");
        }
        if matches!(new, Value::Text(_)) && !self.is_of_a_length(text.chars().count()) {
            return Some("a text of another length than old's");
        }
        let strange = self.is_a_set() && !self.values.contains(&xxh3_64(text.as_bytes()));
        strange.then_some("a value that is not among those of old")
    }

    /// The same length where old has one; else up to twice as long or half as short as any, but not empty.
    fn is_of_a_length(&self, length: usize) -> bool {
        match self.lengths {
            None => true,
            Some((shortest, longest)) if shortest == longest && !self.long => length == shortest,
            Some((shortest, longest)) => {
                let least = if shortest == 0 { 0 } else { (shortest / 2).max(1) };
                length >= least && (self.long || length <= longest.saturating_mul(2))
            }
        }
    }

    pub const fn are_uuids(&self) -> bool {
        self.seen > 0 && self.uuids == self.seen && !self.long
    }

    /// Whether all texts are of letters that hexadecimal digits are written with.
    pub const fn are_hex(&self) -> bool {
        self.seen > 0 && self.letters & !(DIGIT | LOWER_HEX | UPPER_HEX) == 0
    }

    /// Whether the values come from a small set that is known in full.
    fn is_a_set(&self) -> bool {
        let expected = self.seen as f64 * NEWCOMERS;
        !self.unbounded && !self.long && ln_e_lo(self.newcomers as f64, expected) >= ln_threshold(SET_ERROR)
    }
}

const DIGIT: u16 = 1;
const LOWER_HEX: u16 = 2;
const LOWER: u16 = 4;
const UPPER_HEX: u16 = 8;
const UPPER: u16 = 16;

/// Which kinds of characters a text is written with.
fn letters(text: &str) -> u16 {
    let kind = |letter| match letter {
        '0'..='9' => DIGIT,
        'a'..='f' => LOWER_HEX,
        'g'..='z' => LOWER,
        'A'..='F' => UPPER_HEX,
        'G'..='Z' => UPPER,
        '-' | '_' => 32,
        '+' | '/' | '=' => 64,
        '.' | ':' | ',' => 128,
        ' ' => 256,
        '!'..='~' => 512,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fffd}' => 1_024,
        _ => 2_048,
    };
    text.chars().fold(0, |kinds, letter| kinds | kind(letter))
}

/// The version and the variant of a UUID in its usual form (RFC 9562), from 0 to 15.
fn uuid(text: &str) -> Option<(u32, u32)> {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let whole = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if DASHES.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() });
    let nibble = |at: usize| text.as_bytes().get(at).and_then(|byte| char::from(*byte).to_digit(16));
    // The variant is the leading bits of its digit up to the first zero.
    let variant = |digit: u32| (!(digit << 28)).leading_zeros();
    whole.then_some(nibble(14)?).zip(nibble(19).map(variant))
}
