//! Whatever a caller sends has a key that is not empty or none, the same each time, and made of what was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    assign::{Assignment, BucketBy, Condition, Pin, Request, Tester},
    fields::Fields,
    side::Side,
};
use readshift_fuzz::Choices;

const NAMES: [&str; 6] = ["authorization", "cookie", "x-forwarded-for", "x-user", "X-User", "x-side"];
const SECRET: &str = "s3cret";

/// Letters without padding, of the alphabet that tokens are written in.
fn coded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let all = at(0) << 16 | at(1) << 8 | at(2);
        (0..=three.len())
            .for_each(|sixth| text.push(LETTERS[(all >> (18 - 6 * sixth) & 63) as usize].into()));
    }
    text
}

fn ways(choices: &mut Choices<'_>) -> Vec<BucketBy> {
    let name = choices.of(&["sid", "sub", "u", ""]).to_owned();
    let number = choices.below(5);
    vec![
        BucketBy::Header("x-user".to_owned()),
        BucketBy::Cookie(name.clone()),
        BucketBy::Path { name: name.clone(), segment: number },
        BucketBy::Query(name.clone()),
        BucketBy::Jwt(name),
        BucketBy::Client { trusted_hops: number as u8 },
        BucketBy::Nothing,
    ]
}

fn check(by: &BucketBy, request: &Request<'_>, beside: &Fields, sent: usize) {
    let key = by.key(request);
    assert_eq!(key, by.key(request), "{by:?}: another key the second time");
    assert_eq!(key, by.key(&Request { fields: beside, ..*request }), "{by:?}: what is not asked for matters");
    let assignment = Assignment { by: by.clone(), group: "g".to_owned(), ..Assignment::none() };
    assert_eq!(assignment.bucket(request).is_some(), key.is_some());
    let Some(key) = key else { return };
    assert!(!key.is_empty(), "{by:?}: an empty key");
    // A letter of a token may be spelled with more, and never stands for more than three bytes; an address has a
    // length of its own.
    assert!(key.len() <= 3 * sent + 45, "{by:?}: {} bytes out of {sent}", key.len());
    assert_eq!(assignment.bucket(request), Some(assignment.bucket_of(&key)));
    if let Ok(value) = str::from_utf8(&key) {
        let condition = Condition { of: by.clone(), is_any_of: vec!["no".to_owned(), value.to_owned()] };
        assert!(condition.holds(request));
        let pin = Pin { when: condition, serve: Side::New };
        let tester = Some(Tester { header: "x-nobody".to_owned(), secret: SECRET.to_owned() });
        let pinned = Assignment { pins: vec![pin], tester, ..assignment };
        assert_eq!(pinned.wish(request), Some(Side::New));
    }
}

/// Who does not know the secret has no say.
fn check_tester(request: &Request<'_>) {
    let tester = Tester { header: "x-side".to_owned(), secret: SECRET.to_owned() };
    let assignment = Assignment { tester: Some(tester), ..Assignment::none() };
    let expected = match request.fields.get("x-side") {
        Some(b"old s3cret") => Some(Side::Old),
        Some(b"new s3cret") => Some(Side::New),
        _ => None,
    };
    assert_eq!(assignment.wish(request), expected);
    let open = Tester { header: "x-side".to_owned(), secret: String::new() };
    assert_eq!(Assignment { tester: Some(open), ..Assignment::none() }.wish(request), None);
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let ways = ways(&mut choices);
    // One line for the target, one for the peer, and one for each field.
    let mut lines = choices.0.split(|byte| *byte == b'\n');
    let (target, peer) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut pairs: Vec<(&str, Vec<u8>)> = Vec::new();
    for line in lines.take(20) {
        let (how, rest) = line.split_at(line.len().min(1));
        let how = usize::from(how.first().copied().unwrap_or_default());
        let token = || format!("Bearer e30.{}.x", coded(rest)).into_bytes();
        let is_token = how % 8 > 5;
        let value = if is_token { token() } else { rest.to_vec() };
        pairs.push((if is_token { NAMES[0] } else { NAMES[how % 8] }, value));
    }
    let fields = Fields::from_pairs(pairs.iter().map(|(name, value)| (name, value)));
    let beside = [("x-beside", b"1".to_vec())].into_iter().chain(pairs.iter().cloned());
    let beside = Fields::from_pairs(beside.chain([("host", b"a".to_vec())]));
    let request = Request { target, fields: &fields, peer };
    let sent = target.len() + peer.len() + fields.size();
    ways.iter().for_each(|by| check(by, &request, &beside, sent));
    check_tester(&request);
});
