//! Which requests meet which faults, without sockets.

use super::fault::RetryAfter;
use super::*;
use std::time::Duration;

fn runner(script: &str) -> ScriptRunner {
    ScriptRunner::new(script.parse().unwrap())
}

fn context(project: &str, kind: Kind) -> RequestContext {
    RequestContext {
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

fn met(runner: &mut ScriptRunner, project: &str, kind: Kind) -> Option<Fault> {
    runner.next(&context(project, kind), Duration::ZERO)?.fault
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
fn a_rule_may_apply_for_a_time_that_the_first_request_begins() {
    let rule = "[[rule]]\nfrom = \"5s\"\nuntil = \"15s\"\nfault = \"close\"";
    let mut runner = runner(rule);
    let mut is_hit = |seconds| {
        let now = Duration::from_secs(seconds);
        runner.next(&context("a", Kind::Get), now).is_some()
    };
    let hits: Vec<bool> = [100, 104, 105, 114, 115].map(&mut is_hit).into();
    assert_eq!(hits, [false, false, true, true, false]);
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
    let mut runner =
        runner("[[rule]]\non = [\"deploy\", \"events\"]\ntimes = 1\nfault = \"close\"");
    for project in ["a", "b"] {
        for kind in [Kind::Deploy, Kind::Events] {
            assert_eq!(met(&mut runner, project, kind), Some(Fault::Close));
            assert_eq!(met(&mut runner, project, kind), None);
        }
        assert_eq!(met(&mut runner, project, Kind::Completion), None);
    }
    let mut other = context("a", Kind::Deploy);
    other.account = "umbrella".to_owned();
    assert!(runner.next(&other, Duration::ZERO).is_some());
}

#[test]
fn a_pattern_of_logical_ids_matches_whole_ids_and_slashes() {
    let mut runner = runner("[[rule]]\nproject = \"shop*\"\nfault = \"close\"");
    assert!(met(&mut runner, "shop/a#b.c", Kind::Deploy).is_some());
    assert!(met(&mut runner, "shop", Kind::Deploy).is_some());
    assert!(met(&mut runner, "workshop", Kind::Deploy).is_none());
    let mut without_project = context("", Kind::Other);
    without_project.project = None;
    assert!(runner.next(&without_project, Duration::ZERO).is_none());
}

#[test]
fn a_rule_for_any_project_applies_to_requests_without_one() {
    let mut runner = runner("[[rule]]\nfault = \"close\"");
    let mut without_project = context("", Kind::Other);
    without_project.project = None;
    assert!(runner.next(&without_project, Duration::ZERO).is_some());
}

#[test]
fn the_first_rule_that_hits_decides_and_all_see_the_same_count() {
    let mut runner = runner(
        "[[rule]]\ntimes = 2\nfault = \"close\"\n\
         [[rule]]\nafter = 1\ntimes = 2\nfault = \"hang\"",
    );
    let mut next = || met(&mut runner, "a", Kind::Deploy);
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
    let mut runner = runner(
        "[rate_limit]\nrequests = 1\nper = \"10s\"\n\
         [[rule]]\nafter = 1\ntimes = 1\nfault = \"close\"",
    );
    let deploy = context("a", Kind::Deploy);
    let mut next = |seconds| runner.next(&deploy, Duration::from_secs(seconds))?.fault;
    assert_eq!(next(0), None);
    let Some(Fault::Status(refusal)) = next(4) else {
        panic!("not refused");
    };
    assert_eq!(
        (refusal.code, refusal.retry_after),
        (429, Some(RetryAfter::Seconds(6)))
    );
    assert_eq!(next(10), Some(Fault::Close));
}

#[test]
fn a_rule_without_a_kind_applies_to_all_that_fit_its_fault() {
    for (fault, kinds) in [
        ("\"crlf\"", &[Kind::Events][..]),
        ("{ fail = {} }", &[Kind::Deploy, Kind::Delete]),
        ("\"close\"", &Kind::ALL),
    ] {
        let mut runner = runner(&format!("[[rule]]\nfault = {fault}"));
        for kind in Kind::ALL {
            let hit = met(&mut runner, "a", kind).is_some();
            assert_eq!(hit, kinds.contains(&kind), "{fault} {kind}");
        }
    }
}

#[test]
fn random_faults_fit_their_requests_and_are_reproducible() {
    let script = |on: &str| {
        runner(&format!(
            "[random]\nseed = 3\nshare = 0.5\n{on}\nfaults = [\"crlf\", {{ fail = {{}} }}]"
        ))
    };
    let mut all = script("");
    let mut events = script("on = \"events\"");
    let mut hits = [0, 0];
    for turn in 0..400 {
        let kind = Kind::ALL[turn % Kind::ALL.len()];
        let met = [&mut all, &mut events].map(|runner| met(runner, "a", kind));
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
