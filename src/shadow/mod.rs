//! The shadow path: everything that happens to a read besides being answered.
//!
//! A shadow is refused or started at once and never waited for. Nothing here owns a live connection, a
//! live buffer or a place in the client's queue, and nothing here can fail a live request.

pub mod compare_pool;
pub mod exchange;
pub mod live;
pub mod look;
pub mod mirror;
pub mod pair;
pub mod permit;
pub mod probes;
pub mod read;
pub mod record;
pub mod reread;
pub mod tape;
pub mod watch;
