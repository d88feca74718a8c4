//! The queue of projects that may start, best first.

use super::node::Node;
use crate::model::ProjectIx;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Retries first, then higher priority, then the longest chain of dependents, then the manifest's order.
type Key = (Reverse<bool>, Reverse<i64>, Reverse<usize>, ProjectIx);

#[derive(Debug, Default)]
pub(super) struct Ready(BTreeSet<Key>);

impl Ready {
    pub(super) fn add(&mut self, node: &Node, project: ProjectIx) {
        self.0.insert(key(node, project));
    }

    pub(super) fn remove(&mut self, node: &Node, project: ProjectIx) {
        self.0.remove(&key(node, project));
    }

    pub(super) fn take(&mut self) -> Option<ProjectIx> {
        self.0.pop_first().map(|(.., project)| project)
    }
}

fn key(node: &Node, project: ProjectIx) -> Key {
    (
        Reverse(node.started),
        Reverse(node.priority),
        Reverse(node.height),
        project,
    )
}
