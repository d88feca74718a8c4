//! The example's bundles equal the CLI's output.

use super::suite::bundling::{assert_same, body, bundle, example};
use super::suite::projects;
use super::suite::rig::{lines, sandbox};
use super::suite::scratch::{Scratch, monorepo};

#[actix::test]
async fn the_committed_bundles_equal_the_clis_output() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    let script = monorepo().join("bundle.sh");
    let args = ["--check", sandbox.url()];
    scratch
        .run(script, sandbox.url(), &args, &[])
        .await
        .expect(0);
    assert_eq!(lines(&sandbox.requests()), Vec::<String>::new());
    assert!(!sandbox.requests().is_empty());
}

#[actix::test]
async fn a_directory_gives_its_committed_bundle() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    for project in projects::all() {
        let made = bundle(example(&scratch, &project), Some(sandbox.url())).await;
        let made = body(made.unwrap().bundle());
        let committed = scratch
            .repo()
            .join(format!("bundles/{}.json", project.name));
        assert_same(&project.name, &made, &body(&committed));
    }
    assert_eq!(lines(&sandbox.requests()), Vec::<String>::new());
    let is_about_runtimes = |path: &str| path.ends_with("/v1/runtimes");
    let mut requests = sandbox.requests().into_iter();
    assert!(requests.any(|one| is_about_runtimes(&one.path)));
}
