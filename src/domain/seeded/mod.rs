//! Differences that the program plants itself, to see that it finds them: a comparison that cannot fail is worth
//! less than none.
//!
//! Of a pair that agrees, or differs only where rules forgive it, new's copy is changed in one place and the pair is
//! compared again under the same rules.
//! Where rules forgive the place, another one is tried: a rule does what it is there for. Where they forgive every
//! place that is tried, over the whole of the body, nothing is compared any more; that counts as missed, for a gate
//! must not pass on it.

mod json;
mod plain;

#[cfg(test)]
mod tests;

use bytes::Bytes;

use super::{
    compare::{
        self, Terms,
        bindings::Bindings,
        content::{self, Content, Most},
    },
    fields::Fields,
    observation::Reply,
    outcome::{Outcome, Verdict},
    payload::{Chunks, Payload},
    splitmix::SplitMix,
};

/// Larger bodies are not read for their places: each one that is tried costs a comparison.
const MOST: Most = Most { bytes: 1 << 20, depth: 1_000, nodes: 200_000 };
/// Places tried by lot, and then others, spread evenly.
const BY_LOT: u64 = 8;
const EVENLY: u64 = 24;
/// A status that no answer has.
const FAILED: u16 = 503;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sowing {
    Found,
    /// It was there and was not seen; where it was, in words.
    Missed(String),
    /// There was no place for a difference, or the pair does not agree by itself.
    Nothing,
}

/// A copy of new's reply, changed in one place.
#[derive(Clone, Debug)]
struct Planted {
    reply: Reply,
    /// What was changed, in words.
    told: String,
    /// Whether no reading of the body can take both for one.
    certain: bool,
}

/// Changes new's copy of a pair that agrees, by a number thrown by lot, and compares it again.
pub fn sow(old: &Reply, new: &Reply, terms: &Terms<'_>, thrown: u64) -> Sowing {
    let plain = uncoded(old).zip(uncoded(new));
    let (old, new) = plain.as_ref().map_or((old, new), |(old, new)| (old, new));
    // Bindings learnt from other pairs are not there: a pair that needs them differs by itself.
    let judge = |new: &Reply| compare::compare(old, new, terms, &mut Bindings::default()).outcome;
    if !matches!(judge(new).verdict(), Verdict::Match | Verdict::Forgiven) {
        return Sowing::Nothing;
    }
    // What cannot be read has no places, and bytes all the same.
    let content = content::content(new, terms.rules.read_as, MOST).ok();
    let mut dice = SplitMix::new(thrown);
    let mut forgiven = None;
    for attempt in 0..BY_LOT + EVENLY {
        let place = if attempt < BY_LOT {
            dice.throw()
        } else {
            // From one end of the body to the other.
            (u64::MAX / EVENLY).saturating_mul(attempt - BY_LOT)
        };
        let Some(planted) = plant(new, content.as_ref(), place, dice.throw()) else { return Sowing::Nothing };
        match judge(&planted.reply) {
            outcome if outcome.verdict() == Verdict::Mismatch => return Sowing::Found,
            Outcome::Exact | Outcome::Equal if planted.certain => return Sowing::Missed(planted.told),
            // Nothing is known of a pair that cannot be judged.
            outcome if outcome.verdict() == Verdict::Incomparable => return Sowing::Nothing,
            _ => forgiven = Some(planted.told),
        }
    }
    forgiven.map_or(Sowing::Nothing, |told| {
        Sowing::Missed(format!("the rules leave nothing to be compared: not even {told}"))
    })
}

/// `place`: where, as a part of all places there are. `how`: by what, as any number.
fn plant(new: &Reply, content: Option<&Content>, place: u64, how: u64) -> Option<Planted> {
    let Some(bytes) = whole(new) else { return Some(hash_changed(new)) };
    let (body, told, certain) = match content {
        Some(Content::Nothing) => {
            let reply = Reply { status: FAILED, ..new.clone() };
            return Some(Planted { reply, told: format!("the status {FAILED}"), certain: true });
        }
        Some(Content::Tree(document)) if document.text().as_bytes() == bytes => {
            json::changed(document, place, how).or_else(|| plain::byte_changed(&bytes, place))?
        }
        // Blanks and comments may mean nothing there.
        Some(Content::Text(text)) => plain::letter_changed(text.as_bytes(), place)?,
        // Of a binary format the tree has a text of its own, which is no body.
        Some(Content::Tree(_) | Content::Bytes(_)) | None => plain::byte_changed(&bytes, place)?,
    };
    let reply = Reply { body: Payload::Whole(Chunks::from(Bytes::from(body))), ..new.clone() };
    Some(Planted { reply, told, certain })
}

/// Of a body that is known by its hash only.
fn hash_changed(new: &Reply) -> Planted {
    let body = match &new.body {
        Payload::Hashed { length, hash } => Payload::Hashed { length: *length, hash: hash ^ 1 },
        Payload::Whole(chunks) => Payload::Whole(chunks.clone()),
    };
    Planted { reply: Reply { body, ..new.clone() }, told: "the hash of the body".to_owned(), certain: true }
}

fn whole(reply: &Reply) -> Option<Bytes> {
    match &reply.body {
        Payload::Whole(chunks) => Some(chunks.joined()),
        Payload::Hashed { .. } => None,
    }
}

/// At which of so many places.
const fn at(place: u64, places: usize) -> usize {
    ((place as u128 * places as u128) >> 64) as usize
}

/// The reply with its body as it was before it was coded; `None` where that cannot be had.
fn uncoded(reply: &Reply) -> Option<Reply> {
    let body = content::plain(reply, MOST.bytes).ok()?;
    let is_coding = |name: &[u8]| name.eq_ignore_ascii_case(b"content-encoding");
    Some(Reply {
        status: reply.status,
        fields: match reply.fields.has("content-encoding") {
            true => Fields::from_pairs(reply.fields.iter().filter(|(name, _)| !is_coding(name))),
            false => reply.fields.clone(),
        },
        body: Payload::Whole(Chunks::from(body)),
        trailers: reply.trailers.clone(),
    })
}
