//! The longest common run of two sequences of hashes, where few edits lead from one to the other.

/// More edits than this are no insert or two; elements are then compared by position.
const MOST_EDITS: usize = 200;
/// Of elements times edits.
const MOST_WORK: usize = 20_000_000;

/// The positions that belong together, ascending on both sides (Myers, 1986). `None` where too many
/// edits lie between.
pub fn common(old: &[u64], new: &[u64]) -> Option<Vec<(usize, usize)>> {
    let (height, width) = (old.len() as isize, new.len() as isize);
    let most = MOST_EDITS.min(MOST_WORK / (old.len() + new.len() + 1)) as isize;
    if (height - width).abs() > most {
        return None;
    }
    // Reached on each diagonal `k`, kept at `k + middle`.
    let middle = most + 1;
    let mut reached = vec![0isize; (2 * most + 3) as usize];
    let mut trace = Vec::new();
    for edits in 0..=most {
        trace.push(window(&reached, middle, edits));
        for k in (-edits..=edits).step_by(2) {
            let (below, above) = (at(&reached, middle + k - 1), at(&reached, middle + k + 1));
            let mut x = if goes_down(k, edits, below, above) { above } else { below + 1 };
            while x < height && x - k < width && old.get(x as usize) == new.get((x - k) as usize) {
                x += 1;
            }
            if let Some(slot) = reached.get_mut((middle + k) as usize) {
                *slot = x;
            }
            if x >= height && x - k >= width {
                return Some(way_back(&trace, (height, width)));
            }
        }
    }
    None
}

const fn goes_down(k: isize, edits: isize, below: isize, above: isize) -> bool {
    k == -edits || (k != edits && below < above)
}

/// What was reached around the diagonals that `edits` may touch.
fn window(reached: &[isize], middle: isize, edits: isize) -> Vec<isize> {
    reached.get((middle - edits - 1) as usize..=(middle + edits + 1) as usize).unwrap_or_default().to_vec()
}

fn at(reached: &[isize], place: isize) -> isize {
    reached.get(place as usize).copied().unwrap_or(0)
}

fn way_back(trace: &[Vec<isize>], end: (isize, isize)) -> Vec<(usize, usize)> {
    let (mut x, mut y) = end;
    let mut common = Vec::new();
    for (edits, reached) in trace.iter().enumerate().rev() {
        let (edits, k) = (edits as isize, x - y);
        let middle = edits + 1;
        let (below, above) = (at(reached, middle + k - 1), at(reached, middle + k + 1));
        let from = if goes_down(k, edits, below, above) { k + 1 } else { k - 1 };
        let (start_x, start_y) = match edits {
            0 => (0, 0),
            _ => (at(reached, middle + from), at(reached, middle + from) - from),
        };
        while x > start_x && y > start_y {
            (x, y) = (x - 1, y - 1);
            common.push((x as usize, y as usize));
        }
        (x, y) = (start_x, start_y);
    }
    common.reverse();
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_insert_anywhere_leaves_the_rest_together() {
        let old: Vec<u64> = (0..50).collect();
        for place in 0..=50 {
            let mut new = old.clone();
            new.insert(place, 99);
            assert_eq!(common(&old, &new).unwrap().len(), 50);
            assert_eq!(common(&new, &old).unwrap().len(), 50);
        }
    }

    #[test]
    fn far_apart_sequences_are_given_up_within_bounds() {
        let old: Vec<u64> = (0..100_000).collect();
        let new: Vec<u64> = (200_000..300_000).collect();
        assert_eq!(common(&old, &new), None);
        assert_eq!(common(&old, &[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn it_is_a_longest_common_run(
            old in prop::collection::vec(0..4u64, 0..12),
            new in prop::collection::vec(0..4u64, 0..12),
        ) {
            let found = common(&old, &new).unwrap();
            for (i, j) in &found {
                prop_assert_eq!(old[*i], new[*j]);
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
            }
            let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
            for i in 0..old.len() {
                for j in 0..new.len() {
                    table[i + 1][j + 1] = if old[i] == new[j] { table[i][j] + 1 }
                        else { table[i][j + 1].max(table[i + 1][j]) };
                }
            }
            prop_assert_eq!(found.len(), table[old.len()][new.len()]);
        }
    }
}
