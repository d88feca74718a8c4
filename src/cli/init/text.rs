//! The manifest that `init` writes: from what was found to a text.

use super::find::Found;
use super::names::{Called, call};
use std::collections::HashMap;
use std::fmt::Write;

/// What is known of a project.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) found: Found,
    /// What it calls itself; or why that could not be read, as half a line without a full stop.
    pub(super) identity: Result<Identity, String>,
}

/// What a project's configuration says.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) logical_id: String,
}

/// A manifest and what to tell of it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) text: String,
    /// Projects without `logical_id`.
    pub(super) unread: usize,
    /// Projects that are commented out.
    pub(super) doubles: usize,
}

const HEAD: &str = r#"# The Checkly projects below this folder, as `orchestrate init` found them. Look it over; then
#
#   orchestrate validate     checks it
#   orchestrate list         shows the order in which projects would start
#   orchestrate --sandbox    tries it, without an account
#   orchestrate              deploys

version = 1

# Where to: without [accounts], to the account of the variables CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY.
#
# [accounts.prod]
# account_id = "${env:CHECKLY_ACCOUNT_ID}"
# api_key = { env = "CHECKLY_API_KEY" }

# logical_id is what a project calls itself: with it, nothing else is ever deployed in its place.
# Who goes first: depends_on = ["shared-alerts"] in a project starts it when that one has succeeded.
# All else that can be said is in docs/manifest.md of orchestrate.
"#;

/// Writes the manifest. `here` is what the folder itself is called.
pub(super) fn manifest(findings: &[Finding], here: &str) -> Written {
    let paths: Vec<&str> = findings
        .iter()
        .map(|finding| &*finding.found.path)
        .collect();
    let mut written = Written {
        text: HEAD.to_owned(),
        unread: 0,
        doubles: 0,
    };
    let mut known: HashMap<&str, &str> = HashMap::new();
    for (finding, called) in findings.iter().zip(call(&paths, here)) {
        let project = project(finding, &called);
        let path = &*finding.found.path;
        let first = match &finding.identity {
            Ok(identity) => *known.entry(&identity.logical_id).or_insert(path),
            Err(_) => {
                written.unread += 1;
                path
            }
        };
        written.text.push('\n');
        if first == path {
            written.text.push_str(&project);
            continue;
        }
        written.doubles += 1;
        let config = &finding.found.config;
        let _ = write!(
            written.text,
            "# {path} has the `logicalId` of {first}: in one account, deploying either would delete the checks of the other.\n\
             # Give it one of its own in {config}, or give the two an `account` each. Then take the `#` away.\n"
        );
        for line in project.lines() {
            let _ = writeln!(written.text, "# {line}");
        }
    }
    written
}

/// One `[[project]]`.
fn project(finding: &Finding, called: &Called) -> String {
    let (found, mut text) = (&finding.found, String::from("[[project]]"));
    if let Ok(identity) = &finding.identity
        && identity.name != called.name
    {
        text += &format!(" # {}", comment(&identity.name));
    }
    text += &format!(
        "\nname = {}\npath = {}\n",
        quoted(&called.name),
        quoted(&found.path)
    );
    text += &match &finding.identity {
        Ok(identity) => format!("logical_id = {}\n", quoted(&identity.logical_id)),
        Err(why) => format!("# logical_id = \"\u{2026}\" # not read: {}\n", comment(why)),
    };
    if !called.tags.is_empty() {
        let tags: Vec<String> = called.tags.iter().map(|tag| quoted(tag)).collect();
        text += &format!("tags = [{}]\n", tags.join(", "));
    }
    text
}

/// Text for a comment: one line, without what TOML does not take there.
fn comment(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(char::is_control, "")
}

/// A string of TOML in which nothing is expanded.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.replace("${", "$${").chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests;
