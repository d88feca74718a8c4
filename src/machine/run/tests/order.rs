//! The order of starts.

use super::*;
use crate::model::{ExpectedDurations, RunAccount};

#[test]
fn the_first_event_names_each_account_once() {
    let mut tasks = independent(3);
    for (task, account) in tasks.iter_mut().zip(["prod", "staging", "prod"]) {
        task.planned.account = account.into();
        task.planned.account_id = format!("id-of-{account}");
    }
    let mut run = Rig::of(tasks, Limits::bare(1));
    run.begin();
    let Event::RunStarted { accounts, .. } = &run.events[0] else {
        panic!("{:?}", run.events);
    };
    let account = |name: &str| RunAccount {
        name: name.into(),
        account_id: format!("id-of-{name}"),
    };
    assert_eq!(*accounts, ["prod", "staging"].map(account));
}

#[test]
fn running_projects_are_limited_to_the_number_of_slots() {
    let mut run = Rig::of(independent(5), Limits::bare(2));
    assert_eq!(run.begin(), [0, 1]);
    assert_eq!(started(&run.end(1, true)), [2]);
    assert_eq!(started(&run.end(0, true)), [3]);
}

#[test]
fn a_dependent_starts_as_soon_as_its_own_dependencies_succeed() {
    let tasks = vec![
        task("shared", &[]),
        task("slow", &[]),
        task("a", &[0]),
        task("b", &[0, 1]),
    ];
    let mut run = Rig::of(tasks, Limits::bare(9));
    assert_eq!(run.begin(), [0, 1]);
    assert_eq!(started(&run.end(0, true)), [2], "while slow still runs");
    assert_eq!(started(&run.end(1, true)), [3]);
}

#[test]
fn priority_comes_first_then_the_longest_chain() {
    let mut tasks = vec![
        task("leaf", &[]),
        task("urgent", &[]),
        task("root", &[]),
        task("middle", &[2]),
        task("end", &[3]),
    ];
    tasks[1].planned.priority = 10;
    let mut run = Rig::of(tasks, Limits::bare(1));
    assert_eq!(run.begin(), [1]);
    let mut order = vec![];
    let mut next = started(&run.end(1, true));
    while let Some(project) = next.pop() {
        order.push(project);
        next = started(&run.end(project, true));
    }
    assert_eq!(order, [2, 3, 0, 4]);
}

#[test]
fn the_longest_chain_comes_first_in_any_manifest_order() {
    let tasks = vec![
        task("leaf", &[]),
        task("end", &[2]),
        task("middle", &[5]),
        task("short", &[4]),
        task("base", &[]),
        task("root", &[]),
    ];
    let order: Vec<usize> = start_order(tasks).into_iter().map(|ix| ix.0).collect();
    assert_eq!(order, [5, 2, 4, 0, 1, 3]);
}

#[test]
fn the_longest_deployment_comes_first_among_equals_and_the_unknown_are_average() {
    let mut tasks = independent(4);
    tasks.push(task("on p1", &[1]));
    let expected = [Some(1000), Some(1), None, Some(9000), Some(9999)];
    for (task, deploying) in tasks.iter_mut().zip(expected) {
        task.planned.expected_ms = deploying.map(|deploying| ExpectedDurations {
            bundling: 0,
            deploying,
        });
    }
    let order = start_order(tasks.clone()).into_iter().map(|ix| ix.0);
    // p1 has a dependent.
    assert_eq!(order.collect::<Vec<_>>(), [1, 4, 3, 2, 0]);
    tasks[0].planned.priority = 1;
    assert_eq!(start_order(tasks)[0], ProjectIx(0));
}

#[test]
fn only_the_first_end_of_a_project_counts() {
    let mut run = Rig::of(independent(3), Limits::bare(1));
    run.begin();
    run.end(0, true);
    assert_eq!(run.end(0, true), []);
    assert!(!run.run.is_finished());
}

#[test]
fn the_order_of_starts_is_that_of_a_run_with_one_slot() {
    let mut tasks = vec![
        task("leaf", &[]),
        task("urgent", &[]),
        task("root", &[]),
        task("end", &[2]),
    ];
    tasks[1].planned.priority = 1;
    let order: Vec<usize> = start_order(tasks).into_iter().map(|ix| ix.0).collect();
    assert_eq!(order, [1, 2, 0, 3]);
}
