//! Bodies of every format that is read, each into the same tree.
//!
//! What two bodies say is compared once, as trees. A format only says how its values are laid out in
//! one, and refuses what is not of the format, with the place and what was expected there.

mod cbor;
pub mod charset;
mod cursor;
pub mod descriptors;
mod elements;
mod float;
mod form;
mod grpc;
mod html;
pub mod json;
mod meaning;
mod msgpack;
mod multipart;
mod protobuf;
mod scalar;
mod text;
mod transfer;
mod wire;
mod xml;

use std::borrow::Cow;

use super::{
    media::Reading,
    tree::{Bounds, Document, Unreadable},
};
use crate::domain::fields::Fields;
use charset::Charset;
use descriptors::Descriptors;

/// What a body is read with, besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The headers of the reply it belongs to, or of the part.
    pub fields: &'a Fields,
    /// The path that was asked for; of a gRPC call the service and method.
    pub path: &'a [u8],
    pub bounds: Bounds,
    /// What the messages of gRPC calls mean, where that is known.
    pub descriptors: Option<&'a Descriptors>,
}

/// `None` for what is not read as anything but bytes.
pub fn read<'t>(
    body: &'t [u8],
    reading: Reading,
    context: &Context<'_>,
) -> Option<Result<Document<'t>, Unreadable>> {
    match reading {
        Reading::Json => Some(json_text(body, reading, context, json::read)),
        Reading::Lines => Some(json_text(body, reading, context, json::read_lines)),
        Reading::Text => Some(decoded(body, reading, context, text::read)),
        Reading::Xml => Some(decoded(body, reading, context, xml::read)),
        Reading::Html => Some(decoded(body, reading, context, html::read)),
        Reading::Multipart => Some(multipart::read(body, context)),
        Reading::Form => Some(form::read(body, context.bounds)),
        Reading::MessagePack => Some(msgpack::read(body, context.bounds)),
        Reading::Cbor => Some(cbor::read(body, context.bounds)),
        Reading::Grpc => Some(grpc::read(body, context)),
        _ => None,
    }
}

/// JSON is read in place wherever it is the UTF-8 that it should be.
fn json_text<'t>(
    body: &'t [u8],
    reading: Reading,
    context: &Context<'_>,
    read: for<'a> fn(&'a [u8], Bounds) -> Result<Document<'a>, Unreadable>,
) -> Result<Document<'t>, Unreadable> {
    let charset = charset::of(body, context.fields, reading);
    if charset == Charset::UTF_8 && charset::bom(body).is_none() {
        return read(body, context.bounds);
    }
    let decoded = charset::decoded(body, charset)?;
    let document = match &decoded.text {
        Cow::Borrowed(text) => read(text.as_bytes(), context.bounds),
        Cow::Owned(text) => read(text.as_bytes(), context.bounds).map(Document::into_owned),
    };
    document.map_err(|why| decoded.refused(why))
}

/// A format that writes down what it reads in a text.
fn decoded(
    body: &[u8],
    reading: Reading,
    context: &Context<'_>,
    read: fn(&str, Bounds) -> Result<Document<'static>, Unreadable>,
) -> Result<Document<'static>, Unreadable> {
    let decoded = charset::decoded(body, charset::of(body, context.fields, reading))?;
    read(&decoded.text, context.bounds).map_err(|why| decoded.refused(why))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod shop;
