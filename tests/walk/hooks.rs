//! The same walk with the user's hooks: `live` around `step`.

use super::world::{Outstanding, World, all_events};
use orchestrate::deployment::{Effect, Event, Life, Rules, State, live, step};
use orchestrate::model::{
    CancelCause, Hook, HookSet, Operation, Outcome, Phase, ProjectResult, Reason,
};
use std::collections::{BTreeSet, HashMap, VecDeque};

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

/// After this many uploads, nothing new occurs.
const UPLOADS: u32 = 3;

/// The history so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Past {
    started: BTreeSet<Hook>,
    hooks: HookSet,
    /// Successful hooks.
    good: BTreeSet<Hook>,
    sent: bool,
    /// No more hooks may start.
    closed: bool,
    /// It was cancelled by force.
    forced: bool,
}

type Node = (Life, World, Past);

#[derive(Debug)]
struct Edge {
    from: Node,
    event: Event,
    to: Node,
    effects: Vec<Effect>,
}

impl Edge {
    fn starts(&self) -> Option<Hook> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::RunHook(hook) => Some(*hook),
            _ => None,
        })
    }

    /// The final outcome, if this is it.
    fn end(&self) -> Option<&Outcome> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Tell(Phase::Done(outcome)) => Some(&**outcome),
            _ => None,
        })
    }

    fn outcome(&self) -> Option<&Outcome> {
        match self.to.0.state() {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }
}

fn rules(world: &World, hooks: HookSet) -> Rules {
    Rules {
        hooks,
        ..world.rules()
    }
}

fn is_hook(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::RunHook(_) | Effect::StopHook | Effect::Tell(Phase::Hook(_))
    )
}

fn events((life, world, past): &Node) -> Vec<Event> {
    if life.is_over() {
        return vec![];
    }
    let wanted = |event: &Event| match event {
        Event::Cancel { cause, .. } => matches!(
            cause,
            CancelCause::Interrupt
                | CancelCause::FailFast
                | CancelCause::MaxFail
                | CancelCause::ProjectTimeout
        ),
        _ => true,
    };
    let mut events = world.possible_events(life.state());
    if life.hook().is_some() {
        let is_answer = |event: &Event| world.answers(event).is_some();
        events.extend(all_events().into_iter().filter(is_answer));
        // Time limits and signals also reach deployments that are cancelled or finished.
        let cancel = |cause, force| Event::Cancel { cause, force };
        events.extend([
            cancel(CancelCause::ProjectTimeout, false),
            cancel(CancelCause::ProjectTimeout, true),
            cancel(CancelCause::Interrupt, false),
        ]);
    }
    events.retain(wanted);
    events.extend((!past.closed).then_some(Event::EndHooks));
    events
}

fn after((life, world, past): &Node, event: &Event) -> (Node, Vec<Effect>) {
    let (to, effects) = live(rules(world, past.hooks), life.clone(), event.clone());
    let mut past = past.clone();
    match event {
        Event::EndHooks => past.closed = true,
        Event::Cancel { force: true, .. } => past.forced = true,
        Event::HookEnded(record) if record.error.is_none() => past.good.extend(life.hook()),
        _ => {}
    }
    for effect in &effects {
        match effect {
            Effect::RunHook(hook) => _ = past.started.insert(*hook),
            Effect::Submit => past.sent = true,
            _ => {}
        }
    }
    let world = world.after(event, life.state(), &effects);
    ((to, world, past), effects)
}

fn uploads(state: &State) -> u32 {
    match state {
        State::Preparing(attempt)
        | State::Retrying(attempt)
        | State::Submitting { attempt, .. }
        | State::Waiting { attempt, .. } => attempt.number,
        _ => 0,
    }
}

fn walk(hooks: HookSet) -> Vec<Edge> {
    let past = Past {
        hooks,
        ..Past::default()
    };
    let start = (Life::PENDING, World::of(Operation::Deploy), past);
    let mut seen = BTreeSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    let mut edges = vec![];
    while let Some(from) = queue.pop_front() {
        for event in events(&from) {
            let (to, effects) = after(&from, &event);
            if uploads(to.0.state()) <= UPLOADS && seen.insert(to.clone()) {
                queue.push_back(to.clone());
            }
            assert!(seen.len() < 20_000, "the states have no end: {to:?}");
            edges.push(Edge {
                from: from.clone(),
                event,
                to,
                effects,
            });
        }
    }
    edges
}

#[test]
fn hooks_keep_their_promises() {
    SETS.into_iter().for_each(keep_their_promises);
}

fn keep_their_promises(hooks: HookSet) {
    let edges = walk(hooks);
    let mut ends = BTreeSet::new();
    for edge in &edges {
        nothing_is_uploaded_without_what_comes_before(edge);
        a_hook_is_started_once_and_alone(edge);
        hooks_fit_what_has_happened(edge);
        nothing_is_asked_while_a_hook_runs(edge);
        a_forced_cancel_is_never_held_up(edge);
        the_error_of_a_hook_is_told_with_what_it_said(edge);
        without_force_only_a_time_limit_stops_a_hook(edge);
        what_is_about_the_server_is_decided_by_step(edge);
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
    the_end_can_be_reached(&edges);
}

fn nothing_is_uploaded_without_what_comes_before(edge: &Edge) {
    if edge.effects.contains(&Effect::Submit) {
        let Past { hooks, good, .. } = &edge.to.2;
        assert_eq!(good.contains(&Hook::Pre), hooks.pre, "{edge:#?}");
        assert_eq!(good.contains(&Hook::Test), hooks.test, "{edge:#?}");
        assert!(!edge.from.2.closed || edge.from.2.sent, "{edge:#?}");
    }
}

fn a_hook_is_started_once_and_alone(edge: &Edge) {
    let Some(hook) = edge.starts() else { return };
    assert!(!edge.from.2.started.contains(&hook), "{edge:#?}");
    assert!(!edge.from.2.closed, "{edge:#?}");
    let is_end = matches!(edge.event, Event::HookEnded(_));
    assert!(edge.from.0.hook().is_none() || is_end, "{edge:#?}");
    assert_eq!(edge.to.0.hook(), Some(hook), "{edge:#?}");
    assert!(edge.to.1.awaits(Outstanding::Hook), "{edge:#?}");
}

fn hooks_fit_what_has_happened(edge: &Edge) {
    let result = edge.outcome().map(|outcome| outcome.result);
    match edge.starts() {
        None => {}
        Some(Hook::Pre) => assert!(result.is_none() && !edge.to.2.sent, "{edge:#?}"),
        Some(Hook::Test) => {
            let Past { hooks, good, .. } = &edge.to.2;
            assert!(result.is_none() && !edge.to.2.sent, "{edge:#?}");
            assert_eq!(good.contains(&Hook::Pre), hooks.pre, "{edge:#?}");
        }
        Some(Hook::Post) => {
            assert_eq!(result, Some(ProjectResult::Succeeded), "{edge:#?}");
        }
        Some(Hook::OnFailure) => {
            let result = result.unwrap();
            let started = &edge.to.2.started;
            assert!(started.contains(&Hook::Pre) || started.contains(&Hook::Test));
            assert!(!result.is_success());
        }
    }
    let Some(end) = edge.end() else { return };
    let past = &edge.to.2;
    match end.result {
        ProjectResult::Unchanged => assert!(past.started.is_empty(), "{edge:#?}"),
        ProjectResult::Succeeded => assert!(past.good.contains(&Hook::Post), "{edge:#?}"),
        // Started and failed deployments are reported, unless by force.
        _ if past.started.is_empty() || past.closed || past.forced => {}
        _ => assert!(past.started.contains(&Hook::OnFailure), "{edge:#?}"),
    }
    if end.reason == Some(Reason::PostHook) {
        let why = end.error.as_ref().map(|error| error.message.as_str());
        assert!(
            end.deployment_id.is_some() && why.is_some_and(|why| !why.is_empty()),
            "{edge:#?}"
        );
        assert!(!past.good.contains(&Hook::Post), "{edge:#?}");
    }
}

fn nothing_is_asked_while_a_hook_runs(edge: &Edge) {
    if edge.to.0.hook().is_none() {
        return;
    }
    for effect in &edge.effects {
        let is_quiet = matches!(effect, Effect::CloseStream | Effect::Tell(_));
        assert!(is_quiet || is_hook(effect), "{effect:?}: {edge:#?}");
    }
}

fn a_forced_cancel_is_never_held_up(edge: &Edge) {
    let Event::Cancel { force: true, .. } = edge.event else {
        return;
    };
    if edge.from.0.hook().is_some() {
        assert!(edge.to.0.is_over(), "{edge:#?}");
        assert!(edge.effects.contains(&Effect::StopHook), "{edge:#?}");
    } else {
        let is_left = edge.to.0.is_over() || edge.starts() == Some(Hook::OnFailure);
        assert!(is_left, "{edge:#?}");
    }
}

fn of_hooks() -> [Option<Reason>; 3] {
    [Reason::PreHook, Reason::TestFailed, Reason::PostHook].map(Some)
}

fn the_error_of_a_hook_is_told_with_what_it_said(edge: &Edge) {
    let Event::HookEnded(record) = &edge.event else {
        return;
    };
    let is_news = edge.from.0.state() != edge.to.0.state();
    let is_of_hook = |end: &&Outcome| is_news && of_hooks().contains(&end.reason);
    let Some(end) = edge.outcome().filter(is_of_hook) else {
        return;
    };
    let error = end.error.as_ref().unwrap();
    assert_eq!(record.error.as_ref(), Some(&error.message), "{edge:#?}");
    assert_eq!(record.output, error.output, "{edge:#?}");
}

fn without_force_only_a_time_limit_stops_a_hook(edge: &Edge) {
    let (Some(hook), Event::Cancel { cause, force }) = (edge.from.0.hook(), &edge.event) else {
        return;
    };
    if !force {
        // `on_failure` has its own time limit.
        let is_stopped = *cause == CancelCause::ProjectTimeout && hook != Hook::OnFailure;
        let effects = Vec::from_iter(is_stopped.then_some(Effect::StopHook));
        assert_eq!(edge.effects, effects, "{edge:#?}");
        assert_eq!(edge.to.0.hook(), Some(hook), "{edge:#?}");
    }
}

/// Every transition of the deployment is one of `step`, so its promises hold here.
fn what_is_about_the_server_is_decided_by_step(edge: &Edge) {
    let (before, after) = (edge.from.0.state(), edge.to.0.state());
    let own = |effect: &&Effect| {
        !is_hook(effect) && !matches!(effect, Effect::CloseStream | Effect::Tell(Phase::Done(_)))
    };
    let effects: Vec<&Effect> = edge.effects.iter().filter(own).collect();
    if before == after {
        return assert!(
            effects.is_empty() || edge.from.0.hook().is_none(),
            "{edge:#?}"
        );
    }
    if edge
        .outcome()
        .is_some_and(|end| of_hooks().contains(&end.reason))
    {
        return assert!(effects.is_empty(), "{edge:#?}");
    }
    let events = all_events().into_iter().chain([edge.event.clone()]);
    let mut steps = events.map(|event| step(rules(&edge.from.1, ALL), before.clone(), event));
    let is_same = |(state, others): (State, Vec<Effect>)| {
        state == *after && others.iter().filter(own).eq(effects.iter().copied())
    };
    assert!(steps.any(is_same), "{edge:#?}");
}

fn the_last_word_comes_once_and_last(edge: &Edge) {
    assert!(!edge.from.0.is_over());
    assert_eq!(edge.end().is_some(), edge.to.0.is_over(), "{edge:#?}");
}

fn the_end_can_be_reached(edges: &[Edge]) {
    let mut before: HashMap<&Node, Vec<&Node>> = HashMap::new();
    for edge in edges {
        before.entry(&edge.to).or_default().push(&edge.from);
    }
    // After a cut, the walk continues as before.
    let is_end = |node: &&Node| node.0.is_over() || uploads(node.0.state()) > UPLOADS;
    let mut open: Vec<&Node> = before.keys().copied().filter(is_end).collect();
    let mut reaches: BTreeSet<&Node> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        for earlier in before.get(node).into_iter().flatten() {
            if reaches.insert(earlier) {
                open.push(earlier);
            }
        }
    }
    for edge in edges {
        assert!(
            reaches.contains(&edge.from),
            "no way out of {:?}",
            edge.from
        );
    }
}
