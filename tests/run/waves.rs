//! Waves of projects.

use crate::model::Event;
use crate::tests::run::rig::Rig;

const CANARY_FIRST: &str = "[[wave]]\nselect = ['canary']\nsoak = '10m'\n";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_fleet_starts_after_the_canary_and_a_pause() {
    let rig = Rig::new()
        .project("fleet", 1, "")
        .project("canary", 1, CANARY_FIRST);
    let ran = rig.deploy().await;
    assert_eq!(ran.report.exit_code, 0);
    let ended = |event: &Event| matches!(event, Event::Finished(_));
    let submitting = |event: &Event| matches!(event, Event::Submitting { .. });
    let canary = ran.when("canary", ended);
    let fleet = ran.when("fleet", submitting);
    assert_eq!(fleet.millis_since(canary) / 1000, 600);
    let waves = ran.events.iter().filter_map(|event| match &event.event {
        Event::RunWave { wave, projects, .. } => Some((*wave, projects.join(" "))),
        _ => None,
    });
    let waves: Vec<_> = waves.collect();
    assert_eq!(waves, [(1, "canary".to_owned()), (2, "fleet".to_owned())]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failed_canary_stops_the_fleet() {
    let script = "[[rule]]\nproject = 'canary'\non = 'deploy'\nfault.fail = { at = 60, code = 'X', message = 'no' }\n";
    let rig = Rig::with_script(script)
        .project("fleet", 1, "")
        .project("canary", 1, CANARY_FIRST);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("canary"), "failed deployment_failed");
    assert_eq!(ran.result("fleet"), "skipped wave_failed");
    assert_eq!(ran.report.exit_code, 1);
    assert_eq!(rig.count("POST deploy"), 1);
}
