//! Reads single members of a JSON object and skips the others.

use super::BundleError;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The type of a JSON text, with an article.
fn kind(json: &RawValue) -> &'static str {
    match json.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// An object of the bundle with its path.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    json: &'a RawValue,
    place: fmt::Arguments<'a>,
}

impl<'a> Object<'a> {
    /// Fails unless `json` is an object.
    pub(super) fn new(json: &'a RawValue, place: fmt::Arguments<'a>) -> Result<Self, BundleError> {
        match kind(json) {
            "an object" => Ok(Self { json, place }),
            found => Err(BundleError::WrongType {
                place: place.to_string(),
                expected: "an object",
                found,
            }),
        }
    }

    /// The values of these members, found in one pass. Fails if one of them occurs twice.
    pub(super) fn members<const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<[Option<&'a RawValue>; N], BundleError> {
        let mut found = [None; N];
        let mut twice = None;
        let search = Search {
            names: &names,
            found: &mut found,
            twice: &mut twice,
        };
        // Cannot fail: the text is known to be an object.
        let _ = serde_json::Deserializer::from_str(self.json.get()).deserialize_map(search);
        match twice {
            None => Ok(found),
            Some(key) => Err(BundleError::DuplicateKey {
                place: Some(self.place.to_string()),
                key: key.to_owned(),
            }),
        }
    }

    /// The text of a required member.
    pub(super) fn required(
        self,
        name: &'static str,
        member: Option<&RawValue>,
    ) -> Result<String, BundleError> {
        match member {
            Some(member) => self.text(name, member),
            None => Err(BundleError::MissingKey {
                place: self.place.to_string(),
                key: name,
            }),
        }
    }

    /// The text of an optional member, which may be `null`.
    pub(super) fn optional(
        self,
        name: &'static str,
        member: Option<&RawValue>,
    ) -> Result<Option<String>, BundleError> {
        member
            .filter(|member| kind(member) != "null")
            .map(|member| self.text(name, member))
            .transpose()
    }

    fn text(self, name: &'static str, member: &RawValue) -> Result<String, BundleError> {
        serde_json::from_str(member.get()).map_err(|_| BundleError::WrongType {
            place: format!("{}.{name}", self.place),
            expected: "a string",
            found: match kind(member) {
                "a string" => "invalid Unicode",
                found => found,
            },
        })
    }
}

struct Search<'s, 'de> {
    names: &'s [&'static str],
    found: &'s mut [Option<&'de RawValue>],
    twice: &'s mut Option<&'static str>,
}

impl<'de> Visitor<'de> for Search<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            // A key with invalid Unicode is not one of the wanted keys.
            let key = serde_json::from_str::<String>(key.get()).unwrap_or_default();
            let Some(nth) = self.names.iter().position(|name| *name == key) else {
                continue;
            };
            if self.found[nth].replace(value).is_some() {
                *self.twice = Some(self.names[nth]);
            }
        }
        Ok(())
    }
}
