//! Replies that agree and prove nothing by it.

use super::{
    super::{
        observation::Reply,
        payload::{Chunks, Payload},
    },
    rules::Rules,
};

/// Bodies up to this size are looked at for saying nothing; with its blanks an empty one is no longer.
pub const GLANCE: usize = 64;

/// Whether the heads of both replies already say that neither holds an answer: errors, not modified, or the part that
/// the caller asked for of what it has already.
pub fn heads(old: &Reply, new: &Reply) -> bool {
    let failed = |reply: &Reply| {
        let called = reply.trailers.get("grpc-status").or_else(|| reply.fields.get("grpc-status"));
        reply.status >= 400 || called.is_some_and(|status| status != b"0")
    };
    let partial = |reply: &Reply| matches!(reply.status, 206 | 304);
    (old.status == new.status && partial(old)) || (failed(old) && failed(new))
}

/// Whether both replies say where to go, and that is compared: a redirect needs no body to be an answer.
pub fn point_elsewhere(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    const WHERE: &str = "location";
    old.fields.has(WHERE) && new.fields.has(WHERE) && rules.headers().iter().any(|name| name == WHERE)
}

/// Whether a body is empty, or JSON that is empty at its root.
pub fn says_nothing(body: &[u8]) -> bool {
    nothing(body.len(), body.iter().copied())
}

pub fn payload_says_nothing(payload: &Payload) -> bool {
    match payload {
        Payload::Whole(chunks) => chunks_say_nothing(chunks),
        Payload::Hashed { length, .. } => *length == 0,
    }
}

fn chunks_say_nothing(chunks: &Chunks) -> bool {
    nothing(chunks.len(), chunks.pieces().iter().flat_map(|piece| piece.iter().copied()))
}

fn nothing(length: usize, body: impl Iterator<Item = u8> + Clone) -> bool {
    let said = body.filter(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    length <= GLANCE && ["", "{}", "[]", "null"].iter().any(|text| said.clone().eq(text.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_root_says_nothing_and_everything_else_something() {
        for body in ["", "{}", "[]", "null", "{ }\n", " [\n] ", "\n"] {
            assert!(says_nothing(body.as_bytes()) && payload_says_nothing(&Payload::from(body)), "{body:?}");
        }
        for body in ["0", "false", "\"\"", "{\"items\":[]}", "[null]", "[[]]", "nul"] {
            assert!(
                !says_nothing(body.as_bytes()) && !payload_says_nothing(&Payload::from(body)),
                "{body:?}"
            );
        }
    }
}
