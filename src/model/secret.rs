//! A value that is never displayed.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An API key. It has no `Display`, its `Debug` redacts it, and it cannot be serialized:
/// [`Secret::expose`] is the only way to read it, so every use can be found.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<Arc<str>>) -> Self {
        Self(value.into())
    }

    /// The value, for the `Authorization` header only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Redacts secrets in what a server sends or a program prints: both may repeat what they were given.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// The longest first: one may be a part of another.
    secrets: Arc<[Secret]>,
}

impl Redactor {
    /// Replaces a secret.
    const STARS: &str = "***";

    /// Shorter secrets are not redacted: most of the text would be.
    pub(crate) const SHORTEST: usize = 6;

    /// Shorter parts of a secret are common in any text.
    const SHORTEST_PART: usize = 4;

    /// The same with more secrets; surrounding white space does not belong to them, since it is not sent.
    #[must_use]
    pub fn with<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let mut all = self.secrets.to_vec();
        for secret in secrets {
            let secret = Secret::new(secret.expose().trim());
            if secret.expose().len() >= Self::SHORTEST && !all.contains(&secret) {
                all.push(secret);
            }
        }
        all.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self {
            secrets: all.into(),
        }
    }

    /// The text without the secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in self.secrets.iter().map(Secret::expose) {
            if text.contains(secret) {
                text = text.replace(secret, Self::STARS).into();
            }
        }
        text
    }

    /// The length of the text without the part of a secret at its end, where the text was cut.
    pub fn whole(&self, text: &[u8]) -> usize {
        let part = |secret: &Secret| {
            let secret = secret.expose().as_bytes();
            let lengths = (Self::SHORTEST_PART..secret.len()).rev();
            lengths
                .into_iter()
                .find(|length| text.ends_with(&secret[..*length]))
        };
        let longest = self.secrets.iter().filter_map(part).max();
        text.len() - longest.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        Redactor::default().with(&secrets)
    }

    #[test]
    fn a_secret_that_contains_another_is_redacted_as_a_whole() {
        let redactor = redactor(&["cu_1234", " cu_123456\n", "", "cu_1234"]);
        let text = "cu_1234, cu_123456, cu_12";
        assert_eq!(redactor.redact(text), "***, ***, cu_12");
        assert_eq!(redactor.secrets.len(), 2);
    }

    #[test]
    fn a_short_secret_leaves_the_text_readable() {
        let redactor = redactor(&["a", "key", "12345", "secret"]);
        assert_eq!(
            redactor.redact("a secret, a key: 12345"),
            "a ***, a key: 12345"
        );
    }

    #[test]
    fn the_part_of_a_secret_at_a_cut_is_found() {
        let redactor = redactor(&["cu_1234", "cu_123456"]);
        for (text, whole) in [
            ("the key cu_12345", 8),
            ("the key cu_1", 8),
            ("the key cu_", 11),
            ("the key", 7),
            ("", 0),
        ] {
            assert_eq!(redactor.whole(text.as_bytes()), whole, "{text}");
        }
    }

    #[test]
    fn debug_output_redacts_the_value() {
        assert_eq!(format!("{:?}", Secret::new("cu_0123")), "Secret(…)");
    }
}
