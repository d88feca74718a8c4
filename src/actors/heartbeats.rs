//! Requests the ping URLs of new heartbeat checks, one by one after the deployment's end, as the Checkly CLI does. A
//! failure here does not fail the deployment.

use super::deployment::DeploymentActor;
use super::persist;
use crate::deployment::{Event, State};
use crate::messages::Update;
use crate::model::{Action, Change, Ending, Heartbeat, Phase, PhysicalId};
use crate::rate::Priority;
use actix::prelude::*;

impl DeploymentActor {
    /// Handles a deployment's end, once the ping URLs are known.
    pub(super) fn ended(&mut self, mut ending: Ending, ctx: &mut Context<Self>) {
        let is_ours = matches!(
            self.life.state(),
            State::Following { .. } | State::Cancelling { .. }
        );
        let changes = match &mut ending {
            Ending::Succeeded {
                changes: Some(changes),
            } if is_ours => std::mem::take(changes),
            _ => return self.apply(Event::Ended(ending), ctx),
        };
        if !changes.iter().any(|it| is_new(it, &self.heartbeats)) {
            let changes = Some(changes);
            return self.apply(Event::Ended(Ending::Succeeded { changes }), ctx);
        }
        // No more events of this deployment are expected.
        self.close_stream();
        self.poll_epoch += 1;
        let asking = self.with_ping_urls(changes);
        ctx.spawn(asking.into_actor(self).map(|changes, this, ctx| {
            let changes = Some(changes);
            this.apply(Event::Ended(Ending::Succeeded { changes }), ctx);
        }));
    }

    fn with_ping_urls(
        &self,
        mut changes: Vec<Change>,
    ) -> impl Future<Output = Vec<Change>> + 'static {
        let (api, gate, job) = (self.api.clone(), self.gate.clone(), self.job.clone());
        let (update, project) = (self.superior.update.clone(), self.project);
        let heartbeats = self.heartbeats.clone();
        async move {
            let created = changes.iter_mut().filter(|it| is_new(it, &heartbeats));
            for change in created {
                let id = match &change.physical_id {
                    Some(PhysicalId::Text(id)) => id.clone(),
                    Some(PhysicalId::Number(id)) => id.to_string(),
                    None => continue,
                };
                let answer = persist(&job.policy.retries, async || {
                    let tell = |delay| {
                        let phase = Phase::Throttled { delay };
                        update.do_send(Update { project, phase });
                    };
                    gate.pass(Priority::Completion, tell).await;
                    let url = api.ping_url(&job.credentials, &id).await;
                    url.inspect_err(|failure| gate.learn(failure))
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
