//! How a cause reads: what new is, beside old. Every phrase follows "new is".

use std::fmt;

use super::cause::{Cause, Class, Mark, Notation, Nothing, Rounding, UnicodeForm, Unit, Way, Width, Words};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Clocks of two zones differ by a multiple of this, and by no more than from UTC-12 to UTC+14.
const ZONE_STEP: u64 = 15 * MINUTE;
const WIDEST_ZONES: u64 = 26 * HOUR;

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Nothing { old, new } => write!(f, "{} instead of {}", new.words(), old.words()),
            Cause::Lost(nothing) => f.write_str(nothing.words()),
            Cause::Gained(Nothing::Missing) => f.write_str("there where old has nothing"),
            Cause::Gained(nothing) => write!(f, "a value where old is {}", nothing.words()),
            Cause::NumberAsText(Way::Forth) => f.write_str("the same number as a text"),
            Cause::NumberAsText(Way::Back) => f.write_str("the number that old sends as a text"),
            Cause::Truth { old, new } => {
                write!(f, "the same, as {} instead of {}", new.words(), old.words())
            }
            Cause::Opposite => f.write_str("the opposite"),
            Cause::LineEnds => f.write_str("the same with other line ends"),
            Cause::Blanks => f.write_str("the same with other white space around it"),
            Cause::Case => f.write_str("the same in another case"),
            Cause::Unicode(form) => write!(f, "the same text in {}", form.words()),
            Cause::Accents => f.write_str("without the accents"),
            Cause::Unmapped(sign) => write!(f, "with {sign:?} for every letter outside of ASCII"),
            Cause::Notation { old, new } if old == new => {
                f.write_str("the same moment with other digits after the second")
            }
            Cause::Notation { old, new } => {
                write!(f, "the same moment, {} instead of {}", new.words(), old.words())
            }
            Cause::TimeCut(unit) => write!(f, "a moment cut to the {}", unit.words()),
            Cause::TimeShift(millis) => shift(f, *millis),
            Cause::Sign => f.write_str("the negative of old"),
            Cause::Reversed => f.write_str("in reverse order"),
            Cause::Reordered => f.write_str("in another order"),
            Cause::Sorted { by, descending } => {
                f.write_str("sorted")?;
                by.as_ref().map_or(Ok(()), |by| write!(f, " by {by}"))?;
                f.write_str(if *descending { ", descending" } else { ", ascending" })
            }
            Cause::Beginning { old, new } => replaced(f, "begins", old, new),
            Cause::Ending { old, new } => replaced(f, "ends", old, new),
            Cause::Constant(value) => write!(f, "always {value}"),
            Cause::Mapped => f.write_str("one fixed value for each of old's"),
            Cause::Offset(by) => match by.strip_prefix('-') {
                Some(by) => write!(f, "smaller by {by}"),
                None => write!(f, "larger by {by}"),
            },
            Cause::Stale => f.write_str("what old said earlier"),
            Cause::Minted(class) => write!(f, "{}: it looks minted for each request", class.words()),
            directed => with_way(f, directed),
        }
    }
}

/// Those that read otherwise where old is the transformed one.
fn with_way(f: &mut fmt::Formatter<'_>, cause: &Cause) -> fmt::Result {
    match cause {
        Cause::Html(Way::Forth) => f.write_str("escaped for HTML"),
        Cause::Html(Way::Back) => f.write_str("not escaped for HTML any more"),
        Cause::Percent(Way::Forth) => f.write_str("escaped for a URL"),
        Cause::Percent(Way::Back) => f.write_str("not escaped for a URL any more"),
        Cause::Mojibake(Way::Forth) => f.write_str("garbled: UTF-8 read as Windows-1252"),
        Cause::Mojibake(Way::Back) => {
            f.write_str("readable where old is garbled: UTF-8 read as Windows-1252")
        }
        Cause::Cut { characters, mark, way } => {
            f.write_str(if *way == Way::Back { "whole where old is " } else { "" })?;
            write!(f, "cut to {}{}", counted(*characters, "character"), mark.words())
        }
        Cause::Rounded { digits, rounding } => rounded(f, *digits, *rounding),
        Cause::Refined { digits, rounding } => {
            f.write_str("more exact where old is ")?;
            rounded(f, *digits, *rounding)
        }
        Cause::Scale { factor, way } => scaled(f, *factor, *way),
        Cause::Float { width, way: Way::Forth } => write!(f, "rounded to a {}", width.words()),
        Cause::Float { width, way: Way::Back } => {
            write!(f, "exact where old is rounded to a {}", width.words())
        }
        Cause::Shifted(Way::Forth) => f.write_str("one element ahead: it begins with old's second"),
        Cause::Shifted(Way::Back) => f.write_str("one element behind: its second is old's first"),
        Cause::WithoutLast(Way::Forth) => f.write_str("without the last element"),
        Cause::WithoutLast(Way::Back) => f.write_str("one element longer at the end"),
        Cause::Shortened { elements, way: Way::Forth } => {
            write!(f, "only the first {}", counted(*elements, "element"))
        }
        Cause::Shortened { elements, way: Way::Back } => {
            write!(f, "more where old stops after {}", counted(*elements, "element"))
        }
        Cause::Duplicated(Way::Forth) => f.write_str("repeating some elements"),
        Cause::Duplicated(Way::Back) => f.write_str("without the elements that old repeats"),
        Cause::Thinned(Way::Forth) => f.write_str("without some of the elements"),
        Cause::Thinned(Way::Back) => f.write_str("longer by some elements"),
        _ => f.write_str(cause.name()),
    }
}

fn rounded(f: &mut fmt::Formatter<'_>, digits: u8, rounding: Rounding) -> fmt::Result {
    f.write_str(match rounding {
        Rounding::HalfUp | Rounding::HalfEven => "rounded to ",
        Rounding::Down => "cut to ",
        Rounding::Up => "rounded up to ",
    })?;
    f.write_str(&counted(usize::from(digits), "decimal"))?;
    f.write_str(if rounding == Rounding::HalfEven { ", halves to even" } else { "" })
}

fn scaled(f: &mut fmt::Formatter<'_>, factor: u64, way: Way) -> fmt::Result {
    let (sign, hint) = match (factor, way) {
        (100, Way::Forth) => ("multiplied", ": cents, or percent?"),
        (100, Way::Back) => ("divided", ": units for cents, or a share for percent?"),
        (1000, Way::Forth) => ("multiplied", ": milliseconds for seconds?"),
        (1000, Way::Back) => ("divided", ": seconds for milliseconds?"),
        (60, Way::Forth) => ("multiplied", ": seconds for minutes?"),
        (60, Way::Back) => ("divided", ": minutes for seconds?"),
        (8, Way::Forth) => ("multiplied", ": bits for bytes?"),
        (8, Way::Back) => ("divided", ": bytes for bits?"),
        (_, Way::Forth) => ("multiplied", ""),
        (_, Way::Back) => ("divided", ""),
    };
    write!(f, "{sign} by {factor}{hint}")
}

fn shift(f: &mut fmt::Formatter<'_>, millis: i64) -> fmt::Result {
    let by = millis.unsigned_abs();
    write!(f, "{} {}", span(by), if millis < 0 { "earlier" } else { "later" })?;
    let zone = by.is_multiple_of(ZONE_STEP) && by <= WIDEST_ZONES;
    f.write_str(if zone { ": a time zone" } else { "" })
}

/// Exactly, in the largest units that fit: `1 h 30 min`.
fn span(millis: u64) -> String {
    let mut rest = millis;
    let mut parts = Vec::new();
    for (size, unit) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1000, "s"), (1, "ms")] {
        // A day and a half is a day, a zone's 26 hours are hours.
        let size_fits = unit != "d" || millis > WIDEST_ZONES || millis.is_multiple_of(DAY);
        if rest >= size && size_fits {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    parts.join(" ")
}

fn replaced(f: &mut fmt::Formatter<'_>, verb: &str, old: &str, new: &str) -> fmt::Result {
    match (old, new) {
        (old, "") => write!(f, "the same without the {old:?} with which old {verb}"),
        ("", new) => write!(f, "the same, but {verb} with {new:?}"),
        (old, new) => write!(f, "the same, but {verb} with {new:?} instead of {old:?}"),
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

impl Nothing {
    pub const fn words(self) -> &'static str {
        match self {
            Nothing::Missing => "missing",
            Nothing::Null => "null",
            Nothing::EmptyText => "an empty text",
            Nothing::EmptyArray => "an empty array",
            Nothing::EmptyObject => "an empty object",
        }
    }
}

impl Words {
    const fn words(self) -> &'static str {
        match self {
            Words::Json => "true and false",
            Words::Numbers => "1 and 0",
            Words::Digits => "the texts 1 and 0",
            Words::TrueFalse => "the texts true and false",
            Words::YesNo => "yes and no",
            Words::YN => "Y and N",
            Words::TF => "T and F",
            Words::OnOff => "on and off",
        }
    }
}

impl UnicodeForm {
    const fn words(self) -> &'static str {
        match self {
            UnicodeForm::Composed => "Unicode form NFC",
            UnicodeForm::Decomposed => "Unicode form NFD",
            UnicodeForm::Compatible => "Unicode form NFKC",
            UnicodeForm::Other => "another Unicode form",
        }
    }
}

impl Notation {
    fn words(self) -> String {
        match self {
            Notation::Utc => "in UTC".to_owned(),
            Notation::Offset(minutes) => {
                let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
                format!("at UTC{}{hours:02}:{rest:02}", if minutes < 0 { '-' } else { '+' })
            }
            Notation::Local => "without a zone".to_owned(),
            Notation::HttpDate => "as an HTTP date".to_owned(),
            Notation::Date => "as a date".to_owned(),
            Notation::Seconds => "in seconds since 1970".to_owned(),
            Notation::Millis => "in milliseconds since 1970".to_owned(),
        }
    }
}

impl Unit {
    const fn words(self) -> &'static str {
        match self {
            Unit::Day => "day",
            Unit::Second => "second",
            Unit::Millisecond => "millisecond",
            Unit::Microsecond => "microsecond",
        }
    }
}

impl Mark {
    pub const fn text(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Ellipsis => "…",
            Mark::Dots => "...",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Ellipsis => " and …",
            Mark::Dots => " and ...",
        }
    }
}

impl Width {
    const fn words(self) -> &'static str {
        match self {
            Width::Double => "64-bit float",
            Width::Single => "32-bit float",
        }
    }
}

impl Class {
    fn words(self) -> String {
        match self {
            Class::Uuid => "another uuid, as old is".to_owned(),
            Class::Now => "the moment of the request, as old is".to_owned(),
            Class::Hex(digits) => format!("{digits} other hexadecimal digits, as old is"),
            Class::Jwt => "another JSON web token, as old is".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_reads_as_a_person_says_it() {
        for (millis, says) in [
            (3_600_000, "1 h later: a time zone"),
            (-19_800_000, "5 h 30 min earlier: a time zone"),
            (86_400_000, "1 d later: a time zone"),
            (50_400_000, "14 h later: a time zone"),
            (3_601_000, "1 h 1 s later"),
            (-250, "250 ms earlier"),
            (90_000_000_000, "1041 d 16 h later"),
        ] {
            assert_eq!(Cause::TimeShift(millis).to_string(), says);
        }
    }

    #[test]
    fn both_ways_of_a_cause_read_differently() {
        let both = |cause: fn(Way) -> Cause| Way::BOTH.map(|way| cause(way).to_string());
        for cause in [
            Cause::Html,
            Cause::Percent,
            Cause::Mojibake,
            Cause::NumberAsText,
            Cause::Shifted,
            Cause::WithoutLast,
            Cause::Duplicated,
            Cause::Thinned,
            |way| Cause::Scale { factor: 100, way },
            |way| Cause::Float { width: Width::Single, way },
            |way| Cause::Cut { characters: 10, mark: Mark::Dots, way },
            |way| Cause::Shortened { elements: 10, way },
        ] {
            let [forth, back] = both(cause);
            assert_ne!(forth, back);
            assert!(forth.contains(' '), "{forth}");
        }
    }
}
