//! Every fault of the sandbox in every phase of a deployment: once, and at every request of its kind. The results are in
//! `docs/faults.md`; promises that hold for all of them are asserted here.

use crate::model::{Event, ProjectResult, Timestamp};
use crate::tests::run::rig::{Ran, Rig};
use crate::tests::support::generated::assert_generated;
use std::fmt::Write;

/// A phase of a deployment: the kind of request that meets the fault, and the setup.
struct Phase {
    name: &'static str,
    on: &'static str,
    /// Keys of the project.
    keys: &'static str,
    resources: usize,
    /// Rules that precede the fault's.
    rules: &'static str,
}

/// How long another client's deployment blocks the project.
const BLOCKED_FOR: u64 = 90;

const PHASES: [Phase; 6] = [
    Phase {
        name: "submitting",
        on: "deploy",
        keys: "",
        resources: 20,
        rules: "",
    },
    Phase {
        name: "following",
        on: "events",
        keys: "",
        resources: 100,
        rules: "",
    },
    Phase {
        name: "following without a stream",
        on: "completion",
        keys: "",
        resources: 100,
        rules: "[[rule]]\non = \"events\"\nfault = \"html\"\n",
    },
    Phase {
        name: "waiting",
        on: "completion",
        keys: "",
        resources: 20,
        rules: "[[rule]]\non = \"deploy\"\ntimes = 1\nfault.blocker = { for = \"90s\" }\n",
    },
    Phase {
        name: "evicting",
        on: "cancel",
        keys: "on_conflict = \"cancel\"",
        resources: 20,
        rules: "[[rule]]\non = \"deploy\"\ntimes = 1\nfault.blocker = { for = \"90s\" }\n",
    },
    Phase {
        name: "cancelling",
        on: "cancel",
        keys: "timeout = \"10s\"",
        resources: 700,
        rules: "",
    },
];

/// The faults, as in scripts, and the kinds of requests that can meet them.
const FAULTS: [(&str, &[&str]); 41] = [
    ("fault.status = { code = 400 }", ANY),
    ("fault.status = { code = 401 }", ANY),
    ("fault.status = { code = 403 }", ANY),
    ("fault.status = { code = 404 }", ANY),
    ("fault.status = { code = 408 }", ANY),
    ("fault.status = { code = 429, retry_after = 7 }", ANY),
    ("fault.status = { code = 500 }", ANY),
    ("fault.status = { code = 503, retry_after = 7 }", ANY),
    ("fault.status = { code = 302 }", ANY),
    ("fault = \"html\"", ANY),
    ("fault = \"close\"", ANY),
    ("fault = \"reset\"", ANY),
    ("fault = \"hang\"", ANY),
    ("fault.lose = \"close\"", ANY),
    ("fault.lose = \"reset\"", ANY),
    ("fault.lose = \"hang\"", ANY),
    ("fault.cut_head = { bytes = 9 }", ANY),
    ("fault.cut = { bytes = 30, then = \"end\" }", ANY),
    ("fault.cut = { bytes = 30, then = \"reset\" }", ANY),
    ("fault.cut = { frames = 2, then = \"end\" }", STREAM),
    ("fault.cut = { frames = 2, then = \"hang\" }", STREAM),
    ("fault = \"split_character\"", STREAM),
    ("fault = \"split_frame\"", STREAM),
    ("fault = \"crlf\"", STREAM),
    ("fault = \"cr\"", STREAM),
    ("fault = \"bom\"", STREAM),
    ("fault = \"data_lines\"", STREAM),
    ("fault = \"keep_alives\"", STREAM),
    ("fault = \"garbage\"", STREAM),
    ("fault = \"backwards\"", STREAM),
    ("fault.error_frame = \"worker died\"", STREAM),
    ("fault.complete = \"missing\"", STREAM),
    ("fault.complete = \"null_result\"", STREAM),
    ("fault.complete = \"foreign_id\"", STREAM),
    ("fault.complete = \"garbled\"", STREAM),
    ("fault.conflict = \"unknown\"", UPLOAD),
    ("fault.conflict = \"unnamed\"", UPLOAD),
    (
        "fault.fail = { at = 60, code = \"X\", message = \"no\" }",
        UPLOAD,
    ),
    ("fault.stall = { at = 30, reaped_after = \"10m\" }", UPLOAD),
    ("fault.takeover = { at = 50, for = \"20s\" }", UPLOAD),
    ("fault.blocker = { for = \"5s\", end = \"vanish\" }", UPLOAD),
];

const ANY: &[&str] = &["deploy", "events", "completion", "cancel"];
const STREAM: &[&str] = &["events"];
const UPLOAD: &[&str] = &["deploy"];

/// Deploys one project with a fault that occurs `times` times, or at every request of the kind.
async fn strike(phase: &Phase, fault: &str, times: Option<u32>) -> (Rig, Ran) {
    let times = times.map_or(String::new(), |times| format!("times = {times}\n"));
    // The rule of the phase decides first, and the upload that it applies to is not counted twice.
    let script = format!(
        "{}[[rule]]\non = \"{}\"\n{times}{fault}\n",
        phase.rules, phase.on
    );
    let retries = "retries = { count = 3, delay = \"1s\", jitter = false }";
    let rig = Rig::with_script(&script).project(
        "checkout",
        phase.resources,
        &format!("{retries}\n{}", phase.keys),
    );
    let ran = rig.deploy().await;
    (rig, ran)
}

/// The result, the number of requests, and possible leftovers.
fn cell(ran: &Ran) -> String {
    let row = ran.project("checkout");
    let mut cell = ran.result("checkout").replacen(' ', " (", 1);
    if cell.contains('(') {
        cell.push(')');
    }
    match row.attempts {
        1 => {}
        few @ 0..=8 => _ = write!(cell, ", {few} uploads"),
        _ => cell += ", at most one upload every 15 s",
    }
    match row.reconnects {
        0 => {}
        1 => cell += ", 1 reconnection",
        more => _ = write!(cell, ", {more} reconnections"),
    }
    cell
}

/// The promises that hold for every fault.
fn assert_promises(phase: &Phase, fault: &str, rig: &Rig, ran: &Ran) {
    let case = format!("{fault} while {}", phase.name);
    let row = ran.project("checkout");
    let uploads = rig.count("POST deploy");
    // Four attempts, each of which may meet the deployment of the previous one. If another deployment always blocks,
    // attempts for half an hour, soon 7.5 to 15 s apart.
    let always_in_the_way = ["conflict", "blocker", "404"]
        .iter()
        .any(|one| fault.contains(one));
    let most = if always_in_the_way { 250 } else { 8 };
    assert!(uploads <= most, "{uploads} uploads: {case}");
    let allowed = 20 + 2 * ran.seconds();
    let requests = rig.requests().len() as u64;
    assert!(
        requests <= allowed,
        "{requests} requests in {} s: {case}",
        ran.seconds()
    );
    if phase.rules.contains("blocker") && phase.name == "waiting" {
        let uploads: Vec<Timestamp> = ran
            .events
            .iter()
            .filter(|event| matches!(event.event, Event::Submitting { .. }))
            .map(|event| event.ts)
            .collect();
        let after = |ts: &Timestamp| ts.millis_since(ran.report.started_at) >= BLOCKED_FOR * 1000;
        let gone = fault.contains("404");
        assert!(
            gone || uploads.iter().skip(1).all(after),
            "uploaded too early: {case}"
        );
    }
    // The report agrees with the server.
    let on_server = rig.last_deployment("checkout");
    match row.result {
        ProjectResult::Succeeded => assert_eq!(on_server, Some("SUCCEEDED"), "{case}"),
        ProjectResult::Failed => assert_eq!(on_server, Some("FAILED"), "{case}"),
        ProjectResult::TimedOut => assert_ne!(on_server, Some("RUNNING"), "{case}"),
        _ => {}
    }
    if let (Some("RUNNING"), true) = (on_server, row.deployment_id.is_some()) {
        let says_so = [
            ProjectResult::Detached,
            ProjectResult::Unavailable,
            ProjectResult::Rejected,
        ];
        assert!(
            says_so.contains(&row.result),
            "{} hides it: {case}",
            row.result
        );
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn every_fault_in_every_phase_is_reported_correctly() {
    let mut table = String::from(
        "# Faults\n\n\
         The result of every fault of the [sandbox](sandbox.md) in every phase of a deployment: when it occurs once, and\n\
         when it occurs at every request of its kind. With three retries, the first after up to a second. Written by\n\
         `tests/run/faults.rs`, which asserts for all of them that the report agrees with the server, that nothing is\n\
         uploaded while a blocker is running, and that the number of requests is limited.\n\
         Do not edit; run `UPDATE_DOCS=1 cargo test --lib`.\n",
    );
    for phase in &PHASES {
        let _ = write!(
            table,
            "\n## While {}\n\n| fault | once | always |\n|---|---|---|\n",
            phase.name
        );
        for (fault, kinds) in FAULTS {
            if !kinds.contains(&phase.on) {
                continue;
            }
            let mut cells = vec![];
            for times in [Some(1), None] {
                let (rig, ran) = strike(phase, fault, times).await;
                assert_promises(phase, fault, &rig, &ran);
                cells.push(cell(&ran));
            }
            let fault = fault
                .trim_start_matches("fault")
                .trim_start_matches(['.', ' ', '=']);
            let _ = writeln!(table, "| `{fault}` | {} | {} |", cells[0], cells[1]);
        }
    }
    assert_generated("docs/faults.md", &table);
}
