//! Whole runs of the two machines against a model of a server that fails, loses responses, is
//! slow, and has other clients. Everything is drawn from a printed seed.
//!
//! `SIMULATION_SEEDS=1000 cargo test --release --lib simulation` runs more.

mod run;
mod server;

use crate::log::Ledger;
use crate::model::{Hook, Operation, ProjectResult, Reason};
use run::{Ended, simulate};
use std::time::Duration;

/// Runs that change something.
fn each_seed(check: impl Fn(u64, &Ended)) {
    each_seed_of(Operation::Deploy, &check);
    each_seed_of(Operation::Destroy, &check);
}

fn each_seed_of(operation: Operation, check: impl Fn(u64, &Ended)) {
    let seeds = std::env::var("SIMULATION_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(200);
    for seed in 0..seeds {
        let ended = simulate(seed, operation);
        assert!(
            ended.outcomes.iter().all(Option::is_some),
            "seed {seed}: a project never ended"
        );
        check(seed, &ended);
    }
}

#[test]
fn every_run_ends_within_its_slots() {
    each_seed(|seed, ended| {
        assert!(
            ended.most_slots <= ended.concurrency,
            "seed {seed}: {} slots of {}",
            ended.most_slots,
            ended.concurrency
        );
        assert!(
            ended.most_bundlings <= ended.bundle_concurrency,
            "seed {seed}: {} bundlings of {}",
            ended.most_bundlings,
            ended.bundle_concurrency
        );
    });
}

#[test]
fn two_projects_with_the_same_logical_id_are_not_uploaded() {
    let mut refused = 0;
    each_seed(|seed, ended| {
        assert_eq!(ended.uploads_of_twins, 0, "seed {seed}");
    });
    for seed in 0..200 {
        let reasons = simulate(seed, Operation::Deploy)
            .outcomes
            .into_iter()
            .flatten();
        refused += reasons
            .filter(|end| end.reason == Some(Reason::SameLogicalId))
            .count();
    }
    assert!(refused > 10, "only {refused} were refused");
}

#[test]
fn every_success_is_real_and_no_running_deployment_is_hidden() {
    each_seed(|seed, ended| {
        for (project, outcome) in ended.outcomes.iter().flatten().enumerate() {
            let id = outcome.deployment_id.as_ref();
            let was_not_there = id.is_none() && ended.server.has_denied(project);
            if outcome.result == ProjectResult::Succeeded && !was_not_there {
                let id = id.unwrap();
                assert!(
                    ended.server.succeeded(id),
                    "seed {seed}: {id} did not succeed"
                );
            }
            let may_run_on = matches!(
                outcome.result,
                ProjectResult::Detached | ProjectResult::Unavailable | ProjectResult::Rejected
            );
            for running in ended.server.known_and_running(project) {
                assert!(
                    may_run_on && id == Some(running),
                    "seed {seed}: {running} is still running, hidden by {outcome:?}"
                );
            }
        }
    });
}

#[test]
fn a_project_is_uploaded_only_after_its_bundling_and_its_dependencies() {
    each_seed(|seed, ended| {
        assert!(ended.too_early.is_empty(), "seed {seed}");
    });
}

#[test]
fn a_project_that_needs_a_dependency_for_bundling_is_bundled_after_it() {
    let (mut cured, mut skipped) = (0, 0);
    for seed in 0..400 {
        let ended = simulate(seed, Operation::Deploy);
        let outcomes: Vec<_> = ended.outcomes.iter().flatten().collect();
        for (project, needed) in ended.needs.iter().enumerate() {
            let bundlings = ended.bundlings[project];
            assert!(bundlings <= 2, "seed {seed}: bundled {bundlings} times");
            let Some(needed) = needed else {
                assert!(bundlings <= 1, "seed {seed}: repeated without a reason");
                continue;
            };
            let reason = outcomes[project].reason.as_ref();
            assert_ne!(reason, Some(&Reason::BundlingFailed), "seed {seed}");
            if bundlings == 2 {
                assert!(outcomes[*needed].result.is_success(), "seed {seed}");
                cured += usize::from(outcomes[project].result.is_success());
            }
            skipped += usize::from(reason == Some(&Reason::DependencyFailed));
        }
    }
    assert!(cured > 20 && skipped > 50, "{cured}, {skipped}");
}

#[test]
fn a_preview_reports_projects_that_are_known_later() {
    let mut seen = 0;
    for seed in 0..200 {
        let ended = simulate(seed, Operation::Preview);
        for (project, outcome) in ended.outcomes.iter().flatten().enumerate() {
            assert!(ended.bundlings[project] <= 1, "seed {seed}");
            assert_ne!(outcome.reason, Some(Reason::BundlingFailed), "seed {seed}");
            if outcome.reason == Some(Reason::DependencyNotDeployed) {
                assert_eq!(outcome.result, ProjectResult::Skipped);
                assert!(ended.needs[project].is_some() && outcome.cause.is_some());
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "only {seen}");
}

#[test]
fn hooks_run_in_order_and_nothing_is_uploaded_without_its_pre() {
    let (mut ran, mut posts_missed) = ([0; 4], 0);
    for seed in 0..400 {
        let ended = simulate(seed, Operation::Deploy);
        assert_eq!(ended.uploads_without_hook, 0, "seed {seed}");
        for (hooks, outcome) in ended.hooks.iter().zip(ended.outcomes.iter().flatten()) {
            assert!(hooks.is_sorted(), "seed {seed}: {hooks:?}");
            let has = |hook| hooks.iter().filter(|ran| **ran == hook).count();
            let count = [Hook::Pre, Hook::Post, Hook::OnFailure, Hook::Test].map(has);
            assert!(
                count.iter().all(|count| *count <= 1),
                "seed {seed}: {hooks:?}"
            );
            if outcome.result == ProjectResult::Succeeded {
                assert_eq!(
                    count[1] == 1,
                    ended.has_hooks.post,
                    "seed {seed}: {outcome:?}"
                );
                assert_eq!(count[2], 0, "seed {seed}: {outcome:?}");
            }
            posts_missed += usize::from(outcome.reason == Some(Reason::PostHook));
            ran = [0, 1, 2, 3].map(|at| ran[at] + count[at]);
        }
    }
    assert!(
        ran.iter().all(|ran| *ran > 50) && posts_missed > 10,
        "{ran:?}, {posts_missed}"
    );
}

#[test]
fn no_project_waits_much_longer_than_the_conflict_deadline() {
    each_seed(|seed, ended| {
        // The order to stop is a message and takes time.
        let longest = run::CONFLICT_DEADLINE + Duration::from_millis(1);
        assert!(
            ended.longest_wait <= longest,
            "seed {seed}: {:?}",
            ended.longest_wait
        );
    });
}

#[test]
fn no_project_sends_more_than_one_request_per_second_for_long() {
    each_seed(|seed, ended| {
        for (project, requests) in ended.server.requests().iter().enumerate() {
            let allowed = 30.0 + 2.0 * ended.duration.as_secs_f64();
            assert!(
                f64::from(*requests) <= allowed,
                "seed {seed}: project {project} sent {requests} requests in {:?}",
                ended.duration
            );
        }
    });
}

#[test]
fn a_preview_ends_within_its_slots_and_leaves_nothing_on_the_server() {
    let (succeeded, conflicted) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    each_seed_of(Operation::Preview, |seed, ended| {
        assert!(ended.most_slots <= ended.concurrency, "seed {seed}");
        assert!(ended.server.is_untouched(), "seed {seed}");
        for outcome in ended.outcomes.iter().flatten() {
            assert!(
                outcome.result != ProjectResult::Detached && outcome.deployment_id.is_none(),
                "seed {seed}: {outcome:?}"
            );
            let count = match outcome.result {
                ProjectResult::Succeeded => &succeeded,
                ProjectResult::Conflicted => &conflicted,
                _ => continue,
            };
            count.set(count.get() + 1);
        }
    });
    assert!(succeeded.get() > 200, "only {} succeeded", succeeded.get());
    assert!(conflicted.get() > 20, "only {} gave up", conflicted.get());
}

#[test]
fn the_seeds_reach_every_kind_of_end() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        for outcome in simulate(seed, Operation::Deploy)
            .outcomes
            .into_iter()
            .flatten()
        {
            seen.insert(outcome.result);
        }
    }
    for expected in [
        ProjectResult::Succeeded,
        ProjectResult::Unchanged,
        ProjectResult::Failed,
        ProjectResult::Rejected,
        ProjectResult::Cancelled,
        ProjectResult::Conflicted,
        ProjectResult::TimedOut,
        ProjectResult::Unavailable,
        ProjectResult::Skipped,
        ProjectResult::Interrupted,
        ProjectResult::Detached,
    ] {
        assert!(seen.contains(&expected), "no run ended as {expected}");
    }
}

#[test]
fn the_report_is_a_fold_over_the_log() {
    for operation in [Operation::Deploy, Operation::Preview, Operation::Destroy] {
        each_seed_of(operation, |seed, ended| {
            let report = ended.report.as_ref().unwrap();
            let numbers = ended.events.iter().map(|event| event.seq);
            assert!(numbers.eq(1..=ended.events.len() as u64), "seed {seed}");
            let last = &ended.events.last().unwrap();
            let folded = Ledger::of(&ended.events).report(last.ts);
            assert_eq!(&folded, report, "seed {seed}");
        });
    }
}
