//! The example's projects, and how the CLI is called for each.

use super::scratch::monorepo;
use crate::installation::FROM_FOLDERS;
use orchestrate::internals::{self, Origin};
use orchestrate::{Overrides, Request, Source};

/// One project of `from-folders.toml`.
pub(crate) struct Project {
    /// Also its logical id.
    pub(crate) name: String,
    /// Its configuration, from the root of the monorepo.
    pub(crate) config: String,
    variables: Vec<(String, String)>,
    /// The flags for what the manifest sets.
    pub(crate) flags: Vec<&'static str>,
}

/// All projects, in the manifest's order.
pub(crate) fn all() -> Vec<Project> {
    let request = Request {
        source: Source::File(monorepo().join(FROM_FOLDERS)),
        profile: None,
        overrides: Overrides::default(),
        sandbox: true,
        needed: None,
        env: &|_| None,
    };
    let manifest = orchestrate::load(&request).unwrap();
    assert_eq!(manifest.projects.len(), 10);
    manifest.projects.iter().map(Project::new).collect()
}

/// The project of this name.
pub(crate) fn named(name: &str) -> Project {
    all().into_iter().find(|one| one.name == name).unwrap()
}

impl Project {
    fn new(project: &internals::Project) -> Self {
        let logical_id = &project.logical_id.as_ref().unwrap().id;
        assert_eq!(*logical_id, project.name);
        let Origin::Directory(folder) = &project.origin else {
            panic!("{} is a bundle", project.name)
        };
        let dir = folder.dir.strip_prefix(monorepo()).unwrap();
        let mut flags = vec![];
        if !project.policy.schedule_on_deploy {
            flags.push("--no-schedule-on-deploy");
        }
        if project.policy.preserve_resources {
            flags.push("--preserve-resources");
        }
        Self {
            name: project.name.clone(),
            config: format!("{}/checkly.config.ts", dir.display()),
            variables: folder.env.clone().into_iter().collect(),
            flags,
        }
    }

    /// The variables that its configuration reads.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        let variables = self.variables.iter();
        let variables = variables.map(|(name, value)| (name.as_str(), value.as_str()));
        variables.collect()
    }

    /// The arguments that deploy it without confirmation.
    pub(crate) fn deploy(&self) -> Vec<&str> {
        let mut args = vec!["deploy", "--force", "--config", self.config.as_str()];
        args.extend(&self.flags);
        args
    }
}
