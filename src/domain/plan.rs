//! Who serves a read and who only shadows it. The one place that decides it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    percent::{Bucket, Share},
    side::Side,
};

/// Where a rollout stands. Ordered by what is at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stage {
    /// Old serves and nothing is mirrored: for when shadows hurt new.
    Off,
    /// Old serves every read, new is only checked.
    Shadow,
    /// New serves this share of reads and old is shadowed for them; the others the other way round.
    Live(Share),
}

impl Stage {
    /// The share of reads that new serves.
    pub const fn share(self) -> Share {
        match self {
            Stage::Off | Stage::Shadow => Share::NONE,
            Stage::Live(share) => share,
        }
    }

    pub const fn is_live(self) -> bool {
        matches!(self, Stage::Live(_))
    }
}

/// As in the config: `off`, `shadow`, `5%`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Off => f.write_str("off"),
            Stage::Shadow => f.write_str("shadow"),
            Stage::Live(share) => share.fmt(f),
        }
    }
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Stage, String> {
        match text {
            "off" => Ok(Stage::Off),
            "shadow" => Ok(Stage::Shadow),
            share => share.parse().map(Stage::Live).map_err(|_| {
                format!("expected a stage, which is off, shadow or a share such as 5%, got {text:?}")
            }),
        }
    }
}

impl TryFrom<String> for Stage {
    type Error = String;

    fn try_from(text: String) -> Result<Stage, String> {
        text.parse()
    }
}

impl From<Stage> for String {
    fn from(stage: Stage) -> String {
        stage.to_string()
    }
}

/// The roles of both sides for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub serve: Side,
    pub shadow: Option<Side>,
}

impl Plan {
    /// What is not a declared read: old serves it, once, and nobody else hears of it.
    pub const OLD_ONLY: Plan = Plan { serve: Side::Old, shadow: None };
}

/// A request without a bucket stays with old until new serves everyone.
pub fn plan(stage: Stage, bucket: Option<Bucket>) -> Plan {
    let serve = match (stage, bucket) {
        (Stage::Off, _) => return Plan::OLD_ONLY,
        (Stage::Shadow, _) => Side::Old,
        (Stage::Live(share), None) => {
            if share.is_all() {
                Side::New
            } else {
                Side::Old
            }
        }
        (Stage::Live(share), Some(bucket)) => {
            if share.contains(bucket) {
                Side::New
            } else {
                Side::Old
            }
        }
    };
    Plan { serve, shadow: Some(serve.other()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_off_nobody_shadows_and_at_shadow_new_does() {
        let bucket = Some(Bucket::of("users", b"ada"));
        assert_eq!(plan(Stage::Off, bucket), Plan { serve: Side::Old, shadow: None });
        assert_eq!(plan(Stage::Shadow, bucket), Plan { serve: Side::Old, shadow: Some(Side::New) });
    }

    #[test]
    fn every_live_read_is_shadowed_by_the_side_that_does_not_serve_it() {
        for percent in [0, 1, 5, 50, 100] {
            let stage = Stage::Live(Share::from_ppm(percent * 10_000).unwrap());
            for n in 0..200 {
                let plan = plan(stage, Some(Bucket::of("users", format!("user:{n}").as_bytes())));
                assert_eq!(plan.shadow, Some(plan.serve.other()));
            }
        }
    }

    #[test]
    fn a_read_without_a_key_stays_with_old_until_new_serves_everyone() {
        assert_eq!(plan(Stage::Live(Share::from_ppm(990_000).unwrap()), None).serve, Side::Old);
        assert_eq!(plan(Stage::Live(Share::ALL), None).serve, Side::New);
    }
}
