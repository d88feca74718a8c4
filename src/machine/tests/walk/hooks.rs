//! The same walk with the user's hooks.

use super::world::Outstanding;
use super::{Edge, Node, stuck, walk_from};
use crate::machine::deployment::{Input, Output, State, Update};
use crate::model::{Event, Hook, HookSet, Operation, Outcome, ProjectResult, Reason};
use std::collections::{BTreeSet, HashSet};

const ALL: HookSet = HookSet {
    pre: true,
    test: true,
    post: true,
    on_failure: true,
};

/// Each of these is walked.
const SETS: [HookSet; 3] = [
    ALL,
    HookSet { test: false, ..ALL },
    HookSet { pre: false, ..ALL },
];

impl Edge {
    fn starts(&self) -> Option<Hook> {
        self.outputs.iter().find_map(|output| match output {
            Output::RunHook(hook) => Some(*hook),
            _ => None,
        })
    }

    /// The final outcome, if this is it.
    fn end(&self) -> Option<&Outcome> {
        self.outputs.iter().find_map(|output| match output {
            Output::Update(Update::Finished(outcome)) => Some(&**outcome),
            _ => None,
        })
    }
}

fn is_hook(output: &Output) -> bool {
    matches!(
        output,
        Output::RunHook(_)
            | Output::StopHook
            | Output::Update(Update::Event(Event::Hook { .. } | Event::HookEnded(_)))
    )
}

#[test]
fn hooks_keep_their_promises() {
    SETS.into_iter().for_each(keep_their_promises);
}

fn keep_their_promises(hooks: HookSet) {
    let edges = walk_from([Node::start(Operation::Deploy, hooks)]);
    let plain = walk_from([Node::start(Operation::Deploy, HookSet::default())]);
    let plain: HashSet<_> = plain.iter().map(transition).collect();
    let mut ends = BTreeSet::new();
    for edge in &edges {
        nothing_is_uploaded_without_what_comes_before(edge);
        a_hook_is_started_once_and_alone(edge);
        hooks_fit_what_has_happened(edge);
        nothing_is_asked_while_a_hook_runs(edge);
        a_forced_cancel_is_never_held_up(edge);
        the_error_of_a_hook_is_told_with_what_it_said(edge);
        without_force_only_a_time_limit_stops_a_hook(edge);
        hooks_only_delay_what_happens_without_them(edge, &plain);
        the_last_word_comes_once_and_last(edge);
        if let Some(end) = edge.end() {
            ends.insert((end.result, end.reason));
        }
    }
    let before = [
        (hooks.pre, Reason::PreHook),
        (hooks.test, Reason::TestFailed),
    ];
    for (is_there, reason) in before {
        let end = (ProjectResult::Failed, Some(reason));
        assert_eq!(ends.contains(&end), is_there, "{end:?}: {ends:?}");
    }
    for end in [
        (ProjectResult::Failed, Some(Reason::PostHook)),
        (ProjectResult::Succeeded, None),
        (ProjectResult::Unchanged, None),
        (ProjectResult::Interrupted, Some(Reason::Interrupted)),
        (ProjectResult::TimedOut, Some(Reason::ProjectTimeout)),
    ] {
        assert!(ends.contains(&end), "{end:?} is never reached: {ends:?}");
    }
    let stuck = stuck(&edges, |node| node.machine.is_finished());
    assert!(stuck.is_empty(), "no way out of {:?}", stuck[0]);
}

fn nothing_is_uploaded_without_what_comes_before(edge: &Edge) {
    if super::starts_something(edge) {
        let super::World { hooks, good, .. } = &edge.to.world;
        assert_eq!(good.contains(&Hook::Pre), hooks.pre, "{edge:#?}");
        assert_eq!(good.contains(&Hook::Test), hooks.test, "{edge:#?}");
        assert!(!edge.from.world.closed || edge.from.world.sent, "{edge:#?}");
    }
}

fn a_hook_is_started_once_and_alone(edge: &Edge) {
    let Some(hook) = edge.starts() else { return };
    assert!(!edge.from.world.started.contains(&hook), "{edge:#?}");
    assert!(!edge.from.world.closed, "{edge:#?}");
    let is_end = matches!(edge.input, Input::HookEnded(_));
    assert!(edge.from.machine.hook().is_none() || is_end, "{edge:#?}");
    assert_eq!(edge.to.machine.hook(), Some(hook), "{edge:#?}");
    assert!(edge.to.world.awaits(Outstanding::Hook), "{edge:#?}");
}

fn hooks_fit_what_has_happened(edge: &Edge) {
    let result = super::outcome(&edge.to).map(|outcome| outcome.result);
    match edge.starts() {
        None => {}
        Some(Hook::Pre) => assert!(result.is_none() && !edge.to.world.sent, "{edge:#?}"),
        Some(Hook::Test) => {
            let super::World { hooks, good, .. } = &edge.to.world;
            assert!(result.is_none() && !edge.to.world.sent, "{edge:#?}");
            assert_eq!(good.contains(&Hook::Pre), hooks.pre, "{edge:#?}");
        }
        Some(Hook::Post) => {
            assert_eq!(result, Some(ProjectResult::Succeeded), "{edge:#?}");
        }
        Some(Hook::OnFailure) => {
            let result = result.unwrap();
            let started = &edge.to.world.started;
            assert!(started.contains(&Hook::Pre) || started.contains(&Hook::Test));
            assert!(!result.is_success());
        }
    }
    let Some(end) = edge.end() else { return };
    let world = &edge.to.world;
    match end.result {
        ProjectResult::Unchanged => assert!(world.started.is_empty(), "{edge:#?}"),
        ProjectResult::Succeeded => assert!(world.good.contains(&Hook::Post), "{edge:#?}"),
        // Started and failed deployments are reported, unless by force.
        _ if world.started.is_empty() || world.closed || world.forced => {}
        _ => assert!(world.started.contains(&Hook::OnFailure), "{edge:#?}"),
    }
    if end.reason == Some(Reason::PostHook) {
        let why = end.error.as_ref().map(|error| error.message.as_str());
        assert!(
            end.deployment_id.is_some() && why.is_some_and(|why| !why.is_empty()),
            "{edge:#?}"
        );
        assert!(!world.good.contains(&Hook::Post), "{edge:#?}");
    }
}

fn nothing_is_asked_while_a_hook_runs(edge: &Edge) {
    if edge.to.machine.hook().is_none() {
        return;
    }
    for effect in &edge.outputs {
        let is_quiet = matches!(effect, Output::CloseStream | Output::Update(_));
        assert!(is_quiet || is_hook(effect), "{effect:?}: {edge:#?}");
    }
}

fn a_forced_cancel_is_never_held_up(edge: &Edge) {
    let Input::Cancel { force: true, .. } = edge.input else {
        return;
    };
    if edge.from.machine.hook().is_some() {
        assert!(edge.to.machine.is_finished(), "{edge:#?}");
        assert!(edge.outputs.contains(&Output::StopHook), "{edge:#?}");
    } else {
        let is_left = edge.to.machine.is_finished() || edge.starts() == Some(Hook::OnFailure);
        assert!(is_left, "{edge:#?}");
    }
}

fn of_hooks() -> [Option<Reason>; 3] {
    [Reason::PreHook, Reason::TestFailed, Reason::PostHook].map(Some)
}

fn the_error_of_a_hook_is_told_with_what_it_said(edge: &Edge) {
    let Input::HookEnded(record) = &edge.input else {
        return;
    };
    let is_news = edge.from.state() != edge.to.state();
    let is_of_hook = |end: &&Outcome| is_news && of_hooks().contains(&end.reason);
    let Some(end) = super::outcome(&edge.to).filter(is_of_hook) else {
        return;
    };
    let error = end.error.as_ref().unwrap();
    assert_eq!(record.error.as_ref(), Some(&error.message), "{edge:#?}");
    assert_eq!(record.output, error.output, "{edge:#?}");
}

fn without_force_only_a_time_limit_stops_a_hook(edge: &Edge) {
    let (Some(hook), Input::Cancel { cause, force }) = (edge.from.machine.hook(), &edge.input)
    else {
        return;
    };
    if !force {
        // `on_failure` has its own time limit.
        let is_stopped = cause.reason == Reason::ProjectTimeout && hook != Hook::OnFailure;
        let effects = Vec::from_iter(is_stopped.then_some(Output::StopHook));
        assert_eq!(edge.outputs, effects, "{edge:#?}");
        assert_eq!(edge.to.machine.hook(), Some(hook), "{edge:#?}");
    }
}

/// Without its hooks, the machine takes the same transition for some input, so its promises hold here.
fn hooks_only_delay_what_happens_without_them(edge: &Edge, plain: &HashSet<(State, State)>) {
    let (before, after) = transition(edge);
    let of_hooks = of_hooks().contains(&super::outcome(&edge.to).and_then(|end| end.reason));
    if before != after && !of_hooks {
        assert!(plain.contains(&(before, after)), "{edge:#?}");
    }
}

/// The states before and after, whatever the number of the upload.
fn transition(edge: &Edge) -> (State, State) {
    let state = |node: &Node| node.key().0.state().clone();
    (state(&edge.from), state(&edge.to))
}

fn the_last_word_comes_once_and_last(edge: &Edge) {
    assert!(!edge.from.machine.is_finished());
    assert_eq!(
        edge.end().is_some(),
        edge.to.machine.is_finished(),
        "{edge:#?}"
    );
}
