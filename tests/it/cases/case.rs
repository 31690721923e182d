//! What one case says: two replies, the rules, and what the comparison has to come to. Judges nothing.

use std::io::Write;

use bytes::Bytes;
use readshift::domain::{
    fields::Fields,
    observation::Reply,
    payload::{Chunks, Payload},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One case, as it stands in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence.
    #[serde(default)]
    pub name: String,
    /// The content type of both; `none` for a reply without one.
    #[serde(default = "json")]
    r#type: String,
    old_type: Option<String>,
    new_type: Option<String>,
    status: Option<u16>,
    old_status: Option<u16>,
    new_status: Option<u16>,
    /// By name; a list where a header stands more than once.
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    old_headers: Map<String, Value>,
    #[serde(default)]
    new_headers: Map<String, Value>,
    #[serde(default)]
    trailers: Map<String, Value>,
    #[serde(default)]
    old_trailers: Map<String, Value>,
    #[serde(default)]
    new_trailers: Map<String, Value>,
    old: Body,
    new: Body,
    /// Pairs of bodies that were compared before.
    #[serde(default)]
    before: Vec<(Body, Body)>,
    /// As it stands under `compare` of a route.
    #[serde(default)]
    pub rules: Map<String, Value>,
    #[serde(default)]
    pub limits: Bounds,
    /// The day on which the pair is compared.
    pub on: Option<String>,
    /// What was asked for.
    pub target: Option<String>,
    pub verdict: String,
    pub reason: Option<String>,
    /// Each as `place kind`; of a mismatch all of them.
    #[serde(default)]
    pub differences: Vec<String>,
    #[serde(default)]
    pub more: usize,
    /// The rules that forgave something, each as `kind place`.
    pub forgiven_by: Option<Vec<String>>,
    /// A part of a note each.
    #[serde(default)]
    pub notes: Vec<String>,
    pub uncompared: Option<Vec<String>>,
    /// Where old and new changed places, and the verdict is another.
    pub swapped: Option<Swapped>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swapped {
    pub verdict: String,
    pub reason: Option<String>,
}

/// Limits that are not the built-in ones.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    pub decoded: Option<usize>,
    pub depth: Option<usize>,
    pub differences: Option<usize>,
}

/// A body: a text, or how one is made.
#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Made(Box<Made>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Made {
    /// Hexadecimal digits; blanks do not count.
    Hex(String),
    /// One after the other.
    Join(Vec<Body>),
    Repeat {
        of: Body,
        times: usize,
    },
    /// A JSON array of numbers, or of texts in which `#` is the number.
    List {
        from: usize,
        to: usize,
        #[serde(default)]
        each: Option<String>,
        #[serde(default)]
        reversed: bool,
    },
    Gzip(Body),
    Zlib(Body),
    Deflate(Body),
    Zstd(Body),
    /// Past the capture limit: only its length and hash are known.
    Hashed(Body),
}

fn json() -> String {
    "application/json".to_owned()
}

impl Case {
    /// Old's reply and new's.
    pub fn replies(&self) -> (Reply, Reply) {
        self.pair(&self.old, &self.new)
    }

    /// The pairs that were compared before.
    pub fn before(&self) -> Vec<(Reply, Reply)> {
        self.before.iter().map(|(old, new)| self.pair(old, new)).collect()
    }

    fn pair(&self, old: &Body, new: &Body) -> (Reply, Reply) {
        let status = self.status.unwrap_or(200);
        let reply =
            |own_status: Option<u16>, own_type: &Option<String>, headers, trailers, body: &Body| Reply {
                status: own_status.unwrap_or(status),
                fields: fields(own_type.as_ref().unwrap_or(&self.r#type), &[&self.headers, headers]),
                trailers: fields("none", &[&self.trailers, trailers]),
                body: body.payload(),
            };
        (
            reply(self.old_status, &self.old_type, &self.old_headers, &self.old_trailers, old),
            reply(self.new_status, &self.new_type, &self.new_headers, &self.new_trailers, new),
        )
    }
}

fn fields(content_type: &str, maps: &[&Map<String, Value>]) -> Fields {
    let mut pairs = Vec::new();
    if content_type != "none" {
        pairs.push(("content-type".to_owned(), content_type.to_owned()));
    }
    for (name, value) in maps.iter().copied().flatten() {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        pairs.extend(values.iter().map(|value| (name.clone(), text(value))));
    }
    Fields::from_pairs(pairs)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Body {
    fn payload(&self) -> Payload {
        match self {
            Body::Made(made) => match &**made {
                Made::Hashed(body) => {
                    let bytes = body.bytes();
                    let hash = xxhash_rust::xxh3::xxh3_128(&bytes);
                    Payload::Hashed { length: bytes.len() as u64, hash }
                }
                _ => Payload::Whole(Chunks::from(Bytes::from(self.bytes()))),
            },
            Body::Text(text) => Payload::Whole(Chunks::from(Bytes::from(text.clone().into_bytes()))),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let made = match self {
            Body::Text(text) => return text.clone().into_bytes(),
            Body::Made(made) => &**made,
        };
        match made {
            Made::Hex(digits) => unhex(digits),
            Made::Join(parts) => parts.iter().flat_map(Body::bytes).collect(),
            Made::Repeat { of, times } => of.bytes().repeat(*times),
            Made::List { from, to, each, reversed } => {
                let each = each.as_deref().unwrap_or("#");
                let mut all: Vec<_> = (*from..*to).map(|n| each.replace('#', &n.to_string())).collect();
                if *reversed {
                    all.reverse();
                }
                format!("[{}]", all.join(",")).into_bytes()
            }
            Made::Gzip(body) => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(&body.bytes()).unwrap();
                encoder.finish().unwrap()
            }
            Made::Zlib(body) => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(&body.bytes()).unwrap();
                encoder.finish().unwrap()
            }
            Made::Deflate(body) => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(&body.bytes()).unwrap();
                encoder.finish().unwrap()
            }
            Made::Zstd(body) => zstd::encode_all(&*body.bytes(), 3).unwrap(),
            Made::Hashed(_) => panic!("only a whole body is known by its hash"),
        }
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte: {digits:?}");
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
