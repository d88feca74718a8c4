//! The rate limit of an account.

use crate::model::Event;
use crate::sandbox::Reply;
use crate::tests::run::rig::Rig;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_bulk_redeploy_runs_at_the_rate_limit_and_reports_the_wait() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(50);
    for n in 0..400 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    // An upload and a stream each: 600 requests at once, 200 when the window has slid.
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    assert!((61..65).contains(&ran.seconds()), "{} s", ran.seconds());
    let throttled = |event: &Event| matches!(event, Event::Throttled { .. });
    assert!(ran.events.iter().any(|event| throttled(&event.event)));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_run_below_the_rate_does_not_wait() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(50);
    for n in 0..300 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let ran = rig.deploy().await;
    assert!(ran.seconds() < 20, "{} s", ran.seconds());
    let throttled = |event: &Event| matches!(event, Event::Throttled { .. });
    assert!(!ran.events.iter().any(|event| throttled(&event.event)));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_rate_limit_is_configurable() {
    let mut rig = Rig::new();
    rig.overrides.rate = Some("10/min".parse().unwrap());
    for n in 0..10 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    // Twenty requests: ten at once, ten when the window has slid.
    assert!((61..65).contains(&ran.seconds()), "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_upload_that_waits_for_less_than_a_second_is_not_bundling() {
    let mut rig = Rig::new();
    rig.overrides.rate = Some("4/s".parse().unwrap());
    rig.overrides.concurrency = Some(3);
    for n in 0..20 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    let short = |event: &Event| matches!(event, Event::Throttled { delay_ms } if *delay_ms < 1000);
    assert!(ran.events.iter().any(|event| short(&event.event)));
    for row in &ran.report.projects {
        let bundling = row.durations_ms.bundling;
        assert!(bundling < 50, "{}: {bundling} ms", row.name);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_429_delays_the_whole_account() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(1);
    rig = rig.project("first", 1, "").project("second", 1, "");
    let slow_down = Reply::Answer {
        status: 429,
        headers: vec![("retry-after".into(), "30".into())],
        body: r#"{"statusCode":429,"error":"Too Many Requests","message":"slow down"}"#.into(),
    };
    rig.answer("POST deploy", 1, slow_down);
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    let accepted = |event: &Event| matches!(event, Event::Submitted { .. });
    for name in ["first", "second"] {
        let after = ran.when(name, accepted).millis_since(ran.report.started_at);
        assert!(after >= 30_000, "{name} was accepted after {after} ms");
    }
}
