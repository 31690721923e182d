//! The keys of a gate: every number of its criteria. Their built-in values are those of the criteria themselves.

use std::time::Duration;

use crate::{
    config::{
        forms::{Reason, Whole, Words},
        numbers::{Confidence, Error, Growth, Number, QuantileWord, Rate},
        reader::{Form, section},
        shapes::{Compact, Items, Line, Needed, OrAuto, OrNone},
        times::Span,
    },
    domain::gate::{
        Coverage, Drops, Errors, Latency, Mismatch, Noise, Quantile, Seeding, Soak, Staleness, Units,
    },
};

section! {
    /// What has to be proven before each advance.
    GateFile {
        /// How often new may differ.
        mismatch: MismatchFile as MismatchFile = MismatchFile::default(),
        /// What counts as one piece of evidence.
        units: UnitsFile as UnitsFile = UnitsFile::default(),
        /// How long without an incident.
        soak: SoakFile as SoakFile = SoakFile::default(),
        /// How much of the traffic, by its kinds.
        coverage: CoverageFile as CoverageFile = CoverageFile::default(),
        /// How much slower new may be.
        latency: LatencyFile as LatencyFile = LatencyFile::default(),
        /// How often new may fail where it serves.
        errors: ErrorsFile as ErrorsFile = ErrorsFile::default(),
        /// How much may differ by itself, or be forgiven.
        noise: NoiseFile as NoiseFile = NoiseFile::default(),
        /// How far new may lag behind old.
        staleness: StalenessFile as StalenessFile = StalenessFile::default(),
        /// How much of what was to be mirrored may be missing.
        drops: DropsFile as DropsFile = DropsFile::default(),
        /// Differences that the program plants itself, to see that it finds them.
        seeding: SeedingFile as SeedingFile = SeedingFile::default(),
        /// Lets a match of two empty replies count, with the reason; or none.
        empty_is_evidence: Option<Why> as OrNone<Why> = None,
    }

    /// How often new may differ.
    MismatchFile {
        /// The most mismatches per read at every stage; none: the exposure budget over the share of the stage.
        max: Option<f64> as OrNone<Rate> = Mismatch::default().max,
        /// The part of all reads that may get wrong data.
        exposure_budget: f64 as Rate = Mismatch::default().exposure_budget,
        /// The most that the budget may come to, at small shares.
        cap: f64 as Rate = Mismatch::default().cap,
        /// The least that the budget may come to, at large shares.
        floor: f64 as Rate = Mismatch::default().floor,
        /// Proven above so many times the bound is a breach.
        abort_factor: f64 as Number<1, 1_000_000> = Mismatch::default().abort_factor,
        /// How sure a pass has to be; auto is 95%.
        confidence: Option<f64> as OrAuto<Confidence> = None,
        /// The same in the last two advances; auto is what `confidence` says, or 99%.
        confidence_last: Option<f64> as OrAuto<Confidence> = None,
        /// How often a breach may be claimed wrongly.
        alpha_fail: f64 as Error = Mismatch::default().alpha_fail,
        /// The least mean number of comparisons to a false alarm.
        arl: f64 as Number<1, 1_000_000_000_000> = Mismatch::default().arl,
        /// No pass once evidence was begun anew so often that it may be wrong this often.
        most_alpha: f64 as Error = Mismatch::default().most_alpha,
        /// Units compared in the present stage itself, whatever was seen before.
        stage_units: usize as Whole<0, 1_000_000_000> = whole(Mismatch::default().stage_units),
    }

    /// What counts as one piece of evidence.
    UnitsFile {
        /// The most that one caller can contribute.
        per_key: usize as Whole<1, 255> = usize::from(Units::default().per_key),
        /// Told apart exactly on each route; beyond that they are estimated, never too high.
        per_route: usize as Whole<1, 50_000_000> = Units::default().per_route,
    }

    /// How long without an incident.
    SoakFile {
        /// Proven before an advance: fewer than one incident in this time; auto goes by the share.
        incident_interval: Option<Duration> as OrAuto<Span> = Soak::default().incident_interval,
        /// How often that claim may be wrong.
        alpha: f64 as Error = Soak::default().alpha,
        /// The time in which everything that goes wrong is one incident.
        block: Duration as Span = Soak::default().block,
        /// A block in which a detector reaches this is an incident.
        warn_level: f64 as Number<1, 1_000_000_000_000> = Soak::default().warn_level,
        /// Hours of the day in which there was traffic, before a quarter of all reads and more.
        hours_of_day: usize as Whole<0, 24> = usize::from(Soak::default().hours_of_day),
        /// Evidence to which nothing was added for so long is stale.
        stale_after: Duration as Span = Soak::default().stale_after,
    }

    /// How much of the traffic, by its kinds.
    CoverageFile {
        /// A kind with at least this share of the traffic needs `units`.
        share: f64 as Rate = Coverage::default().share,
        /// Units that such a kind needs.
        units: usize as Whole<0, 1_000_000_000> = whole(Coverage::default().units),
        /// Units that a smaller kind needs.
        small_units: usize as Whole<0, 1_000_000_000> = whole(Coverage::default().small_units),
        /// The share of the traffic in kinds with enough units.
        verified: f64 as Rate = Coverage::default().verified,
        /// The most of the traffic that may be of kinds never seen.
        unseen: f64 as Rate = Coverage::default().unseen,
        /// How often that claim may be wrong.
        alpha: f64 as Error = Coverage::default().alpha,
        /// Kinds that need nothing.
        waived: Vec<WaivedFile> as Items<WaivedFile> = Vec::new(),
    }

    /// A kind of traffic that needs no evidence.
    WaivedFile {
        /// As the gate names it.
        cell: Option<String> as Needed<Words> = None,
        /// Why it needs none.
        why: Option<String> as Needed<Reason> = None,
    }

    /// How much slower new may be.
    LatencyFile {
        /// By quantile of old's latency: more than pass holds, proven more than abort is a breach. Empty: not asked for.
        quantiles: Vec<Quantile> as Items<Compact<QuantileFile>> = Latency::default().quantiles,
        /// What new may be slower at every quantile.
        slack: Duration as Span<0> = Latency::default().slack,
        /// Replies of old before its quantiles are taken.
        samples: usize as Whole<1, 1_000_000_000> = whole(Latency::default().samples),
        /// How often a pass may be wrong.
        alpha_pass: f64 as Error = Latency::default().alpha_pass,
        /// How often a breach may be claimed wrongly.
        alpha_fail: f64 as Error = Latency::default().alpha_fail,
    }

    /// How much slower new may be at one quantile.
    QuantileFile {
        /// Of old's latency, such as p99.
        q: Option<f64> as Needed<QuantileWord> = None,
        /// How much slower new may be to pass.
        pass: Option<f64> as Needed<Growth> = None,
        /// Proven slower than this is a breach.
        abort: Option<f64> as Needed<Growth> = None,
    }

    /// How often new may fail where it serves.
    ErrorsFile {
        /// The rate that is always tolerated.
        floor: f64 as Rate = Errors::default().floor,
        /// And so many times the rate of old.
        old_factor: f64 as Number<0, 1_000_000> = Errors::default().old_factor,
        /// The least mean number of replies to a false alarm.
        arl: f64 as Number<1, 1_000_000_000_000> = Errors::default().arl,
        /// So many times as often as old new may fail.
        ratio: f64 as Number<1, 1_000_000> = Errors::default().ratio,
        /// The least mean number of failures to a false alarm of that kind.
        relative_arl: f64 as Number<1, 1_000_000_000_000> = Errors::default().relative_arl,
        /// How often a pass may be wrong.
        alpha: f64 as Error = Errors::default().alpha,
    }

    /// How much may differ by itself, or be forgiven.
    NoiseFile {
        /// How often a place may be called noisy wrongly, shared by all places.
        alpha: f64 as Error = Noise::default().alpha,
        /// The share of compared values that rules may forgive unseen. Not measured yet: no gate asks for it.
        masked: f64 as Rate = Noise::default().masked,
    }

    /// How far new may lag behind old.
    StalenessFile {
        /// New may lag so long.
        budget: Duration as Span = Staleness::default().budget,
        /// The rate of reads that may not have healed by then.
        rate: f64 as Rate = Staleness::default().rate,
        /// The rate of mismatches that heal.
        transient: f64 as Rate = Staleness::default().transient,
        /// The rate of mismatches that could not be told apart.
        indeterminate: f64 as Rate = Staleness::default().indeterminate,
        /// How often these claims may be wrong.
        alpha: f64 as Error = Staleness::default().alpha,
    }

    /// How much of what was to be mirrored may be missing.
    DropsFile {
        /// The share that may be missing.
        max: f64 as Rate = Drops::default().max,
        /// Proven above this, waiting does not help.
        block: f64 as Rate = Drops::default().block,
        /// So many times as bad as the others the missing ones may be.
        gamma: f64 as Number<1, 1_000_000> = Drops::default().gamma,
        /// The share of each kind of traffic that has to be compared.
        stratum_compared: f64 as Rate = Drops::default().stratum_compared,
        /// How often the claim may be wrong.
        alpha: f64 as Error = Drops::default().alpha,
        /// How often a bias may be claimed wrongly.
        alpha_bias: f64 as Error = Drops::default().alpha_bias,
    }

    /// Differences that the program plants itself, to see that it finds them.
    SeedingFile {
        /// One in so many comparisons; 0 for none.
        one_in: usize as Whole<0, 4_294_967_295> = Seeding::default().one_in as usize,
    }

    /// A reason.
    Why {
        /// In words; shown wherever it matters.
        why: Option<String> as Needed<Reason> = None,
    }
}

const fn whole(number: u64) -> usize {
    number as usize
}

impl Line for QuantileFile {
    type Meaning = Quantile;

    fn meaning(section: QuantileFile) -> Option<Quantile> {
        Some(Quantile { q: section.q?, pass: section.pass?, abort: section.abort? })
    }

    fn line(quantile: &Quantile) -> String {
        let q = QuantileWord::write(&quantile.q).unwrap_or_default();
        let growth = |value: &f64| Growth::write(value).unwrap_or_default();
        format!("{{ q: {q}, pass: {}, abort: {} }}", growth(&quantile.pass), growth(&quantile.abort))
    }
}
