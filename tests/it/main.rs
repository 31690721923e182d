//! One integration binary. Each file says in its name which behaviour it holds.

mod command_line;
mod house;
mod scrape;
