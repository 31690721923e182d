//! Sockets and messages: everything that touches bytes on a wire, in either direction.
//!
//! Knows no route, no shadow and no verdict. Imports the domain and the clock only.

pub mod alarm;
pub mod capture;
pub mod downstream;
pub mod h1;
pub mod h2;
pub mod handler;
pub mod headers;
pub mod message;
pub mod refusal;
pub mod server;
pub mod upstream;
