//! A tree as values of the expression language. No two numbers become one: what the language's own numbers cannot
//! tell apart is a value that is equal to itself and to nothing else, and that cannot be calculated with.

use std::{any::Any, collections::HashMap};

use cel::common::{
    types::{
        CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt, Type as CelType,
    },
    value::{StaticVal, Val},
};

use crate::domain::compare::content::{Document, Id, Type, canonical, same_number, whole};

/// From here on not every whole number has a binary float of its own.
const EXACT: u128 = 1 << 53;

/// A number or a text that the language has no value for, as bytes that are the same exactly where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exact(Vec<u8>);

static EXACT_TYPE: CelType = CelType::new_unspecified_type("exact");

impl Val for Exact {
    fn get_type(&self) -> &CelType {
        &EXACT_TYPE
    }

    fn cel_type() -> &'static CelType {
        &EXACT_TYPE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Exact>() == Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Exact {}

/// The whole document, and the length of its longest list or map. Its depth is bounded by how it was read.
pub fn of(document: &Document<'_>) -> Result<(Box<dyn Val>, usize), String> {
    let mut longest = 1;
    let value = value(document, Id::ROOT, &mut longest)?;
    Ok((value, longest))
}

fn value(document: &Document<'_>, id: Id, longest: &mut usize) -> Result<Box<dyn Val>, String> {
    Ok(match document.kind(id) {
        Type::Null => Box::new(CelNull),
        Type::False => Box::new(CelBool::from(false)),
        Type::True => Box::new(CelBool::from(true)),
        Type::Number => number(document.raw(id)),
        Type::String => match String::from_utf8(document.string(id).into_owned()) {
            Ok(text) => Box::new(CelString::from(text)),
            Err(odd) => Box::new(Exact([b"\"", odd.as_bytes()].concat())),
        },
        Type::Bytes | Type::Other => Box::new(Exact(document.raw(id).as_bytes().to_vec())),
        Type::Array => {
            let elements = document.elements(id).map(|element| value(document, element, longest));
            let elements = elements.collect::<Result<Vec<_>, _>>()?;
            *longest = elements.len().max(*longest);
            Box::new(CelList::from(elements))
        }
        Type::Object if document.is_repeating(id) => return Err("the body repeats a key".to_owned()),
        Type::Object => {
            let members = document.keys(id).map(|key| {
                let name = String::from_utf8(document.string(key).into_owned())
                    .map_err(|_| "the body has a key that is no text".to_owned())?;
                Ok((CelMapKey::String(CelString::from(name)), value(document, key.following(), longest)?))
            });
            let members = members.collect::<Result<HashMap<_, _>, String>>()?;
            *longest = members.len().max(*longest);
            Box::new(CelMap::from(members))
        }
    })
}

/// An `int` where it is written as a whole number, else a `double`; either only where it is exact.
fn number(spelling: &str) -> Box<dyn Val> {
    let exact = || Box::new(Exact(canonical(spelling)));
    let plain = !spelling.contains(['.', 'e', 'E']);
    match whole(spelling) {
        Some(number) if plain || number.unsigned_abs() >= EXACT => {
            match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => Box::new(CelInt::from(number)),
                (_, Ok(number)) => Box::new(CelUInt::from(number)),
                _ => exact(),
            }
        }
        // Below 2^53, and so exact.
        Some(number) => Box::new(CelDouble::from(number as f64)),
        None => match spelling.parse::<f64>() {
            Ok(float) if float.abs() < EXACT as f64 && same_number(spelling, &format!("{float:?}")) => {
                Box::new(CelDouble::from(float))
            }
            _ => exact(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_value_of_its_own_however_large_or_long() {
        for (spelling, kind) in [
            ("0", "int"),
            ("-0", "int"),
            ("12", "int"),
            ("12.0", "double"),
            ("1.25e1", "double"),
            ("0.1", "double"),
            ("0.30000000000000004", "double"),
            ("9223372036854775807", "int"),
            ("9223372036854775808", "uint"),
            ("18446744073709551615", "uint"),
            ("18446744073709551616", "exact"),
            ("9007199254740993.0", "int"),
            ("9007199254740992.5", "exact"),
            ("0.1000000000000000055511151231257827", "exact"),
            ("1e30", "exact"),
            ("1e400", "exact"),
            ("1e-400", "exact"),
        ] {
            assert_eq!(number(spelling).get_type().name(), kind, "{spelling}");
        }
    }

    #[test]
    fn numbers_are_equal_exactly_where_they_are_one_number() {
        let spellings = [
            "1",
            "1.0",
            "10e-1",
            "0.1",
            "0.10",
            "1e-1",
            "9007199254740992",
            "9007199254740993",
            "9007199254740993.0",
            "9.007199254740993e15",
            "18446744073709551616",
            "18446744073709551617",
            "1.8446744073709551616e19",
            "1e30",
            "-1",
            "1e400",
            "10e399",
            "0.1000000000000000055511151231257827",
            "0.30000000000000004",
        ];
        for one in spellings {
            for other in spellings {
                assert_eq!(number(one).equals(&*number(other)), same_number(one, other), "{one} and {other}");
            }
        }
    }
}
