//! What one request says: the smallest thing from which all evidence is made.
//!
//! Made on the thread that served the request, so it is small and cheap. Hashes, not contents.

use std::time::Duration;

use crate::domain::{outcome::Outcome, recheck::Class, side::Side};

/// One message about a route, from whoever saw something.
#[derive(Clone, Debug)]
pub struct Note {
    /// The place of the route in the config.
    pub route: u32,
    /// As published with the stage under which the request was planned: what counts per stage counts only under it.
    pub generation: u32,
    /// Of the route's settings it was judged by. Notes of another epoch belong to evidence that is over.
    pub epoch: u32,
    pub fact: Fact,
}

#[derive(Clone, Debug)]
pub enum Fact {
    /// A request has ended on the live path, and its pair has its row. One of each declared read.
    Looked(Box<Looked>),
    /// What was found later about a unit that had differed.
    Later { unit: Unit, later: Later },
    /// A difference was planted, and found or not.
    Seeded { found: bool },
    /// A probe was run: whether every one matched, and what did not, in words.
    Probed { failed: Option<String> },
}

/// A read that came to its end.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Present where both replies were whole; otherwise only the key is known.
    pub unit: Unit,
    pub cell: Cell,
    /// Of the assignment key, by which callers are told apart; 0 where the request has none or a pin decided.
    pub caller: u64,
    /// Its row of the account.
    pub outcome: Outcome,
    pub served: Served,
    /// Of old and of new, where they gave a whole reply.
    pub statuses: [Option<u16>; 2],
    /// `None` where the side was not asked or was interrupted by somebody else.
    pub took: [Option<Duration>; 2],
    /// Of old's body where it is known, otherwise of the body that was served.
    pub size: u64,
    /// A hash of what old and new say they are, where the settings name a header for it; 0 where they do not.
    pub builds: [u64; 2],
}

/// Who answered the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    pub by: Side,
    /// The request was planned for new.
    pub planned_new: bool,
    /// New failed before its first byte and old answered.
    pub rescued: bool,
    /// The side that was planned to serve gave a 5xx, no whole reply, or no reply at all.
    pub failed: bool,
}

/// Distinct data: one key that old answers with one payload (statistics 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// Of what was asked: method, target and the assignment key.
    pub key: u64,
    /// Of the status and the bytes old answered with; 0 where there are none.
    pub payload: u64,
}

/// The kind of request (statistics 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub hash: u64,
    /// As a person reads it; only where the thread that saw it had not told it before.
    pub text: Option<Box<str>>,
}

/// What came of reading a mismatch again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Still different when the staleness budget was over.
    StillDiffers,
    /// The end of it. `unstable` counts as persistent.
    Ended { class: Class, indeterminate: bool },
}
