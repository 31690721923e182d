//! Two sequences of hashes laid beside each other, so that the fewest words say how one became the other:
//! elements that stayed, came and went along the longest common run, or the same elements elsewhere.

use super::{edits, partners::sorted};

/// An element of each side that belong together; one without the other was removed or added.
pub type Couple = (Option<usize>, Option<usize>);

#[derive(Debug)]
pub struct Couples {
    pub couples: Vec<Couple>,
    /// Most elements are there on both sides, in another order.
    pub reordered: bool,
}

pub fn couples(old: &[u64], new: &[u64]) -> Couples {
    let most = old.len().min(new.len());
    let start = old.iter().zip(new).take_while(|(i, j)| i == j).count();
    let backwards = old.iter().rev().zip(new.iter().rev());
    let end = backwards.take(most - start).take_while(|(i, j)| i == j).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let ours = old.get(start..old_end).unwrap_or_default();
    let theirs = new.get(start..new_end).unwrap_or_default();
    let (core, reordered) = aligned(ours, theirs);
    if start == 0 && end == 0 {
        return Couples { couples: core, reordered };
    }
    let shift = |(i, j): Couple| (i.map(|i| i + start), j.map(|j| j + start));
    let couples = (0..start)
        .map(|n| (Some(n), Some(n)))
        .chain(core.into_iter().map(shift))
        .chain((0..end).map(|n| (Some(old_end + n), Some(new_end + n))))
        .collect();
    Couples { couples, reordered }
}

/// Between the first and the last element that differ.
fn aligned(old: &[u64], new: &[u64]) -> (Vec<Couple>, bool) {
    let moved = moved(old, new);
    let common = edits::common(old, new);
    let stayed = common.as_ref().map_or(0, Vec::len);
    // Where more elements are there than stand in a common run, some have moved. If these are the most of
    // all, to say so is shorter than to say what stands in the place of what.
    if moved.len() > stayed && moved.len() * 2 >= old.len().max(new.len()) {
        return (left_over(moved, old.len(), new.len()), true);
    }
    let by_position = || (0..old.len().min(new.len())).map(|n| (n, n)).collect();
    (filled(&common.unwrap_or_else(by_position), old.len(), new.len()), false)
}

/// Equal elements wherever they stand, the first of a hash with the first.
fn moved(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    // Sorted and not in a map, which takes many times the memory for a million elements.
    let (ours, theirs) = (sorted(old, |_| true), sorted(new, |_| true));
    let (mut rest, mut found) = (theirs.as_slice(), Vec::new());
    for (hash, i) in ours {
        while let Some((other, j)) = rest.first().filter(|(other, _)| *other <= hash) {
            rest = rest.get(1..).unwrap_or_default();
            if *other == hash {
                found.push((i, *j));
                break;
            }
        }
    }
    found.sort_unstable();
    found
}

/// These, and what is left beside each other in its order.
fn left_over(moved: Vec<(usize, usize)>, old_length: usize, new_length: usize) -> Vec<Couple> {
    let mut new_of = vec![None; old_length];
    let mut taken = vec![false; new_length];
    for (i, j) in moved {
        if let (Some(new), Some(taken)) = (new_of.get_mut(i), taken.get_mut(j)) {
            (*new, *taken) = (Some(j), true);
        }
    }
    let mut free = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(j, _)| j);
    let mut all: Vec<Couple> =
        new_of.into_iter().enumerate().map(|(i, new)| (Some(i), new.or_else(|| free.next()))).collect();
    all.extend(free.map(|j| (None, Some(j))));
    all
}

/// The common positions with all between them: what faces each other in a gap is a change, and what
/// faces nothing was removed or added.
pub fn filled(common: &[(usize, usize)], old_length: usize, new_length: usize) -> Vec<Couple> {
    let mut all = Vec::with_capacity(old_length.max(new_length));
    let (mut i, mut j) = (0, 0);
    for (old, new) in common.iter().copied().chain([(old_length, new_length)]) {
        while i < old && j < new {
            all.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        }
        all.extend((i..old).map(|i| (Some(i), None)));
        all.extend((j..new).map(|j| (None, Some(j))));
        if old < old_length && new < new_length {
            all.push((Some(old), Some(new)));
        }
        (i, j) = (old + 1, new + 1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In words: `-1` went, `+2` came, `1>2` changed or moved.
    fn told(old: &[u64], new: &[u64]) -> String {
        let Couples { couples, reordered } = couples(old, new);
        let word = |(i, j): &Couple| match (i.map(|i| old[i]), j.map(|j| new[j])) {
            (Some(one), Some(other)) if one == other => None,
            (Some(one), Some(other)) => Some(format!("{one}>{other}")),
            (Some(one), None) => Some(format!("-{one}")),
            (None, other) => other.map(|other| format!("+{other}")),
        };
        let words: Vec<_> = couples.iter().filter_map(word).collect();
        format!("{}{}", if reordered { "order " } else { "" }, words.join(" "))
    }

    #[test]
    fn the_fewest_words_say_what_became_of_a_sequence() {
        for (old, new, words) in [
            (&[1, 2, 3][..], &[0, 1, 2, 3][..], "+0"),
            (&[1, 2, 3], &[1, 3], "-2"),
            (&[1, 2, 3], &[1, 9, 3], "2>9"),
            (&[1, 2, 3], &[3, 2, 1], "order "),
            (&[1, 2, 3, 4, 5], &[2, 3, 4, 1, 9], "order 5>9"),
            (&[1, 2, 3, 4], &[4, 3, 2, 1, 9, 8], "order +9 +8"),
            (&[1, 2, 3, 4], &[4, 2, 3], "order -1"),
            (&[1, 1, 2], &[1, 2, 2], "1>2"),
            (&[1, 2], &[3, 4, 5], "1>3 2>4 +5"),
            (&[], &[1], "+1"),
        ] {
            assert_eq!(told(old, new), words, "{old:?} {new:?}");
        }
    }

    #[test]
    fn every_element_is_told_of_once() {
        let old: Vec<u64> = (0..300).map(|n| n * 7 % 31).collect();
        let new: Vec<u64> = (0..280).map(|n| n * 11 % 37).collect();
        let couples = couples(&old, &new).couples;
        let mut ours: Vec<_> = couples.iter().filter_map(|(i, _)| *i).collect();
        let mut theirs: Vec<_> = couples.iter().filter_map(|(_, j)| *j).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!((ours, theirs), ((0..300).collect(), (0..280).collect()));
    }
}
