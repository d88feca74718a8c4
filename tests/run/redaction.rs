//! What a server says may contain keys of the run: they are redacted before anything is parsed, shown, or stored.

use crate::log::Timeline;
use crate::report::{to_json, to_markdown};
use crate::sandbox::Reply;
use crate::tests::run::rig::{Ran, Rig};

/// Also in what the server says long after the request, and in every place where it is kept.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_key_that_the_server_repeats_is_nowhere_in_the_log() {
    let key = "cu_repeated123456789";
    let failure = format!(
        "[[rule]]\non = \"deploy\"\nfault.fail = {{ at = 60, code = \"{key}\", message = \"your key {key} is bad\" }}\n"
    );
    let without_stream = "[[rule]]\non = \"events\"\nfault = \"html\"\n";
    for script in [failure.clone(), format!("{failure}{without_stream}")] {
        let rig = Rig::with_script(&script)
            .with_api_key("cu_repeated123456789")
            .project("checkout", 20, "");
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "failed deployment_failed");
        let error = ran.project("checkout").error.clone().unwrap();
        assert_eq!(error.message, "your key *** is bad");
        let log = serde_json::to_string(&ran.events).unwrap();
        assert!(!log.contains(key));
    }
}

const OTHER: &str = "other-0123456789";

/// Deploys with two accounts; the server repeats the key of `cart` to `checkout`.
async fn deploy(fault: &str, answer: Option<(&'static str, String)>) -> Ran {
    let rule = |fault: &str| format!("[[rule]]\nproject = \"checkout\"\n{fault}\n");
    let script: String = fault.split(';').map(rule).collect();
    let script = if fault.is_empty() { "" } else { &script };
    let rig = Rig::with_script(script).project("checkout", 20, "account = \"default\"");
    let rig = rig.project("cart", 20, "account = \"other\"");
    let file = rig.dir("key");
    std::fs::write(&file, OTHER).unwrap();
    let rig = rig.with(&format!(
        "[accounts.default]\naccount_id = \"acme\"\napi_key = {{ env = \"CHECKLY_API_KEY\" }}\n\
        [accounts.other]\naccount_id = \"other\"\napi_key = {{ file = {file:?} }}"
    ));
    if let Some((what, body)) = answer {
        rig.answer(what, 1, Reply::json(200, body));
    }
    rig.deploy().await
}

/// Some of what a server says is not even reported.
fn assert_redacted(ran: &Ran, is_reported: bool, case: &str) {
    let log = serde_json::to_string(&ran.events).unwrap();
    let report = String::from_utf8(to_json(&ran.report)).unwrap();
    for text in [
        &log,
        &report,
        &to_markdown(&ran.report, &Timeline::default(), None),
    ] {
        assert!(!text.contains(OTHER), "{case}: {text}");
    }
    assert_eq!(log.contains("***"), is_reported, "{case}: {log}");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_key_of_another_account_in_an_error_is_nowhere_in_the_log_or_the_reports() {
    let failed = format!(
        "on = \"deploy\"\nfault.fail = {{ at = 60, code = \"{OTHER}\", message = \"your key {OTHER} is bad\" }}"
    );
    let without_stream = "on = \"events\"\nfault = \"html\"";
    let status = |code: u16| {
        let body = format!(r#"{{"message":"bad key {OTHER}","errorCode":"{OTHER}"}}"#);
        format!("on = \"deploy\"\nfault.status = {{ code = {code}, body = '{body}' }}")
    };
    for (fault, result) in [
        (failed.clone(), "failed deployment_failed"),
        (
            format!("{failed};{without_stream}"),
            "failed deployment_failed",
        ),
        (status(401), "rejected http_401"),
        (status(409), "rejected http_409"),
        (status(503), "unavailable http_503"),
        (
            format!("on = \"events\"\ntimes = 1\nfault.error_frame = \"lost {OTHER}\""),
            "succeeded",
        ),
    ] {
        let ran = deploy(&fault, None).await;
        assert_eq!(ran.result("checkout"), result, "{fault}");
        assert_redacted(&ran, !fault.contains("error_frame"), &fault);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn nor_is_one_in_an_id_or_a_status() {
    let without_stream = "on = \"events\"\nfault.status = { code = 404 }";
    for (fault, what, body) in [
        ("", "POST deploy", format!(r#"{{"id":"{OTHER}"}}"#)),
        (
            "",
            "POST deploy",
            format!(r#"{{"id":"d1","logicalId":"{OTHER}"}}"#),
        ),
        (
            without_stream,
            "GET completion",
            format!(r#"{{"id":"{OTHER}","status":"RUNNING"}}"#),
        ),
        (without_stream, "GET completion", OTHER.to_owned()),
    ] {
        let ran = deploy(fault, Some((what, body.clone()))).await;
        assert_redacted(&ran, what == "POST deploy", &body);
    }
}
