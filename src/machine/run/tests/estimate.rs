//! The time that is left, and what a project is expected to take.

use super::super::{Remaining, or_average, time_left};
use crate::model::{ExpectedDurations, Limits};

/// Seconds to deploy, and dependencies.
fn project(seconds: u64, depends_on: &[usize]) -> Option<Remaining> {
    Some(Remaining {
        depends_on: depends_on.to_vec(),
        ..directory(0, seconds)
    })
}

fn directory(bundling: u64, deploying: u64) -> Remaining {
    Remaining {
        takes: ExpectedDurations {
            bundling: bundling * 1000,
            deploying: deploying * 1000,
        },
        ..Remaining::default()
    }
}

fn seconds(projects: &[Option<Remaining>], slots: usize) -> u64 {
    let limits = Limits {
        bundle_concurrency: 1,
        ..Limits::bare(slots)
    };
    time_left(projects.to_vec(), limits).as_secs()
}

#[test]
fn projects_share_the_slots() {
    let each = |count: usize| vec![project(10, &[]); count];
    for (count, slots, left) in [(1, 4, 10), (4, 4, 10), (5, 4, 20), (5, 1, 50), (0, 4, 0)] {
        assert_eq!(seconds(&each(count), slots), left, "{count} in {slots}");
    }
    // The longest first: 9 | 5 + 4.
    assert_eq!(seconds(&[4, 5, 9].map(|it| project(it, &[])), 2), 9);
}

#[test]
fn a_chain_of_dependencies_takes_its_sum_however_many_slots_there_are() {
    let chain = [
        project(10, &[]),
        project(20, &[0]),
        project(30, &[1]),
        project(1, &[]),
    ];
    assert_eq!(seconds(&chain, 9), 60);
    // The chain comes first: the others fit beside it.
    let beside = [
        project(25, &[]),
        project(25, &[]),
        project(10, &[]),
        project(40, &[2]),
    ];
    assert_eq!(seconds(&beside, 2), 50);
}

#[test]
fn what_has_ended_delays_nothing_and_what_runs_keeps_its_slot() {
    assert_eq!(seconds(&[None, project(10, &[0]), None], 1), 10);
    let running = Remaining {
        has_slot: true,
        ..directory(0, 3)
    };
    // Though the other one is longer.
    assert_eq!(seconds(&[project(10, &[]), Some(running)], 1), 13);
    assert_eq!(seconds(&[None, None], 1), 0);
}

#[test]
fn bundling_has_its_own_places_and_comes_first() {
    let two = [directory(5, 10), directory(5, 10)].map(Some);
    assert_eq!(seconds(&two, 2), 20, "bundled after 5 and after 10");
    let mut unnamed = [directory(5, 10), directory(50, 1)];
    assert_eq!(
        seconds(&unnamed.clone().map(Some), 2),
        65,
        "the longest first"
    );
    unnamed[1].is_unnamed = true;
    unnamed[0].takes.bundling = 0;
    assert_eq!(
        seconds(&unnamed.map(Some), 2),
        60,
        "no upload before every logical id"
    );
}

#[test]
fn the_unknown_take_the_average_of_the_known() {
    let known = |bundling, deploying| ExpectedDurations {
        bundling,
        deploying,
    };
    let all = [Some(known(10, 100)), None, Some(known(30, 500))];
    assert_eq!(or_average(&all)[1], known(20, 300));
    assert_eq!(or_average(&all)[2], known(30, 500));
    assert_eq!(or_average(&[None]), [known(0, 0)]);
}
