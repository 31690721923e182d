//! How fast two bodies are compared: readshift's comparison beside the one that libraries offer, which reads
//! both with serde_json and lists the differences with json_patch. In one process, by turns.
//!
//! Time is that of this thread on its core, and the least of all turns counts: whatever else runs on the
//! machine can only add to it.

mod documents;
pub mod hostile;
mod methods;

use std::time::Duration;

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

use self::documents::{Case, Pair};
use self::hostile::Went;
use self::methods::Method;
use crate::bodies::Size;
use crate::cli::Flags;
use crate::report::{publish_compared, table};

/// Turns are taken until this much has been spent on one method of one pair.
const SPEND: Duration = Duration::from_millis(400);
const FEWEST: usize = 5;
const MOST: usize = 20_000;

/// One pair by one method.
#[derive(Debug)]
pub struct Measured {
    pub size: Size,
    pub case: Case,
    pub bytes: usize,
    pub library: Duration,
    pub ours: Duration,
}

impl Measured {
    /// How many times as fast as the library.
    pub fn ratio(&self) -> f64 {
        self.library.as_secs_f64() / self.ours.as_secs_f64().max(1e-9)
    }

    /// How many times as fast as the library it has to be.
    pub fn bar(&self) -> Option<f64> {
        match self.case {
            // Of a small body, what stands around it is most of the work.
            Case::SameBytes if self.size.0 < Size::MIDDLE.0 => None,
            Case::SameBytes => Some(100.0),
            Case::Unordered => None,
            _ => Some(3.0),
        }
    }

    /// Of one body: both have about the same size.
    pub fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.ours.as_secs_f64().max(1e-9)
    }
}

pub fn run(flags: &Flags) -> Result<bool> {
    let sizes: &[Size] =
        if flags.quick { &[Size::MIDDLE] } else { &[Size(1 << 10), Size::MIDDLE, Size::LARGE] };
    let spend = if flags.quick { SPEND / 20 } else { SPEND };
    let mut all = Vec::new();
    for size in sizes {
        for case in Case::ALL {
            let pair = Pair::of(*case, *size);
            pair.check()?;
            let [library, ours] = least(&pair, spend);
            all.push(Measured { size: *size, case: *case, bytes: pair.old.len(), library, ours });
        }
    }
    let hostile = hostile::all()?;
    publish_compared(flags, &format!("{}\n{}", table::compared(&all), table::hostile(&hostile)))?;
    let met = |measured: &Measured| measured.bar().is_none_or(|bar| measured.ratio() >= bar);
    Ok(!flags.strict || (all.iter().all(met) && hostile.iter().all(Went::within_bounds)))
}

/// The least time of either method, which take turns.
fn least(pair: &Pair, spend: Duration) -> [Duration; 2] {
    let methods = [Method::Library, Method::Ours];
    let mut found = [Duration::MAX; 2];
    let mut spent = Duration::ZERO;
    for turn in 0..MOST {
        if turn >= FEWEST && spent >= spend * 2 {
            break;
        }
        for (method, least) in methods.iter().zip(&mut found) {
            let before = on_core();
            std::hint::black_box(method.judge(std::hint::black_box(pair)));
            let took = on_core().saturating_sub(before);
            spent += took;
            *least = (*least).min(took);
        }
    }
    found
}

/// How long this thread has run.
fn on_core() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}
