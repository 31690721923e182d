//! Any request is of one kind, whatever the order of its parameters, and the kind reads as one short line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{evidence::cell::Kind, fields::Fields};

/// Parameters beyond these are not looked at one by one, so that which they are depends on their order.
const LOOKED_AT: usize = 32;
/// As many parameters, and the rest of the line, at four letters a byte.
const LONGEST_TEXT: usize = (LOOKED_AT + 1) * 260 + 600;

fn turned(target: &[u8]) -> Vec<u8> {
    let Some(at) = target.iter().position(|byte| *byte == b'?') else { return target.to_vec() };
    let (path, query) = target.split_at(at + 1);
    let mut pairs: Vec<_> = query.split(|byte| *byte == b'&').collect();
    if pairs.iter().filter(|pair| !pair.is_empty()).count() <= LOOKED_AT {
        pairs.reverse();
    }
    [path, &pairs.join(&b'&')].concat()
}

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n').map(|line| (!line.is_empty()).then_some(line));
    let mut line = || lines.next().flatten();
    let target = line().unwrap_or(b"/");
    let (accept, credentials, cookie) = (line(), line(), line());
    let pairs = [("accept", accept), ("authorization", credentials), ("cookie", cookie)];
    let given = |pairs: &[(&'static str, Option<&[u8]>)]| {
        let pairs: Vec<_> = pairs.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        Fields::from_pairs(pairs)
    };
    let fields = given(&pairs);
    let kind = Kind::of(b"GET", target, &fields);
    let other = turned(target);
    let again = Kind::of(b"GET", &other, &given(&[pairs[2], pairs[1], pairs[0]]));
    let statuses = [0, 100, 200, 304, 404, 500, 999, u16::MAX];
    for status in statuses {
        assert_eq!(kind.cell(status), again.cell(status), "the order matters");
        let text = kind.text(b"GET", target, status);
        assert_eq!(text, again.text(b"GET", &other, status));
        assert!(text.len() <= LONGEST_TEXT, "{} bytes", text.len());
        assert!(!text.bytes().any(|byte| byte.is_ascii_control()), "{text:?}");
    }
    let mut cells = statuses.map(|status| kind.cell(status));
    cells.sort_unstable();
    assert!(cells.array_windows().all(|[one, other]| one != other), "two classes of status are one cell");
    // What is shown of who asks is how, and never with what.
    let secret = Fields::from_pairs([("authorization", "Bearer hunter2"), ("cookie", "hunter2")]);
    let told = Kind::of(b"GET", b"/", &secret).text(b"GET", b"/", 200);
    assert!(!told.contains("hunter2"));
});
