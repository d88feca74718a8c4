//! A pattern of `--only` and `--exclude`: a name, a glob over names, or `tag:T`, where `T` may be a glob.

use super::project::Project;
use globset::{Glob, GlobMatcher};

/// One pattern.
pub(super) struct Pattern<'p> {
    pub(super) text: &'p str,
    tag: bool,
    glob: GlobMatcher,
}

impl<'p> Pattern<'p> {
    pub(super) fn new(text: &'p str) -> Result<Self, String> {
        let tag = text.strip_prefix("tag:");
        let glob = Glob::new(tag.unwrap_or(text)).map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text,
            tag: tag.is_some(),
            glob: glob.compile_matcher(),
        })
    }

    /// What of a project matches: `its name`, or `its tag T`. A project's own name always does, whatever signs are in it.
    pub(super) fn matches(&self, project: &Project) -> Option<String> {
        let by_name =
            || self.text == project.name || !self.tag && self.glob.is_match(&project.name);
        let tag = || project.tags.iter().find(|tag| self.glob.is_match(tag));
        match self.tag && self.text != project.name {
            true => tag().map(|tag| format!("its tag {tag}")),
            false => by_name().then(|| "its name".to_owned()),
        }
    }
}
