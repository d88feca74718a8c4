//! A pattern of `--only` and `--exclude`: a name, a glob over names, or `tag:T`, where `T` may be a glob.

use super::project::Project;
use globset::{Glob, GlobMatcher};

/// One pattern.
pub(super) struct Pattern<'p> {
    pub(super) text: &'p str,
    tag: Option<&'p str>,
    glob: GlobMatcher,
}

impl<'p> Pattern<'p> {
    pub(super) fn new(text: &'p str) -> Result<Self, String> {
        let tag = text.strip_prefix("tag:");
        let glob = Glob::new(tag.unwrap_or(text)).map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text,
            tag,
            glob: glob.compile_matcher(),
        })
    }

    /// What the pattern matches: `its name`, or `its tag T`. An identical name or tag always matches, even if it
    /// contains wildcards.
    pub(super) fn matches(&self, project: &Project) -> Option<String> {
        let is_name =
            self.text == project.name || self.tag.is_none() && self.glob.is_match(&project.name);
        if is_name {
            return Some("its name".to_owned());
        }
        let is_tag = |tag: &&String| self.tag == Some(tag.as_str()) || self.glob.is_match(tag);
        let tag = self.tag.and(project.tags.iter().find(is_tag))?;
        Some(format!("its tag {tag}"))
    }
}
