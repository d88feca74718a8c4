//! Enums whose values have names: in JSON, on the command line, and in texts.

/// Defines such an enum.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $type:ident {
        $($(#[$of_value:meta])* $value:ident = $name:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $type {
            $($(#[$of_value])* #[serde(rename = $name)] $value,)*
        }

        impl $type {
            /// All values.
            #[allow(dead_code, reason = "not every enum needs it")]
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use named;
