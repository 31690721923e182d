//! What the accepting side knows of whoever handles its requests, and of whoever sends them.

use std::time::Duration;

use super::{
    alarm::Alarm, downstream::Downstream, h1::scan::HeadLimits, message::RequestHead, refusal::Refusal,
};

/// What clients may do.
#[derive(Clone, Debug)]
pub struct Limits {
    pub head: HeadLimits,
    pub head_timeout: Duration,
    /// Between two requests on one connection.
    pub idle: Duration,
    /// Connections of the whole process.
    pub connections: usize,
    /// Bytes of following requests read while one is served.
    pub read_ahead: usize,
}

/// What happens to a request once its head is read.
pub trait Handler: 'static {
    fn handle(
        &self,
        head: RequestHead,
        downstream: &mut Downstream<'_>,
        peer: &Peer,
        alarm: &Alarm,
    ) -> impl Future<Output = ()>;

    /// A request that never got that far.
    fn refused(&self, refusal: &Refusal);
}

/// Who is at the other end.
#[derive(Debug)]
pub struct Peer {
    /// The address without its port, as text.
    pub address: String,
}
