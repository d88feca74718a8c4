//! The order of bundling, and who waits for it.

use super::*;
use crate::model::Bundled;

/// A task from a directory, whose logical id is known only after bundling.
pub(super) fn directory(name: &str, depends_on: &[usize]) -> Task {
    let mut task = task(name, depends_on);
    task.to_bundle = true;
    task.planned.logical_id = None;
    task
}

/// The same, with the logical id in the manifest.
pub(super) fn declared(name: &str, depends_on: &[usize]) -> Task {
    Task {
        to_bundle: true,
        ..task(name, depends_on)
    }
}

pub(super) fn bundling(orders: &[Output]) -> Vec<usize> {
    let bundling = |output: &Output| match output {
        Output::Send(project, Message::BuildBundle { .. }) => Some(project.0),
        _ => None,
    };
    orders.iter().filter_map(bundling).collect()
}

impl Rig {
    pub(super) fn bundled(&mut self, project: usize, logical_id: &str) -> Vec<Output> {
        let bundled = Event::Bundled(Bundled {
            logical_id: logical_id.to_owned(),
            ..Bundled::default()
        });
        self.update(project, Update::Event(bundled))
    }
}

pub(super) fn same(project: usize, other: &str) -> (usize, CancelCause, bool) {
    (
        project,
        CancelCause::of(Reason::SameLogicalId, other),
        false,
    )
}

#[test]
fn bundling_is_limited_to_the_number_of_places() {
    let tasks = ["a", "b", "c", "d"].map(|name| declared(name, &[]));
    let mut run = Rig::of(tasks.into(), Limits::bare(9));
    assert_eq!(bundling(&run.on(Input::Began)), [0, 1]);
    assert_eq!(bundling(&run.bundled(1, "b")), [2]);
    assert_eq!(
        bundling(&run.end(0, false)),
        [3],
        "a failure frees its place"
    );
}

#[test]
fn a_project_starts_as_soon_as_it_is_bundled() {
    let mut run = Rig::of(
        vec![declared("a", &[]), declared("b", &[])],
        Limits::bare(9),
    );
    assert_eq!(run.begin(), [0; 0]);
    assert_eq!(started(&run.bundled(1, "b")), [1]);
    assert_eq!(started(&run.bundled(0, "a")), [0]);
}

#[test]
fn the_start_waits_for_dependencies_and_bundling_does_not() {
    let mut run = Rig::of(
        vec![declared("a", &[]), declared("b", &[0])],
        Limits::bare(9),
    );
    assert_eq!(bundling(&run.on(Input::Began)), [0, 1]);
    assert_eq!(run.bundled(1, "b"), []);
    assert_eq!(started(&run.bundled(0, "a")), [0]);
    assert_eq!(started(&run.end(0, true)), [1]);
}

#[test]
fn long_chains_and_high_priorities_are_bundled_first() {
    let mut tasks = vec![
        declared("leaf", &[]),
        declared("root", &[]),
        declared("end", &[1]),
        declared("base", &[]),
        declared("urgent", &[3]),
    ];
    tasks[4].planned.priority = 1;
    let mut run = Rig::of(
        tasks,
        Limits {
            bundle_concurrency: 1,
            ..Limits::bare(9)
        },
    );
    let mut order = bundling(&run.on(Input::Began));
    while let [.., last] = order[..]
        && let [next] = bundling(&run.bundled(last, &last.to_string()))[..]
    {
        order.push(next);
    }
    assert_eq!(order, [3, 4, 1, 0, 2]);
}

#[test]
fn nothing_is_sent_to_an_account_before_all_its_logical_ids_are_known() {
    let mut elsewhere = directory("elsewhere", &[]);
    elsewhere.planned.account_id = "other".into();
    let tasks = vec![
        directory("a", &[]),
        directory("b", &[]),
        task("c", &[]),
        elsewhere,
    ];
    let mut run = Rig::of(
        tasks,
        Limits {
            bundle_concurrency: 9,
            ..Limits::bare(9)
        },
    );
    assert_eq!(run.begin(), [0; 0]);
    assert_eq!(started(&run.bundled(3, "d")), [3]);
    assert_eq!(run.bundled(0, "a"), []);
    assert_eq!(started(&run.bundled(1, "b")), [0, 1, 2]);
}

#[test]
fn a_project_that_cannot_be_bundled_blocks_no_other() {
    let mut run = Rig::of(
        vec![directory("a", &[]), directory("b", &[])],
        Limits::bare(9),
    );
    run.begin();
    assert_eq!(run.bundled(0, "a"), []);
    assert_eq!(started(&run.end(1, false)), [0]);
}

#[test]
fn both_projects_with_the_same_logical_id_are_refused() {
    let tasks = vec![directory("a", &[]), directory("b", &[]), task("c", &[])];
    let mut run = Rig::of(tasks, Limits::bare(9));
    run.begin();
    assert_eq!(run.bundled(0, "shop"), []);
    let orders = run.bundled(1, "shop");
    assert_eq!(cancelled(&orders), [same(1, "a"), same(0, "b")]);
    assert_eq!(started(&orders), [2]);
}

#[test]
fn a_third_project_with_the_logical_id_is_refused_too() {
    let tasks = ["a", "b", "c"].map(|name| directory(name, &[]));
    let mut run = Rig::of(tasks.into(), Limits::bare(9));
    run.begin();
    run.bundled(0, "shop");
    run.bundled(1, "shop");
    run.end(0, false);
    run.end(1, false);
    assert_eq!(cancelled(&run.bundled(2, "shop")), [same(2, "a")]);
}

#[test]
fn a_bundle_may_have_the_logical_id_that_the_manifest_promises() {
    let mut run = Rig::of(vec![directory("a", &[]), task("b", &[])], Limits::bare(9));
    assert_eq!(run.begin(), [0; 0]);
    assert_eq!(
        cancelled(&run.bundled(0, "b")),
        [same(0, "b"), same(1, "a")]
    );
}

#[test]
fn one_logical_id_in_two_accounts_is_two_projects() {
    let mut other = directory("b", &[]);
    other.planned.account_id = "other".into();
    let mut run = Rig::of(vec![directory("a", &[]), other], Limits::bare(9));
    run.begin();
    assert_eq!(started(&run.bundled(0, "shop")), [0]);
    assert_eq!(started(&run.bundled(1, "shop")), [1]);
}

#[test]
fn a_cancelled_project_is_not_bundled() {
    let tasks = ["a", "b", "c"].map(|name| declared(name, &[]));
    let mut run = Rig::of(tasks.into(), Limits::bare(9));
    run.begin();
    assert_eq!(
        cancelled(&run.on(Input::Interrupt(Signal::Sigint))).len(),
        3
    );
    assert_eq!(bundling(&run.end(0, false)), [0; 0]);
}
