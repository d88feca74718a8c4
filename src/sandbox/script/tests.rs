//! Which requests meet which faults, without sockets.

use super::*;
use std::time::Duration;

fn play(script: &str) -> Play {
    Play::new(script.parse().unwrap())
}

fn asked(project: &str, kind: Kind) -> Asked {
    Asked {
        account: "acme".to_owned(),
        project: Some(project.to_owned()),
        kind,
    }
}

/// Which of the first twelve requests are hit, counted from 1.
fn hits(rule: &str) -> Vec<u64> {
    let script: Script = format!("[[rule]]\nfault = \"close\"\n{rule}")
        .parse()
        .unwrap();
    (1..=12).filter(|&nth| script.rules[0].hits(nth)).collect()
}

fn met(play: &mut Play, project: &str, kind: Kind) -> Option<Fault> {
    match play.next(&asked(project, kind), Duration::ZERO)? {
        Met::Fault { fault, .. } => fault,
        Met::Limit(_) => panic!("no limit here"),
    }
}

#[test]
fn after_comes_first_then_every_then_times() {
    assert_eq!(hits(""), (1..=12).collect::<Vec<_>>());
    assert_eq!(hits("times = 3"), [1, 2, 3]);
    assert_eq!(hits("after = 10"), [11, 12]);
    assert_eq!(hits("every = 3"), [1, 4, 7, 10]);
    assert_eq!(hits("every = 3\ntimes = 2"), [1, 4]);
    assert_eq!(hits("after = 2\ntimes = 2"), [3, 4]);
    assert_eq!(hits("after = 2\nevery = 3\ntimes = 3"), [3, 6, 9]);
    assert_eq!(hits("after = 9223372036854775807"), [0; 0]);
}

#[test]
fn the_remaining_hits_are_shown() {
    for rule in [
        "times = 3",
        "after = 2\ntimes = 2",
        "every = 3\ntimes = 2",
        "after = 1\nevery = 4\ntimes = 3",
    ] {
        let script: Script = format!("[[rule]]\nfault = \"close\"\n{rule}")
            .parse()
            .unwrap();
        for seen in 0..20 {
            let to_come = (seen + 1..100).filter(|&nth| script.rules[0].hits(nth));
            let left = script.rules[0].left(seen);
            assert_eq!(left, Some(to_come.count() as u64), "{rule}, {seen} seen");
        }
    }
}

#[test]
fn each_project_and_kind_of_request_is_counted_separately() {
    let mut play = play("[[rule]]\non = [\"deploy\", \"events\"]\ntimes = 1\nfault = \"close\"");
    for project in ["a", "b"] {
        for kind in [Kind::Deploy, Kind::Events] {
            assert_eq!(met(&mut play, project, kind), Some(Fault::Close));
            assert_eq!(met(&mut play, project, kind), None);
        }
        assert_eq!(met(&mut play, project, Kind::Completion), None);
    }
    let mut other = asked("a", Kind::Deploy);
    other.account = "umbrella".to_owned();
    assert!(play.next(&other, Duration::ZERO).is_some());
}

#[test]
fn a_pattern_of_logical_ids_matches_whole_ids_and_slashes() {
    let mut play = play("[[rule]]\nproject = \"shop*\"\nfault = \"close\"");
    assert!(met(&mut play, "shop/a#b.c", Kind::Deploy).is_some());
    assert!(met(&mut play, "shop", Kind::Deploy).is_some());
    assert!(met(&mut play, "workshop", Kind::Deploy).is_none());
    let mut nobodys = asked("", Kind::Other);
    nobodys.project = None;
    assert!(play.next(&nobodys, Duration::ZERO).is_none());
}

#[test]
fn a_rule_for_any_project_applies_to_requests_without_one() {
    let mut play = play("[[rule]]\nfault = \"close\"");
    let mut nobodys = asked("", Kind::Other);
    nobodys.project = None;
    assert!(play.next(&nobodys, Duration::ZERO).is_some());
}

#[test]
fn the_first_rule_that_hits_decides_and_all_see_the_same_count() {
    let mut play = play(
        "[[rule]]\ntimes = 2\nfault = \"close\"\n\
         [[rule]]\nafter = 1\ntimes = 2\nfault = \"hang\"",
    );
    let mut next = || met(&mut play, "a", Kind::Deploy);
    let seen = [next(), next(), next(), next()];
    let expected = [
        Some(Fault::Close),
        Some(Fault::Close),
        Some(Fault::Hang),
        None,
    ];
    assert_eq!(seen, expected);
}

#[test]
fn rate_limited_requests_are_not_counted() {
    let mut play = play(
        "[rate_limit]\nrequests = 1\nper = \"10s\"\n\
         [[rule]]\nafter = 1\ntimes = 1\nfault = \"close\"",
    );
    let deploy = asked("a", Kind::Deploy);
    let mut next = |seconds| play.next(&deploy, Duration::from_secs(seconds));
    assert_eq!(next(0), None);
    assert_eq!(next(4), Some(Met::Limit(Duration::from_secs(6))));
    assert!(matches!(next(10), Some(Met::Fault { .. })));
}

#[test]
fn a_rule_without_a_kind_applies_to_all_that_fit_its_fault() {
    for (fault, kinds) in [
        ("\"crlf\"", &[Kind::Events][..]),
        ("{ fail = {} }", &[Kind::Deploy, Kind::Delete]),
        ("\"close\"", &Kind::ALL),
    ] {
        let mut play = play(&format!("[[rule]]\nfault = {fault}"));
        for kind in Kind::ALL {
            let hit = met(&mut play, "a", kind).is_some();
            assert_eq!(hit, kinds.contains(&kind), "{fault} {kind}");
        }
    }
}

#[test]
fn random_faults_fit_their_requests_and_are_reproducible() {
    let script = |on: &str| {
        play(&format!(
            "[random]\nseed = 3\nshare = 0.5\n{on}\nfaults = [\"crlf\", {{ fail = {{}} }}]"
        ))
    };
    let mut all = script("");
    let mut events = script("on = \"events\"");
    let mut hits = [0, 0];
    for turn in 0..400 {
        let kind = Kind::ALL[turn % Kind::ALL.len()];
        let met = [&mut all, &mut events].map(|play| met(play, "a", kind));
        match (kind, &met) {
            (Kind::Events, [one, other]) => assert_eq!(one, other),
            (_, [_, other]) => assert_eq!(*other, None),
        }
        for (hits, met) in hits.iter_mut().zip(met) {
            *hits += usize::from(met.is_some_and(|fault| {
                assert!(fault.kinds().contains(&kind));
                true
            }));
        }
    }
    assert!(hits[0] > hits[1] && hits[1] > 0);
}
