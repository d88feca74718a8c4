//! The example's directories, in ways that its manifest does not show.

use super::recording::{RECORDING, Who};
use super::request::Request;
use super::rig::sandbox;
use super::scratch::Scratch;
use std::fs;

/// Each project of the matrix equals what the CLI deploys with that value.
#[actix::test]
async fn a_matrix_deploys_both_environments_of_one_directory() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Sell"));
    let manifest = "[[project]]
        name = 'checkout-${matrix.environment}'
        path = 'checkout'
        matrix = { environment = ['staging', 'production'] }
        env = { ENVIRONMENT = '${matrix.environment}' }
        logical_id = 'checkout-${matrix.environment}'";
    fs::write(scratch.repo().join("matrix.toml"), manifest).unwrap();
    let args = ["deploy", "--config", "matrix.toml"];
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let cli = RECORDING
        .iter()
        .find(|round| round.who == Who::Cli)
        .unwrap();
    let mut compared = vec![];
    for request in &sandbox.requests() {
        let Some(ours) = Request::new(request).body else {
            continue;
        };
        let name = ours.project["logicalId"].as_str().unwrap();
        let cli = cli.projects[name].requests[0].body.as_ref().unwrap();
        assert_eq!(ours.resources, cli.resources, "{name}");
        compared.push(name.to_owned());
    }
    compared.sort();
    assert_eq!(compared, ["checkout-production", "checkout-staging"]);
}
