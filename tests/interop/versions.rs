//! Two versions of the CLI in one repository.

use super::suite::rig::sandbox;
use super::suite::scratch::{Scratch, monorepo};
use std::fs;
use std::os::unix::fs::symlink;

#[actix::test]
async fn each_version_of_the_cli_has_workers_of_its_own() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Sell"));
    let repo = scratch.repo();
    // Its name tells the versions apart: newer ones have more constructs.
    let check = "import * as constructs from 'checkly/constructs'
        new constructs.UrlMonitor('home', { name: `${Object.keys(constructs).length} constructs`,
            request: { url: 'https://example.com' } })";
    for project in ["old/a", "new/a", "old/b", "new/b"] {
        scratch.project(project, project, check);
    }
    symlink(
        monorepo().join("node_modules"),
        repo.join("old/node_modules"),
    )
    .unwrap();
    let manifest = "[[project]]\nname = '${parent}-${folder}'\npath = '{old,new}/*'\n";
    fs::write(repo.join("versions.toml"), manifest).unwrap();
    let args = [
        "validate",
        "--bundle",
        "--compare",
        "--config",
        "versions.toml",
    ];
    let ended = scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    let all = "4 directories bundled, 4 also by workers: no difference";
    assert!(said.contains(all), "{said}");
}
