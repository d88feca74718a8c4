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

    /// The text without the value: a server may repeat the request in its response.
    pub fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.0.trim() {
            key if !key.is_empty() && text.contains(key) => text.replace(key, "[API key]").into(),
            _ => text.into(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_redacts_the_value() {
        assert_eq!(format!("{:?}", Secret::new("cu_0123")), "Secret(…)");
    }
}
