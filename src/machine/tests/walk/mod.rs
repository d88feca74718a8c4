//! Visits every state that one deployment can reach, with every event that can occur in it, and asserts the promises of the
//! state machine. `docs/transitions.md` is the table of the result.

mod ends;
mod hooks;
mod operations;
mod requests;
mod table;
mod uploads;
mod world;

use crate::machine::deployment::{
    Attempt, Cancelling, Delay, Deployment, Following, GROWING, Input, Output, Poll, Rules, State,
    Update, Watch,
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

/// Failures in a row that are retried.
const RETRIES: u32 = 1;

/// The rules of the walk: enough retries to tell them from their end, and delays that tell which failure they follow.
fn rules(operation: Operation, hooks: HookSet) -> Rules {
    Rules {
        operation,
        origin: OriginKind::Directory,
        retries: Retries {
            count: RETRIES,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            jitter: false,
        },
        hooks,
        maybe_sent: false,
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
