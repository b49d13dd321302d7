//! Values of the file that serde's own types would read too leniently, or without limits.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        IntoDeserializer, MapAccess, Visitor,
        value::{MapAccessDeserializer, StringDeserializer},
    },
};

use super::fault::{Fault, must_be};

// A section: a TOML table. A derived struct alone would also be read from an array. This is no doc comment, because the
// schema would have it instead of the section's own.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(super) struct Section<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Section<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a section")
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(table))
            }
        }

        deserializer.deserialize_map(Table(PhantomData)).map(Self)
    }
}

// One of several words. A derived enum alone would also be read from a table.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(super) struct Word<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word: StringDeserializer<D::Error> = String::deserialize(deserializer)?.into_deserializer();
        T::deserialize(word).map(Self)
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(try_from = "i64")]
pub(super) struct Number<const LEAST: u32, const MOST: u32>(pub(super) u32);

impl<const LEAST: u32, const MOST: u32> TryFrom<i64> for Number<LEAST, MOST> {
    type Error = Fault;

    fn try_from(number: i64) -> Result<Self, Fault> {
        let number = u32::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number));
        number.map(Self).ok_or_else(|| must_be(format!("a whole number from {LEAST} to {MOST}")))
    }
}
