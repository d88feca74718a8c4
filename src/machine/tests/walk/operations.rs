//! The promises of previews and of deletions.

use super::*;
use crate::model::{Action, Change};

#[test]
fn a_preview_only_sends_dry_runs() {
    let mut asked = 0;
    for edge in walk() {
        let is_preview = edge.from.world.operation == Operation::Preview;
        for effect in &edge.outputs {
            match effect {
                Output::BuildBundle { .. }
                | Output::CheckOwnership
                | Output::Prepare
                | Output::Update(_) => {}
                // It may wait for the end of another deployment.
                Output::Poll(_) | Output::GetStatus(_) => {}
                Output::Preview => asked += usize::from(is_preview),
                other => assert!(!is_preview, "{other:?}"),
            }
        }
        if let (true, Some(end)) = (is_preview, outcome(&edge.to)) {
            assert_ne!(end.result, ProjectResult::Detached);
            assert_eq!(end.deployment_id, None);
            let told = matches!(edge.input, Input::Previewed { .. });
            assert_eq!(end.changes.is_some(), told);
        }
    }
    assert!(asked > 0);
}

#[test]
fn a_preview_of_the_same_bundle_is_unchanged_if_it_only_updates() {
    let edges = walk_from([Node::start(Operation::Preview, HookSet::default())]);
    let mut nodes = edges.iter().map(|edge| &edge.to);
    let node = nodes.find(|node| matches!(node.state(), State::Previewing(_)));
    let node = node.unwrap();
    let result = |same_bundle, actions: &[Action]| {
        let change = |action: &Action| Change::bare(*action, "check", "home");
        let changes = actions.iter().map(change).collect();
        let told = Input::Previewed {
            changes,
            same_bundle,
        };
        outcome(&node.after(&told).0).unwrap().result
    };
    let (updates, restores) = ([Action::Update; 2], [Action::Update, Action::Create]);
    assert_eq!(result(true, &updates), ProjectResult::Unchanged);
    assert_eq!(result(true, &restores), ProjectResult::Succeeded);
    assert_eq!(result(false, &updates), ProjectResult::Succeeded);
}

#[test]
fn a_deletion_sends_no_payload() {
    let mut asked = 0;
    for edge in walk() {
        let is_deletion = edge.from.world.operation == Operation::Destroy;
        let sends = |sent: &Output| edge.outputs.contains(sent);
        asked += usize::from(is_deletion && sends(&Output::Destroy));
        assert!(is_deletion || !sends(&Output::Destroy));
        for other in [Output::Prepare, Output::Submit, Output::Preview] {
            assert!(!is_deletion || !sends(&other), "{other:?}");
        }
    }
    assert!(asked > 0);
}

#[test]
fn deleting_a_missing_project_is_a_success_without_a_deployment() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        if edge.input != Input::AlreadyDeleted || outcome(&edge.from).is_some() {
            continue;
        }
        let end = outcome(&edge.to).unwrap();
        assert_eq!(end.result, ProjectResult::Succeeded);
        assert_eq!(end.deployment_id, None);
        // A lost deletion may be the reason, and its changes are unknown.
        assert_eq!(end.changes.is_none(), edge.from.world.may_be_orphaned);
        seen.insert(end.changes.is_none());
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_project_kept_for_its_dependent_names_the_reason() {
    let mut seen = 0;
    for edge in walk() {
        let Some(end) = outcome(&edge.to).filter(|_| outcome(&edge.from).is_none()) else {
            continue;
        };
        let is_deletion = edge.from.world.operation == Operation::Destroy;
        assert!(!is_deletion || end.reason != Some(Reason::DependencyFailed));
        assert!(is_deletion || end.reason != Some(Reason::DependentFailed));
        if end.reason == Some(Reason::DependentFailed) && end.result == ProjectResult::Skipped {
            assert_eq!(end.cause.as_deref(), Some("other"));
            seen += 1;
        }
    }
    assert!(seen > 0);
}
