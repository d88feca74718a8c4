//! The slots, and the queue of projects that may take one, best first.

use super::node::{Node, Standing};
use super::timers::Timer;
use super::{Run, Stage};
use crate::machine::deployment::Input;
use crate::model::ProjectIx;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Retries first, then higher priority, then the longest chain of dependents, then the longest deployment, then the manifest's
/// order.
type Key = (
    Reverse<bool>,
    Reverse<i64>,
    Reverse<usize>,
    Reverse<u64>,
    ProjectIx,
);

#[derive(Debug, Default)]
pub(super) struct Ready(BTreeSet<Key>);

impl Ready {
    pub(super) fn remove(&mut self, node: &Node, project: ProjectIx) {
        self.0.remove(&key(node, project));
    }
}

fn key(node: &Node, project: ProjectIx) -> Key {
    (
        Reverse(node.started || node.accepted.is_some()),
        Reverse(node.task.planned.priority),
        Reverse(node.rank.height),
        Reverse(node.rank.expected.deploying),
        project,
    )
}

impl Run {
    pub(super) fn ready_all(&mut self, projects: impl IntoIterator<Item = ProjectIx>) {
        for project in projects {
            self.ready_if_free(project);
        }
    }

    pub(super) fn ready_if_free(&mut self, project: ProjectIx) {
        let node = &self.nodes[project.0];
        let is_free = node.standing == Standing::Blocked
            && node.cancelled.is_none()
            && node.blocked_by == 0
            && self.waves.is_open(project)
            && self.bundling.is_over(project);
        if is_free {
            self.make_ready(project);
        }
    }

    pub(super) fn make_ready(&mut self, project: ProjectIx) {
        self.node(project).standing = Standing::Ready;
        self.ready.0.insert(key(&self.nodes[project.0], project));
    }

    pub(super) fn grant_slots(&mut self) {
        while self.slots_taken < self.setup.limits.concurrency.max(1) {
            let Some((.., project)) = self.ready.0.pop_first() else {
                return;
            };
            self.slots_taken += 1;
            let now = self.now;
            let node = self.node(project);
            node.standing = Standing::Started;
            let accepted = node.accepted.clone();
            if accepted.is_some() {
                node.standing = Standing::Sent;
            }
            if std::mem::replace(&mut node.started, true) {
                self.send(project, Input::Retry);
            } else {
                let until = now.saturating_add(node.task.planned.policy.timeout);
                self.timers.add(until, Timer::Project(project));
                let input = match accepted {
                    Some(id) => Input::Follow(id),
                    None if self.stage == Stage::Previewing => Input::Preview,
                    None => Input::Start,
                };
                self.send(project, input);
            }
        }
    }

    pub(super) fn free_slot(&mut self, project: ProjectIx) {
        if matches!(
            self.node(project).standing,
            Standing::Started | Standing::Sent
        ) {
            self.slots_taken -= 1;
        }
    }
}
