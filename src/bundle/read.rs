//! Parses the text of a bundle in one pass and passes its values to [`Body`]. Knows only the outermost shape of a bundle.

use super::body::{Body, List};
use super::source;
use super::{BundleError, Inspection};
use crate::model::Contents;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::io::Write;

/// Reads a whole bundle and writes its body to `out`: compact, in the file's order, without `repoInfo` and the last
/// `}`. The digest covers known uploads; with `by_content`, they are also written as digests.
pub(super) fn read<W: Write>(
    text: &[u8],
    out: W,
    contents: &Contents,
    by_content: bool,
) -> Result<(Inspection, W), BundleError> {
    let mut pass = Pass {
        body: Body::new(out, contents, by_content),
        mistake: None,
    };
    let mut json = serde_json::Deserializer::from_slice(text);
    let whole = Part {
        list: None,
        pass: &mut pass,
    };
    let read = whole.deserialize(&mut json).and_then(|()| json.end());
    match (pass.mistake, read) {
        (Some(mistake), _) => Err(mistake),
        (None, Err(error)) => {
            // Only a stream's error is at the control character that it is about.
            let again = serde_json::from_reader::<_, Box<RawValue>>(text);
            Err(source::broken_json(&again.err().unwrap_or(error), text))
        }
        (None, Ok(())) => pass.body.finish(text),
    }
}

struct Pass<'c, W> {
    body: Body<'c, W>,
    /// The error that stopped the pass. `serde` would only carry its text.
    mistake: Option<BundleError>,
}

impl<W: Write> Pass<'_, W> {
    /// Unwraps a result, or stores the error and stops.
    fn check<T, E: Error>(&mut self, result: Result<T, BundleError>) -> Result<T, E> {
        result.map_err(|mistake| {
            self.mistake = Some(mistake);
            E::custom("stopped")
        })
    }
}

/// The whole bundle, or one of its lists.
struct Part<'p, 'c, W> {
    list: Option<List>,
    pass: &'p mut Pass<'c, W>,
}

impl<W: Write> Part<'_, '_, W> {
    fn refuse<E: Error>(self, found: &'static str) -> Result<(), E> {
        let mistake = match self.list {
            None => BundleError::NotAnObject { found },
            Some(list) => BundleError::WrongType {
                place: list.key().to_owned(),
                expected: "an array",
                found,
            },
        };
        self.pass.check(Err(mistake))
    }
}

impl<'de, W: Write> DeserializeSeed<'de> for Part<'_, '_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, W: Write> Visitor<'de> for Part<'_, '_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bundle")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.list.is_some() {
            return self.refuse("an object");
        }
        let pass = self.pass;
        while let Some(raw) = map.next_key::<&'de RawValue>()? {
            let key = pass.body.key(raw);
            let key = pass.check(key)?;
            let list = match key.as_str() {
                "sharedFiles" => Some(List::SharedFiles),
                "resources" => Some(List::Resources),
                _ => None,
            };
            if list.is_some() {
                map.next_value_seed(Part { list, pass })?;
            } else if key == "repoInfo" {
                map.next_value::<IgnoredAny>()?;
            } else {
                let value = map.next_value::<&'de RawValue>()?;
                let taken = pass.body.value(&key, value);
                pass.check(taken)?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(list) = self.list else {
            return self.refuse("an array");
        };
        let pass = self.pass;
        let opened = pass.body.open(list);
        pass.check(opened)?;
        let mut index = 0;
        while let Some(value) = seq.next_element::<&'de RawValue>()? {
            let taken = pass.body.element(list, index, value);
            pass.check(taken)?;
            index += 1;
        }
        let closed = pass.body.close(list);
        pass.check(closed)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.refuse("a boolean")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.refuse("a string")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.refuse("null")
    }
}
