//! HTTP/2 from clients, by hyper. Requests come out of it as HTTP/1.1 would carry them.

pub mod exchange;
pub mod request;
pub mod serve;
