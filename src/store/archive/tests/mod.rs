//! What is kept, against real files.

mod chain;
mod evidence;
mod faults;
pub mod made;
mod moves;
mod retention;
