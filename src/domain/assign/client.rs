//! The address of a client, the same however it is written.
//!
//! An address is a value here, nothing to connect to.

use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;

use super::Request;

/// Of whoever connected, or of whoever the n-th proxy before us, counted from the nearest, says had connected to it.
/// What stands further left was written by the client.
pub fn address<'a>(request: &Request<'a>, trusted_hops: u8) -> Option<Cow<'a, [u8]>> {
    let text = match usize::from(trusted_hops).checked_sub(1) {
        None => request.peer,
        Some(from_the_right) => {
            // Looked through twice rather than collected: it is short.
            let chain = || {
                let lines = request.fields.all("x-forwarded-for");
                let items = lines.flat_map(|line| line.split(|byte| *byte == b','));
                items.map(<[u8]>::trim_ascii).filter(|item| !item.is_empty())
            };
            let place = chain().count().checked_sub(1)?.checked_sub(from_the_right)?;
            chain().nth(place)?
        }
    };
    canonical(text)
}

fn canonical(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let read = std::str::from_utf8(text).ok()?;
    if let Ok(IpAddr::V4(_)) = read.parse() {
        // Has only one spelling.
        return Some(Cow::Borrowed(text));
    }
    let bare = read.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(read);
    let with_port = || read.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = bare.parse::<IpAddr>().ok().or_else(with_port)?;
    Some(Cow::Owned(address.to_canonical().to_string().into_bytes()))
}
