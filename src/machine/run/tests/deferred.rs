//! Bundlings that fail before their dependencies are deployed, and are repeated after them.

use super::bundling::{bundling, declared, directory, same};
use super::*;

impl Rig {
    fn unbundled(&mut self, project: usize, logical_id: &str) -> Vec<Output> {
        let error = ErrorInfo {
            message: "no such location".into(),
            ..ErrorInfo::default()
        };
        let logical_id = logical_id.into();
        self.update(project, Update::BundlingDeferred { logical_id, error })
    }

    /// The names of the projects that the last one waits for.
    fn deferred_after(&self) -> Option<&[String]> {
        self.events.iter().find_map(|event| match event {
            Event::Deferred { after, .. } => Some(&**after),
            _ => None,
        })
    }
}

fn ahead(orders: &[Output]) -> Vec<(usize, bool)> {
    let bundling = |output: &Output| match output {
        Output::Send(project, Message::BuildBundle { ahead }) => Some((project.0, *ahead)),
        _ => None,
    };
    orders.iter().filter_map(bundling).collect()
}

fn one_at_a_time() -> Limits {
    Limits {
        bundle_concurrency: 1,
        ..Limits::bare(9)
    }
}

#[test]
fn an_early_failed_bundling_is_repeated_after_all_dependencies_succeed() {
    let tasks = vec![task("a", &[]), task("b", &[]), declared("c", &[0, 1])];
    let mut run = Rig::of(tasks, Limits::bare(9));
    assert_eq!(ahead(&run.on(Input::Began)), [(2, true)]);
    assert_eq!(run.unbundled(2, "c"), []);
    assert_eq!(run.deferred_after().unwrap(), ["a", "b"]);
    assert_eq!(run.end(0, true), []);
    assert_eq!(ahead(&run.end(1, true)), [(2, false)]);
    assert_eq!(started(&run.bundled(2, "c")), [2]);
}

#[test]
fn it_is_repeated_at_once_if_they_have_already_succeeded() {
    let mut run = Rig::of(vec![task("a", &[]), declared("b", &[0])], Limits::bare(9));
    run.begin();
    assert_eq!(run.end(0, true), []);
    let orders = run.unbundled(1, "b");
    assert!(run.deferred_after().unwrap().is_empty());
    assert_eq!(ahead(&orders), [(1, false)]);
}

#[test]
fn no_place_is_held_while_it_waits() {
    let tasks = vec![
        task("a", &[]),
        declared("b", &[0]),
        declared("c", &[]),
        declared("d", &[]),
    ];
    let mut run = Rig::of(tasks, one_at_a_time());
    assert_eq!(bundling(&run.on(Input::Began)), [1]);
    assert_eq!(bundling(&run.unbundled(1, "b")), [2]);
    assert_eq!(bundling(&run.end(0, true)), [0; 0], "the place is taken");
    assert_eq!(bundling(&run.bundled(2, "c")), [1]);
    assert_eq!(bundling(&run.bundled(1, "b")), [3]);
}

#[test]
fn when_a_dependency_fails_the_project_is_skipped_for_it_and_not_bundled_again() {
    let mut run = Rig::of(vec![task("a", &[]), declared("b", &[0])], Limits::bare(9));
    run.begin();
    run.unbundled(1, "b");
    let cause = CancelCause::of(Reason::DependencyFailed, "a");
    let orders = run.end(0, false);
    assert_eq!(cancelled(&orders), [(1, cause, false)]);
    assert_eq!(bundling(&orders), [0; 0]);
}

#[test]
fn nothing_is_repeated_after_an_interrupt() {
    let mut run = Rig::of(
        vec![task("a", &[]), declared("b", &[0]), declared("c", &[0])],
        one_at_a_time(),
    );
    run.begin();
    run.send(0);
    run.unbundled(1, "b");
    run.on(Input::Interrupt(Signal::Sigint));
    assert_eq!(bundling(&run.end(0, true)), [0; 0]);
    // Cancelled before it could report its failure.
    let mut run = Rig::of(vec![task("a", &[]), declared("b", &[0])], Limits::bare(9));
    run.begin();
    run.send(0);
    run.on(Input::Interrupt(Signal::Sigint));
    assert_eq!(run.unbundled(1, "b"), []);
    assert_eq!(run.end(0, true), []);
}

#[test]
fn other_dependents_of_the_dependency_are_no_longer_bundled_early() {
    let tasks = vec![
        task("locations", &[]),
        task("alerts", &[]),
        declared("first", &[0]),
        declared("second", &[0]),
        declared("third", &[3]),
        declared("elsewhere", &[1]),
    ];
    let mut run = Rig::of(tasks, one_at_a_time());
    // `second` has a dependent, so it comes first.
    assert_eq!(bundling(&run.on(Input::Began)), [3]);
    assert_eq!(ahead(&run.unbundled(3, "second")), [(5, true)]);
    assert_eq!(bundling(&run.bundled(5, "elsewhere")), [0; 0]);
    assert_eq!(ahead(&run.end(0, true)), [(3, false)]);
    assert_eq!(ahead(&run.bundled(3, "second")), [(2, false)]);
    assert_eq!(bundling(&run.bundled(2, "first")), [0; 0]);
    assert_eq!(ahead(&run.end(3, true)), [(4, false)]);
}

#[test]
fn projects_without_a_logical_id_are_still_bundled_early() {
    let tasks = vec![task("a", &[]), directory("b", &[0]), directory("c", &[0])];
    let mut run = Rig::of(tasks, one_at_a_time());
    assert_eq!(run.begin(), [0; 0], "no logical id is known");
    assert_eq!(ahead(&run.unbundled(1, "b")), [(2, true)]);
    assert_eq!(started(&run.unbundled(2, "c")), [0], "all are known");
}

#[test]
fn a_logical_id_read_offline_counts_as_known() {
    let mut run = Rig::of(vec![task("a", &[]), directory("b", &[0])], Limits::bare(9));
    assert_eq!(run.begin(), [0; 0]);
    let orders = run.unbundled(1, "a");
    assert_eq!(cancelled(&orders), [same(1, "a"), same(0, "b")]);
    assert_eq!((started(&orders), bundling(&orders)), (vec![], vec![]));
}

#[test]
fn a_known_dependency_is_not_tried_early_again() {
    let mut late = declared("b", &[0]);
    late.ahead = false;
    let mut run = Rig::of(vec![task("a", &[]), late], Limits::bare(9));
    assert_eq!(run.begin(), [0]);
    assert_eq!(ahead(&run.end(0, true)), [(1, false)]);
}

#[test]
fn a_preview_names_what_the_bundling_waits_for() {
    let mut late = declared("c", &[]);
    late.undeployed = vec![ProjectIx(0), ProjectIx(1)];
    let tasks = vec![task("a", &[]), task("b", &[]), late];
    let mut run = Rig::of(tasks, Limits::bare(9));
    let orders = run.on(Input::Began);
    assert_eq!(ahead(&orders), [(2, true)]);
    assert_eq!(started(&orders), [0, 1]);
    let cause = CancelCause::of(Reason::DependencyNotDeployed, "a, b");
    assert_eq!(cancelled(&run.unbundled(2, "c")), [(2, cause, false)]);
    run.end(2, false);
    assert_eq!(bundling(&run.end(0, true)), [0; 0]);
}
