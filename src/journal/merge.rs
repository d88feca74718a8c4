//! Joins the journals of the shards of one run.

use super::Earlier;
use crate::log::Ledger;
use crate::model::{
    Event, Partition, PartitionKind, Report, RunEvent, RunId, RunResult, Shard, Timestamp,
};
use std::path::PathBuf;
use thiserror::Error;

/// The joined shards.
#[derive(Debug)]
pub struct Merged {
    /// The ledger of all.
    pub ledger: Ledger,
    /// The last event that they would have as one run.
    pub finished: RunEvent,
    /// What is not known, as sentences: shards without a journal, or whose run had not begun.
    pub missing: Vec<String>,
    /// The journals of shards that do not end well.
    pub unfinished: Vec<PathBuf>,
}

/// Why journals are not those of the shards of one run.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    /// No `--partition`.
    #[error("{path}: not the journal of a shard: its run had no --partition\nhelp: to write its report: orchestrate runs report {path} -o FILE", path = .0.display())]
    Whole(PathBuf),
    /// Another process writes it.
    #[error("{}: its run has not ended\nhelp: wait for it, then merge again", .0.display())]
    Running(PathBuf),
    /// One shard has two journals.
    #[error("{} and {}: both are journals of shard {shard}\nhelp: give one journal of each shard", .paths[0].display(), .paths[1].display())]
    Twice {
        /// The journals.
        paths: [PathBuf; 2],
        /// Its number, of how many.
        shard: String,
    },
    /// Two journals belong to different runs.
    #[error("{} and {}: not shards of one run: {what}\nhelp: the commands of the shards differ only in the M of --partition {kind}:M/N and in --journal", .paths[0].display(), .paths[1].display())]
    Different {
        /// The journals.
        paths: [PathBuf; 2],
        /// How they differ.
        what: String,
        /// How the projects of the first are split.
        kind: PartitionKind,
    },
}

/// Joins the journals of shards, given in any order.
///
/// # Errors
/// They are not those of one run.
pub fn merge(shards: Vec<Earlier>) -> Result<Merged, MergeError> {
    let mut sorted = vec![];
    for earlier in shards {
        let shard = shard(&earlier).cloned();
        let shard = shard.ok_or_else(|| MergeError::Whole(earlier.path.clone()))?;
        if earlier.is_running {
            return Err(MergeError::Running(earlier.path));
        }
        sorted.push((shard, earlier));
    }
    sorted.sort_by_key(|(shard, _)| shard.partition.index);
    for pair in sorted.windows(2) {
        check(&pair[0], &pair[1])?;
    }
    let count = sorted.first().map_or(0, |(shard, _)| shard.partition.count);
    let is_given = |index: &usize| sorted.iter().any(|(it, _)| it.partition.index == *index);
    let absent = (1..=count).filter(|index| !is_given(index));
    let mut missing: Vec<String> = absent
        .map(|index| format!("shard {index} of {count} is missing"))
        .collect();

    let reports = sorted.iter().map(|(_, earlier)| earlier.report());
    let reports: Vec<Report> = reports.collect();
    let mut unfinished = vec![];
    for ((shard, earlier), report) in sorted.iter().zip(&reports) {
        if !earlier.has_ended() || report.exit_code != 0 {
            unfinished.push(earlier.path.clone());
        }
        if report.projects.len() < shard.places.len() {
            let index = shard.partition.index;
            let path = earlier.path.display();
            missing.push(format!(
                "{path}: shard {index} of {count} ended before its run began"
            ));
        }
    }
    let at = reports.iter().map(|report| report.finished_at).max();
    let runs: Vec<&str> = reports.iter().map(|report| &*report.run.0).collect();
    let run = RunId(runs.join("+").into());
    let parts = sorted.iter().zip(&reports);
    let parts = parts.map(|((shard, earlier), report)| (earlier.ledger(), report, &*shard.places));
    let ledger = Ledger::join(parts);
    let mut report = ledger.report(at.unwrap_or(Timestamp(0)));
    report.run = run.clone();
    // What is not known did not succeed.
    let is_worse = matches!(report.result, RunResult::Interrupted | RunResult::TimedOut);
    if !missing.is_empty() && !is_worse {
        (report.result, report.exit_code) = (RunResult::Failed, 1);
    }
    Ok(Merged {
        ledger,
        finished: RunEvent {
            v: 2,
            seq: 1,
            ts: report.finished_at,
            run,
            project: None,
            event: Event::RunFinished(Box::new(report)),
        },
        missing,
        unfinished,
    })
}

fn shard(earlier: &Earlier) -> Option<&Shard> {
    match &earlier.events[0].event {
        Event::RunStarted { partition, .. } => partition.as_deref(),
        _ => None,
    }
}

/// Whether both belong to one run, and are not the same shard.
fn check(one: &(Shard, Earlier), other: &(Shard, Earlier)) -> Result<(), MergeError> {
    let paths = [one.1.path.clone(), other.1.path.clone()];
    let facts = [facts(one), facts(other)];
    let mut pairs = facts[0].iter().zip(&facts[1]);
    if let Some(((name, of_one), (_, of_other))) = pairs.find(|(one, other)| one != other) {
        return Err(MergeError::Different {
            paths,
            what: format!("the {name} is {of_one} and {of_other}"),
            kind: one.0.partition.kind,
        });
    }
    if one.0.plan != other.0.plan {
        return Err(MergeError::Different {
            paths,
            what: "other projects were selected, or they depend on each other in another way"
                .into(),
            kind: one.0.partition.kind,
        });
    }
    let Partition { index, count, .. } = one.0.partition;
    if index == other.0.partition.index {
        let shard = format!("{index} of {count}");
        return Err(MergeError::Twice { paths, shard });
    }
    Ok(())
}

/// What the shards of one run have in common.
fn facts((shard, earlier): &(Shard, Earlier)) -> Vec<(&'static str, String)> {
    let Event::RunStarted {
        operation,
        manifest,
        api_url,
        ..
    } = &earlier.events[0].event
    else {
        return vec![];
    };
    let Partition { kind, count, .. } = shard.partition;
    vec![
        ("operation", operation.to_string()),
        ("manifest", manifest.clone()),
        ("API", api_url.clone()),
        ("partition", format!("{kind}:M/{count}")),
        (
            "number of projects in all shards",
            shard.selected.to_string(),
        ),
    ]
}
