//! The requests of both sides, and their comparison.

use super::body::Body;
use super::rig::line;
use orchestrate::internals::RecordedRequest;
use std::collections::BTreeSet;

/// Headers of the connection and the program, which may differ. All others must be equal, including future ones.
const IGNORED: [&str; 7] = [
    "accept-encoding",
    "connection",
    "content-length",
    "date",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// One request, without what may differ.
#[derive(Debug)]
pub(crate) struct Request {
    /// `POST /v1/projects/deploy?dryRun=false&…`
    pub(crate) line: String,
    /// `name: value`, sorted. The sandbox redacts the key in `authorization`.
    pub(crate) headers: Vec<String>,
    /// Of a deploy request.
    pub(crate) body: Option<Body>,
}

impl Request {
    pub(crate) fn new(request: &RecordedRequest) -> Self {
        let headers = request.headers.iter();
        let headers = headers.filter(|(name, _)| !IGNORED.contains(&name.as_str()));
        let is_deploy = request.path == "/v1/projects/deploy";
        assert!(is_deploy || request.body.is_empty(), "{request:?}");
        Self {
            line: line(request),
            headers: headers
                .map(|(name, value)| format!("{name}: {value}"))
                .collect(),
            body: is_deploy.then(|| Body::new(&request.body)),
        }
    }
}

/// Asserts that the requests are equal. `what` names them in the failure.
#[track_caller]
pub(crate) fn assert_same(what: &str, cli: &[Request], ours: &[Request]) {
    let lines = |requests: &[Request]| -> Vec<String> {
        requests
            .iter()
            .map(|request| request.line.clone())
            .collect()
    };
    assert_eq!(lines(cli), lines(ours), "{what}: requests");
    for (cli, ours) in cli.iter().zip(ours) {
        let what = format!("{what}: {}", cli.line);
        assert_eq!(cli.headers, ours.headers, "{what}: headers");
        assert_eq!(cli.body.is_some(), ours.body.is_some(), "{what}: body");
        if let (Some(cli), Some(ours)) = (&cli.body, &ours.body) {
            assert_same_body(&what, cli, ours);
        }
    }
}

/// Asserts that the bodies are equal. `what` names them in the failure.
#[track_caller]
pub(crate) fn assert_same_body(what: &str, cli: &Body, ours: &Body) {
    assert_eq!(cli.keys, ours.keys, "{what}: keys");
    assert_eq!(cli.project, ours.project, "{what}: project");
    assert_eq!(cli.types, ours.types, "{what}: types of the resources");
    let names = |body: &Body| -> BTreeSet<String> { body.resources.keys().cloned().collect() };
    assert_eq!(names(cli), names(ours), "{what}: resources");
    for (name, resource) in &cli.resources {
        assert_eq!(*resource, ours.resources[name], "{what}: {name}");
    }
    assert_eq!(cli.shared_files, ours.shared_files, "{what}: shared files");
    assert_eq!(cli.repo_info, ours.repo_info, "{what}: repoInfo");
}
