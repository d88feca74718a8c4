//! The projects of each account: requested once, by the first project that needs them, and shared by all others.

use super::{Account, Job, retry};
use crate::api::{Client, RemoteProject};
use crate::model::Failure;
use crate::rate::Priority;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// An account's projects: their repository URLs by logical id.
pub(super) type Listed = Rc<HashMap<String, Option<String>>>;

/// The answer of one account, pending or received.
pub(super) type Listing = Shared<LocalBoxFuture<'static, Result<Listed, Failure>>>;

/// The lists of all accounts, by id; consecutive runs share them.
#[derive(Clone, Default)]
pub(crate) struct ProjectIndex(Rc<RefCell<HashMap<String, Listing>>>);

impl ProjectIndex {
    /// The list of a job's account, requested if it has not been yet; with the priority of an upload, since uploads wait for it.
    pub(super) fn request(
        &self,
        job: &Arc<Job>,
        api: Client,
        account: Account,
        throttled: impl Fn(u64) + 'static,
    ) -> Listing {
        let account_id = job.credentials.account_id.clone();
        let job = job.clone();
        let asking = async move {
            let projects = retry(&job.policy.retries, async || {
                let list = async || api.projects(&job.credentials).await;
                let limit = Some(job.policy.outage_limit(false));
                account.ask(Priority::Deploy, limit, &throttled, list).await
            });
            let entry = |project: RemoteProject| (project.logical_id, project.repo_url);
            Ok(Rc::new(projects.await?.into_iter().map(entry).collect()))
        };
        let mut lists = self.0.borrow_mut();
        let list = lists.entry(account_id);
        list.or_insert_with(|| asking.boxed_local().shared())
            .clone()
    }
}
