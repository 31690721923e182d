//! The body of one reply as the comparison gets it: whole, or too large and known by its hash.

use bytes::Bytes;

/// What is known of a body that ended well.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Every byte, in the chunks it arrived in.
    Whole(Chunks),
    /// Past the capture limit: its length and an XXH3-128 hash over all its bytes.
    Hashed { length: u64, hash: u128 },
}

impl Payload {
    pub fn length(&self) -> u64 {
        match self {
            Payload::Whole(chunks) => chunks.len() as u64,
            Payload::Hashed { length, .. } => *length,
        }
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Payload {
        Payload::Whole(Chunks::from(Bytes::from_static(text.as_bytes())))
    }
}

/// Bytes in the pieces they arrived in; equal where the bytes are, wherever the cuts lie.
#[derive(Clone, Debug, Default)]
pub struct Chunks {
    pieces: Vec<Bytes>,
    length: usize,
}

impl Chunks {
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length = self.length.saturating_add(piece.len());
            self.pieces.push(piece);
        }
    }

    pub const fn len(&self) -> usize {
        self.length
    }

    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// All bytes in one run: without a copy where there is one piece only.
    pub fn joined(&self) -> Bytes {
        match self.pieces.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            many => {
                let mut all = Vec::with_capacity(self.length);
                many.iter().for_each(|piece| all.extend_from_slice(piece));
                Bytes::from(all)
            }
        }
    }
}

impl From<Bytes> for Chunks {
    fn from(bytes: Bytes) -> Chunks {
        let mut chunks = Chunks::default();
        chunks.push(bytes);
        chunks
    }
}

impl PartialEq for Chunks {
    fn eq(&self, other: &Chunks) -> bool {
        if self.length != other.length {
            return false;
        }
        let (mut ours, mut theirs) = (self.pieces.iter(), other.pieces.iter());
        let (mut left, mut right): (&[u8], &[u8]) = (&[], &[]);
        loop {
            if left.is_empty() {
                match ours.next() {
                    Some(piece) => left = piece,
                    // Equal lengths: when one side has run out, so has the other.
                    None => return true,
                }
            }
            if right.is_empty() {
                match theirs.next() {
                    Some(piece) => right = piece,
                    None => return true,
                }
            }
            let step = left.len().min(right.len());
            let ((head, rest), (other_head, other_rest)) = (left.split_at(step), right.split_at(step));
            if head != other_head {
                return false;
            }
            (left, right) = (rest, other_rest);
        }
    }
}

impl Eq for Chunks {}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &'static str, at: &[usize]) -> Chunks {
        let mut chunks = Chunks::default();
        let mut from = 0;
        for to in at.iter().copied().chain([text.len()]) {
            chunks.push(Bytes::from_static(&text.as_bytes()[from..to]));
            from = to;
        }
        chunks
    }

    #[test]
    fn equality_does_not_see_where_the_cuts_lie() {
        for cuts in [&[][..], &[1], &[3, 7], &[1, 2, 3, 9], &[10]] {
            assert_eq!(cut("0123456789", cuts), cut("0123456789", &[5]));
            assert_ne!(cut("0123456789", cuts), cut("012345678X", &[5]));
            assert_ne!(cut("0123456789", cuts), cut("X123456789", &[5]));
            assert_eq!(cut("0123456789", cuts).joined(), "0123456789");
        }
        assert_ne!(cut("012", &[]), cut("0123", &[]));
        assert_eq!(Chunks::default(), cut("", &[]));
    }
}
