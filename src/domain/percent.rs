//! A share of traffic, and the keyed hash that decides who belongs to it.
//!
//! The hash is the one written down in the statistics, section 9: SHA-256 over a tag, a group and a
//! key, of which the first eight bytes are compared with a threshold. A pure function of its
//! arguments, so that growing a share only adds callers and nobody is moved back and forth.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

/// Separates this use of the hash from every other. Changing it moves every caller.
const TAG: &[u8] = b"readshift/v1";
const MILLION: u32 = 1_000_000;

/// A share in parts per million, never above the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    pub const NONE: Share = Share(0);
    pub const ALL: Share = Share(MILLION);

    /// `None` where `ppm` is more than the whole.
    pub const fn from_ppm(ppm: u32) -> Option<Share> {
        if ppm <= MILLION { Some(Share(ppm)) } else { None }
    }

    pub const fn ppm(self) -> u32 {
        self.0
    }

    pub const fn is_all(self) -> bool {
        self.0 == MILLION
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether a bucket lies below this share. Monotone: who is in stays in as the share grows.
    pub fn contains(self, bucket: Bucket) -> bool {
        u128::from(bucket.0) < self.threshold()
    }

    /// `floor(ppm * 2^64 / 10^6)`; for the whole this is 2^64, hence the wider type.
    fn threshold(self) -> u128 {
        (u128::from(self.0) << 64) / u128::from(MILLION)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return write!(f, "{whole}%");
        }
        let digits = format!("{rest:04}");
        write!(f, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Share, String> {
        let wrong = || format!("expected a share such as 100%, 5% or 0.5%, got {text:?}");
        let number = text.strip_suffix('%').map(str::trim_end).ok_or_else(wrong)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        if part.len() > 4 {
            return Err(format!("{text:?} is finer than a share can be: at most four places"));
        }
        let ppm = format!("{whole}{part:0<4}").parse().ok().and_then(Share::from_ppm);
        ppm.ok_or_else(|| format!("{text:?} is more than 100%"))
    }
}

/// Where a key falls, uniformly over 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u64);

impl Bucket {
    /// Routes that must be consistent with each other share a group; different groups are independent.
    pub fn of(group: &str, key: &[u8]) -> Bucket {
        let digest = Sha256::new()
            .chain_update(TAG)
            .chain_update([0])
            .chain_update(group.as_bytes())
            .chain_update([0])
            .chain_update(key)
            .finalize();
        let first = digest.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        Bucket(first)
    }

    /// Where chance, uniform over 64 bits, falls.
    pub const fn thrown(number: u64) -> Bucket {
        Bucket(number)
    }

    /// The bucket as people read it: 0 to 9,999.
    pub fn display(self) -> u16 {
        ((u128::from(self.0) * 10_000) >> 64) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_the_reference() {
        for (ppm, threshold) in [
            (0, 0),
            (100, 1_844_674_407_370_955),
            (1_000, 18_446_744_073_709_551),
            (10_000, 184_467_440_737_095_516),
            (50_000, 922_337_203_685_477_580),
            (250_000, 4_611_686_018_427_387_904),
            (500_000, 9_223_372_036_854_775_808),
            (1_000_000, 18_446_744_073_709_551_616),
        ] {
            assert_eq!(Share::from_ppm(ppm).unwrap().threshold(), threshold, "{ppm} ppm");
        }
        assert_eq!(Share::from_ppm(1_000_001), None);
    }

    #[test]
    fn keys_fall_where_the_reference_says() {
        for (group, key, hash, bucket) in [
            ("orders", "", 0x9b21_56a9_6cf5_6536, 6059),
            ("orders", "user:0", 0x6da9_409b_8f2e_1a70, 4283),
            ("orders", "user:42", 0x4d38_a85b_3c9f_0509, 3016),
            ("orders", "ключ", 0x0a09_8903_ee15_7105, 392),
            ("users", "user:42", 0x085b_34e5_abf9_14fd, 326),
            ("users", "0f8fad5b-d9cb-469f-a165-70867728950e", 0xba00_8556_265a_49dd, 7265),
            ("migration-2024", "user:1", 0xc811_0706_8de2_4371, 7815),
        ] {
            let found = Bucket::of(group, key.as_bytes());
            assert_eq!((found.0, found.display()), (hash, bucket), "{group} {key}");
        }
    }

    #[test]
    fn a_share_of_real_keys_holds_as_many_as_the_reference_counted() {
        let one = Share::from_ppm(10_000).unwrap();
        let half = Share::from_ppm(500_000).unwrap();
        let (mut in_one, mut in_half) = (0, 0);
        for n in 0..100_000 {
            let bucket = Bucket::of("orders", format!("user:{n}").as_bytes());
            assert!(!one.contains(bucket) || half.contains(bucket), "a larger share lost a key");
            in_one += u32::from(one.contains(bucket));
            in_half += u32::from(half.contains(bucket));
            assert!(Share::ALL.contains(bucket) && !Share::NONE.contains(bucket));
        }
        assert!((850..1150).contains(&in_one), "{in_one}");
        assert!((49_200..50_800).contains(&in_half), "{in_half}");
    }

    #[test]
    fn a_share_reads_as_a_person_writes_it() {
        for (ppm, text) in [(0, "0%"), (100, "0.01%"), (15_000, "1.5%"), (1_000_000, "100%"), (1, "0.0001%")]
        {
            assert_eq!(Share::from_ppm(ppm).unwrap().to_string(), text);
        }
    }
}
