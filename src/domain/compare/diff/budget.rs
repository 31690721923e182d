//! The work that one comparison may cost.

/// Steps of comparing, hashing or matching. Some tens of nanoseconds each: about a second at the very
/// worst, and several times what the largest body needs when nothing is matched anew.
const MOST: u64 = 20_000_000;

/// Why a walk ended before it had seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A first difference was all that was asked for.
    Found,
    /// The budget is used up.
    Costly,
}

#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    pub const fn full() -> Budget {
        Budget(MOST)
    }

    pub fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(Stop::Costly)?;
        Ok(())
    }

    /// For reading so many bytes, which is far cheaper a byte than a step is.
    pub fn spend_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.spend(bytes / 64)
    }
}
