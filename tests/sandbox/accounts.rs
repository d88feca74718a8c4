//! The initial and the final contents of accounts.

use crate::sandbox::{Accounts, Options};
use crate::tests::sandbox::rig::{ACCOUNT, Rig, diff, project, rig_with};
use serde_json::{Value, json};
use std::time::Duration;

fn seeded(accounts: &Value) -> Rig {
    let accounts: Accounts = accounts.to_string().parse().unwrap();
    rig_with(&Options {
        accounts,
        ..Options::default()
    })
}

/// Another sandbox that continues from this one.
fn successor(rig: &Rig) -> Rig {
    let json = rig.sandbox.accounts().to_json();
    rig.another(&Options {
        accounts: json.parse().unwrap(),
        ..Options::default()
    })
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_seed_sets_the_initial_contents_of_an_account() {
    let rig = seeded(&json!({ "accounts": { ACCOUNT: {
        "name": "Acme",
        "runtime": "2026.04",
        "runtimes": [{ "name": "2027.01", "dependencies": { "zod": "5.0.0" } }],
        "private_locations": [{ "slug_name": "warehouse" }],
        "projects": [{
            "logical_id": "checkout", "name": "Checkout", "repo_url": "https://example.com/theirs",
            "created_at": "2024-02-29T12:00:00Z",
            "resources": [{ "type": "check", "logical_id": "a" }, { "type": "check", "logical_id": "old" }],
        }],
    } } }));
    let account = rig.get("/next/accounts/acme").await.body;
    assert_eq!(
        account,
        json!({ "id": ACCOUNT, "name": "Acme", "runtimeId": "2026.04" })
    );
    let runtimes = rig.get("/v1/runtimes").await.body;
    let names: Vec<&Value> = runtimes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names[..3], ["2027.01", "2026.04", "2025.04"]);
    assert_eq!(runtimes[0]["dependencies"], json!({ "zod": "5.0.0" }));
    let locations = rig.get("/v1/private-locations").await.body;
    let id = &locations[0]["id"];
    assert!(id.is_string());
    assert_eq!(
        locations,
        json!([{ "id": id, "name": "warehouse", "slugName": "warehouse" }])
    );
    let listed = rig.get("/next/projects/checkout").await.body;
    assert_eq!(listed["repoUrl"], "https://example.com/theirs");
    assert_eq!(listed["created_at"], "2024-02-29T12:00:00.000Z");
    let preview = rig
        .deploy("dryRun=true", &project("checkout", &["a", "b"]))
        .await;
    assert_eq!(
        diff(&preview.body),
        ["UPDATE check a", "CREATE check b", "DELETE check old"]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_later_sandbox_continues_from_an_earlier_one() {
    let rig = seeded(&json!({ "accounts": {} }));
    let mut body = project("checkout", &["beat"]);
    body["project"]["repoUrl"] = json!("https://example.com/acme/shop");
    body["resources"][0]["payload"]["checkType"] = json!("HEARTBEAT");
    let resources = body["resources"].as_array_mut().unwrap();
    resources.push(
        json!({ "logicalId": "office", "type": "private-location", "member": true,
                           "payload": { "name": "Office", "slugName": "the-office" } }),
    );
    resources.push(
        json!({ "logicalId": "mail", "type": "alert-channel", "member": true,
                           "payload": {} }),
    );
    rig.deploy("", &body).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let id = rig.deploy("dryRun=true", &body).await.body["diff"][0]["physicalId"].clone();

    let later = successor(&rig);
    for path in [
        "/next/projects",
        "/v1/private-locations",
        &format!("/v1/checks/{}", id.as_str().unwrap()),
    ] {
        assert_eq!(
            later.get(path).await.body,
            rig.get(path).await.body,
            "{path}"
        );
    }
    let mut more = body.clone();
    more["resources"].as_array_mut().unwrap().push(
        json!({ "logicalId": "chat", "type": "alert-channel", "member": true, "payload": {} }),
    );
    later.deploy("", &more).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let rows = later.deploy("dryRun=true", &more).await.body["diff"].clone();
    assert_eq!(rows[0]["physicalId"], id);
    assert_ne!(
        rows[2]["physicalId"], rows[3]["physicalId"],
        "ids do not repeat"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn preserved_resources_are_stored_and_running_deployments_are_not() {
    let rig = seeded(&json!({ "accounts": {} }));
    let mut body = project("checkout", &[]);
    body["resources"] = json!([{ "logicalId": "office", "type": "private-location", "member": true,
                                 "payload": { "name": "Office", "slugName": "the-office" } }]);
    rig.deploy("", &body).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    rig.delete("/v1/projects/checkout?preserveResources=true&dryRun=false")
        .await;
    tokio::time::advance(Duration::from_secs(1)).await;
    rig.deploy("", &project("search", &["a"])).await;
    let later = successor(&rig);
    let locations = later.get("/v1/private-locations").await.body;
    assert_eq!(locations[0]["slugName"], "the-office");
    assert_eq!(later.get("/next/projects").await.body, json!([]));
}
