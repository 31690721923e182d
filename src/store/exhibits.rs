//! Pairs kept whole, bodies and all, for whoever tries out other rules on them.
//!
//! Of each kind of mismatch, and of each set of rules that forgave something, the first pair and the newest.
//! They hold what clients may see and nobody else: they stay in memory, bounded in bytes, leave it through
//! the admin listener only, and what lets somebody in (cookies, tokens) is never among them.

mod withheld;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use crate::domain::{
    account::Heading,
    fields::Fields,
    observation::Reply,
    outcome::Outcome,
    payload::{Chunks, Payload},
    redact,
};
use withheld::Withheld;

/// Pairs kept of one kind: the first one and the newest.
const EACH: usize = 3;
/// A newer pair takes the place of another at most this often: of a kind that comes a thousand times a second,
/// a thousand copies a second would be made for nothing.
const RENEWED_AFTER_MILLIS: u64 = 1_000;
/// Larger bodies are not kept, only their length: one of them would push out dozens.
const LARGEST_BODY: usize = 64 << 10;
/// Kinds told apart, over all routes. To find the one to forget, all are looked at.
const MOST_KINDS: usize = 1_000;
/// Bytes of a request target.
const LONGEST_TARGET: usize = 8 << 10;
/// What a pair costs besides its bytes, roughly.
const OVERHEAD: usize = 1 << 10;

/// One pair.
#[derive(Clone, Debug)]
pub struct Exhibit {
    pub route: String,
    /// What pairs of this kind have in common, in words.
    pub kind: String,
    pub at_millis: u64,
    pub method: Vec<u8>,
    /// Path and query, with what lets somebody in replaced.
    pub target: Vec<u8>,
    /// As it was judged under the rules in force then.
    pub outcome: Outcome,
    pub old: Half,
    pub new: Half,
}

/// What one side said.
#[derive(Clone, Debug)]
pub struct Half {
    pub status: u16,
    /// With what lets somebody in replaced.
    pub fields: Fields,
    pub trailers: Fields,
    /// `None` where it is too large to be kept.
    pub body: Option<Bytes>,
    pub length: u64,
}

/// A pair as it is offered.
#[derive(Clone, Copy, Debug)]
pub struct Offered<'a> {
    pub route: &'a str,
    pub at_millis: u64,
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub outcome: Outcome,
    pub old: &'a Reply,
    pub new: &'a Reply,
}

/// A pair that was kept, and how many of its kind were seen since the kind is known.
#[derive(Clone, Debug)]
pub struct Shown {
    pub exhibit: Arc<Exhibit>,
    pub seen: u64,
}

/// The pairs of all routes.
#[derive(Debug)]
pub struct Exhibits {
    /// Bytes in all; none for none.
    limit: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    kinds: HashMap<(Heading, String), Kind>,
    held: usize,
    turn: u64,
    forgotten: u64,
}

#[derive(Debug, Default)]
struct Kind {
    /// The first, then the newest, oldest first.
    kept: VecDeque<Arc<Exhibit>>,
    held: usize,
    seen: u64,
    renewed_millis: u64,
    /// Rises with every sight.
    turn: u64,
}

impl Exhibits {
    pub fn new(limit: usize) -> Exhibits {
        Exhibits { limit, shelf: Mutex::default() }
    }

    pub const fn is_off(&self) -> bool {
        self.limit == 0
    }

    /// Keeps the pair, where there is none or no newer one of its kind.
    pub fn keep(&self, heading: Heading, kind: String, offered: &Offered<'_>) {
        if self.is_off() {
            return;
        }
        {
            let mut shelf = self.shelf();
            if !shelf.sees(heading, &kind, offered.at_millis) {
                return;
            }
        }
        // Copied without the lock: other threads keep theirs meanwhile.
        let exhibit = Exhibit::of(offered, kind.clone());
        if exhibit.size() > self.limit {
            return;
        }
        let mut shelf = self.shelf();
        shelf.put(heading, kind, exhibit);
        while shelf.held > self.limit || shelf.kinds.len() > MOST_KINDS {
            shelf.forget_one();
        }
    }

    /// What is kept, of one route or of all, by route and kind, the oldest first.
    pub fn of(&self, route: Option<&str>) -> Vec<Shown> {
        let shelf = self.shelf();
        let shown = |kind: &Kind| {
            let seen = kind.seen;
            kind.kept.iter().map(move |exhibit| Shown { exhibit: exhibit.clone(), seen }).collect::<Vec<_>>()
        };
        let mut all: Vec<Shown> = shelf.kinds.values().flat_map(shown).collect();
        drop(shelf);
        all.retain(|shown| route.is_none_or(|route| shown.exhibit.route == route));
        let place = |shown: &Shown| {
            let exhibit = &shown.exhibit;
            (exhibit.route.clone(), exhibit.kind.clone(), exhibit.at_millis)
        };
        all.sort_by_cached_key(place);
        all
    }

    /// How many kinds had to make room for others.
    pub fn forgotten(&self) -> u64 {
        self.shelf().forgotten
    }

    /// Bytes held.
    pub fn held(&self) -> usize {
        self.shelf().held
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    /// Counts the pair, and says whether it is wanted.
    fn sees(&mut self, heading: Heading, kind: &str, at_millis: u64) -> bool {
        self.turn += 1;
        // A name is copied once for each pair of an unequal kind, which is off the live path.
        let Some(known) = self.kinds.get_mut(&(heading, kind.to_owned())) else { return true };
        known.turn = self.turn;
        known.seen += 1;
        let since = at_millis.saturating_sub(known.renewed_millis);
        known.kept.len() < EACH || since >= RENEWED_AFTER_MILLIS
    }

    fn put(&mut self, heading: Heading, kind: String, exhibit: Exhibit) {
        let size = exhibit.size();
        let turn = self.turn;
        let known =
            self.kinds.entry((heading, kind)).or_insert_with(|| Kind { seen: 1, turn, ..Kind::default() });
        known.renewed_millis = known.renewed_millis.max(exhibit.at_millis);
        if known.kept.len() >= EACH
            && let Some(gone) = known.kept.remove(1)
        {
            known.held -= gone.size();
            self.held -= gone.size();
        }
        known.kept.push_back(Arc::new(exhibit));
        known.held += size;
        self.held += size;
    }

    /// The kind not seen for longest.
    fn forget_one(&mut self) {
        let oldest = self.kinds.iter().min_by_key(|(_, kind)| kind.turn).map(|(key, _)| key.clone());
        let Some(gone) = oldest.and_then(|key| self.kinds.remove(&key)) else {
            self.held = 0;
            return;
        };
        self.held -= gone.held;
        self.forgotten += 1;
    }
}

impl Exhibit {
    fn of(offered: &Offered<'_>, kind: String) -> Exhibit {
        let mut withheld = Withheld::default();
        let mut half = |reply: &Reply| Half {
            status: reply.status,
            fields: withheld.from(&reply.fields),
            trailers: withheld.from(&reply.trailers),
            body: kept(&reply.body),
            length: reply.body.length(),
        };
        let (old, new) = (half(offered.old), half(offered.new));
        let target = redact::target(offered.target.get(..LONGEST_TARGET).unwrap_or(offered.target));
        Exhibit {
            route: offered.route.to_owned(),
            kind,
            at_millis: offered.at_millis,
            method: offered.method.to_vec(),
            target: target.into_owned(),
            outcome: offered.outcome,
            old,
            new,
        }
    }

    fn size(&self) -> usize {
        let half = |half: &Half| {
            half.fields.size() + half.trailers.size() + half.body.as_ref().map_or(0, Bytes::len)
        };
        OVERHEAD + self.kind.len() + self.method.len() + self.target.len() + half(&self.old) + half(&self.new)
    }
}

/// A copy of its own: the pieces may be small parts of large buffers.
fn kept(body: &Payload) -> Option<Bytes> {
    let whole = |chunks: &Chunks| {
        let mut all = Vec::with_capacity(chunks.len());
        chunks.pieces().iter().for_each(|piece| all.extend_from_slice(piece));
        Bytes::from(all)
    };
    match body {
        Payload::Whole(chunks) if chunks.len() <= LARGEST_BODY => Some(whole(chunks)),
        Payload::Whole(_) | Payload::Hashed { .. } => None,
    }
}

#[cfg(test)]
mod tests;
