//! The bundles of the example are what the CLI writes.

use crate::rig::{lines, sandbox};
use crate::scratch::{Scratch, monorepo};

#[actix::test]
async fn the_committed_bundles_are_what_the_cli_writes_now() {
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
