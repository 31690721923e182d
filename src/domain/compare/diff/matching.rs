//! Which elements of two arrays belong together where a rule says that order does not matter, or not
//! among some of them: all, those with one key, those that tie.
//!
//! Two arrays agree where every element has a partner that it is equal to and may be laid beside: the one
//! at its own position, or one that a rule allows. So one more rule only ever allows more.

use super::{
    super::{
        pattern::{Place, Step},
        rules::Forgive,
        tree::Id,
    },
    budget::Stop,
    members::Pair,
    partners::{Match, sorted},
    selected::Spot,
    ties::{self, Ties},
    walk::Walk,
};

/// Pairs of elements that may have to be compared to match one group of look-alikes.
const MOST_TRIED: usize = 4_000_000;
/// Groups of look-alikes with more pairs than this are looked through for the obvious ones first.
const FEW: usize = 64;

/// The rules for one array that free its elements from their places.
#[derive(Default)]
struct Freedom<'a> {
    unordered: Option<usize>,
    keyed: Vec<(usize, &'a str)>,
    sorted: Vec<(usize, Option<&'a str>)>,
}

/// Which elements may be laid beside each other.
enum Allowed {
    All,
    /// Those that tie by one of these rules, and those at one position.
    Tied(Vec<(usize, Ties)>),
}

impl Allowed {
    fn allows(&self, old: usize, new: usize) -> bool {
        match self {
            Allowed::All => true,
            Allowed::Tied(all) => old == new || all.iter().any(|(_, ties)| ties.tie(old, new)),
        }
    }
}

/// The two arrays, and where the rules stand at them.
struct Arrays {
    old: Id,
    new: Id,
    here: Vec<Place>,
}

impl<'a> Walk<'_, 'a> {
    pub fn is_in_free_order(&self, old: Id, new: Id, from: usize, to: usize) -> bool {
        let freedom = self.freedom(old, new, from, to);
        freedom.unordered.is_some() || !freedom.keyed.is_empty() || !freedom.sorted.is_empty()
    }

    fn freedom(&self, old: Id, new: Id, from: usize, to: usize) -> Freedom<'a> {
        let mut freedom = Freedom::default();
        let spot = self.spot(Spot { old: Some(old), new: Some(new) });
        for (rule, forgive) in self.basis.at(self.here(from, to), spot) {
            match forgive {
                Forgive::Unordered => freedom.unordered = freedom.unordered.or(Some(rule)),
                Forgive::KeyBy(member) => freedom.keyed.push((rule, member)),
                Forgive::Sorted(member) => freedom.sorted.push((rule, member.as_deref())),
                _ => {}
            }
        }
        freedom
    }

    /// The elements laid beside each other as the rules for this array want it. `None` where there is no
    /// such rule, or where it cannot be followed.
    pub fn in_free_order(
        &mut self,
        old: Id,
        new: Id,
        from: usize,
        to: usize,
    ) -> Result<Option<Vec<Pair>>, Stop> {
        let freedom = self.freedom(old, new, from, to);
        if freedom.unordered.is_none() && freedom.keyed.is_empty() && freedom.sorted.is_empty() {
            return Ok(None);
        }
        let docs = self.basis.docs;
        let arrays = Arrays { old, new, here: self.here(from, to).to_vec() };
        let mut matched = Match::new(docs.old.elements(old).collect(), docs.new.elements(new).collect());
        self.shared.budget.spend(matched.olds.len() + matched.news.len())?;
        let ties = self.ties(&arrays, &matched, &freedom)?;
        if freedom.unordered.is_none() && ties.is_empty() {
            return Ok(None);
        }
        let rule = freedom.unordered.or(ties.first().map(|(rule, _)| *rule));
        // One element on either side has nowhere else to go, so its equality need not be known first.
        let forced = matched.olds.len() == 1 && matched.news.len() == 1;
        let keyed = ties.iter().any(|(_, ties)| ties.unique);
        let allowed = match freedom.unordered {
            Some(_) if forced && !keyed => None,
            Some(_) => Some(Allowed::All),
            None if ties.len() == 1 && keyed && !self.may_stay(&arrays, &matched, &ties)? => None,
            None => Some(Allowed::Tied(ties.clone())),
        };
        if let Some(allowed) = allowed {
            self.match_equal(&mut matched, &arrays, &allowed)?;
        }
        ties.iter().for_each(|(_, ties)| matched.join_tied(ties));
        if !keyed {
            matched.join_leftovers(freedom.unordered.is_some());
        }
        if let Some(rule) = rule.filter(|_| matched.moved()) {
            self.forgive(rule);
        }
        Ok(Some(matched.pairs()))
    }

    /// What ties by which rule; notes say where one cannot be followed.
    fn ties(
        &mut self,
        arrays: &Arrays,
        matched: &Match,
        freedom: &Freedom<'_>,
    ) -> Result<Vec<(usize, Ties)>, Stop> {
        let docs = self.basis.docs;
        let nodes = docs.old.after(arrays.old).index().saturating_sub(arrays.old.index())
            + docs.new.after(arrays.new).index().saturating_sub(arrays.new.index());
        self.shared.budget.spend(nodes / 4 * (freedom.keyed.len() + freedom.sorted.len()))?;
        let mut all = Vec::new();
        for (rule, member) in &freedom.keyed {
            match ties::by_key(docs, &matched.olds, &matched.news, member) {
                Some(ties) => all.push((*rule, ties)),
                None => self.note(&format!("not every element has a `{member}` of its own to go by")),
            }
        }
        for (rule, member) in &freedom.sorted {
            match ties::by_order(docs, &matched.olds, &matched.news, *member) {
                Some(ties) => all.push((*rule, ties)),
                None => {
                    let by = member.map_or(String::new(), |member| format!(" by `{member}`"));
                    self.note(&format!("not sorted{by} in one direction on both sides"));
                }
            }
        }
        Ok(all)
    }

    /// Whether an element may be equal to the one at its position although another has its key: where
    /// keys are forgiven themselves.
    fn may_stay(&mut self, arrays: &Arrays, matched: &Match, ties: &[(usize, Ties)]) -> Result<bool, Stop> {
        let apart = |n: &usize| ties.iter().all(|(_, ties)| !ties.tie(*n, *n));
        let moved: Vec<_> = (0..matched.olds.len().min(matched.news.len())).filter(apart).collect();
        if moved.is_empty() {
            return Ok(false);
        }
        if self.basis.is_pinned(&arrays.here, arrays.old, arrays.new) {
            return Ok(true);
        }
        let ids = |ids: &[Id]| moved.iter().filter_map(|n| ids.get(*n)).copied().collect::<Vec<_>>();
        let places = self.places_of_elements(&arrays.here);
        let old_hashes = self.old_hashes(&ids(&matched.olds), &places)?;
        let new_hashes = self.new_hashes(&ids(&matched.news), &places)?;
        Ok(old_hashes.iter().zip(&new_hashes).any(|(old, new)| old == new))
    }

    /// Gives as many elements as possible a partner that they are equal to.
    fn match_equal(&mut self, matched: &mut Match, arrays: &Arrays, allowed: &Allowed) -> Result<(), Stop> {
        let places = self.places_of_elements(&arrays.here);
        let pinned = self.basis.is_pinned(&arrays.here, arrays.old, arrays.new);
        let old_hashes = self.old_hashes(&matched.olds, &places)?;
        let new_hashes = self.new_hashes(&matched.news, &places)?;
        let coarse = pinned || matches!(allowed, Allowed::Tied(_)) || self.basis.is_coarse(&places);
        // Who stands where it stood, first: least to explain.
        for (n, (old, new)) in old_hashes.iter().zip(&new_hashes).enumerate() {
            if pinned && self.equal_at(matched, n, n, arrays)?
                || !pinned && old == new && (!coarse || self.equal_at(matched, n, n, arrays)?)
            {
                matched.join(n, n);
            }
        }
        let old_groups = sorted(&old_hashes, |n| coarse || matched.new_of(n).is_none());
        let new_groups = sorted(&new_hashes, |n| coarse || matched.old_of(n).is_none());
        let mut rest = new_groups.as_slice();
        for group in old_groups.chunk_by(|one, other| one.0 == other.0) {
            let Some((hash, _)) = group.first() else { continue };
            let start = rest.partition_point(|(other, _)| other < hash);
            let tail = rest.get(start..).unwrap_or_default();
            let (alike, after) = tail.split_at(tail.partition_point(|(other, _)| other == hash));
            rest = after;
            if coarse {
                self.match_group(matched, group, alike, arrays, allowed)?;
            } else {
                group.iter().zip(alike).for_each(|((_, old), (_, new))| matched.join(*old, *new));
            }
        }
        // One value may be two things here, so that its hash was a hint and no more.
        if pinned && matched.leaves_both() {
            let all = |length: usize| (0..length).map(|n| (0, n)).collect::<Vec<_>>();
            let (olds, news) = (all(matched.olds.len()), all(matched.news.len()));
            self.match_group(matched, &olds, &news, arrays, allowed)?;
        }
        Ok(())
    }

    /// Matches as many as can be matched: a search for augmenting paths, since `within 0.5 of each
    /// other` does not carry from one to the next and taking the first that fits may leave a rest.
    fn match_group(
        &mut self,
        matched: &mut Match,
        olds: &[(u64, usize)],
        news: &[(u64, usize)],
        arrays: &Arrays,
        allowed: &Allowed,
    ) -> Result<(), Stop> {
        let tries = olds.len().saturating_mul(news.len());
        if tries > FEW {
            self.match_obvious(matched, olds, news, arrays, allowed)?;
        }
        let unmatched: Vec<_> =
            olds.iter().enumerate().filter(|(_, (_, old))| matched.new_of(*old).is_none()).collect();
        if unmatched.is_empty() || news.iter().all(|(_, new)| matched.old_of(*new).is_some()) {
            return Ok(());
        }
        if tries > MOST_TRIED {
            return Err(Stop::Costly);
        }
        let mut known: Vec<Option<bool>> = vec![None; tries];
        for (first, _) in unmatched {
            // For each new element reached: the old one it was reached from.
            let mut reached: Vec<Option<usize>> = vec![None; news.len()];
            let mut waiting = vec![first];
            let mut free = None;
            'search: while let Some(at) = waiting.pop() {
                let Some((_, old)) = olds.get(at) else { break };
                for (slot, (_, new)) in news.iter().enumerate() {
                    self.shared.budget.spend(1)?;
                    if reached.get(slot).is_none_or(Option::is_some) {
                        continue;
                    }
                    let Some(fits) = known.get_mut(at * news.len() + slot) else { continue };
                    let equal = match *fits {
                        Some(equal) => equal,
                        None => {
                            let equal =
                                allowed.allows(*old, *new) && self.equal_at(matched, *old, *new, arrays)?;
                            *fits.insert(equal)
                        }
                    };
                    if !equal {
                        continue;
                    }
                    if let Some(from) = reached.get_mut(slot) {
                        *from = Some(at);
                    }
                    match matched.old_of(*new) {
                        None => {
                            free = Some(slot);
                            break 'search;
                        }
                        Some(partner) => {
                            // One hash in the whole group, so it is sorted by position.
                            waiting.extend(olds.binary_search_by_key(&partner, |(_, old)| *old));
                        }
                    }
                }
            }
            matched.hand_over(free, &reached, olds, news);
        }
        Ok(())
    }

    /// Joins those that are equal to the letter, and numbers by their size: in a large group most are.
    fn match_obvious(
        &mut self,
        matched: &mut Match,
        olds: &[(u64, usize)],
        news: &[(u64, usize)],
        arrays: &Arrays,
        allowed: &Allowed,
    ) -> Result<(), Stop> {
        for (old, new) in self.obvious(matched, olds, news)? {
            let free = matched.new_of(old).is_none() && matched.old_of(new).is_none();
            if free && allowed.allows(old, new) && self.equal_at(matched, old, new, arrays)? {
                matched.join(old, new);
            }
        }
        Ok(())
    }

    fn equal_at(&mut self, matched: &Match, old: usize, new: usize, arrays: &Arrays) -> Result<bool, Stop> {
        let (Some(ours), Some(theirs)) = (matched.olds.get(old), matched.news.get(new)) else {
            return Ok(false);
        };
        let places = self.basis.places_after(&arrays.here, Step::Index { old, new });
        self.equal(*ours, *theirs, places)
    }

    /// Where the rules stand at any element, where none names a position.
    pub fn places_of_elements(&self, here: &[Place]) -> Vec<Place> {
        self.basis.places_after(here, Step::Index { old: 0, new: 0 })
    }

    pub fn old_hashes(&mut self, ids: &[Id], places: &[Place]) -> Result<Vec<u64>, Stop> {
        let shared = &mut *self.shared;
        let mut hash = |id: &Id| shared.old_digests.of(self.basis, *id, places, &mut shared.budget);
        ids.iter().map(&mut hash).collect()
    }

    pub fn new_hashes(&mut self, ids: &[Id], places: &[Place]) -> Result<Vec<u64>, Stop> {
        let shared = &mut *self.shared;
        let mut hash = |id: &Id| shared.new_digests.of(self.basis, *id, places, &mut shared.budget);
        ids.iter().map(&mut hash).collect()
    }
}
