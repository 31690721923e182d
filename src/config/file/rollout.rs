//! The keys of a rollout: the stages it goes through, how it may move, and the reads that have to match.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{gate::GateFile, route::RouteCompare};
use crate::{
    config::{
        forms::{Id, Method, Reason, StageWord, Switch, Target, Words},
        moves::{AdvanceWord, OnBreachWord},
        reader::section,
        shapes::{HeaderValues, Items, Needed, Optional, OrNone, Secret},
        times::Span,
        weeks::{WeekMinute, Zone},
    },
    domain::{
        plan::Stage,
        rollout::{Advance, OnBreach, Policy},
    },
};

section! {
    /// Routes that move together.
    RolloutFile {
        /// Its name.
        id: Option<String> as Needed<Id> = None,
        /// The stages it goes through, in order: off, shadow, then shares of reads that new serves. At 0% these are
        /// pinned callers and testers only.
        stages: Vec<Stage> as Items<StageWord> = vec![Stage::Shadow],
        /// The least stay on a stage.
        hold: Duration as Span<0> = Policy::default().hold,
        /// Who advances: manual, a person; auto, the gate as soon as it passes.
        advance: Advance as AdvanceWord = Policy::default().advance,
        /// Whether a person has to approve each advance to a live stage beforehand.
        approval: bool as Switch = Policy::default().approval,
        /// Where a breach brings it: shadow, every read back to old; down, one stage.
        on_breach: OnBreach as OnBreachWord = Policy::default().on_breach,
        /// Times of the week in which nothing advances. A revert always does.
        freeze: Vec<FreezeFile> as Items<FreezeFile> = Vec::new(),
        /// The oldest a drill may be for an advance to a live stage, or none.
        drill_within: Option<Duration> as OrNone<Span> = Policy::default().drill_within,
        /// Whether old answers in place of new's 5xx, as it does where new fails before its first byte.
        rescue_5xx: bool as Switch = false,
        /// What has to be proven before each advance.
        gate: GateFile as GateFile = GateFile::default(),
        /// Reads that have to match before each advance: the known tricky accounts.
        probes: Vec<ProbeFile> as Items<ProbeFile> = Vec::new(),
    }

    /// A time of the week in which nothing advances.
    FreezeFile {
        /// Such as fri 16:00.
        from: Option<u16> as Needed<WeekMinute> = None,
        /// When it ends, such as mon 08:00.
        to: Option<u16> as Needed<WeekMinute> = None,
        /// By the clocks of this time zone.
        zone: TimeZone as Zone = TimeZone::UTC,
        /// Told to whoever wants to advance. Default: when it is.
        why: Option<String> as Optional<Reason> = None,
    }

    /// A read that has to match before each advance.
    ProbeFile {
        /// Its name.
        name: Option<String> as Needed<Id> = None,
        /// The method it is asked by.
        method: String as Method = "GET".to_owned(),
        /// Path and query.
        path: Option<String> as Needed<Target> = None,
        /// Headers of the request. Their values are never shown.
        headers: Vec<(String, String)> as Secret<HeaderValues> = Vec::new(),
        /// The body of the request, or none.
        body: Option<String> as OrNone<Words> = None,
        /// How often it is asked, besides before each advance.
        every: Duration as Span = Duration::from_secs(60),
        /// What differences are no errors.
        compare: RouteCompare as RouteCompare = RouteCompare::default(),
    }
}
