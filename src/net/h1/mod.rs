//! HTTP/1.1 as bytes (RFC 9112), for both directions: heads, body framing, and a buffered connection.
//!
//! Our own rather than a library's for three reasons, each measured or demonstrable. A proxy has to
//! forward what a message object drops: the case and interleaving of field names, reason phrases,
//! interim replies. It has to refuse what a lenient reader repairs, and that can only be judged on the
//! bytes. And it costs a third of the instructions (docs/performance.md). HTTP/2 is hyper's.
//!
//! What is ambiguous is refused here, so that nothing ambiguous is ever written.

pub mod body;
pub mod conn;
pub mod exchange;
pub mod reply;
pub mod request;
pub mod scan;
pub mod serve;
