//! What is told to the evidence about one read: gathered while it runs, put down once, by whoever ends it last.
//!
//! Hashes and numbers, never contents. Made on the thread that serves the read, so next to nothing may be done twice.

use std::{cell::RefCell, collections::HashSet, sync::Arc, time::Duration};

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use super::{
    read::{Asked, Route},
    record::took,
};
use crate::{
    domain::{
        evidence::{Cell, Fact, Later, Looked, Note, Served, Unit, cell::Kind},
        fields::Fields,
        observation::{Observation, Reply},
        outcome::Outcome,
        payload::Payload,
        side::Side,
    },
    store::facts::Facts,
};

/// Kinds of requests whose words one thread remembers to have told. Past them it forgets all, and tells again.
const REMEMBERED: usize = 10_000;

thread_local! {
    static TOLD: RefCell<HashSet<u64>> = RefCell::default();
}

/// The door to the evidence.
pub struct Notary {
    facts: Arc<Facts>,
    /// Headers by which old and new say which build they are.
    build_headers: [Option<String>; 2],
}

impl Notary {
    pub const fn new(facts: Arc<Facts>, build_headers: [Option<String>; 2]) -> Notary {
        Notary { facts, build_headers }
    }

    /// From the serving thread that has this shard.
    pub fn put(&self, shard: usize, note: Note) {
        self.facts.put(shard, note);
    }

    /// From any other thread.
    pub fn put_aside(&self, note: Note) {
        self.facts.put_aside(note);
    }

    /// A hash of what a side says it is; 0 where nothing is asked or said.
    pub fn build(&self, side: Side, fields: &Fields) -> u64 {
        let [old, new] = &self.build_headers;
        let name = match side {
            Side::Old => old,
            Side::New => new,
        };
        let said = name.as_ref().and_then(|name| fields.get(name));
        said.map_or(0, |said| xxh3_64_with_seed(said, 0).max(1))
    }
}

/// To whom and to what something belongs that is found out later.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    route: u32,
    generation: u32,
    epoch: u32,
    unit: Unit,
}

impl Tag {
    pub const fn later(self, later: Later) -> Note {
        let Tag { route, generation, epoch, unit } = self;
        Note { route, generation, epoch, fact: Fact::Later { unit, later } }
    }

    /// A difference was planted, and found or not.
    pub const fn seeded(self, found: bool) -> Note {
        let Tag { route, generation, epoch, .. } = self;
        Note { route, generation, epoch, fact: Fact::Seeded { found } }
    }
}

/// One read on its way to become a fact.
pub struct Look {
    looked: Box<Looked>,
    kind: Kind,
    generation: u32,
    /// The shard of the thread that serves it.
    pub home: usize,
}

/// How a read ended of which there is no pair: all that is known is the side that served it.
#[derive(Clone, Copy, Debug)]
pub struct Alone {
    pub side: Side,
    /// Of a whole reply.
    pub status: Option<u16>,
    pub took: Option<Duration>,
    pub size: u64,
    pub build: u64,
}

impl Look {
    /// Of a request that was planned under this generation of its stage.
    pub fn new(names: Names, kind: Kind, generation: u32, home: usize) -> Look {
        let looked = Looked {
            unit: Unit { key: names.key, payload: 0 },
            caller: names.caller,
            cell: Cell { hash: 0, text: None },
            outcome: Outcome::Draining,
            served: Served { by: Side::Old, planned_new: false, rescued: false, failed: false },
            statuses: [None, None],
            took: [None, None],
            size: 0,
            builds: [0, 0],
        };
        Look { looked: Box::new(looked), kind, generation, home }
    }

    pub fn served(&mut self, served: Served) {
        self.looked.served = served;
    }

    pub fn alone(&mut self, alone: Alone) {
        let Alone { side, status, took, size, build } = alone;
        let looked = &mut *self.looked;
        *half(&mut looked.statuses, side) = status;
        *half(&mut looked.took, side) = took;
        *half(&mut looked.builds, side) = build;
        looked.size = size;
    }

    /// What one side did.
    pub fn saw(&mut self, side: Side, observation: &Observation, notary: &Notary) {
        let looked = &mut *self.looked;
        *half(&mut looked.took, side) = took(observation);
        if let Ok(reply) = &observation.result {
            *half(&mut looked.statuses, side) = Some(reply.status);
            *half(&mut looked.builds, side) = notary.build(side, &reply.fields);
            if side == Side::Old || looked.size == 0 {
                looked.size = reply.body.length();
            }
        }
    }

    pub fn pair(&mut self, old: &Observation, new: &Observation, notary: &Notary) {
        self.saw(Side::New, new, notary);
        self.saw(Side::Old, old, notary);
        if let (Ok(old), Ok(_)) = (&old.result, &new.result) {
            self.looked.unit.payload = digest(old);
        }
    }

    pub fn tag(&self, route: &Route) -> Tag {
        Tag { route: route.place(), generation: self.generation, epoch: route.epoch, unit: self.looked.unit }
    }

    /// The fact, all said.
    pub fn note(mut self, route: &Route, asked: &Asked, outcome: Outcome) -> Note {
        let [old, new] = self.looked.statuses;
        let status = old.or(new).unwrap_or_default();
        let hash = self.kind.cell(status);
        self.looked.outcome = outcome;
        let (place, epoch, generation) = (route.place(), route.epoch, self.generation);
        let season = u64::from(epoch) << 32 | u64::from(generation);
        let known_as =
            xxh3_64_with_seed(&hash.to_le_bytes(), season.wrapping_mul(31) ^ u64::from(place) << 48);
        let text = is_untold(known_as).then(|| self.kind.text(&asked.method, &asked.target, status).into());
        self.looked.cell = Cell { hash, text };
        Note { route: place, generation, epoch, fact: Fact::Looked(self.looked) }
    }
}

const fn half<T>([old, new]: &mut [T; 2], side: Side) -> &mut T {
    match side {
        Side::Old => old,
        Side::New => new,
    }
}

/// Whether this thread tells the words of this kind of request for the first time.
fn is_untold(known_as: u64) -> bool {
    TOLD.with_borrow_mut(|told| {
        if told.contains(&known_as) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.clear();
        }
        told.insert(known_as)
    })
}

/// By what a read is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// What is asked for, and by whom where that is told apart.
    key: u64,
    /// By whom, where the share decides who serves them; otherwise 0.
    caller: u64,
}

impl Names {
    /// `drawn`: whether nobody named the side that serves it.
    pub fn of(method: &[u8], target: &[u8], caller: Option<&[u8]>, drawn: bool) -> Names {
        let asked = xxh3_64_with_seed(target, xxh3_64_with_seed(method, 0));
        let Some(caller) = caller else { return Names { key: asked, caller: 0 } };
        let known_as = if drawn { xxh3_64_with_seed(caller, 0).max(1) } else { 0 };
        Names { key: xxh3_64_with_seed(caller, asked), caller: known_as }
    }
}

/// What old answered: its status and every byte of its body.
fn digest(reply: &Reply) -> u64 {
    let seed = u64::from(reply.status);
    let hash = match &reply.body {
        Payload::Hashed { hash, .. } => xxh3_64_with_seed(&hash.to_le_bytes(), seed),
        Payload::Whole(chunks) => match chunks.pieces() {
            [] => xxh3_64_with_seed(&[], seed),
            [only] => xxh3_64_with_seed(only, seed),
            many => {
                let mut hash = Xxh3::with_seed(seed);
                many.iter().for_each(|piece| hash.update(piece));
                hash.digest()
            }
        },
    };
    // 0 says that there is none.
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::payload::Chunks;

    fn reply(status: u16, pieces: &[&'static str]) -> Reply {
        let mut body = Chunks::default();
        pieces.iter().for_each(|piece| body.push(Bytes::from_static(piece.as_bytes())));
        Reply { status, fields: Fields::new(), body: Payload::Whole(body), trailers: Fields::new() }
    }

    #[test]
    fn a_payload_is_the_same_wherever_its_cuts_lie_and_another_with_another_status() {
        let one = digest(&reply(200, &["abc", "def"]));
        assert_eq!(one, digest(&reply(200, &["abcdef"])));
        assert_eq!(one, digest(&reply(200, &["a", "b", "cdef"])));
        assert_ne!(one, digest(&reply(201, &["abcdef"])));
        assert_ne!(one, digest(&reply(200, &["abcdeg"])));
        assert_ne!(digest(&reply(200, &[])), 0);
    }

    #[test]
    fn a_key_is_of_method_target_and_caller() {
        let of = |method: &str, target: &str, caller: Option<&str>| {
            Names::of(method.as_bytes(), target.as_bytes(), caller.map(str::as_bytes), true)
        };
        let names = [
            of("GET", "/a", None),
            of("HEAD", "/a", None),
            of("GET", "/b", None),
            of("GET", "/a", Some("ada")),
            of("GET", "/a", Some("ida")),
        ];
        let distinct: HashSet<_> = names.iter().map(|names| names.key).collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!((of("GET", "/a", Some("ada")), names[0].caller), (names[3], 0));
        let pinned = Names::of(b"GET", b"/a", Some(b"ada"), false);
        assert_eq!((pinned.key, pinned.caller), (names[3].key, 0));
        assert_eq!(names[3].caller, of("GET", "/b", Some("ada")).caller);
    }

    #[test]
    fn the_words_of_a_kind_are_told_once_by_a_thread() {
        assert!(is_untold(7) && !is_untold(7) && is_untold(8));
        assert!((0..=REMEMBERED as u64).all(|n| is_untold(1_000 + n)));
        assert!(TOLD.with_borrow(HashSet::len) <= REMEMBERED);
    }
}
