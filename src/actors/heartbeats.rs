//! Requests the ping URLs of new heartbeat checks, one by one after the deployment's end, as the Checkly CLI does. A
//! failure here does not fail the deployment.

use super::deployment::DeploymentActor;
use super::retry;
use crate::api::Client;
use crate::machine::deployment::{Input, State};
use crate::model::{Action, Change, Ending, Heartbeat, PhysicalId};
use crate::rate::Priority;
use actix::prelude::*;

impl DeploymentActor {
    /// Handles a deployment's end, once the ping URLs are known.
    pub(super) fn ended(&mut self, mut ending: Ending, ctx: &mut Context<Self>) {
        let is_ours = matches!(
            self.machine.state(),
            State::Following(_) | State::Cancelling(_)
        );
        let changes = match &mut ending {
            Ending::Succeeded {
                changes: Some(changes),
            } if is_ours => std::mem::take(changes),
            _ => return self.apply(Input::Ended(ending), ctx),
        };
        if !changes.iter().any(|it| is_new(it, &self.heartbeats)) {
            let changes = Some(changes);
            return self.apply(Input::Ended(Ending::Succeeded { changes }), ctx);
        }
        // No more events of this deployment are expected.
        self.close_stream();
        self.next_poll();
        let asking = self.with_ping_urls(changes);
        ctx.spawn(asking.into_actor(self).map(|changes, this, ctx| {
            let changes = Some(changes);
            this.apply(Input::Ended(Ending::Succeeded { changes }), ctx);
        }));
    }

    fn with_ping_urls(
        &self,
        mut changes: Vec<Change>,
    ) -> impl Future<Output = Vec<Change>> + 'static {
        let (job, account) = (self.job.clone(), self.resources.account.clone());
        let throttled = self.throttled();
        let heartbeats = self.heartbeats.clone();
        async move {
            let created = changes.iter_mut().filter(|it| is_new(it, &heartbeats));
            for change in created {
                let id = match &change.physical_id {
                    Some(PhysicalId::Text(id)) => id.clone(),
                    Some(PhysicalId::Number(id)) => id.to_string(),
                    None => continue,
                };
                let answer = retry(&job.planned.policy.retries, async || {
                    let get = async |api: &Client| api.ping_url(&job.credentials, &id).await;
                    let limit = Some(job.planned.policy.outage_limit(true));
                    let turn = Priority::Completion;
                    account.ask(turn, limit, &throttled, get).await
                });
                change.heartbeat = Some(match answer.await {
                    Ok(url) => Heartbeat {
                        ping_url: Some(url),
                        error: None,
                    },
                    Err(failure) => Heartbeat {
                        ping_url: None,
                        error: Some(failure.error.message),
                    },
                });
            }
            changes
        }
    }
}

/// Whether a change is the creation of one of these heartbeat checks.
fn is_new(change: &Change, heartbeats: &[String]) -> bool {
    change.action == Action::Create
        && change.kind == "check"
        && heartbeats.contains(&change.logical_id)
}
