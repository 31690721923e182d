//! The domain: what the words of this program mean, and every decision it takes.
//!
//! Pure. No runtime, no sockets, no files, no locks, no clock and no dice: time and chance are
//! arguments. Nothing here can fail; a failure of the world is a value. Imports nothing of ours
//! from outside this folder.

pub mod account;
pub mod aggregate;
pub mod assign;
pub mod breaker;
pub mod compare;
pub mod evidence;
pub mod fields;
pub mod gate;
pub mod invariant;
pub mod journal;
pub mod lag;
pub mod latency;
pub mod moment;
pub mod noise;
pub mod observation;
pub mod outcome;
pub mod payload;
pub mod percent;
pub mod plan;
pub mod probe;
pub mod ration;
pub mod recheck;
pub mod redact;
pub mod rereads;
pub mod rollout;
pub mod route;
pub mod same_place;
pub mod seeded;
pub mod side;
pub mod splitmix;
pub mod stats;
pub mod throttle;
