//! The calls of the deploy API.

use super::connect::{Base, ClientError, Endpoint, http_client};
use super::context::RequestContext;
use super::events::EventStream;
use super::identity::Identity;
use super::path;
use super::reply::{EVENT_STREAM, Reply, Response};
use super::request::{Request, in_slices};
use super::results::{Cancelled, Conflict, Destroyed, Ended, Found, RemoteProject, SubmitOptions};
use super::timeouts;
use super::wire;
use crate::model::{Change, DeploymentId, Failure, Operation, Redactor, Secret};
use actix_http::body;
use awc::http::Method;
use awc::http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Whose account the requests are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The account id. Surrounding white space is not sent.
    pub account_id: String,
    /// The API key. Surrounding white space is not sent.
    pub api_key: Secret,
}

/// A client for one API and any number of accounts. Cheap to clone; bound to the thread that created it.
#[derive(Clone)]
pub struct Client {
    http: awc::Client,
    base: Rc<Base>,
    redactor: Redactor,
    /// The number of requests so far.
    sent: Rc<Cell<u64>>,
}

const JSON: &str = "application/json, text/plain, */*";

impl Client {
    /// Prepares connections to the API. Sends nothing; reads the machine's root certificates if HTTPS needs them.
    ///
    /// # Errors
    /// An invalid URL or identity; no root certificates.
    pub fn new(endpoint: &Endpoint, identity: &Identity) -> Result<Self, ClientError> {
        let base = Rc::new(endpoint.parse()?);
        Ok(Self {
            http: http_client(&base, identity)?,
            redactor: Redactor::default().with(base.proxy_secrets()),
            base,
            sent: Rc::default(),
        })
    }

    /// Redacts these keys in everything that the server sends, and not only that of the request.
    #[must_use]
    pub fn redacting<'k>(mut self, keys: impl IntoIterator<Item = &'k Secret>) -> Self {
        self.redactor = self.redactor.with(keys);
        self
    }

    /// Gets the account itself, which checks the credentials without changing anything.
    ///
    /// # Errors
    /// Anything but the account.
    pub async fn account(&self, credentials: &Credentials) -> Result<(), Failure> {
        let path = path::account(credentials.account_id.trim());
        let account = self.resource::<wire::Identified>(credentials, &path);
        account.await.map(drop)
    }

    /// Whether the API answers, whatever it thinks of the account: the cheapest request.
    ///
    /// # Errors
    /// What may be an outage.
    pub async fn is_answering(&self, credentials: &Credentials) -> Result<(), Failure> {
        match self.account(credentials).await {
            // A server that does not know this request answers others.
            Err(failure) if failure.may_be_outage() && failure.error.http_status != Some(404) => {
                Err(failure)
            }
            _ => Ok(()),
        }
    }

    /// The number of requests that have been sent, by all clones of this client.
    pub fn requests_sent(&self) -> u64 {
        self.sent.get()
    }

    /// Host and port of the API.
    pub fn host(&self) -> &str {
        &self.base.host
    }

    /// Lists the account's projects, regardless of who deployed them.
    ///
    /// # Errors
    /// Anything but a complete list.
    pub async fn projects(&self, credentials: &Credentials) -> Result<Vec<RemoteProject>, Failure> {
        self.resource(credentials, path::PROJECTS).await
    }

    /// Gets the ping URL of a heartbeat check.
    ///
    /// # Errors
    /// Anything but a check with a ping URL.
    pub async fn ping_url(&self, credentials: &Credentials, id: &str) -> Result<String, Failure> {
        let path = path::check(id);
        let check: wire::HeartbeatCheck = self.resource(credentials, &path).await?;
        Ok(check.heartbeat.ping_url)
    }

    /// Submits the gzipped payload of a project. Accepted means that the server has started a deployment with the returned id.
    ///
    /// # Errors
    /// After `ReplyLost` and `Unexpected`, the server may nevertheless have accepted it.
    pub async fn submit(
        &self,
        credentials: &Credentials,
        options: SubmitOptions,
        logical_id: &str,
        gzip: Bytes,
    ) -> Result<Result<DeploymentId, Conflict>, Failure> {
        let response = self.deploy(credentials, false, options, gzip).await?;
        started(response, |reply| reply.accepted(logical_id)).await
    }

    /// Gets the changes that a submission would make. Starts no deployment.
    ///
    /// # Errors
    /// Anything but a diff or a conflict.
    pub async fn preview(
        &self,
        credentials: &Credentials,
        options: SubmitOptions,
        gzip: Bytes,
    ) -> Result<Result<Vec<Change>, Conflict>, Failure> {
        let response = self.deploy(credentials, true, options, gzip).await?;
        started(response, |reply| {
            let changes = reply.json::<wire::Plan>()?.changes();
            changes.ok_or_else(|| reply.unexpected("Unexpected response: it has no diff"))
        })
        .await
    }

    /// Deletes a project, and its resources unless `preserve_resources` is set.
    ///
    /// # Errors
    /// After `ReplyLost` and `Unexpected`, the server may nevertheless have accepted it.
    pub async fn destroy(
        &self,
        credentials: &Credentials,
        logical_id: &str,
        preserve_resources: bool,
    ) -> Result<Result<Destroyed, Conflict>, Failure> {
        let path = path::project(logical_id);
        let query = path::destroy_query(preserve_resources);
        let request = self.request(credentials, &Method::DELETE, &path, &query, JSON)?;
        let limit = timeouts::submit(0);
        let response = request.send(body::None::new(), limit).await?;
        started(response, |reply| {
            let members: serde_json::Map<String, Value> = reply.json()?;
            if !members.contains_key("status") {
                return Ok(Destroyed::NotThere);
            }
            reply.accepted(logical_id).map(Destroyed::Accepted)
        })
        .await
    }

    /// Opens the event stream of a deployment with this operation.
    ///
    /// # Errors
    /// Anything but a 200 with an event stream.
    pub async fn events(
        &self,
        credentials: &Credentials,
        logical_id: &str,
        id: &DeploymentId,
        operation: Operation,
    ) -> Result<EventStream, Failure> {
        let path = path::deployment(logical_id, id, "/events");
        let request = self.request(credentials, &Method::GET, &path, "", EVENT_STREAM)?;
        let limit = timeouts::EVENTS_HEAD;
        let response = request.send(body::None::new(), limit).await?;
        if response.is_event_stream() {
            let redactor = response.context.redactor;
            let (http, id) = (response.http, id.clone());
            return Ok(EventStream::new(http, id, operation, redactor));
        }
        let reply = response.read().await;
        if !reply.head.is_success() {
            return Err(reply.refused());
        }
        let what = reply.context.excerpt(&reply.body);
        let what = format!("The response is not a readable event stream: {what}");
        Err(reply.unexpected(&what))
    }

    /// Waits on the server until a deployment ends, for up to `max_wait` (1 to 30 s, whole seconds).
    ///
    /// # Errors
    /// Anything but a well-formed response about this deployment; `ReplyLost` if it is truncated.
    pub async fn completion(
        &self,
        credentials: &Credentials,
        logical_id: &str,
        id: &DeploymentId,
        max_wait: Duration,
    ) -> Result<Found, Failure> {
        let path = path::deployment(logical_id, id, "/completion");
        let seconds = path::wait_seconds(max_wait);
        let query = format!("?maxWaitSeconds={seconds}");
        let request = self.request(credentials, &Method::GET, &path, &query, JSON)?;
        let limit = Duration::from_secs(seconds) + timeouts::COMPLETION_SLACK;
        let reply = request.send(body::None::new(), limit).await?.read().await;
        match reply.head.status {
            408 => Ok(Found::Running {
                retry_after: reply.head.retry_after,
            }),
            _ => reply.found(id),
        }
    }

    /// Requests the cancellation of a deployment. Only the deployment's end tells whether it worked.
    ///
    /// # Errors
    /// Anything but a success, a 404, or a 409 (the deployment has already ended).
    pub async fn cancel(
        &self,
        credentials: &Credentials,
        logical_id: &str,
        id: &DeploymentId,
    ) -> Result<Cancelled, Failure> {
        let path = path::deployment(logical_id, id, "/cancel");
        let mut request = self.request(credentials, &Method::POST, &path, "", JSON)?;
        // An empty form, as the CLI sends; a server that checks the media type expects no other.
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.http = request.http.insert_header((CONTENT_TYPE, form));
        let reply = request.send((), timeouts::CANCEL).await?.read().await;
        match reply.head.status {
            200..=299 | 409 => Ok(Cancelled::Acknowledged),
            404 if reply.is_of_api() => Ok(Cancelled::Gone),
            _ => Err(reply.refused()),
        }
    }

    /// Gets the status of a deployment.
    ///
    /// # Errors
    /// Anything but a well-formed response about this deployment; `ReplyLost` if it is truncated.
    pub async fn get(
        &self,
        credentials: &Credentials,
        logical_id: &str,
        id: &DeploymentId,
    ) -> Result<Found, Failure> {
        let path = path::deployment(logical_id, id, "");
        let request = self.request(credentials, &Method::GET, &path, "", JSON)?;
        let limit = timeouts::GET;
        let response = request.send(body::None::new(), limit).await?;
        response.read().await.found(id)
    }

    /// Gets a resource that has no deployment.
    async fn resource<T: DeserializeOwned>(
        &self,
        credentials: &Credentials,
        path: &str,
    ) -> Result<T, Failure> {
        let request = self.request(credentials, &Method::GET, path, "", JSON)?;
        let limit = timeouts::GET;
        let reply = request.send(body::None::new(), limit).await?.read().await;
        if !reply.head.is_success() {
            return Err(reply.refused());
        }
        reply.json()
    }

    async fn deploy(
        &self,
        credentials: &Credentials,
        dry_run: bool,
        options: SubmitOptions,
        gzip: Bytes,
    ) -> Result<Response, Failure> {
        let query = path::deploy_query(dry_run, options);
        let mut request = self.request(credentials, &Method::POST, path::DEPLOY, &query, JSON)?;
        request.context.may_change = !dry_run;
        request.http = request
            .http
            .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
            .insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        let limit = timeouts::submit(gzip.len());
        request.send(in_slices(gzip), limit).await
    }

    fn request(
        &self,
        credentials: &Credentials,
        method: &Method,
        path: &str,
        query: &str,
        accept: &'static str,
    ) -> Result<Request, Failure> {
        let account = credentials.account_id.trim();
        let key = credentials.api_key.expose().trim();
        let context = RequestContext {
            request: format!("{method} {path}"),
            may_change: method != Method::GET,
            host: self.base.host.clone(),
            proxy: self.base.proxy().map(str::to_owned),
            account: account.to_owned(),
            redactor: self.redactor.with([&credentials.api_key]),
        };
        let header = |text: &str, name: &str| {
            HeaderValue::from_str(text).map_err(|_| {
                context.unsendable(
                    &format!("The {name} contains characters that an HTTP header cannot contain."),
                    "Check its source for line breaks and quotes.",
                )
            })
        };
        let mut authorization = header(&format!("Bearer {key}"), "API key")?;
        authorization.set_sensitive(true);
        let account = header(account, "account id")?;
        // A server, or a proxy, would take these for steps to other resources; they cannot be escaped.
        let is_step = |part: &str| ["", ".", ".."].contains(&part);
        if let Some(id) = path.split('/').skip(1).find(|part| is_step(part)) {
            let what = format!("The id {id:?} cannot be part of a URL, so nothing was sent.");
            return Err(context.unsendable(&what, "Use another logical id or account id."));
        }
        let url = self.base.uri(&format!("{path}{query}"));
        let url = url.map_err(|error| {
            context.unsendable(
                &format!("The request has no valid URL: {error}."),
                "Check the API URL.",
            )
        })?;
        let http = self
            .http
            .request(method.clone(), url)
            .insert_header((ACCEPT, HeaderValue::from_static(accept)))
            .insert_header((AUTHORIZATION, authorization))
            .insert_header(("x-checkly-account", account));
        self.sent.update(|sent| sent + 1);
        Ok(Request { http, context })
    }
}

/// The response to a request that starts a deployment, or would: what `read` finds in it, or a conflict, which is a usable
/// response, too.
async fn started<T>(
    response: Response,
    read: impl FnOnce(&Reply) -> Result<T, Failure>,
) -> Result<Result<T, Conflict>, Failure> {
    let reply = response.read().await;
    match reply.head.status {
        200..=299 => read(&reply).map(Ok),
        409 => Ok(Err(Conflict {
            blocker: wire::blocker(&reply.body),
            failure: reply.refused(),
        })),
        _ => Err(reply.refused()),
    }
}

impl Reply {
    /// The id of the started deployment of this project.
    fn accepted(&self, logical_id: &str) -> Result<DeploymentId, Failure> {
        let accepted: wire::Identified = self.json()?;
        if let Some(other) = accepted.logical_id.as_str().filter(|id| *id != logical_id) {
            let other = self.context.excerpt(other.as_bytes());
            let what = format!("Unexpected response: it is about another project, {other}");
            return Err(self.unexpected(&what));
        }
        if accepted.id.is_empty() {
            return Err(self.unexpected("Unexpected response: the deployment's id is empty"));
        }
        Ok(DeploymentId::from(accepted.id))
    }

    /// The deployment in the response to a status request.
    fn found(&self, id: &DeploymentId) -> Result<Found, Failure> {
        match self.head.status {
            200..=299 => {}
            404 if self.is_of_api() => return Ok(Found::Gone),
            _ => return Err(self.refused()),
        }
        let deployment: wire::Deployment = self.json()?;
        let created_at = deployment.created_at();
        match deployment.expect_id(id).and_then(wire::Deployment::ending) {
            Ok(Some(ending)) => Ok(Found::Ended(Ended { ending, created_at })),
            Ok(None) => Ok(Found::Running {
                retry_after: self.head.retry_after,
            }),
            Err(why) => Err(self.unexpected(&format!("Unexpected response: {why}"))),
        }
    }
}
