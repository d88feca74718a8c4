use super::*;

fn deployment(json: &str) -> Deployment {
    serde_json::from_str(json).unwrap()
}

fn ending(json: &str) -> Result<Option<Ending>, String> {
    deployment(json).ending()
}

fn failed(error: &str) -> ErrorInfo {
    let json = format!(r#"{{"id":"d","status":"FAILED","error":{error}}}"#);
    match ending(&json) {
        Ok(Some(Ending::Failed(info))) => info,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_success_has_its_diff_in_the_servers_order() {
    let json = r#"{"id":"d","logicalId":"x","status":"SUCCEEDED","dryRun":false,"progress":100,"error":null,
        "result":{"project":{"id":"p"},"diff":[
            {"logicalId":"b","physicalId":77,"type":"check-group","action":"UPDATE"},
            {"logicalId":"a","physicalId":"2d0d9ab4","type":"check","action":"CREATE"},
            {"logicalId":"c","type":"dashboard","action":"DELETE"},
            {"logicalId":"d","physicalId":null,"type":"check","action":"DETACHED"}]},
        "createdAt":"2026-11-22T18:17:00.123Z","startedAt":null,"endedAt":null,"cancelRequestedAt":null}"#;
    let change = |action, kind: &str, logical_id: &str, physical_id| Change {
        action,
        kind: kind.to_owned(),
        logical_id: logical_id.to_owned(),
        physical_id,
        heartbeat: None,
    };
    let text = PhysicalId::Text("2d0d9ab4".to_owned());
    let changes = vec![
        change(
            Action::Update,
            "check-group",
            "b",
            Some(PhysicalId::Number(77)),
        ),
        change(Action::Create, "check", "a", Some(text)),
        change(Action::Delete, "dashboard", "c", None),
        change(Action::Detached, "check", "d", None),
    ];
    assert_eq!(
        ending(json),
        Ok(Some(Ending::Succeeded {
            changes: Some(changes)
        }))
    );
}

#[test]
fn unknown_actions_and_ids_do_not_spoil_the_diff() {
    let json = r#"{"id":"d","status":"SUCCEEDED","result":{"diff":[
        {"logicalId":"a","type":"check","action":"RENAME"},
        {"logicalId":"b","type":"teapot","action":"CREATE","physicalId":-1},
        {"logicalId":"c","type":"check","action":"CREATE","physicalId":{}},
        {"logicalId":null,"type":null,"action":"DELETE"},
        {}]}}"#;
    let Ok(Some(Ending::Succeeded {
        changes: Some(changes),
    })) = ending(json)
    else {
        panic!("not a success with a diff");
    };
    let ids: Vec<_> = changes
        .into_iter()
        .map(|c| (c.logical_id, c.physical_id))
        .collect();
    let minus_one = PhysicalId::Text("-1".to_owned());
    assert_eq!(
        ids,
        [
            ("b".to_owned(), Some(minus_one)),
            ("c".to_owned(), None),
            (String::new(), None)
        ]
    );
}

#[test]
fn a_success_without_a_diff_is_reported_as_such() {
    for result in ["null", "{}", r#"{"diff":null}"#] {
        let json = format!(r#"{{"id":"d","status":"SUCCEEDED","result":{result}}}"#);
        assert_eq!(ending(&json), Ok(Some(Ending::Succeeded { changes: None })));
    }
}

#[test]
fn a_failure_has_the_servers_code_and_message() {
    let info = failed(r#"{"code":"PLAN_LIMITS_EXCEEDED","message":"Too many\n\u001b[31mchecks"}"#);
    assert_eq!(info.code.as_deref(), Some("PLAN_LIMITS_EXCEEDED"));
    assert_eq!(info.message, "Too many checks");
}

#[test]
fn a_failure_without_a_reason_is_still_a_failure() {
    for error in ["null", "{}", "[]", r#"{"message":7}"#, r#""""#] {
        assert_eq!(failed(error).message, "The server gave no reason.");
    }
    assert_eq!(failed(r#""boom""#).message, "boom");
}

#[test]
fn an_unknown_status_is_an_error() {
    assert_eq!(
        ending(r#"{"id":"d","status":"CANCELLED"}"#),
        Ok(Some(Ending::Cancelled))
    );
    assert_eq!(ending(r#"{"id":"d","status":"PENDING"}"#), Ok(None));
    assert_eq!(ending(r#"{"id":"d","status":"RUNNING"}"#), Ok(None));
    assert!(ending(r#"{"id":"d","status":"succeeded"}"#).is_err());
}

#[test]
fn progress_stays_between_0_and_100() {
    for (json, percent) in [
        ("1e9", 100),
        ("-1", 0),
        ("33.9", 33),
        ("0", 0),
        ("100", 100),
    ] {
        let progress: Progress =
            serde_json::from_str(&format!(r#"{{"progress":{json}}}"#)).unwrap();
        assert_eq!(progress.percent(), percent, "{json}");
    }
}

#[test]
fn a_conflict_may_name_the_blocker() {
    let named = br#"{"statusCode":409,"error":"Conflict","message":"m","deploymentId":"d9"}"#;
    assert_eq!(blocker(named), Some(DeploymentId::from("d9")));
    for body in [
        &b"{}"[..],
        br#"{"deploymentId":7}"#,
        br#"{"deploymentId":""}"#,
        b"Conflict",
    ] {
        assert_eq!(blocker(body), None);
    }
}

#[test]
fn a_response_about_another_deployment_is_rejected() {
    let other = deployment(r#"{"id":"other","status":"SUCCEEDED"}"#);
    assert!(other.expect_id(&DeploymentId::from("d")).is_err());
}
