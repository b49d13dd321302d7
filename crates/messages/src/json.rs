//! Reads JSON into a tree, and writes it.
//!
//! One reader for all types: the readers that `serde` derives for each type make the wasm much larger. No error text is
//! made, for the same reason.

use std::{fmt, mem};

use serde::{
    Deserializer, Serialize,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;
use zeroize::Zeroizing;

/// A JSON value. Texts are wiped when they are dropped, and there is no `Debug`, because some are secrets.
pub enum Json {
    /// `true` or `false`.
    Flag(bool),
    /// An array.
    List(Vec<Json>),
    /// A member that an object does not have.
    Missing,
    /// `null`.
    Null,
    /// A number.
    Number(Number),
    /// The members of an object in their order, and repeated ones as often as they occur.
    Object(Vec<(String, Json)>),
    /// A string.
    Text(Zeroizing<String>),
}

/// The text is not JSON, or the value is not of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl From<serde_json::Error> for Malformed {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// Reads a whole text.
///
/// # Errors
/// If the bytes are not JSON.
pub fn read(text: &[u8]) -> serde_json::Result<Json> {
    read_with(Reader { names: None }, text)
}

/// Reads an object, and of its members those with these names. Others are skipped, so even a value that this program
/// could not represent does no harm there.
///
/// # Errors
/// If the text is not JSON.
pub fn read_members(text: &str, names: &[&str]) -> Result<Object, Malformed> {
    Ok(read_with(Reader { names: Some(names) }, text.as_bytes())?.into_object())
}

/// Writes a value of texts, numbers and lists of them.
pub fn write<T: Serialize>(value: &T) -> String {
    // `expect` would add error texts to the wasm that can never be shown.
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers serialize"))
}

impl Json {
    /// The members of an object. Any other value becomes an object that is malformed.
    pub fn into_object(self) -> Object {
        match self {
            Json::Object(members) => Object { members, is_malformed: false },
            _ => Object { members: Vec::new(), is_malformed: true },
        }
    }

    /// The name and the content of a message: `{"name":content}`, or `"name"` without a content.
    ///
    /// # Errors
    /// If the value has another form.
    pub fn variant(self) -> Result<(String, Json), Malformed> {
        match self {
            Json::Text(mut name) => Ok((mem::take(&mut *name), Json::Null)),
            Json::Object(mut members) if members.len() == 1 => members.pop().ok_or(Malformed),
            _ => Err(Malformed),
        }
    }

    /// The text, if it is one.
    pub fn into_text(self) -> Option<String> {
        match self {
            Json::Text(mut text) => Some(mem::take(&mut *text)),
            _ => None,
        }
    }

    /// The number, if it is a whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Json::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The number, if it is a whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Number(number) => number.as_i64(),
            _ => None,
        }
    }
}

/// The members of an object, which are taken one by one.
///
/// A member of another type gives an empty value, and is remembered until [`Object::finish`]. A check after each member
/// would make the wasm much larger.
#[must_use]
pub struct Object {
    members: Vec<(String, Json)>,
    is_malformed: bool,
}

impl Object {
    /// Takes the value of a member, of any type. A repeated member makes the object malformed.
    pub fn take(&mut self, name: &str) -> Json {
        let mut value = Json::Missing;
        while let Some(index) = self.members.iter().position(|(known, _)| known == name) {
            self.is_malformed |= !matches!(value, Json::Missing);
            value = self.members.swap_remove(index).1;
        }
        value
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> String {
        let text = self.take(name).into_text();
        self.require(text).unwrap_or_default()
    }

    /// Takes a text that may be missing or `null`.
    pub fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Json::Missing | Json::Null => None,
            value => self.require(value.into_text()),
        }
    }

    /// Takes a flag.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            Json::Flag(flag) => flag,
            _ => self.require(None).unwrap_or_default(),
        }
    }

    /// Takes a flag that is `false` if it is missing.
    pub fn flag_or_false(&mut self, name: &str) -> bool {
        match self.take(name) {
            Json::Missing => false,
            Json::Flag(flag) => flag,
            _ => self.require(None).unwrap_or_default(),
        }
    }

    /// Passes on what a member contains. `None` makes the object malformed.
    pub fn require<T>(&mut self, value: Option<T>) -> Option<T> {
        self.is_malformed |= value.is_none();
        value
    }

    /// Ends the reading. Members that were not taken are ignored.
    ///
    /// # Errors
    /// If a member that was taken is repeated or has another type.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_malformed { Err(Malformed) } else { Ok(()) }
    }

    /// Ends the reading of an object that has no other members.
    ///
    /// # Errors
    /// If there are members that were not taken, or a member is repeated or has another type.
    pub fn finish_without_others(mut self) -> Result<(), Malformed> {
        self.is_malformed |= !self.members.is_empty();
        self.finish()
    }
}

/// Reads one value. Of an object with `names`, it reads only the members with these names.
struct Reader<'n> {
    names: Option<&'n [&'n str]>,
}

fn read_with(reader: Reader<'_>, text: &[u8]) -> serde_json::Result<Json> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let json = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json;

    fn expecting(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Reader { names: None })? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.names.is_none_or(|names| names.contains(&name.as_str())) {
                members.push((name, map.next_value_seed(Reader { names: None })?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["text", "optional", "flag", "number"];

    fn outcome(text: &str) -> Result<(String, Option<String>, bool, Option<u64>), Malformed> {
        let mut object = read_members(text, &NAMES)?;
        let values = (
            object.text("text"),
            object.optional_text("optional"),
            object.flag_or_false("flag"),
            object.take("number").as_u64(),
        );
        object.finish().map(|()| values)
    }

    #[test]
    fn members_are_read_in_any_order_and_with_escapes() {
        let text = r#" {"number":7,"flag":true,"optional":"\u00f6\n","text":"a"} "#;
        assert_eq!(outcome(text), Ok(("a".to_owned(), Some("ö\n".to_owned()), true, Some(7))));
        for absent in [r#"{"text":""}"#, r#"{"text":"","optional":null}"#] {
            assert_eq!(outcome(absent), Ok((String::new(), None, false, None)));
        }
    }

    #[test]
    fn other_members_are_skipped_even_where_they_are_repeated_or_have_odd_values() {
        let nested = "[".repeat(1000) + &"]".repeat(1000);
        for other in [r#""\ud83d""#, "1e999", "{}", r#"1,"x":2"#, &nested] {
            let text = format!(r#"{{"x":{other},"text":"a"}}"#);
            assert_eq!(outcome(&text), Ok(("a".to_owned(), None, false, None)), "{text:.40}");
        }
    }

    #[test]
    fn a_repeated_member_and_a_member_of_another_type_are_malformed() {
        for bad in [
            "",
            "null",
            "[]",
            r#""text""#,
            r#"["a"]"#,
            "{}",
            r#"{"text":"a"} x"#,
            r#"{"text":"a""#,
            r#"{"text":"a","text":"a"}"#,
            r#"{"text":"a","optional":null,"optional":"b"}"#,
            r#"{"text":null}"#,
            r#"{"text":1}"#,
            r#"{"text":"\ud83d"}"#,
            r#"{"text":"a","optional":false}"#,
            r#"{"text":"a","flag":null}"#,
            r#"{"text":"a","flag":"true"}"#,
        ] {
            assert_eq!(outcome(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn an_object_without_others_has_no_member_that_is_not_taken() {
        for (text, expected) in
            [(r#"{"a":true}"#, Ok(())), (r#"{"a":true,"b":1}"#, Err(Malformed)), ("[]", Err(Malformed))]
        {
            let mut object = read(text.as_bytes()).unwrap_or(Json::Null).into_object();
            assert!(object.flag("a") || expected.is_err());
            assert_eq!(object.finish_without_others(), expected, "{text}");
        }
    }

    #[test]
    fn a_number_with_a_fraction_or_an_exponent_is_not_whole() {
        for (text, unsigned, signed) in [
            ("7", Some(7), Some(7)),
            ("-7", None, Some(-7)),
            ("1.691203462e+9", None, None),
            ("-0.5", None, None),
            ("18446744073709551615", Some(u64::MAX), None),
            ("1e300", None, None),
            ("\"7\"", None, None),
        ] {
            let json = read(text.as_bytes()).unwrap_or(Json::Null);
            assert_eq!((json.as_u64(), json.as_i64()), (unsigned, signed), "{text}");
        }
    }
}
