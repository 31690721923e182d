//! What the messages of a gRPC service mean: a `FileDescriptorSet`, read once, asked for each reply.
//!
//! Only descriptors come from the library. Messages are read by our own walk (`protobuf.rs`): the
//! library's takes many times the size of a message, and forgets what is not in its order.

use std::{collections::HashSet, fmt};

use prost_reflect::{DescriptorPool, MessageDescriptor, prost::Message, prost_types::FileDescriptorSet};

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
        let set = FileDescriptorSet::decode(bytes).map_err(no_set)?;
        complete(&set)?;
        let pool = DescriptorPool::from_file_descriptor_set(set).map_err(no_set)?;
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

fn no_set(error: impl fmt::Display) -> String {
    format!("is no descriptor set: {error}")
}

/// Tells of what a person gets wrong, in more words than the library, which panics on an unknown syntax.
fn complete(set: &FileDescriptorSet) -> Result<(), String> {
    let names: HashSet<&str> = set.file.iter().map(|file| file.name()).collect();
    for file in &set.file {
        let syntax = file.syntax.as_deref().unwrap_or("proto2");
        if !["proto2", "proto3"].contains(&syntax) {
            let name = file.name();
            return Err(format!("has {name:?} of syntax {syntax:?}; only proto2 and proto3 are read"));
        }
        for import in &file.dependency {
            if !names.contains(import.as_str()) {
                return Err(format!("lacks {import:?}, which {:?} imports", file.name()));
            }
        }
    }
    Ok(())
}

impl fmt::Debug for Descriptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptors").field("services", &self.0.services().len()).finish_non_exhaustive()
    }
}
