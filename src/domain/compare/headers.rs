//! The headers and trailers that are compared, and those only.

use super::{
    super::{fields::Fields, observation::Reply},
    Limits,
    difference::{Difference, Kind, Place, cut},
    media,
    rules::Rules,
};

/// Where gRPC says how a call ended; the status of the reply says nothing of it.
pub const TRAILERS: &[&str] = &["grpc-status", "grpc-message"];

/// What two spellings of the same values come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    /// Only spelled in another way.
    Equal,
    Differs,
}

/// Whether every compared header and trailer is the same to the byte.
pub fn same(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    (in_step(&old.fields, &new.fields, rules) || by_name(old, new, rules)) && same_trailers(old, new)
}

/// Most pairs send the same fields in the same order, and only some that nobody compares differ: then one
/// walk over both tells, and no name is looked up.
fn in_step(old: &Fields, new: &Fields, rules: &Rules) -> bool {
    let is_compared =
        |name: &[u8]| rules.headers().iter().any(|header| name.eq_ignore_ascii_case(header.as_bytes()));
    old.len() == new.len()
        && old
            .iter()
            .zip(new.iter())
            .all(|(ours, theirs)| ours == theirs || (ours.0 == theirs.0 && !is_compared(ours.0)))
}

fn by_name(old: &Reply, new: &Reply, rules: &Rules) -> bool {
    rules.headers().iter().all(|name| old.fields.all(name).eq(new.fields.all(name)))
}

fn same_trailers(old: &Reply, new: &Reply) -> bool {
    (old.trailers.is_empty() && new.trailers.is_empty())
        || TRAILERS.iter().all(|name| old.trailers.all(name).eq(new.trailers.all(name)))
}

/// Adds what differs; whether anything was spelled in another way.
pub fn compare(
    old: &Reply,
    new: &Reply,
    rules: &Rules,
    limits: &Limits,
    found: &mut Vec<Difference>,
) -> bool {
    let mut respelled = false;
    let headers = rules.headers().iter().map(|name| (name.as_str(), &old.fields, &new.fields, true));
    let trailers = TRAILERS.iter().map(|name| (*name, &old.trailers, &new.trailers, false));
    for (name, ours, theirs, is_header) in headers.chain(trailers) {
        match likeness(name, ours, theirs) {
            Likeness::Same => {}
            Likeness::Equal => respelled = true,
            Likeness::Differs => {
                let (old, new) = (shown(ours, name, limits), shown(theirs, name, limits));
                let kind = match (&old, &new) {
                    (None, _) => Kind::Added,
                    (_, None) => Kind::Removed,
                    _ => Kind::Changed,
                };
                let place =
                    if is_header { Place::Header(name.to_owned()) } else { Place::Trailer(name.to_owned()) };
                found.push(Difference { place, kind, old, new, shape: String::new() });
            }
        }
    }
    respelled
}

fn likeness(name: &str, old: &Fields, new: &Fields) -> Likeness {
    if old.all(name).eq(new.all(name)) {
        Likeness::Same
    } else if old.all(name).map(<[u8]>::trim_ascii).eq(new.all(name).map(<[u8]>::trim_ascii))
        || (name == "content-type" && old.all(name).map(media::normal).eq(new.all(name).map(media::normal)))
    {
        Likeness::Equal
    } else {
        Likeness::Differs
    }
}

fn shown(fields: &Fields, name: &str, limits: &Limits) -> Option<String> {
    let mut values = fields.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).peekable();
    values.peek()?;
    Some(cut(&values.collect::<Vec<_>>().join(", "), limits.excerpt))
}
