//! The table of transitions: the names of states, events, and effects.

use super::{Edge, outcome, walk};
use crate::machine::deployment::{Input, Output, State, Update};
use crate::model::{Failure, FailureKind, Operation, Outage, ProjectResult, Reason};
use crate::tests::support::generated;
use std::collections::{BTreeMap, BTreeSet, HashSet};

pub(crate) const STATES: [&str; 12] = [
    "Pending",
    "Bundling",
    "Identifying",
    "Preparing",
    "Submitting",
    "Previewing",
    "Previewed",
    "Following",
    "Waiting",
    "Cancelling",
    "Retrying",
    "Done",
];

pub(crate) fn state_name(state: &State) -> &'static str {
    STATES[match state {
        State::Pending => 0,
        State::Bundling { .. } => 1,
        State::Identifying { .. } => 2,
        State::Preparing(_) => 3,
        State::Submitting(_) => 4,
        State::Previewing(_) => 5,
        State::Previewed { .. } => 6,
        State::Following(_) => 7,
        State::Waiting(_) => 8,
        State::Cancelling(_) => 9,
        State::Retrying(_) => 10,
        State::Done(_) => 11,
    }]
}

/// The name of an input, and what distinguishes it from others of that name.
fn input_name(input: &Input) -> (String, String) {
    let word =
        |debug: String| -> String { debug.chars().take_while(|c| c.is_alphanumeric()).collect() };
    let detail = match input {
        input if failure(input).is_some() => failure(input).map(failure_name).unwrap(),
        Input::Cancel { force: true, .. } => "by force".to_owned(),
        Input::Prepared {
            unchanged: true, ..
        } => "unchanged".to_owned(),
        Input::Previewed {
            same_bundle: true, ..
        } => "same bundle".to_owned(),
        Input::BuildBundle { ahead: true } => "ahead".to_owned(),
        Input::Unbundled(failed) => format!(
            "remedy {}",
            word(format!("{:?}", failed.remedy)).to_lowercase()
        ),
        Input::Conflicted { blocker: None, .. } => "no blocker named".to_owned(),
        Input::Ended(ending) => word(format!("{ending:?}")).to_lowercase(),
        _ => String::new(),
    };
    (word(format!("{input:?}")), detail)
}

pub(super) fn failure(input: &Input) -> Option<&Failure> {
    match input {
        Input::SubmitFailed(failure)
        | Input::CancelFailed(failure)
        | Input::PollFailed(failure)
        | Input::StreamBroken(failure)
        | Input::Unidentified(failure) => Some(failure),
        _ => None,
    }
}

fn failure_name(failure: &Failure) -> String {
    match failure.outage {
        Some(Outage::Pause) => return "outage".to_owned(),
        Some(Outage::LimitReached) => return "outage limit reached".to_owned(),
        Some(Outage::Flaky) => return "failure soon after an outage".to_owned(),
        None => {}
    }
    match (failure.kind, failure.error.http_status) {
        (FailureKind::Connection, _) => "no connection".to_owned(),
        (FailureKind::Certificate, _) => "untrusted certificate".to_owned(),
        (FailureKind::ReplyLost, _) => "no response".to_owned(),
        (FailureKind::Unexpected, _) => "unexpected response".to_owned(),
        (_, Some(status)) => status.to_string(),
        (FailureKind::Busy | FailureKind::Refused, None) => String::new(),
    }
}

fn describe(edge: &Edge) -> String {
    let state = match outcome(&edge.to) {
        Some(end) if end.result == ProjectResult::Detached => "Done: detached".to_owned(),
        Some(end) if end.reason.is_some() && end.reason == cause(edge) => {
            "Done, by the cause".to_owned()
        }
        Some(end) => match &end.reason {
            Some(reason) if failure(&edge.input).is_none() => {
                format!("Done: {} ({reason})", end.result)
            }
            _ => format!("Done: {}", end.result),
        },
        None => state_name(edge.to.state()).to_owned(),
    };
    let effects: Vec<&str> = edge.outputs.iter().filter_map(effect).collect();
    if effects.is_empty() {
        format!("**{state}**")
    } else {
        format!("**{state}**; {}", effects.join(", "))
    }
}

/// Why the project is cancelled, now or before.
fn cause(edge: &Edge) -> Option<Reason> {
    let cause = match (&edge.input, edge.from.state()) {
        (Input::Cancel { cause, .. }, _) => cause,
        (_, State::Submitting(submitting)) => submitting.cancel.as_ref()?,
        (_, State::Cancelling(cancelling)) => &cancelling.cause,
        _ => return None,
    };
    // In deletions, dependents come first.
    let is_deletion = edge.from.world.operation == Operation::Destroy;
    Some(match cause.reason {
        Reason::DependencyFailed if is_deletion => Reason::DependentFailed,
        reason => reason,
    })
}

fn effect(output: &Output) -> Option<&'static str> {
    Some(match output {
        Output::BuildBundle { .. } => "bundle",
        Output::CheckOwnership => "check ownership",
        Output::Prepare => "prepare",
        Output::Submit => "submit",
        Output::Preview => "send a dry run",
        Output::Destroy => "delete",
        Output::OpenStream(..) => "open the stream",
        Output::CloseStream => "close the stream",
        Output::GetStatus(_) => "get the status",
        Output::Poll(_) => "poll",
        Output::RequestCancel(..) => "request a cancel",
        Output::Update(Update::Conflict { .. }) => "send Conflict",
        // Without hooks, no hook runs.
        Output::RunHook(_) | Output::StopHook | Output::Update(_) => return None,
    })
}

#[test]
fn the_table_of_transitions_is_up_to_date() {
    let edges = walk();
    let states: HashSet<_> = edges.iter().map(|edge| edge.from.key()).collect();
    // By state, name of the input, and outcomes: what distinguishes the inputs.
    let mut outcomes: BTreeMap<(usize, String, String), BTreeSet<String>> = BTreeMap::new();
    let mut causes = BTreeMap::new();
    for edge in edges {
        if let (State::Pending, Input::Cancel { .. }, Some(end)) =
            (edge.from.state(), &edge.input, outcome(&edge.to))
            && let Some(reason) = end.reason
        {
            causes.insert(reason.to_string(), end.result);
        }
        if edge.from.key() == edge.to.key() && edge.outputs.is_empty() {
            continue;
        }
        let from = state_name(edge.from.state());
        let order = STATES.iter().position(|state| *state == from).unwrap();
        let (name, detail) = input_name(&edge.input);
        outcomes
            .entry((order, name, detail))
            .or_default()
            .insert(describe(edge));
    }
    let mut rows: BTreeMap<(usize, String, Vec<String>), Vec<String>> = BTreeMap::new();
    for ((order, name, detail), outcomes) in outcomes {
        let outcomes = outcomes.into_iter().collect();
        rows.entry((order, name, outcomes))
            .or_default()
            .push(detail);
    }
    let mut table = format!(
        "# Transitions of one deployment\n\n\
         Written by `src/machine/tests/walk/`, which visits every reachable state of `Deployment` with every possible input, and\n\
         asserts the promises: {} states including their surroundings, {} transitions. Do not edit; run\n\
         `UPDATE_DOCS=1 cargo test --lib walk`.\n\n\
         Inputs without effect are omitted. If a row has several lines, the operation, the remaining retries, a lost\n\
         response, or a cancel decides.\n\n\
         | state | input | new state and effects |\n|---|---|---|\n",
        states.len(),
        edges.len()
    );
    for ((order, name, outcomes), details) in rows {
        let input = if details.iter().any(String::is_empty) {
            name
        } else {
            format!("{name}: {}", details.join(", "))
        };
        table += &format!(
            "| {} | {input} | {} |\n",
            STATES[order],
            outcomes.join("<br>")
        );
    }
    table += "\nA cancel without a deployment on the server ends the project by its cause:\n\n| cause | result |\n|---|---|\n";
    for (cause, result) in causes {
        table += &format!("| {cause} | {result} |\n");
    }
    generated::assert_generated("docs/transitions.md", &table);
}
