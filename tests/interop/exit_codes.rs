//! The CLI handles the sandbox's answers, and exits with its documented codes.

use super::projects::named;
use super::rig::{lines, sandbox};
use super::scratch::Scratch;
use orchestrate::internals::{Reply, Then};

#[actix::test]
async fn in_ci_nothing_is_deployed_without_force() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Ask first").set("CI", "true"));
    let args = ["deploy", "--config", "shared-alerts/checkly.config.ts"];
    let ended = scratch.cli(sandbox.url(), &args, &[]).await.expect(2);
    assert!(
        ended.stdout.contains("confirmation_required"),
        "{}",
        ended.stdout
    );
    assert_eq!(lines(&sandbox.requests()), Vec::<String>::new());
}

#[actix::test]
async fn the_cli_reports_a_key_that_the_sandbox_refuses() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Knock"));
    let project = named("shared-alerts");
    let key = [("CHECKLY_API_KEY", "invalid-key")];
    let args = project.deploy();
    let ended = scratch.cli(sandbox.url(), &args, &key).await.expect(1);
    let complaint = "Authentication failed with account id \"acme\"";
    assert!(ended.stderr.contains(complaint), "{}", ended.stderr);
}

#[actix::test]
async fn a_failed_deployment_is_reported_with_the_servers_message() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Too much"));
    sandbox.intercept(|request| {
        let bytes = b"event: complete\ndata: {\"id\":\"d\",\"status\":\"FAILED\",\"error\":{\"code\":\
            \"PLAN_LIMITS_EXCEEDED\",\"message\":\"There are too many channels.\"},\"result\":null}\n\n";
        let reply = Reply::Stream {
            bytes: bytes.as_slice().into(),
            then: Then::End,
        };
        request.path.ends_with("/events").then_some(reply)
    });
    let project = named("shared-alerts");
    let args = project.deploy();
    let ended = scratch.cli(sandbox.url(), &args, &[]).await.expect(1);
    let words = "There are too many channels.";
    assert!(ended.stdout.contains(words), "{}", ended.stdout);
}
