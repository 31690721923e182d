//! Whether old and new are one and the same system. Evidence from such a pair is worth nothing: everything
//! matches, whatever new would do.
//!
//! Two signs, each for a warning and never for a verdict. Instance headers: every instance that answers for
//! new also answers for old. Noise: new agrees with old where old does not even agree with itself.

use std::collections::BTreeMap;

use super::{
    fields::Fields,
    noise::{Noise, Row},
    stats::{
        ln_threshold,
        odds::{EVEN, ln_o_lo},
    },
};

/// Headers in which a service names the instance that answered. Not those that name a request, which are
/// another in every reply.
const HEADERS: [&str; 14] = [
    "x-instance-id",
    "x-instance",
    "x-pod-name",
    "x-pod",
    "x-backend",
    "x-backend-server",
    "x-served-by",
    "x-host",
    "x-hostname",
    "x-server-id",
    "x-server-name",
    "x-container-id",
    "x-node",
    "fly-machine-id",
];
/// Pairs in which both sides name their instance, before anything is said.
const FEWEST_PAIRS: u64 = 20;
/// Instances told apart for each header; with more, nothing is said.
const MOST_INSTANCES: usize = 256;
/// Bytes of a name. Longer ones name no instance.
const LONGEST_NAME: usize = 128;
/// A name shorter than this, or with fewer digits, is one that two installations of the same software may
/// both give: `api-0`, `web01`, `nginx`. Addresses, container identifiers and minted pod names are longer.
const SHORTEST_NAME: usize = 8;
const FEWEST_DIGITS: usize = 3;
/// The chance to take two systems for one by their noise.
const ALPHA: f64 = 1e-3;

/// What is known of where the replies of one route come from. Of bounded size.
#[derive(Clone, Debug, Default)]
pub struct SamePlace {
    headers: BTreeMap<&'static str, Instances>,
}

/// The instances that one header names.
#[derive(Clone, Debug, Default)]
struct Instances {
    /// Pairs in which both sides name one.
    pairs: u64,
    /// By name: whether old gave it, and whether new did.
    names: BTreeMap<String, Given>,
    /// A side gave what names no instance for certain, or there were too many to remember.
    unclear: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Given {
    by_old: bool,
    by_new: bool,
}

impl SamePlace {
    /// Looks at the heads of two replies to one request.
    pub fn see(&mut self, old: &Fields, new: &Fields) {
        for header in HEADERS {
            if let (Some(ours), Some(theirs)) = (only(old, header), only(new, header)) {
                self.headers.entry(header).or_default().see(ours, theirs);
            }
        }
    }

    /// Whether both sides name the instance that answered, in any header that is known for it.
    pub fn names(old: &Fields, new: &Fields) -> bool {
        HEADERS.iter().any(|header| only(old, header).is_some() && only(new, header).is_some())
    }

    /// Why old and new are taken for the same system, as a sentence; `None` where nothing says so. Looks at
    /// the noise of the same route.
    pub fn verdict(&self, noise: &Noise) -> Option<String> {
        let shared = self.headers.iter().find(|(_, instances)| instances.are_shared());
        shared
            .map(|(header, instances)| instances.sentence(header))
            .or_else(|| echo(noise).map(|row| sentence(&row)))
    }
}

impl Instances {
    fn see(&mut self, ours: &str, theirs: &str) {
        self.pairs = self.pairs.saturating_add(1);
        self.unclear |= !is_unique(ours) || !is_unique(theirs);
        if self.unclear {
            self.names = BTreeMap::new();
            return;
        }
        self.names.entry(ours.to_owned()).or_default().by_old = true;
        self.names.entry(theirs.to_owned()).or_default().by_new = true;
        self.unclear = self.names.len() > MOST_INSTANCES;
    }

    /// Whether every instance of new is one of old, whichever of them answers which request: that the two of
    /// a pair are the same is not asked for, since a balancer deals them out at will.
    fn are_shared(&self) -> bool {
        let known = self.names.values().all(|given| given.by_old || !given.by_new);
        known && !self.unclear && self.pairs >= FEWEST_PAIRS
    }

    fn sentence(&self, header: &str) -> String {
        let shared: Vec<_> = self.names.iter().filter(|(_, given)| given.by_new).collect();
        let name = shared.first().map_or("", |(name, _)| name.as_str());
        let others = match shared.len().saturating_sub(1) {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        format!(
            "old and new seem to be the same system: in {} pairs, every reply of new names an instance \
             that answers for old too ({header}: {name}{others})",
            self.pairs
        )
    }
}

/// A path on which old all but never agrees with itself, and new agrees with old. A value that is only
/// written to now and then would let another system agree too, since new is read at the same time as old
/// and old again later; hence only where old differs in at least half of all triples.
fn echo(noise: &Noise) -> Option<Row<'_>> {
    let threshold = ln_threshold(ALPHA / noise.rows().count().max(1) as f64);
    noise.rows().find(|row| {
        row.only_new == 0
            && row.noisy.saturating_mul(2) >= row.triples
            && ln_o_lo(row.only_new, row.only_old, EVEN) >= threshold
    })
}

fn sentence(row: &Row<'_>) -> String {
    format!(
        "old and new seem to be the same system, or to answer from the same cache: at {}, old differs from \
         itself in {} of {} control pairs, and new agreed with old in {} of those and never differed alone",
        row.path, row.noisy, row.triples, row.only_old
    )
}

/// The value of a header that stands there once.
fn only<'f>(fields: &'f Fields, header: &'static str) -> Option<&'f str> {
    let mut values = fields.all(header);
    let value = values.next().filter(|_| values.next().is_none())?;
    std::str::from_utf8(value).ok().map(str::trim).filter(|name| !name.is_empty())
}

/// Whether two systems would hardly both give this name. One node of a content network may well stand before
/// two systems, and says so.
fn is_unique(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let cache = name.starts_with("cache-");
    !cache && (SHORTEST_NAME..=LONGEST_NAME).contains(&name.len()) && digits >= FEWEST_DIGITS
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            compare::difference::{Difference, Kind, Place},
            noise::triple::Triple,
        },
        *,
    };

    fn pods(count: usize, software: &str) -> Vec<String> {
        (0..count).map(|n| format!("{software}-7d9c5b6f4-x{n}lqp")).collect()
    }

    /// Pairs that each side answers from these instances, old in turn and new from the last to the first.
    fn seen(header: &str, old: &[String], new: &[String], pairs: usize) -> Option<String> {
        let mut same = SamePlace::default();
        for n in 0..pairs {
            let of = |name: &String| Fields::from_pairs([(header, name)]);
            same.see(&of(&old[n % old.len()]), &of(&new[new.len() - 1 - n % new.len()]));
        }
        same.verdict(&Noise::default())
    }

    #[test]
    fn the_same_instance_in_twenty_pairs_is_the_same_system() {
        let pod = pods(1, "users");
        assert_eq!(seen("x-pod-name", &pod, &pod, 19), None);
        let told = seen("X-Pod-Name", &pod, &pod, 20).unwrap();
        assert!(told.contains("x-pod-name: users-7d9c5b6f4-x0lqp)"), "{told}");
    }

    #[test]
    fn the_same_instances_behind_a_balancer_are_the_same_system_though_no_pair_agrees() {
        let told = seen("x-served-by", &pods(4, "users"), &pods(4, "users"), 20).unwrap();
        assert!(told.contains("and 3 more"), "{told}");
    }

    #[test]
    fn one_instance_of_its_own_is_enough_to_be_another_system() {
        let mut new = pods(3, "users");
        new.push("people-5c8d7f9b2-a1b2c".into());
        assert_eq!(seen("x-pod-name", &pods(3, "users"), &new, 40), None);
    }

    #[test]
    fn a_name_that_any_installation_gives_says_nothing() {
        for name in ["api-0", "web01", "nginx", "production-eu", "cache-fra19128-FRA"] {
            let name = [name.to_owned()];
            assert_eq!(seen("x-server-name", &name, &name, 100), None);
        }
        assert!(seen("x-host", &["10.2.3.41:8080".into()], &["10.2.3.41:8080".into()], 20).is_some());
    }

    #[test]
    fn a_request_identifier_is_no_instance() {
        let id = ["0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()];
        for header in ["x-request-id", "x-amz-cf-id", "traceparent"] {
            assert_eq!(seen(header, &id, &id, 100), None);
        }
    }

    #[test]
    fn instances_are_bounded() {
        let many = pods(MOST_INSTANCES + 1, "users");
        assert_eq!(seen("x-pod-name", &many, &many, 10_000), None);
    }

    /// Triples in which old differs from itself once in `every`, and new agrees with the first of the two.
    fn echoed(triples: u32, every: u32) -> Option<String> {
        let mut noise = Noise::default();
        for n in 0..triples {
            let id = |n: u32| Some(format!("\"{n:08}\""));
            let control = Difference::at(Place::Body("/id".into()), Kind::Text, id(n), id(n + 1));
            let control = if n % every == 0 { vec![control] } else { Vec::new() };
            noise.see(&Triple::of(&[], &control, false, 0));
        }
        SamePlace::default().verdict(&noise)
    }

    #[test]
    fn new_that_gives_what_old_never_gives_twice_is_the_same_system() {
        assert_eq!(echoed(11, 1), None);
        let told = echoed(12, 1).unwrap();
        assert!(told.contains("at /id, old differs from itself in 12 of 12"), "{told}");
    }

    #[test]
    fn new_that_agrees_where_old_was_written_to_a_little_later_is_not() {
        assert_eq!(echoed(1_000, 3), None);
    }

    #[test]
    fn new_that_is_as_noisy_as_old_is_not_told_by_its_noise() {
        let mut noise = Noise::default();
        for n in 0..1_000 {
            let id = |n: u32| Some(format!("\"{n:08}\""));
            let other = |by| Difference::at(Place::Body("/id".into()), Kind::Text, id(n), id(n + by));
            noise.see(&Triple::of(&[other(1)], &[other(2)], false, 0));
        }
        assert_eq!(SamePlace::default().verdict(&noise), None);
    }
}
