//! Whether a key stands twice in one object: told at once where it does not, and that is almost always.

/// The keys of one object that is being read, as marks in 256 places.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    marks: [u64; 4],
    perhaps: bool,
}

impl Keys {
    /// A key as it is spelled, quotes and all.
    pub fn see(&mut self, spelled: &[u8], escaped: bool) {
        let place = place(spelled);
        if let Some(marks) = self.marks.get_mut(usize::from(place >> 6)) {
            let mark = 1 << (place & 63);
            // What an escape stands for may be spelled otherwise as well.
            self.perhaps |= *marks & mark != 0 || escaped;
            *marks |= mark;
        }
    }

    /// Whether it takes a closer look to tell.
    pub const fn may_repeat(&self) -> bool {
        self.perhaps
    }
}

/// One place for one spelling, from its length, its beginning and its end.
fn place(spelled: &[u8]) -> u8 {
    let ends = match (spelled.first_chunk::<8>(), spelled.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(32),
        _ => match (spelled.first_chunk::<4>(), spelled.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => spelled.get(1).copied().map_or(0, u64::from),
        },
    };
    ((ends ^ spelled.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_repeat_is_overlooked(keys in prop::collection::vec("[ab]{0,9}", 0..9), at in any::<prop::sample::Index>()) {
            let repeated = [&keys[..], &keys[..keys.len().min(at.index(9) + 1)]].concat();
            let seen = |keys: &[String]| {
                let mut seen = Keys::default();
                keys.iter().for_each(|key| seen.see(format!("{key:?}").as_bytes(), false));
                seen.may_repeat()
            };
            prop_assert!(keys.is_empty() || seen(&repeated));
            let mut apart = keys.clone();
            apart.sort();
            apart.dedup();
            prop_assert!(apart.len() == keys.len() || seen(&keys));
        }
    }

    #[test]
    fn names_as_people_give_them_need_no_closer_look() {
        for names in ["id name active balance roles address note", "city zip", "items next", "a b c d e f"] {
            let mut seen = Keys::default();
            names.split(' ').for_each(|name| seen.see(format!("{name:?}").as_bytes(), false));
            assert!(!seen.may_repeat(), "{names}");
        }
        let mut seen = Keys::default();
        seen.see(br#""\u0061""#, true);
        assert!(seen.may_repeat());
    }
}
