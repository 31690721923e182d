//! A claim of a bearer token (RFC 7519), read and not verified.
//!
//! Nothing is granted by it here: it only tells callers apart. Old and new verify it for themselves.

use std::fmt;

use base64::{
    Engine as _,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::domain::fields::Fields;

/// A payload that is longer, as it came, is not read: heads are larger by far only where somebody plays with them.
const LONGEST: usize = 16 << 10;

/// Tokens are written without padding; some writers add it all the same.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claim, where it is a text or a number.
pub fn of(fields: &Fields, name: &str) -> Option<Vec<u8>> {
    let (scheme, token) = fields.get("authorization")?.split_at_checked(7)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    let payload = token.split(|byte| *byte == b'.').nth(1)?.trim_ascii();
    if payload.len() > LONGEST {
        return None;
    }
    let payload = LENIENT.decode(payload).ok()?;
    // Bounded in depth by the reader, and what is not asked for is not kept.
    let mut reader = serde_json::Deserializer::from_slice(&payload);
    let claim = Claim(name).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match claim? {
        Value::String(text) => Some(text.into_bytes()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

struct Claim<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Claim<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<Value>, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Claim<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Value>, A::Error> {
        let mut found = None;
        let mut times = 0;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.0 {
                found = Some(map.next_value()?);
                times += 1;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        // Given twice, old and new may each take another one.
        Ok(found.filter(|_| times == 1))
    }
}
