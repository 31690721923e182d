//! Content codings undone, within a bound.
//!
//! Whatever is wrong with a coded body is said, never guessed around: a stream that ends early or goes
//! on after its end is broken, even where its beginning reads well.

use std::io::{BufRead, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::super::fields::Fields;

/// Real replies have one; each costs a pass over the body.
const MOST_STACKED: usize = 4;
/// What RFC 9659 lets a zstd frame on the web ask for: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How many times its size a body may grow to when one coding is undone. Records that are alike shrink
/// to a hundredth; only what says next to nothing shrinks by more, and bombs do by a thousand.
const MOST_GROWTH: usize = 200;
/// Up to here any growth is cheap, and small bodies of one letter are no attack.
const FREE_GROWTH: usize = 1 << 20;

/// What can be undone.
const KNOWN: &[&str] = &["gzip", "deflate", "br", "zstd"];

/// Why a body's coding was not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Grew past the bound.
    TooLarge,
    Unknown(String),
    Broken(String),
}

/// The codings of a body in the order they were applied; `identity` is none.
pub fn codings(fields: &Fields) -> Vec<String> {
    fields
        .list("content-encoding")
        .map(|coding| String::from_utf8_lossy(coding).to_ascii_lowercase())
        .map(|coding| coding.strip_prefix("x-").map(str::to_owned).unwrap_or(coding))
        .filter(|coding| coding != "identity")
        .collect()
}

/// The first of these codings that is not known here.
pub fn unknown(codings: &[String]) -> Option<&str> {
    codings.iter().map(String::as_str).find(|coding| !KNOWN.contains(coding))
}

/// The body before its codings were applied, of at most so many bytes.
pub fn undone(body: Bytes, codings: &[String], most: usize) -> Result<Bytes, Stuck> {
    if codings.len() > MOST_STACKED {
        return Err(Stuck::Broken(format!("{} content codings on one body", codings.len())));
    }
    // Nothing was sent: a reply to HEAD names the coding of a body that is not there.
    if body.is_empty() {
        return Ok(body);
    }
    let mut body = body;
    for coding in codings.iter().rev() {
        body = Bytes::from(one_undone(&body, coding, most)?);
    }
    Ok(body)
}

fn one_undone(body: &[u8], coding: &str, most: usize) -> Result<Vec<u8>, Stuck> {
    // Every decoder stops at its bound, so growth past the ratio costs no more than the ratio.
    let most = most.min(body.len().saturating_mul(MOST_GROWTH).max(FREE_GROWTH));
    match coding {
        "gzip" => drained(MultiGzDecoder::new(body), most),
        // Some servers send the bare stream under this name; RFC 9110 tells of them.
        "deflate" => match whole(ZlibDecoder::new(body), most, ZlibDecoder::into_inner) {
            Err(Stuck::Broken(_)) => whole(DeflateDecoder::new(body), most, DeflateDecoder::into_inner),
            done => done,
        },
        "br" => brotli(body, most),
        "zstd" => {
            let mut decoder = zstd::Decoder::with_buffer(body).map_err(broken)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
            drained(decoder, most)
        }
        unknown => Err(Stuck::Unknown(unknown.to_owned())),
    }
}

/// By its steps and not through its reader, which does not tell how much of the body it has used; and
/// strict, since the large windows of other uses (up to 1 GiB) are no part of HTTP's `br`.
fn brotli(body: &[u8], most: usize) -> Result<Vec<u8>, Stuck> {
    let alloc = StandardAlloc::default;
    let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
    let (mut left, mut used, mut total) = (body.len(), 0, 0);
    let (mut out, mut chunk) = (Vec::new(), vec![0; 32 << 10]);
    loop {
        let (mut room, mut filled) = (chunk.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut used,
            body,
            &mut room,
            &mut filled,
            &mut chunk,
            &mut total,
            &mut state,
        );
        out.extend_from_slice(chunk.get(..filled).unwrap_or_default());
        if out.len() > most {
            return Err(Stuck::TooLarge);
        }
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultSuccess if left == 0 => return Ok(out),
            BrotliResult::ResultSuccess => {
                return Err(Stuck::Broken("bytes after the end of the stream".to_owned()));
            }
            BrotliResult::NeedsMoreInput => return Err(Stuck::Broken("the stream ends early".to_owned())),
            BrotliResult::ResultFailure => return Err(Stuck::Broken("no valid brotli stream".to_owned())),
        }
    }
}

/// Reads to the end, and then no byte of the body may be left.
fn whole<'b, D: Read, R: BufRead + 'b>(
    mut decoder: D,
    most: usize,
    rest: impl FnOnce(D) -> R,
) -> Result<Vec<u8>, Stuck> {
    let out = drained(&mut decoder, most)?;
    match rest(decoder).fill_buf() {
        Ok([]) => Ok(out),
        _ => Err(Stuck::Broken("bytes after the end of the stream".to_owned())),
    }
}

fn drained(decoder: impl Read, most: usize) -> Result<Vec<u8>, Stuck> {
    let mut out = Vec::new();
    let bound = (most as u64).saturating_add(1);
    decoder.take(bound).read_to_end(&mut out).map_err(broken)?;
    if out.len() > most { Err(Stuck::TooLarge) } else { Ok(out) }
}

fn broken(error: std::io::Error) -> Stuck {
    Stuck::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    const MOST: usize = 1 << 20;
    const HELLO: &[u8] = b"hello";

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn coded() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("gzip", gzip(HELLO)),
            ("deflate", zlib(HELLO)),
            ("deflate", raw_deflate(HELLO)),
            ("br", b"\x0b\x02\x80hello\x03".to_vec()),
            ("zstd", zstd::encode_all(HELLO, 3).unwrap()),
        ]
    }

    fn decode(body: &[u8], coding: &str, most: usize) -> Result<Bytes, Stuck> {
        let fields = Fields::from_pairs([("Content-Encoding", coding)]);
        undone(Bytes::copy_from_slice(body), &codings(&fields), most)
    }

    #[test]
    fn every_coding_is_undone() {
        for (coding, body) in coded() {
            assert_eq!(decode(&body, coding, MOST).as_deref(), Ok(HELLO), "{coding}");
            assert_eq!(decode(&body, &coding.to_uppercase(), 5).as_deref(), Ok(HELLO), "{coding}");
            assert_eq!(decode(b"", coding, MOST).as_deref(), Ok(&b""[..]), "{coding}");
            assert_eq!(unknown(&[coding.to_owned()]), None);
        }
        assert_eq!(decode(&gzip(HELLO), "x-gzip", MOST).as_deref(), Ok(HELLO));
        assert_eq!(decode(HELLO, "identity", 1).as_deref(), Ok(HELLO));
        assert_eq!(decode(&gzip(&zlib(HELLO)), "deflate, gzip", MOST).as_deref(), Ok(HELLO));
        assert_eq!(decode(&[gzip(b"hel"), gzip(b"lo")].concat(), "gzip", MOST).as_deref(), Ok(HELLO));
    }

    #[test]
    fn a_stream_that_ends_early_or_goes_on_is_broken() {
        for (coding, body) in coded() {
            for cut in 1..body.len() {
                let found = decode(&body[..cut], coding, MOST);
                assert!(matches!(found, Err(Stuck::Broken(_))), "{coding} cut at {cut}: {found:?}");
            }
            let found = decode(&[&body, &b"garbage"[..]].concat(), coding, MOST);
            assert!(matches!(found, Err(Stuck::Broken(_))), "{coding} {found:?}");
            assert!(matches!(decode(b"not coded at all", coding, MOST), Err(Stuck::Broken(_))), "{coding}");
        }
        let mut wrong = gzip(HELLO);
        let sum = wrong.len() - 6;
        wrong[sum] ^= 1;
        assert!(matches!(decode(&wrong, "gzip", MOST), Err(Stuck::Broken(_))));
        assert_eq!(decode(HELLO, "sdch", MOST), Err(Stuck::Unknown("sdch".to_owned())));
        assert_eq!(unknown(&["gzip".to_owned(), "sdch".to_owned()]), Some("sdch"));
        assert!(matches!(decode(HELLO, "gzip,gzip,gzip,gzip,gzip", MOST), Err(Stuck::Broken(_))));
    }

    #[test]
    fn a_body_may_not_grow_out_of_all_proportion() {
        let zeros = vec![0; 4 << 20];
        let most = 16 << 20;
        for (coding, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd::encode_all(&zeros[..], 1).unwrap())] {
            assert_eq!(decode(&bomb, coding, most), Err(Stuck::TooLarge), "{coding}");
        }
        // Its outer layer grows little, its inner one by a thousand.
        assert_eq!(decode(&gzip(&gzip(&zeros)), "gzip, gzip", most), Err(Stuck::TooLarge));
        assert_eq!(
            decode(&gzip(&vec![0; FREE_GROWTH]), "gzip", most).map(|body| body.len()),
            Ok(FREE_GROWTH)
        );
        let alike: String = (0..100_000).map(|n| format!("{{\"id\":{n},\"state\":\"active\"}},")).collect();
        assert_eq!(decode(&gzip(alike.as_bytes()), "gzip", most).map(|body| body.len()), Ok(alike.len()));
    }

    #[test]
    fn a_bomb_is_put_down_at_the_bound() {
        let zeros = vec![0; 64 << 20];
        let bombs = [("gzip", gzip(&zeros)), ("zstd", zstd::encode_all(&zeros[..], 1).unwrap())];
        for (coding, bomb) in bombs {
            assert!(bomb.len() < 1 << 20);
            assert_eq!(decode(&bomb, coding, 1 << 16), Err(Stuck::TooLarge), "{coding}");
        }
        let twice = gzip(&gzip(&zeros[..8 << 20]));
        assert_eq!(decode(&twice, "gzip, gzip", 1 << 20), Err(Stuck::TooLarge));
        assert_eq!(decode(&gzip(HELLO), "gzip", 4), Err(Stuck::TooLarge));
    }
}
