//! Gates: the real `checkly test` accepts our command line, the project's credentials, and its directory. The sandbox runs
//! no checks, so the checks are only listed.

use super::rig::sandbox;
use super::scratch::Scratch;
use std::fs;

async fn deploy(arguments: &str, code: i32) -> String {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Test"));
    let manifest = format!(
        "[[project]]
        path = 'shared-alerts'
        test = {{ args = {arguments} }}
        [[project]]
        path = 'checkout'
        env = {{ ENVIRONMENT = 'staging' }}
        test = {{ args = {arguments} }}"
    );
    fs::write(scratch.repo().join("tested.toml"), manifest).unwrap();
    // The tests are not skipped.
    let scratch = scratch.set("CHECKLY_MQTT_URL", "wss://127.0.0.1:9");
    let args = ["deploy", "-v", "--config", "tested.toml"];
    let ended = scratch.orchestrate(sandbox.url(), &args).await;
    ended.expect(code).stderr.clone()
}

#[actix::test]
async fn the_cli_accepts_our_command_line() {
    let said = deploy("['--list', '--grep', '.*']", 0).await;
    assert!(said.contains("Listing all checks:"), "{said}");
    let ended = said.matches("its test suite finished").count();
    assert_eq!(ended, 2, "{said}");
}

#[actix::test]
async fn errors_of_the_cli_are_reported_verbatim() {
    let said = deploy("['--no-such-flag']", 1).await;
    assert!(said.contains("Nonexistent flag"), "{said}");
    assert!(
        said.contains("its test suite failed; nothing was sent"),
        "{said}"
    );
}
