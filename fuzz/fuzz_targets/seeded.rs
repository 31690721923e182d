//! A difference planted in a body that agrees with itself is found, wherever it is planted; and with rules that
//! forgive places, what is not forgiven is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Asked, Terms, rules::Rules},
    observation::Reply,
    seeded::{Sowing, sow},
};
use readshift_fuzz::{Choices, LIMITS, agrees, reply, rules, verdict};

const JSON: &str = "application/json";
const TYPES: [&str; 10] = [
    JSON,
    JSON,
    JSON,
    "application/jsonl",
    "text/plain",
    "text/html",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/msgpack",
    "image/png",
];
/// What is said where every change that was tried may have meant nothing, or was forgiven.
const NOTHING_LEFT: &str = "the rules leave nothing";

fn sown(reply: &Reply, rules: &Rules, thrown: u64) -> Sowing {
    let terms = Terms { rules, limits: &LIMITS, asked: Asked::default(), now_millis: 1_000 };
    let sowing = sow(reply, reply, &terms, thrown);
    assert_eq!(sowing, sow(reply, reply, &terms, thrown), "another answer the second time");
    let judged = verdict(reply, reply, rules, &LIMITS);
    assert!(agrees(judged) || sowing == Sowing::Nothing, "planted where nothing agrees");
    sowing
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let kind = choices.of(&TYPES);
    let coding = choices.of(&["", "", "", "identity", "gzip"]);
    let thrown = u64::from_le_bytes(std::array::from_fn(|_| choices.byte()));
    let made = if choices.below(2) == 0 { Vec::new() } else { rules::made(&mut choices) };
    let reply = reply(&[("content-type", kind), ("content-encoding", coding)], choices.0);
    match sown(&reply, &Rules::default(), thrown) {
        Sowing::Missed(told) => {
            assert!(told.starts_with(NOTHING_LEFT), "missed: {told}");
            assert_ne!(kind, JSON, "nothing is left of JSON: {told}");
        }
        // What cannot be read is the same as itself, and cannot be judged once it is changed. Where there is no body the
        // status is a place.
        Sowing::Nothing => assert!(
            !choices.0.is_empty() || !agrees(verdict(&reply, &reply, &Rules::default(), &LIMITS)),
            "nothing was planted where it could have been"
        ),
        Sowing::Found => {}
    }
    if let (false, Some(rules)) = (made.is_empty(), rules::read(&made)) {
        sown(&reply, &rules, thrown);
    }
});
