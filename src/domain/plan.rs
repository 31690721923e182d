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

    /// Whether who serves depends on where the caller falls.
    pub const fn divides(self) -> bool {
        matches!(self, Stage::Live(share) if !share.is_none() && !share.is_all())
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

/// Who serves and who shadows. A wish holds at live stages only, and there before all else: at 0% it is how new is tried
/// out. A request without a bucket stays with old until new serves everyone.
pub fn plan(stage: Stage, bucket: Option<Bucket>, wish: Option<Side>) -> Plan {
    let drawn = |share: Share| bucket.map_or(share.is_all(), |bucket| share.contains(bucket));
    let serve = match (stage, wish) {
        (Stage::Off, _) => return Plan::OLD_ONLY,
        (Stage::Live(_), Some(wished)) => wished,
        (Stage::Live(share), None) if drawn(share) => Side::New,
        (Stage::Live(_) | Stage::Shadow, _) => Side::Old,
    };
    Plan { serve, shadow: Some(serve.other()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(percent: u32) -> Stage {
        Stage::Live(Share::from_ppm(percent * 10_000).unwrap())
    }

    fn buckets() -> impl Iterator<Item = Option<Bucket>> {
        let keys = (0..200).map(|n| Some(Bucket::of("users", format!("user:{n}").as_bytes())));
        keys.chain([None, Some(Bucket::thrown(0)), Some(Bucket::thrown(u64::MAX))])
    }

    #[test]
    fn below_the_live_stages_old_serves_whatever_is_wished() {
        for bucket in buckets() {
            for wish in [None, Some(Side::Old), Some(Side::New)] {
                assert_eq!(plan(Stage::Off, bucket, wish), Plan { serve: Side::Old, shadow: None });
                let shadow = Plan { serve: Side::Old, shadow: Some(Side::New) };
                assert_eq!(plan(Stage::Shadow, bucket, wish), shadow);
            }
        }
    }

    #[test]
    fn every_live_read_is_shadowed_by_the_side_that_does_not_serve_it() {
        for percent in [0, 1, 5, 50, 100] {
            for bucket in buckets() {
                for wish in [None, Some(Side::Old), Some(Side::New)] {
                    let plan = plan(live(percent), bucket, wish);
                    assert_eq!(plan.shadow, Some(plan.serve.other()));
                    assert!(wish.is_none_or(|wish| wish == plan.serve));
                }
            }
        }
    }

    #[test]
    fn at_no_share_only_a_wish_brings_a_read_to_new_and_at_the_whole_share_only_a_wish_keeps_it_away() {
        for bucket in buckets() {
            assert_eq!(plan(live(0), bucket, None).serve, Side::Old);
            assert_eq!(plan(live(0), bucket, Some(Side::New)).serve, Side::New);
            assert_eq!(plan(live(100), bucket, None).serve, Side::New);
            assert_eq!(plan(live(100), bucket, Some(Side::Old)).serve, Side::Old);
        }
    }

    #[test]
    fn a_read_without_a_key_stays_with_old_until_new_serves_everyone() {
        for percent in 0..100 {
            assert_eq!(plan(live(percent), None, None).serve, Side::Old);
        }
        assert_eq!(plan(live(100), None, None).serve, Side::New);
    }

    #[test]
    fn a_growing_share_moves_nobody_back() {
        for bucket in buckets() {
            let served: Vec<_> = (0..=100).map(|percent| plan(live(percent), bucket, None).serve).collect();
            assert!(served.is_sorted_by_key(|side| *side == Side::New));
        }
    }

    #[test]
    fn a_stage_divides_callers_only_between_its_ends() {
        assert!(live(1).divides() && live(99).divides());
        assert!(![Stage::Off, Stage::Shadow, live(0), live(100)].into_iter().any(Stage::divides));
    }
}
