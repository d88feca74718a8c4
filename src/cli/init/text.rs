//! The text of the manifest that `init` writes.

use super::find::Found;
use super::tables::{Around, Table, tables};
use crate::guard::is_template_logical_id;
use crate::model::sanitize::one_line;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// What is known of a project.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) found: Found,
    /// Its name and logical id; or why they could not be read, as part of a line without a period.
    pub(super) identity: Result<Identity, String>,
    /// Patterns for its input files; none if they are the files of its directory.
    pub(super) inputs: Vec<String>,
}

/// The contents of a project's configuration and bundle.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) logical_id: String,
    /// The files in its bundle, relative to one of its parent directories.
    pub(super) files: Vec<String>,
    /// Its resources, by type and logical id.
    pub(super) resources: BTreeSet<String>,
}

/// A manifest, and what to print about it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) text: String,
    /// The number of projects in it.
    pub(super) projects: usize,
    /// Projects without `logical_id`, by reason, in order of appearance.
    pub(super) unread: Vec<Unread>,
    /// The number of projects that are commented out.
    pub(super) doubles: usize,
}

/// Projects whose logical ids could not be read for one reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) why: String,
    pub(super) names: Vec<String>,
}

const HEAD: &str = r#"# The Checkly projects in this directory, found by `orchestrate init`. Review this file, then run:
#
#   orchestrate validate          # check this file
#   orchestrate list              # list the projects in start order
#   orchestrate --sandbox --yes   # deploy to a local stand-in for the API, without an account
#   orchestrate                   # deploy

version = 1

# Without [accounts], projects are deployed to the account in CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY.
#
# [accounts.prod]
# account_id = "${env:CHECKLY_ACCOUNT_ID}"
# api_key = { env = "CHECKLY_API_KEY" }

# logical_id is the project's `logicalId`. If its bundle has another one, the project is not deployed.
# depends_on = ["shared-alerts"] starts a project only after shared-alerts has succeeded.
# For all keys, see docs/manifest.md of orchestrate.
"#;

/// Writes the manifest. `here` is the name of the directory.
pub(super) fn manifest(findings: &[Finding], here: &str) -> Written {
    let mut written = Written {
        text: HEAD.to_owned(),
        projects: 0,
        unread: vec![],
        doubles: 0,
    };
    let mut known: HashMap<&str, &Found> = HashMap::new();
    for table in tables(findings, here) {
        let first = table.members[0];
        let double = first.identity.as_ref().ok().and_then(|identity| {
            let owner = *known.entry(&identity.logical_id).or_insert(&first.found);
            (*owner != first.found).then_some(owner)
        });
        let text = table.text(&mut written.unread);
        written.text.push('\n');
        let Some(owner) = double else {
            written.projects += table.members.len();
            written.text.push_str(&text);
            continue;
        };
        written.doubles += 1;
        let _ = write!(
            written.text,
            "# {} has the same `logicalId` as {}: in one account, each deployment would delete the checks of the other.\n\
             # Set a unique `logicalId` in {}, or give each project its own `account`. Then uncomment this one.\n",
            label(&first.found),
            label(owner),
            first.found.config
        );
        for line in text.lines() {
            let _ = writeln!(written.text, "# {line}");
        }
    }
    written
}

/// A project for people: its directory, with the configuration if it has an unusual name.
pub(super) fn label(found: &Found) -> String {
    match found.variant {
        Some(_) => format!("{}/{}", found.path, found.config),
        None => found.path.clone(),
    }
}

impl Table<'_> {
    /// The text of a `[[project]]`. Reasons for unknown logical ids go into `unread` and are written once.
    fn text(&self, unread: &mut Vec<Unread>) -> String {
        let mut text = String::from("[[project]]");
        let (found, identity) = (&self.members[0].found, &self.members[0].identity);
        if let (None, Ok(identity)) = (&self.matrix, identity)
            && identity.name != self.name
        {
            text += &format!(" # {}", one_line(&identity.name));
        }
        let name = match &self.matrix {
            Some(_) => with_variable(&format!("{}-", self.name), ""),
            None => quoted(&self.name),
        };
        text += &format!("\nname = {name}\npath = {}\n", quoted(&found.path));
        match (&self.matrix, &found.variant) {
            (Some(_), Some(variant)) => {
                let words = self
                    .members
                    .iter()
                    .filter_map(|member| member.found.variant.as_ref());
                let words: Vec<String> = words.map(|variant| quoted(&variant.word)).collect();
                text += &format!("matrix = {{ variant = [{}] }}\n", words.join(", "));
                let config = with_variable(&variant.before, &variant.after);
                text += &format!("config = {config}\n");
            }
            (_, Some(_)) => text += &format!("config = {}\n", quoted(&found.config)),
            (_, None) => {}
        }
        text += &match (identity, &self.matrix) {
            (Ok(_), Some(Around { before, after })) => {
                format!("logical_id = {}\n", with_variable(before, after))
            }
            (Ok(Identity { logical_id, .. }), None) => {
                let warning = if is_template_logical_id(logical_id) {
                    " # from a template; set a unique `logicalId`"
                } else {
                    ""
                };
                format!("logical_id = {}{warning}\n", quoted(logical_id))
            }
            (Err(why), _) => format!(
                "# logical_id = \"\u{2026}\" # not read: {}\n",
                self.unread(why, unread)
            ),
        };
        if let Some(cwd) = &found.cwd {
            text += &format!("cwd = {}\n", quoted(cwd));
        }
        let mut inputs: Vec<String> = vec![];
        for input in self.members.iter().flat_map(|member| &member.inputs) {
            if !inputs.contains(input) {
                inputs.push(input.clone());
            }
        }
        for (key, texts) in [("inputs", &inputs), ("tags", &self.tags)] {
            if !texts.is_empty() {
                text += &format!("{key} = {}\n", list(texts));
            }
        }
        text
    }

    /// Records why the logical ids are unknown; returns the reason for the comment.
    fn unread(&self, why: &str, unread: &mut Vec<Unread>) -> String {
        let names = self.names();
        if let Some(same) = unread.iter_mut().find(|same| same.why == why) {
            let reason = format!("same reason as {}", one_line(&same.names[0]));
            same.names.extend(names);
            return reason;
        }
        let why = why.to_owned();
        let reason = one_line(&why);
        unread.push(Unread { why, names });
        reason
    }
}

/// A string that contains the matrix variable.
fn with_variable(before: &str, after: &str) -> String {
    let (before, after) = (escaped(before), escaped(after));
    format!("\"{before}${{matrix.variant}}{after}\"")
}

/// A list of strings, on one line if it fits.
fn list(texts: &[String]) -> String {
    const WIDEST: usize = 100;
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    let line = format!("[{}]", texts.join(", "));
    if line.len() > WIDEST {
        format!("[\n    {},\n]", texts.join(",\n    "))
    } else {
        line
    }
}

/// A TOML string in which nothing is expanded.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text between its quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.replace("${", "$${").chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped += &format!("\\u{:04X}", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
