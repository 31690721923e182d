//! A message of Protocol Buffers as a tree.
//!
//! With a descriptor, fields go by name and mean what a reader of the message takes them to mean: of a
//! field that stands twice the last one holds, or both are merged; packed or not is one list; an absent
//! field equals an explicit default exactly where the descriptor gives it no presence. Without one,
//! fields go by number, each an array of the values it has on the wire: numbers of varints, `0x…i32` and
//! `0x…i64` of fixed ones, bytes of all else, which are never guessed to be messages. Fields that the
//! descriptor does not know, or whose wire type is not theirs, are kept that way under `@unknown`;
//! extensions are among them. What does not hold to the wire format is bytes, there and no further up.
//!
//! Nesting is walked with a stack of its own, to the depth that bounds every tree.

use std::borrow::Cow;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{
    super::tree::{Bounds, Builder, Unreadable},
    meaning::{self, Meaning},
    scalar::hex,
    wire::{self, Entry, Span, Value},
};

/// No name of a field begins with this sign.
const UNKNOWN: &str = "@unknown";

/// Lays out one message.
pub fn write(
    bytes: &[u8],
    descriptor: Option<&MessageDescriptor>,
    builder: &mut Builder,
    bounds: Bounds,
) -> Result<(), Unreadable> {
    // Beside the tree only the places of fields are held, and no more of them than the tree may have nodes.
    let mut writer = Writer { bytes, builder, room: bounds.nodes, open: Vec::new() };
    let whole = [Span::of(bytes)];
    let Some(descriptor) = descriptor else {
        let Some(entries) = wire::fields(bytes, &whole, &mut writer.room, |_| false)? else {
            return writer.builder.bytes(bytes);
        };
        writer.builder.begin_object()?;
        writer.by_number(&entries)?;
        writer.builder.end();
        return Ok(());
    };
    let first = writer.begin(&whole, descriptor)?;
    writer.open.extend(first);
    while let Some(mut top) = writer.open.pop() {
        let Some(deeper) = writer.step(&mut top)? else {
            writer.builder.end();
            continue;
        };
        writer.open.push(top);
        writer.open.extend(deeper);
    }
    Ok(())
}

struct Writer<'b> {
    bytes: &'b [u8],
    builder: &'b mut Builder,
    room: usize,
    open: Vec<Open>,
}

/// A container that is being laid out.
struct Open {
    kind: Container,
    entries: Vec<Entry>,
    next: usize,
}

enum Container {
    Message(MessageDescriptor),
    /// Messages of one repeated field.
    List(MessageDescriptor),
    /// The entries of a map, of which this is the value.
    Map(MessageDescriptor),
}

/// What is begun by a step, to be walked before the rest of its container.
type Deeper = Option<Open>;

impl Writer<'_> {
    /// A message in one piece or, to be merged, in several.
    fn begin(&mut self, pieces: &[Span], descriptor: &MessageDescriptor) -> Result<Deeper, Unreadable> {
        let bytes = self.bytes;
        let is_known = |field: &wire::Field| {
            descriptor.get_field(field.number).is_some_and(|known| meaning::fits(bytes, &field.value, &known))
        };
        let Some(entries) = wire::fields(bytes, pieces, &mut self.room, is_known)? else {
            let whole: Vec<u8> = pieces.iter().flat_map(|piece| piece.within(bytes)).copied().collect();
            self.builder.bytes(&whole)?;
            return Ok(None);
        };
        self.builder.begin_object()?;
        Ok(Some(Open { kind: Container::Message(descriptor.clone()), entries, next: 0 }))
    }

    /// `None` where the container has ended.
    fn step(&mut self, top: &mut Open) -> Result<Option<Deeper>, Unreadable> {
        let rest = top.entries.get(top.next..).unwrap_or_default();
        let Some(entry) = rest.first() else { return Ok(None) };
        match &top.kind {
            Container::List(message) => {
                top.next += 1;
                let span = self.span(entry);
                self.begin(&[span], message).map(Some)
            }
            Container::Map(pair) => {
                top.next += 1;
                self.pair(entry, pair).map(Some)
            }
            Container::Message(_) if entry.unknown => {
                self.builder.key(UNKNOWN)?;
                self.builder.begin_object()?;
                self.by_number(rest)?;
                self.builder.end();
                top.next = top.entries.len();
                Ok(Some(None))
            }
            Container::Message(message) => {
                let run = rest.partition_point(|other| !other.unknown && other.number == entry.number);
                top.next += run;
                let Some(field) = message.get_field(entry.number) else { return Ok(Some(None)) };
                let run = rest.get(..run).unwrap_or_default();
                let run = in_force(run, &field, &top.entries);
                if run.is_empty() { Ok(Some(None)) } else { self.field(run, &field).map(Some) }
            }
        }
    }

    /// A known field by all its occurrences.
    fn field(&mut self, run: &[Entry], field: &FieldDescriptor) -> Result<Deeper, Unreadable> {
        if let Kind::Message(message) = field.kind() {
            self.builder.key(field.name())?;
            if field.is_map() {
                let entries = self.last_of_each_key(run, &message)?;
                self.builder.begin_object()?;
                return Ok(Some(Open { kind: Container::Map(message), entries, next: 0 }));
            }
            if field.is_list() {
                self.builder.begin_array()?;
                return Ok(Some(Open { kind: Container::List(message), entries: run.to_vec(), next: 0 }));
            }
            let pieces: Vec<Span> = run.iter().map(|entry| self.span(entry)).collect();
            return self.begin(&pieces, &message);
        }
        if field.is_list() {
            self.list(run, field)?;
        } else if let Some(last) = run.last() {
            let value = self.value(last);
            let meaning = Meaning::of(self.bytes, value, &field.kind());
            if field.supports_presence() || !meaning.is_zero() {
                self.builder.key(field.name())?;
                meaning.write(self.builder)?;
            }
        }
        Ok(None)
    }

    /// Values that hold no others, packed or not.
    fn list(&mut self, run: &[Entry], field: &FieldDescriptor) -> Result<(), Unreadable> {
        let kind = field.kind();
        let mut begun = false;
        for entry in run {
            let value = self.value(entry);
            for value in meaning::unpacked(self.bytes, value, &kind) {
                if !begun {
                    self.builder.key(field.name())?;
                    self.builder.begin_array()?;
                    begun = true;
                }
                Meaning::of(self.bytes, value, &kind).write(self.builder)?;
            }
        }
        if begun {
            self.builder.end();
        }
        Ok(())
    }

    /// One key of a map and its value.
    fn pair(&mut self, entry: &Entry, pair: &MessageDescriptor) -> Result<Deeper, Unreadable> {
        let span = self.span(entry);
        let value = pair.map_entry_value_field();
        let (key, values) = meaning::pair(self.bytes, span, pair);
        self.builder.key(&key)?;
        if let Kind::Message(message) = value.kind() {
            let pieces: Vec<Span> = values.into_iter().filter_map(meaning::inside).collect();
            return self.begin(&pieces, &message);
        }
        match values.last() {
            Some(last) => Meaning::of(self.bytes, *last, &value.kind()).write(self.builder)?,
            None => Meaning::absent(&value.kind()).write(self.builder)?,
        }
        Ok(None)
    }

    /// The entries of a map that hold: of one key the last.
    fn last_of_each_key(
        &mut self,
        run: &[Entry],
        pair: &MessageDescriptor,
    ) -> Result<Vec<Entry>, Unreadable> {
        self.room = self.room.checked_sub(run.len()).ok_or(Unreadable::TooLarge)?;
        let bytes = self.bytes;
        let mut keyed: Vec<(Cow<'_, str>, Entry)> =
            run.iter().map(|entry| (meaning::key(bytes, self.span(entry), pair), *entry)).collect();
        keyed.sort();
        let last = keyed.chunk_by(|(one, _), (other, _)| one == other).filter_map(<[_]>::last);
        Ok(last.map(|(_, entry)| *entry).collect())
    }

    /// Fields as they stand on the wire.
    fn by_number(&mut self, entries: &[Entry]) -> Result<(), Unreadable> {
        for run in entries.chunk_by(|one, other| one.number == other.number) {
            let Some(first) = run.first() else { continue };
            self.builder.key(&first.number.to_string())?;
            self.builder.begin_array()?;
            for entry in run {
                match self.value(entry) {
                    Value::Varint(number) => self.builder.number(&number.to_string())?,
                    Value::Fixed32(bits) => self.builder.other(&format!("{bits:#010x}i32"))?,
                    Value::Fixed64(bits) => self.builder.other(&format!("{bits:#018x}i64"))?,
                    Value::Bytes(span) => self.builder.bytes(span.within(self.bytes))?,
                    Value::Group(span) => {
                        self.builder.other(&format!("group({})", hex(span.within(self.bytes))))?;
                    }
                }
            }
            self.builder.end();
        }
        Ok(())
    }

    /// What stands at a place where a field was found before.
    fn value(&self, entry: &Entry) -> Value {
        let found = wire::field(self.bytes, entry.at as usize, self.bytes.len());
        found.map_or(Value::Varint(0), |field| field.value)
    }

    fn span(&self, entry: &Entry) -> Span {
        meaning::inside(self.value(entry)).unwrap_or(Span { start: 0, end: 0 })
    }
}

/// The occurrences of a field that still hold where others of its `oneof` came between: none before the
/// last of those.
fn in_force<'e>(run: &'e [Entry], field: &FieldDescriptor, all: &[Entry]) -> &'e [Entry] {
    let Some(oneof) = field.containing_oneof() else { return run };
    let last_of_others = oneof
        .fields()
        .filter(|other| other.number() != field.number())
        .filter_map(|other| {
            let beyond = |entry: &Entry| !entry.unknown && entry.number <= other.number();
            let last = all.partition_point(beyond).checked_sub(1).and_then(|last| all.get(last));
            last.filter(|last| last.number == other.number()).map(|last| last.at)
        })
        .max();
    let from = last_of_others.map_or(0, |other| run.partition_point(|entry| entry.at < other));
    run.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
