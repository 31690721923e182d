//! How two texts are written in bytes, where that is not alike.
//!
//! The same text in another charset is the same text: a note says so, and the content type is compared
//! as a header. A byte order mark on one side only is a difference, since clients that do not know it
//! stumble over it; but not of XML and HTML, whose every reader knows it.

use super::{
    super::fields::Fields,
    difference::{Difference, Kind, Place},
    formats::charset,
    media::Reading,
};

/// One body with what is known of it.
pub type Side<'a> = (&'a [u8], &'a Fields, Reading);

/// A note about two charsets.
pub fn note(old: Side<'_>, new: Side<'_>) -> Option<String> {
    let name = |(body, fields, reading): Side<'_>| {
        is_textual(reading).then(|| charset::of(body, fields, reading).name())
    };
    let (old, new) = (name(old)?, name(new)?);
    (old != new).then(|| format!("charset: old {old}, new {new}"))
}

/// A byte order mark that only one of two texts has.
pub fn mark((old, _, old_reading): Side<'_>, (new, _, new_reading): Side<'_>) -> Option<Difference> {
    let may_stumble = |reading| is_textual(reading) && !matches!(reading, Reading::Xml | Reading::Html);
    let (ours, theirs) = (charset::bom(old), charset::bom(new));
    if !may_stumble(old_reading) || !may_stumble(new_reading) || ours.is_some() == theirs.is_some() {
        return None;
    }
    let shown = |mark: Option<&str>| {
        Some(mark.map_or("no byte order mark".to_owned(), |name| format!("byte order mark of {name}")))
    };
    Some(Difference::at(Place::Body(String::new()), Kind::Encoding, shown(ours), shown(theirs)))
}

/// Forms are ASCII, and say in it what they say.
const fn is_textual(reading: Reading) -> bool {
    matches!(reading, Reading::Json | Reading::Lines | Reading::Xml | Reading::Html | Reading::Text)
}
