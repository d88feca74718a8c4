//! Each fault of a script, as seen by a client on the wire.

mod answers;
mod blockers;
mod connections;
mod deployments;
mod limits;
mod streams;

use crate::sandbox::{Options, Script};
use crate::tests::sandbox::raw::Seen;
use crate::tests::sandbox::rig::{Got, Rig, project, rig_with};
use serde_json::Value;

/// A sandbox with this script.
fn playing(script: &str) -> Rig {
    let script: Script = script.parse().unwrap();
    rig_with(&Options {
        script,
        ..Options::default()
    })
}

/// A sandbox in which requests of one kind meet one fault, once.
fn once(on: &str, fault: &str) -> Rig {
    playing(&format!(
        "[[rule]]\non = \"{on}\"\ntimes = 1\nfault = {fault}"
    ))
}

impl Rig {
    /// Deploys `checkout` and returns the received bytes.
    async fn raw_deploy(&self) -> Seen {
        let body = project("checkout", &["a"]);
        self.raw("POST", "/v1/projects/deploy", Some(&body)).await
    }

    /// Deploys `checkout` normally.
    async fn again(&self) -> Got {
        self.deploy("", &project("checkout", &["a"])).await
    }

    /// The id of a new deployment of `checkout`, which takes 0.48 s.
    async fn begun(&self) -> String {
        let got = self.again().await;
        assert_eq!(got.status, 202, "{}", got.body);
        got.body["id"].as_str().unwrap().to_owned()
    }

    /// Sends a request about a deployment of `checkout`.
    async fn of(&self, id: &str, rest: &str) -> Got {
        let path = format!("/v1/projects/checkout/deployments/{id}{rest}");
        self.get(&path).await
    }
}

/// The JSON of a frame.
fn data(text: &str) -> Value {
    let data: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .collect();
    serde_json::from_str(&data.join("\n")).unwrap()
}
