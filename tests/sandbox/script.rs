//! Scripts as users write them: errors and their positions, the documentation, and the control endpoints.

use crate::sandbox::{Fault, Options, Script};
use crate::tests::sandbox::rig::{Got, Rig, project, rig, rig_with};
use awc::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

const DOCS: &str = include_str!("../../docs/sandbox.md");

/// The errors of these scripts, one after the other.
fn mistakes(scripts: &[&str]) -> String {
    let said = |script: &&str| script.parse::<Script>().unwrap_err();
    scripts.iter().map(said).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_misspelled_word_is_reported_with_its_position_and_the_known_words() {
    assert_snapshot!(mistakes(&[
        "[[rule]]\non = \"deploy\"\nfault = \"clsoe\"\n",
        "[[rules]]\nfault = \"close\"\n",
        "[[rule]]\nfault = \"close\"\ntime = 3\n",
        "[[rule]]\nfault.status = { code = 503, retry = \"1\" }\n",
        "[[rule]]\nfault.cut = { frame = 3 }\n",
        "[[rule]]\nfault.lose = \"end\"\n",
        "[[rule]]\non = [\"deploy\", \"event\"]\nfault = \"close\"\n",
        "[[rule]]\non = 3\nfault = \"close\"\n",
    ]));
}

#[test]
fn invalid_values_are_refused() {
    assert_snapshot!(mistakes(&[
        "[[rule]]\non = \"deploy\"\n",
        "[[rule]]\non = [\"events\", \"deploy\"]\nfault = \"crlf\"\n",
        "[[rule]]\non = \"dry_run\"\nfault.fail = {}\n",
        "[[rule]]\ntimes = 0\nfault = \"close\"\n",
        "[[rule]]\nproject = \"a[\"\nfault = \"close\"\n",
        "[[rule]]\ndelay = \"3\"\n",
        "[[rule]]\nfault.status.code = 99\n",
        "[[rule]]\nfault.fail.at = 100\n",
        "[[rule]]\nfault.blocker = { for = \"forever\" }\n",
        "[random]\nseed = 1\nshare = 33\n",
        "[random]\nseed = 1\nshare = 0.1\nfaults = []\n",
        "[rate_limit]\nrequests = 0\n",
    ]));
}

/// All faults, as the parser lists them.
fn names() -> Vec<String> {
    let message = serde_json::from_value::<Fault>(json!("?"));
    let message = message.unwrap_err().to_string();
    let (_, list) = message.split_once("expected one of ").unwrap();
    list.split(", ")
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

#[test]
fn every_fault_is_in_the_table_of_the_documentation() {
    let names = names();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let row = format!("\n| `{name}` | ");
        assert_eq!(DOCS.matches(&row).count(), 1, "{name}");
    }
}

#[test]
fn the_examples_of_the_documentation_are_scripts() {
    let examples: Vec<_> = DOCS.split("```toml\n").skip(1).collect();
    assert!(examples.len() >= 8);
    for example in examples {
        let (script, _) = example.split_once("```").unwrap();
        if let Err(error) = script.parse::<Script>() {
            panic!("{error}\n\n{script}");
        }
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_kinds_of_requests_are_distinguished() {
    let kinds = [
        "deploy",
        "dry_run",
        "events",
        "completion",
        "cancel",
        "get",
        "delete",
        "other",
    ];
    let rule = |(index, kind)| {
        let code = 500 + index;
        format!("[[rule]]\non = \"{kind}\"\nfault.status.code = {code}\n")
    };
    let script: String = kinds.iter().enumerate().map(rule).collect();
    let rig = rig_with(&Options {
        script: script.parse().unwrap(),
        ..Options::default()
    });
    let body = project("checkout", &[]);
    let of = "/v1/projects/checkout/deployments/x";
    let asked = [
        (0, rig.deploy("", &body).await),
        (
            1,
            rig.deploy("scheduleOnDeploy=true&dryRun=true", &body).await,
        ),
        (1, rig.delete("/v1/projects/checkout?dryRun=true").await),
        (2, rig.get(&format!("{of}/events")).await),
        (
            3,
            rig.get(&format!("{of}/completion?maxWaitSeconds=1")).await,
        ),
        (4, rig.post(&format!("{of}/cancel")).await),
        (5, rig.get(of).await),
        (6, rig.delete("/v1/projects/checkout?dryRun=false").await),
        (7, rig.get("/v1/runtimes").await),
        (7, rig.get("/nowhere").await),
    ];
    for (index, got) in asked {
        assert_eq!(got.status, 500 + index, "{}", kinds[usize::from(index)]);
    }
}

async fn control(rig: &Rig, path: &str, body: &Value) -> Got {
    let request = rig.bare(Method::POST, path);
    Got::read(request.send_json(body).await).await
}

async fn shown(rig: &Rig) -> Value {
    let request = rig.bare(Method::GET, "/_sandbox/script");
    Got::read(request.send().await).await.body
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_script_can_be_replaced_and_shown() {
    let rig = rig();
    assert_eq!(shown(&rig).await, json!({ "rule": [] }));
    let rule = json!({ "on": "deploy", "times": 2, "fault": { "status": { "code": 503 } } });
    let got = control(&rig, "/_sandbox/script", &json!({ "rule": [rule] })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let deploy = async || rig.deploy("", &project("checkout", &[])).await.status;
    assert_eq!(deploy().await, 503);
    let now = shown(&rig).await;
    let seen = json!([{ "account": "acme", "project": "checkout", "request": "deploy", "requests": 1, "left": 1 }]);
    assert_eq!(now["rule"][0]["seen"], seen);
    assert_eq!(now["rule"][0]["on"], json!(["deploy"]));
    assert_eq!(now["rule"][0]["fault"]["status"]["code"], 503);
    for retry_after in [json!(7), json!("7"), json!("Wed, 21 Oct 2026 07:28:00 GMT")] {
        let rule = json!({ "fault": { "status": { "code": 503, "retry_after": retry_after } } });
        let got = control(&rig, "/_sandbox/script", &json!({ "rule": [rule] })).await;
        let shown = &got.body["rule"][0]["fault"]["status"]["retry_after"];
        assert_eq!(*shown, retry_after, "{}", got.body);
    }
    let none = control(&rig, "/_sandbox/script", &json!({})).await;
    assert_eq!(none.body["rule"], json!([]));
    assert_eq!(deploy().await, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_invalid_script_changes_nothing() {
    let script = "[[rule]]\nfault.status.code = 418".parse().unwrap();
    let rig = rig_with(&Options {
        script,
        ..Options::default()
    });
    let got = control(
        &rig,
        "/_sandbox/script",
        &json!({ "rule": [{ "fault": "clsoe" }] }),
    )
    .await;
    let (status, _, message) = got.refusal();
    assert_eq!(status, 400);
    assert!(
        message.starts_with("unknown variant `clsoe`, expected one of `status`"),
        "{message}"
    );
    assert_eq!(rig.get("/v1/runtimes").await.status, 418);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_three_control_endpoints_require_json() {
    let rig = rig();
    let request = rig.bare(Method::POST, "/_sandbox/script");
    let got = Got::read(request.send_body("{}").await).await;
    assert_eq!(got.status, 415);
    assert_eq!(
        control(&rig, "/_sandbox/nothing", &json!({})).await.status,
        404
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_can_be_started_over_http() {
    let rig = rig();
    let wanted =
        json!({ "account": "acme", "project": "checkout", "for": "20s", "on_cancel": "refuse" });
    let started = control(&rig, "/_sandbox/deployments", &wanted).await;
    assert_eq!(started.status, 201, "{}", started.body);
    let refused = rig.deploy("", &project("checkout", &[])).await;
    assert_eq!(refused.body["deploymentId"], started.body["id"]);
    let id = started.body["id"].as_str().unwrap();
    let cancel = rig
        .post(&format!("/v1/projects/checkout/deployments/{id}/cancel"))
        .await;
    assert_eq!(cancel.status, 403);
    let second = control(&rig, "/_sandbox/deployments", &wanted).await;
    assert_eq!(
        (second.status, &second.body["deploymentId"]),
        (409, &started.body["id"])
    );
    let wrong = json!({ "project": "checkout", "for": "20s", "oncancel": "refuse" });
    assert_eq!(
        control(&rig, "/_sandbox/deployments", &wrong).await.status,
        400
    );
}
