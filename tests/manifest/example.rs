//! The example's two manifests: one for bundles, one for directories.

use super::support::*;
use std::path::Path;

/// A manifest of the example without the origins of its projects.
fn read(file: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monorepo");
    let request = Request {
        source: Source::File(dir.join(file)),
        profile: None,
        overrides: Overrides::default(),
        sandbox: false,
        needed: None,
        env: &credentials_only,
    };
    let manifest = load(&request).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let project = |project: &Project| {
        let logical_id = project.logical_id.as_ref().map(|declared| &declared.id);
        format!(
            "{} {logical_id:?} {} {:?} {:?} {} {:?}\n",
            project.name,
            project.account,
            project.depends_on,
            project.tags,
            project.priority,
            project.policy
        )
    };
    let projects: String = manifest.projects.iter().map(project).collect();
    let limits = manifest.limits.concurrency;
    format!("{:?} {limits}\n{projects}", manifest.name)
}

#[test]
fn the_examples_manifests_for_bundles_and_directories_agree() {
    let bundles = read("projects.toml");
    assert_eq!(bundles.lines().count(), 11);
    assert_eq!(bundles, read("from-folders.toml"));
}
