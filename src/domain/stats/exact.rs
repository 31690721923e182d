//! Numbers written down so that they are read back to the last bit. The readers of JSON at hand may be off by one
//! there, and evidence that is kept and read again has to be the same.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// What is no number is not read: it would be neither above a threshold nor below it ever again.
fn read<E: Error>(text: &str) -> Result<f64, E> {
    let number: f64 = text.parse().map_err(E::custom)?;
    if number.is_nan() { Err(E::custom("a number is expected")) } else { Ok(number) }
}

pub fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(&String::deserialize(from)?)
}

/// Several of them.
pub mod list {
    use serde::{Deserialize, Deserializer, Serializer, de::Error, ser::SerializeSeq};

    pub fn serialize<S: Serializer, const N: usize>(numbers: &[f64; N], to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(N))?;
        for number in numbers {
            list.serialize_element(&number.to_string())?;
        }
        list.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[f64; N], D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let numbers: Result<Vec<f64>, D::Error> = texts.iter().map(|text| super::read(text)).collect();
        numbers?.try_into().map_err(|_| D::Error::custom("as many numbers as there are"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Held {
        #[serde(with = "super")]
        one: f64,
        #[serde(with = "super::list")]
        more: [f64; 3],
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for text in [r#"{"one":"NaN","more":["1","2","3"]}"#, r#"{"one":"1","more":["1","nan","3"]}"#] {
            assert!(serde_json::from_str::<Held>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Held>(r#"{"one":"-inf","more":["1","2","inf"]}"#).is_ok());
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_it_was_written(
            one in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
            more in proptest::array::uniform3(proptest::num::f64::ANY.prop_filter("equal to itself", |n| !n.is_nan())),
        ) {
            let held = Held { one, more };
            let text = serde_json::to_string(&held).unwrap();
            prop_assert_eq!(serde_json::from_str::<Held>(&text).unwrap(), held);
        }
    }
}
