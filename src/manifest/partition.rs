//! Assigns the selected projects to shards. Every machine computes the same assignment, so it depends on the manifest alone.

use super::project::Project;
use super::select::{edges, keep};
use crate::hash;
use crate::model::{Partition, PartitionKind, Shard};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The projects of a shard, in the manifest's order. Expects all selected projects. Projects that depend on each other,
/// directly or not, are in the same shard.
pub fn partition(projects: Vec<Project>, partition: Partition) -> (Vec<Project>, Shard) {
    let names: Vec<&str> = projects.iter().map(|project| &*project.name).collect();
    let shards = assign(&names, &edges(&projects), partition.kind, partition.count);
    let both = names.iter().zip(&shards);
    let parts = both.flat_map(|(name, shard)| [(*name).to_owned(), shard.to_string()]);
    let head = [partition.kind.to_string(), partition.count.to_string()];
    let plan = hash::of_parts(head.into_iter().chain(parts));
    let places = (0..projects.len()).filter(|at| shards[*at] + 1 == partition.index);
    let places: Vec<usize> = places.collect();
    let names = places.iter().map(|at| names[*at].to_owned()).collect();
    let shard = Shard {
        partition,
        plan,
        selected: projects.len(),
        places,
    };
    (keep(projects, &names), shard)
}

/// The shard of each project, from 0. An edge leads to a dependency.
fn assign(names: &[&str], edges: &[Vec<usize>], kind: PartitionKind, count: usize) -> Vec<usize> {
    let heads = components(names, edges);
    let mut sizes = BTreeMap::<usize, usize>::new();
    for head in &heads {
        *sizes.entry(*head).or_default() += 1;
    }
    let mut components = Vec::from_iter(sizes);
    components.sort_by_key(|(head, size)| (Reverse(*size), names[*head]));
    let mut loads = vec![0; count];
    let mut shards = vec![0; names.len()];
    for (head, size) in components {
        shards[head] = match kind {
            PartitionKind::Hash => bucket(names[head], count),
            // The largest first, each to the smallest shard.
            PartitionKind::Slice => {
                let smallest = (0..count).min_by_key(|shard| loads[*shard]);
                smallest.unwrap_or_default()
            }
        };
        loads[shards[head]] += size;
    }
    heads.iter().map(|head| shards[*head]).collect()
}

fn bucket(name: &str, count: usize) -> usize {
    let digits = hash::sha256(name);
    let number = u64::from_str_radix(&digits[..15], 16).unwrap_or_default();
    usize::try_from(number % count as u64).unwrap_or_default()
}

/// The dependency component of each project, as its project with the smallest name.
fn components(names: &[&str], edges: &[Vec<usize>]) -> Vec<usize> {
    let mut parents = Vec::from_iter(0..names.len());
    for (from, to) in edges.iter().enumerate() {
        for to in to {
            let (one, other) = (head(&mut parents, from), head(&mut parents, *to));
            let is_first = names[one] < names[other];
            let (first, second) = if is_first { (one, other) } else { (other, one) };
            parents[second] = first;
        }
    }
    (0..names.len()).map(|at| head(&mut parents, at)).collect()
}

/// Follows the parents to the last one, and shortens the way.
fn head(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use PartitionKind::{Hash, Slice};
    use proptest::{prop_assert, prop_assert_eq};

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("p-{at}")).collect()
    }

    fn shards(
        names: &[String],
        edges: &[Vec<usize>],
        kind: PartitionKind,
        count: usize,
    ) -> Vec<usize> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assign(&names, edges, kind, count)
    }

    fn sizes(shards: &[usize], count: usize) -> Vec<usize> {
        let size = |shard| shards.iter().filter(|it| **it == shard).count();
        (0..count).map(size).collect()
    }

    #[test]
    fn slices_of_independent_projects_differ_by_at_most_one() {
        for (projects, count, expected) in [
            (500, 4, vec![125; 4]),
            (10, 4, vec![3, 3, 2, 2]),
            (2, 4, vec![1, 1, 0, 0]),
        ] {
            let shards = shards(&names(projects), &vec![vec![]; projects], Slice, count);
            assert_eq!(sizes(&shards, count), expected);
        }
    }

    #[test]
    fn a_large_component_has_a_slice_for_itself() {
        let mut edges = vec![vec![0]; 6];
        edges[0].clear();
        edges.extend(vec![vec![]; 6]);
        let shards = shards(&names(12), &edges, Slice, 3);
        assert_eq!(sizes(&shards, 3), [6, 3, 3]);
    }

    /// From another implementation: the first 15 digits of the SHA-256 of the name, modulo the number of shards.
    #[test]
    fn a_hash_is_the_same_on_every_machine_and_in_every_version() {
        let found = shards(&names(8), &vec![vec![]; 8], Hash, 7);
        assert_eq!(found, [4, 6, 6, 3, 5, 1, 5, 6]);
    }

    #[test]
    fn hashes_of_many_projects_fill_every_shard() {
        let sizes = sizes(&shards(&names(1000), &vec![vec![]; 1000], Hash, 8), 8);
        assert!(
            sizes.iter().all(|size| (90..160).contains(size)),
            "{sizes:?}"
        );
    }

    #[test]
    fn a_component_is_hashed_by_its_smallest_name() {
        let names = ["m", "z", "a", "k"].map(str::to_owned);
        let edges = [vec![], vec![0], vec![1], vec![]];
        let alone = shards(&["a".to_owned()], &[vec![]], Hash, 16)[0];
        assert_eq!(shards(&names, &edges, Hash, 16)[..3], [alone; 3]);
    }

    proptest::proptest! {
        #[test]
        fn no_dependency_crosses_and_no_shard_depends_on_the_order_of_the_manifest(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..40, 0..2), 40),
            count in 1_usize..9,
        ) {
            let names = names(40);
            for kind in [Hash, Slice] {
                let found = shards(&names, &edges, kind, count);
                for (from, to) in edges.iter().enumerate() {
                    prop_assert!(to.iter().all(|to| found[*to] == found[from]));
                }
                prop_assert!(found.iter().all(|shard| *shard < count));
                let turned: Vec<String> = names.iter().rev().cloned().collect();
                let turn = |to: &Vec<usize>| to.iter().map(|to| 39 - to).collect();
                let turned_edges: Vec<Vec<usize>> = edges.iter().rev().map(turn).collect();
                let turned = shards(&turned, &turned_edges, kind, count);
                prop_assert_eq!(&turned.into_iter().rev().collect::<Vec<_>>(), &found);
            }
        }

        #[test]
        fn a_new_project_moves_no_other_component_of_a_hash(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..20, 0..2), 20),
            on in 0_usize..20,
            count in 1_usize..9,
        ) {
            let before = shards(&names(20), &edges, Hash, count);
            let mut more = names(20);
            more.push("a-new-one".into());
            let with_new: Vec<_> = edges.iter().cloned().chain([vec![on]]).collect();
            let after = shards(&more, &with_new, Hash, count);
            let all = names(20);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let heads = components(&all, &edges);
            for at in (0..20).filter(|at| heads[*at] != heads[on]) {
                prop_assert_eq!(before[at], after[at]);
            }
        }

        #[test]
        fn no_slice_is_larger_than_the_smallest_and_a_component(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..40, 0..2), 40),
            count in 1_usize..9,
        ) {
            let all = names(40);
            let found = sizes(&shards(&all, &edges, Slice, count), count);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let heads = components(&all, &edges);
            let largest = heads.iter().map(|head| heads.iter().filter(|it| *it == head).count());
            let (least, most) = (found.iter().min().unwrap(), found.iter().max().unwrap());
            prop_assert!(most - least <= largest.max().unwrap());
        }
    }
}
