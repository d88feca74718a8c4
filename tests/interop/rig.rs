//! A recording sandbox, its requests, and their results.

use super::scratch::ACCOUNT;
use orchestrate::internals::RecordedRequest;
use orchestrate::{Sandbox, SandboxOptions};
use serde_json::Value;
use std::rc::Rc;

/// A sandbox at this time scale.
pub(crate) fn sandbox(time_scale: f64) -> Rc<Sandbox> {
    let options = SandboxOptions {
        time_scale,
        record: true,
        ..SandboxOptions::default()
    };
    Rc::new(Sandbox::start(options).unwrap())
}

/// Whether a request is about deployments of a project; the CLI sends others, too.
pub(crate) fn is_about_projects(request: &RecordedRequest) -> bool {
    request.path.starts_with("/v1/projects/")
}

/// Method, path and query of the requests about deployments, each id of a deployment as `{id}`.
pub(crate) fn lines(requests: &[RecordedRequest]) -> Vec<String> {
    let about = requests.iter().filter(|request| is_about_projects(request));
    about.map(line).collect()
}

/// Method, path, and query, with `{id}` for the id of a deployment, which always differs.
pub(crate) fn line(request: &RecordedRequest) -> String {
    let mut path: Vec<&str> = request.path.split('/').collect();
    if let Some(at) = path.iter().position(|part| *part == "deployments") {
        path[at + 1] = "{id}";
    }
    let question = if request.query.is_empty() { "" } else { "?" };
    let (method, path, query) = (&request.method, path.join("/"), &request.query);
    format!("{method} {path}{question}{query}")
}

/// The changes of the last followed deployment: `ACTION type logicalId`, in order.
pub(crate) async fn last_diff(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests();
    let followed = requests.iter().rev().find_map(events_of).unwrap();
    diff(sandbox, followed).await
}

/// The path of the deployment whose events a request reads.
pub(crate) fn events_of(request: &RecordedRequest) -> Option<&str> {
    request.path.strip_suffix("/events")
}

/// The changes of the deployment at this path: `ACTION type logicalId`, in order.
pub(crate) async fn diff(sandbox: &Sandbox, path: &str) -> Vec<String> {
    let mut reply = awc::Client::default()
        .get(format!("{}{path}", sandbox.url()))
        .insert_header(("authorization", "Bearer secret"))
        .insert_header(("x-checkly-account", ACCOUNT))
        .insert_header(("x-checkly-cli-version", "9.5.0"))
        .send()
        .await
        .unwrap();
    let deployment: Value = reply.json().await.unwrap();
    assert_eq!(deployment["status"], "SUCCEEDED", "{deployment}");
    let rows = deployment["result"]["diff"].as_array().unwrap();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row| ["action", "type", "logicalId"].map(|key| text(row, key));
    let mut rows: Vec<_> = rows.iter().map(|one| row(one).join(" ")).collect();
    rows.sort();
    rows
}
