//! What is kept, against real files.

pub mod made;

mod moves;
