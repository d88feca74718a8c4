//! The projects of each account: requested once, by the first project that needs them, and shared by all others.

use crate::api::RemoteProject;
use crate::model::Failure;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// An account's projects: their repository URLs by logical id.
pub(super) type Listed = Rc<HashMap<String, Option<String>>>;

/// The answer of one account, pending or received.
pub(super) type Listing = Shared<LocalBoxFuture<'static, Result<Listed, Failure>>>;

/// The lists of all accounts, by id; consecutive runs share them.
#[derive(Clone, Default)]
pub(crate) struct ProjectIndex(Rc<RefCell<HashMap<String, Listing>>>);

impl ProjectIndex {
    /// An account's list. `ask` is awaited if it has not been requested yet.
    pub(super) fn of(
        &self,
        account_id: &str,
        ask: impl Future<Output = Result<Vec<RemoteProject>, Failure>> + 'static,
    ) -> Listing {
        let listed = |projects: Vec<RemoteProject>| {
            let entry = |project: RemoteProject| (project.logical_id, project.repo_url);
            Rc::new(projects.into_iter().map(entry).collect())
        };
        let asking = ask.map(move |reply| reply.map(listed));
        let mut lists = self.0.borrow_mut();
        let listing = lists.entry(account_id.to_owned());
        listing
            .or_insert_with(|| asking.boxed_local().shared())
            .clone()
    }
}
