//! Manifests in temporary directories, loaded with a given environment.

pub(crate) use crate::manifest::{
    Env, FILE_NAME, Manifest, Origin, OrphanedDependent, Overrides, Project, Request, Selection,
    Source, find, keep, load, orphaned_dependents, select,
};
pub(crate) use crate::model::{Diagnostic, Limits};
use crate::tests::support::files;
pub(crate) use crate::ui::diagnostic::render;
use tempfile::TempDir;

/// A directory with files. Bundles are empty files: these tests do not read them.
pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self(files::tree(files.iter().copied()))
    }

    pub(crate) fn load(&self) -> Result<Manifest, Vec<Diagnostic>> {
        self.load_with(&credentials_only, |_| {})
    }

    pub(crate) fn load_with(
        &self,
        env: &Env<'_>,
        change: impl FnOnce(&mut Request<'_>),
    ) -> Result<Manifest, Vec<Diagnostic>> {
        let mut request = Request {
            source: Source::File(self.0.path().join(FILE_NAME)),
            profile: None,
            overrides: Overrides::default(),
            sandbox: false,
            needed: None,
            env,
        };
        change(&mut request);
        load(&request)
    }

    /// The messages, with paths relative to the directory.
    pub(crate) fn render(&self, problems: &[Diagnostic]) -> String {
        let root = format!("{}/", self.0.path().display());
        let mut problems = problems.to_vec();
        for problem in &mut problems {
            problem.what = problem.what.replace(&root, "");
            let also = problem.also.as_mut().map(|also| &mut also.place);
            for place in problem.place.as_mut().into_iter().chain(also) {
                place.file = place
                    .file
                    .strip_prefix(&root)
                    .unwrap_or(&place.file)
                    .to_owned();
            }
        }
        render(&problems, false, 120)
    }
}

pub(crate) fn credentials_only(name: &str) -> Option<String> {
    match name {
        "CHECKLY_ACCOUNT_ID" => Some("a-1".into()),
        "CHECKLY_API_KEY" => Some("k-1".into()),
        _ => None,
    }
}

/// The messages about a `projects.toml` beside `a.json`.
pub(crate) fn told(manifest: &str) -> String {
    told_with(&[(FILE_NAME, manifest), ("a.json", "{}")], |_| {})
}

pub(crate) fn told_with(files: &[(&str, &str)], change: impl FnOnce(&mut Request<'_>)) -> String {
    let folder = Folder::new(files);
    let problems = folder.load_with(&credentials_only, change).unwrap_err();
    folder.render(&problems)
}

/// A valid manifest.
pub(crate) fn loaded(files: &[(&str, &str)]) -> Manifest {
    let folder = Folder::new(files);
    folder
        .load()
        .unwrap_or_else(|problems| panic!("{}", folder.render(&problems)))
}
