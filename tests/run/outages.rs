//! Outages of the API: every kind in every phase, for 10 s, 60 s, and 5 min. Each is a pause that is reported once, and every
//! outcome is the server's.

use crate::api::Identity;
use crate::model::{Event, ProjectResult, Reason};
use crate::run::{self, OnOutage};
use crate::tests::run::forwarder::{Failing, Forwarder};
use crate::tests::run::rig::{Ran, Rig, Watcher};
use crate::ui::outage_line;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Who fails, and how.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The sandbox, by its script.
    Api(&'static str),
    /// The network before it. Unlike a request that `hang`s, a black hole also silences open streams.
    Network(Failing),
}

const KINDS: [Kind; 9] = [
    Kind::Api("fault.status = { code = 502 }"),
    Kind::Api("fault.status = { code = 503, retry_after = 86400 }"),
    Kind::Api("fault.status = { code = 504 }"),
    Kind::Api("fault = \"html\""),
    Kind::Api("fault = \"close\""),
    Kind::Api("fault = \"reset\""),
    Kind::Api("fault = \"hang\""),
    Kind::Network(Failing::Refused),
    Kind::Network(Failing::BlackHole),
];

impl Kind {
    /// Each request fails only at its time limit.
    fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Api("fault = \"hang\"") | Self::Network(Failing::BlackHole)
        )
    }
}

const LENGTHS: [u64; 3] = [10, 60, 300];

const PHASES: [&str; 7] = [
    "submit", "follow", "poll", "wait", "cancel", "preview", "destroy",
];

/// The outage begins after this many milliseconds, when the API has answered. Streams that are open stay open.
fn outage(kind: &str, from: u64, seconds: u64) -> String {
    let until = from + 1000 * seconds;
    format!("[[rule]]\nfrom = \"{from}ms\"\nuntil = \"{until}ms\"\n{kind}\n")
}

/// It begins with the acceptance of the first deployment.
fn outage_after_acceptance(kind: &str, seconds: u64) -> String {
    format!(
        "[[rule]]\non = [\"events\", \"completion\", \"get\", \"cancel\", \"other\"]\nuntil = \"{seconds}s\"\n{kind}\n"
    )
}

fn names() -> impl Iterator<Item = String> {
    (0..4).map(|n| format!("p{n}"))
}

/// Whether the phase comes before anything is accepted.
fn is_before_acceptance(phase: &str) -> bool {
    matches!(phase, "submit" | "preview" | "destroy")
}

/// When the outage begins in such a phase, in milliseconds: the second of four requests is under way.
const BEGINS: u64 = 1500;

/// A rig for a phase; the time before it, in milliseconds, is not part of the outage.
fn rig(phase: &str, kind: Kind, before: u64, seconds: u64) -> Rig {
    let slow = "[[rule]]\non = [\"deploy\", \"delete\", \"dry_run\"]\ndelay = \"1s\"\n";
    let more = match phase {
        _ if is_before_acceptance(phase) => slow,
        "poll" => "[[rule]]\non = \"events\"\nfault.status = { code = 404 }\n",
        "wait" | "cancel" => {
            "[[rule]]\non = \"deploy\"\ntimes = 1\nfault.blocker = { for = \"30s\" }\n"
        }
        _ => "",
    };
    let keys = match phase {
        "cancel" => "on_conflict = \"cancel\"\noutage_limit = \"15m\"",
        _ => "outage_limit = \"15m\"",
    };
    let outage = match kind {
        Kind::Network(_) => String::new(),
        Kind::Api(kind) if is_before_acceptance(phase) => outage(kind, before + BEGINS, seconds),
        Kind::Api(kind) => outage_after_acceptance(kind, seconds),
    };
    let mut rig = Rig::with_script(&format!("{outage}{more}"));
    for name in names() {
        rig = rig.project(&name, 100, keys);
    }
    if is_before_acceptance(phase) {
        rig.overrides.concurrency = Some(1);
    }
    rig
}

/// Runs a phase with an outage. `deployed` is how long the deployments before a deletion take.
async fn run(phase: &'static str, kind: Kind, deployed: u64, seconds: u64) -> (Rig, Ran) {
    let before = if phase == "destroy" { deployed } else { 0 };
    let mut rig = rig(phase, kind, before, seconds);
    if phase == "destroy" {
        rig.deploy().await;
    }
    let forwarder = Rc::new(Forwarder::before(rig.sandbox.url()).await);
    let mut watcher: Watcher = Box::new(|_, _| {});
    if let Kind::Network(how) = kind {
        rig.overrides.api_url = Some(forwarder.url());
        let length = Duration::from_secs(seconds);
        if is_before_acceptance(phase) {
            forwarder.fail(how, Duration::from_millis(BEGINS), length);
        } else {
            let mut forwarder = Some(forwarder.clone());
            watcher = Box::new(move |event, _| {
                let begins = matches!(
                    (phase, &event.event),
                    ("follow" | "poll", Event::Submitted { .. })
                        | ("wait" | "cancel", Event::Conflict { .. })
                );
                if let Some(forwarder) = forwarder.take_if(|_| begins) {
                    forwarder.fail(how, Duration::ZERO, length);
                }
            });
        }
    }
    let ran = match phase {
        "destroy" => rig.destroy_watched(watcher).await,
        "preview" => rig.preview_watched(watcher).await,
        _ => rig.deploy_watched(watcher).await,
    };
    (rig, ran)
}

fn count(ran: &Ran, what: impl Fn(&Event) -> bool) -> usize {
    ran.events.iter().filter(|event| what(&event.event)).count()
}

/// People see one line when it begins, and one when it ends.
fn assert_told_once(ran: &Ran, kind: Kind, seconds: u64, case: &str) {
    let began = count(ran, |event| {
        matches!(event, Event::AccountUnavailable { .. })
    });
    let ended = count(ran, |event| matches!(event, Event::AccountAvailable { .. }));
    // Where every request is silent, the deployments may end before the third of them has failed.
    let is_quick = kind.is_silent() || seconds == 10;
    assert!(
        began == ended && (began == 1 || is_quick && began <= 1),
        "{began}, {ended}: {case}"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_outage_is_a_pause_in_every_phase() {
    let deployed = rig("destroy", KINDS[0], 3_600_000, 1).deploy().await;
    let deployed = deployed.report.duration_ms;
    for phase in PHASES {
        for kind in KINDS {
            for seconds in LENGTHS {
                let case = format!("{kind:?} for {seconds} s in {phase}");
                let (rig, ran) = run(phase, kind, deployed, seconds).await;
                for name in names() {
                    assert_eq!(ran.result(&name), "succeeded", "{name}: {case}");
                    let status = rig.last_deployment(&name);
                    let expected = (phase != "preview").then_some("SUCCEEDED");
                    assert_eq!(status, expected, "{case}");
                }
                assert_told_once(&ran, kind, seconds, &case);
                for row in &ran.report.projects {
                    let bundling = row.durations_ms.bundling;
                    assert!(bundling < 100, "{}: {bundling} ms: {case}", row.name);
                }
                // Each project asks once or twice before it waits; after that, there are only probes.
                let requests = rig.requests().len() as u64;
                let allowed = 60 + seconds / 10 + ran.seconds() / 10;
                assert!(
                    requests <= allowed,
                    "{requests} requests in {} s: {case}",
                    ran.seconds()
                );
            }
        }
    }
}

/// Without a usable response for longer than the limit, nothing is known of what was accepted: it is reported with its id.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_the_limit_an_accepted_deployment_is_unavailable_with_its_id() {
    let script = outage_after_acceptance("fault.status = { code = 503 }", 7200);
    let rig = Rig::with_script(&script).project("a", 20, "");
    let ran = rig.deploy().await;
    let row = ran.project("a");
    assert_eq!(ran.result("a"), "unavailable http_503");
    assert!(row.deployment_id.is_some());
    assert!((900..960).contains(&ran.seconds()), "{} s", ran.seconds());
    let error = row.error.clone().unwrap();
    assert!(
        error.message.contains("unavailable for 15m"),
        "{}",
        error.message
    );
    assert_eq!(ran.report.exit_code, 75);
}

/// By default, what is not accepted waits for two minutes, and the rest of the queue ends with it.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_two_minutes_nothing_more_is_submitted() {
    let script = outage("fault.status = { code = 503 }", 2000, 7200);
    let mut rig = Rig::with_script(&format!(
        "{script}[[rule]]\non = \"deploy\"\ndelay = \"1s\"\n"
    ));
    for name in names() {
        rig = rig.project(&name, 700, "timeout = \"4m\"");
    }
    rig.overrides.concurrency = Some(2);
    let ran = rig.deploy().await;
    assert!(rig.count("POST deploy") <= 4, "{:?}", rig.requests());
    assert_eq!(ran.result("p2"), "unavailable http_503");
    assert_eq!(ran.result("p3"), "unavailable http_503");
    assert_eq!(ran.project("p3").deployment_id, None);
    assert_eq!(ran.project("p3").cause, None, "it was never sent");
}

/// Then the address is more likely to be wrong.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_api_that_never_answers_is_given_up_after_half_a_minute_with_its_address() {
    for kind in [
        "fault = \"close\"",
        "fault = \"html\"",
        "fault.status = { code = 503 }",
    ] {
        let rig = Rig::with_script(&format!("[[rule]]\n{kind}\n"))
            .project("a", 20, "")
            .project("b", 20, "");
        let ran = rig.deploy().await;
        assert_eq!(ran.report.exit_code, 75, "{kind}");
        assert!(
            (30..35).contains(&ran.seconds()),
            "{} s: {kind}",
            ran.seconds()
        );
        let host = rig.sandbox.url().trim_start_matches("http://");
        for name in ["a", "b"] {
            let error = ran.project(name).error.clone().unwrap();
            assert!(error.message.contains(host), "{}", error.message);
        }
    }
}

/// The list of the account's projects, which all share, failed for the first one.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn what_starts_after_an_outage_is_not_judged_by_a_request_during_it() {
    let script = "[[rule]]\non = \"other\"\nuntil = \"1m\"\nfault.status = { code = 503 }\n";
    let rig = Rig::with_script(script)
        .project("first", 3, "outage_limit = \"20s\"")
        .project("second", 3, "")
        .with("[[wave]]\nselect = ['first']\nsoak = '3m'\nmax_fail_percentage = 100");
    for name in ["first", "second"] {
        rig.set_repository(name, "https://github.com/acme/shop");
    }
    let ran = rig.deploy().await;
    assert_eq!(ran.result("first"), "unavailable http_503");
    assert_eq!(ran.result("second"), "succeeded");
}

/// An API that has not answered once is given up after 30 s.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_api_that_is_away_for_the_first_25_seconds_is_waited_for() {
    let script = "[[rule]]\nuntil = \"25s\"\nfault.status = { code = 503 }\n";
    let rig = Rig::with_script(script).project("checkout", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
}

/// The same two events, which are the same two lines, without a run.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn commands_without_a_run_tell_of_an_outage_once() {
    for command in ["validate", "owners", "orphans"] {
        let script = "[[rule]]\non = \"other\"\nuntil = \"10s\"\nfault.status = { code = 503 }\n";
        let rig = Rig::with_script(script).project("a", 3, "outage_limit = \"5m\"");
        rig.set_repository("a", "https://github.com/acme/shop");
        let lines = Rc::new(RefCell::new(vec![]));
        let (told, began) = (lines.clone(), run::now());
        let on_outage: OnOutage = Rc::new(move |event| {
            told.borrow_mut().extend(outage_line(event, began));
        });
        let (plan, identity) = (rig.plan(), Identity::from_env(&|_| None));
        match command {
            "validate" => {
                let failures = run::check_accounts(&plan, &identity, &on_outage).await;
                assert!(failures.unwrap().is_empty());
            }
            "owners" => {
                let checks = run::check_owners(&plan, &identity, &on_outage).await;
                assert!(checks.unwrap().unchecked.is_empty());
            }
            _ => {
                let listed = run::list_projects(&plan, &identity, &on_outage).await;
                assert!(listed.unwrap()[0].projects.is_ok());
            }
        }
        let lines = lines.take();
        let [began, ended] = &lines[..] else {
            panic!("{command}: {lines:?}")
        };
        let begins =
            "API unavailable for account default since 00:00: HTTP 503: The script answers 503";
        assert!(began.starts_with(begins), "{began}");
        let ends = "API available again for account default after ";
        assert!(ended.starts_with(ends), "{ended}");
    }
}

/// A cheap request is answered, so the account is well.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_whose_requests_fail_alone_uses_up_its_own_retries() {
    let script = "[[rule]]\nproject = \"bad\"\non = \"deploy\"\nfault.status = { code = 503 }\n";
    let rig = Rig::with_script(script)
        .project("bad", 20, "")
        .project("good", 100, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("bad"), "unavailable http_503");
    assert_eq!(ran.project("bad").attempts, 4);
    assert_eq!(ran.result("good"), "succeeded");
    assert!(ran.seconds() < 30);
    assert_eq!(
        count(&ran, |event| matches!(
            event,
            Event::AccountUnavailable { .. }
        )),
        0
    );
}

/// Failures soon after an outage may be its own, so they are not counted; but they are not repeated without delays.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_whose_requests_fail_after_an_outage_is_sent_again_with_growing_delays() {
    for fault in ["\"reset\"", "\"html\"", "{ status = { code = 503 } }"] {
        let outage = outage("fault.status = { code = 503 }", 0, 10);
        let script =
            format!("{outage}[[rule]]\nproject = \"bad\"\non = \"deploy\"\nfault = {fault}\n");
        let rig = Rig::with_script(&script)
            .project("bad", 20, "")
            .project("good", 100, "");
        let ran = rig.deploy().await;
        assert_eq!(ran.project("bad").result, ProjectResult::Unavailable);
        assert_eq!(ran.result("good"), "succeeded");
        let attempts = ran.project("bad").attempts;
        assert!((5..15).contains(&attempts), "{fault}: {attempts} attempts");
        // Each is announced.
        let retrying = count(&ran, |event| matches!(event, Event::Retrying { .. }));
        assert!(retrying + 5 >= attempts as usize, "{fault}: {retrying}");
        assert!((60..120).contains(&ran.seconds()), "{} s", ran.seconds());
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_flaky_half_of_all_requests_ends_no_project() {
    for seed in 0..5 {
        let script = format!(
            "[random]\nseed = {seed}\nshare = 0.5\nfaults = [{{ status = {{ code = 503 }} }}, \"close\"]\n"
        );
        let mut rig = Rig::with_script(&script);
        for n in 0..20 {
            rig = rig.project(&format!("p{n}"), 20, "");
        }
        let ran = rig.deploy().await;
        for n in 0..20 {
            assert_eq!(ran.result(&format!("p{n}")), "succeeded", "seed {seed}");
        }
    }
}

/// A day is more than what is left; a minute is not.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_delay_that_exceeds_what_is_left_ends_the_project_at_once() {
    for (retry_after, keys, result) in [
        (86_400, "", "unavailable http_503"),
        (60, "", "succeeded"),
        (60, "timeout = \"50s\"", "unavailable http_503"),
    ] {
        let script = format!(
            "[[rule]]\non = \"deploy\"\ntimes = 1\nfault.status = {{ code = 503, retry_after = {retry_after} }}\n"
        );
        let rig = Rig::with_script(&script).project("a", 20, keys);
        let ran = rig.deploy().await;
        assert_eq!(ran.result("a"), result, "{retry_after} {keys}");
        assert!(
            result == "succeeded" || ran.seconds() < 3,
            "{} s",
            ran.seconds()
        );
    }
}

/// The server cannot confirm the cancel.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn time_limits_hold_during_an_outage() {
    let script = outage_after_acceptance("fault = \"close\"", 7200);
    let rig = Rig::with_script(&script).project("a", 20, "timeout = \"1m\"");
    let ran = rig.deploy().await;
    let row = ran.project("a");
    assert_eq!(
        (row.result, row.reason),
        (ProjectResult::Detached, Some(Reason::CancelTimeout))
    );
    assert!((90..100).contains(&ran.seconds()), "{} s", ran.seconds());
}
