//! The world's rules, one test each, without sockets.

use super::project::Action;
use super::*;

const ACCOUNT: &str = "acme";

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn resource(kind: &str, logical_id: &str) -> Resource {
    Resource {
        kind: kind.to_owned(),
        logical_id: logical_id.to_owned(),
        ..Resource::default()
    }
}

fn submission(resources: &[(&'static str, &str)], preserve: bool) -> Submission {
    Submission {
        name: "Checkout".to_owned(),
        repo_url: None,
        resources: resources.iter().map(|(k, id)| resource(k, id)).collect(),
        preserve,
    }
}

/// A world in which `checkout` has the given resources, deployed in its first second.
fn world_with(resources: &[(&'static str, &str)]) -> World {
    let mut world = World::new(Duration::ZERO);
    let wanted = submission(resources, false);
    let started = world.deploy(ACCOUNT, "checkout", wanted, s(1), s(0));
    assert_eq!(started.unwrap().status, Status::Pending);
    world
}

fn rows(applied: &Applied) -> Vec<(Action, &str, &str)> {
    let rows = applied.diff.iter();
    rows.map(|Change { action, resource }| (*action, &*resource.kind, &*resource.logical_id))
        .collect()
}

fn ids(applied: &Applied) -> Vec<Option<PhysicalId>> {
    let rows = applied.diff.iter();
    rows.map(|change| change.resource.id.clone()).collect()
}

fn outcome(world: &mut World, id: &str, now: Duration) -> Snapshot {
    world.deployment(ACCOUNT, "checkout", id, now).unwrap()
}

#[test]
fn the_first_deployment_creates_everything() {
    let mut world = World::new(Duration::ZERO);
    let wanted = submission(&[("check-group", "g"), ("check", "a")], false);
    let started = world
        .deploy(ACCOUNT, "checkout", wanted, s(1), s(0))
        .unwrap();
    let done = outcome(&mut world, &started.id, s(1));
    let applied = done.result.unwrap();
    assert_eq!(
        rows(&applied),
        [
            (Action::Create, "check-group", "g"),
            (Action::Create, "check", "a")
        ]
    );
    assert!(ids(&applied).iter().all(Option::is_some));
    assert_eq!(
        (applied.project.created, applied.project.updated),
        (s(1), None)
    );
}

#[test]
fn a_later_deployment_changes_resources_and_keeps_the_remaining_ids() {
    let mut world = world_with(&[("check", "a"), ("check", "b"), ("dashboard", "d")]);
    let before = world.redeploy(ACCOUNT, "checkout", s(1), s(2));
    let before = outcome(&mut world, &before.unwrap().id, s(3))
        .result
        .unwrap();
    let wanted = submission(&[("check", "c"), ("check", "a")], false);
    let started = world.deploy(ACCOUNT, "checkout", wanted, s(1), s(4));
    let after = outcome(&mut world, &started.unwrap().id, s(5))
        .result
        .unwrap();
    assert_eq!(
        rows(&after),
        [
            (Action::Create, "check", "c"),
            (Action::Update, "check", "a"),
            (Action::Delete, "check", "b"),
            (Action::Delete, "dashboard", "d"),
        ]
    );
    let (before, after_ids) = (ids(&before), ids(&after));
    assert_eq!(after_ids[1..], before[..]);
    assert!(!before.contains(&after_ids[0]));
    assert_eq!(
        (after.project.created, after.project.updated),
        (s(1), Some(s(5)))
    );
}

#[test]
fn one_logical_id_may_name_resources_of_two_types() {
    let mut world = world_with(&[("check", "a")]);
    let wanted = submission(&[("check-group", "a")], false);
    let diff = world.preview(ACCOUNT, "checkout", &wanted, s(2));
    assert_eq!(
        rows(&diff),
        [
            (Action::Create, "check-group", "a"),
            (Action::Delete, "check", "a")
        ]
    );
}

#[test]
fn preserved_resources_stay_in_the_account() {
    let mut world = world_with(&[("check", "a"), ("check", "b")]);
    let wanted = submission(&[("check", "a")], true);
    let started = world.deploy(ACCOUNT, "checkout", wanted, s(1), s(2));
    let applied = outcome(&mut world, &started.unwrap().id, s(3))
        .result
        .unwrap();
    assert_eq!(
        rows(&applied),
        [
            (Action::Update, "check", "a"),
            (Action::Detached, "check", "b")
        ]
    );
    let Some(PhysicalId::Uuid(detached)) = &applied.diff[1].resource.id else {
        panic!("a check has a UUID");
    };
    assert!(world.check(ACCOUNT, detached, s(3)).is_some());
    let account = world.inventory(s(3)).accounts.remove(ACCOUNT).unwrap();
    assert_eq!(account.detached.len(), 1, "not those that remain");
    let again = world.preview(
        ACCOUNT,
        "checkout",
        &submission(&[("check", "b")], true),
        s(4),
    );
    assert_eq!(
        again.diff[0].action,
        Action::Create,
        "it is not part of the project"
    );
}

#[test]
fn private_locations_belong_to_the_account_even_once_preserved() {
    let mut world = world_with(&[("private-location", "office"), ("check", "a")]);
    let wanted = submission(&[("private-location", "roof")], false);
    world.deploy(ACCOUNT, "search", wanted, s(1), s(0)).unwrap();
    world
        .delete(ACCOUNT, "checkout", true, |_| s(1), s(2))
        .unwrap();
    for now in [s(1), s(3)] {
        assert_eq!(world.private_locations(ACCOUNT, now).len(), 2, "{now:?}");
    }
    assert!(world.private_locations("umbrella", s(3)).is_empty());
}

#[test]
fn a_deleted_check_is_gone_from_the_account() {
    let mut world = world_with(&[("check", "a")]);
    let before = world
        .preview_delete(ACCOUNT, "checkout", false, s(1))
        .unwrap();
    let Some(PhysicalId::Uuid(check)) = &before.diff[0].resource.id else {
        panic!("a check has a UUID");
    };
    assert!(world.check(ACCOUNT, check, s(1)).is_some());
    world
        .deploy(ACCOUNT, "checkout", submission(&[], false), s(1), s(2))
        .unwrap();
    assert!(world.check(ACCOUNT, check, s(3)).is_none());
}

#[test]
fn a_preview_stores_nothing_and_assigns_no_ids() {
    let mut world = World::new(Duration::ZERO);
    let wanted = submission(&[("check", "a")], false);
    for now in [s(0), s(9)] {
        let would = world.preview(ACCOUNT, "checkout", &wanted, now);
        assert_eq!(rows(&would), [(Action::Create, "check", "a")]);
        assert_eq!(ids(&would), [None]);
    }
}

#[test]
fn nothing_is_applied_before_the_end() {
    let mut world = world_with(&[("check", "a")]);
    let wanted = submission(&[("check", "a")], false);
    let early = world.preview(ACCOUNT, "checkout", &wanted, Duration::from_millis(999));
    assert_eq!(early.diff[0].action, Action::Create);
    let late = world.preview(ACCOUNT, "checkout", &wanted, s(1));
    assert_eq!(late.diff[0].action, Action::Update);
}

#[test]
fn one_deployment_at_a_time_and_the_refusal_names_the_running_one() {
    let mut world = World::new(Duration::ZERO);
    let nothing = || submission(&[], false);
    let first = world
        .deploy(ACCOUNT, "checkout", nothing(), s(5), s(0))
        .unwrap();
    let busy = Busy(first.id.clone());
    let mut deploy = |now| world.deploy(ACCOUNT, "checkout", nothing(), s(5), now);
    assert_eq!(deploy(s(4)).unwrap_err(), busy);
    assert_ne!(deploy(s(5)).unwrap().id, first.id);
}

#[test]
fn a_running_deployment_also_blocks_deletions_and_blockers() {
    let mut world = World::new(Duration::ZERO);
    let first = world.deploy(ACCOUNT, "checkout", submission(&[], false), s(5), s(0));
    let busy = Busy(first.unwrap().id);
    let deletion = world.delete(ACCOUNT, "checkout", false, |_| s(1), s(1));
    assert_eq!(deletion.unwrap_err(), busy);
    let blocker = world.redeploy(ACCOUNT, "checkout", s(1), s(1));
    assert_eq!(blocker.unwrap_err(), busy);
}

#[test]
fn other_projects_and_accounts_are_not_blocked() {
    let mut world = World::new(Duration::ZERO);
    for (account, project) in [("acme", "a"), ("acme", "b"), ("umbrella", "a")] {
        let started = world.deploy(account, project, submission(&[], false), s(9), s(0));
        assert!(started.is_ok(), "{account} {project}");
    }
    assert!(
        world
            .delete("umbrella", "b", false, |_| s(1), s(0))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_cancelled_deployment_applies_nothing_and_frees_the_project_after_the_grace() {
    let mut world = world_with(&[("check", "a")]);
    let wanted = || submission(&[("check", "b")], false);
    let started = world
        .deploy(ACCOUNT, "checkout", wanted(), s(10), s(2))
        .unwrap();
    let asked = world
        .cancel(ACCOUNT, "checkout", &started.id, s(1), s(4))
        .unwrap()
        .unwrap();
    assert_eq!(
        (asked.status, asked.cancel_requested),
        (Status::Running, Some(s(4)))
    );
    assert!(
        world
            .deploy(ACCOUNT, "checkout", wanted(), s(1), s(4))
            .is_err()
    );
    let ended = outcome(&mut world, &started.id, s(60));
    assert_eq!((ended.status, ended.ended), (Status::Cancelled, Some(s(5))));
    assert!(ended.result.is_none());
    let diff = world.preview(ACCOUNT, "checkout", &wanted(), s(60));
    assert_eq!(
        rows(&diff),
        [
            (Action::Create, "check", "b"),
            (Action::Delete, "check", "a")
        ]
    );
}

#[test]
fn cancelling_a_successful_deployment_changes_nothing() {
    let mut world = World::new(Duration::ZERO);
    let started = world.deploy(
        ACCOUNT,
        "checkout",
        submission(&[("check", "a")], false),
        s(1),
        s(0),
    );
    let id = started.unwrap().id;
    let asked = world
        .cancel(ACCOUNT, "checkout", &id, s(1), s(2))
        .unwrap()
        .unwrap();
    assert_eq!(
        (asked.status, asked.cancel_requested),
        (Status::Succeeded, None)
    );
    assert!(asked.result.is_some());
}

#[test]
fn a_deletion_removes_everything_and_its_deployment_is_remembered() {
    let mut world = world_with(&[("check", "a"), ("dashboard", "d")]);
    let deletion = world
        .delete(ACCOUNT, "checkout", false, |n| s(n as u64), s(2))
        .unwrap()
        .unwrap();
    assert_eq!(
        outcome(&mut world, &deletion.id, s(3)).status,
        Status::Running
    );
    let done = outcome(&mut world, &deletion.id, s(4));
    assert_eq!(
        rows(&done.result.unwrap()),
        [
            (Action::Delete, "check", "a"),
            (Action::Delete, "dashboard", "d")
        ]
    );
    let again = world.delete(ACCOUNT, "checkout", false, |_| s(1), s(5));
    assert!(again.unwrap().is_none(), "there is nothing left to delete");
}

#[test]
fn a_preserving_deletion_keeps_all_resources() {
    let mut world = world_with(&[("check", "a")]);
    let would = world
        .preview_delete(ACCOUNT, "checkout", true, s(2))
        .unwrap();
    let deletion = world.delete(ACCOUNT, "checkout", true, |_| s(1), s(2));
    let done = outcome(&mut world, &deletion.unwrap().unwrap().id, s(3));
    let applied = done.result.unwrap();
    assert_eq!(rows(&applied), [(Action::Detached, "check", "a")]);
    assert_eq!(applied.diff, would.diff);
}

#[test]
fn a_blocker_redeploys_the_current_resources() {
    let mut world = world_with(&[("check", "a")]);
    let blocker = world.redeploy(ACCOUNT, "checkout", s(1), s(2)).unwrap();
    let applied = outcome(&mut world, &blocker.id, s(3)).result.unwrap();
    assert_eq!(rows(&applied), [(Action::Update, "check", "a")]);
    assert_eq!(applied.project.name, "Checkout");
}

#[test]
fn a_deployment_of_zero_length_has_its_result_at_once() {
    let mut world = World::new(Duration::ZERO);
    let wanted = submission(&[("check", "a")], false);
    let done = world
        .deploy(ACCOUNT, "checkout", wanted, s(0), s(3))
        .unwrap();
    assert_eq!(done.status, Status::Succeeded);
    assert!(done.result.is_some());
}

#[test]
fn only_the_latest_deployments_are_remembered() {
    let mut world = World::new(Duration::ZERO);
    let mut deploy = |now| {
        let started = world.deploy(ACCOUNT, "checkout", submission(&[], false), s(1), s(now));
        started.unwrap().id
    };
    let first = deploy(0);
    let second = deploy(1);
    for now in 2..=REMEMBERED as u64 {
        deploy(now);
    }
    assert!(
        world
            .deployment(ACCOUNT, "checkout", &first, s(999))
            .is_none()
    );
    assert!(
        world
            .deployment(ACCOUNT, "checkout", &second, s(999))
            .is_some()
    );
}
