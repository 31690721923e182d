//! Evidence as rows: sums, the units that belong to them, and counts by the minute, of one batch in one transaction.
//!
//! Sums without all of their units would count the same data twice after a restart. So the units of a route are written
//! only behind those that were written before, and where those are not what this thread wrote, the evidence is dropped.

use std::collections::{HashMap, VecDeque};

use rusqlite::{OptionalExtension as _, Result, Transaction, params};

use super::{
    KeptEvidence, Minute,
    base::{Base, Durability},
    pending::Gathered,
    text,
};
use crate::domain::plan::Stage;

/// Of one chunk: about a page, so that adding to the last one writes little.
const CHUNK_BYTES: usize = 4_000;

/// What this thread knows to be written of each route.
#[derive(Debug, Default)]
pub struct Continuity(HashMap<String, Written>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    epoch: String,
    /// `None`: it cannot be gone on with, and a restart begins anew.
    at: Option<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    id: i64,
    units: u64,
}

impl Continuity {
    /// Writes what has gathered of one route.
    pub fn write(&mut self, base: &Base, gathered: &Gathered, instance: &str) -> Result<()> {
        let before = self.0.get(&gathered.route).filter(|written| written.epoch == gathered.epoch);
        let at = base.write(Durability::Normal, |change| {
            minutes(change, &gathered.route, &gathered.minutes, instance)?;
            let from = match before {
                Some(Written { at: Some(place), .. }) if is_at(change, gathered, *place)? => Some(*place),
                // The first of it that is written: whatever is there belongs to other evidence.
                None => Some(begin(change, gathered)?),
                Some(_) => None,
            };
            match from.filter(|_| !gathered.torn) {
                Some(place) => add(change, gathered, place).map(Some),
                None => {
                    drop_state(change, &gathered.route, &gathered.epoch)?;
                    Ok(None)
                }
            }
        })?;
        let written = Written { epoch: gathered.epoch.clone(), at };
        self.0.insert(gathered.route.clone(), written);
        Ok(())
    }

    /// Its units are removed later, a few at a time.
    pub fn forget(&mut self, base: &Base, route: &str, epoch: &str) -> Result<()> {
        base.write(Durability::Normal, |change| drop_state(change, route, epoch))?;
        if self.0.get(route).is_some_and(|written| written.epoch == epoch) {
            self.0.remove(route);
        }
        Ok(())
    }

    /// What was read at start is gone on with.
    fn found(&mut self, route: &str, epoch: &str, place: Place) {
        self.0.insert(route.to_owned(), Written { epoch: epoch.to_owned(), at: Some(place) });
    }
}

/// Reads what a restart goes on from. What does not fit together is left out: it begins anew.
pub fn load(base: &rusqlite::Connection, continuity: &mut Continuity) -> Result<Vec<KeptEvidence>> {
    let mut newest = base.prepare(
        "SELECT id, route, epoch, units, state FROM evidence_state AS this WHERE at = \
         (SELECT max(at) FROM evidence_state WHERE route = this.route) ORDER BY route, id DESC",
    )?;
    let mut rows = newest.query([])?;
    let mut found: Vec<KeptEvidence> = Vec::new();
    while let Some(row) = rows.next()? {
        let (route, epoch): (String, String) = (row.get(1)?, row.get(2)?);
        let place = Place { id: row.get(0)?, units: text::count(row.get(3)?) };
        let state: String = row.get(4)?;
        let units = units(base, place.id)?;
        let is_whole = u64::try_from(units.len()).is_ok_and(|count| count == place.units);
        let already = found.last().is_some_and(|last| last.route == route);
        if let Ok(state) = serde_json::from_str(&state)
            && is_whole
            && !already
        {
            continuity.found(&route, &epoch, place);
            found.push(KeptEvidence { route, epoch, state, units });
        } else if !already {
            tracing::warn!(route, "the evidence that was kept does not fit together, and begins anew");
        }
    }
    Ok(found)
}

fn units(base: &rusqlite::Connection, id: i64) -> Result<Vec<u64>> {
    let mut chunks = base.prepare("SELECT units FROM units WHERE evidence = ?1 ORDER BY chunk")?;
    let mut rows = chunks.query([id])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob()?;
        let (whole, _) = bytes.as_chunks::<8>();
        units.extend(whole.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    }
    Ok(units)
}

/// Whether the units in the file are those that were written before.
fn is_at(change: &Transaction<'_>, gathered: &Gathered, place: Place) -> Result<bool> {
    let mut found = change.prepare("SELECT id, units FROM evidence_state WHERE route = ?1 AND epoch = ?2")?;
    let found = found
        .query_row([&gathered.route, &gathered.epoch], |row| {
            Ok(Place { id: row.get(0)?, units: text::count(row.get(1)?) })
        })
        .optional()?;
    Ok(found == Some(place))
}

fn begin(change: &Transaction<'_>, gathered: &Gathered) -> Result<Place> {
    change.execute("DELETE FROM evidence_state WHERE route = ?1", [&gathered.route])?;
    change
        .prepare(
            "INSERT INTO evidence_state (route, epoch, at, units, state) VALUES (?1, ?2, ?3, 0, 'null')",
        )?
        .execute([&gathered.route, &gathered.epoch, &text::at(gathered.at_millis)])?;
    Ok(Place { id: change.last_insert_rowid(), units: 0 })
}

fn add(change: &Transaction<'_>, gathered: &Gathered, from: Place) -> Result<Place> {
    let count = u64::try_from(gathered.units.len()).unwrap_or(u64::MAX);
    let place = Place { id: from.id, units: from.units.saturating_add(count) };
    if !gathered.units.is_empty() {
        chunks(change, place.id, &gathered.units)?;
    }
    change.prepare("UPDATE evidence_state SET at = ?2, units = ?3, state = ?4 WHERE id = ?1")?.execute(
        params![place.id, text::at(gathered.at_millis), text::int(place.units), gathered.state.to_string()],
    )?;
    Ok(place)
}

/// Behind those that are there; the last chunk is filled first.
fn chunks(change: &Transaction<'_>, id: i64, units: &[u64]) -> Result<()> {
    let last = change
        .prepare("SELECT chunk, units FROM units WHERE evidence = ?1 ORDER BY chunk DESC LIMIT 1")?
        .query_row([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    let (mut chunk, mut bytes) = match last {
        Some((chunk, bytes)) if bytes.len() < CHUNK_BYTES => (chunk, bytes),
        Some((chunk, _)) => (chunk + 1, Vec::new()),
        None => (0, Vec::new()),
    };
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    let mut put = change.prepare("INSERT OR REPLACE INTO units VALUES (?1, ?2, ?3)")?;
    for part in bytes.chunks(CHUNK_BYTES) {
        put.execute(params![id, chunk, part])?;
        chunk += 1;
    }
    Ok(())
}

fn drop_state(change: &Transaction<'_>, route: &str, epoch: &str) -> Result<()> {
    change.prepare("DELETE FROM evidence_state WHERE route = ?1 AND epoch = ?2")?.execute([route, epoch])?;
    Ok(())
}

/// Of a minute that is there already, the counts are replaced: they are those of the whole minute so far.
fn minutes(
    change: &Transaction<'_>,
    route: &str,
    minutes: &VecDeque<(String, Stage, Minute)>,
    instance: &str,
) -> Result<()> {
    let mut put = change.prepare(
        "INSERT OR REPLACE INTO evidence VALUES \
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    for (epoch, stage, minute) in minutes {
        put.execute(params![
            route,
            stage.to_string(),
            epoch,
            instance,
            text::at(minute.minute.saturating_mul(60_000)),
            text::int(minute.requests),
            text::int(minute.compared),
            text::int(minute.matched),
            text::int(minute.forgiven),
            text::int(minute.mismatched),
            text::int(minute.vacuous),
            text::int(minute.dropped),
            text::int(minute.new_served),
            text::int(minute.new_failed),
            text::int(minute.rescued),
            text::int(minute.units),
        ])?;
    }
    Ok(())
}
