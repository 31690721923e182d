//! The JSON bodies the backends serve: seeded lists of records of an exact size, the same in every run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Size {
    pub const SMALL: Size = Size(300);
    pub const USUAL: Size = Size(4 << 10);
    pub const MIDDLE: Size = Size(64 << 10);
    pub const LARGE: Size = Size(1 << 20);
    const ALL: [Size; 4] = [Size::SMALL, Size::USUAL, Size::MIDDLE, Size::LARGE];

    pub fn name(self) -> String {
        match self.0 {
            n if n >= 1 << 20 => format!("{} MiB", n >> 20),
            n if n >= 1 << 10 => format!("{} KiB", n >> 10),
            n => format!("{n} B"),
        }
    }

    pub fn path(self) -> String {
        format!("/{}.json", self.0)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "300" => Ok(Size::SMALL),
            "4k" => Ok(Size::USUAL),
            "64k" => Ok(Size::MIDDLE),
            "1m" => Ok(Size::LARGE),
            other => Err(format!("`{other}` is not one of 300, 4k, 64k, 1m")),
        }
    }
}

/// Both folders hold every size; in `differs` one field of one record in the middle is another one.
pub fn write_all(same: &Path, differs: &Path) -> Result<()> {
    for folder in [same, differs] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    for size in Size::ALL {
        let body = records(size.0);
        fs::write(same.join(format!("{}.json", size.0)), &body)?;
        fs::write(differs.join(format!("{}.json", size.0)), change_one_field(&body))?;
    }
    Ok(())
}

pub fn records(size: usize) -> String {
    // The foot is a padding field, so that a body has exactly the size its name says.
    const FOOT: usize = "],\"next\":\"\"}".len();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut body = String::from("{\"items\":[");
    let mut first = true;
    loop {
        let record = record(&mut dice);
        if body.len() + record.len() + 1 + FOOT > size {
            break;
        }
        if !first {
            body.push(',');
        }
        first = false;
        body.push_str(&record);
    }
    body.push_str("],\"next\":\"");
    let padding = size.saturating_sub(body.len() + 2);
    body.extend(std::iter::repeat_n('x', padding));
    body.push_str("\"}");
    body
}

fn record(dice: &mut Dice) -> String {
    let names = ["Ada Lovelace", "Grace Hopper", "Jürgen Groß", "Edsger Dijkstra"];
    let name = names.get(dice.below(4) as usize).copied().unwrap_or("Ada Lovelace");
    let mut text = String::new();
    let written = write!(
        text,
        "{{\"id\":{},\"name\":\"{name}\",\"active\":{},\"balance\":{}.{:02},\"roles\":[\"reader\",\"team-{}\"],\
         \"address\":{{\"city\":\"Nürnberg\",\"zip\":\"{:05}\"}},\"note\":null}}",
        dice.below(10_000_000),
        dice.below(2) == 0,
        dice.below(100_000),
        dice.below(100),
        dice.below(50),
        dice.below(100_000),
    );
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    text
}

fn change_one_field(body: &str) -> String {
    let middle = body.get(..body.len() / 2).map_or(0, |half| half.rfind("\"zip\":\"").unwrap_or(0));
    let at = body.get(middle..).and_then(|rest| rest.find("\"zip\":\"")).map(|found| middle + found + 7);
    let mut bytes = body.as_bytes().to_vec();
    if let Some(digit) = at.and_then(|at| bytes.get_mut(at)) {
        *digit = if *digit == b'9' { b'1' } else { b'9' };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_exactly_the_size_it_is_named_after() {
        for size in Size::ALL {
            let body = records(size.0);
            assert_eq!(body.len(), size.0);
            assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{}", size.name());
        }
    }

    #[test]
    fn the_differing_body_differs_in_one_byte_and_is_still_json() {
        for size in Size::ALL {
            let (old, new) = (records(size.0), change_one_field(&records(size.0)));
            assert_eq!(old.bytes().zip(new.bytes()).filter(|(a, b)| a != b).count(), 1, "{}", size.name());
            assert!(serde_json::from_str::<serde_json::Value>(&new).is_ok());
        }
    }
}
