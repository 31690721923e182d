//! THE CONTROL PATH: one mailbox, one loop; the only writer of rollout state.
//!
//! Decides nothing itself: `domain::gate` judges, `domain::rollout` steps, and what they say is carried out here in
//! the order they say it. Three threads, none of which serves requests, and none of which waits for a disk:
//!
//! | thread | file | what |
//! |---|---|---|
//! | `controller` | `run`, `carry`, `probing` | takes wishes from the mailbox, steps, carries the effects out, answers |
//! | `evidence` | `watch`, `track` | enters facts into books many times a second, judges, has the evidence kept |
//! | `kill-switch` | `kill_switch` | looks whether the file exists; the only one that may hang on a disk |
//!
//! `Door` (`door`) is how the rest of the program comes in, and `board` is what the threads leave each other to read.
//! A way back to old is published and answered before anything else is done about it, the record included. Where the
//! loop does not do it within a second, the door does it past the loop; where a thread here ends by a panic, every
//! rollout is brought back. Nothing here ever brings reads to new but an advance that was recorded.

mod begin;
mod board;
mod carry;
mod door;
mod evidence;
mod kill_switch;
mod minutes;
mod probing;
mod run;
mod setup;
mod start;
mod track;
mod view;

#[cfg(test)]
mod tests;

pub use begin::{Begun, begin};
pub use door::{Asked, Controller};
pub use setup::{RouteSetup, Setup};
pub use start::{Parts, Running, start};
pub use view::{Reload, RolloutView, View};
