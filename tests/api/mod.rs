//! The API client against a server that sends exactly the bytes of a test, on virtual time.

mod connecting;
mod deletions;
mod events;
mod failures;
mod projects;
mod replies;
mod requests;
mod server;

use crate::api::{Client, Credentials, Endpoint, Identity, Network, SubmitOptions};
use crate::model::{DeploymentId, Secret};

/// The key of every request; no message may show it.
const KEY: &str = "cu_0123456789abcdef";

/// The default options of a submission.
const PLAIN: SubmitOptions = SubmitOptions {
    schedule_on_deploy: true,
    preserve_resources: false,
};

fn client(url: &str) -> Client {
    let endpoint = Endpoint {
        base_url: url.to_owned(),
        network: Network::default(),
    };
    Client::new(&endpoint, &identity()).unwrap()
}

fn identity() -> Identity {
    Identity {
        cli_version: "9.5.0".to_owned(),
        ci_name: Some("GitHub Actions".to_owned()),
        operator: "github-actions".to_owned(),
    }
}

fn credentials() -> Credentials {
    Credentials {
        account_id: "3f2a".to_owned(),
        api_key: Secret::new(KEY),
    }
}

fn id(id: &str) -> DeploymentId {
    DeploymentId::from(id)
}
