//! How long the rest of a run is expected to take.

use crate::model::{ExpectedDurations, Limits};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::time::Duration;

/// What each project is expected to take; those of which nothing is known, as long as the average of the others.
pub fn or_average(known: &[Option<ExpectedDurations>]) -> Vec<ExpectedDurations> {
    let count = known.iter().flatten().count().max(1) as u64;
    let average = |of: fn(&ExpectedDurations) -> u64| {
        let sum: u64 = known.iter().flatten().map(of).sum();
        sum / count
    };
    let average = ExpectedDurations {
        bundling: average(|it| it.bundling),
        deploying: average(|it| it.deploying),
    };
    known.iter().map(|it| it.unwrap_or(average)).collect()
}

/// What is left of a project that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// Until there is a bundle.
    pub bundling: Duration,
    /// From the upload to the end.
    pub deploying: Duration,
    /// It holds a slot.
    pub has_slot: bool,
    /// Nothing is uploaded before its logical id is known.
    pub is_unnamed: bool,
    /// The projects that must succeed first.
    pub depends_on: Vec<usize>,
}

/// The time until the last project ends, if each takes as long as expected and none fails: a rehearsal of the run. `None` is a
/// project that has ended.
pub fn time_left(projects: &[Option<Remaining>], limits: &Limits) -> Duration {
    let ends = bundled_at(projects, limits.bundle_concurrency);
    let all_named = ends.iter().zip(projects).filter_map(|(end, project)| {
        let is_unnamed = project.as_ref()?.is_unnamed;
        is_unnamed.then_some(*end)
    });
    let all_named = all_named.max().unwrap_or_default();
    let tails = tails(projects);
    let mut open: Vec<usize> = projects.iter().map(|it| open(it, projects)).collect();
    let dependents = dependents(projects);

    let mut free = limits.concurrency.max(1);
    let mut now = Duration::ZERO;
    // By the time they may start; by their order; by the time they end.
    let (mut later, mut ready, mut running) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let available = |ix: usize, now: Duration| match &projects[ix] {
        Some(project) if project.has_slot => now,
        _ => now.max(ends[ix]).max(all_named),
    };
    for (ix, project) in projects.iter().enumerate() {
        if project.is_some() && open[ix] == 0 {
            later.insert((available(ix, now), ix));
        }
    }
    loop {
        while let Some(ix) = pop(&mut later, now) {
            if let Some(project) = &projects[ix] {
                ready.insert((Reverse(project.has_slot), Reverse(tails[ix]), ix));
            }
        }
        while free > 0
            && let Some((.., ix)) = ready.pop_first()
        {
            free -= 1;
            let takes = projects[ix].as_ref().map(|it| it.deploying);
            running.insert((now + takes.unwrap_or_default(), ix));
        }
        let next_end = running.first().map(|(at, _)| *at);
        let next_start = later.first().map(|(at, _)| *at).filter(|_| free > 0);
        let Some(next) = next_end.into_iter().chain(next_start).min() else {
            return now;
        };
        now = next;
        while let Some(ix) = pop(&mut running, now) {
            free += 1;
            for dependent in &dependents[ix] {
                open[*dependent] -= 1;
                if open[*dependent] == 0 {
                    later.insert((available(*dependent, now), *dependent));
                }
            }
        }
    }
}

/// The next one whose time has come.
fn pop(times: &mut BTreeSet<(Duration, usize)>, now: Duration) -> Option<usize> {
    let (at, _) = times.first()?;
    (*at <= now).then(|| times.pop_first())?.map(|(_, ix)| ix)
}

/// When each project has been bundled, the longest first.
fn bundled_at(projects: &[Option<Remaining>], places: usize) -> Vec<Duration> {
    let takes = |ix: usize| {
        projects[ix]
            .as_ref()
            .map_or(Duration::ZERO, |it| it.bundling)
    };
    let mut order: Vec<usize> = (0..projects.len()).collect();
    order.sort_by_key(|ix| Reverse(takes(*ix)));
    let mut ends = vec![Duration::ZERO; projects.len()];
    let mut places = BinaryHeap::from(vec![Reverse(Duration::ZERO); places.max(1)]);
    for ix in order.into_iter().filter(|ix| !takes(*ix).is_zero()) {
        if let Some(mut place) = places.peek_mut() {
            place.0 += takes(ix);
            ends[ix] = place.0;
        }
    }
    ends
}

/// How long each project and the longest chain of its dependents take.
fn tails(projects: &[Option<Remaining>]) -> Vec<Duration> {
    let mut open: Vec<usize> = dependents(projects).iter().map(Vec::len).collect();
    let takes = |it: &Option<Remaining>| it.as_ref().map_or(Duration::ZERO, |it| it.deploying);
    let mut tails: Vec<Duration> = projects.iter().map(takes).collect();
    let mut leaves: Vec<usize> = (0..projects.len()).filter(|ix| open[*ix] == 0).collect();
    while let Some(ix) = leaves.pop() {
        for dependency in projects[ix].iter().flat_map(|it| &it.depends_on) {
            let own = takes(&projects[*dependency]);
            tails[*dependency] = tails[*dependency].max(own + tails[ix]);
            open[*dependency] -= 1;
            if open[*dependency] == 0 {
                leaves.push(*dependency);
            }
        }
    }
    tails
}

/// The number of its dependencies that have not ended.
fn open(project: &Option<Remaining>, projects: &[Option<Remaining>]) -> usize {
    let depends_on = project.iter().flat_map(|it| &it.depends_on);
    depends_on.filter(|ix| projects[**ix].is_some()).count()
}

fn dependents(projects: &[Option<Remaining>]) -> Vec<Vec<usize>> {
    let mut dependents = vec![vec![]; projects.len()];
    for (ix, project) in projects.iter().enumerate() {
        for dependency in project.iter().flat_map(|it| &it.depends_on) {
            dependents[*dependency].push(ix);
        }
    }
    dependents
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds to deploy, and dependencies.
    fn project(seconds: u64, depends_on: &[usize]) -> Option<Remaining> {
        Some(Remaining {
            deploying: Duration::from_secs(seconds),
            depends_on: depends_on.to_vec(),
            ..Remaining::default()
        })
    }

    fn directory(bundling: u64, deploying: u64) -> Remaining {
        Remaining {
            bundling: Duration::from_secs(bundling),
            deploying: Duration::from_secs(deploying),
            ..Remaining::default()
        }
    }

    fn seconds(projects: &[Option<Remaining>], slots: usize) -> u64 {
        let limits = Limits {
            bundle_concurrency: 1,
            ..Limits::bare(slots)
        };
        time_left(projects, &limits).as_secs()
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
        unnamed[0].bundling = Duration::ZERO;
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
}
