//! The identity headers, compared with the CLI's own code for every variable that it reads.

use super::INSTALLATION;
use super::rig::sandbox;
use super::scratch::Scratch;
use orchestrate::Identity;
use std::collections::HashMap;
use std::path::Path;

type Answer = (HashMap<String, String>, Option<String>, String);

#[actix::test]
async fn the_operator_and_the_ci_product_are_those_of_the_cli() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/identity.mjs");
    let modules = INSTALLATION.modules();
    let args = [script.to_str().unwrap(), modules.to_str().unwrap()];
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Who is there?"));
    let ended = scratch
        .run("node", sandbox.url(), &args, &[])
        .await
        .expect(0);
    let answers: Vec<Answer> = serde_json::from_str(&ended.stdout).unwrap();
    assert!(answers.len() > 500, "{}", answers.len());
    for (environment, ci_name, operator) in answers {
        let identity = Identity::from_env(&|name| environment.get(name).cloned());
        let ours = (identity.ci_name, identity.operator);
        assert_eq!(ours, (ci_name, operator), "{environment:?}");
    }
}
