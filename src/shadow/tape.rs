//! The body of a request as it goes by, kept to be sent once more: to the shadow when it is whole, or to old in place
//! of a new that failed.

use std::rc::Rc;

use bytes::{Bytes, BytesMut};

use crate::{
    domain::{fields::Fields, outcome::Outcome, payload::Chunks},
    net::{capture::Holding, headers},
};

pub struct Tape {
    /// A copy: the pieces may be small parts of large buffers, or a flood of tiny ones.
    growing: BytesMut,
    whole: Option<Whole>,
    /// Shared with what is sent of it.
    holding: Rc<Holding>,
    limit: usize,
    /// Its length was not known beforehand, so it is sent in chunks.
    chunked: bool,
}

#[derive(Clone)]
struct Whole {
    body: Bytes,
    trailers: Option<Fields>,
}

/// What has gone by, to be sent in front of what is still to come.
#[derive(Clone, Default)]
pub struct Replay {
    pub body: Bytes,
    /// Nothing more is to come but these.
    pub ended: Option<Option<Fields>>,
}

impl Tape {
    pub fn new(holding: Holding, limit: usize, chunked: bool) -> Tape {
        Tape { growing: BytesMut::new(), whole: None, holding: Rc::new(holding), limit, chunked }
    }

    /// A piece went by. Why it cannot be kept, where it cannot.
    pub fn push(&mut self, data: &Bytes) -> Result<(), Outcome> {
        if self.growing.len() + data.len() > self.limit {
            return Err(Outcome::RequestBodyTooLarge);
        }
        // Shared only once it is whole.
        if !Rc::get_mut(&mut self.holding).is_some_and(|holding| holding.grow(data.len())) {
            return Err(Outcome::ShedMemory);
        }
        self.growing.extend_from_slice(data);
        Ok(())
    }

    pub fn end(&mut self, trailers: Option<&Fields>) {
        let body = std::mem::take(&mut self.growing).freeze();
        self.whole = Some(Whole { body, trailers: trailers.cloned() });
    }

    /// The whole body as it is sent, and what holds it against the budget; `None` before its end.
    pub fn copy(&self) -> Option<(Chunks, Rc<Holding>)> {
        let Whole { body, trailers } = self.whole.as_ref()?;
        let body = match self.chunked {
            true => as_one_chunk(body.clone(), trailers.as_ref()),
            false => Chunks::from(body.clone()),
        };
        Some((body, self.holding.clone()))
    }

    pub fn replay(&self) -> Replay {
        match &self.whole {
            Some(Whole { body, trailers }) => Replay { body: body.clone(), ended: Some(trailers.clone()) },
            None => Replay { body: self.growing.clone().freeze(), ended: None },
        }
    }
}

fn as_one_chunk(body: Bytes, trailers: Option<&Fields>) -> Chunks {
    let mut framed = Chunks::default();
    if !body.is_empty() {
        framed.push(Bytes::from(format!("{:x}\r\n", body.len())));
        framed.push(body);
        framed.push(Bytes::from_static(b"\r\n"));
    }
    framed.push(headers::last_chunk(trailers));
    framed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::capture::Budget;

    fn tape(limit: usize, chunked: bool) -> (Tape, std::sync::Arc<Budget>) {
        let budget = Budget::new(100);
        (Tape::new(Holding::new(budget.clone()), limit, chunked), budget)
    }

    #[test]
    fn what_went_by_can_be_sent_again_before_its_end_and_after_it() {
        let (mut tape, budget) = tape(10, false);
        tape.push(&Bytes::from_static(b"ab")).unwrap();
        assert!(tape.copy().is_none());
        let replay = tape.replay();
        assert!(replay.body == "ab" && replay.ended.is_none());
        tape.push(&Bytes::from_static(b"c")).unwrap();
        tape.end(None);
        assert!(tape.replay().body == "abc" && tape.replay().ended.is_some());
        let (body, holding) = tape.copy().unwrap();
        drop(tape);
        assert_eq!((body.joined(), budget.used()), (Bytes::from_static(b"abc"), 3));
        drop(holding);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_body_of_unknown_length_is_sent_as_one_chunk() {
        let (mut tape, _) = tape(10, true);
        tape.push(&Bytes::from_static(b"abc")).unwrap();
        tape.end(Some(&Fields::from_pairs([("x", "1")])));
        assert_eq!(tape.copy().unwrap().0.joined(), "3\r\nabc\r\n0\r\nx: 1\r\n\r\n");
    }

    #[test]
    fn what_is_too_large_or_finds_no_room_is_not_kept() {
        let (mut small, _) = tape(3, false);
        assert_eq!(small.push(&Bytes::from_static(b"abcd")), Err(Outcome::RequestBodyTooLarge));
        let (mut large, _) = tape(1_000, false);
        assert_eq!(large.push(&Bytes::from(vec![0; 101])), Err(Outcome::ShedMemory));
    }
}
