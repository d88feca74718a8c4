//! A sandbox on a paused clock, and raw requests to it.

use crate::sandbox::{Options, Sandbox};
use awc::http::Method;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};
use tokio::time::Instant;

pub(crate) const ACCOUNT: &str = "acme";

/// A sandbox, and a client of it.
pub(crate) struct Rig {
    pub sandbox: Sandbox,
    pub client: awc::Client,
    started: Instant,
}

/// A reply.
#[derive(Debug)]
pub(crate) struct Got {
    pub status: u16,
    pub body: Value,
}

/// A sandbox that started at 2026-11-22T18:17:00Z, with a clock that advances only while all tasks wait.
pub(crate) fn rig() -> Rig {
    rig_with(&Options::default())
}

pub(crate) fn rig_with(options: &Options) -> Rig {
    running(options)
}

fn running(options: &Options) -> Rig {
    let start = Some(UNIX_EPOCH + Duration::from_secs(1_795_371_420));
    let sandbox = Sandbox::start(Options {
        start,
        ..options.clone()
    })
    .unwrap();
    let connector = awc::Connector::new().limit(0);
    let client = awc::Client::builder().connector(connector);
    Rig {
        sandbox,
        client: client.disable_timeout().finish(),
        started: Instant::now(),
    }
}

impl Rig {
    /// Another sandbox with other options and the same clock.
    pub(crate) fn another(&self, options: &Options) -> Self {
        running(options)
    }

    /// Milliseconds since the start, rounded to tens: tokio's timers fire up to 1 ms late.
    pub(crate) fn millis(&self) -> u128 {
        self.started.elapsed().as_millis() / 10 * 10
    }

    /// A request with all required headers.
    pub(crate) fn request(&self, method: Method, path: &str) -> awc::ClientRequest {
        self.bare(method, path)
            .insert_header(("authorization", "Bearer secret"))
            .insert_header(("x-checkly-account", ACCOUNT))
            .insert_header(("x-checkly-cli-version", "9.5.0"))
    }

    /// A request without them.
    pub(crate) fn bare(&self, method: Method, path: &str) -> awc::ClientRequest {
        let url = format!("{}{path}", self.sandbox.url());
        self.client.request(method, url).no_decompress()
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        Got::read(self.request(Method::GET, path).send().await).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Got {
        Got::read(self.request(Method::DELETE, path).send().await).await
    }

    pub(crate) async fn post(&self, path: &str) -> Got {
        Got::read(self.request(Method::POST, path).send().await).await
    }

    /// Deploys `body` with a query such as `dryRun=true`, compressed as the CLI does.
    pub(crate) async fn deploy(&self, query: &str, body: &Value) -> Got {
        let path = format!("/v1/projects/deploy?{query}");
        let request = self
            .request(Method::POST, &path)
            .insert_header(("content-type", "application/json"))
            .insert_header(("content-encoding", "gzip"));
        Got::read(request.send_body(gzip(body)).await).await
    }

    /// Deploys checks of these names to `checkout` and waits until it has finished.
    pub(crate) async fn deployed(&self, query: &str, checks: &[&str]) -> Value {
        let started = self.deploy(query, &project("checkout", checks)).await;
        assert_eq!(started.status, 202, "{}", started.body);
        let id = started.body["id"].as_str().unwrap();
        let path = format!("/v1/projects/checkout/deployments/{id}/completion");
        self.get(&path).await.body
    }

    /// Another client's deployment blocks `checkout` for this many seconds.
    pub(crate) fn blocker(&self, seconds: u64) -> String {
        let duration = Duration::from_secs(seconds);
        let blocker = self.sandbox.start_blocker(ACCOUNT, "checkout", duration);
        blocker.unwrap()
    }

    /// The whole event stream of a deployment of `checkout`: milliseconds of arrival, and text, of each chunk.
    pub(crate) async fn events(&self, id: &str) -> Vec<(u128, String)> {
        use futures::StreamExt as _;
        let path = format!("/v1/projects/checkout/deployments/{id}/events");
        let mut reply = self.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(
            reply.headers().get("content-type").unwrap(),
            "text/event-stream"
        );
        let mut chunks = Vec::new();
        while let Some(chunk) = reply.next().await {
            let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
            chunks.push((self.millis(), text));
        }
        chunks
    }
}

impl Got {
    pub(crate) async fn read<S>(
        reply: Result<awc::ClientResponse<S>, awc::error::SendRequestError>,
    ) -> Self
    where
        S: futures::Stream<Item = Result<bytes::Bytes, awc::error::PayloadError>>,
    {
        let mut reply = reply.unwrap();
        let bytes = reply.body().await.unwrap();
        Self {
            status: reply.status().as_u16(),
            body: serde_json::from_slice(&bytes).unwrap(),
        }
    }

    /// Status, `error`, and `message` of an error in the API's format.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        assert_eq!(self.body["statusCode"], self.status, "{}", self.body);
        let text = |name: &str| self.body[name].as_str().unwrap();
        (self.status, text("error"), text("message"))
    }
}

pub(crate) fn gzip(body: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A deploy body of one project with these checks.
pub(crate) fn project(logical_id: &str, checks: &[&str]) -> Value {
    let check = |name: &&str| {
        json!({ "logicalId": name, "type": "check", "member": true,
                "payload": { "name": name.to_uppercase(), "checkType": "API" } })
    };
    json!({
        "project": { "logicalId": logical_id, "name": "Checkout" },
        "sharedFiles": [],
        "resources": checks.iter().map(check).collect::<Vec<_>>(),
        "repoInfo": null,
    })
}

/// The rows of a diff, as `ACTION type logicalId`.
pub(crate) fn diff(result: &Value) -> Vec<String> {
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        format!("{} {} {}", text("action"), text("type"), text("logicalId"))
    };
    result["diff"].as_array().unwrap().iter().map(row).collect()
}
