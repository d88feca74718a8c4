//! A refusal in the format of most API errors: `{statusCode, error, message}`.

use actix_http::{Response, StatusCode, body::BoxBody};
use serde_json::json;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// The blocker, for a 409.
    pub(super) deployment_id: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            deployment_id: None,
        }
    }

    /// 400: the request is invalid.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 409: one deployment or deletion per project at a time.
    pub(super) fn conflict(deployment_id: String) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            message: "A deployment for this project is already in progress.".into(),
            deployment_id: Some(deployment_id),
        }
    }

    /// The name of the status, in the spelling of the API's framework.
    fn error(&self) -> &'static str {
        match self.status {
            StatusCode::REQUEST_TIMEOUT => "Request Time-out",
            StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
            status => status.canonical_reason().unwrap_or("Unknown"),
        }
    }
}

impl From<Problem> for Response<BoxBody> {
    fn from(problem: Problem) -> Self {
        let mut body = json!({
            "statusCode": problem.status.as_u16(),
            "error": problem.error(),
            "message": problem.message,
        });
        if let Some(id) = problem.deployment_id {
            body["deploymentId"] = id.into();
        }
        super::reply::response(problem.status, body)
    }
}
