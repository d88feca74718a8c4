//! A model of the server: one deployment at a time per project, some of other clients.

use crate::machine::deployment::Input;
use crate::model::{DeploymentId, Ending, ErrorInfo, Failure, FailureKind, Outage};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

struct Deployment {
    project: usize,
    ends: Duration,
    ending: Ending,
    /// Its id has reached the client that started it.
    known: bool,
}

/// The server's state, and the number of requests.
pub(crate) struct Server {
    deployments: HashMap<DeploymentId, Deployment>,
    newest: HashMap<usize, DeploymentId>,
    requests: Vec<u32>,
    denied: HashSet<usize>,
    cancels: u32,
    now: Duration,
}

/// An answer, and how long it takes.
pub(crate) type Answer = (Duration, Input);

impl Server {
    pub(crate) fn new(projects: usize) -> Self {
        Self {
            deployments: HashMap::new(),
            newest: HashMap::new(),
            requests: vec![0; projects],
            denied: HashSet::new(),
            cancels: 0,
            now: Duration::ZERO,
        }
    }

    pub(crate) fn submit(
        &mut self,
        project: usize,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Answer {
        self.count(project, now);
        let delay = millis(rng, 20..400);
        if rng.u8(0..100) < 8 {
            return (delay, Input::SubmitFailed(refusal(rng)));
        }
        if rng.u8(0..100) < 12 {
            self.start(project, rng);
        }
        if let Some(running) = self.running(project) {
            let named = rng.u8(0..10) > 0;
            return (delay, conflicted(named.then_some(running)));
        }
        let id = self.start(project, rng);
        if rng.u8(0..100) >= 8 {
            (delay, Input::Accepted(id))
        } else {
            (
                delay,
                Input::SubmitFailed(Failure::new(FailureKind::ReplyLost, None)),
            )
        }
    }

    /// The response to its upload has been received.
    pub(crate) fn told(&mut self, id: &DeploymentId) {
        if let Some(deployment) = self.deployments.get_mut(id) {
            deployment.known = true;
        }
    }

    /// One project in eight does not exist.
    pub(crate) fn destroy(
        &mut self,
        project: usize,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Answer {
        if rng.u8(0..8) > 0 {
            return self.submit(project, now, rng);
        }
        self.count(project, now);
        let event = match self.running(project) {
            Some(running) => conflicted(Some(running)),
            None => {
                self.denied.insert(project);
                Input::AlreadyDeleted
            }
        };
        (millis(rng, 20..400), event)
    }

    /// Whether it has answered that there is nothing to delete.
    pub(crate) fn has_denied(&self, project: usize) -> bool {
        self.denied.contains(&project)
    }

    pub(crate) fn preview(
        &mut self,
        project: usize,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Answer {
        self.count(project, now);
        if rng.u8(0..100) < 12 {
            self.start(project, rng);
        }
        let event = match (rng.u8(0..100), self.running(project)) {
            (0..8, _) => Input::SubmitFailed(refusal(rng)),
            (8..16, _) => Input::SubmitFailed(Failure::new(FailureKind::ReplyLost, None)),
            (named, Some(running)) => conflicted((named < 90).then_some(running)),
            (_, None) => Input::Previewed {
                changes: vec![],
                same_bundle: false,
            },
        };
        (millis(rng, 20..400), event)
    }

    /// Whether no deployment of others was touched, and none of ours started.
    pub(crate) fn is_untouched(&self) -> bool {
        let mut deployments = self.deployments.values();
        self.cancels == 0 && deployments.all(|deployment| !deployment.known)
    }

    pub(crate) fn poll(
        &mut self,
        project: usize,
        id: &DeploymentId,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Answer {
        self.count(project, now);
        if rng.u8(0..100) < 25 {
            return (millis(rng, 1..50), Input::PollFailed(blip(rng)));
        }
        if rng.u8(0..100) < 2 {
            return (millis(rng, 1..50), Input::NotFound);
        }
        let deployment = &self.deployments[id];
        let left = deployment.ends.saturating_sub(now);
        // Some gateways answer a long poll at once.
        let held = Duration::from_secs(if rng.bool() { 30 } else { 0 });
        if left <= held {
            (
                left + millis(rng, 1..50),
                Input::Ended(deployment.ending.clone()),
            )
        } else {
            (
                held + millis(rng, 1..50),
                Input::StillRunning { retry_after: None },
            )
        }
    }

    pub(crate) fn cancel(
        &mut self,
        project: usize,
        id: &DeploymentId,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Answer {
        self.count(project, now);
        self.cancels += 1;
        let delay = millis(rng, 1..200);
        match rng.u8(0..100) {
            0..15 => (delay, Input::CancelFailed(blip(rng))),
            15..20 => (delay, Input::CancelAcknowledged), // and the deployment continues
            20..22 => (delay, Input::CancelNotFound),
            _ => {
                if let Some(deployment) = self.deployments.get_mut(id)
                    && deployment.ends > now
                {
                    deployment.ends = now + millis(rng, 10..5_000);
                    deployment.ending = Ending::Cancelled;
                }
                (delay, Input::CancelAcknowledged)
            }
        }
    }

    /// The frames of a stream, in order; the last one closes it.
    pub(crate) fn stream(
        &mut self,
        project: usize,
        id: &DeploymentId,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Vec<Answer> {
        self.count(project, now);
        let deployment = &self.deployments[id];
        let left = deployment.ends.saturating_sub(now);
        let mut frames: Vec<Answer> = (1..4)
            .map(|quarter| (left * quarter / 4, Input::Progress(rng.u8(0..=100))))
            .collect();
        frames.push(match rng.u8(0..100) {
            0..30 => (left / 2, Input::StreamBroken(blip(rng))),
            30..32 => (
                left / 2,
                Input::StreamBroken(Failure::new(FailureKind::Refused, Some(403))),
            ),
            _ => (left, Input::Ended(deployment.ending.clone())),
        });
        let last = frames[3].0;
        frames.retain(|(delay, _)| *delay <= last);
        frames
    }

    /// How a deployment ended, once it has.
    pub(crate) fn truth(&self, id: &DeploymentId, now: Duration) -> Option<Ending> {
        let deployment = &self.deployments[id];
        (deployment.ends <= now).then(|| deployment.ending.clone())
    }

    pub(crate) fn succeeded(&self, id: &DeploymentId) -> bool {
        matches!(self.deployments[id].ending, Ending::Succeeded { .. })
    }

    pub(crate) fn known_and_running(&self, project: usize) -> impl Iterator<Item = &DeploymentId> {
        self.deployments
            .iter()
            .filter(move |(_, deployment)| {
                deployment.project == project && deployment.known && deployment.ends > self.now
            })
            .map(|(id, _)| id)
    }

    /// The run is over at this time.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.now = now;
    }

    pub(crate) fn requests(&self) -> &[u32] {
        &self.requests
    }

    fn count(&mut self, project: usize, now: Duration) {
        self.requests[project] += 1;
        self.now = now;
    }

    fn running(&self, project: usize) -> Option<DeploymentId> {
        let id = self.newest.get(&project)?;
        (self.deployments[id].ends > self.now).then(|| id.clone())
    }

    fn start(&mut self, project: usize, rng: &mut fastrand::Rng) -> DeploymentId {
        if let Some(running) = self.running(project) {
            return running;
        }
        let id = DeploymentId::from(format!("d{}", self.deployments.len()));
        let seconds = match rng.u8(0..20) {
            0 => 4_000,
            _ => rng.u64(1..90),
        };
        let ending = match rng.u8(0..20) {
            0 => Ending::Failed(ErrorInfo::default()),
            1 => Ending::Cancelled,
            _ => Ending::Succeeded { changes: None },
        };
        let deployment = Deployment {
            project,
            ends: self.now + Duration::from_secs(seconds),
            ending,
            known: false,
        };
        self.deployments.insert(id.clone(), deployment);
        self.newest.insert(project, id.clone());
        id
    }
}

fn millis(rng: &mut fastrand::Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.u64(range))
}

fn conflicted(blocker: Option<DeploymentId>) -> Input {
    let failure = Failure::new(FailureKind::Refused, Some(409));
    Input::Conflicted { blocker, failure }
}

/// Mostly transient.
fn refusal(rng: &mut fastrand::Rng) -> Failure {
    match rng.u8(0..10) {
        0 => Failure::new(FailureKind::Refused, Some(422)),
        _ => blip(rng),
    }
}

fn blip(rng: &mut fastrand::Rng) -> Failure {
    match rng.u8(0..4) {
        0 => Failure::new(FailureKind::Connection, None),
        1 => Failure::new(FailureKind::Busy, Some(503)),
        2 => Failure {
            outage: Some(match rng.u8(0..20) {
                0 => Outage::LimitReached,
                1..10 => Outage::Flaky,
                _ => Outage::Pause,
            }),
            ..Failure::new(FailureKind::Busy, Some(503))
        },
        _ => Failure::new(FailureKind::Busy, Some(429)),
    }
}
