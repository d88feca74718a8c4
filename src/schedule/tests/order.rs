//! Who starts when.

use super::*;

#[test]
fn no_more_projects_run_than_there_are_slots() {
    let mut run = Run::of(independent(5), limits(2));
    assert_eq!(run.begin(), [0, 1]);
    assert_eq!(started(&run.end(1, true)), [2]);
    assert_eq!(started(&run.end(0, true)), [3]);
}

#[test]
fn a_dependent_starts_when_its_own_dependencies_are_there_not_when_a_wave_is_over() {
    let tasks = vec![
        task("shared", &[]),
        task("slow", &[]),
        task("a", &[0]),
        task("b", &[0, 1]),
    ];
    let mut run = Run::of(tasks, limits(9));
    assert_eq!(run.begin(), [0, 1]);
    assert_eq!(started(&run.end(0, true)), [2], "while slow still runs");
    assert_eq!(started(&run.end(1, true)), [3]);
}

#[test]
fn the_longest_chain_goes_first_and_priority_before_that() {
    let mut tasks = vec![
        task("leaf", &[]),
        task("urgent", &[]),
        task("root", &[]),
        task("middle", &[2]),
        task("end", &[3]),
    ];
    tasks[1].priority = 10;
    let mut run = Run::of(tasks, limits(1));
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
fn the_longest_chain_goes_first_however_the_manifest_is_ordered() {
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
fn the_second_end_of_a_project_does_not_count() {
    let mut run = Run::of(independent(3), limits(1));
    run.begin();
    run.end(0, true);
    assert_eq!(run.end(0, true), []);
    assert!(!run.schedule.is_finished());
}

#[test]
fn the_order_of_starts_is_that_of_a_run_with_one_slot() {
    let mut tasks = vec![
        task("leaf", &[]),
        task("urgent", &[]),
        task("root", &[]),
        task("end", &[2]),
    ];
    tasks[1].priority = 1;
    let order: Vec<usize> = start_order(tasks).into_iter().map(|ix| ix.0).collect();
    assert_eq!(order, [1, 2, 0, 3]);
}
