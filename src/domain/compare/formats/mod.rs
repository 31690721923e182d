//! Bodies of every format that is read, each into the same tree.
//!
//! What two bodies say is compared once, as trees. A format only says how its values are laid out in
//! one, and refuses what is not of the format, with the place and what was expected there.

mod cbor;
mod cursor;
pub mod descriptors;
mod float;
mod grpc;
pub mod json;
mod meaning;
mod msgpack;
mod protobuf;
mod scalar;
mod wire;

use super::{
    media::Reading,
    tree::{Bounds, Document, Unreadable},
};
use crate::domain::fields::Fields;
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
        Reading::Json => Some(json::read(body, context.bounds)),
        Reading::Lines => Some(json::read_lines(body, context.bounds)),
        Reading::MessagePack => Some(msgpack::read(body, context.bounds)),
        Reading::Cbor => Some(cbor::read(body, context.bounds)),
        Reading::Grpc => Some(grpc::read(body, context)),
        _ => None,
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod shop;
