//! The files that the Checkly CLI uploads when it makes a bundle.

use std::collections::HashMap;

/// The digests of what was uploaded, by the keys of the uploads.
pub type Contents = HashMap<String, String>;

/// A file that a bundle refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The server's name for it. Empty where the reference is not written as the CLI does.
    pub key: String,
    /// The path of a snapshot in its repository; the code of Playwright suites has none.
    pub path: Option<String>,
}
