//! The table of transitions: the names of states, events, and effects.

use super::{Node, generated, walk};
use orchestrate::deployment::{Effect, Event, State};
use orchestrate::model::FailureKind;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const STATES: [&str; 11] = [
    "Pending",
    "Bundling",
    "Identifying",
    "Preparing",
    "Submitting",
    "Previewing",
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
        State::Identifying => 2,
        State::Preparing(_) => 3,
        State::Submitting { .. } => 4,
        State::Previewing(_) => 5,
        State::Following { .. } => 6,
        State::Waiting { .. } => 7,
        State::Cancelling { .. } => 8,
        State::Retrying(_) => 9,
        State::Done(_) => 10,
    }]
}

pub(crate) fn event_name(event: &Event) -> String {
    let debug = format!("{event:?}");
    let name: String = debug.chars().take_while(|c| c.is_alphabetic()).collect();
    match event {
        Event::SubmitFailed(failure)
        | Event::CancelFailed(failure)
        | Event::PollFailed(failure)
        | Event::StreamLost(failure) => match failure.error.http_status {
            Some(status) if failure.kind == FailureKind::Refused => format!("{name}: {status}"),
            _ => format!("{name}: {:?}", failure.kind),
        },
        Event::Cancel { cause, force } => {
            let cause: String = format!("{cause:?}")
                .chars()
                .take_while(|c| c.is_alphabetic())
                .collect();
            format!("{name}{}: {cause}", if *force { " by force" } else { "" })
        }
        Event::Prepared {
            unchanged: true, ..
        } => format!("{name}: unchanged"),
        Event::Previewed {
            same_bundle: true, ..
        } => format!("{name}: same bundle"),
        Event::Bundle { ahead: true } => format!("{name}: ahead"),
        Event::Unbundled(failed) => format!("{name}: remedy {:?}", failed.remedy),
        Event::Conflicted(None) => format!("{name}: no blocker named"),
        Event::Ended(ending) => {
            let ending: String = format!("{ending:?}")
                .chars()
                .take_while(|c| c.is_alphabetic())
                .collect();
            format!("{name}: {ending}")
        }
        _ => name,
    }
}

pub(crate) fn describe(state: &State, effects: &[Effect]) -> String {
    let state = match state {
        State::Done(outcome) => match &outcome.reason {
            Some(reason) => format!("Done: {} ({reason})", outcome.result),
            None => format!("Done: {}", outcome.result),
        },
        state => state_name(state).to_owned(),
    };
    let effects: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Bundle { .. } => Some("bundle"),
            Effect::Identify => Some("check ownership"),
            Effect::Prepare => Some("prepare"),
            Effect::Submit => Some("submit"),
            Effect::Preview => Some("send a dry run"),
            Effect::Destroy => Some("delete"),
            Effect::OpenStream(_) => Some("open the stream"),
            Effect::CloseStream => Some("close the stream"),
            Effect::Look(_) => Some("look"),
            Effect::Poll(..) => Some("poll"),
            Effect::RequestCancel(..) => Some("request a cancel"),
            Effect::AskSupervisor(_) => Some("ask the Supervisor"),
            // `step` never runs hooks: see `hooks`.
            Effect::RunHook(_) | Effect::StopHook => None,
            Effect::Tell(_) => None,
        })
        .collect();
    if effects.is_empty() {
        format!("**{state}**")
    } else {
        format!("**{state}**; {}", effects.join(", "))
    }
}

#[test]
fn the_table_of_transitions_is_up_to_date() {
    let edges = walk();
    let states: BTreeSet<&Node> = edges.iter().map(|edge| &edge.from).collect();
    let mut rows: BTreeMap<(usize, &str, String), BTreeSet<String>> = BTreeMap::new();
    for edge in &edges {
        let from = state_name(&edge.from.0);
        if edge.from.0 == edge.to.0 && edge.effects.is_empty() {
            continue;
        }
        let order = STATES.iter().position(|state| *state == from).unwrap();
        rows.entry((order, from, event_name(&edge.event)))
            .or_default()
            .insert(describe(&edge.to.0, &edge.effects));
    }
    let mut table = format!(
        "# Transitions of one deployment\n\n\
         Written by `tests/walk.rs`, which visits every reachable state of `deployment::step` with every possible\n\
         event, and asserts the promises: {} states including their surroundings, {} transitions.\n\
         Do not edit; run `UPDATE_DOCS=1 cargo test --test walk`.\n\n\
         Events without effect are omitted. If a row has several lines, the operation, the remaining retries, a lost\n\
         response, or a cancel decides.\n\n\
         | state | event | new state and effects |\n|---|---|---|\n",
        states.len(),
        edges.len()
    );
    for ((_, from, event), outcomes) in rows {
        let outcomes: Vec<String> = outcomes.into_iter().collect();
        table += &format!("| {from} | {event} | {} |\n", outcomes.join("<br>"));
    }
    generated::assert_generated("docs/transitions.md", &table);
}
