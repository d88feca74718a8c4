//! `orchestrate init` reads logical ids with the real CLI.

use super::projects;
use super::rig::{lines, sandbox};
use super::scratch::Scratch;
use orchestrate::internals::FILE_NAME;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

#[actix::test]
async fn a_new_manifest_has_the_logical_ids_and_no_request_was_sent() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Begin"));
    let file = scratch.repo().join(FILE_NAME);
    fs::remove_file(&file).unwrap();
    let ended = scratch
        .orchestrate(sandbox.url(), &["init"])
        .await
        .expect(0);
    let told = "found 9 Checkly projects; reading logical ids with the installed Checkly CLI\n\
                warning: ENVIRONMENT is set where the repository deploys checkout, and the manifest does not set it: add it to \
                `env`; if it has several values, each is a project (a `matrix`)\n\
                wrote projects.toml: 9 projects\n\
                no logical_id for checkout: the Checkly CLI ended with exit code 1: Error: ENVIRONMENT is undefined; set it to staging or production\n";
    assert!(ended.stderr.starts_with(told), "{}", ended.stderr);
    let text = fs::read_to_string(&file).unwrap();
    let catalogue = "[[project]] # Catalogue and search\nname = \"catalogue\"\npath = \"catalogue\"\nlogical_id = \"catalogue\"\n";
    assert!(text.contains(catalogue), "{text}");
    // One directory holds two projects; a variable selects one, and it is not set.
    let unread = "path = \"checkout\"\n# logical_id = \"…\" # not read: the Checkly CLI ended with exit code 1: \
                  Error: ENVIRONMENT is undefined; set it to staging or production\n";
    assert!(text.contains(unread), "{text}");
    assert_eq!(lines(&sandbox.requests()), Vec::<String>::new());
    let listed = scratch
        .orchestrate(sandbox.url(), &["list"])
        .await
        .expect(0);
    assert_eq!(listed.stdout.lines().count(), 10, "{}", listed.stdout);
}

#[actix::test]
async fn a_new_manifest_deploys_every_project_that_it_found() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Begin"));
    let scratch = scratch.set("ENVIRONMENT", "production");
    fs::remove_file(scratch.repo().join(FILE_NAME)).unwrap();
    for args in [&["init"][..], &["validate"], &["deploy"]] {
        scratch.orchestrate(sandbox.url(), args).await.expect(0);
    }
    let requests = sandbox.requests();
    let deployed = requests
        .iter()
        .filter(|request| request.path == "/v1/projects/deploy");
    let logical_id = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        body["project"]["logicalId"].as_str().unwrap().to_owned()
    };
    let deployed: BTreeSet<_> = deployed.map(|request| logical_id(&request.body)).collect();
    let mut known: BTreeSet<_> = projects::all().into_iter().map(|one| one.name).collect();
    known.remove("checkout-staging");
    assert_eq!(deployed, known);
}
