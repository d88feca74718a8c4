//! The files that the Checkly CLI uploads when it makes a bundle.

use std::collections::HashMap;

/// The digests of uploaded files, by upload key.
pub type Contents = HashMap<String, String>;

/// A file that a bundle refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The server's name for it. Empty if the reference is not in the CLI's format.
    pub key: String,
    /// The path of a snapshot in its repository; `None` for the code of a Playwright suite.
    pub path: Option<String>,
}
