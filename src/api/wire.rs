//! What the server sends, and what it means in the project's own words. Lenient where a surprise changes nothing.

use super::error_body::readable;
use crate::model::{Action, Change, DeploymentId, Ending, ErrorInfo, PhysicalId};
use serde::Deserialize;
use serde_json::Value;

/// `ProjectDeployment`: a deployment as submission, events, completion and lookup show it.
#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: String,
    status: String,
    progress: Option<f64>,
    error: Option<Value>,
    result: Option<Plan>,
}

/// `ProjectDeployResponse`: what a deployment did, or, from a dry run, what it would do.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    diff: Option<Vec<DiffLine>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DiffLine {
    logical_id: String,
    physical_id: Option<Value>,
    r#type: String,
    action: String,
}

/// The data of a `progress` event.
#[derive(Debug, Deserialize)]
pub(super) struct Progress {
    progress: f64,
}

impl Deployment {
    /// This deployment, if it is the one asked for; else what is wrong with it.
    pub(super) fn expect_id(self, id: &DeploymentId) -> Result<Self, String> {
        if self.id == id.as_str() {
            Ok(self)
        } else {
            let other = readable(&self.id);
            Err(format!("it is about another deployment, {other}"))
        }
    }

    /// How far it is, 0 to 100.
    pub(super) fn percent(&self) -> u8 {
        percent(self.progress.unwrap_or_default())
    }

    /// How it ended; `None` while it runs; an error for a status that means neither.
    pub(super) fn ending(self) -> Result<Option<Ending>, String> {
        match self.status.as_str() {
            "PENDING" | "RUNNING" => Ok(None),
            "SUCCEEDED" => Ok(Some(Ending::Succeeded {
                changes: self.result.and_then(Plan::changes),
            })),
            "FAILED" => Ok(Some(Ending::Failed(reason(self.error.as_ref())))),
            "CANCELLED" => Ok(Some(Ending::Cancelled)),
            other => Err(format!("its status is {:?}", readable(other))),
        }
    }
}

impl Plan {
    /// The diff in the server's order, without the actions this program does not know.
    pub(super) fn changes(self) -> Option<Vec<Change>> {
        let diff = self.diff?;
        Some(diff.into_iter().filter_map(DiffLine::change).collect())
    }
}

impl DiffLine {
    fn change(self) -> Option<Change> {
        let action = match self.action.as_str() {
            "CREATE" => Action::Create,
            "UPDATE" => Action::Update,
            "DELETE" => Action::Delete,
            "DETACHED" => Action::Detached,
            _ => return None,
        };
        Some(Change {
            action,
            kind: self.r#type,
            logical_id: self.logical_id,
            physical_id: self.physical_id.and_then(physical_id),
        })
    }
}

impl Progress {
    /// 0 to 100, whatever the server says.
    pub(super) fn percent(&self) -> u8 {
        percent(self.progress)
    }
}

/// The deployment in the way, in the body of a 409; `None` where the server does not name one.
pub(super) fn blocker(body: &[u8]) -> Option<DeploymentId> {
    let conflict: Value = serde_json::from_slice(body).ok()?;
    let id = conflict.get("deploymentId")?.as_str()?;
    (!id.is_empty()).then(|| DeploymentId::from(id))
}

fn percent(progress: f64) -> u8 {
    progress.clamp(0.0, 100.0) as u8
}

fn physical_id(id: Value) -> Option<PhysicalId> {
    match id {
        Value::String(text) => Some(PhysicalId::Text(text)),
        Value::Number(number) => Some(match number.as_u64() {
            Some(number) => PhysicalId::Number(number),
            None => PhysicalId::Text(number.to_string()),
        }),
        _ => None,
    }
}

/// The `error` of a failed deployment: `{code, message}`, or whatever was sent instead.
fn reason(error: Option<&Value>) -> ErrorInfo {
    let text = |key: &str| error?.get(key)?.as_str().map(readable);
    let message = text("message")
        .or_else(|| error?.as_str().map(readable))
        .filter(|message| !message.is_empty());
    ErrorInfo {
        code: text("code").filter(|code| !code.is_empty()),
        message: message.unwrap_or_else(|| "The server gave no reason.".to_owned()),
        http_status: None,
        hint: None,
    }
}

#[cfg(test)]
mod tests {
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
    fn a_success_carries_its_diff_in_the_servers_order() {
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
    fn actions_and_ids_of_a_kind_not_known_do_not_spoil_the_diff() {
        let json = r#"{"id":"d","status":"SUCCEEDED","result":{"diff":[
            {"logicalId":"a","type":"check","action":"RENAME"},
            {"logicalId":"b","type":"teapot","action":"CREATE","physicalId":-1},
            {"logicalId":"c","type":"check","action":"CREATE","physicalId":{}},
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
            [("b".to_owned(), Some(minus_one)), ("c".to_owned(), None)]
        );
    }

    #[test]
    fn a_success_without_a_diff_says_so() {
        for result in ["null", "{}", r#"{"diff":null}"#] {
            let json = format!(r#"{{"id":"d","status":"SUCCEEDED","result":{result}}}"#);
            assert_eq!(ending(&json), Ok(Some(Ending::Succeeded { changes: None })));
        }
    }

    #[test]
    fn a_failure_carries_the_servers_code_and_words() {
        let info =
            failed(r#"{"code":"PLAN_LIMITS_EXCEEDED","message":"Too many\n\u001b[31mchecks"}"#);
        assert_eq!(info.code.as_deref(), Some("PLAN_LIMITS_EXCEEDED"));
        assert_eq!(info.message, "Too many [31mchecks");
    }

    #[test]
    fn a_failure_without_a_reason_is_still_a_failure() {
        for error in ["null", "{}", "[]", r#"{"message":7}"#, r#""""#] {
            assert_eq!(failed(error).message, "The server gave no reason.");
        }
        assert_eq!(failed(r#""boom""#).message, "boom");
    }

    #[test]
    fn only_known_statuses_mean_anything() {
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
        assert_eq!(
            deployment(r#"{"id":"d","status":"RUNNING","progress":40}"#).percent(),
            40
        );
        assert_eq!(deployment(r#"{"id":"d","status":"RUNNING"}"#).percent(), 0);
    }

    #[test]
    fn a_conflict_names_the_deployment_in_the_way_or_does_not() {
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
    fn another_deployments_reply_is_not_taken_for_ours() {
        let other = deployment(r#"{"id":"other","status":"SUCCEEDED"}"#);
        assert!(other.expect_id(&DeploymentId::from("d")).is_err());
    }
}
