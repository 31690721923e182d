//! The transformations that are looked for, the simplest first, with what each needs to be told apart
//! from others of its kind.
//!
//! Only the values and their names. How each is found stands in the files about texts, numbers, times
//! and arrays; how it reads, in the words.

/// A transformation that may have been applied to old's value on the way to new. Ordered: of two that
/// account for as much, the lesser one is the simpler.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Both say nothing, each in its way.
    Nothing {
        old: Nothing,
        new: Nothing,
    },
    /// New says nothing where old says something.
    Lost(Nothing),
    /// New says something where old says nothing.
    Gained(Nothing),
    /// A number as a text.
    NumberAsText(Way),
    /// The same truth in other words.
    Truth {
        old: Words,
        new: Words,
    },
    /// True for false and false for true.
    Opposite,
    LineEnds,
    /// White space around the text.
    Blanks,
    /// Another case of the same letters.
    Case,
    Unicode(UnicodeForm),
    /// Escaped for HTML.
    Html(Way),
    /// Escaped for a URL.
    Percent(Way),
    /// UTF-8 read as Windows-1252 or Latin-1.
    Mojibake(Way),
    /// Letters without their accents.
    Accents,
    /// Every letter outside of ASCII as this sign.
    Unmapped(char),
    /// The same moment in another notation.
    Notation {
        old: Notation,
        new: Notation,
    },
    /// A moment with less of it.
    TimeCut(Unit),
    /// Later by so many milliseconds.
    TimeShift(i64),
    /// The first characters of the text, and a mark after them or none.
    Cut {
        characters: usize,
        mark: Mark,
        way: Way,
    },
    /// The negative.
    Sign,
    /// To so many digits after the point.
    Rounded {
        digits: u8,
        rounding: Rounding,
    },
    /// Multiplied by this; `Back`: divided by it.
    Scale {
        factor: u64,
        way: Way,
    },
    /// To a binary float.
    Float {
        width: Width,
        way: Way,
    },
    /// What old says with fewer digits after the point.
    Refined {
        digits: u8,
        rounding: Rounding,
    },
    Reversed,
    /// In order of this member (`None`: of the elements themselves), where old is not.
    Sorted {
        by: Option<String>,
        descending: bool,
    },
    /// Begins one element later; `Back`: one earlier.
    Shifted(Way),
    /// Without the last element.
    WithoutLast(Way),
    /// Only so many first elements.
    Shortened {
        elements: usize,
        way: Way,
    },
    /// Some elements more than once.
    Duplicated(Way),
    /// The same elements in another order.
    Reordered,
    /// Without some elements.
    Thinned(Way),
    /// Another beginning of the text.
    Beginning {
        old: String,
        new: String,
    },
    /// Another end of the text.
    Ending {
        old: String,
        new: String,
    },

    // From here on only many differences can tell.
    /// Always the same value.
    Constant(String),
    /// One value for each of old's.
    Mapped,
    /// Larger by this.
    Offset(String),
    /// What old said earlier.
    Stale,
    /// Made anew for each request, of one class on both sides.
    Minted(Class),
}

/// Which of the two was transformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// New is the transformed one.
    Forth,
    /// Old is: new is as if it were undone.
    Back,
}

/// How nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Nothing {
    Missing,
    Null,
    EmptyText,
    EmptyArray,
    EmptyObject,
}

/// The words that stand for true and false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Words {
    Json,
    Numbers,
    Digits,
    TrueFalse,
    YesNo,
    YN,
    TF,
    OnOff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnicodeForm {
    Composed,
    Decomposed,
    /// Composed, with what only looks different made alike.
    Compatible,
    /// Equal in form, and in none of these.
    Other,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notation {
    /// RFC 3339 with `Z`.
    Utc,
    /// RFC 3339 with an offset in minutes.
    Offset(i16),
    /// Without any zone.
    Local,
    HttpDate,
    Date,
    Seconds,
    Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    Day,
    Second,
    Millisecond,
    Microsecond,
}

/// What stands where a text was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    None,
    Ellipsis,
    Dots,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rounding {
    /// To the nearest, halves away from zero.
    HalfUp,
    /// To the nearest, halves to the even neighbour.
    HalfEven,
    /// Towards zero: the further digits are cut off.
    Down,
    /// Away from zero.
    Up,
}

/// Of a binary float (IEEE 754).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Width {
    Double,
    Single,
}

/// What values look like that are made anew each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Uuid,
    /// A moment within a short while of the request.
    Now,
    /// So many hexadecimal digits.
    Hex(usize),
    Jwt,
}

impl Cause {
    /// A word for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Cause::Nothing { .. } => "nothing",
            Cause::Lost(_) => "lost",
            Cause::Gained(_) => "gained",
            Cause::NumberAsText(_) => "number_as_text",
            Cause::Truth { .. } => "truth",
            Cause::Opposite => "opposite",
            Cause::LineEnds => "line_ends",
            Cause::Blanks => "blanks",
            Cause::Case => "case",
            Cause::Unicode(_) => "unicode_form",
            Cause::Html(_) => "html",
            Cause::Percent(_) => "percent",
            Cause::Mojibake(_) => "mojibake",
            Cause::Accents => "accents",
            Cause::Unmapped(_) => "unmapped",
            Cause::Notation { .. } => "time_notation",
            Cause::TimeCut(_) => "time_cut",
            Cause::TimeShift(_) => "time_shift",
            Cause::Cut { .. } => "cut",
            Cause::Sign => "sign",
            Cause::Rounded { .. } => "rounded",
            Cause::Scale { .. } => "scale",
            Cause::Float { .. } => "float",
            Cause::Refined { .. } => "refined",
            Cause::Reversed => "reversed",
            Cause::Sorted { .. } => "sorted",
            Cause::Shifted(_) => "shifted",
            Cause::WithoutLast(_) => "without_last",
            Cause::Shortened { .. } => "shortened",
            Cause::Duplicated(_) => "duplicated",
            Cause::Reordered => "reordered",
            Cause::Thinned(_) => "thinned",
            Cause::Beginning { .. } => "beginning",
            Cause::Ending { .. } => "ending",
            Cause::Constant(_) => "constant",
            Cause::Mapped => "mapped",
            Cause::Offset(_) => "offset",
            Cause::Stale => "stale",
            Cause::Minted(_) => "minted",
        }
    }

    /// Whether only many differences can tell.
    pub const fn is_of_many(&self) -> bool {
        matches!(
            self,
            Cause::Constant(_) | Cause::Mapped | Cause::Offset(_) | Cause::Stale | Cause::Minted(_)
        )
    }

    /// Whether the two values can only ever be a few, so that the same pair again and again is no
    /// weaker evidence than many.
    pub const fn is_of_few_values(&self) -> bool {
        matches!(self, Cause::Nothing { .. } | Cause::Lost(_) | Cause::Gained(_) | Cause::Truth { .. })
    }
}

impl Way {
    pub const BOTH: [Way; 2] = [Way::Forth, Way::Back];

    /// The untransformed and the transformed one of old and new.
    pub const fn of<T: Copy>(self, old: T, new: T) -> (T, T) {
        match self {
            Way::Forth => (old, new),
            Way::Back => (new, old),
        }
    }
}

#[cfg(test)]
mod tests {
    /// The names in the list above, read from it so that none is forgotten.
    #[test]
    fn every_cause_is_named_in_the_page_about_the_report() {
        let page = include_str!("../../../../docs/report.md");
        let code = include_str!("cause.rs");
        let names: Vec<_> = code
            .lines()
            .filter(|line| line.trim_start().starts_with("Cause::"))
            .filter_map(|line| line.split('"').nth(1))
            .collect();
        assert!(names.len() > 30, "{names:?}");
        let missing: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
