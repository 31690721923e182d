//! A reply read whole and a reply read byte by byte are one and the same.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use readshift::net::{
    h1::{
        body::{Body, Piece},
        reply,
        scan::{HeadLimits, Scanner},
    },
    upstream::body_of,
};

/// The status and the body, and whether it ended well; `None` where there is no whole head.
fn read<'a>(feeds: impl Iterator<Item = &'a [u8]>) -> Option<(u16, Vec<u8>, bool)> {
    let limits = HeadLimits { bytes: 4096, fields: 64 };
    let (mut scanner, mut input, mut data) = (Scanner::default(), BytesMut::new(), Vec::new());
    let mut reading: Option<(u16, Body)> = None;
    for feed in feeds {
        input.extend_from_slice(feed);
        if reading.is_none() {
            let Some(head) = reply::take(&mut scanner, &mut input, &limits).ok()? else { continue };
            reading = Some((head.status, body_of(reply::framing(b"GET", &head).ok()?)));
        }
        let (status, body) = reading.as_mut()?;
        loop {
            match body.next(&mut input) {
                Ok(Piece::Data(piece)) => data.extend_from_slice(&piece),
                Ok(Piece::End(_)) => return Some((*status, data, true)),
                Ok(Piece::More) => break,
                Err(_) => return Some((*status, data, false)),
            }
        }
    }
    reading.map(|(status, _)| (status, data, false))
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, bytewise) = (read(std::iter::once(bytes)), read(bytes.chunks(1)));
    // A head past its limit is refused earlier when it comes in pieces.
    if bytes.len() < 4096 {
        assert_eq!(whole, bytewise);
    }
});
