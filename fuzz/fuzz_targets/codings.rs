//! What was coded reads as what it was, under any stack of codings; what was cut, lengthened or changed
//! never passes for it; and any bytes at all end within the caps.
#![no_main]

use std::io::Write;

use flate2::{Compression, write};
use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Limits, rules::Rules},
    observation::Reply,
    outcome::{Outcome, Verdict},
};
use readshift_fuzz::{Choices, LIMITS, agrees, judge, reply, verdict};

const KIND: &str = "application/octet-stream";
/// How often a body may be repeated, to run into the caps.
const REPEATS: [usize; 8] = [1, 1, 1, 1, 7, 40, 300, 2_000];
const LONGEST: usize = 80 << 10;

#[derive(Clone, Copy, PartialEq)]
enum Coding {
    Identity,
    Gzip,
    Zlib,
    Deflate,
    Brotli,
    Zstd,
}

const CODINGS: [Coding; 8] = [
    Coding::Gzip,
    Coding::Zlib,
    Coding::Deflate,
    Coding::Brotli,
    Coding::Zstd,
    Coding::Identity,
    Coding::Gzip,
    Coding::Zstd,
];

impl Coding {
    fn name(self, choices: &mut Choices<'_>) -> &'static str {
        match self {
            Coding::Identity => "identity",
            Coding::Gzip => choices.of(&["gzip", "x-gzip", "GZip"]),
            Coding::Zlib | Coding::Deflate => choices.of(&["deflate", "Deflate"]),
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }

    fn code(self, body: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
        let level = choices.below(10) as u32;
        let deflate = Compression::new(level);
        match self {
            Coding::Identity => body.to_vec(),
            Coding::Gzip => {
                // A second member is the same body going on.
                let (first, second) = body.split_at(choices.below(body.len() + 1));
                let mut out = gzip(first, deflate);
                if !second.is_empty() {
                    out.extend(gzip(second, deflate));
                }
                out
            }
            Coding::Zlib => {
                let mut encoder = write::ZlibEncoder::new(Vec::new(), deflate);
                encoder.write_all(body).expect("room");
                encoder.finish().expect("room")
            }
            Coding::Deflate => {
                let mut encoder = write::DeflateEncoder::new(Vec::new(), deflate);
                encoder.write_all(body).expect("room");
                encoder.finish().expect("room")
            }
            Coding::Brotli => {
                let mut out = Vec::new();
                let (quality, window) = (level % 5, 10 + choices.below(15) as u32);
                brotli::CompressorWriter::new(&mut out, 4096, quality, window).write_all(body).expect("room");
                out
            }
            Coding::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), (level % 5) as i32).expect("an encoder");
                encoder.include_checksum(level > 4).expect("an encoder");
                encoder.write_all(body).expect("room");
                encoder.finish().expect("room")
            }
        }
    }
}

fn gzip(body: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(body).expect("room");
    encoder.finish().expect("room")
}

fn coded(names: &[&str], body: &[u8]) -> Reply {
    reply(&[("content-type", KIND), ("content-encoding", &names.join(", "))], body)
}

/// Any bytes at all under any codings.
fn any(choices: &mut Choices<'_>, limits: &Limits) {
    let rules = Rules::default();
    let names = ["gzip", "deflate", "br", "zstd", "identity", "exi", "x-gzip"];
    let stack =
        |choices: &mut Choices<'_>| (0..choices.below(6)).map(|_| choices.of(&names)).collect::<Vec<_>>();
    let (ours, theirs) = (stack(choices), stack(choices));
    let (one, other) = choices.0.split_at(choices.0.len() / 2);
    for (one, other) in [(one, other), (one, one), (choices.0, choices.0)] {
        let (old, new) = (coded(&ours, one), coded(&theirs, other));
        let there = verdict(&old, &new, &rules, limits);
        let back = verdict(&new, &old, &rules, limits);
        assert_eq!(agrees(there), agrees(back), "a match is not symmetric");
        assert_ne!(verdict(&old, &old, &rules, limits), Verdict::Mismatch);
        // Nothing at all has no coding to undo, and more codings than are undone are broken.
        if one.is_empty() || ours.len() >= 4 {
            continue;
        }
        let undone = coded(&[&ours[..], &["gzip"]].concat(), &gzip(one, Compression::fast()));
        assert_ne!(verdict(&old, &undone, &rules, limits), Verdict::Mismatch, "{ours:?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let limits = LIMITS;
    if choices.below(4) == 0 {
        return any(&mut choices, &limits);
    }
    let rules = Rules::default();
    let stack: Vec<Coding> = (0..choices.below(5)).map(|_| choices.of(&CODINGS)).collect();
    let repeats = choices.of(&REPEATS);
    let (mut wheel, spoil) = (choices.0.get(..8).unwrap_or_default().to_vec(), choices.byte());
    wheel.reverse();
    let length = LONGEST.min(choices.0.len() * repeats);
    let body: Vec<u8> = choices.0.iter().copied().cycle().take(length).collect();
    let mut wheel = Choices(&wheel);
    let names: Vec<&str> = stack.iter().map(|coding| coding.name(&mut wheel)).collect();
    let out = stack.iter().fold(body.clone(), |body, coding| coding.code(&body, &mut wheel));
    let (plain, new) = (coded(&[], &body), coded(&names, &out));
    let outcome = judge(&plain, &new, &rules, &limits).outcome;
    let back = judge(&new, &plain, &rules, &limits).outcome;
    let is_coded = stack.iter().any(|coding| *coding != Coding::Identity);
    // What stands between two codings is longer than what was there before them.
    let past = body.len() + 64 * stack.len() > limits.decoded;
    if !past || !is_coded {
        assert_eq!((outcome.verdict(), back.verdict()), (Verdict::Match, Verdict::Match), "{outcome:?}");
    } else if body.len() > limits.decoded {
        assert_eq!((outcome, back), (Outcome::TooLargeEncoded, Outcome::TooLargeEncoded));
    }
    // An empty body is none, whatever coding it names.
    if !is_coded || out.is_empty() || past {
        return;
    }
    let at = (usize::from(spoil) * 31) % out.len();
    let mut cut = out.clone();
    cut.truncate(at);
    let longer = [&out[..], &choices.0[..choices.0.len().min(1 + at % 3)]].concat();
    for (spoilt, how) in [(&cut, "cut"), (&longer, "lengthened")] {
        if spoilt.len() == out.len() || (spoilt.is_empty() && body.is_empty()) {
            continue;
        }
        let spoilt = coded(&names, spoilt);
        assert!(
            !agrees(verdict(&plain, &spoilt, &rules, &limits)),
            "{how} at {at} of {}: {names:?}",
            out.len()
        );
        assert!(
            !agrees(verdict(&spoilt, &plain, &rules, &limits)),
            "{how} at {at} of {}: {names:?}",
            out.len()
        );
    }
    if !body.is_empty() {
        let mut changed = body.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << (spoil % 8);
        let changed = coded(&[], &changed);
        for (old, new) in [(&changed, &new), (&new, &changed)] {
            assert_eq!(verdict(old, new, &rules, &limits), Verdict::Mismatch);
        }
    }
});
