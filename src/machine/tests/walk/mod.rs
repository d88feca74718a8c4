//! Visits every state that one deployment can reach, with every event that can occur in it, and asserts the promises of the
//! state machine. `docs/transitions.md` is the table of the result.

mod hooks;
mod operations;
mod table;
mod world;

use crate::machine::deployment::{
    Attempt, Cancelling, Delay, Deployment, Following, Input, Output, Poll, Rules, State, Update,
    Watch,
};
use crate::model::{
    Event, FailureKind, HookSet, Operation, OriginKind, Outage, ProjectResult, Reason, Remedy,
    Retries,
};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::LazyLock;
use std::time::Duration;
use world::{Outstanding, World, all_inputs};

/// A state of the deployment, together with the state of the server and the wire.
#[derive(Clone, Debug)]
struct Node {
    machine: Deployment,
    world: World,
}

/// One observed transition.
#[derive(Debug)]
struct Edge {
    from: Node,
    input: Input,
    to: Node,
    outputs: Vec<Output>,
}

/// The rules of the walk: enough retries to tell them from their end, and delays that tell which failure they follow.
fn rules(operation: Operation, hooks: HookSet) -> Rules {
    Rules {
        operation,
        origin: OriginKind::Directory,
        retries: Retries {
            count: 1,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            jitter: false,
        },
        hooks,
    }
}

impl Node {
    fn start(operation: Operation, hooks: HookSet) -> Self {
        Self {
            machine: Deployment::new(rules(operation, hooks)),
            world: World::of(operation, hooks),
        }
    }

    fn state(&self) -> &State {
        self.machine.state()
    }

    /// Upload numbers grow without bound, and only the first one is special: later ones are walked as one.
    fn key(&self) -> (Deployment, World) {
        let mut machine = self.machine.clone();
        machine.fold_attempts();
        (machine, self.world.clone())
    }

    fn after(&self, input: &Input) -> (Self, Vec<Output>) {
        let mut machine = self.machine.clone();
        let outputs = machine.handle(input.clone(), &mut || 1.0);
        let world = self.world.after(input, &self.machine, &outputs);
        (Self { machine, world }, outputs)
    }
}

/// Every transition that can be reached from here.
fn walk_from(starts: impl IntoIterator<Item = Node>) -> Vec<Edge> {
    let mut queue: VecDeque<Node> = starts.into_iter().collect();
    let mut seen: HashSet<_> = queue.iter().map(Node::key).collect();
    let mut edges = vec![];
    while let Some(from) = queue.pop_front() {
        for input in from.world.possible_inputs(&from.machine) {
            let (to, outputs) = from.after(&input);
            if seen.insert(to.key()) {
                queue.push_back(to.clone());
            }
            assert!(seen.len() < 20_000, "the states have no end: {to:?}");
            edges.push(Edge {
                from: from.clone(),
                input,
                to,
                outputs,
            });
        }
    }
    edges
}

/// The walk without hooks, which all tests share.
fn walk() -> &'static [Edge] {
    static WALK: LazyLock<Vec<Edge>> = LazyLock::new(|| {
        let operations = [Operation::Deploy, Operation::Preview, Operation::Destroy];
        walk_from(operations.map(|operation| Node::start(operation, HookSet::default())))
    });
    &WALK
}

/// Whether a payload (of an upload or a dry run) or a deletion is sent.
fn uploads(edge: &Edge) -> bool {
    edge.outputs.contains(&Output::Preview) || starts_something(edge)
}

/// Whether a request that may start a deployment is sent: its turn has come, and the machine wants it.
fn starts_something(edge: &Edge) -> bool {
    edge.input == world::turn_granted() && matches!(edge.to.state(), State::Submitting(_))
}

fn outcome(node: &Node) -> Option<&crate::model::Outcome> {
    match node.state() {
        State::Done(outcome) => Some(outcome),
        _ => None,
    }
}

/// The nodes from which an end cannot be reached.
fn stuck(edges: &[Edge], is_end: impl Fn(&Node) -> bool) -> Vec<&Node> {
    // Numbers instead of nodes: comparing those takes long.
    let mut numbers = HashMap::new();
    let mut number = |node: &Node| {
        let next = numbers.len();
        *numbers.entry(node.key()).or_insert(next)
    };
    let numbered: Vec<(usize, usize)> = edges
        .iter()
        .map(|edge| (number(&edge.from), number(&edge.to)))
        .collect();
    let mut before: HashMap<usize, Vec<usize>> = HashMap::new();
    for (from, to) in &numbered {
        before.entry(*to).or_default().push(*from);
    }
    let ends = edges.iter().zip(&numbered);
    let ends = ends.filter(|(edge, _)| is_end(&edge.to));
    let mut open: Vec<usize> = ends.map(|(_, (_, to))| *to).collect();
    let mut reaches: HashSet<usize> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        for earlier in before.get(&node).into_iter().flatten() {
            if reaches.insert(*earlier) {
                open.push(*earlier);
            }
        }
    }
    let from = edges.iter().zip(&numbered);
    let stuck = from.filter(|(_, (from, _))| !reaches.contains(from));
    stuck.map(|(edge, _)| &edge.from).collect()
}

#[test]
fn done_is_final_despite_late_events() {
    let edges = walk();
    let mut ends = HashSet::new();
    for end in edges.iter().map(|edge| &edge.to) {
        if outcome(end).is_none() || !ends.insert(end.machine.clone()) {
            continue;
        }
        for input in all_inputs() {
            let (after, outputs) = end.after(&input);
            assert_eq!((&after.machine, outputs), (&end.machine, vec![]));
        }
    }
    assert!(ends.len() > 20, "only {}", ends.len());
}

#[test]
fn the_end_is_reported_exactly_once_and_correctly() {
    for edge in walk() {
        let told: Vec<_> = edge
            .outputs
            .iter()
            .filter_map(|effect| match effect {
                Output::Update(Update::Finished(outcome)) => Some(&**outcome),
                _ => None,
            })
            .collect();
        let ended_now = outcome(&edge.from).is_none() && outcome(&edge.to).is_some();
        assert_eq!(told.len(), usize::from(ended_now));
        assert_eq!(
            told.first().copied(),
            outcome(&edge.to).filter(|_| ended_now)
        );
    }
}

#[test]
fn at_most_one_upload_is_in_flight() {
    for edge in walk() {
        if uploads(edge) {
            assert!(!edge.from.world.awaits(Outstanding::SubmitReply));
            // The upload may follow an answered dry run.
            let answered = edge.from.world.answers(&edge.input) == Some(Outstanding::PreviewReply);
            assert!(answered || !edge.from.world.awaits(Outstanding::PreviewReply));
        }
    }
}

#[test]
fn nothing_is_uploaded_after_a_cancel() {
    for edge in walk() {
        if uploads(edge) {
            assert!(!edge.from.world.unwanted, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_while_the_blocker_is_running() {
    for edge in walk() {
        if starts_something(edge) {
            assert!(!edge.from.world.blocker_runs, "{:?}", edge.from);
        }
    }
}

#[test]
fn nothing_is_uploaded_before_the_ownership_is_known() {
    let (mut refused, mut unanswered) = (0, 0);
    for edge in walk() {
        if uploads(edge) {
            let is_identified = edge.from.world.is_identified || edge.to.world.is_identified;
            assert!(is_identified, "{:?}", edge.from);
        }
        if let Some(end) = outcome(&edge.to)
            && matches!(
                end.reason,
                Some(Reason::OwnedByAnotherRepository | Reason::OwnershipUnverified)
            )
        {
            assert_eq!(end.result, ProjectResult::Rejected);
            refused += 1;
        }
        // An unanswered ownership check is not a yes.
        if let (State::Identifying { .. }, Input::Unidentified(failure)) =
            (edge.from.state(), &edge.input)
        {
            let end = outcome(&edge.to).unwrap();
            let refused = failure.kind == FailureKind::Refused;
            assert_eq!(end.result == ProjectResult::Unavailable, !refused);
            assert_eq!(end.result == ProjectResult::Rejected, refused);
            unanswered += 1;
        }
    }
    assert!(refused > 0 && unanswered > 0);
}

#[test]
fn an_unverified_project_is_not_touched_before_a_dry_run_has_decided() {
    let (mut asked, mut refused) = (0, 0);
    for edge in walk() {
        let is_unverified = edge.to.world.unverified;
        if starts_something(edge) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        // Nor is a deployment of it cancelled.
        let cancels = |effect: &Output| matches!(effect, Output::RequestCancel(..));
        if edge.outputs.iter().any(cancels) {
            assert!(!is_unverified, "{:?}", edge.from);
        }
        let is_deployment = edge.from.world.operation == Operation::Deploy;
        let is_preview = matches!(edge.to.state(), State::Previewing(it) if it.preview);
        if is_deployment && !is_preview && edge.outputs.contains(&Output::Preview) {
            assert!(is_unverified, "dry run without need: {:?}", edge.from);
            asked += 1;
        }
        if let (State::Previewing(_), Input::Unprepared { reason, .. }) =
            (edge.from.state(), &edge.input)
        {
            let end = outcome(&edge.to).unwrap();
            assert_eq!(end.result, ProjectResult::Rejected);
            assert_eq!(end.reason.as_ref(), Some(reason));
            refused += 1;
        }
    }
    assert!(asked > 0 && refused > 0);
}

/// The files that belong to an unchanged bundle may no longer be there, so nothing of it can be sent.
#[test]
fn an_unchanged_bundle_is_previewed_without_a_dry_run() {
    let mut unverified = BTreeSet::new();
    for edge in walk() {
        let (
            State::Preparing(Attempt { preview: true, .. }),
            Input::Prepared {
                unchanged: true, ..
            },
        ) = (edge.from.state(), &edge.input)
        else {
            continue;
        };
        assert!(!edge.outputs.contains(&Output::Preview), "{edge:?}");
        unverified.insert(edge.to.world.unverified);
    }
    assert_eq!(unverified.len(), 2);
}

#[test]
fn nothing_is_uploaded_without_a_slot() {
    for edge in walk() {
        if uploads(edge) {
            let has_slot = edge.from.world.holds_slot
                || matches!(edge.input, Input::Preview | Input::Start | Input::Retry);
            assert!(has_slot, "{:?}", edge.from);
        }
    }
}

#[test]
fn bundling_is_repeated_only_if_it_was_early_and_can_be_fixed_and_all_ids_are_known() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        let Input::Unbundled(failed) = &edge.input else {
            continue;
        };
        let operation = edge.from.world.operation;
        let is_awaited = edge.to.world.is_unbundled && outcome(&edge.to).is_none();
        let may_be = edge.from.world.is_ahead
            && failed.logical_id.is_some()
            && match operation {
                Operation::Deploy => failed.remedy != Remedy::None,
                Operation::Preview => failed.remedy == Remedy::Likely,
                Operation::Destroy => false,
            };
        assert_eq!(is_awaited, may_be, "{edge:?}");
        seen.insert((operation, is_awaited));
        if let Some(end) = outcome(&edge.to) {
            assert_eq!(end.reason.as_ref(), Some(&failed.reason), "{edge:?}");
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn the_response_to_an_upload_is_awaited_unless_forced() {
    for edge in walk() {
        let abandoned = edge.from.world.awaits(Outstanding::SubmitReply)
            && !matches!(
                edge.input,
                Input::Accepted(_)
                    | Input::Conflicted { .. }
                    | Input::AlreadyDeleted
                    | Input::SubmitFailed(_)
            );
        if let (true, Some(end)) = (abandoned, outcome(&edge.to)) {
            assert!(matches!(edge.input, Input::Cancel { force: true, .. }));
            assert_eq!(end.result, ProjectResult::Detached);
        }
    }
}

#[test]
fn an_accepted_deployment_is_followed_or_named_in_the_outcome() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if edge.to.world.ours_runs {
            assert_eq!(end.deployment_id, Some(world::ours()), "{:?}", edge.input);
            assert!(
                matches!(
                    end.result,
                    ProjectResult::Detached | ProjectResult::Unavailable | ProjectResult::Rejected
                ),
                "{end:?} hides a deployment that still runs"
            );
        }
    }
}

#[test]
fn a_deployment_that_a_lost_response_may_have_started_is_never_hidden() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if edge.to.world.may_be_orphaned {
            let says_so = end.result == ProjectResult::Detached
                || end
                    .cause
                    .as_deref()
                    .is_some_and(|cause| cause.contains("may have started"));
            assert!(says_so, "{end:?}");
        }
    }
}

#[test]
fn success_requires_the_servers_success() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if outcome(&edge.from).is_some() || !end.result.is_success() {
            continue;
        }
        if let Input::Previewed { same_bundle, .. } = edge.input {
            let unchanged = end.result == ProjectResult::Unchanged;
            assert_eq!(unchanged, same_bundle, "unchanged");
        } else if end.result == ProjectResult::Unchanged {
            // Nothing of it was ever sent, in this run or by a lost upload.
            let State::Preparing(attempt) = *edge.from.state() else {
                panic!("{edge:?}");
            };
            let unverified = attempt.unverified;
            assert_eq!(
                attempt,
                Attempt {
                    unverified,
                    ..Attempt::FIRST
                }
            );
        } else if edge.input == Input::AlreadyDeleted {
            assert_eq!(edge.from.world.operation, Operation::Destroy);
        } else {
            assert!(matches!(
                edge.input,
                Input::Ended(crate::model::Ending::Succeeded { .. })
            ));
            assert!(edge.from.world.ours_runs);
        }
    }
}

#[test]
fn something_is_always_awaited_until_the_end() {
    for edge in walk() {
        if outcome(&edge.to).is_none() {
            assert!(
                edge.to.world.awaits_anything(),
                "stuck: {:?} after {:?}",
                edge.to,
                edge.input
            );
        }
    }
}

#[test]
fn no_request_about_a_deployment_is_doubled() {
    for edge in walk() {
        for outstanding in [
            Outstanding::Poll,
            Outstanding::CancelReply,
            Outstanding::Stream,
        ] {
            let asked = edge.outputs.iter().filter(|effect| {
                let asks = match effect {
                    Output::Poll(_) | Output::GetStatus(_) => Outstanding::Poll,
                    Output::RequestCancel(..) => Outstanding::CancelReply,
                    Output::OpenStream(..) => Outstanding::Stream,
                    _ => return false,
                };
                asks == outstanding
            });
            let answered = edge.from.world.answers(&edge.input) == Some(outstanding);
            let before = edge.from.world.awaits(outstanding) && !answered;
            assert!(
                asked.count() + usize::from(before) <= 1,
                "{outstanding:?} while one is in flight: {:?} {:?}",
                edge.from,
                edge.input
            );
        }
    }
}

#[test]
fn every_failure_counts_and_determines_the_delay() {
    let failures = |state: &State, is_stream: bool| match state {
        State::Following(following) if is_stream => following.breaks,
        State::Following(following) => following.failures,
        State::Waiting(waiting) => waiting.failures,
        State::Cancelling(cancelling) => cancelling.failures,
        other => panic!("{other:?} sends no request again"),
    };
    let mut seen = BTreeSet::new();
    for edge in walk() {
        for output in &edge.outputs {
            let (delay, is_stream) = match output {
                Output::Poll(Poll {
                    delay: Delay::Exactly(delay),
                    ..
                })
                | Output::RequestCancel(_, delay) => (delay, false),
                Output::OpenStream(_, delay) => (delay, true),
                _ => continue,
            };
            if delay.is_zero() {
                continue;
            }
            let before = failures(edge.from.state(), is_stream);
            let after = failures(edge.to.state(), is_stream);
            // The failures of an outage do not count. Only a cancel does not wait for its end.
            let is_outage = matches!(&edge.input, Input::CancelFailed(it) if it.outage.is_some());
            assert_eq!(after, before + u32::from(!is_outage), "{edge:?}");
            let doubled = before.saturating_sub(u32::from(is_outage));
            assert_eq!(*delay, Duration::from_secs(1 << doubled), "{edge:?}");
            seen.insert((table::state_name(edge.to.state()), format!("{output:?}")));
        }
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[test]
fn a_broken_stream_is_reconnected_or_replaced_by_a_poll() {
    let (mut reconnected, mut polled) = (0, 0);
    for edge in walk() {
        let (State::Following(following), Input::StreamBroken(failure)) =
            (edge.from.state(), &edge.input)
        else {
            continue;
        };
        // A refusal, and anything but a stream, is final; other failures are retried.
        let is_stream_refused = matches!(
            failure.kind,
            FailureKind::Refused | FailureKind::Unexpected | FailureKind::Certificate
        );
        let reopens = edge
            .outputs
            .iter()
            .any(|output| matches!(output, Output::OpenStream(..)));
        let says_so = edge.outputs.iter().any(|output| {
            matches!(
                output,
                Output::Update(Update::Event(Event::Reconnecting { attempt, .. }))
                    if *attempt == following.breaks + 1
            )
        });
        let may_reopen = match failure.outage {
            // It is reopened when the account is available, and the outage has its own events.
            Some(Outage::Pause) => true,
            Some(Outage::LimitReached) => false,
            None => !is_stream_refused && following.breaks == 0,
        };
        let is_told = may_reopen && failure.outage.is_none();
        assert_eq!((reopens, says_so), (may_reopen, is_told), "{edge:?}");
        let State::Following(after) = edge.to.state() else {
            panic!("{edge:?}");
        };
        assert_eq!(after.watch == Watch::Poll, !may_reopen, "{edge:?}");
        reconnected += usize::from(reopens);
        polled += usize::from(!reopens);
    }
    assert!(reconnected > 0 && polled > 0);
}

/// Neither is a refusal: it may be a proxy's.
#[test]
fn one_refused_or_unanswered_question_ends_no_accepted_deployment() {
    let mut asked_again = 0;
    for edge in walk() {
        let is_accepted = matches!(
            edge.from.state(),
            State::Following(Following { watch, .. }) | State::Cancelling(Cancelling { watch, .. })
                if *watch != Watch::Unconfirmed
        );
        let is_answer = match &edge.input {
            Input::NotFound | Input::CancelNotFound => true,
            Input::StreamBroken(_) => true,
            Input::PollFailed(failure) => {
                failure.kind == FailureKind::Refused || failure.outage == Some(Outage::Pause)
            }
            _ => false,
        };
        if is_accepted && is_answer {
            assert_eq!(outcome(&edge.to), None, "{edge:?}");
            asked_again += 1;
        }
    }
    assert!(asked_again > 0);
}

/// Each 409 is the API's last word after two more uploads, if it names no deployment that the API knows.
#[test]
fn an_unexplained_409_leads_to_at_most_two_more_uploads_and_then_to_its_words() {
    let mut seen = BTreeSet::new();
    for edge in walk() {
        let unexplained = |state: &State| match state {
            State::Preparing(attempt) | State::Previewing(attempt) | State::Retrying(attempt) => {
                Some(attempt.unexplained)
            }
            State::Submitting(submitting) => Some(submitting.attempt.unexplained),
            State::Waiting(waiting) => Some(waiting.attempt.unexplained),
            _ => None,
        };
        let before = unexplained(edge.from.state());
        let is_unexplained = match (&edge.input, edge.from.state()) {
            (Input::Conflicted { blocker: None, .. }, State::Submitting(it)) => it.cancel.is_none(),
            (Input::Conflicted { blocker: None, .. }, _) => true,
            (Input::NotFound | Input::CancelNotFound, State::Waiting(waiting)) => {
                waiting.unconfirmed && !waiting.is_known
            }
            _ => false,
        };
        // The upload after the dry run of an unverified project is the first one.
        let is_first = matches!(edge.input, Input::Previewed { .. });
        if let (Some(before), Some(after), false) = (before, unexplained(edge.to.state()), is_first)
        {
            assert_eq!(after, before + u32::from(is_unexplained), "{edge:?}");
        }
        if is_unexplained && let Some(before) = before {
            let end = outcome(&edge.to);
            assert_eq!(end.is_some(), before == 2, "{edge:?}");
            let end = end.map(|end| (end.result, end.reason));
            seen.extend(end);
        }
    }
    let rejected = (ProjectResult::Rejected, Some(Reason::Http(409)));
    assert_eq!(seen, BTreeSet::from([rejected]));
}

#[test]
fn every_upload_has_the_next_number() {
    let number = |state: &State| match state {
        State::Preparing(attempt) | State::Previewing(attempt) | State::Retrying(attempt) => {
            Some(attempt.number)
        }
        State::Submitting(submitting) => Some(submitting.attempt.number),
        State::Waiting(waiting) => Some(waiting.attempt.number),
        _ => None,
    };
    let mut seen = 0;
    for edge in walk() {
        let (from, to) = (edge.from.state(), edge.to.state());
        if let (State::Retrying(next), Some(last)) = (to, number(from)) {
            let is_new = !matches!(from, State::Retrying(_));
            assert_eq!(next.number, last + u32::from(is_new), "{from:?}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn an_unresolved_conflict_names_the_blocker() {
    for edge in walk() {
        let (State::Waiting(_), Input::Cancel { .. }) = (edge.from.state(), &edge.input) else {
            continue;
        };
        let end = outcome(&edge.to).unwrap();
        let names_it = end.cause.as_deref() == Some("deployment blocker");
        assert_eq!(names_it, end.result == ProjectResult::Conflicted, "{end:?}");
    }
}

#[test]
fn reported_progress_never_decreases() {
    for edge in walk() {
        let State::Following(following) = edge.from.state() else {
            continue;
        };
        for effect in &edge.outputs {
            if let Output::Update(Update::Event(Event::Progress { percent })) = effect {
                assert!(*percent > following.progress);
            }
        }
    }
}

#[test]
fn an_interrupt_is_never_reported_as_a_failure() {
    for edge in walk() {
        let Some(end) = outcome(&edge.to) else {
            continue;
        };
        if matches!(edge.input, Input::Cancel { .. }) && outcome(&edge.from).is_none() {
            assert_ne!(end.result, ProjectResult::Failed);
            assert_ne!(end.reason, Some(Reason::DeploymentFailed));
        }
    }
}

#[test]
fn the_end_can_be_reached_from_everywhere() {
    let edges = walk();
    let stuck = stuck(edges, |node| outcome(node).is_some());
    assert!(stuck.is_empty(), "no way out of {:?}", stuck[0]);
}
