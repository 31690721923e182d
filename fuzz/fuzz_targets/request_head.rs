//! Whatever is taken for a request can be written anew without a line end where none belongs.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use readshift::net::h1::{
    request,
    scan::{HeadLimits, Scanner},
};

fuzz_target!(|bytes: &[u8]| {
    let limits = HeadLimits { bytes: 4096, fields: 64 };
    if let Ok(Some(head)) = request::take(&mut Scanner::default(), &mut BytesMut::from(bytes), &limits) {
        assert!(!head.target.iter().any(|byte| byte.is_ascii_control() || *byte == b' '));
        assert!(request::is_authority(&head.host) || head.host.is_empty());
        for (name, value) in head.fields.iter() {
            assert!(!name.is_empty() && name.iter().all(u8::is_ascii_graphic));
            assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        }
    }
});
