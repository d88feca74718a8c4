//! Event streams that break, send wrong data, or fall silent.

use crate::sandbox::{Fault, Reply, Then};
use crate::tests::run::rig::Rig;

const STREAM: &str = "GET events";
const HALF: &str = "event: progress\ndata: {\"progress\": 50}\n\n";

fn stream(bytes: &'static str, then: Then) -> Reply {
    Reply::Stream {
        bytes: bytes.into(),
        then,
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_broken_stream_is_reconnected() {
    for then in [Then::End, Then::Close] {
        let rig = Rig::new().project("checkout", 50, "");
        rig.answer(STREAM, 2, stream(HALF, then));
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "succeeded");
        assert_eq!(ran.project("checkout").reconnects, 2);
        assert_eq!(rig.count(STREAM), 3);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn progress_resets_the_reconnection_count() {
    let rig = Rig::new().project("checkout", 700, "retries = { count = 1, delay = \"1s\" }");
    rig.answer(STREAM, 20, stream(HALF, Then::End));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.project("checkout").reconnects, 20);
    assert_eq!(rig.count("GET completion"), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn silence_counts_as_a_break_but_comments_do_not() {
    let rig = Rig::new().project("checkout", 700, ""); // 56 s, including comments
    rig.answer(STREAM, 1, stream(": hello\n\n", Then::Hang));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.project("checkout").reconnects, 1);
    assert!(ran.seconds() >= 60, "the watchdog waits for a minute");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn if_streaming_is_unavailable_the_long_poll_reports_the_end() {
    for reply in [
        Reply::json(200, "<html>a proxy's page</html>"),
        Reply::json(
            404,
            r#"{"statusCode":404,"error":"Not Found","message":"no"}"#,
        ),
        Reply::json(500, "broken"),
        Reply::Fault(Fault::Close),
    ] {
        let rig = Rig::new().project("checkout", 20, "");
        rig.answer(STREAM, 999, reply);
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "succeeded");
        assert!(rig.count("GET completion") >= 1);
        assert!(ran.project("checkout").diff.is_some());
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_error_frame_triggers_a_status_request() {
    let rig = Rig::new().project("checkout", 20, "");
    let error = "event: error\ndata: {\"message\": \"stream worker died\"}\n\n";
    rig.answer(STREAM, 1, stream(error, Then::End));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_end_of_another_deployment_is_ignored() {
    for lie in [
        "event: complete\ndata: null\n\n",
        "event: complete\ndata: {\"id\":\"other\",\"status\":\"FAILED\",\"error\":{\"code\":\"X\",\"message\":\"x\"}}\n\n",
        "event: complete\ndata: {\"id\":\"\n\n",
    ] {
        let rig = Rig::new().project("checkout", 20, "");
        rig.answer(STREAM, 1, stream(lie, Then::End));
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "succeeded", "after {lie}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_refused_key_while_following_is_permanent_and_names_the_deployment() {
    let rig = Rig::new().project("checkout", 20, "");
    // Any request about it.
    rig.answer(
        "GET",
        99,
        Reply::json(
            401,
            r#"{"statusCode":401,"error":"Unauthorized","message":"no"}"#,
        ),
    );
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "rejected http_401");
    assert!(ran.project("checkout").deployment_id.is_some());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_that_the_server_forgets_is_named() {
    let rig = Rig::new().project("checkout", 20, "");
    let gone = Reply::json(
        404,
        r#"{"statusCode":404,"error":"Not Found","message":"no"}"#,
    );
    rig.answer("GET", 99, gone);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "unavailable deployment_not_found");
    assert!(ran.project("checkout").deployment_id.is_some());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_server_that_dies_during_a_deployment_is_reported() {
    let rig = Rig::new().project("checkout", 500, "");
    rig.answer("GET", 9_999, Reply::Fault(Fault::Close));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "unavailable no_response");
    assert!(ran.project("checkout").deployment_id.is_some());
    assert_eq!(ran.report.exit_code, 75);
    assert!((900..960).contains(&ran.seconds()), "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn progress_that_goes_backwards_is_not_shown() {
    let rig = Rig::new().project("checkout", 20, "");
    let frames = "event: progress\ndata: {\"progress\": 60}\n\nevent: progress\ndata: {\"progress\": 10}\n\n";
    rig.answer(STREAM, 1, stream(frames, Then::End));
    let ran = rig.deploy().await;
    let shown = ran.percentages();
    assert!(shown.is_sorted(), "{shown:?}");
    assert!(shown.contains(&60));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn every_stream_is_closed_when_its_deployment_is_over() {
    let rig = Rig::new().project("checkout", 20, "");
    // The stream of the first connection never ends on its own; the poll reports the end.
    rig.answer(STREAM, 1, stream("event: error\ndata: {}\n\n", Then::Hang));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert!(ran.seconds() < 30);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_stream_may_be_formatted_and_split_in_any_way() {
    for fault in [
        "crlf",
        "cr",
        "bom",
        "split_character",
        "split_frame",
        "data_lines",
        "garbage",
    ] {
        let rig = Rig::with_script(&format!(
            "[[rule]]\non = \"events\"\nfault = \"{fault}\"\n
             [[rule]]\non = \"deploy\"\nfault.fail = {{ at = 60, code = \"X\", message = \"Größe 漢字 überschritten\" }}"
        ))
        .project("checkout", 20, "");
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "failed deployment_failed");
        let row = ran.project("checkout");
        let words = row.error.as_ref().map(|error| error.message.as_str());
        assert_eq!(words, Some("Größe 漢字 überschritten"), "{fault}");
        assert_eq!((row.reconnects, rig.count(STREAM)), (0, 1), "{fault}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_success_without_changes_is_queried() {
    for complete in ["null_result", "garbled", "missing"] {
        let rig = Rig::with_script(&format!(
            "[[rule]]\non = \"events\"\nfault.complete = \"{complete}\""
        ))
        .project("checkout", 20, "");
        let ran = rig.deploy().await;
        assert_eq!(ran.result("checkout"), "succeeded", "{complete}");
        let diff = ran.project("checkout").diff.as_ref();
        assert_eq!(diff.map(|diff| diff.create), Some(20), "{complete}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failure_keeps_its_code_message_and_id() {
    let fail = "[[rule]]\non = \"deploy\"\nfault.fail = { at = 60, code = \"PLAN_LIMITS_EXCEEDED\", message = \"Too many checks.\" }";
    let rig = Rig::with_script(fail).project("checkout", 20, "");
    let ran = rig.deploy().await;
    let row = ran.project("checkout");
    let error = row.error.as_ref().unwrap();
    assert_eq!(error.code.as_deref(), Some("PLAN_LIMITS_EXCEEDED"));
    assert_eq!(error.message, "Too many checks.");
    assert!(row.deployment_id.is_some());
}
