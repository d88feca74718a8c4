//! Connections that close, reset, or hang, before or after the request is handled.

use super::once;
use crate::tests::sandbox::raw::End;
use crate::tests::sandbox::rig::{diff, project};
use std::time::Duration;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_connection_may_break_before_the_request_is_handled() {
    for (fault, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once("deploy", &format!("{fault:?}"));
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("", end), "{fault}");
        assert_eq!(rig.again().await.status, 202, "{fault}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_lost_reply_leaves_the_deployment_running() {
    for (how, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once("deploy", &format!("{{ lose = {how:?} }}"));
        let body = project("checkout", &["a"]);
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("", end), "{how}");
        let what = rig.deploy("dryRun=true", &body).await;
        let expected = match end {
            End::Open => "UPDATE check a", // a minute has passed
            End::Closed | End::Reset => "CREATE check a",
        };
        assert_eq!(diff(&what.body), [expected], "{how}");
        tokio::time::advance(Duration::from_millis(480)).await;
        let what = rig.deploy("dryRun=true", &body).await;
        assert_eq!(diff(&what.body), ["UPDATE check a"], "{how}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_reply_may_be_truncated_in_its_head() {
    for (then, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once(
            "deploy",
            &format!("{{ cut_head = {{ bytes = 10, then = {then:?} }} }}"),
        );
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("HTTP/1.1 2", end));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_reply_may_be_truncated_in_its_body() {
    for (then, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
        ("end", End::Open), // of the reply; the connection stays open
    ] {
        let rig = once(
            "deploy",
            &format!("{{ cut = {{ bytes = 7, then = {then:?} }} }}"),
        );
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.body().as_str(), seen.end), ("{\"cance", end));
        let whole = seen.text().contains("content-length: 7\r\n");
        assert_eq!(
            whole,
            then == "end",
            "the length is that of the whole reply"
        );
        assert_eq!(rig.again().await.status == 202, seen.end == End::Open);
    }
}
