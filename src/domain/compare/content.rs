//! What the body of one reply says, for whoever asks about a reply by itself and not about two.
//!
//! Read as the comparison reads it: codings undone within a bound, the same strict trees. What cannot be read says
//! why; nothing is guessed.

use bytes::Bytes;

use super::{
    super::{observation::Reply, payload::Payload},
    coding::{self, Stuck},
    formats::{
        self, Context,
        charset::{self, Charset},
    },
    media::{self, Reading},
    tree::{Bounds, Unreadable},
};

pub use super::{
    decimal::{canonical, is_number, parts, same_number, whole},
    tree::{Document, Id, Type},
};

/// A body, read.
#[derive(Debug)]
pub enum Content {
    /// There is none.
    Nothing,
    Tree(Document<'static>),
    Text(String),
    Bytes(Bytes),
}

/// What bounds the reading of one body.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Bytes, its codings undone.
    pub bytes: usize,
    /// Objects and arrays inside each other.
    pub depth: usize,
    /// Values and keys.
    pub nodes: usize,
}

/// The body of a reply as its type says, or as `read_as` says where the rules do; why it cannot be read, in words.
pub fn content(reply: &Reply, read_as: Option<Reading>, most: Most) -> Result<Content, String> {
    let body = plain(reply, most.bytes)?;
    if body.is_empty() {
        return Ok(Content::Nothing);
    }
    let reading = read_as.unwrap_or_else(|| media::reading(&reply.fields));
    match reading {
        Reading::Json | Reading::Lines | Reading::MessagePack | Reading::Cbor => {
            let bounds = Bounds { depth: most.depth, nodes: most.nodes, text: most.bytes };
            let context = Context { fields: &reply.fields, path: b"", bounds, descriptors: None };
            match formats::read(&body, reading, &context) {
                Some(Ok(document)) => Ok(Content::Tree(document.into_owned())),
                Some(Err(why)) => Err(told(&why, reading, most)),
                None => Ok(Content::Bytes(body)),
            }
        }
        Reading::Text | Reading::Html | Reading::Xml | Reading::Form
            if charset::of(&body, &reply.fields, reading) == Charset::UTF_8 =>
        {
            Ok(String::from_utf8(body.into())
                .map_or_else(|e| Content::Bytes(e.into_bytes().into()), Content::Text))
        }
        _ => Ok(Content::Bytes(body)),
    }
}

/// The body without its codings.
pub fn plain(reply: &Reply, most: usize) -> Result<Bytes, String> {
    let too_large = || format!("the body is larger than the {most} bytes that are looked at");
    let Payload::Whole(chunks) = &reply.body else { return Err(too_large()) };
    if chunks.len() > most {
        return Err(too_large());
    }
    coding::undone(chunks.joined(), &coding::codings(&reply.fields), most).map_err(|stuck| match stuck {
        Stuck::TooLarge => too_large(),
        Stuck::Unknown(coding) => format!("the content coding {coding} is not known"),
        Stuck::Broken(why) => format!("the content coding cannot be undone: {why}"),
    })
}

fn told(why: &Unreadable, reading: Reading, most: Most) -> String {
    match why {
        Unreadable::Malformed { at, expected } => {
            format!("the body is no {}: expected {expected} at byte {at}", reading.title())
        }
        Unreadable::TooDeep => format!("the body is nested deeper than {}", most.depth),
        Unreadable::TooLarge => format!("the body holds more than {} values", most.nodes),
    }
}
