//! What the messages of a gRPC service mean: a `FileDescriptorSet`, read once, asked for each reply.
//!
//! Only descriptors come from the library. Messages are read by our own walk (`protobuf.rs`): the
//! library's takes many times the size of a message, and forgets what is not in its order.

use std::fmt;

use prost_reflect::{DescriptorPool, MessageDescriptor};

/// The messages and services of a descriptor set. A clone is one reference count.
#[derive(Clone)]
pub struct Descriptors(DescriptorPool);

impl Descriptors {
    /// Bytes of a set; those of the largest public APIs are a few.
    pub const LARGEST: usize = 64 << 20;

    /// Why `bytes` are no complete set, in words, where they are none. Types nest up to 100 deep in it,
    /// which is the library's bound.
    pub fn read(bytes: &[u8]) -> Result<Descriptors, String> {
        if bytes.len() > Descriptors::LARGEST {
            return Err(format!("is larger than {} MiB", Descriptors::LARGEST >> 20));
        }
        let pool = DescriptorPool::decode(bytes).map_err(|error| format!("is no descriptor set: {error}"))?;
        if pool.services().len() == 0 {
            return Err("names no service, so that no reply has a type in it".to_owned());
        }
        Ok(Descriptors(pool))
    }

    /// What a call to `/package.Service/Method` is answered with.
    pub(super) fn reply(&self, path: &[u8]) -> Option<MessageDescriptor> {
        let (service, method) = std::str::from_utf8(path).ok()?.strip_prefix('/')?.split_once('/')?;
        let service = self.0.get_service_by_name(service)?;
        service.methods().find(|known| known.name() == method).map(|method| method.output())
    }
}

impl fmt::Debug for Descriptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptors").field("services", &self.0.services().len()).finish_non_exhaustive()
    }
}
