//! The messages of a gRPC reply, one after the other, as an array.
//!
//! Each stands in a frame: whether it is compressed, its length, its bytes. Compression of a frame
//! (`grpc-encoding`) is undone within the bounds. What a message says is laid out by `protobuf.rs`, by name
//! where the descriptors know the method, or read as JSON where the content type says so. Trailers are
//! headers' work. grpc-web, which writes its trailers into the body, is not read here.

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    super::{
        coding::{self, Stuck},
        tree::{Builder, Document, Unreadable},
    },
    Context,
    cursor::{Cursor, refused},
    json, protobuf,
};

/// How the content type says that messages are written.
#[derive(Clone, Copy)]
enum Codec {
    Protobuf,
    Json,
    /// None that is known here.
    Other,
}

/// Reads every frame of a body.
pub fn read(body: &[u8], context: &Context<'_>) -> Result<Document<'static>, Unreadable> {
    let bounds = context.bounds;
    let reply = context.descriptors.and_then(|descriptors| descriptors.reply(context.path));
    let (codec, coding) = (codec(context), coding(context));
    let mut cursor = Cursor::new(body);
    let mut builder = Builder::new(bounds);
    // Of all messages together, as they are once their compression is undone.
    let mut room = bounds.text;
    builder.begin_array()?;
    while cursor.end().is_err() {
        let start = cursor.at();
        let compressed = cursor.byte("a frame")?;
        let length = u32::from_be_bytes(cursor.array("the rest of a length")?);
        let bytes = cursor.take(length.into(), "the rest of the message")?;
        let message = match compressed {
            0 => Cow::Borrowed(bytes),
            1 => Cow::Owned(undone(bytes, &coding, room, start)?),
            _ => return refused(start, "0 or 1, for whether the message is compressed"),
        };
        room = room.checked_sub(message.len()).ok_or(Unreadable::TooLarge)?;
        match codec {
            Codec::Protobuf => protobuf::write(&message, reply.as_ref(), &mut builder, bounds)?,
            Codec::Json => {
                builder.graft(&json::read(&message, bounds).map_err(|error| within(error, start))?)?
            }
            Codec::Other => builder.bytes(&message)?,
        }
    }
    builder.end();
    Ok(builder.finish())
}

/// `application/grpc+proto`, and the same without a word for it.
fn codec(context: &Context<'_>) -> Codec {
    const PREFIX: &[u8] = b"application/grpc+";
    let value = context.fields.get("content-type").unwrap_or_default();
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let (prefix, name) = kind.split_at_checked(PREFIX.len()).unwrap_or((kind, b"proto"));
    match name {
        _ if !prefix.eq_ignore_ascii_case(PREFIX) => Codec::Protobuf,
        name if name.eq_ignore_ascii_case(b"proto") => Codec::Protobuf,
        name if name.eq_ignore_ascii_case(b"json") => Codec::Json,
        _ => Codec::Other,
    }
}

/// What compressed frames are compressed with.
fn coding(context: &Context<'_>) -> Vec<String> {
    let named = context.fields.get("grpc-encoding").unwrap_or(b"identity").trim_ascii();
    let name = String::from_utf8_lossy(named).to_ascii_lowercase();
    if name == "identity" { Vec::new() } else { vec![name] }
}

fn undone(bytes: &[u8], coding: &[String], most: usize, start: usize) -> Result<Vec<u8>, Unreadable> {
    if coding.is_empty() {
        return refused(start, "no compressed message, since no grpc-encoding is named");
    }
    // No coding makes nothing of nothing.
    if bytes.is_empty() {
        return refused(start, "something in a compressed message");
    }
    match coding::undone(Bytes::copy_from_slice(bytes), coding, most) {
        Ok(message) => Ok(message.into()),
        Err(Stuck::TooLarge) => Err(Unreadable::TooLarge),
        Err(Stuck::Unknown(_)) => refused(start, "a message in a known grpc-encoding"),
        Err(Stuck::Broken(_)) => refused(start, "a message compressed as grpc-encoding says"),
    }
}

/// An error inside a message, told of the frame it stands in.
fn within(error: Unreadable, start: usize) -> Unreadable {
    match error {
        Unreadable::Malformed { at, expected } => Unreadable::Malformed {
            at: start,
            expected: format!("JSON in the message, and {expected} at its byte {at}").into(),
        },
        bound => bound,
    }
}

#[cfg(test)]
mod tests;
