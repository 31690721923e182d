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

/// What there is to say of two texts that are written in another way, and differ in nothing by it.
pub fn notes(old: Side<'_>, new: Side<'_>) -> Vec<String> {
    if !is_textual(old.2) || !is_textual(new.2) {
        return Vec::new();
    }
    let name = |(body, fields, reading): Side<'_>| charset::of(body, fields, reading).name();
    let (ours, theirs) = (name(old), name(new));
    let charset = (ours != theirs).then(|| format!("charset: old {ours}, new {theirs}"));
    let mark = match (charset::bom(old.0), charset::bom(new.0)) {
        _ if may_stumble(old.2) && may_stumble(new.2) => None,
        (Some(_), None) => Some("only old begins with a byte order mark".to_owned()),
        (None, Some(_)) => Some("only new begins with a byte order mark".to_owned()),
        _ => None,
    };
    charset.into_iter().chain(mark).collect()
}

/// A byte order mark that only one of two texts has, where a client may stumble over it.
pub fn mark((old, _, old_reading): Side<'_>, (new, _, new_reading): Side<'_>) -> Option<Difference> {
    let (ours, theirs) = (charset::bom(old), charset::bom(new));
    if !may_stumble(old_reading) || !may_stumble(new_reading) || ours.is_some() == theirs.is_some() {
        return None;
    }
    let shown = |mark: Option<&str>| {
        Some(mark.map_or("no byte order mark".to_owned(), |name| format!("byte order mark of {name}")))
    };
    Some(Difference::at(Place::Body(String::new()), Kind::Encoding, shown(ours), shown(theirs)))
}

const fn may_stumble(reading: Reading) -> bool {
    is_textual(reading) && !matches!(reading, Reading::Xml | Reading::Html)
}

/// Forms are ASCII, and say in it what they say.
const fn is_textual(reading: Reading) -> bool {
    matches!(reading, Reading::Json | Reading::Lines | Reading::Xml | Reading::Html | Reading::Text)
}
