//! How two texts are written in bytes, where that is not alike.
//!
//! The same text in another charset is the same text: a note says so, and the content type is compared
//! as a header. A byte order mark on one side only is a difference, since clients that do not know it
//! stumble over it, and so is a charset that differs while the heads say the same; but not of XML and HTML, whose every reader knows it.

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

/// Where a client that reads the one text may stumble over the other: a byte order mark that only one of
/// them has, or another charset that nothing tells of.
pub fn stumble(old: Side<'_>, new: Side<'_>) -> Option<Difference> {
    if !may_stumble(old.2) || !may_stumble(new.2) {
        return None;
    }
    let (ours, theirs) = (charset::bom(old.0), charset::bom(new.0));
    let (ours, theirs) = if ours.is_some() == theirs.is_some() {
        untold(old, new)?
    } else {
        let told = |mark: Option<&str>| {
            mark.map_or("no byte order mark".to_owned(), |name| format!("byte order mark of {name}"))
        };
        (told(ours), told(theirs))
    };
    Some(Difference::at(Place::Body(String::new()), Kind::Encoding, Some(ours), Some(theirs)))
}

/// Two charsets of texts without a mark whose heads say the same of them: one of the two heads is wrong, and
/// every client reads one of the two texts wrong.
fn untold(old: Side<'_>, new: Side<'_>) -> Option<(String, String)> {
    let is_marked = charset::bom(old.0).is_some();
    if is_marked || charset::said(old.1) != charset::said(new.1) {
        return None;
    }
    let name = |(body, fields, reading): Side<'_>| charset::of(body, fields, reading).name().to_owned();
    let (ours, theirs) = (name(old), name(new));
    (ours != theirs).then_some((ours, theirs))
}

const fn may_stumble(reading: Reading) -> bool {
    is_textual(reading) && !matches!(reading, Reading::Xml | Reading::Html)
}

/// Forms are ASCII, and say in it what they say.
const fn is_textual(reading: Reading) -> bool {
    matches!(reading, Reading::Json | Reading::Lines | Reading::Xml | Reading::Html | Reading::Text)
}
