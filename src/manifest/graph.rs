//! Finds dependency cycles.

/// One cycle for each edge that closes one, as its nodes starting at the lowest. Removing these edges leaves no
/// cycle. `edges[n]` are the nodes that `n` depends on. Iterative, so a long chain does not overflow the stack.
pub(super) fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnPath,
        Done,
    }
    let mut seen = vec![Seen::No; edges.len()];
    let mut circles = Vec::new();
    for root in 0..edges.len() {
        if seen[root] != Seen::No {
            continue;
        }
        // The path from the root: each node with the number of its edges followed.
        let mut path = vec![(root, 0)];
        seen[root] = Seen::OnPath;
        while let Some((node, followed)) = path.last_mut() {
            let Some(&next) = edges[*node].get(*followed) else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            match seen[next] {
                Seen::No => {
                    seen[next] = Seen::OnPath;
                    path.push((next, 0));
                }
                Seen::OnPath => {
                    let start = path.iter().position(|(node, _)| *node == next);
                    let nodes = path[start.unwrap_or(0)..].iter().map(|(node, _)| *node);
                    circles.push(from_lowest(nodes.collect()));
                }
                Seen::Done => {}
            }
        }
    }
    circles
}

fn from_lowest(mut circle: Vec<usize>) -> Vec<usize> {
    let lowest = (0..circle.len()).min_by_key(|&at| circle[at]);
    circle.rotate_left(lowest.unwrap_or(0));
    circle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diamond_has_no_cycle() {
        assert!(circles(&[vec![1, 2], vec![3], vec![3], vec![]]).is_empty());
    }

    #[test]
    fn a_cycle_starts_at_its_lowest_node_wherever_it_is_entered() {
        assert_eq!(circles(&[vec![3], vec![2], vec![3], vec![1]]), [[1, 2, 3]]);
    }

    #[test]
    fn a_node_that_depends_on_itself_is_a_cycle_of_one() {
        assert_eq!(circles(&[vec![0]]), [[0]]);
    }

    #[test]
    fn separate_cycles_are_all_found() {
        assert_eq!(
            circles(&[vec![1], vec![0], vec![3], vec![2]]),
            [[0, 1], [2, 3]]
        );
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_nodes_is_walked() {
        let length = 100_000;
        let mut edges: Vec<_> = (1..length).map(|next| vec![next]).collect();
        edges.push(vec![0]);
        assert_eq!(circles(&edges)[0].len(), length);
    }

    proptest::proptest! {
        #[test]
        fn removing_the_closing_edges_leaves_no_cycle(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..8, 0..4), 8),
        ) {
            let found = circles(&edges);
            for circle in &found {
                for (at, node) in circle.iter().enumerate() {
                    let next = circle[(at + 1) % circle.len()];
                    proptest::prop_assert!(edges[*node].contains(&next), "not a cycle: {:?}", circle);
                }
            }
            // The oracle: removing nodes without dependencies again and again leaves nothing iff there is no cycle.
            let mut left: Vec<usize> = (0..edges.len()).collect();
            while let Some(at) = left.iter().position(|n| edges[*n].iter().all(|to| !left.contains(to))) {
                left.remove(at);
            }
            proptest::prop_assert_eq!(found.is_empty(), left.is_empty());
        }
    }
}
