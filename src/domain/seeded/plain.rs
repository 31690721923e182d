//! Changes to bodies that have no places of their own.

use super::at;

/// A changed body, what was changed, and whether no reading can take both for one.
pub type Changed = (Vec<u8>, String, bool);

/// One letter or digit of a text.
pub fn letter_changed(text: &[u8], place: u64) -> Option<Changed> {
    let letters: Vec<usize> =
        text.iter().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()).map(|(at, _)| at).collect();
    let Some(at) = letters.get(at(place, letters.len())).copied() else { return byte_changed(text, place) };
    let mut body = text.to_vec();
    let byte = body.get_mut(at)?;
    *byte = match *byte {
        b'z' => b'q',
        b'Z' => b'Q',
        b'9' => b'4',
        letter => letter + 1,
    };
    Some((body, format!("a letter at byte {at}"), false))
}

pub fn byte_changed(bytes: &[u8], place: u64) -> Option<Changed> {
    let at = at(place, bytes.len());
    let mut body = bytes.to_vec();
    let byte = body.get_mut(at)?;
    *byte ^= 1;
    Some((body, format!("a byte at {at}"), false))
}
